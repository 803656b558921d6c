"""Every page, on a desk and on a phone: nothing serious from axe-core, no sideways scrolling, no refused style."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.urls import reverse

from accounts.models import Role, UnitKind
from config import clock
from tests.factories import OfficerFactory, PlatformFactory, UnitFactory, UserFactory, make_issue, make_visit

pytestmark = pytest.mark.browser

AXE = Path(settings.NODE_MODULES) / "axe-core" / "axe.min.js"
SERIOUS = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
    .filter(v => ['serious', 'critical'].includes(v.impact)).map(v => [v.id, v.nodes.map(n => n.html)])"""
WIDTHS = {"desk": 1280, "phone": 360}


@pytest.fixture
def world(committed):
    """Pages with something on them: a platform, a visit, an overdue issue with its warning."""
    office = UnitFactory(code="CO", kind=UnitKind.COMMISSION_OFFICE)
    officer = OfficerFactory(user=UserFactory(username="officer", unit=UnitFactory(code="M-STB", parent=office)))
    platform = PlatformFactory(officer=officer)
    with clock.frozen("2026-09-17T10:00", everywhere=True):
        visit = make_visit(officer, platform=platform)
        issue = make_issue(officer, platform=platform)
    call_command("tick", verbosity=0)
    UserFactory(username="staff", role=Role.BUREAU_STAFF, unit=office)
    UserFactory(username="admin", role=Role.SYSTEM_ADMIN, unit=None)
    UserFactory(username="auditor", role=Role.AUDIT_ADMIN, unit=None)
    return {
        "platform": platform.pk,
        "assignment": platform.assignments.get().pk,
        "visit": visit.pk,
        "issue": issue.number,
        "officer": officer.pk,
        "user": officer.user,
    }


def paths(world):
    """Role and path of every page there is; a page that is added belongs here."""
    for name in ("accounts:change-password", "dashboards:workbench", "visits:list", "visits:log", "notices:list"):
        yield "officer", reverse(name)
    for name in ("dashboards:board", "issues:list", "platforms:list", "platforms:create", "liaisons:list"):
        yield "staff", reverse(name)
    yield "staff", reverse("liaisons:import-register")
    yield "staff", reverse("platforms:edit", args=[world["platform"]])
    yield "staff", reverse("liaisons:assign", args=[world["platform"]])
    yield "staff", reverse("liaisons:end-assignment", args=[world["assignment"]])
    yield "staff", reverse("liaisons:detail", args=[world["officer"]])
    yield "officer", reverse("platforms:detail", args=[world["platform"]])
    yield "officer", reverse("visits:detail", args=[world["visit"]])
    for name in ("issues:detail", "issues:confirm-plan", "issues:resolve"):
        yield "officer", reverse(name, args=[world["issue"]])
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
