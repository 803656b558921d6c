"""What two people do with an issue's due date, one asking and one deciding."""

from datetime import date
from typing import Any

from accounts.models import Role, User
from config.clock import today
from issues.models import Deadline, Issue, Request
from issues.services import ask_for_extension, ask_for_suspension, ask_for_tier, confirm_plan, decide, refer, sign_for
from issues.services import resume as resume_clock
from tests.factories import UnitFactory, UserFactory


def fresh(issue: Issue) -> Any:
    """The issue as it is now."""
    return Issue.objects.get(pk=issue.pk)


def newest(issue: Issue) -> Any:
    """The version that was written last, of whatever clock."""
    return issue.deadlines.last()


def office() -> User:
    """Somebody in the commission office, who decides everything."""
    return User.objects.filter(role=Role.COMMISSION_OFFICE).first() or UserFactory(role=Role.COMMISSION_OFFICE)


def in_hand(issue: Issue) -> Issue:
    """A C or D issue referred to a unit of its own and signed for by that unit's head, who handles it from then on."""
    unit = UnitFactory(takes_tiers=["B", "C", "D"])
    refer(issue, unit=unit, actor=office())
    sign_for(issue, actor=head_of(unit))
    issue.refresh_from_db()
    return issue


def head_of(unit: Any) -> User:
    return UserFactory(role=Role.UNIT_HEAD, unit=unit)


def extend(issue: Issue, until: date) -> Request:
    request = ask_for_extension(issue, until=until, reason="等评审会排期。", actor=issue.handler)
    return decide(request, approve=True, actor=office())


def retier(issue: Issue, tier: str) -> Request:
    request = ask_for_tier(issue, tier=tier, reason="要几个部门一起办。", actor=issue.handler)
    return decide(request, approve=True, actor=office())


def suspend(issue: Issue, review_on: date | None = None) -> Request:
    until = review_on or date.fromordinal(today().toordinal() + 30)
    request = ask_for_suspension(issue, review_on=until, reason="等平台补材料。", actor=issue.handler)
    return decide(request, approve=True, actor=office())


def resume(issue: Issue) -> Issue:
    return resume_clock(issue, note="材料齐了。", actor=issue.handler)


def plan(issue: Issue, promised_on: date) -> Issue:
    return confirm_plan(
        issue,
        text="分两批进场。",
        unit=issue.lead_unit,
        person="周工",
        promised_on=promised_on,
        told_platform_on=today(),
        actor=issue.handler,
    )


def refer_on(issue: Issue, actor: User | None = None) -> Any:
    unit = UnitFactory(code="M-HUD", name="市住建局", takes_tiers=["B", "C"])
    return refer(issue, unit=unit, note="请牵头办理。", actor=actor or office())


def versions(issue: Issue, clock: str = "statutory") -> list[tuple[int, str, date | None, date]]:
    """Number, cause, old and new date of each version of a clock."""
    rows = Deadline.objects.filter(issue=issue, clock=clock).order_by("version")
    return list(rows.values_list("version", "cause", "previous_due_on", "due_on"))
