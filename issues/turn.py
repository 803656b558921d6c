"""Whose turn it is: what an issue waits for, from whom, until when, and which moves it waits for from one person."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import Role, UnitKind, User
from config.clock import on_date
from issues.dossier import Dossier
from issues.in_sight import names_of_approvers
from issues.models import Clock, Issue, RequestKind, RequestState, State
from issues.parties import Party, has_head
from issues.workflow import TABLE, Action, refusal
from workdays.calendar import CalendarCoverageError
from workdays.strip import date_words

REQUESTED = {
    RequestKind.EXTEND: lambda: _("延期申请"),
    RequestKind.SUSPEND: lambda: _("挂账申请"),
    RequestKind.RETIER: lambda: _("类别调整申请"),
}


def turn_of(dossier: Dossier) -> str:
    """One sentence for the head of the page; empty where nobody waits for anything.

    Besides what the page reads anyway, a statement for each pending request, and up to two after a resolution.
    """
    clauses = [*_state(dossier), *_requests(dossier), *_supervision(dossier), *_supports(dossier)]
    return pgettext("between the clauses of a sentence", "；").join(clauses)


def has_lead(issue: Issue) -> bool:
    """Whether a unit leads it already; until C and D are referred, the home unit only holds the place."""
    return issue.state not in (State.REGISTERED, State.GRADED)


def _state(dossier: Dossier) -> Iterator[str]:
    found = STATES.get(State(dossier.issue.state))
    return found(dossier) if found else iter(())


def _grading(dossier: Dossier) -> Iterator[str]:
    yield _("等%(who)s定级") % {"who": _who(dossier, Action.GRADE)}


def _referring(dossier: Dossier) -> Iterator[str]:
    yield _("等%(who)s交办") % {"who": _who(dossier, Action.REFER)}
    yield from _due(dossier)


def _signing(dossier: Dossier) -> Iterator[str]:
    yield _until(dossier, _("等%(who)s签收"), Action.SIGN, _day_of(dossier, Clock.SIGN))


def _work(dossier: Dossier) -> Iterator[str]:
    yield _("%(unit)s%(person)s正在办") % _handling(dossier.issue)
    yield from _due(dossier)


def _returned(dossier: Dossier) -> Iterator[str]:
    yield _until(dossier, _("等%(who)s裁定退回"), Action.REASSIGN, dossier.return_decided_by)


def _plan(dossier: Dossier) -> Iterator[str]:
    yield _("%(unit)s%(person)s正在按方案办") % _handling(dossier.issue)
    yield from _due(dossier)


def _closing(dossier: Dossier) -> Iterator[str]:
    yield _("等%(who)s销号") % {"who": _who(dossier, Action.CLOSE)}


def _who(dossier: Dossier, action: Action) -> str:
    """By whom the table lets the move be made, in the words of this issue: the first of those it names."""
    issue = dossier.issue
    party = TABLE[action].who[issue.tier][0]
    match party:
        case Party.LEAD | Party.LEAD_HEAD:
            return str(issue.lead_unit.label)
        case Party.HOME_HEAD if has_head(issue):
            return _("%(unit)s负责人") % {"unit": issue.home_unit.label}
        case Party.HOME_HEAD:
            return str(Party.OFFICE.label)
        case Party.OFFICER:
            return _("联点干部%(name)s") % {"name": issue.handler.name}
        case _:
            return str(party.label)


def _until(dossier: Dossier, words: str, action: Action, day: date | None) -> str:
    said = words % {"who": _who(dossier, action)}
    if day is None:
        return said
    if day < dossier.yardstick.today:
        return _("%(waits)s，已过%(day)s") % {"waits": said, "day": _words(dossier, day)}
    return _("%(waits)s，%(day)s前") % {"waits": said, "day": _words(dossier, day)}


def _due(dossier: Dossier) -> Iterator[str]:
    day = dossier.issue.clock_due_on
    if day is not None:
        is_late = day < dossier.yardstick.today
        yield (_("%(day)s已到期") if is_late else _("%(day)s到期")) % {"day": _words(dossier, day)}


def _handling(issue: Issue) -> dict[str, str]:
    return {"unit": issue.lead_unit.label, "person": issue.handler.name}


def _pause(dossier: Dossier) -> Iterator[str]:
    held = next((each for each in dossier.suspensions if each.ended_on is None), None)
    if held is None:
        return
    words = _("挂账停表，%(day)s由%(who)s复查是否恢复计时")
    yield words % {"day": _words(dossier, held.review_on), "who": Party.OFFICE.label}


def _silence(dossier: Dossier) -> Iterator[str]:
    """R39: when the platform is asked once more, and when it is no longer waited for."""
    issue, rule, calendar = dossier.issue, dossier.handling_rule, dossier.calendar
    yield _("等平台确认")
    if issue.resolved_on is None:
        return
    try:
        asked = issue.asked_again_at and on_date(issue.asked_again_at)
        asking = asked or max(calendar.due(issue.resolved_on, rule.ask_again_after).on, dossier.yardstick.today)
        given_up = calendar.due(issue.resolved_on, rule.silent_after).on
        given_up = max(given_up, calendar.due(asking, rule.silent_after - rule.ask_again_after).on)
    except CalendarCoverageError:
        return
    words = _("%(day)s已再问一次") if asked else _("%(day)s再问一次")
    yield words % {"day": _words(dossier, asking)}
    yield _("%(day)s按未反馈办理") % {"day": _words(dossier, given_up)}


STATES: Mapping[State, Callable[[Dossier], Iterator[str]]] = {
    State.REGISTERED: _grading,
    State.GRADED: _referring,
    State.ASSIGNED: _signing,
    State.ACCEPTED: _work,
    State.RETURNED: _returned,
    State.PLAN_CONFIRMED: _plan,
    State.SUSPENDED: _pause,
    State.RESOLVED: _silence,
    State.CONFIRMED: _closing,
}


def _requests(dossier: Dossier) -> Iterator[str]:
    for asked in dossier.requests:
        if asked.state == RequestState.PENDING:
            what = REQUESTED[RequestKind(asked.kind)]()
            yield _("等%(who)s审批%(what)s") % {"who": names_of_approvers(asked), "what": what}


def _supervision(dossier: Dossier) -> Iterator[str]:
    order = dossier.supervision
    if order is not None and dossier.issue.state in TABLE[Action.ANSWER_SUPERVISION].sources:
        yield _until(dossier, _("等%(who)s回复督办"), Action.ANSWER_SUPERVISION, order.reply_by)


def _supports(dossier: Dossier) -> Iterator[str]:
    waiting = [part for part in dossier.supports if part.is_waiting]
    if waiting and dossier.issue.state in TABLE[Action.ANSWER_SUPPORT].sources:
        units = _("、").join(part.unit.label for part in waiting)
        day = _words(dossier, max(part.due_on for part in waiting))
        yield _("等协办单位%(units)s答复，%(day)s前") % {"units": units, "day": day}


def _day_of(dossier: Dossier, clock: Clock) -> date | None:
    newest = dossier.newest(clock)
    return newest.due_on if newest else None


def _words(dossier: Dossier, day: date) -> str:
    return date_words(day, dossier.yardstick.today)


# --- which moves wait for one person


def is_awaited(dossier: Dossier, action: Action, user: User) -> bool:
    """Whether the issue waits for this person to make the move now, as issues.queues puts it into their queues."""
    wanted = AWAITED.get(action)
    return wanted is not None and wanted(dossier, user) and refusal(dossier, action, user) is None


def _always(dossier: Dossier, user: User) -> bool:
    return True


def _is_to_refer(dossier: Dossier, user: User) -> bool:
    """What is in hand can be given to another unit; nobody waits for that."""
    return dossier.issue.state == State.GRADED


def _is_to_sign(dossier: Dossier, user: User) -> bool:
    return dossier.issue.state == State.ASSIGNED


def _is_in_hand(dossier: Dossier, user: User) -> bool:
    in_hand = dossier.issue.state in (State.ACCEPTED, State.PLAN_CONFIRMED)
    return in_hand and Party.LEAD in dossier.parties(user)


def _is_to_resume(dossier: Dossier, user: User) -> bool:
    """R36: the day to look at it again has come."""
    held = (each for each in dossier.suspensions if each.ended_on is None)
    is_due = any(each.review_on <= dossier.yardstick.today for each in held)
    return user.role == Role.COMMISSION_OFFICE and is_due


def _is_to_call(dossier: Dossier, user: User) -> bool:
    """R46: it was planned; what the commission office handled is for the bureau's staff."""
    if user.role not in (Role.COMMISSION_OFFICE, Role.BUREAU_STAFF):
        return False
    is_whose = user.role == Role.COMMISSION_OFFICE or dossier.issue.lead_unit.kind == UnitKind.COMMISSION_OFFICE
    return is_whose and dossier.follow_up is not None and dossier.follow_up.called_at is None


def should_be_supervised(dossier: Dossier, user: User) -> bool:
    """R42, as issues.queues has it: late, redone or returned often, and not supervised since its term began."""
    issue, rule, yardstick = dossier.issue, dossier.handling_rule, dossier.yardstick
    days_late = -yardstick.left(issue.clock_due_on, issue.calendar_id) if issue.clock_due_on else 0
    is_late = issue.clock == Clock.STATUTORY and days_late >= rule.supervised_late
    returned = sum(each.returned_by_id is not None for each in dossier.referrals)
    happened = is_late or issue.reopened_count >= rule.supervised_redos or returned >= rule.supervised_returns
    redone_at = dossier.rounds[-1].reopened_at if dossier.rounds else None
    supervised = (redone_at is None or order.ordered_at >= redone_at for order in dossier.supervisions)
    return happened and not any(supervised)


AWAITED: Mapping[Action, Callable[[Dossier, User], bool]] = {
    Action.GRADE: _always,
    Action.REFER: _is_to_refer,
    Action.SIGN: _is_to_sign,
    Action.REASSIGN: _always,
    Action.ANSWER_SUPPORT: _always,
    Action.ANSWER_SUPERVISION: _always,
    Action.RESUME: _is_to_resume,
    Action.REVIEW: _always,
    Action.CONFIRM: _always,
    Action.CLOSE: _always,
    Action.RESOLVE: _is_in_hand,
    Action.SUPERVISE: should_be_supervised,
    Action.FOLLOW_UP: _is_to_call,
}
