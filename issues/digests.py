"""The morning digest: one notice a person and working day, on issues that press and contacts that are still owed."""

from datetime import UTC, datetime, time
from typing import Any

from django.db import connection

from config.clock import SHANGHAI, on_date
from issues.running import RUNNING_CLOCKS
from issues.stand_ins import STAND_INS
from workdays.models import NATIONAL

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

# Only one run a day gets the row; the others wait for it and then find the day taken.
CLAIM = """
INSERT INTO notices_heartbeat (job, beat_at) VALUES ('digest', %(now)s)
    ON CONFLICT (job) DO UPDATE SET beat_at = EXCLUDED.beat_at WHERE notices_heartbeat.beat_at < %(midnight)s
"""

# An acknowledged rung is not brought up again (R35): its clock is left out for those who were told of that rung, until
# they are told of the next.
WRITE = (
    """
WITH running AS MATERIALIZED (
"""
    + RUNNING_CLOCKS
    + """
), pressing AS MATERIALIZED (
    SELECT i.id, r.clock, i.handler_id, i.lead_unit_id, i.clock_due_on AS due_on
      FROM running r JOIN issues_issue i ON i.id = r.issue_id
     WHERE r.clock <> 'sign' AND (i.clock_due_on <= %(today)s OR i.nearing_on <= %(today)s)
     UNION ALL
    SELECT r.issue_id, r.clock, NULL, NULL, d.due_on
      FROM running r
     CROSS JOIN LATERAL (
           SELECT due_on FROM issues_deadline
            WHERE issue_id = r.issue_id AND clock = r.clock ORDER BY version DESC LIMIT 1
           ) d
     WHERE r.clock = 'sign' AND d.due_on <= %(today)s
), told AS MATERIALIZED (  -- the newest rung of each of these clocks that a person was told of
    SELECT DISTINCT ON (n.recipient_id, p.id, p.clock) n.recipient_id AS person_id, p.id, p.clock, w.acknowledged_at
      FROM pressing p
      JOIN issues_warning w ON w.issue_id = p.id
      JOIN issues_deadline d ON d.id = w.deadline_id AND d.clock = p.clock
      JOIN notices_notice n ON n.cause = 'warning/' || w.deadline_id || '/' || w.level || '/' || w.step
     ORDER BY n.recipient_id, p.id, p.clock, w.id DESC
), own AS MATERIALIZED (  -- who answers for it now: its handler, its platform's officer
    SELECT i.id, i.handler_id AS person_id FROM issues_issue i WHERE i.id IN (SELECT id FROM pressing)
     UNION
    SELECT i.id, officer.user_id
      FROM issues_issue i
      JOIN liaisons_assignment present ON present.platform_id = i.platform_id AND present.ended_on IS NULL
      JOIN liaisons_officer officer ON officer.id = present.officer_id
     WHERE i.id IN (SELECT id FROM pressing)
), concerned AS (
    SELECT handler_id AS person_id, id, clock FROM pressing WHERE handler_id IS NOT NULL
     UNION
    SELECT head.id, p.id, p.clock
      FROM pressing p JOIN accounts_user head ON head.unit_id = p.lead_unit_id AND head.role = 'unit_head'
     UNION  -- an officer who has handed it over, or stood in for its officer, is told no more
    SELECT t.person_id, t.id, t.clock
      FROM told t
     WHERE NOT EXISTS (SELECT FROM liaisons_officer o WHERE o.user_id = t.person_id)
        OR EXISTS (SELECT FROM own WHERE own.id = t.id AND own.person_id = t.person_id)
), to_review AS MATERIALIZED (  -- R36: a suspension whose review has come, until the clock goes on
    SELECT i.id, i.handler_id, i.lead_unit_id
      FROM issues_suspension s JOIN issues_issue i ON i.id = s.issue_id
     WHERE s.ended_on IS NULL AND s.review_on <= %(today)s
), reviewers AS (
    SELECT handler_id AS person_id, id FROM to_review
     UNION
    SELECT head.id, t.id
      FROM to_review t JOIN accounts_user head ON head.unit_id = t.lead_unit_id AND head.role = 'unit_head'
     UNION
    SELECT office.id, t.id FROM to_review t JOIN accounts_user office ON office.role = 'commission_office'
), horizon AS (  -- how far ahead contacts are brought up, in working days of the nation
    SELECT max(d.date) FILTER (WHERE d.seq <= now.seq + rule.remind_days) AS firsts,
           max(d.date) FILTER (WHERE d.seq <= now.seq + rule.remind_quarter_days) AS quarterly
      FROM (SELECT * FROM liaisons_dutyrule WHERE valid_from <= %(today)s
             ORDER BY valid_from DESC, id DESC LIMIT 1) rule
      JOIN workdays_calendar nation ON nation.code = %(nation)s
      JOIN workdays_calendarday now ON now.calendar_id = nation.id AND now.date = %(today)s
      JOIN workdays_calendarday d ON d.calendar_id = nation.id AND d.date >= %(today)s
       AND d.seq <= now.seq + greatest(rule.remind_days, rule.remind_quarter_days)
), contacts AS (  -- R16, R17, R19: what the platform's officer of today can still do and is near or over
    SELECT o.user_id AS person_id, d.kind AS what, count(*) AS n, min(d.due_on) AS first_on
      FROM horizon h
      JOIN liaisons_duty d ON d.met_on IS NULL AND d.waived_on IS NULL
       AND (d.kind = 'quarterly_contact' AND d.due_on BETWEEN %(today)s AND h.quarterly
            OR d.kind IN ('first_contact', 'first_visit') AND d.due_on <= h.firsts)
      JOIN liaisons_assignment a ON a.platform_id = d.platform_id AND a.ended_on IS NULL
       AND (d.kind = 'quarterly_contact' OR a.id = d.assignment_id)
      JOIN liaisons_officer o ON o.id = a.officer_id
     GROUP BY o.user_id, d.kind
), owed AS MATERIALIZED (
    SELECT person_id, jsonb_object_agg(what, n)
           || coalesce(jsonb_object_agg(what || '_by', first_on) FILTER (WHERE what <> 'quarterly_contact'), '{}')
           AS said
      FROM contacts GROUP BY person_id
), matters AS (
    SELECT c.person_id, c.id, c.clock,
           CASE WHEN p.due_on < %(today)s THEN 'overdue' WHEN p.due_on = %(today)s THEN 'due_today'
                ELSE 'nearing' END AS what
      FROM concerned c
      JOIN pressing p ON p.id = c.id AND p.clock = c.clock
      LEFT JOIN told t ON t.person_id = c.person_id AND t.id = c.id AND t.clock = c.clock
     WHERE t.acknowledged_at IS NULL
     UNION ALL
    SELECT person_id, id, '', 'review' FROM reviewers
), """
    + STAND_INS
    + """, heard AS (  -- whoever stands in for somebody on leave hears what that one hears
    SELECT person_id, id, clock, what FROM matters
     UNION
    SELECT s.deputy_id, m.id, m.clock, m.what FROM matters m JOIN stand_ins s ON s.absent_id = m.person_id
), counted AS MATERIALIZED (
    SELECT u.id AS person_id, count(*) FILTER (WHERE what = 'overdue') AS overdue,
           count(*) FILTER (WHERE what = 'due_today') AS due_today,
           count(*) FILTER (WHERE what = 'nearing') AS nearing, count(*) FILTER (WHERE what = 'review') AS review
      FROM (SELECT person_id, what FROM heard UNION ALL SELECT person_id, 'contacts' FROM owed) m
      JOIN accounts_user u ON u.id = m.person_id AND u.is_active
     GROUP BY u.id
), waiting AS (  -- what was written out of office hours and leaves with this morning's mail
    SELECT n.recipient_id, count(*) AS held
      FROM notices_notice n
     WHERE n.delivery_id IS NULL AND n.send_after <= %(now)s AND n.send_after > n.created_at
       AND n.created_at > %(since)s
     GROUP BY n.recipient_id
)
INSERT INTO notices_notice (recipient_id, kind, cause, url, data, created_at, send_after)
SELECT c.person_id, 'digest', %(cause)s, '/',
       jsonb_build_object('overdue', c.overdue, 'due_today', c.due_today, 'nearing', c.nearing,
                          'review', c.review, 'held', coalesce(w.held, 0)) || coalesce(o.said, '{}'),
       %(now)s, %(now)s
  FROM counted c
  LEFT JOIN waiting w ON w.recipient_id = c.person_id
  LEFT JOIN owed o ON o.person_id = c.person_id
 ORDER BY c.person_id
    ON CONFLICT (cause, recipient_id) DO NOTHING
"""
)


def write_digests(at: datetime, last_at: datetime | None) -> int:
    """Today's digests, unless another run has written them; how many. `last_at` is when the last ones were written."""
    day = on_date(at)
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"now": at, "midnight": datetime.combine(day, time(), SHANGHAI)})
        if not cursor.rowcount:
            return 0
        params: dict[str, Any] = {
            "now": at,
            "today": day,
            "cause": f"digest/{day}",
            "since": last_at or LONG_AGO,
            "nation": NATIONAL,
        }
        cursor.execute(WRITE, params)
        written: int = cursor.rowcount
        return written
