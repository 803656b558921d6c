"""A clock stands still for a while and gets its days back exactly (R36, T15)."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from issues.deadlines import ClockKeeper, Proposal, Span, counted, newest
from issues.models import Cause, Clock, Deadline, EventKind, Issue, Request, State, Suspension
from issues.services.moves import begin, move
from issues.workflow import TABLE, Action, MoveRefused


def suspend(request: Request, issue: Issue, keeper: ClockKeeper) -> None:
    """Stops the clock that runs on a locked issue, as an approved `request` asks: today is used, tomorrow is not."""
    clock = issue.clock
    old = newest(issue, clock) if clock else None
    if clock is None or old is None or request.until is None:
        raise MoveRefused(_("这个问题现在没有在计时，不能挂账。"))
    # It was in hand when it was asked for; meanwhile it may have been referred or given back.
    if issue.state not in TABLE[Action.SUSPEND].sources:
        raise MoveRefused(_("这个问题现在是“%(state)s”，不能挂账。"), params={"state": issue.get_state_display()})
    if request.until <= keeper.today:
        raise MoveRefused(_("复查日期%(day)s已经到了，请重新申请。"), params={"day": request.until})
    Suspension.objects.create(
        issue=issue,
        clock=clock,
        state_before=issue.state,
        reason=request.reason,
        review_on=request.until,
        began_on=keeper.today,
    )
    keeper.stop(clock)
    deadline = keeper.record(clock, _span(old), Cause.SUSPENDED, request.reason)
    move(
        issue,
        EventKind.SUSPENDED,
        to=State.SUSPENDED,
        actor=request.decided_by,
        at=keeper.at,
        note=request.reason,
        deadline=deadline,
    )


@transaction.atomic
def resume(issue: Issue, *, note: str = "", actor: User) -> Issue:
    """T15 back: the clock goes on and gets every working day back that it stood still.

    Raises MoveRefused unless the issue is suspended.
    """
    keeper = begin(issue, Action.RESUME, actor)
    issue = keeper.issue
    pause, old = _standing_still(issue)
    clock, span = Clock(pause.clock), _resumed(pause, old, keeper)
    pause.ended_on = keeper.today
    pause.save(update_fields=["ended_on"])
    deadline = keeper.start(clock, span, Cause.RESUMED, note)
    if clock == Clock.PLAN:
        issue.plan.promised_on = deadline.due_on
        issue.plan.save(update_fields=["promised_on"])
    return move(
        issue,
        EventKind.RESUMED,
        to=State(pause.state_before),
        actor=actor,
        at=keeper.at,
        note=note,
        deadline=deadline,
    )


def propose_resumption(issue: Issue, actor: User) -> Proposal:
    """The due date if the clock went on today. Raises MoveRefused unless the issue is suspended."""
    pause, old = _standing_still(issue)
    return Proposal(old.due_on, _resumed(pause, old, ClockKeeper(issue, actor)))


def _standing_still(issue: Issue) -> tuple[Suspension, Deadline]:
    pause = issue.suspensions.filter(ended_on=None).first()
    old = newest(issue, pause.clock) if pause else None
    if issue.state != State.SUSPENDED or pause is None or old is None:
        raise MoveRefused(_("这个问题没有挂账。"))
    return pause, old


def paused_days(issue: Issue, version: Deadline, keeper: ClockKeeper) -> int:
    """The working days its clock stood still since it counts like `version`, by the calendar as it is now.

    A pause of an earlier round (R40) was given back then.
    """
    pauses = issue.suspensions.filter(clock=version.clock, began_on__gte=version.counted_from)
    spans = pauses.values_list("began_on", "ended_on")
    return sum(keeper.calendar.between(began, ended) for began, ended in spans if ended is not None)


def _resumed(pause: Suspension, old: Deadline, keeper: ClockKeeper) -> Span:
    given_back = keeper.calendar.between(pause.began_on, keeper.today)
    paused = paused_days(keeper.issue, old, keeper) + given_back
    if old.working_days is not None:
        return counted(keeper.calendar, old.counted_from, old.working_days, paused)
    if not given_back:
        return Span(old.due_on, old.counted_from, paused_days=paused)
    due_on = keeper.calendar.worked_day(keeper.calendar.seq(old.due_on) + given_back)
    return Span(due_on, old.counted_from, paused_days=paused)


def _span(version: Deadline) -> Span:
    return Span(version.due_on, version.counted_from, version.working_days, version.paused_days, version.is_provisional)
