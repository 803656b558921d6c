"""The minute's scan: which rungs of the ladder running clocks have reached, said once to those it concerns.

It is one statement over the alarms whose day has come. An alarm is state, not a time window: whatever outage lies
behind, the first run after it finds every one, and writes the same warnings that a run every minute would have. Row
locks let two runs, or a run and a move, follow each other; the unique constraints on warnings and notices hold even
where they do not.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from config.clock import now, on_date
from issues.announce import ANNOUNCE
from issues.digests import write_digests
from issues.following import follow_ladder
from issues.handovers.services import take_effect
from issues.levels import Yardstick
from issues.promises import remind_of_promises
from issues.publishing.services import catch_up
from issues.silence import chase
from notices.quiet_hours import is_office_hour, send_after
from workdays.calendar import WorkCalendar, current_calendar
from workdays.services import hold_calendars_still

# What a run has to know before it does anything; where nothing rings, this is all it reads.
PRESENT = """
SELECT l.id, l.applied_at IS NOT NULL,
       EXISTS (SELECT FROM issues_alarm WHERE rings_on <= %(today)s),
       (SELECT beat_at FROM notices_heartbeat WHERE job = 'digest')
  FROM issues_warningladder l
 WHERE l.valid_from <= %(today)s
 ORDER BY l.valid_from DESC, l.id DESC
 LIMIT 1
"""

BEAT = """
INSERT INTO notices_heartbeat (job, beat_at) VALUES ('tick', %(now)s)
    ON CONFLICT (job) DO UPDATE SET beat_at = EXCLUDED.beat_at
"""


@dataclass(frozen=True)
class TickResult:
    """New warnings of one run by level (overdue: the first red rung; escalated: those after it), and who hears.

    Each working morning `asked_again` and `unanswered`: platforms that had not said whether it is solved (R39), and
    `promises`: what somebody owes by a day that has passed.
    """

    half: int = 0
    nearing: int = 0
    due_today: int = 0
    overdue: int = 0
    escalated: int = 0
    notices: int = 0
    announcements: int = 0
    digests: int = 0
    asked_again: int = 0
    unanswered: int = 0
    promises: int = 0


class _Present(NamedTuple):
    ladder: int
    is_applied: bool
    rings: bool
    last_digest_at: datetime | None

    def has_digest_of(self, day: date) -> bool:
        return self.last_digest_at is not None and on_date(self.last_digest_at) >= day


def tick() -> TickResult:
    """Writes every warning that is due by the clock's now. Running it again, or twice at once, adds nothing."""
    at = now()
    today = on_date(at)
    catch_up()  # a date that the calendar moves is announced by its new day
    take_effect()  # whoever takes a platform over today hears of what rings today
    with transaction.atomic():
        hold_calendars_still()
        present = _present(today)
        if not present.is_applied:
            follow_ladder(present.ladder, at)
        rings = present.rings or not present.is_applied
        calendar = current_calendar() if rings or not present.has_digest_of(today) else None
        found = _announce(at, present.ladder, calendar) if rings and calendar else TickResult()
        _execute(BEAT, {"now": at})
    if calendar is not None and not present.has_digest_of(today) and is_office_hour(at, calendar):
        return replace(found, **_morning_round(at))
    return found


def _morning_round(at: datetime) -> dict[str, int]:
    """Once a working day. The digests come last and say that it was done: after a kill the next scan finds the rest."""
    yardstick = Yardstick()
    asked, unanswered = chase(yardstick)
    promises = remind_of_promises(yardstick)
    with transaction.atomic():
        hold_calendars_still()
        present = _present(on_date(at))
        digests = 0 if present.has_digest_of(on_date(at)) else write_digests(at, present.last_digest_at)
    return {"digests": digests, "asked_again": asked, "unanswered": unanswered, "promises": promises}


def _present(today: date) -> _Present:
    return _Present(*_execute(PRESENT, {"today": today}))


def _announce(at: datetime, ladder: int, calendar: WorkCalendar) -> TickResult:
    params = {"now": at, "today": on_date(at), "ladder": ladder, "send_after": send_after(at, calendar)}
    return TickResult(*_execute(ANNOUNCE, params))


def _execute(sql: str, params: dict[str, Any]) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone() if cursor.description else ()
