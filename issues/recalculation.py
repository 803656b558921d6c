"""What another calendar does to the deadlines that are running: found and written in one statement each.

A running statutory deadline is counted again from the day it was counted from. Where the day is another one it is
`moved`; where only the doubt is gone it is `confirmed`; where the old day has passed, or the new one would lie in the
past, it is `kept` as it is and a person is asked. Suspended issues are counted when they go on, resolved ones never.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection

from issues.ladder import Ladder, ladder_in_force
from issues.models import Clock, Level, Measure
from issues.models.choices import SQL_ON_STATUTORY_CLOCK
from notices.quiet_hours import send_after
from workdays.calendar import CalendarCoverageError, current_calendar
from workdays.sql import worked_day

TARGET = worked_day(
    "target", calendar="i.calendar_id", seq="start.seq + i.working_days + coalesce(p.days, 0)", days="{days}"
)
FIRST = worked_day(
    "first",
    calendar="c.calendar_id",
    seq="c.seq - CASE WHEN n.is_share THEN c.working_days * n.amount / 100 ELSE n.amount END",
    days="{days}",
)

COUNTED = (
    """
    SELECT i.id, i.number, i.tier, i.calendar_id, i.handler_id, i.counted_from, i.working_days,
           coalesce(p.days, 0) AS paused_days, i.due_on AS old_due, i.due_is_provisional AS old_provisional,
           target.date AS due, target.date > r.final_through AS provisional, target.seq, r.revision
      FROM issues_issue i
      JOIN unnest(%(calendars)s::bigint[], %(revisions)s::bigint[], %(finals)s::date[])
           AS r (calendar, revision, final_through) ON r.calendar = i.calendar_id
      LEFT JOIN (
        SELECT s.issue_id, sum(ended.seq - began.seq)::int AS days
          FROM issues_suspension s JOIN issues_issue i ON i.id = s.issue_id
          JOIN {days} began ON began.calendar_id = i.calendar_id AND began.date = s.began_on
          JOIN {days} ended ON ended.calendar_id = i.calendar_id AND ended.date = s.ended_on
         WHERE s.clock = 'statutory' AND s.began_on >= i.counted_from GROUP BY s.issue_id
      ) p ON p.issue_id = i.id
      LEFT JOIN {days} start ON start.calendar_id = i.calendar_id AND start.date = i.counted_from
      LEFT JOIN """
    + TARGET
    + f"""
     WHERE i.state IN ({SQL_ON_STATUTORY_CLOCK}) AND i.working_days IS NOT NULL AND NOT i.needs_review
"""
)

BEYOND = "SELECT count(*), min(number) FROM (" + COUNTED + ") counted WHERE due IS NULL"

CHANGED = (
    "SELECT *, CASE WHEN due = old_due THEN 'confirmed' WHEN least(due, old_due) < %(today)s THEN 'kept' "
    "ELSE 'moved' END AS outcome FROM ("
    + COUNTED
    + ") counted WHERE due IS DISTINCT FROM old_due OR provisional IS DISTINCT FROM old_provisional"
)

REPORT = (
    "SELECT outcome, number, old_due, due, total FROM (SELECT *, count(*) OVER (PARTITION BY outcome) AS total, "
    "row_number() OVER (PARTITION BY outcome ORDER BY id) AS place FROM ("
    + CHANGED
    + ") changed) placed WHERE place <= %(examples)s ORDER BY outcome, place"
)

RECOUNT = (
    "WITH changed AS MATERIALIZED ("
    + CHANGED
    + """
), nearing (tier, is_share, amount) AS (
    SELECT * FROM unnest(%(tiers)s::text[], %(shares)s::boolean[], %(amounts)s::int[])
), moved AS (
    UPDATE issues_issue i
       SET due_on = c.due, due_is_provisional = c.provisional, clock_due_on = c.due, updated_at = %(now)s,
           version = i.version + 1, nearing_on = coalesce(first.date, c.due)
      FROM changed c
      LEFT JOIN nearing n ON n.tier = c.tier
      LEFT JOIN """
    + FIRST
    + """
     WHERE i.id = c.id AND c.outcome <> 'kept'
), kept AS (
    UPDATE issues_issue i SET needs_review = true, updated_at = %(now)s, version = i.version + 1
      FROM changed c WHERE i.id = c.id AND c.outcome = 'kept'
), ledger AS (
    INSERT INTO issues_deadline (issue_id, clock, version, cause, counted_from, working_days, paused_days,
                                 previous_due_on, due_on, is_provisional, calendar_revision, reason, actor_id,
                                 created_at)
    SELECT c.id, 'statutory',
           last.version + 1,
           CASE c.outcome WHEN 'kept' THEN 'kept_for_review' ELSE 'calendar_revised' END,
           c.counted_from, c.working_days, c.paused_days, c.old_due,
           CASE c.outcome WHEN 'kept' THEN c.old_due ELSE c.due END,
           CASE c.outcome WHEN 'kept' THEN c.old_provisional ELSE c.provisional END,
           CASE c.outcome WHEN 'kept' THEN last.calendar_revision ELSE c.revision END,
           %(reason)s, %(actor)s, %(now)s
      FROM changed c
     CROSS JOIN LATERAL (
           SELECT version, calendar_revision FROM issues_deadline
            WHERE issue_id = c.id AND clock = 'statutory' ORDER BY version DESC LIMIT 1
     ) last
    RETURNING id, issue_id, cause, due_on <> previous_due_on AS has_moved
), told AS (
    INSERT INTO issues_event (issue_id, kind, at, actor_id, before, after, note, deadline_id)
    SELECT issue_id, 'calendar_revised', %(now)s, %(actor)s, '', '', %(reason)s, id FROM ledger
), alarms AS (  -- they ring at the next scan, which finds the right day; the same date goes on under its old version
    UPDATE issues_alarm a
       SET rings_on = least(a.rings_on, %(today)s),
           deadline_id = CASE WHEN l.has_moved THEN l.id ELSE a.deadline_id END
      FROM ledger l
     WHERE a.issue_id = l.issue_id AND a.clock = 'statutory' AND l.cause = 'calendar_revised'
), missing AS (  -- a clock that had nothing left to announce starts again when it moves
    INSERT INTO issues_alarm (issue_id, clock, deadline_id, rings_on)
    SELECT l.issue_id, 'statutory', l.id, %(today)s FROM ledger l
     WHERE l.has_moved
       AND NOT EXISTS (SELECT FROM issues_alarm a WHERE a.issue_id = l.issue_id AND a.clock = 'statutory')
), notified AS (
    INSERT INTO notices_notice (recipient_id, kind, cause, url, data, created_at, send_after)
    SELECT c.handler_id, 'deadline_moved', 'calendar/' || max(c.revision), '/issues/?todo=true',
           jsonb_build_object('moved', count(*) FILTER (WHERE c.outcome = 'moved'),
                              'kept', count(*) FILTER (WHERE c.outcome = 'kept'),
                              'number', min(c.number)), %(now)s, %(send_after)s
      FROM changed c JOIN accounts_user u ON u.id = c.handler_id AND u.is_active
     WHERE c.outcome <> 'confirmed'
     GROUP BY c.handler_id
        ON CONFLICT (cause, recipient_id) DO NOTHING
)
SELECT count(*) FILTER (WHERE outcome = 'moved'), count(*) FILTER (WHERE outcome = 'confirmed'),
       count(*) FILTER (WHERE outcome = 'kept') FROM changed
"""
)


@dataclass(frozen=True, slots=True)
class Report:
    """How many running deadlines an arrangement moves, confirms and keeps; `examples` are [number, old, new] each."""

    moved: int = 0
    confirmed: int = 0
    kept: int = 0
    examples: dict[str, list[list[str]]] = field(default_factory=dict)

    @property
    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Count:
    """The calendars by which deadlines are counted again: id, revision and final_through of each.

    `days` is the table that holds them: the calendars' own, or one with what a notice would make of them.
    """

    revisions: Sequence[tuple[int, int, date]]
    today: date
    days: str = "workdays_calendarday"

    @property
    def params(self) -> dict[str, Any]:
        calendars, revisions, finals = zip(*self.revisions, strict=True) if self.revisions else ((), (), ())
        return {
            "calendars": list(calendars),
            "revisions": list(revisions),
            "finals": list(finals),
            "today": self.today,
        }

    def sql(self, statement: str) -> str:
        return statement.replace("{days}", connection.ops.quote_name(self.days))


def check_coverage(count: Count) -> None:
    """Raises CalendarCoverageError when a running deadline would lie beyond its calendar: nothing is dropped."""
    with connection.cursor() as cursor:
        cursor.execute(count.sql(BEYOND), count.params)
        beyond, first = cursor.fetchone()
    if beyond:
        raise CalendarCoverageError(f"{beyond} running deadlines lie beyond the calendar, {first} the first of them")


def report(count: Count, examples: int = 50) -> Report:
    """What counting again would do, with the first issues of each outcome. The caller has checked the coverage."""
    totals: dict[str, int] = {}
    shown: dict[str, list[list[str]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(count.sql(REPORT), {**count.params, "examples": examples})
        for outcome, number, old, new, total in cursor:
            totals[outcome] = total
            shown.setdefault(outcome, []).append([number, old.isoformat(), new.isoformat()])
    return Report(**totals, examples=shown)


def recount(count: Count, *, at: datetime, actor_id: int | None, reason: str) -> Report:
    """Counts every running statutory deadline of these calendars again. One statement, whatever their number.

    The caller holds the calendars (`change_calendars`) and has checked their coverage.
    """
    params = {
        **count.params,
        **_nearing(ladder_in_force(count.today)),
        "now": at,
        "send_after": send_after(at, current_calendar()),
        "actor": actor_id,
        "reason": reason,
    }
    with connection.cursor() as cursor:
        cursor.execute(count.sql(RECOUNT), params)
        return Report(*cursor.fetchone())


def _nearing(ladder: Ladder) -> dict[str, list[Any]]:
    """The yellow rungs as arrays, one of each per tier."""
    rungs = [rung for tier in "BCD" for rung in ladder.rungs(Clock.STATUTORY, tier) if rung.level == Level.NEARING]
    return {
        "tiers": [rung.tier for rung in rungs],
        "shares": [rung.measure == Measure.SHARE_LEFT for rung in rungs],
        "amounts": [rung.amount for rung in rungs],
    }
