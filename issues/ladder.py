"""The ladder of warnings: on which day a clock reaches which rung, and whom that concerns (DOMAIN section 4, R35)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from config.clock import today
from issues.models import Clock, Level, Measure, Rung, WarningLadder
from workdays.calendar import CalendarCoverageError, WorkCalendar


@dataclass(frozen=True, slots=True)
class RungDay:
    """A rung and the first day on which a clock stands on it."""

    rung: Rung
    on: date


class Ladder:
    """The rungs of one ladder in force. They do not change any more: a new number is a new ladder (R9)."""

    def __init__(self, ladder: WarningLadder, rungs: Sequence[Rung]) -> None:
        self.pk = ladder.pk
        self._rungs: dict[tuple[str, str], list[Rung]] = {}
        for rung in rungs:
            self._rungs.setdefault((rung.clock, rung.tier), []).append(rung)

    def rungs(self, clock: str, tier: str) -> Sequence[Rung]:
        return self._rungs.get((clock, tier), ())

    def days(self, calendar: WorkCalendar, clock: str, tier: str, due_on: date, term: int) -> Iterator[RungDay]:
        """Each rung with its day for a clock that runs to `due_on` over `term` working days.

        A rung of lateness that lies beyond the calendar has no day yet and is left out.
        """
        for rung in self.rungs(clock, tier):
            on = _day_of(rung, calendar, due_on, term)
            if on is not None:
                yield RungDay(rung, on)

    def nearing_on(self, calendar: WorkCalendar, clock: str, tier: str, due_on: date, term: int) -> date:
        """The first day on which the clock is nearing; the due day itself where the ladder has no such rung."""
        days = self.days(calendar, clock, tier, due_on, term)
        return min((day.on for day in days if day.rung.level == Level.NEARING), default=due_on)

    def first_ring_on(self, calendar: WorkCalendar, clock: str, tier: str, due_on: date, term: int) -> date | None:
        """The first day with something to announce; None where the ladder has no rung for this clock and tier."""
        return min((day.on for day in self.days(calendar, clock, tier, due_on, term)), default=None)

    @property
    def nearing_days(self) -> int | None:
        """With how many working days left a statutory clock is nearing, where that is the same for every tier."""
        rungs = (rung for (clock, _tier), rungs in self._rungs.items() if clock == Clock.STATUTORY for rung in rungs)
        found = {(rung.measure, rung.amount) for rung in rungs if rung.level == Level.NEARING}
        (measure, amount), *others = found or {("", 0)}
        return amount if measure == Measure.DAYS_LEFT and not others else None

    def half_left(self, tier: str, term: int) -> int:
        """With how many working days left the statutory clock counts as past its half; -1 where nothing says so."""
        for rung in self.rungs(Clock.STATUTORY, tier):
            if rung.level == Level.HALF:
                return days_left_at(rung, term)
        return -1


def days_left_at(rung: Rung, term: int) -> int:
    """The working days that are left when a clock of `term` working days reaches a rung before its due day."""
    return term * rung.amount // 100 if rung.measure == Measure.SHARE_LEFT else rung.amount


def _day_of(rung: Rung, calendar: WorkCalendar, due_on: date, term: int) -> date | None:
    if rung.measure == Measure.DAYS_LATE:
        if rung.amount == 0:  # late begins at midnight, on a working day or not (R11)
            return due_on + timedelta(days=1)
        try:
            return calendar.worked_day(calendar.seq(due_on) + rung.amount)
        except CalendarCoverageError:
            return None
    left = days_left_at(rung, term)
    return due_on if left == 0 else calendar.back(due_on, left)


@lru_cache(maxsize=8)
def _load(pk: int) -> Ladder:
    ladder = WarningLadder.objects.get(pk=pk)
    return Ladder(ladder, list(ladder.rungs.all()))


def ladder_in_force(on: date | None = None) -> Ladder:
    """One small statement a call; the rungs are kept per process."""
    in_force = WarningLadder.objects.filter(valid_from__lte=on or today()).order_by("valid_from", "pk")
    return _load(in_force.values_list("pk", flat=True).latest("valid_from", "pk"))
