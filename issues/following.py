"""A ladder that has come into force reaches the clocks that run already, once."""

from datetime import datetime

from django.db import connection

from config.clock import on_date
from issues.models import WarningLadder
from issues.rung_days import RUNG_DAYS
from issues.running import RUNNING_CLOCKS

# In the order in which every move and the scan lock them.
HOLD = """
SELECT count(*) FROM (
    SELECT FROM issues_issue WHERE clock_due_on IS NOT NULL ORDER BY id FOR NO KEY UPDATE
) held
"""

# Every running clock rings at once, those too that had nothing left to say by the ladder before.
RING = (
    """
INSERT INTO issues_alarm (issue_id, clock, deadline_id, rings_on)
SELECT running.issue_id, running.clock, d.id, %(today)s
  FROM ("""
    + RUNNING_CLOCKS
    + """) running
 CROSS JOIN LATERAL (
       SELECT id FROM issues_deadline
        WHERE issue_id = running.issue_id AND clock = running.clock ORDER BY version DESC LIMIT 1
       ) d
    ON CONFLICT (issue_id, clock) DO UPDATE SET rings_on = EXCLUDED.rings_on
"""
)

NEAR = (
    """
WITH dated AS (
    SELECT i.id, i.calendar_id, a.clock, i.tier, d.due_on, d.working_days AS term,
           CASE WHEN d.working_days IS NULL THEN d.counted_from ELSE d.due_on END AS counted_from
      FROM issues_issue i
      JOIN issues_alarm a ON a.issue_id = i.id
       AND a.clock = CASE i.state WHEN 'plan_confirmed' THEN 'plan' ELSE 'statutory' END
      JOIN issues_deadline d ON d.id = a.deadline_id
     WHERE i.clock_due_on IS NOT NULL
), running AS MATERIALIZED (
    SELECT d.*, dense_rank() OVER (ORDER BY calendar_id, clock, tier, due_on, term, counted_from) AS n FROM dated d
), clocked AS MATERIALIZED (
    SELECT DISTINCT n, calendar_id, clock, tier, due_on, term, counted_from FROM running
), """
    + RUNG_DAYS
    + """
, nearing AS MATERIALIZED (
    SELECT k.n, coalesce(min(r.reached_on), k.due_on) AS nearing_on
      FROM clocked k LEFT JOIN rung_days r ON r.n = k.n AND r.level = 'nearing'
     GROUP BY k.n, k.due_on
)
UPDATE issues_issue i SET nearing_on = f.nearing_on
  FROM running r JOIN nearing f ON f.n = r.n
 WHERE i.id = r.id AND i.nearing_on <> f.nearing_on
"""
)


def follow_ladder(ladder: int, at: datetime) -> None:
    """Sets `nearing_on` of every running clock by the ladder and lets its alarm ring in this very run."""
    if WarningLadder.objects.select_for_update().filter(pk=ladder, applied_at=None).first() is None:
        return  # another run did it while this one waited
    with connection.cursor() as cursor:
        cursor.execute(HOLD)
        cursor.execute(RING, {"today": on_date(at)})
        cursor.execute(NEAR, {"ladder": ladder})
    WarningLadder.objects.filter(pk=ladder).update(applied_at=at)
