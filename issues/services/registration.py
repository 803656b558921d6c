"""Registering what one contact brought (T1, T3)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import calendar_for
from config.clock import now, on_date, today
from issues.deadlines import Span, counted
from issues.grading import suggested_tier
from issues.levels import Yardstick
from issues.models import (
    Alarm,
    Cause,
    Clock,
    Confirmation,
    Deadline,
    Event,
    EventKind,
    HandlingRule,
    Issue,
    IssueCategory,
    Result,
    State,
    Tier,
    TierTerm,
)
from issues.services.drawing import draw_for_calls
from liaisons.models import Officer
from platforms.models import Platform
from workdays.calendar import WorkCalendar
from workdays.services import hold_calendars_still


@dataclass(frozen=True, kw_only=True)
class NewIssue:
    """One issue as heard. Tier A carries the answer given on the spot; the other tiers carry none."""

    tier: str
    category: IssueCategory
    text: str
    answer: str = ""
    platform_agrees: bool = False
    nature: str = ""
    urgency: str = "normal"
    importance: str = "ordinary"
    grading_reason: str = ""


def terms_in_force(on: date | None = None) -> dict[str, TierTerm]:
    """The term of each clocked tier on a day (R5, R9), in one statement."""
    rows = (
        TierTerm.objects.filter(valid_from__lte=on or today()).order_by("tier", "-valid_from", "-pk").distinct("tier")
    )
    return {term.tier: term for term in rows}


@transaction.atomic
def register_issues(
    new: Sequence[NewIssue],
    *,
    platform: Platform,
    officer: Officer,
    raised_on: date,
    actor: User,
    handler: User | None = None,
    visit_id: int | None = None,
) -> list[Issue]:
    """Registers what one contact brought: numbers, dates, deadlines and events, in a fixed number of statements.

    Tier A is resolved with its answer at once (T3), B goes on in the officer's own unit and hands, C and D wait to be
    referred; B, C and D get their clock from `raised_on` (R8, R10), by the
    calendar of the officer's home unit. `handler` is who has it in hand, the actor unless another is named.
    Raises ValidationError for a missing text, category, answer, unknown tier or a tier other than the suggested one
    without a reason (R28), and CalendarCoverageError beyond the calendar.
    """
    if not new:
        return []
    for item in new:
        _check(item)
    hold_calendars_still()
    yardstick, terms, at = Yardstick(), terms_in_force(), now()
    calendar = calendar_for(officer.home_unit, yardstick.calendars)
    common = {
        "platform": platform,
        "visit_id": visit_id,
        "officer": officer,
        "home_unit_id": officer.home_unit_id,
        "lead_unit_id": officer.home_unit_id,
        "handler": handler or actor,
        "calendar_id": calendar.id,
        "raised_on": raised_on,
        "registered_at": at,
        "updated_at": at,
    }
    spans = [_span(calendar, raised_on, terms.get(item.tier)) for item in new]
    issues = [
        Issue(
            number=number,
            **common,
            **_heard(item),
            term=terms.get(item.tier),
            **(_running(span, item.tier, yardstick, calendar.id) if span else _answered(item, at)),
        )
        for number, item, span in zip(take_numbers(on_date(at).year, len(new)), new, spans, strict=True)
    ]
    Issue.objects.bulk_create(issues)
    deadlines = _start_clocks(issues, spans, actor=actor, at=at, yardstick=yardstick)
    _record(issues, deadlines, actor=actor, at=at)
    if confirmed := [issue for issue in issues if issue.state == State.CONFIRMED]:
        draw_for_calls(confirmed, HandlingRule.in_force(yardstick.today), at)
    return issues


def _check(item: NewIssue) -> None:
    if item.tier not in Tier.values:
        raise ValidationError({"tier": _("类别只能是A、B、C、D。")})
    if not item.text.strip():
        raise ValidationError({"text": _("请写明平台说的问题。")})
    if item.tier == Tier.A and not item.answer.strip():
        raise ValidationError({"answer": _("当场解决的，请写下当场怎么答复的。")})
    check_reason(item.tier, suggested_tier(item.nature, item.urgency, item.importance), item.grading_reason)


def check_reason(tier: str, suggested: str | None, reason: str) -> None:
    """R28: a person decides, and says why where it is not as suggested.

    Raises ValidationError (key `grading_reason`).
    """
    if suggested is not None and tier != suggested and not reason.strip():
        raise ValidationError(
            {
                "grading_reason": _("按性质建议定为%(suggested)s类；定为%(tier)s类，请写明依据。")
                % {"suggested": suggested, "tier": tier}
            }
        )


def state_of(tier: str) -> State:
    """Where grading leads: B stays in the officer's own unit and hands, C and D wait to be referred (T4, R30)."""
    return State.ACCEPTED if tier == Tier.B else State.GRADED


def _span(calendar: WorkCalendar, raised_on: date, term: TierTerm | None) -> Span | None:
    """None for tier A, which has no clock."""
    return counted(calendar, raised_on, term.working_days) if term else None


def _heard(item: NewIssue) -> dict[str, object]:
    return {
        "category": item.category,
        "tier": item.tier,
        "nature": item.nature,
        "urgency": item.urgency,
        "importance": item.importance,
        "grading_reason": item.grading_reason,
        "text": item.text,
    }


def _running(span: Span, tier: str, yardstick: Yardstick, calendar_id: int) -> dict[str, object]:
    nearing_on = yardstick.ladder.nearing_on(
        yardstick.calendar_of(calendar_id), Clock.STATUTORY, tier, span.due_on, span.working_days or 0
    )
    return {
        "state": state_of(tier),
        "due_on": span.due_on,
        "due_is_provisional": span.is_provisional,
        "counted_from": span.counted_from,
        "working_days": span.working_days,
        "clock_due_on": span.due_on,
        "nearing_on": nearing_on,
    }


def _answered(item: NewIssue, at: datetime) -> dict[str, object]:
    answered = {"state": State.RESOLVED, "resolved_at": at, "result": Result.SOLVED, "reply": item.answer}
    if not item.platform_agrees:
        return answered
    word = {"state": State.CONFIRMED, "confirmed_at": at, "confirmation": Confirmation.SPOKEN}
    return {**answered, **word, "is_confirmed_solved": True}


def _start_clocks(
    issues: list[Issue], spans: list[Span | None], *, actor: User, at: datetime, yardstick: Yardstick
) -> list[Deadline]:
    """Version 1 of each statutory deadline, and its alarm."""
    deadlines = [
        Deadline(
            issue=issue,
            clock=Clock.STATUTORY,
            version=1,
            cause=Cause.REGISTERED,
            counted_from=span.counted_from,
            working_days=span.working_days,
            due_on=span.due_on,
            is_provisional=span.is_provisional,
            calendar_revision=yardstick.calendar_of(issue.calendar_id).revision,
            actor=actor,
            created_at=at,
        )
        for issue, span in zip(issues, spans, strict=True)
        if span is not None
    ]
    Deadline.objects.bulk_create(deadlines)
    alarms = (_alarm(deadline, yardstick) for deadline in deadlines)
    Alarm.objects.bulk_create(alarm for alarm in alarms if alarm)
    return deadlines


def _alarm(deadline: Deadline, yardstick: Yardstick) -> Alarm | None:
    issue, calendar = deadline.issue, yardstick.calendar_of(deadline.issue.calendar_id)
    rings_on = yardstick.ladder.first_ring_on(
        calendar, deadline.clock, issue.tier, deadline.due_on, deadline.working_days or 0
    )
    if rings_on is None:
        return None
    return Alarm(issue=issue, clock=deadline.clock, deadline=deadline, rings_on=rings_on)


def _record(issues: list[Issue], deadlines: list[Deadline], *, actor: User, at: datetime) -> None:
    deadline_of = {deadline.issue_id: deadline for deadline in deadlines}
    events = [
        Event(issue=issue, kind=kind, at=at, actor=actor, before=before, after=after, note=note, deadline=deadline)
        for issue in issues
        for kind, before, after, note, deadline in _story(issue, deadline_of.get(issue.pk))
    ]
    Event.objects.bulk_create(events)


def _story(issue: Issue, deadline: Deadline | None) -> Iterator[tuple[EventKind, str, str, str, Deadline | None]]:
    """Kind, before, after, note and version of what registering comes to."""
    if issue.tier != Tier.A:
        yield EventKind.REGISTERED, "", issue.state, issue.grading_reason, deadline
        return
    yield EventKind.REGISTERED, "", State.REGISTERED, issue.grading_reason, None
    yield EventKind.ANSWERED, State.REGISTERED, State.RESOLVED, issue.reply, None
    if issue.state == State.CONFIRMED:
        yield EventKind.CONFIRMED, State.RESOLVED, State.CONFIRMED, str(Confirmation.SPOKEN.label), None


def take_numbers(year: int, count: int) -> list[str]:
    """The next `count` numbers of the year. The counter's row lock queues writers until they commit."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO issues_issuecounter (year, last) VALUES (%s, %s) "
            "ON CONFLICT (year) DO UPDATE SET last = issues_issuecounter.last + EXCLUDED.last RETURNING last",
            [year, count],
        )
        last = cursor.fetchone()[0]
    return [f"{year}-{n:06d}" for n in range(last - count + 1, last + 1)]
