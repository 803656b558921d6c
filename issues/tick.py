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
from issues.digests import write_digests
from issues.following import follow_ladder
from issues.publishing.services import catch_up
from issues.rung_days import RUNG_DAYS
from notices.quiet_hours import is_office_hour, send_after
from workdays.calendar import WorkCalendar, current_calendar
from workdays.services import hold_calendars_still

ANNOUNCE = (
    """
WITH ringing AS MATERIALIZED (
    SELECT a.id AS alarm_id, a.clock, a.deadline_id, i.id, i.number, i.tier, i.platform_id, i.handler_id,
           i.lead_unit_id, i.calendar_id
      FROM issues_alarm a JOIN issues_issue i ON i.id = a.issue_id
     WHERE a.rings_on <= %(today)s
     ORDER BY i.id, a.id  -- two runs lock in one order; the issue first, as every move does
       FOR NO KEY UPDATE OF i FOR UPDATE OF a
), dated AS (  -- a deadline written while this run waited for its issue is left to the next run
    SELECT r.*, d.due_on, d.working_days AS term,
           CASE WHEN d.working_days IS NULL THEN d.counted_from ELSE d.due_on END AS counted_from
      FROM ringing r
     CROSS JOIN LATERAL (SELECT * FROM issues_deadline WHERE id = r.deadline_id LIMIT 1) d  -- by its key, row by row
), placed AS MATERIALIZED (  -- many clocks run the same way, number n: their rungs are worked out once
    SELECT d.*, dense_rank() OVER (ORDER BY calendar_id, clock, tier, due_on, term, counted_from) AS n FROM dated d
), clocked AS MATERIALIZED (
    SELECT DISTINCT n, calendar_id, clock, tier, due_on, term, counted_from FROM placed
), """  # noqa: S608 - text of our own; values are parameters
    + RUNG_DAYS
    + """
, reached AS MATERIALIZED (
    SELECT p.*, r.level, r.step, r.height, r.tells, r.is_urgent, r.reached_on,
           'warning/' || p.deadline_id || '/' || r.level || '/' || r.step AS cause
      FROM placed p JOIN rung_days r ON r.n = p.n AND r.reached_on <= %(today)s
     WHERE NOT EXISTS (SELECT FROM issues_warning w
                        WHERE w.deadline_id = p.deadline_id AND w.level = r.level AND w.step = r.step)
), warned AS (
    INSERT INTO issues_warning (issue_id, deadline_id, level, step, reached_on, raised_at)
    SELECT id, deadline_id, level, step, reached_on, %(now)s FROM reached ORDER BY id, deadline_id, height
        ON CONFLICT (deadline_id, level, step) DO NOTHING
    RETURNING id, 'warning/' || deadline_id || '/' || level || '/' || step AS cause, level, step
), fresh AS MATERIALIZED (
    SELECT r.*, CASE WHEN r.is_urgent THEN %(now)s ELSE %(send_after)s END AS send_after,
           jsonb_build_object('number', r.number, 'due_on', r.due_on, 'clock', r.clock, 'level', r.level,
                              'step', r.step, 'warning', w.id) AS data
      FROM reached r JOIN warned w ON w.cause = r.cause
), recorded AS (
    INSERT INTO issues_event (issue_id, kind, at, before, after, note, deadline_id)
    SELECT id, 'warned', %(now)s, '', level, '', deadline_id FROM fresh ORDER BY id, deadline_id, height
), persons AS (  -- a union, because an OR over all ways makes the planner try every user with every warning
    SELECT deadline_id, height, handler_id AS person_id FROM fresh WHERE 'handler' = ANY (tells)
    UNION ALL  -- after a handover the platform's officer is not the one who registered the issue
    SELECT f.deadline_id, f.height, officer.user_id
      FROM fresh f
      JOIN liaisons_assignment present ON present.platform_id = f.platform_id AND present.ended_on IS NULL
      JOIN liaisons_officer officer ON officer.id = present.officer_id
     WHERE 'officer' = ANY (f.tells)
    UNION ALL
    SELECT f.deadline_id, f.height, head.id
      FROM fresh f JOIN accounts_user head ON head.unit_id = f.lead_unit_id AND head.role = 'unit_head'
     WHERE 'unit_head' = ANY (f.tells)
    UNION ALL
    SELECT f.deadline_id, f.height, u.id FROM fresh f JOIN accounts_user u ON u.role = 'bureau_staff'
     WHERE 'bureau' = ANY (f.tells)
    UNION ALL
    SELECT f.deadline_id, f.height, u.id FROM fresh f JOIN accounts_user u ON u.role = 'commission_office'
     WHERE 'commission_office' = ANY (f.tells)
), highest AS (
    SELECT deadline_id, person_id, max(height) AS height FROM persons GROUP BY deadline_id, person_id
), told AS (
    INSERT INTO notices_notice (recipient_id, kind, cause, url, data, created_at, send_after, is_urgent)
    SELECT h.person_id, f.level, f.cause, '/issues/' || f.number || '/', f.data, %(now)s, f.send_after, f.is_urgent
      FROM highest h
      JOIN fresh f ON f.deadline_id = h.deadline_id AND f.height = h.height
      JOIN accounts_user u ON u.id = h.person_id AND u.is_active
     ORDER BY f.id, f.height, h.person_id
        ON CONFLICT (cause, recipient_id) DO NOTHING
    RETURNING 1
), announced AS (
    INSERT INTO notices_announcement (channel_id, kind, cause, url, data, created_at, send_after, is_urgent)
    SELECT DISTINCT ON (f.id, f.deadline_id, c.id)
           c.id, f.level, f.cause, '/issues/' || f.number || '/', f.data, %(now)s,
           CASE WHEN c.kind = 'webhook' THEN %(now)s ELSE f.send_after END, f.is_urgent  -- a machine sleeps at no hour
      FROM notices_channel c
      LEFT JOIN accounts_unit own ON own.id = c.unit_id
      JOIN fresh f ON c.levels = '{}' OR f.level = ANY (c.levels)
      JOIN accounts_unit lead ON lead.id = f.lead_unit_id
     WHERE c.is_enabled AND c.kind <> 'mail' AND (own.id IS NULL OR starts_with(lead.path, own.path))
     ORDER BY f.id, f.deadline_id, c.id, f.height DESC
        ON CONFLICT (cause, channel_id) DO NOTHING
    RETURNING 1
), breached AS (  -- a fact from its first day on, whatever moves the date later
    UPDATE issues_issue i SET breached_on = late.due_on + 1, updated_at = %(now)s
      FROM (SELECT DISTINCT id, due_on FROM fresh WHERE level = 'overdue' AND clock = 'statutory') late
     WHERE i.id = late.id AND i.breached_on IS NULL
), upcoming AS MATERIALIZED (  -- a rung beyond the calendar is looked for again on the calendar's last day
    SELECT k.n, least(
               min(r.reached_on) FILTER (WHERE r.reached_on > %(today)s),
               CASE WHEN bool_or(r.n IS NOT NULL AND r.reached_on IS NULL) THEN greatest(
                   %(today)s + 1,
                   (SELECT max(d.date) FROM workdays_calendarday d WHERE d.calendar_id = k.calendar_id)
               ) END
           ) AS rings_on
      FROM clocked k LEFT JOIN rung_days r ON r.n = k.n
     GROUP BY k.n, k.calendar_id
), postponed AS (
    UPDATE issues_alarm a SET rings_on = u.rings_on
      FROM placed p JOIN upcoming u ON u.n = p.n
     WHERE a.id = p.alarm_id AND a.rings_on <= %(today)s AND u.rings_on IS NOT NULL
), silenced AS (
    DELETE FROM issues_alarm a USING placed p JOIN upcoming u ON u.n = p.n
     WHERE a.id = p.alarm_id AND a.rings_on <= %(today)s AND u.rings_on IS NULL
)
SELECT count(*) FILTER (WHERE level = 'half'), count(*) FILTER (WHERE level = 'nearing'),
       count(*) FILTER (WHERE level = 'due_today'), count(*) FILTER (WHERE level = 'overdue' AND step = 1),
       count(*) FILTER (WHERE level = 'overdue' AND step > 1),
       (SELECT count(*) FROM told), (SELECT count(*) FROM announced)
  FROM warned
"""
)

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
    """New warnings of one run by level (overdue: the first red rung; escalated: those after it), and who hears."""

    half: int = 0
    nearing: int = 0
    due_today: int = 0
    overdue: int = 0
    escalated: int = 0
    notices: int = 0
    announcements: int = 0
    digests: int = 0


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
    with transaction.atomic():
        hold_calendars_still()
        present = _present(today)
        if not present.is_applied:
            follow_ladder(present.ladder, at)
        rings = present.rings or not present.is_applied
        calendar = current_calendar() if rings or not present.has_digest_of(today) else None
        found = _announce(at, present.ladder, calendar) if rings and calendar else TickResult()
        wants_digest = calendar is not None and not present.has_digest_of(today) and is_office_hour(at, calendar)
        digests = write_digests(at, present.last_digest_at) if wants_digest else 0
        _execute(BEAT, {"now": at})
    return replace(found, digests=digests)


def _present(today: date) -> _Present:
    return _Present(*_execute(PRESENT, {"today": today}))


def _announce(at: datetime, ladder: int, calendar: WorkCalendar) -> TickResult:
    params = {"now": at, "today": on_date(at), "ladder": ladder, "send_after": send_after(at, calendar)}
    return TickResult(*_execute(ANNOUNCE, params))


def _execute(sql: str, params: dict[str, Any]) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone() if cursor.description else ()
