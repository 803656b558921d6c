"""The minute's scan: what has something to announce and did not announce it yet.

It is one statement over the alarms whose day has come. An alarm is state, not a time window: whatever outage lies
behind, the first run after it finds every one. Row locks let two runs, or a run and a move, follow each other; the
unique constraints on warnings and notices hold even where they do not.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from config.clock import now, on_date
from issues.models import WarningLadder

ANNOUNCE = """
WITH crossing AS (
    SELECT i.id, i.number, i.platform_id, i.handler_id, i.lead_unit_id, i.clock_due_on, a.deadline_id,
           CASE WHEN i.clock_due_on < %(today)s THEN 'overdue'
                WHEN i.clock_due_on = %(today)s THEN 'due_today'
                ELSE 'nearing' END AS level,
           CASE WHEN i.state = 'open' THEN 'statutory' ELSE 'plan' END AS clock
      FROM issues_alarm a JOIN issues_issue i ON i.id = a.issue_id
     WHERE a.rings_on <= %(today)s
     ORDER BY i.id  -- two runs lock in one order; the issue first, as every move does
       FOR NO KEY UPDATE OF i FOR UPDATE OF a
), warned AS (
    INSERT INTO issues_warning (issue_id, deadline_id, level, raised_at)
    SELECT id, deadline_id, level, %(now)s FROM crossing
        ON CONFLICT (deadline_id, level) DO NOTHING
    RETURNING issue_id, deadline_id, level
), recorded AS (
    INSERT INTO issues_event (issue_id, kind, at, before, after, note, deadline_id)
    SELECT issue_id, 'warned', %(now)s, '', level, '', deadline_id FROM warned
), persons AS (  -- a union, because an OR over both ways makes the planner try every user with every warning
    SELECT w.deadline_id, w.level, c.id AS issue_id, c.handler_id AS person_id
      FROM warned w JOIN crossing c ON c.id = w.issue_id
    UNION
    SELECT w.deadline_id, w.level, c.id, head.id
      FROM warned w JOIN crossing c ON c.id = w.issue_id
      JOIN accounts_user head ON head.unit_id = c.lead_unit_id AND head.role = 'unit_head'
    UNION  -- after a handover the platform's officer is not the one who registered the issue
    SELECT w.deadline_id, w.level, c.id, officer.user_id
      FROM warned w JOIN crossing c ON c.id = w.issue_id
      JOIN liaisons_assignment present ON present.platform_id = c.platform_id AND present.ended_on IS NULL
      JOIN liaisons_officer officer ON officer.id = present.officer_id
), told AS (
    INSERT INTO notices_notice (recipient_id, kind, cause, url, data, created_at)
    SELECT p.person_id, p.level, 'warning/' || p.deadline_id || '/' || p.level, '/issues/' || c.number || '/',
           jsonb_build_object('number', c.number, 'due_on', c.clock_due_on, 'clock', c.clock), %(now)s
      FROM persons p
      JOIN crossing c ON c.id = p.issue_id
      JOIN accounts_user u ON u.id = p.person_id AND u.is_active
        ON CONFLICT (cause, recipient_id) DO NOTHING
    RETURNING 1
), postponed AS (
    UPDATE issues_alarm a
       SET rings_on = CASE c.level WHEN 'nearing' THEN c.clock_due_on ELSE c.clock_due_on + 1 END
      FROM crossing c WHERE a.issue_id = c.id AND c.level <> 'overdue'
), silenced AS (
    DELETE FROM issues_alarm a USING crossing c WHERE a.issue_id = c.id AND c.level = 'overdue'
)
SELECT (SELECT count(*) FROM warned WHERE level = 'nearing'), (SELECT count(*) FROM warned WHERE level = 'due_today'),
       (SELECT count(*) FROM warned WHERE level = 'overdue'), (SELECT count(*) FROM told)
"""


# Alarms that have announced nothing yet ring on the first day the rule calls nearing; the others go on as they are.
FOLLOW_RULE = """
UPDATE issues_alarm a SET rings_on = first.date
  FROM issues_issue i
  JOIN workdays_calendarday due ON due.date = i.clock_due_on
  JOIN workdays_calendarday first ON first.seq = due.seq - %s AND first.kind IN ('working', 'make_up')
 WHERE i.id = a.issue_id AND a.rings_on <> first.date
   AND NOT EXISTS (SELECT FROM issues_warning w WHERE w.deadline_id = a.deadline_id)
"""


@dataclass(frozen=True)
class TickResult:
    """New announcements of one run, by level, and the notices written for them."""

    nearing: int
    due_today: int
    overdue: int
    notices: int


def tick() -> TickResult:
    """Announces every level reached by the clock's today, once. Running it again, or twice at once, adds nothing."""
    at = now()
    with transaction.atomic(), connection.cursor() as cursor:
        _follow_rule(cursor, at)
        cursor.execute(ANNOUNCE, {"now": at, "today": on_date(at)})
        return TickResult(*cursor.fetchone())


def _follow_rule(cursor: CursorWrapper, at: datetime) -> None:
    """Sets the alarms by the warning rule in force, once after it came into force."""
    rule = WarningLadder.objects.filter(valid_from__lte=on_date(at)).latest("valid_from", "pk")
    if rule.applied_at is not None:
        return
    cursor.execute(FOLLOW_RULE, [rule.nearing_days])
    WarningLadder.objects.filter(pk=rule.pk).update(applied_at=at)
