"""What the scan announced in the past: warnings, their events and notices, written in the order of the days."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Protocol

from dashboards.demo.loading import Loader
from dashboards.demo.world import World
from issues.ladder import RungDay
from issues.models import Audience, Clock, Event, EventKind, Level
from issues.models import Warning as IssueWarning
from notices.models import Notice

A_MINUTE = timedelta(minutes=1)  # how often the scan runs
READ_WITHIN = 2  # days; younger notices may still be unread
STILL_UNREAD = 0.6


class Announced(Protocol):
    """The issue that is announced."""

    @property
    def pk(self) -> int: ...
    @property
    def number(self) -> str: ...
    def people(self, audience: Audience, day: date) -> tuple[int, ...]: ...


@dataclass(frozen=True, slots=True)
class Running:
    """A version of a clock: over how many working days it runs, until when, and since when."""

    clock: Clock
    tier: str
    deadline: int
    due_on: date
    term: int
    begins: datetime


@dataclass(frozen=True, slots=True)
class Announcement:
    """The rungs that one run of the scan found reached, lowest first."""

    at: datetime
    issue: Announced
    running: Running
    rungs: Sequence[RungDay]


@dataclass(frozen=True, slots=True)
class Course:
    """How far a clock's announcements came: the next rung's day if it still runs, and whether it was late."""

    rings_on: date | None
    is_late: bool


class Announcing:
    """Follows issues.tick: the first run of the scan at or after a rung's day announces it."""

    def __init__(self, world: World, loader: Loader) -> None:
        self.world = world
        self.warnings, self.events, self.notices = loader[IssueWarning], loader[Event], loader[Notice]
        # Today's own rungs are left to the scan that ends the seeding.
        self.until = world.at(world.today, 0).replace(second=0)
        self.coming: dict[date, list[Announcement]] = {}
        self.rungs = lru_cache(maxsize=4096)(self._rungs)

    def run_clock(self, issue: Announced, running: Running, ends: datetime | None) -> Course:
        """Announces what a clock met until it ended."""
        begins, is_late = running.begins, False
        days = self.rungs(running.clock, running.tier, running.due_on, running.term)
        for day, reached in groupby(days, key=lambda rung: max(rung.on, begins.date())):
            at = max(self.world.at(day, 0), begins + A_MINUTE)
            if at >= (ends or self.until) or at >= self.until:
                return Course(None if ends else next(reached).on, is_late)
            rungs = list(reached)
            self.coming.setdefault(day, []).append(Announcement(at, issue, running, rungs))
            is_late = is_late or any(rung.rung.level == Level.OVERDUE for rung in rungs)
        return Course(None, is_late)

    def write_up_to(self, day: date) -> None:
        for past in sorted(past for past in self.coming if past <= day):
            for announcement in sorted(self.coming.pop(past), key=lambda a: (a.at, a.issue.pk)):
                self._write(announcement)

    def _rungs(self, clock: Clock, tier: str, due_on: date, term: int) -> list[RungDay]:
        """Every rung of such a clock in the order of the days."""
        ladder, calendar = self.world.yardstick.ladder, self.world.calendar
        return sorted(ladder.days(calendar, clock, tier, due_on, term), key=lambda rung: rung.on)

    def _write(self, said: Announcement) -> None:
        running, warnings = said.running, {}
        for rung_day in said.rungs:
            rung = rung_day.rung
            warnings[rung_day] = self.warnings.add(
                issue_id=said.issue.pk,
                deadline_id=running.deadline,
                level=rung.level,
                step=rung.step,
                reached_on=rung_day.on,
                raised_at=said.at,
            )
            self.events.add(
                issue_id=said.issue.pk,
                kind=EventKind.WARNED.value,
                at=said.at,
                after=rung.level,
                deadline_id=running.deadline,
            )
        # To each the highest rung that tells them.
        highest = {person: r for r in said.rungs for each in r.rung.tells for person in self._people(said, each)}
        for person, rung_day in highest.items():
            self._tell(said, person, rung_day, warnings[rung_day])

    def _people(self, said: Announcement, audience: str) -> tuple[int, ...]:
        return said.issue.people(Audience(audience), said.at.date())

    def _tell(self, said: Announcement, person: int, rung_day: RungDay, warning: int) -> None:
        rung, running = rung_day.rung, said.running
        data = {"number": said.issue.number, "due_on": running.due_on.isoformat(), "clock": running.clock.value}
        self.notices.add(
            recipient_id=person,
            kind=rung.level,
            cause=f"warning/{running.deadline}/{rung.level}/{rung.step}",
            url=f"/issues/{said.issue.number}/",
            data=json.dumps({**data, "level": rung.level, "step": rung.step, "warning": warning}),
            created_at=said.at,
            read_at=self._read_at(said.at),
        )

    def _read_at(self, created_at: datetime) -> datetime | None:
        """On the next morning of work; some of the newest are not read yet."""
        world, day = self.world, created_at.date()
        if (world.today - day).days <= READ_WITHIN and world.chance(STILL_UNREAD):
            return None
        while not world.calendar.is_working(day):
            day += timedelta(days=1)
        read_at = max(world.at(day, world.dice.randint(8 * 60, 11 * 60)), created_at + A_MINUTE)
        return read_at if read_at < world.now else None
