"""Every page, on a desk and on a phone: nothing serious from axe-core, no sideways scrolling, no refused style."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.urls import reverse

from accounts.models import Role, UnitKind
from config import clock
from issues.comments.services import write_comment
from issues.handovers.services import ask_case, ask_platform
from issues.services import resolve
from liaisons.absences import arrange
from liaisons.models import Duty
from platforms.links import make_link
from platforms.models import Platform
from tests.attachments import files
from tests.factories import (
    OfficerFactory,
    PlatformContactFactory,
    PlatformFactory,
    UnitFactory,
    UserFactory,
    make_issue,
    make_visit,
)
from tests.media import media, upload  # noqa: F401 - a fixture

pytestmark = pytest.mark.browser

AXE = Path(settings.NODE_MODULES) / "axe-core" / "axe.min.js"
SERIOUS = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
    .filter(v => ['serious', 'critical'].includes(v.impact)).map(v => [v.id, v.nodes.map(n => n.html)])"""
WIDTHS = {"desk": 1280, "phone": 360}


@pytest.fixture
def world(committed, media):  # noqa: F811 - the fixture
    """Pages with something on them: a platform, a visit, an overdue issue with its warning."""
    office = UnitFactory(code="CO", kind=UnitKind.COMMISSION_OFFICE)
    officer = OfficerFactory(user=UserFactory(username="officer", unit=UnitFactory(code="M-STB", parent=office)))
    platform = PlatformFactory(officer=officer)
    with clock.frozen("2026-09-17T10:00", everywhere=True):
        visit = make_visit(officer, platform=platform)
        issue = make_issue(officer, platform=platform)
    call_command("tick", verbosity=0)
    sent = [upload(files.jpeg(), "现场.jpg"), upload(files.pdf(), "检测报告" * 15 + ".pdf")]
    write_comment(issue, text=f"@{officer.user.name} 请看。", attachments=sent, actor=officer.user)
    UserFactory(username="staff", role=Role.BUREAU_STAFF, unit=office)
    UserFactory(username="admin", role=Role.SYSTEM_ADMIN, unit=None)
    receiver = OfficerFactory()
    today = clock.today()
    offered = PlatformFactory(officer=receiver)
    PlatformFactory()  # waits for an officer
    given = ask_platform(offered, receiver=officer, planned_on=today, reason="分工变化", actor=receiver.user)
    colleague = UserFactory(unit=officer.home_unit)
    case = ask_case(make_issue(officer), receiver=colleague, reason="熟悉这项业务", actor=officer.user)
    arrange(officer=receiver, deputy=officer, starts_on=today, ends_on=today, reason="休假", actor=receiver.user)
    UserFactory(username="auditor", role=Role.AUDIT_ADMIN, unit=None)
    return {
        "handover": given.pk,
        "case": case.pk,
        "person": officer.user_id,
        "platform": platform.pk,
        "assignment": platform.assignments.get().pk,
        "visit": visit.pk,
        "issue": issue.number,
        "officer": officer.pk,
        "duty": Duty.objects.get(kind="first_visit").pk,
        "user": officer.user,
    }


def paths(world):
    """Role and path of every page there is; a page that is added belongs here."""
    for name in (
        "accounts:change-password",
        "dashboards:workbench",
        "visits:list",
        "visits:log",
        "notices:list",
        "liaisons:duties",
    ):
        yield "officer", reverse(name)
    for name in ("dashboards:board", "issues:list", "platforms:list", "platforms:create", "liaisons:list"):
        yield "staff", reverse(name)
    yield "staff", reverse("liaisons:import-register")
    yield "staff", reverse("platforms:edit", args=[world["platform"]])
    yield "staff", reverse("liaisons:assign", args=[world["platform"]])
    yield "staff", reverse("liaisons:end-assignment", args=[world["assignment"]])
    yield "staff", reverse("liaisons:detail", args=[world["officer"]])
    yield "officer", reverse("platforms:detail", args=[world["platform"]])
    yield "officer", reverse("liaisons:waive-visit", args=[world["duty"]])
    yield "staff", reverse("dashboards:coverage")
    yield "officer", reverse("visits:detail", args=[world["visit"]])
    for name in ("issues:detail", "issues:plan", "issues:resolve"):
        yield "officer", reverse(name, args=[world["issue"]])
    yield "officer", reverse("handovers:list")
    yield "officer", reverse("handovers:platform", args=[world["handover"]])
    yield "officer", reverse("handovers:case", args=[world["case"]])
    yield "officer", reverse("handovers:ask-platform", args=[world["platform"]])
    yield "officer", reverse("handovers:ask-case", args=[world["issue"]])
    yield "officer", reverse("handovers:desk", args=[world["person"]])
    yield "officer", reverse("liaisons:arrange-absence", args=[world["officer"]])
    yield "officer", reverse("liaisons:responsible", args=[world["platform"]]) + "?on=2026-03-01"
    yield "staff", reverse("liaisons:plan")
    yield "officer", "/no-such-page/"
    yield "admin", reverse("status")
    yield "auditor", reverse("audit:list")


def faults(page, url, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(url)
    page.evaluate(AXE.read_text())
    found = page.evaluate(SERIOUS)
    wide = page.evaluate("document.documentElement.scrollWidth")
    return [*found, *([f"{wide} px wide"] if wide > width else [])]


@pytest.mark.parametrize("place", WIDTHS)
def test_no_page_has_a_serious_fault(world, enter, site, page, place):
    refused = []
    page.on("console", lambda message: refused.append(message.text) if "Content Security" in message.text else None)
    page.goto(site + reverse("accounts:sign-in"))
    seen = {"/sign-in/": faults(page, site + reverse("accounts:sign-in"), WIDTHS[place])}
    for role in ("officer", "staff", "admin", "auditor"):
        enter(world["user"] if role == "officer" else UserFactory._meta.model.objects.get(username=role))
        seen |= {path: faults(page, site + path, WIDTHS[place]) for who, path in paths(world) if who == role}
    assert {path: found for path, found in seen.items() if found} == {}
    assert refused == []


def test_on_a_small_desk_the_widest_lists_scroll_in_their_card(world, enter, site, page):
    enter(UserFactory._meta.model.objects.get(username="staff"))
    page.set_viewport_size({"width": 1024, "height": 768})
    wide = {}
    for name in ("issues:list", "platforms:list", "liaisons:duties"):
        page.goto(site + reverse(name))
        page.get_by_role("table").first.wait_for()
        wide[name] = page.evaluate("document.documentElement.scrollWidth")
    assert set(wide.values()) == {1024}


@pytest.mark.parametrize("place", WIDTHS)
def test_no_page_of_a_platforms_contact_has_a_serious_fault(world, site, page, place):
    officer = world["user"]
    contact = PlatformContactFactory(platform=Platform.objects.get(pk=world["platform"]))
    resolved = make_issue(officer.officer, platform=contact.platform, text="恒温间的空调坏了")
    resolve(resolved, result="solved", reply="已经修好。", actor=officer)
    path = make_link(contact, actor=officer).path
    seen = {each: faults(page, site + each, WIDTHS[place]) for each in (path, "/c/nothing/", "/p/")}
    page.goto(site + path)
    page.get_by_role("button", name="进入").click()
    pages = ["/p/", "/p/new/", "/p/feedback/", "/issues/"]
    pages += [f"/p/issues/{number}/" for number in (resolved.number, world["issue"])]
    pages += [f"/p/issues/{resolved.number}/receipt/"]
    seen |= {each: faults(page, site + each, WIDTHS[place]) for each in pages}
    assert {each: found for each, found in seen.items() if found} == {}
