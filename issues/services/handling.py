"""A solution is determined, its promise moved, the matter resolved."""

from collections.abc import Iterator
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Unit, User
from config.clock import today
from issues.deadlines import ClockKeeper, Span
from issues.models import Cause, Clock, Confirmation, EventKind, Issue, RequestKind, Result, SolutionPlan, State
from issues.services.confirming import ask_the_platform, record_confirmation
from issues.services.hands import officers_of
from issues.services.moves import begin, inform, move
from issues.services.referral import finish, lapse, sign_by_acting
from issues.workflow import TABLE, Action, parties_of
from issues.workflow.rules import is_for
from notices.models import NoticeKind


@transaction.atomic
def confirm_plan(
    issue: Issue, *, text: str, unit: Unit, person: str, promised_on: date, told_platform_on: date, actor: User
) -> Issue:
    """T8: stops the statutory clock with a plan (R7) and starts the plan's own, to the promised date.

    Raises MoveRefused where the table of transitions does not allow it; ValidationError for a plan that says nothing
    or names nobody, a promise in the past or beyond the calendar, and word to the platform not yet given or before it
    asked.
    """
    keeper = begin(issue, Action.PLAN, actor)
    issue = keeper.issue
    errors = dict(_faults_of_plan(issue, text, person, told_platform_on))
    errors |= dict(_faults_of_promise(promised_on, keeper.calendar.last))
    if errors:
        raise ValidationError(errors)
    sign_by_acting(issue, actor, keeper.at)
    _write_plan(issue, keeper, text=text, unit=unit, person=person, promised_on=promised_on, told_on=told_platform_on)
    keeper.stop(Clock.STATUTORY, Clock.SIGN)
    lapse(issue, keeper.at, RequestKind.EXTEND)
    deadline = keeper.start(Clock.PLAN, Span(promised_on, counted_from=keeper.today), Cause.PLAN_CONFIRMED)
    issue.plan_confirmed_at = keeper.at
    to = State.PLAN_CONFIRMED
    move(issue, EventKind.PLAN_CONFIRMED, to=to, actor=actor, at=keeper.at, note=text, deadline=deadline)
    inform(
        [person for person in officers_of(issue.platform) if person.pk != actor.pk],
        issue,
        keeper,
        kind=NoticeKind.PLANNED,
        cause=f"planned/{deadline.pk}",
        due_on=promised_on.isoformat(),
    )
    return issue


def _write_plan(
    issue: Issue, keeper: ClockKeeper, *, text: str, unit: Unit, person: str, promised_on: date, told_on: date
) -> None:
    """One plan an issue. After a reopening it is another text, and F8 goes on by what was promised first (R7)."""
    said = {
        "text": text,
        "unit": unit,
        "person": person,
        "promised_on": promised_on,
        "told_platform_on": told_on,
        "created_by": keeper.actor,
        "created_at": keeper.at,
    }
    first = {**said, "first_promised_on": promised_on}
    SolutionPlan.objects.update_or_create(issue=issue, defaults=said, create_defaults=first)


def _faults_of_plan(issue: Issue, text: str, person: str, told_platform_on: date) -> Iterator[tuple[str, str]]:
    if not text.strip():
        yield "text", _("请写明解决方案。")
    if not person.strip():
        yield "person", _("请写责任单位的具体承办人。")
    if told_platform_on > today():
        yield "told_platform_on", _("请先告知平台，再确定方案；告知日期不能晚于今天。")
    if told_platform_on < issue.raised_on:
        yield "told_platform_on", _("告知日期不能早于平台提出的日期（%(raised)s）。") % {"raised": issue.raised_on}


def _faults_of_promise(promised_on: date, last_day: date) -> Iterator[tuple[str, str]]:
    if promised_on < today():
        yield "promised_on", _("承诺日期不能早于今天。")
    if promised_on > last_day:
        yield "promised_on", _("工作日历只到%(last)s，请承诺更早的日期。") % {"last": last_day}


@transaction.atomic
def move_plan(issue: Issue, *, promised_on: date, reason: str, actor: User) -> Issue:
    """R7: another promised date, with its reason. F8 goes on by the first one.

    Raises MoveRefused where the table of transitions does not allow it; ValidationError without a reason, for the same
    date, a date in the past or beyond the calendar.
    """
    keeper = begin(issue, Action.MOVE_PLAN, actor)
    issue = keeper.issue
    errors = dict(_faults_of_promise(promised_on, keeper.calendar.last))
    if promised_on == issue.clock_due_on:
        errors["promised_on"] = _("承诺日期没有变化。")
    if not reason.strip():
        errors["reason"] = _("请写明为什么调整承诺日期。")
    if errors:
        raise ValidationError(errors)
    span = Span(promised_on, counted_from=keeper.today)
    deadline = keeper.start(Clock.PLAN, span, Cause.PLAN_MOVED, reason)
    SolutionPlan.objects.filter(issue=issue).update(promised_on=promised_on)
    return move(issue, EventKind.PLAN_MOVED, actor=actor, at=keeper.at, note=reason, deadline=deadline)


@transaction.atomic
def resolve(issue: Issue, *, result: str, reply: str, is_confirmed_solved: bool = False, actor: User) -> Issue:
    """T9: closes the matter with a result (R38), stops whichever clock runs and asks the platform.

    `is_confirmed_solved`: the platform said so to the person who records it, which is T10 in the same breath (R39).
    Raises MoveRefused where the table of transitions does not allow it, ValidationError for an empty reply, and for a
    confirmation of anything but 已解决 or by one to whom T10 does not belong: no unit confirms its own work (F7).
    """
    keeper = begin(issue, Action.RESOLVE, actor)
    issue = keeper.issue
    if result not in Result.values:
        raise ValidationError({"result": _("请选择处置结果。")})
    if not reply.strip():
        raise ValidationError({"reply": _("请写明给平台的答复。")})
    if is_confirmed_solved and result != Result.SOLVED:
        raise ValidationError({"is_confirmed_solved": _("只有结果为“已解决”时，才能记平台认可已解决。")})
    if is_confirmed_solved and not is_for(TABLE[Action.CONFIRM], issue.tier, parties_of(issue, actor)):
        raise ValidationError({"is_confirmed_solved": _("平台认可由平台或联点干部来记，请先办结。")})
    sign_by_acting(issue, actor, keeper.at)
    finish(keeper)
    issue.resolved_at, issue.result, issue.reply = keeper.at, result, reply
    move(issue, EventKind.RESOLVED, to=State.RESOLVED, actor=actor, at=keeper.at, note=reply)
    if is_confirmed_solved:
        return record_confirmation(issue, keeper, Confirmation.SPOKEN)
    ask_the_platform(issue, keeper)
    return issue
