"""What follows a resolution: the platform's word or its silence (R39), and the close by somebody else (R41)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dashboards.demo.world import World
from issues.models import Confirmation, HandlingRule, State

CLOSED_SOON, CLOSED_WITHIN = 0.8, 6  # of the confirmed ones; working days
WORD_WITHIN = 3  # working days
MORNING = 9 * 60


@dataclass(frozen=True, slots=True)
class Afterwards:
    """How far a resolved issue has come by now."""

    state: State = State.RESOLVED
    word: Confirmation | None = None
    asked_again_at: datetime | None = None
    confirmed_at: datetime | None = None
    closed_at: datetime | None = None


class Aftermath:
    """Draws what came after. All counting is in working days."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rule = HandlingRule.objects.latest("valid_from", "pk")

    def of(self, resolved_at: datetime, resolved_on: date, *, is_confirmed: bool, at_once: bool) -> Afterwards:
        """`at_once`: the platform said so in the same breath."""
        if is_confirmed:
            wait = 0 if at_once else self.world.dice.randint(0, WORD_WITHIN)
            confirmed_at = resolved_at if at_once else self._later(resolved_at, resolved_on, wait)
            # A word that has not come yet is not told of; the issue waits for it.
            if confirmed_at is None:
                return Afterwards()
            return self._closed(Afterwards(State.CONFIRMED, Confirmation.SPOKEN, None, confirmed_at))
        asked_at = self._morning(resolved_on, self.rule.ask_again_after)
        silent_at = self._morning(resolved_on, self.rule.silent_after)
        if silent_at is None:
            return Afterwards(asked_again_at=asked_at)
        return self._closed(Afterwards(State.CONFIRMED, Confirmation.SILENT, asked_at, silent_at))

    def _closed(self, so_far: Afterwards) -> Afterwards:
        confirmed_at = so_far.confirmed_at
        if confirmed_at is None or not self.world.chance(CLOSED_SOON):
            return so_far
        closed_at = self._later(confirmed_at, confirmed_at.date(), self.world.dice.randint(1, CLOSED_WITHIN))
        if closed_at is None:
            return so_far
        return Afterwards(State.CLOSED, so_far.word, so_far.asked_again_at, confirmed_at, closed_at)

    def _later(self, after: datetime, day: date, working_days: int) -> datetime | None:
        """A moment in office hours so many working days on; None where it has not come."""
        at = self.world.in_office_hours(self._worked_day(day, working_days))
        at = max(at, after + timedelta(minutes=10))
        return at if at < self.world.now else None

    def _morning(self, day: date, working_days: int) -> datetime | None:
        """When the morning's scan acts, so many working days after `day`."""
        at = self.world.at(self._worked_day(day, working_days), MORNING).replace(second=0)
        return at if at < self.world.now else None

    def _worked_day(self, day: date, working_days: int) -> date:
        return self.world.worked_day(self.world.calendar.seq(day) + working_days)
