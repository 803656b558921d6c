"""The ledger of due dates: every change of a clock is a new version, and the issue and its alarm follow the newest."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from accounts.models import User
from config.clock import now
from issues.levels import Yardstick
from issues.models import Alarm, Cause, Clock, Deadline, HandlingRule, Issue, Warning  # noqa: A004 - the domain's word
from issues.warnings import cause_of
from notices.services import keep_inside
from workdays.calendar import WorkCalendar


@dataclass(frozen=True, slots=True)
class Span:
    """What a version says of its date: the (`working_days` + `paused_days`)-th working day after `counted_from`.

    A promised date has no working days; it is final whatever the calendar says.
    """

    due_on: date
    counted_from: date
    working_days: int | None = None
    paused_days: int = 0
    is_provisional: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would become of a due date: shown before anybody decides (R29)."""

    old: date
    span: Span

    @property
    def new(self) -> date:
        return self.span.due_on


def counted(calendar: WorkCalendar, counted_from: date, working_days: int, paused_days: int = 0) -> Span:
    """The span of `working_days` after `counted_from` (R10), longer by what the clock stood still.

    Raises ValueError for less than a working day, CalendarCoverageError beyond the calendar.
    """
    if working_days < 1:
        raise ValueError(f"a term of {working_days} working days")
    due = calendar.due(counted_from, working_days + paused_days)
    return Span(due.on, counted_from, working_days, paused_days, due.is_provisional)


def newest(issue: Issue, clock: str) -> Deadline | None:
    """The version that holds now."""
    return issue.deadlines.filter(clock=clock).order_by("-version").first()


def announced_version(issue: Issue, clock: str) -> Deadline | None:
    """The version under which the present date is announced: the first of those that have it without a break.

    A pause that gave no day back, or a date that was kept, does not ring every rung a second time.
    """
    first = None
    for version in issue.deadlines.filter(clock=clock).order_by("-version"):
        if first is not None and version.due_on != first.due_on:
            break
        first = version
    return first


class ClockKeeper:
    """Writes versions for one locked issue, at one moment, for one person. The caller saves the issue."""

    def __init__(self, issue: Issue, actor: User | None, yardstick: Yardstick | None = None) -> None:
        self.issue, self.actor, self.at = issue, actor, now()
        self.yardstick = yardstick or Yardstick()
        self.calendar = self.yardstick.calendar_of(issue.calendar_id)

    @property
    def today(self) -> date:
        return self.yardstick.today

    @cached_property
    def handling_rule(self) -> HandlingRule:
        return HandlingRule.in_force(self.today)

    def start(self, clock: Clock, span: Span, cause: Cause, reason: str = "") -> Deadline:
        """A new version of `clock` that runs from now on. What was said of the same date is not said again."""
        deadline = self.record(clock, span, cause, reason)
        if clock == Clock.STATUTORY:
            issue = self.issue
            # It was counted by the calendar as it is now.
            issue.needs_review = False
            issue.due_on, issue.due_is_provisional = span.due_on, span.is_provisional
            issue.counted_from, issue.working_days = span.counted_from, span.working_days
        if clock != Clock.SIGN:
            self.issue.clock_due_on = span.due_on
            self.issue.nearing_on = self.yardstick.ladder.nearing_on(
                self.calendar, clock, self.issue.tier, span.due_on, self._term(span)
            )
        announced = announced_version(self.issue, clock) or deadline
        self.take_back_warnings(clock, announced)
        self._set_alarm(announced, span)
        return deadline

    def record(self, clock: Clock, span: Span, cause: Cause, reason: str = "") -> Deadline:
        """A new version of `clock` in the ledger, whether it runs or not."""
        before = newest(self.issue, clock)
        return Deadline.objects.create(
            issue=self.issue,
            clock=clock,
            version=before.version + 1 if before else 1,
            cause=cause,
            counted_from=span.counted_from,
            working_days=span.working_days,
            paused_days=span.paused_days,
            previous_due_on=before.due_on if before else None,
            due_on=span.due_on,
            is_provisional=span.is_provisional,
            calendar_revision=self.calendar.revision,
            reason=reason,
            actor=self.actor,
            created_at=self.at,
        )

    def stop(self, *clocks: Clock) -> None:
        """Nothing of these clocks is announced any more. A breach that nobody noted yet is a fact from now on."""
        self.note_breach()
        Alarm.objects.filter(issue=self.issue, clock__in=clocks).delete()
        for clock in clocks:
            self.take_back_warnings(clock)
        if Clock.STATUTORY in clocks or Clock.PLAN in clocks:
            self.issue.clock_due_on = self.issue.nearing_on = None
        if Clock.STATUTORY in clocks:
            self.issue.needs_review = False

    def take_back_warnings(self, clock: Clock, announced: Deadline | None = None) -> None:
        """What still waits to go outside about a date that does not hold any more stays in the inbox."""
        warnings = Warning.objects.filter(issue=self.issue, deadline__clock=clock)
        if announced is not None:
            warnings = warnings.exclude(deadline=announced)
        keep_inside([cause_of(warning) for warning in warnings])

    def note_breach(self) -> None:
        """Keeps the first day late of the statutory clock, before anything moves its date."""
        if self.issue.clock == Clock.STATUTORY and self.issue.breached_on is None:
            self.issue.breached_on = first_day_late(self.issue.clock_due_on, self.today)

    def _term(self, span: Span) -> int:
        return span.working_days or self.calendar.between(span.counted_from, span.due_on)

    def _set_alarm(self, deadline: Deadline, span: Span) -> None:
        clock, tier = deadline.clock, self.issue.tier
        rings_on = self.yardstick.ladder.first_ring_on(self.calendar, clock, tier, span.due_on, self._term(span))
        if rings_on is None:
            Alarm.objects.filter(issue=self.issue, clock=clock).delete()
            return
        Alarm.objects.update_or_create(
            issue=self.issue, clock=clock, defaults={"deadline": deadline, "rings_on": rings_on}
        )


def first_day_late(due_on: date | None, today: date) -> date | None:
    """The day after `due_on` once it has come (R11), None before."""
    return date.fromordinal(due_on.toordinal() + 1) if due_on and due_on < today else None


# What a ClockKeeper may have changed on the issue.
CLOCK_FIELDS = (
    "due_on",
    "due_is_provisional",
    "counted_from",
    "working_days",
    "clock_due_on",
    "nearing_on",
    "breached_on",
)
