"""Working-day arithmetic as array indexing: O(1) a call once a revision is loaded (R10-R13)."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from workdays.models import WORKED, CalendarDay, CalendarRevision


class CalendarCoverageError(ValueError):
    """The calendar table does not reach far enough to answer; nothing is guessed."""


class Due(NamedTuple):
    """A due date, and whether the notice of its year may still move it."""

    on: date
    is_provisional: bool


@dataclass(frozen=True, slots=True)
class Day:
    date: date
    kind: str
    name: str
    seq: int

    @property
    def is_working(self) -> bool:
        return self.kind in WORKED


class WorkCalendar:
    """One revision of the calendar in memory. Days are consecutive from `first` to `last`."""

    def __init__(self, revision: int, final_through: date, days: list[Day]) -> None:
        if not days:
            raise CalendarCoverageError("the calendar is empty: run load_calendar")
        self.revision = revision
        self.final_through = final_through
        self.days = days
        self.first, self.last = days[0].date, days[-1].date
        self._origin = self.first.toordinal()
        self._seq = [day.seq for day in days]
        self._worked = [day.date for day in days if day.is_working]
        # seq of the first day is 0 or 1; shifting by what it starts from makes seq an index into _worked.
        self._before_first = days[0].seq - int(days[0].is_working)

    def seq(self, day: date) -> int:
        """Working days up to and including `day`. Raises CalendarCoverageError outside the calendar."""
        index = day.toordinal() - self._origin
        if not 0 <= index < len(self._seq):
            raise CalendarCoverageError(f"the calendar covers {self.first} to {self.last}, not {day}")
        return self._seq[index]

    def day(self, day: date) -> Day:
        """The row of `day`. Raises CalendarCoverageError outside the calendar."""
        self.seq(day)
        return self.days[day.toordinal() - self._origin]

    def worked_day(self, seq: int) -> date:
        """The working day that carries `seq`. Raises CalendarCoverageError outside the calendar."""
        index = seq - self._before_first - 1
        if not 0 <= index < len(self._worked):
            raise CalendarCoverageError(f"the calendar ends on {self.last}: load the next year first")
        return self._worked[index]

    def due(self, start: date, working_days: int) -> Due:
        """The `working_days`-th working day after `start`, which itself is never counted (R10)."""
        on = self.worked_day(self.seq(start) + working_days)
        return Due(on, is_provisional=on > self.final_through)

    def between(self, start: date, end: date) -> int:
        """Working days after `start` up to and including `end`; negative when `end` comes first."""
        return self.seq(end) - self.seq(start)

    def is_working(self, day: date) -> bool:
        return self.day(day).is_working

    def range(self, start: date, end: date) -> list[Day]:
        """Every day from `start` to `end`, both included."""
        self.seq(start), self.seq(end)
        return self.days[start.toordinal() - self._origin : end.toordinal() - self._origin + 1]

    def back(self, end: date, working_days: int) -> date:
        """The first day on which at most `working_days` are left to `end`: the earliest d with between(d, end) = n.

        Before the calendar's first working day the first day itself is the answer.
        """
        seq = self.seq(end) - working_days
        return self.worked_day(seq) if seq > self._before_first else self.first


@lru_cache(maxsize=4)
def _load(revision: int, final_through: date) -> WorkCalendar:
    rows = CalendarDay.objects.order_by("date").values_list("date", "kind", "name", "seq")
    days = [Day(*row) for row in rows]
    for before, after in pairwise(days):
        if after.date - before.date != timedelta(days=1):
            raise CalendarCoverageError(f"the calendar has a gap after {before.date}")
    return WorkCalendar(revision, final_through, days)


def current_calendar() -> WorkCalendar:
    """The newest revision: one small statement a call, the array itself is kept per process and revision."""
    row = CalendarRevision.objects.order_by("-pk").values_list("pk", "final_through").first()
    if row is None:
        raise CalendarCoverageError("the calendar is empty: run load_calendar")
    return _load(*row)
