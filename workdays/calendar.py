"""Working-day arithmetic as array indexing: O(1) a call once a revision is loaded (R10-R13)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from django.db.models import Subquery

from workdays.models import NATIONAL, WORKED, CalendarDay, CalendarRevision

KEPT_IN_MEMORY = 16
EMPTY = "the calendar is empty: run load_calendar"


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
    """One revision of one calendar in memory. Days are consecutive from `first` to `last`; nothing of it changes."""

    def __init__(self, calendar_id: int, revision: int, final_through: date, days: list[Day]) -> None:
        if not days:
            raise CalendarCoverageError(EMPTY)
        for before, after in pairwise(days):
            if after.date - before.date != timedelta(days=1):
                raise CalendarCoverageError(f"the calendar has a gap after {before.date}")
        self.id = calendar_id
        self.revision = revision
        self.final_through = final_through
        self.days = days
        self.first, self.last = days[0].date, days[-1].date
        self._origin = self.first.toordinal()
        self._seq = [day.seq for day in days]
        self._worked = [day.date for day in days if day.is_working]
        # seq of the first day is 0 or 1; shifting by what it starts from makes seq an index into _worked.
        self._before_first = days[0].seq - int(days[0].is_working)
        # due() is asked a million times where the rest is asked once: its answers are made beforehand.
        self._dues = [Due(on, on > final_through) for on in self._worked]
        self._last_worked = [seq - self._before_first - 1 for seq in self._seq]

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
        """The `working_days`-th working day after `start`, which itself is never counted (R10).

        Raises CalendarCoverageError outside the calendar, ValueError for less than one working day.
        """
        index = start.toordinal() - self._origin
        # A list answers a negative index too, from its end.
        if index < 0 or working_days < 1:
            raise self._no_due(start, working_days)
        try:
            return self._dues[self._last_worked[index] + working_days]
        except IndexError:
            raise self._no_due(start, working_days) from None

    def _no_due(self, start: date, working_days: int) -> ValueError:
        if working_days < 1:
            return ValueError(f"a term has at least one working day, not {working_days}")
        if not self.first <= start <= self.last:
            return CalendarCoverageError(f"the calendar covers {self.first} to {self.last}, not {start}")
        return CalendarCoverageError(f"the calendar ends on {self.last}: load the next year first")

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


class Calendars(Mapping[int, WorkCalendar]):
    """Every calendar by its id, each as its newest revision has it. The days are read when first asked for."""

    def __init__(self, revisions: dict[int, int], national_id: int | None) -> None:
        self._revisions = revisions
        self._national_id = national_id

    @property
    def national(self) -> WorkCalendar:
        """Raises CalendarCoverageError where nothing has been loaded."""
        if self._national_id is None:
            raise CalendarCoverageError(EMPTY)
        return self[self._national_id]

    def __getitem__(self, calendar_id: int) -> WorkCalendar:
        return _of_revision(calendar_id, self._revisions[calendar_id])

    def __iter__(self) -> Iterator[int]:
        return iter(self._revisions)

    def __len__(self) -> int:
        return len(self._revisions)


# By revision, which never changes once committed: processes and threads may share or copy it as they like.
_loaded: dict[int, WorkCalendar] = {}


def current_calendars() -> Calendars:
    """The newest revision of each calendar: one small statement a call, the days are kept per process and revision."""
    newest = CalendarRevision.objects.order_by("calendar_id", "-pk").distinct("calendar_id")
    rows = list(newest.values_list("calendar_id", "pk", "calendar__code"))
    national = next((calendar_id for calendar_id, _revision, code in rows if code == NATIONAL), None)
    return Calendars({calendar_id: revision for calendar_id, revision, _code in rows}, national)


def current_calendar(calendar_id: int | None = None) -> WorkCalendar:
    """The newest revision of one calendar, the national one unless told. CalendarCoverageError where there is none."""
    calendars = current_calendars()
    if calendar_id is None:
        return calendars.national
    if calendar_id not in calendars:
        raise CalendarCoverageError(f"calendar {calendar_id} has no days")
    return calendars[calendar_id]


def _of_revision(calendar_id: int, revision: int) -> WorkCalendar:
    calendar = _loaded.get(revision)
    if calendar is None:
        calendar = _read(calendar_id)
        for oldest in list(_loaded)[: 1 - KEPT_IN_MEMORY]:
            _loaded.pop(oldest, None)
        _loaded[calendar.revision] = calendar
    return calendar


def _read(calendar_id: int) -> WorkCalendar:
    """The days and the revision they belong to, in one statement: a publication between two would mix them up."""
    newest = CalendarRevision.objects.filter(calendar_id=calendar_id).order_by("-pk")
    of_days = Subquery(newest.values("pk")[:1]), Subquery(newest.values("final_through")[:1])
    rows = list(
        CalendarDay.objects.filter(calendar_id=calendar_id)
        .order_by("date")
        .values_list("date", "kind", "name", "seq", *of_days)
    )
    if not rows:
        raise CalendarCoverageError(EMPTY)
    *_day, revision, final_through = rows[0]
    return WorkCalendar(calendar_id, revision, final_through, [Day(*row[:4]) for row in rows])
