"""One of everything that a page or an operation can name, and a person of every kind before it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import QueryDict

from accounts.models import Role, Unit, UnitKind, User
from config.clock import today
from issues.comments.services import write_comment
from issues.handovers.services import ask_case, ask_platform
from issues.models import Issue
from issues.models.bulk import Bulk
from issues.publishing.services import propose
from issues.saved_views.services import save_view
from issues.services import ask_for_extension, refer, sign_for
from issues.tick import tick
from liaisons.absences import arrange
from liaisons.duties import write_duties
from liaisons.imports import keep, run_import
from liaisons.models import Duty, Officer, PendingImport
from notices.models import Notice
from notices.services import tell
from platforms.links import make_link
from platforms.models import Platform, PlatformContact
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
from tests.liaisons.files import register, xlsx
from tests.media import upload
from visits.feedback import give_feedback
from workdays.models import Calendar

# Who stands before the doors. The officer is on leave today, with a deputy; the officer's platform and case are on
# offer to the receiver. The home head is of the officer's unit, the clerk and the unit head of the one that leads the
# issue, the support clerk of one that was asked for its opinion. "other" looks after other platforms, leads another
# unit, comes from another platform.
PEOPLE = (
    *("anonymous", "officer", "deputy", "other_officer", "receiver"),
    *("home_head", "clerk", "support_clerk", "unit_head", "other_head"),
    *("bureau_staff", "commission_office", "leader", "system_admin", "security_admin", "audit_admin", "api_client"),
    *("contact", "other_contact"),
)
ROLES = {
    "bureau_staff": Role.BUREAU_STAFF,
    "commission_office": Role.COMMISSION_OFFICE,
    "leader": Role.LEADER,
    "system_admin": Role.SYSTEM_ADMIN,
    "security_admin": Role.SECURITY_ADMIN,
    "audit_admin": Role.AUDIT_ADMIN,
}
# Invented: the real notice of 2027 is not out.
HOLIDAYS = "2027-01-01,off,元旦\n2027-01-02,off,元旦\n2027-01-03,off,元旦"


@dataclass(frozen=True)
class World:
    """`people` without the anonymous; `keys` are what addresses name, by route (or by its room) and parameter."""

    people: Mapping[str, User]
    links: Mapping[str, str]
    keys: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Cases:
    """`referred`: C, in the hands of the lead unit, with a request that waits. `own`: B, the officer's, half its term
    gone. `upward`: D, of which the commission office writes to the province."""

    referred: Issue
    own: Issue
    upward: Issue


def build() -> World:
    unit = UnitFactory(code="M-STB", name="市科技局", takes_tiers=["B", "C"])
    lead = UnitFactory(code="M-HUD", name="市住建局", takes_tiers=["B", "C"])
    office = UnitFactory(code="CO", name="市委科技办", kind=UnitKind.COMMISSION_OFFICE, takes_tiers=["D"])
    support = UnitFactory(code="M-EMB", name="市应急局")
    officer, receiver = (OfficerFactory(user=UserFactory(unit=unit)) for _ in range(2))
    people = _people(officer, lead, office)
    people |= {"receiver": receiver.user, "support_clerk": UserFactory(role=Role.CLERK, unit=support)}
    people["home_head"] = UserFactory(role=Role.UNIT_HEAD, unit=unit)
    platform = PlatformFactory(officer=officer)
    contact = PlatformContactFactory(platform=platform)
    elsewhere = PlatformContactFactory(platform=PlatformFactory(officer=OfficerFactory()), name="李小红")
    links = {"contact": _link(contact, people), "other_contact": _link(elsewhere, people)}
    people |= {"contact": _account(contact), "other_contact": _account(elsewhere)}
    write_duties()
    cases = _cases(officer, platform, lead, support, people)
    tick()
    keys = {
        **_keys_of_cases(cases, officer, receiver, people),
        **_keys(cases, contact, officer, receiver, people, unit),
    }
    return World(people, links, keys | {"door": {"token": links["contact"]}})


def _people(officer: Officer, lead: Unit, office: Unit) -> dict[str, User]:
    found: dict[str, Any] = {name: UserFactory(role=role, unit=office) for name, role in ROLES.items()}
    found |= {
        "officer": officer.user,
        "deputy": OfficerFactory().user,
        "other_officer": OfficerFactory().user,
        "clerk": UserFactory(role=Role.CLERK, unit=lead),
        "unit_head": UserFactory(role=Role.UNIT_HEAD, unit=lead),
        "other_head": UserFactory(role=Role.UNIT_HEAD, unit=UnitFactory(code="M-OTHER")),
        "api_client": UserFactory(role=Role.API_CLIENT, unit=officer.home_unit),
    }
    return found


def _link(contact: PlatformContact, people: Mapping[str, User]) -> str:
    return make_link(contact, actor=people["bureau_staff"]).text


def _account(contact: PlatformContact) -> User:
    contact.refresh_from_db()
    assert contact.user is not None
    return contact.user


def _cases(officer: Officer, platform: Platform, lead: Unit, support: Unit, people: Mapping[str, User]) -> Cases:
    visit = make_visit(officer, platform=platform)
    issue = make_issue(officer, platform=platform, tier="C")
    Issue.objects.filter(pk=issue.pk).update(visit=visit)
    refer(issue, unit=lead, supports=[support], actor=people["commission_office"])
    sign_for(issue, actor=people["unit_head"])
    ask_for_extension(issue, until=date(2026, 11, 12), reason="等评审会排期。", actor=people["unit_head"])
    issue.refresh_from_db()
    own = make_issue(officer, platform=platform, raised_on=date(2026, 9, 30))
    return Cases(issue, own, make_issue(officer, platform=platform, tier="D"))


def _keys_of_cases(
    cases: Cases, officer: Officer, receiver: Officer, people: Mapping[str, User]
) -> dict[str, dict[str, Any]]:
    issue, own = cases.referred, cases.own
    case = ask_case(own, receiver=receiver.user, reason="熟悉这项业务", actor=officer.user)
    comment = write_comment(
        issue, text="已联系施工单位。", attachments=[upload(files.jpeg())], actor=people["unit_head"]
    )
    view = save_view(QueryDict("open=true"), name="在办", owner=officer.user)
    bulk = Bulk.objects.create(action="remind", actor=people["bureau_staff"], made_at=issue.updated_at)
    attachment, asked = comment.attachments.get(), issue.requests.get()
    return {
        "visits": {"pk": issue.visit_id, "id": issue.visit_id},
        "issues:decide": {"pk": asked.pk},
        "issues:acknowledge": {"number": own.number, "pk": own.warnings.latest("pk").pk},
        "issues:letter": {"number": cases.upward.number},
        "issues:withdraw-comment": {"pk": comment.pk},
        "issues:attachment": {"pk": attachment.pk},
        "issues:small-attachment": {"pk": attachment.pk},
        "issues:change-view": {"pk": view.pk},
        "issues:delete-view": {"pk": view.pk},
        "issues:open-with-view": {"pk": view.pk},
        "issues:bulk-outcome": {"key": bulk.pk},
        "handovers:case": {"pk": case.pk},
        "handovers:accept-case": {"pk": case.pk},
        "handovers:decline-case": {"pk": case.pk},
        "handovers:withdraw-case": {"pk": case.pk},
        "handovers:ask-case": {"number": own.number},
        "issue-categories": {"id": issue.category_id},
        "issues/{number}/requests": {"id": asked.pk},
        "issues/{number}/attachments": {"id": attachment.pk},
    }


def _keys(
    cases: Cases,
    contact: PlatformContact,
    officer: Officer,
    receiver: Officer,
    people: Mapping[str, User],
    unit: Unit,
) -> dict[str, dict[str, Any]]:
    platform = contact.platform
    handover = ask_platform(platform, receiver=receiver, planned_on=today(), reason="分工变化", actor=officer.user)
    # Whoever stands in sees what the officer sees; the receiver of an offer does not.
    absence = arrange(
        officer=officer,
        deputy=people["deputy"].officer,
        starts_on=today(),
        ends_on=today(),
        reason="休假",
        actor=officer.user,
    )
    duty = Duty.objects.filter(platform=platform, kind="first_visit").get()
    tell([officer.user], kind="digest", cause="digest/2026-10-15", url="/", data={"overdue": 1})
    notice = Notice.objects.get(recipient=officer.user, kind="digest")
    feedback = give_feedback("希望少填表。", contact=contact, is_anonymous=False)
    holidays = propose(Calendar.objects.get(code="CN"), HOLIDAYS, year=2027, actor=people["bureau_staff"])
    return {
        "": {"number": cases.referred.number, "pk": platform.pk, "year": 2026, "contact_pk": contact.pk, "id": 1},
        "publishing": {"pk": holidays.pk},
        "handovers": {"pk": handover.pk},
        "handovers:ask-platform": {"pk": platform.pk},
        "handovers:desk": {"pk": officer.user_id},
        "liaisons:detail": {"pk": officer.pk},
        "liaisons:arrange-absence": {"pk": officer.pk},
        "liaisons:end-absence": {"pk": absence.pk},
        "liaisons:end-assignment": {"pk": officer.assignments.get().pk},
        "liaisons:waive-visit": {"pk": duty.pk},
        "liaisons:restore-visit": {"pk": duty.pk},
        "liaisons:apply-import": {"pk": _pending_import(people["bureau_staff"]).pk},
        "platforms:make-link": {"pk": contact.pk},
        "platforms:mail-link": {"pk": contact.pk},
        "platforms:revoke-link": {"pk": contact.pk},
        "notices:open": {"pk": notice.pk},
        "feedback": {"pk": feedback.pk},
        "contacts:feedback-answer": {"code": feedback.code.lower()},
        "officers": {"id": officer.pk},
        "platforms": {"id": platform.pk, "pk": platform.pk},
        "units": {"id": unit.pk},
        "duties": {"id": duty.pk},
    }


def _pending_import(owner: User) -> PendingImport:
    """A checked upload that waits for its owner's word."""
    content = xlsx(register())
    report = run_import("register.xlsx", content, actor=owner, apply=False)
    assert not report.errors
    return keep("register.xlsx", content, report, owner=owner)
