"""An issue is given to a unit, which signs for it (R30, R31)."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Role, Unit, User
from issues.deadlines import ClockKeeper, counted
from issues.models import Alarm, Cause, Clock, EventKind, Issue, Referral, SigningTerm, State, Tier
from issues.services.moves import MoveRefused, inform, locked, move
from notices.models import NoticeKind
from notices.services import settle


def may_refer(issue: Issue, user: User) -> bool:
    """R30: B the officer or the head of the unit that has it, C and D the commission office."""
    if issue.tier == Tier.B:
        return Issue.objects.editable_by(user).filter(pk=issue.pk).exists()
    return user.role == Role.COMMISSION_OFFICE and issue.tier != Tier.A


def may_sign(referral: Referral, user: User) -> bool:
    """The head of the unit it was referred to, or of one above."""
    is_head = user.role == Role.UNIT_HEAD and user.unit is not None
    return is_head and referral.unit.path.startswith(user.unit.path)  # type: ignore[union-attr] # is_head says so


@transaction.atomic
def refer(issue: Issue, *, unit: Unit, note: str = "", actor: User) -> Referral:
    """T4: `unit` leads from now on and has the signing term to sign (R31). The statutory clock runs on.

    Raises MoveRefused unless the issue is open and no referral waits for a signature; ValidationError for the unit
    that leads already or one that does not take this tier.
    """
    issue = locked(issue)
    if issue.state != State.OPEN:
        raise MoveRefused(_("这个问题现在是“%(state)s”，不能交办。"), params={"state": issue.get_state_display()})
    if not may_refer(issue, actor):
        raise MoveRefused(_("C类、D类问题由市委科技办交办，B类由联点干部或主办单位负责人交办。"))
    if issue.referrals.filter(signed_at=None).exists():
        raise MoveRefused(_("上一次交办还没有签收。"))
    if unit.pk == issue.lead_unit_id:
        raise ValidationError({"unit": _("%(unit)s已经是主办单位。") % {"unit": unit.label}})
    if issue.tier not in unit.takes_tiers:
        raise ValidationError({"unit": _("%(unit)s不承接%(tier)s类问题。") % {"unit": unit.label, "tier": issue.tier}})
    keeper = ClockKeeper(issue, actor)
    referral = Referral.objects.create(issue=issue, unit=unit, note=note, referred_by=actor, referred_at=keeper.at)
    issue.lead_unit = unit
    term = SigningTerm.objects.filter(valid_from__lte=keeper.today).latest("valid_from", "pk")
    span = counted(keeper.calendar, keeper.today, term.working_days)
    deadline = keeper.start(Clock.SIGN, span, Cause.REFERRED)
    words = "\n".join(filter(None, (unit.name, note)))
    move(issue, EventKind.REFERRED, actor=actor, at=keeper.at, note=words, deadline=deadline)
    inform(
        User.objects.filter(role=Role.UNIT_HEAD, unit=unit, is_active=True),
        issue,
        keeper,
        kind=NoticeKind.REFERRED,
        cause=f"referral/{referral.pk}",
        unit=unit.name,
        sign_by=span.due_on.isoformat(),
    )
    return referral


@transaction.atomic
def sign_for(issue: Issue, *, actor: User) -> Referral:
    """T5: the lead unit takes it over; who signs has it in hand until the unit names somebody else (R22).

    Raises MoveRefused where nothing waits for a signature, or not for this person's.
    """
    issue = locked(issue)
    referral = issue.referrals.filter(signed_at=None).select_related("unit").first()
    if referral is None or issue.state == State.RESOLVED:
        raise MoveRefused(_("没有等待签收的交办。"))
    if not may_sign(referral, actor):
        raise MoveRefused(_("由%(unit)s的负责人签收。"), params={"unit": referral.unit.name})
    keeper = ClockKeeper(issue, actor)
    _sign(referral, issue, actor, keeper.at)
    move(issue, EventKind.SIGNED, actor=actor, at=keeper.at)
    return referral


def sign_by_acting(issue: Issue, actor: User, at: datetime) -> None:
    """Whoever may sign and acts on a locked issue without it has taken it over: nobody is asked for two clicks."""
    referral = issue.referrals.filter(signed_at=None).select_related("unit").first()
    if referral is not None and may_sign(referral, actor):
        _sign(referral, issue, actor, at)
        state = issue.state
        issue.events.create(kind=EventKind.SIGNED, at=at, actor=actor, before=state, after=state)


def _sign(referral: Referral, issue: Issue, actor: User, at: datetime) -> None:
    Alarm.objects.filter(issue=issue, clock=Clock.SIGN).delete()
    referral.signed_by, referral.signed_at = actor, at
    referral.save(update_fields=["signed_by", "signed_at"])
    settle(f"referral/{referral.pk}", at)
    issue.handler = actor
