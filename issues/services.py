"""Every write to an issue: registered, planned, resolved. Each locks the row, decides on it as it is, adds an event."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import Unit, User
from config.clock import now, on_date, today
from issues.levels import Yardstick
from issues.models import (
    Alarm,
    Cause,
    Clock,
    Deadline,
    Event,
    EventKind,
    Issue,
    IssueCategory,
    Result,
    SolutionPlan,
    State,
    Tier,
    TierTerm,
)
from liaisons.models import Officer
from platforms.models import Platform
from workdays.calendar import Due


class MoveRefused(ValidationError):
    """The issue's present state does not allow the requested move."""


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

    Tier A is resolved with its answer at once (T3); B, C and D get their clock from `raised_on` (R8, R10).
    `handler` is who has it in hand, the actor unless another is named.
    Raises ValidationError for a missing text, category, answer or unknown tier, and CalendarCoverageError beyond the
    calendar.
    """
    if not new:
        return []
    for item in new:
        _check(item)
    yardstick, terms, at = Yardstick(), terms_in_force(), now()
    numbers = _take_numbers(on_date(at).year, len(new))
    issues, dues = [], []
    for number, item in zip(numbers, new, strict=True):
        term = terms.get(item.tier)
        due = yardstick.calendar.due(raised_on, term.working_days) if term else None
        dues.append(due)
        issues.append(
            Issue(
                number=number,
                platform=platform,
                visit_id=visit_id,
                officer=officer,
                home_unit_id=officer.home_unit_id,
                lead_unit_id=officer.home_unit_id,
                handler=handler or actor,
                category=item.category,
                tier=item.tier,
                term=term,
                nature=item.nature,
                urgency=item.urgency,
                importance=item.importance,
                text=item.text,
                raised_on=raised_on,
                registered_at=at,
                updated_at=at,
                **(_clock(due, yardstick) if due else _answered(item, at)),
            )
        )
    Issue.objects.bulk_create(issues)
    _record_registration(issues, dues, actor=actor, at=at, yardstick=yardstick)
    return issues


def _check(item: NewIssue) -> None:
    if item.tier not in Tier.values:
        raise ValidationError({"tier": _("类别只能是A、B、C、D。")})
    if not item.text.strip():
        raise ValidationError({"text": _("请写明平台说的问题。")})
    if item.tier == Tier.A and not item.answer.strip():
        raise ValidationError({"answer": _("当场解决的，请写下当场怎么答复的。")})


def _clock(due: Due, yardstick: Yardstick) -> dict[str, object]:
    return {
        "due_on": due.on,
        "due_is_provisional": due.is_provisional,
        "clock_due_on": due.on,
    }


def _answered(item: NewIssue, at: datetime) -> dict[str, object]:
    return {
        "state": State.RESOLVED,
        "resolved_at": at,
        "result": Result.SOLVED,
        "reply": item.answer,
        "is_confirmed_solved": item.platform_agrees,
    }


def _record_registration(
    issues: list[Issue], dues: list[Due | None], *, actor: User, at: datetime, yardstick: Yardstick
) -> None:
    deadlines = [
        Deadline(
            issue=issue,
            clock=Clock.STATUTORY,
            version=1,
            cause=Cause.REGISTERED,
            counted_from=issue.raised_on,
            working_days=issue.term.working_days,
            due_on=due.on,
            is_provisional=due.is_provisional,
            calendar_revision=yardstick.calendar.revision,
            actor=actor,
            created_at=at,
        )
        for issue, due in zip(issues, dues, strict=True)
        if due is not None and issue.term is not None
    ]
    Deadline.objects.bulk_create(deadlines)
    Alarm.objects.bulk_create(
        Alarm(issue=deadline.issue, deadline=deadline, rings_on=yardstick.first_warning_on(deadline.due_on))
        for deadline in deadlines
    )
    deadline_of = {deadline.issue_id: deadline for deadline in deadlines}
    events = [
        Event(
            issue=issue,
            kind=EventKind.REGISTERED,
            at=at,
            actor=actor,
            after=State.OPEN,
            deadline=deadline_of.get(issue.pk),
        )
        for issue in issues
    ]
    events += [
        Event(
            issue=issue,
            kind=EventKind.ANSWERED,
            at=at,
            actor=actor,
            before=State.OPEN,
            after=issue.state,
            note=issue.reply,
        )
        for issue in issues
        if issue.tier == Tier.A
    ]
    Event.objects.bulk_create(events)


def _take_numbers(year: int, count: int) -> list[str]:
    """The next `count` numbers of the year. The counter's row lock queues writers until they commit."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO issues_issuecounter (year, last) VALUES (%s, %s) "
            "ON CONFLICT (year) DO UPDATE SET last = issues_issuecounter.last + EXCLUDED.last RETURNING last",
            [year, count],
        )
        last = cursor.fetchone()[0]
    return [f"{year}-{n:06d}" for n in range(last - count + 1, last + 1)]


@transaction.atomic
def confirm_plan(
    issue: Issue, *, text: str, unit: Unit, person: str, promised_on: date, told_platform_on: date, actor: User
) -> Issue:
    """T8: stops the statutory clock with a plan (R7) and starts the plan's own, to the promised date.

    Raises MoveRefused unless the issue is open; ValidationError for a plan that says nothing or names nobody, a promise
    in the past or beyond the calendar, and word to the platform not yet given or before it asked.
    """
    issue = _locked(issue)
    if issue.state != State.OPEN:
        raise MoveRefused(_("这个问题现在是“%(state)s”，不能再确定方案。"), params={"state": issue.get_state_display()})
    at, yardstick = now(), Yardstick()
    errors = dict(_faults_of_plan(issue, text, person, promised_on, told_platform_on, yardstick.calendar.last))
    if errors:
        raise ValidationError(errors)
    SolutionPlan.objects.create(
        issue=issue,
        text=text,
        unit=unit,
        person=person,
        promised_on=promised_on,
        first_promised_on=promised_on,
        told_platform_on=told_platform_on,
        created_by=actor,
        created_at=at,
    )
    deadline = Deadline.objects.create(
        issue=issue,
        clock=Clock.PLAN,
        version=1,
        cause=Cause.PLAN_CONFIRMED,
        counted_from=today(),
        due_on=promised_on,
        is_provisional=False,
        calendar_revision=yardstick.calendar.revision,
        actor=actor,
        created_at=at,
    )
    issue.plan_confirmed_at = at
    issue.clock_due_on = promised_on
    rings_on = yardstick.first_warning_on(promised_on)
    Alarm.objects.update_or_create(issue=issue, defaults={"deadline": deadline, "rings_on": rings_on})
    return _move(
        issue, State.PLAN_CONFIRMED, EventKind.PLAN_CONFIRMED, actor=actor, at=at, note=text, deadline=deadline
    )


def _faults_of_plan(
    issue: Issue, text: str, person: str, promised_on: date, told_platform_on: date, last_day: date
) -> Iterator[tuple[str, str]]:
    if not text.strip():
        yield "text", _("请写明解决方案。")
    if not person.strip():
        yield "person", _("请写责任单位的具体承办人。")
    if promised_on < today():
        yield "promised_on", _("承诺日期不能早于今天。")
    if promised_on > last_day:
        yield "promised_on", _("工作日历只到%(last)s，请承诺更早的日期。") % {"last": last_day}
    if told_platform_on > today():
        yield "told_platform_on", _("请先告知平台，再确定方案；告知日期不能晚于今天。")
    if told_platform_on < issue.raised_on:
        yield "told_platform_on", _("告知日期不能早于平台提出的日期（%(raised)s）。") % {"raised": issue.raised_on}


@transaction.atomic
def resolve(issue: Issue, *, result: str, reply: str, is_confirmed_solved: bool = False, actor: User) -> Issue:
    """T9: closes the matter with a result (R38) and stops whichever clock runs.

    `is_confirmed_solved`: the platform said so to the person who records it (R39). Raises MoveRefused when it is
    resolved already, ValidationError for an empty reply or a confirmation of anything but 已解决.
    """
    issue = _locked(issue)
    if not issue.is_unresolved:
        raise MoveRefused(_("这个问题已经办结。"))
    if result not in Result.values:
        raise ValidationError({"result": _("请选择处置结果。")})
    if not reply.strip():
        raise ValidationError({"reply": _("请写明给平台的答复。")})
    if is_confirmed_solved and result != Result.SOLVED:
        raise ValidationError({"is_confirmed_solved": _("只有结果为“已解决”时，才能记平台认可已解决。")})
    at = now()
    issue.resolved_at = at
    issue.result, issue.reply, issue.is_confirmed_solved = result, reply, is_confirmed_solved
    issue.clock_due_on = None
    Alarm.objects.filter(issue=issue).delete()
    return _move(issue, State.RESOLVED, EventKind.RESOLVED, actor=actor, at=at, note=reply)


def _locked(issue: Issue) -> Issue:
    # The caller may have loaded the issue minutes ago; decide on the row as it is now.
    return Issue.objects.select_for_update(of=("self",)).get(pk=issue.pk)


MOVED = (
    "state",
    "updated_at",
    "plan_confirmed_at",
    "resolved_at",
    "clock_due_on",
    "result",
    "reply",
    "is_confirmed_solved",
)


def _move(
    issue: Issue, to: State, kind: EventKind, *, actor: User, at: datetime, note: str, deadline: Deadline | None = None
) -> Issue:
    before, issue.state, issue.updated_at = issue.state, to, at
    issue.save(update_fields=MOVED)
    issue.events.create(kind=kind, at=at, actor=actor, before=before, after=to, note=note, deadline=deadline)
    return issue
