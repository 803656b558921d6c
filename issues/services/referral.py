"""An issue is given to a unit, which signs for it or gives it back; others support (R30-R33, T4-T7)."""

from collections.abc import Sequence
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import Role, Unit, User
from accounts.scope import heads_above
from issues.deadlines import ClockKeeper, Span, counted
from issues.dossier import Dossier
from issues.models import (
    Alarm,
    Cause,
    Clock,
    EventKind,
    Issue,
    Referral,
    RequestKind,
    RequestState,
    SigningTerm,
    State,
    SupportPart,
)
from issues.services.hands import officers_of
from issues.services.moves import begin, inform, move
from issues.workflow import Action
from issues.workflow.guards import part_of
from notices.models import NoticeKind
from notices.services import settle
from workdays.calendar import WorkCalendar


@transaction.atomic
def refer(issue: Issue, *, unit: Unit, supports: Sequence[Unit] = (), note: str = "", actor: User) -> Referral:
    """T4: `unit` leads from now on and has the signing term to sign (R31); `supports` answer it (R33), and whoever was
    asked before and is not asked again is released.

    The statutory clock runs on. Raises MoveRefused where the table of transitions does not allow it; ValidationError
    for the unit that leads already, one that does not take this tier, and a supporting unit that leads.
    """
    keeper = begin(issue, Action.REFER, actor)
    issue = keeper.issue
    check_referral(issue, unit, supports)
    release_supports(issue, keeper.at, but=supports)
    asked = _ask_supports(issue, supports, keeper)
    held, before = _open_referral(issue), [issue.handler, *people_of(issue.lead_unit)]
    given = _give(keeper, unit, note, EventKind.REFERRED, asked, is_final=held is not None and held.is_final)
    if held is not None:
        _say_who_leads(before, keeper, given)
    return given


def _say_who_leads(people: Sequence[User], keeper: ClockKeeper, given: Referral) -> None:
    """To those who had it, and to the platform's officer, who follows it (R22)."""
    others = {each.pk: each for each in people if keeper.actor is None or each.pk != keeper.actor.pk}
    cause = f"moved-on/{given.pk}"
    inform(others.values(), keeper.issue, keeper, kind=NoticeKind.MOVED_ON, cause=cause, unit=given.unit.name)


def check_referral(issue: Issue, unit: Unit, supports: Sequence[Unit] = ()) -> None:
    """Raises ValidationError for units that cannot have this issue, whoever gives it to them."""
    if unit.pk == issue.lead_unit_id and issue.state == State.ACCEPTED:
        raise ValidationError({"unit": _("%(unit)s已经是主办单位。") % {"unit": unit.label}})
    _check_taker(unit, issue)
    if any(each.pk == unit.pk for each in supports):
        raise ValidationError({"supports": _("主办单位不能同时是协办单位。")})


def _check_taker(unit: Unit, issue: Issue) -> None:
    if issue.tier not in unit.takes_tiers:
        raise ValidationError({"unit": _("%(unit)s不承接%(tier)s类问题。") % {"unit": unit.label, "tier": issue.tier}})


def _ask_supports(issue: Issue, units: Sequence[Unit], keeper: ClockKeeper) -> list[Unit]:
    """Those not asked yet have the working days of R33 from now on; which they are."""
    due_on = counted(keeper.calendar, keeper.today, keeper.handling_rule.support_within).due_on
    asked = set(issue.supports.filter(released_at=None).values_list("unit", flat=True))
    parts = [
        SupportPart(issue=issue, unit=unit, asked_at=keeper.at, due_on=due_on) for unit in units if unit.pk not in asked
    ]
    SupportPart.objects.bulk_create(parts)
    for part in parts:
        inform(
            people_of(part.unit),
            issue,
            keeper,
            kind=NoticeKind.SUPPORT_ASKED,
            cause=f"support/{part.pk}",
            unit=part.unit.name,
            answer_by=due_on.isoformat(),
        )
    return [part.unit for part in parts]


def release_supports(issue: Issue, at: datetime, *, but: Sequence[Unit] = (), answered: bool = False) -> None:
    """Nobody waits for these supporting units any more; `answered`: what was answered is of a round that is over."""
    parts = issue.supports.exclude(unit__in=but)
    _release(parts if answered else parts.filter(answered_at=None), at)


def _release(parts: QuerySet[SupportPart], at: datetime) -> None:
    for part in parts.filter(released_at=None):
        part.released_at = at
        part.save(update_fields=["released_at"])
        settle(f"support/{part.pk}", at)


def _give(
    keeper: ClockKeeper,
    unit: Unit,
    note: str,
    kind: EventKind,
    supports: Sequence[Unit] = (),
    *,
    is_final: bool = False,
) -> Referral:
    """Ends the referral that held, writes the new one and starts its signing clock."""
    issue = keeper.issue
    words = _words_of_referral(issue, unit, supports, note)
    end_referral(issue, keeper.at)
    assert keeper.actor is not None  # noqa: S101 - no job refers anything
    referral = Referral.objects.create(
        issue=issue, unit=unit, note=note, is_final=is_final, referred_by=keeper.actor, referred_at=keeper.at
    )
    issue.lead_unit = unit
    _release(issue.supports.filter(unit=unit, answered_at=None), keeper.at)  # whoever leads has nobody to answer
    span = signing_span(keeper.calendar, keeper.today)
    deadline = keeper.start(Clock.SIGN, span, Cause.REFERRED)
    move(issue, kind, to=State.ASSIGNED, actor=keeper.actor, at=keeper.at, note=words, deadline=deadline)
    inform(
        people_of(unit),
        issue,
        keeper,
        kind=NoticeKind.REFERRED,
        cause=f"referral/{referral.pk}",
        unit=unit.name,
        sign_by=span.due_on.isoformat(),
    )
    _say_who_leads(officers_of(issue.platform), keeper, referral)
    return referral


def _words_of_referral(issue: Issue, unit: Unit, supports: Sequence[Unit], note: str) -> str:
    """Who led → who leads, and who supports. Before its first referral nobody leads what goes to other units."""
    is_first = issue.state == State.GRADED
    lead = unit.name if is_first or unit.pk == issue.lead_unit_id else f"{issue.lead_unit.name} → {unit.name}"
    names = _("、").join(each.name for each in supports)
    return "\n".join(filter(None, (lead, names and _("协办：%(units)s") % {"units": names}, note)))


def signing_span(calendar: WorkCalendar, today: date) -> Span:
    """R31: until when a unit has to sign for what is referred to it today."""
    term = SigningTerm.in_force(today)
    return counted(calendar, today, term.working_days)


def people_of(unit: Unit) -> "list[User]":
    """Those in a unit to whom its work is announced: heads, clerks, the commission office in its own."""
    roles = [Role.UNIT_HEAD, Role.CLERK, Role.COMMISSION_OFFICE]
    return list(User.objects.filter(role__in=roles, unit=unit, is_active=True))


@transaction.atomic
def sign_for(issue: Issue, *, actor: User) -> Referral:
    """T5: the lead unit takes it over; who signs has it in hand until the unit names somebody else (R22).

    Raises MoveRefused where nothing waits for a signature, or not for this person's.
    """
    keeper = begin(issue, Action.SIGN, actor)
    issue = keeper.issue
    referral = _open_referral(issue)
    assert referral is not None  # noqa: S101 - the guard of the move asked for it
    _sign(referral, issue, actor, keeper.at)
    move(issue, EventKind.SIGNED, to=State.ACCEPTED, actor=actor, at=keeper.at)
    return referral


def sign_by_acting(issue: Issue, actor: User, at: datetime) -> None:
    """Whoever may sign and acts on a locked issue without it has taken it over: nobody is asked for two clicks."""
    referral = _open_referral(issue)
    if issue.state == State.ASSIGNED and referral is not None:
        _sign(referral, issue, actor, at)
        issue.events.create(kind=EventKind.SIGNED, at=at, actor=actor, before=State.ASSIGNED, after=State.ACCEPTED)
        issue.state = State.ACCEPTED


def _open_referral(issue: Issue) -> Referral | None:
    return issue.referrals.filter(ended_at=None).select_related("unit").first()


def _sign(referral: Referral, issue: Issue, actor: User, at: datetime) -> None:
    Alarm.objects.filter(issue=issue, clock=Clock.SIGN).delete()
    referral.signed_by, referral.signed_at = actor, at
    referral.save(update_fields=["signed_by", "signed_at"])
    settle(f"referral/{referral.pk}", at)
    issue.handler = actor


def end_referral(issue: Issue, at: datetime) -> None:
    """What was referred does not hold any more; nobody is asked to sign for it, or to decide on its return."""
    for referral in issue.referrals.filter(ended_at=None):
        referral.ended_at = at
        referral.save(update_fields=["ended_at"])
        settle(f"referral/{referral.pk}", at)
    if issue.state == State.RETURNED:
        for referral in issue.referrals.filter(returned_by__isnull=False)[:1]:
            settle(f"return/{referral.pk}", at)


def finish(keeper: ClockKeeper) -> None:
    """Every clock of a locked issue stops, nothing waits to be signed for or decided."""
    keeper.stop(Clock.STATUTORY, Clock.PLAN, Clock.SIGN)
    keeper.issue.needs_review = False
    lapse(keeper.issue, keeper.at)


def lapse(issue: Issue, at: datetime, *kinds: RequestKind) -> None:
    """What was asked and not decided is not decided any more: requests of these kinds, or of all."""
    for request in issue.requests.filter(state=RequestState.PENDING, kind__in=kinds or RequestKind):
        request.state, request.decided_at = RequestState.LAPSED, at
        request.save(update_fields=["state", "decided_at"])
        settle(f"request/{request.pk}", at)


@transaction.atomic
def give_back(issue: Issue, *, reason: str, suggested_unit: Unit | None = None, actor: User) -> Referral:
    """T6: the lead unit returns the referral, with its reason and the unit it suggests (R32). The clock runs on.

    Raises MoveRefused where the table of transitions does not allow it (too late, final), ValidationError without a
    reason or for the own unit as suggestion.
    """
    keeper = begin(issue, Action.RETURN, actor)
    issue = keeper.issue
    if not reason.strip():
        raise ValidationError({"reason": _("请写明退回的理由。")})
    if suggested_unit is not None and suggested_unit.pk == issue.lead_unit_id:
        raise ValidationError({"suggested_unit": _("请建议另一个单位。")})
    referral = _open_referral(issue)
    assert referral is not None  # noqa: S101 - the guard of the move asked for it
    end_referral(issue, keeper.at)
    referral.ended_at, referral.returned_by = keeper.at, actor
    referral.return_reason, referral.suggested_unit = reason, suggested_unit
    referral.save(update_fields=["ended_at", "returned_by", "return_reason", "suggested_unit"])
    keeper.stop(Clock.SIGN)
    suggestion = _("建议：%(unit)s") % {"unit": suggested_unit.name} if suggested_unit else ""
    words = "\n".join(filter(None, (referral.unit.name, reason, suggestion)))
    move(issue, EventKind.RETURNED, to=State.RETURNED, actor=actor, at=keeper.at, note=words)
    inform(
        [referral.referred_by, *deciders_of_return(issue)],
        issue,
        keeper,
        kind=NoticeKind.RETURNED,
        cause=f"return/{referral.pk}",
        unit=referral.unit.name,
    )
    return referral


def deciders_of_return(issue: Issue) -> "list[User]":
    """R32: B the home unit's head, or one above where it has none; else, and of C and D, the commission office."""
    heads = list(heads_above(issue.home_unit.path)) if issue.tier == "B" else []
    own = [head for head in heads if head.unit_id == issue.home_unit_id]
    return own or heads or list(User.objects.filter(is_active=True, role=Role.COMMISSION_OFFICE))


@transaction.atomic
def reassign(issue: Issue, *, unit: Unit, reason: str, actor: User) -> Referral:
    """T7: decides a return, finally: another unit leads, or the one that returned it after all (驳回退回).

    Raises MoveRefused where nothing was returned or it is not this person's to decide, ValidationError without a
    reason or for a unit that does not take this tier.
    """
    keeper = begin(issue, Action.REASSIGN, actor)
    issue = keeper.issue
    if not reason.strip():
        raise ValidationError({"reason": _("请写明裁定的理由。")})
    _check_taker(unit, issue)
    returned = issue.referrals.filter(returned_by__isnull=False).first()
    assert returned is not None  # noqa: S101 - an issue is in this state after a return only
    kind = EventKind.RETURN_REFUSED if unit.pk == returned.unit_id else EventKind.REASSIGNED
    return _give(keeper, unit, reason, kind, is_final=True)


@transaction.atomic
def answer_support(issue: Issue, *, answer: str, agrees: bool, actor: User) -> SupportPart:
    """R33: a supporting unit's answer to the lead, and its 会签. A disagreement goes to the commission office.

    Raises MoveRefused where nothing waits for the actor's unit, ValidationError for an empty answer.
    """
    keeper = begin(issue, Action.ANSWER_SUPPORT, actor)
    issue = keeper.issue
    if not answer.strip():
        raise ValidationError({"answer": _("请写明协办意见。")})
    part = part_of(Dossier(issue, keeper.yardstick), actor.unit)
    assert part is not None  # noqa: S101 - the guard of the move asked for it
    part.answer, part.agrees, part.answered_by, part.answered_at = answer, agrees, actor, keeper.at
    part.save(update_fields=["answer", "agrees", "answered_by", "answered_at"])
    settle(f"support/{part.pk}", keeper.at)
    stand = _("同意") if agrees else _("有不同意见")
    words = "\n".join((f"{part.unit.name}：{stand}", answer))
    move(issue, EventKind.SUPPORT_ANSWERED, actor=actor, at=keeper.at, note=words)
    told = {issue.handler_id: issue.handler, **{each.pk: each for each in people_of(issue.lead_unit)}}
    if not agrees:
        office = User.objects.filter(role=Role.COMMISSION_OFFICE, is_active=True)
        told |= {each.pk: each for each in office}
    inform(
        [each for each in told.values() if each.pk != actor.pk],
        issue,
        keeper,
        kind=NoticeKind.SUPPORT_ANSWERED if agrees else NoticeKind.DISAGREED,
        cause=f"support-answer/{part.pk}",
        unit=part.unit.name,
        agrees="yes" if agrees else "no",
    )
    return part
