"""What the scan announced in the past: warnings, their events and notices, written in the order of the days."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from dashboards.demo.loading import Loader
from dashboards.demo.world import World
from issues.models import Clock, Event, EventKind, Level
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
    @property
    def recipients(self) -> tuple[int, ...]: ...


@dataclass(frozen=True, slots=True)
class Announcement:
    at: datetime
    level: Level
    clock: Clock
    issue: Announced
    deadline: int
    due_on: date


class Announcing:
    """Follows issues.tick: the first run of the scan at or after a level's first day announces it."""

    def __init__(self, world: World, loader: Loader) -> None:
        self.world = world
        self.warnings, self.events, self.notices = loader[IssueWarning], loader[Event], loader[Notice]
        # Today's own levels are left to the scan that ends the seeding.
        self.until = world.at(world.today, 0).replace(second=0)
        self.coming: dict[date, list[Announcement]] = {}

    def run_clock(
        self, issue: Announced, clock: Clock, deadline: int, due_on: date, begins: datetime, ends: datetime | None
    ) -> date | None:
        """Announces what a clock met from `begins` to `ends`; the next day with something to say, if it still runs."""
        following: date | None = self.world.yardstick.first_warning_on(due_on)
        while following is not None:
            day = max(following, begins.date())
            at = max(self.world.at(day, 0), begins + A_MINUTE)
            if at >= (ends or self.until) or at >= self.until:
                break
            level = Level.OVERDUE if due_on < day else Level.DUE_TODAY if due_on == day else Level.NEARING
            self.coming.setdefault(day, []).append(Announcement(at, level, clock, issue, deadline, due_on))
            following = {Level.NEARING: due_on, Level.DUE_TODAY: due_on + timedelta(days=1)}.get(level)
        return None if ends else following

    def write_up_to(self, day: date) -> None:
        for past in sorted(past for past in self.coming if past <= day):
            for announcement in sorted(self.coming.pop(past), key=lambda a: (a.at, a.issue.pk)):
                self._write(announcement)

    def _write(self, said: Announcement) -> None:
        self.warnings.add(issue_id=said.issue.pk, deadline_id=said.deadline, level=said.level.value, raised_at=said.at)
        self.events.add(
            issue_id=said.issue.pk,
            kind=EventKind.WARNED.value,
            at=said.at,
            after=said.level.value,
            deadline_id=said.deadline,
        )
        data = {"number": said.issue.number, "due_on": said.due_on.isoformat(), "clock": said.clock.value}
        for recipient in said.issue.recipients:
            self.notices.add(
                recipient_id=recipient,
                kind=said.level.value,
                cause=f"warning/{said.deadline}/{said.level.value}",
                url=f"/issues/{said.issue.number}/",
                data=json.dumps(data),
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
