"""Who is visited when, and how many issues a visit brings; kept in arrays, so that a million visits fit."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum

from dashboards.demo.register import DemoPlatform
from dashboards.demo.scenes import Scene, staged_scenes
from dashboards.demo.world import FIRST_CONTACT_BY, FIRST_VISIT_BY, START, World

ISSUES_A_WORKING_DAY = 1.66  # at scale 1
FIRST_VISITED = 0.55
CALLED_AFTER_A_HANDOVER = 0.85
COVERED_IN_PAST_QUARTERS = 0.965
COVERED_THIS_QUARTER = 0.5
TRIED_ONLY = 0.07
ON_DEMAND = 0.2  # further contacts a platform and quarter
ON_A_DAY_OFF = 0.02
RECENT = 30  # working days
RECENT_WEIGHT = 2.3
BUSY_FULLY = 15  # working days after which a new quarter's coverage is what it should be
HOW_MANY = {1: 62, 2: 26, 3: 9, 4: 3}  # issues of a visit that brings some
ISSUES_A_BUSY_VISIT = 1.53  # their mean


class Kind(IntEnum):
    FIRST_CONTACT = 0
    FIRST_VISIT = 1
    QUARTERLY = 2
    ON_DEMAND = 3
    ATTEMPT = 4
    SCENE = 5


# The kinds that may bring issues; the first call rarely does.
WEIGHTS = {Kind.FIRST_CONTACT: 0.25, Kind.FIRST_VISIT: 0.7, Kind.QUARTERLY: 0.9, Kind.ON_DEMAND: 0.9}


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

    def __init__(
        self, world: World, platforms: list[DemoPlatform], *, scale: int, demo_officer: int, issues: int
    ) -> None:
        self.world, self.platforms = world, platforms
        self.days, self.places, self.kinds, self.counts = array("L"), array("L"), array("B"), array("B")
        self.covered = bytearray(len(platforms))  # reached in the current quarter
        self.scenes = staged_scenes(world, scale)[:issues]
        self.staged = [n for n, p in enumerate(platforms) if p.officers[-1][1].pk == demo_officer]
        self.this_quarter = quarter_start(world.today)
        for place in range(len(platforms)):
            self._plan(place)
        for scene in self.scenes:
            place = self._elsewhere() if scene.slot is None else self.staged[scene.slot]
            self._add(scene.raised_on, place, Kind.SCENE)
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
                platform, kind = self.platforms[self.places[i]], Kind(self.kinds[i])
                yield PlannedVisit(date.fromordinal(day), platform, kind, self.counts[i], scene_of.get(i))

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
        for since, _officer in self.platforms[place].officers[1:]:
            if world.chance(CALLED_AFTER_A_HANDOVER):
                self._add(self._some_day(since, since + timedelta(days=2)), place, Kind.FIRST_CONTACT)
        start = quarter_start(FIRST_VISIT_BY + timedelta(days=1))
        while start < self.this_quarter:
            end = quarter_start(start + timedelta(days=95)) - timedelta(days=1)
            if world.chance(COVERED_IN_PAST_QUARTERS):
                self._add(self._some_day(start, end), place, Kind.QUARTERLY)
            while world.chance(ON_DEMAND):
                self._add(self._some_day(start, end), place, Kind.ON_DEMAND)
            start = end + timedelta(days=1)
        if self.this_quarter > START:
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
            weight = WEIGHTS.get(Kind(self.kinds[i]), 0.0)
            if weight and self.days[i] >= recent:
                weight = RECENT_WEIGHT
            if dice.random() < wanted / len(order) / ISSUES_A_BUSY_VISIT * weight:
                left -= self._bring(i, left)
        while left > 0:
            self._add_busy_visit()
            left -= self._bring(len(self.days) - 1, left)

    def _bring(self, index: int, most: int) -> int:
        self.counts[index] = min(self.world.pick(list(HOW_MANY), list(HOW_MANY.values())), most)
        return self.counts[index]

    def _elsewhere(self) -> int:
        """A platform of somebody else, reached this quarter anyway if there is one."""
        for _ in range(50):
            place = self.world.dice.randrange(len(self.platforms))
            if self.covered[place] and place not in self.staged:
                break
        return place

    def _add_busy_visit(self) -> None:
        """One more contact of a platform, without changing how many platforms were reached this quarter."""
        dice = self.world.dice
        place = dice.randrange(len(self.platforms))
        last = self.world.today if self.covered[place] else max(self.this_quarter - timedelta(days=1), START)
        self._add(self._some_day(START, last), place, Kind.ON_DEMAND)


def quarter_start(day: date) -> date:
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
