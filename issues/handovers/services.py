"""What passes from hand to hand: a platform with its open issues, one case, everything on somebody's desk (R3, R22).

liaisons.handovers says when a platform passes; here its issues go with it, each as a move with its event.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import Role, User
from accounts.scope import heads
from config.clock import now, today
from issues.handovers.desks import may_clear
from issues.models import (
    CaseHandover,
    EventKind,
    HandoverChoice,
    Issue,
    IssueQuerySet,
)
from issues.services.moves import locked, move
from issues.workflow import MoveRefused
from liaisons import absences, handovers
from liaisons.models import Absence, Assignment, Handover, OfferState, Officer
from notices.models import NoticeKind
from notices.quiet_hours import send_after
from notices.services import settle, tell
from platforms.models import Platform
from workdays.services import hold_calendars_still

log = logging.getLogger(__name__)

# Whoever may have a case in hand.
HANDLERS = (Role.OFFICER, Role.CLERK, Role.UNIT_HEAD, Role.COMMISSION_OFFICE)


def offers_waiting_for(user: User) -> list[Handover | CaseHandover]:
    """The platforms and cases that the user is asked to take over, the oldest first."""
    cases = CaseHandover.objects.waiting_for(user).select_related("issue", "giver", "receiver")
    if not user.is_officer:  # platforms go to officers
        return list(cases.order_by("asked_at"))
    platforms = Handover.objects.waiting_for(user).select_related("platform", "giver__user", "receiver__user")
    return sorted([*platforms, *cases], key=lambda offer: offer.asked_at)


# --- a platform with its open issues ----------------------------------------------------------------------------------


def in_hand(platform: Platform, officer: Officer) -> IssueQuerySet:
    """The open issues of the platform that its officer has in hand: what a handover asks about, one by one."""
    return Issue.objects.unresolved().filter(platform=platform, handler=officer.user_id).order_by("pk")


@transaction.atomic
def ask_platform(
    platform: Platform,
    *,
    receiver: Officer,
    planned_on: date,
    reason: str,
    exception_reason: str = "",
    staying: Collection[int] = (),
    actor: User,
) -> Handover:
    """Asks for a handover. Of the open issues in the giver's hand those in `staying` (keys) stay there.

    Raises as liaisons.handovers.ask.
    """
    handover = handovers.ask(
        platform,
        receiver=receiver,
        planned_on=planned_on,
        reason=reason,
        exception_reason=exception_reason,
        actor=actor,
    )
    issues = in_hand(platform, handover.giver)
    HandoverChoice.objects.bulk_create(
        HandoverChoice(handover=handover, issue=issue, moves=issue.pk not in staying) for issue in issues
    )
    return handover


@transaction.atomic
def accept_platform(handover: Handover, *, actor: User) -> Handover:
    """The receiver's yes; where its day has come it takes effect at once. Raises as liaisons.handovers.accept."""
    hold_calendars_still()
    handover = handovers.accept(handover, actor=actor)
    if handover.effective_on is not None and handover.effective_on <= today():
        _apply(handover, actor)
    return Handover.objects.get(pk=handover.pk)


def take_effect() -> int:
    """Applies every accepted handover whose day has come; how many. A second run, or one at the same time, adds none.

    Each in a transaction of its own: one that fails keeps no other, and no warning, waiting.
    """
    due = Handover.objects.due(today()).select_related("platform", "receiver").order_by("effective_on", "pk")
    return sum(_applied(handover) for handover in due)


def _applied(handover: Handover) -> bool:
    try:
        return _apply(handover, None)
    except Exception:
        log.exception("handover %s could not take effect; it is tried again with the next scan", handover.pk)
        return False


@transaction.atomic
def _apply(handover: Handover, actor: User | None) -> bool:
    # The calendars come first, as with every move.
    hold_calendars_still()
    assignment = handovers.apply(handover, actor=actor)
    if assignment is None:
        return False
    handover = Handover.objects.select_related("platform", "giver__user", "receiver__user").get(pk=handover.pk)
    # What was raised after the choice goes with its platform.
    staying = handover.choices.filter(moves=False).values("issue")
    for issue in in_hand(handover.platform, handover.giver).exclude(pk__in=staying):
        _pass_on(issue, handover.giver.user, handover.receiver.user, handover.reason, actor)
    return True


def _pass_on(issue: Issue, giver: User, receiver: User, reason: str, actor: User | None) -> Issue | None:
    """Locks the issue and puts it into other hands; None where the giver has it no more."""
    issue = locked(issue)
    if issue.handler_id != giver.pk or not issue.is_unresolved:
        return None
    issue.handler = receiver
    words = f"{giver.name} → {receiver.name}\n{reason}"
    return move(issue, EventKind.HANDED_OVER, actor=actor, at=now(), note=words)


# --- one case ---------------------------------------------------------------------------------------------------------


def may_hand_over(issue: Issue, user: User) -> bool:
    """The handler, the head of the handler's unit or of the lead unit or of one above, those who keep the register."""
    if issue.handler_id == user.pk or user.keeps_register:
        return True
    return heads(user, issue.lead_unit) or heads(user, issue.handler.unit)


def receivers_of(issue: Issue) -> QuerySet[User]:
    """Who may be asked to take the case: those of the handler's unit who handle cases, and as long as it is the home
    unit's own matter the platform's officer. A unit that leads never passes it on by itself (R32)."""
    who = Q(pk__in=())
    if issue.handler.unit_id is not None:
        who |= Q(unit=issue.handler.unit_id, role__in=HANDLERS)
    if issue.lead_unit_id == issue.home_unit_id:
        officer = Assignment.objects.current().filter(platform=issue.platform_id).values("officer__user")
        who |= Q(pk__in=officer)
    return User.objects.filter(who, is_active=True).exclude(pk=issue.handler_id).order_by("name", "pk")


@transaction.atomic
def ask_case(issue: Issue, *, receiver: User, reason: str, actor: User) -> CaseHandover:
    """Asks a colleague to take one case; the handler keeps it until that one has accepted (R22).

    Raises MoveRefused (resolved, one under way, not this person's to ask), ValidationError for somebody who cannot take
    it and for no reason.
    """
    issue = locked(issue)
    _must_be_open(issue)
    if not may_hand_over(issue, actor):
        raise MoveRefused(_("由承办人、所在单位负责人或市科技局提出移交。"))
    for other in CaseHandover.objects.open().filter(issue=issue):
        if other.giver_id == issue.handler_id:
            raise MoveRefused(_("这个问题已有一项移交在办，先撤回或等它办完。"))
        _decided(other, OfferState.WITHDRAWN, actor)  # it was asked by who has the case no more
    if receiver.pk == issue.handler_id:
        raise ValidationError({"receiver": _("%(name)s现在就是承办人。") % {"name": receiver.name}})
    if not receivers_of(issue).filter(pk=receiver.pk).exists():
        raise ValidationError({"receiver": _("请选同单位的在岗人员，或这家平台的联点干部。")})
    if not reason.strip():
        raise ValidationError({"reason": _("请写明移交的原因。")})
    handover = CaseHandover.objects.create(
        issue=issue, giver=issue.handler, receiver=receiver, reason=reason.strip(), asked_by=actor, asked_at=now()
    )
    _tell(handover, "case_asked", [receiver])
    return handover


@transaction.atomic
def accept_case(handover: CaseHandover, *, actor: User) -> CaseHandover:
    """The receiver's yes: the case is in these hands from now on.

    Raises MoveRefused unless it waits for this person, the issue is open and the giver still has it.
    """
    issue = locked(handover.issue)
    handover = _taken_up(handover, actor)
    _must_be_open(issue)
    if issue.handler_id != handover.giver_id:
        raise MoveRefused(_("这个问题已不由%(name)s承办，这项移交不再有效。"), params={"name": handover.giver.name})
    # Whoever disables the account meanwhile has to see the case in this hand.
    if not User.objects.select_for_update(no_key=True, of=("self",)).get(pk=actor.pk).is_active:
        raise MoveRefused(_("接收人的账号已停用。"))
    _decided(handover, OfferState.DONE, actor)
    _pass_on(issue, handover.giver, handover.receiver, handover.reason, actor)
    _tell(handover, "case_done", {handover.giver, handover.asked_by} - {actor})
    return handover


@transaction.atomic
def decline_case(handover: CaseHandover, *, note: str, actor: User) -> CaseHandover:
    """The receiver's no, with its reason; the giver goes on. Raises MoveRefused, ValidationError without a word."""
    locked(handover.issue)
    handover = _taken_up(handover, actor)
    if not note.strip():
        raise ValidationError({"note": _("不接受时请写明原因。")})
    _decided(handover, OfferState.DECLINED, actor, note)
    _tell(handover, "case_declined", {handover.giver, handover.asked_by} - {actor})
    return handover


@transaction.atomic
def withdraw_case(handover: CaseHandover, *, actor: User) -> CaseHandover:
    """Takes back what nobody has accepted yet. Raises MoveRefused where there is nothing to take back."""
    issue = locked(handover.issue)
    handover = _present(handover)
    if not handover.is_waiting:
        raise MoveRefused(_("这项移交现在是“%(state)s”。"), params={"state": handover.get_state_display()})
    if not (may_hand_over(issue, actor) or handover.asked_by_id == actor.pk):
        raise MoveRefused(_("由提出的人撤回。"))
    _decided(handover, OfferState.WITHDRAWN, actor)
    _tell(handover, "case_withdrawn", {handover.giver, handover.receiver, handover.asked_by} - {actor})
    return handover


def _must_be_open(issue: Issue) -> None:
    if not issue.is_unresolved:
        raise MoveRefused(_("这个问题现在是“%(state)s”，不用再移交。"), params={"state": issue.get_state_display()})


def _present(handover: CaseHandover) -> CaseHandover:
    """As it is now; the issue's lock stands for it."""
    return CaseHandover.objects.select_related("issue", "giver", "receiver", "asked_by").get(pk=handover.pk)


def _taken_up(handover: CaseHandover, actor: User) -> CaseHandover:
    handover = _present(handover)
    if not handover.is_waiting:
        raise MoveRefused(_("这项移交现在是“%(state)s”。"), params={"state": handover.get_state_display()})
    if handover.receiver_id != actor.pk:
        raise MoveRefused(_("由接收人%(name)s决定。"), params={"name": handover.receiver.name})
    return handover


def _decided(handover: CaseHandover, state: OfferState, actor: User, note: str = "") -> None:
    handover.state, handover.note, handover.decided_by, handover.decided_at = state, note.strip(), actor, now()
    handover.save(update_fields=["state", "note", "decided_by", "decided_at"])
    settle(_cause(handover), now())


def _cause(handover: CaseHandover) -> str:
    return f"case-handover/{handover.pk}"


def _tell(handover: CaseHandover, what: str, people: Iterable[User]) -> None:
    names = {"giver": handover.giver.name, "receiver": handover.receiver.name}
    tell(
        people,
        kind=NoticeKind.HANDOVER,
        cause=_cause(handover) if what == "case_asked" else f"{_cause(handover)}/{what}",
        url=handover.get_absolute_url(),
        data={"what": what, "number": handover.issue.number, **names},
        send_after=send_after(now()),
    )


# --- everything on a desk ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class DeskPlan:
    """Who is asked for what, when somebody leaves. Platforms bring their open issues along."""

    platforms: Sequence[tuple[Platform, Officer]] = ()
    issues: Sequence[tuple[Issue, User]] = ()
    duties: Sequence[tuple[Absence, Officer]] = ()
    planned_on: date
    reason: str


@transaction.atomic
def hand_over_desk(user: User, plan: DeskPlan, *, actor: User) -> int:
    """Asks for every handover of the plan, ends what is on its way to `user`, gives the stand-ins to others; how many
    were asked for. All of it or nothing: receivers still accept one by one.

    Raises ValidationError with one key a line (`platform-7`, `issue-12`, `duty-3`, `reason`).
    """
    if not may_clear(user, actor):
        raise ValidationError({"reason": _("由市科技局、所在单位负责人或本人移交。")})
    if not plan.reason.strip():
        raise ValidationError({"reason": _("请写明移交的原因。")})
    faults: dict[str, list[str]] = {}
    for key, call in (*_refusals(user, plan, actor), *_requests(plan, actor)):
        try:
            call()
        except ValidationError as refusal:
            faults[key] = refusal.messages
    if faults:
        raise ValidationError(faults)
    return len(plan.platforms) + len(plan.issues)


Call = tuple[str, Callable[[], object]]


def _refusals(user: User, plan: DeskPlan, actor: User) -> Iterator[Call]:
    """What is on its way to somebody who leaves stays where it is."""
    for handover in Handover.objects.open().filter(receiver__user=user).select_related("platform", "receiver"):
        yield "reason", partial(handovers.step_back, handover, note=plan.reason, actor=actor)
    for case in CaseHandover.objects.waiting_for(user).select_related("issue"):
        yield "reason", partial(_step_back, case, plan.reason, actor)


def _step_back(handover: CaseHandover, note: str, actor: User) -> None:
    locked(handover.issue)
    handover = _present(handover)
    if handover.is_waiting:
        _decided(handover, OfferState.DECLINED, actor, note)
        _tell(handover, "case_declined", {handover.giver, handover.receiver, handover.asked_by} - {actor})


def _requests(plan: DeskPlan, actor: User) -> Iterator[Call]:
    # Platforms in one order: two who clear desks at once queue up instead of meeting head-on.
    for platform, officer in sorted(plan.platforms, key=lambda pair: pair[0].pk):
        call = partial(
            ask_platform, platform, receiver=officer, planned_on=plan.planned_on, reason=plan.reason, actor=actor
        )
        yield f"platform-{platform.pk}", call
    for issue, person in sorted(plan.issues, key=lambda pair: pair[0].pk):
        yield f"issue-{issue.pk}", partial(ask_case, issue, receiver=person, reason=plan.reason, actor=actor)
    for absence, deputy in plan.duties:
        yield f"duty-{absence.pk}", partial(absences.change_deputy, absence, deputy=deputy, actor=actor)
