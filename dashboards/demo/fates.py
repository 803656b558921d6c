"""How an issue ends, or that it has not ended yet: drawn so that about 95 % were settled in time and 60 % solved."""

from dataclasses import dataclass, replace
from datetime import date

from dashboards.demo.scenes import Scene
from dashboards.demo.world import World
from issues.models import Result, Tier

RESULTS = {Result.SOLVED: 82, Result.PARTLY: 8, Result.EXPLAINED: 6, Result.NOT_NOW: 4}
CONFIRMED = 0.76  # of the solved ones the platform says so
LATE = 0.028
STILL_OVERDUE, STILL_OVERDUE_UP_TO = 0.1, 12  # share; working days after the due date
SETTLED_EARLY = 0.45
PLANNED = {Tier.B: 0.2, Tier.C: 0.45, Tier.D: 0.6}
PROMISED_AFTER = {Tier.B: (6, 20), Tier.C: (12, 50), Tier.D: (20, 80)}  # working days
PLAN_LATE = 0.12
PLAN_STILL_OVERDUE, PLAN_STILL_OVERDUE_UP_TO = 0.16, 20


@dataclass(frozen=True, slots=True)
class Fate:
    """What has become of an issue by today."""

    plan_on: date | None = None
    promised_on: date | None = None
    resolved_on: date | None = None
    result: Result | None = None
    is_confirmed: bool = False


class Fates:
    """Draws fates. All counting is in working days (`seq` of the calendar)."""

    def __init__(self, world: World) -> None:
        self.world, self.seq, self.day = world, world.calendar.seq, world.calendar.worked_day
        self.between = world.dice.randint

    def of(self, tier: str, raised_on: date, due_on: date | None, scene: Scene | None) -> Fate:
        if due_on is None:
            return self._resolved(Fate(), raised_on, Result.SOLVED)
        if scene is not None:
            return self._staged(scene)
        settled = self._settled(self.seq(raised_on), self.seq(due_on), is_past=due_on < self.world.today)
        if settled is None:
            return Fate()
        if not self.world.chance(PLANNED[Tier(tier)]):
            return self._resolved(Fate(), self.day(settled))
        promised = settled + self.between(*PROMISED_AFTER[Tier(tier)])
        return self._planned(settled, min(promised, self.seq(self.world.calendar.last)))

    def _settled(self, raised: int, due: int, *, is_past: bool) -> int | None:
        """The working day on which the statutory clock stopped; None when it has not."""
        today, chance = self.world.elapsed, self.world.chance
        if not is_past:
            gone = today - raised
            settled_already = gone > 0 and chance(SETTLED_EARLY * gone / (due - raised))
            return self.between(raised + 1, today) if settled_already else None
        if today - due <= STILL_OVERDUE_UP_TO and chance(STILL_OVERDUE):
            return None
        if chance(LATE):
            late = due + self.between(1, 6)
            return late if late <= today else None
        return self._towards(raised + 1, due)

    def _planned(self, confirmed: int, promised: int) -> Fate:
        today, chance = self.world.elapsed, self.world.chance
        fate = Fate(plan_on=self.day(confirmed), promised_on=self.day(promised))
        if promised >= today:
            done_early = confirmed < today and chance(SETTLED_EARLY * (today - confirmed) / (promised - confirmed))
            return self._resolved(fate, self.day(self.between(confirmed + 1, today))) if done_early else fate
        if today - promised <= PLAN_STILL_OVERDUE_UP_TO and chance(PLAN_STILL_OVERDUE):
            return fate
        done = promised + self.between(1, 12) if chance(PLAN_LATE) else self._towards(confirmed + 1, promised)
        return self._resolved(fate, self.day(done)) if done <= today else fate

    def _towards(self, first: int, last: int) -> int:
        """A day between the two; most things are done late in their term."""
        return round(self.world.dice.triangular(first, last, first + (last - first) * 0.8))

    def _staged(self, scene: Scene) -> Fate:
        if scene.promised_in is None:
            return Fate()
        promised = self.world.elapsed + scene.promised_in
        confirmed = max(self.seq(scene.raised_on) + 1, min(self.world.elapsed, promised) - 4)
        return Fate(plan_on=self.day(confirmed), promised_on=self.day(promised))

    def _resolved(self, fate: Fate, on: date, result: Result | None = None) -> Fate:
        result = result or self.world.pick(list(RESULTS), list(RESULTS.values()))
        is_confirmed = result == Result.SOLVED and self.world.chance(CONFIRMED)
        return replace(fate, resolved_on=on, result=result, is_confirmed=is_confirmed)
