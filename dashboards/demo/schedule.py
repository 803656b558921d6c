"""Who is visited when, and how many issues a visit brings; kept in arrays, so that a million visits fit."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum

from dashboards.demo.register import DemoPlatform
from dashboards.demo.scenes import Scene, scenes_of_the_demo_officer
from dashboards.demo.world import FIRST_CONTACT_BY, FIRST_VISIT_BY, START, World

ISSUES_A_WORKING_DAY = 1.66  # at scale 1
FIRST_VISITED = 0.55
COVERED_IN_PAST_QUARTERS = 0.965
COVERED_THIS_QUARTER = 0.5
TRIED_ONLY = 0.07
ON_DEMAND = 0.2  # further contacts a platform and quarter
ON_A_DAY_OFF = 0.02
RECENT = 30  # working days
RECENT_WEIGHT = 2.3
WEIGHTS = (0.25, 0.7, 0.9, 0.9)  # of the kinds that may bring issues; the first call rarely does
BUSY_FULLY = 15  # working days after which a new quarter's coverage is what it should be
MOST_OF_ONE = 4


class Kind(IntEnum):
    FIRST_CONTACT = 0
    FIRST_VISIT = 1
    QUARTERLY = 2
    ON_DEMAND = 3
    ATTEMPT = 4
    SCENE = 5


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """One contact to be written down. `scene` is set for the few that are staged."""

    day: date
    platform: DemoPlatform
    kind: Kind
    issues: int
    scene: Scene | None = None


class Schedule:
    """All contacts up to today. Iterating gives them day by day, in a shuffled order within the day."""

    def __init__(self, world: World, platforms: list[DemoPlatform], *, demo_officer: int, issues: int) -> None:
        self.world, self.platforms = world, platforms
        self.days, self.places, self.kinds, self.counts = array("L"), array("L"), array("B"), array("B")
        self.covered = bytearray(len(platforms))  # reached in the current quarter
        self.scenes = scenes_of_the_demo_officer(world)
        self.staged = [n for n, p in enumerate(platforms) if p.started[-1][1].pk == demo_officer]
        self.this_quarter = quarter_start(world.today)
        for place in range(len(platforms)):
            self._plan(place)
        for scene in self.scenes:
            self._add(scene.raised_on, self.staged[scene.slot], Kind.SCENE)
        self._spread_issues(issues - len(self.scenes))

    def __len__(self) -> int:
        return len(self.days)

    def __iter__(self) -> Iterator[PlannedVisit]:
        by_day: dict[int, array[int]] = {}
        for index, day in enumerate(self.days):
            by_day.setdefault(day, array("L")).append(index)
        scenes = iter(self.scenes)
        scene_of = {i: next(scenes) for i, kind in enumerate(self.kinds) if kind == Kind.SCENE}
        for day in sorted(by_day):
            indexes = list(by_day.pop(day))
            self.world.dice.shuffle(indexes)
            for i in indexes:
                yield PlannedVisit(
                    date.fromordinal(day), self.platforms[self.places[i]], Kind(self.kinds[i]), self.counts[i], scene_of.get(i)
                )

    def _add(self, day: date, place: int, kind: Kind) -> None:
        if day > self.world.today:
            return
        self.days.append(day.toordinal())
        self.places.append(place)
        self.kinds.append(kind)
        self.counts.append(kind == Kind.SCENE)
        if day >= self.this_quarter and kind != Kind.ATTEMPT:
            self.covered[place] = 1

    def _plan(self, place: int) -> None:
        """One platform's ordinary year: R16, R17, R19, and what it asked for in between."""
        world, dice = self.world, self.world.dice
        self._add(self._some_day(START, FIRST_CONTACT_BY), place, Kind.FIRST_CONTACT)
        if world.chance(FIRST_VISITED):
            self._add(self._some_day(FIRST_CONTACT_BY + timedelta(days=1), FIRST_VISIT_BY), place, Kind.FIRST_VISIT)
        start = quarter_start(FIRST_VISIT_BY + timedelta(days=1))
        while start < self.this_quarter:
            end = quarter_start(start + timedelta(days=95)) - timedelta(days=1)
            if world.chance(COVERED_IN_PAST_QUARTERS):
                self._add(self._some_day(start, end), place, Kind.QUARTERLY)
            while world.chance(ON_DEMAND):
                self._add(self._some_day(start, end), place, Kind.ON_DEMAND)
            start = end + timedelta(days=1)
        if START < self.this_quarter:
            self._plan_this_quarter(place, dice.random())

    def _plan_this_quarter(self, place: int, luck: float) -> None:
        world = self.world
        gone = world.elapsed - world.calendar.seq(self.this_quarter - timedelta(days=1))
        pace = min(1.0, gone / BUSY_FULLY)
        if place in self.staged:
            slot = self.staged.index(place)
            luck = (0.0, 0.0, COVERED_THIS_QUARTER * pace, 1.0)[slot]
        if gone == 0:
            return
        if luck < COVERED_THIS_QUARTER * pace:
            self._add(self._some_day(self.this_quarter, world.today), place, Kind.QUARTERLY)
            if world.chance(ON_DEMAND):
                self._add(self._some_day(self.this_quarter, world.today), place, Kind.ON_DEMAND)
        elif luck < (COVERED_THIS_QUARTER + TRIED_ONLY) * pace:
            self._add(self._some_day(self.this_quarter, world.today), place, Kind.ATTEMPT)

    def _some_day(self, first: date, last: date) -> date:
        """Mostly a working day; `last` may lie beyond today, such days are not added."""
        world = self.world
        low, high = world.calendar.seq(first - timedelta(days=1)) + 1, world.calendar.seq(last)
        day = world.worked_day(world.dice.randint(low, high))
        if world.chance(ON_A_DAY_OFF):
            day = min(day + timedelta(days=2), last)
        return day

    def _spread_issues(self, wanted: int) -> None:
        """Exactly `wanted` issues over the contacts that reached somebody, more of them over the last weeks."""
        dice, left = self.world.dice, wanted
        recent = self.world.worked_day(max(1, self.world.elapsed - RECENT)).toordinal()
        order = list(range(len(self.days)))
        dice.shuffle(order)
        for i in order:
            if left <= 0:
                return
            share = wanted / len(self.days) * (RECENT_WEIGHT if self.days[i] >= recent else WEIGHTS[self.kinds[i]])
            if self.kinds[i] < Kind.ATTEMPT and dice.random() < share * 0.66:
                left -= self._bring(i, left)
        while left > 0:
            self._add_busy_visit()
            left -= self._bring(len(self.days) - 1, left)

    def _bring(self, index: int, most: int) -> int:
        count = self.world.dice.choices((1, 2, 3, 4), (62, 26, 9, 3))[0]
        self.counts[index] = min(count, most, MOST_OF_ONE)
        return self.counts[index]

    def _add_busy_visit(self) -> None:
        """One more contact of a platform, without changing how many platforms were reached this quarter."""
        dice = self.world.dice
        place = dice.randrange(len(self.platforms))
        last = self.world.today if self.covered[place] else max(self.this_quarter - timedelta(days=1), START)
        self._add(self._some_day(START, last), place, Kind.ON_DEMAND)


def quarter_start(day: date) -> date:
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
