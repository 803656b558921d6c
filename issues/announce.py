"""What the minute's scan writes: the warnings of every ringing alarm and whom they reach, in one statement.

Each constant is one step of it; ANNOUNCE puts them together.
"""

from issues.rung_days import RUNG_DAYS
from issues.stand_ins import STAND_INS

# The alarms whose day has come. Two runs lock them in one order; the issue first, as every move does.
RINGING = """
ringing AS MATERIALIZED (
    SELECT a.id AS alarm_id, a.clock, a.deadline_id, i.id, i.number, i.tier, i.platform_id, i.handler_id,
           i.lead_unit_id, i.calendar_id
      FROM issues_alarm a JOIN issues_issue i ON i.id = a.issue_id
     WHERE a.rings_on <= %(today)s
     ORDER BY i.id, a.id
       FOR NO KEY UPDATE OF i FOR UPDATE OF a
)"""

# A deadline written while this run waited for its issue is left to the next run.
DATED = """
dated AS (
    SELECT r.*, d.due_on, d.working_days AS term,
           CASE WHEN d.working_days IS NULL THEN d.counted_from ELSE d.due_on END AS counted_from
      FROM ringing r
     CROSS JOIN LATERAL (SELECT * FROM issues_deadline WHERE id = r.deadline_id LIMIT 1) d  -- by its key, row by row
)"""

# Many clocks run the same way, number n: their rungs are worked out once.
PLACED = """
placed AS MATERIALIZED (
    SELECT d.*, dense_rank() OVER (ORDER BY calendar_id, clock, tier, due_on, term, counted_from) AS n FROM dated d
)"""

CLOCKED = """
clocked AS MATERIALIZED (
    SELECT DISTINCT n, calendar_id, clock, tier, due_on, term, counted_from FROM placed
)"""

# The rungs whose day has come and that nobody was warned of. Fenced by OFFSET: as a join the planner expects one row of
# it, and compares each new warning with each.
REACHED = """
reached AS MATERIALIZED (
    SELECT p.*, r.level, r.step, r.height, r.tells, r.is_urgent, r.reached_on,
           'warning/' || p.deadline_id || '/' || r.level || '/' || r.step AS cause
      FROM placed p JOIN rung_days r ON r.n = p.n AND r.reached_on <= %(today)s
     WHERE NOT EXISTS (SELECT FROM issues_warning w
                        WHERE w.deadline_id = p.deadline_id AND w.level = r.level AND w.step = r.step OFFSET 0)
)"""

WARNED = """
warned AS (
    INSERT INTO issues_warning (issue_id, deadline_id, level, step, reached_on, raised_at)
    SELECT id, deadline_id, level, step, reached_on, %(now)s FROM reached ORDER BY id, deadline_id, height
        ON CONFLICT (deadline_id, level, step) DO NOTHING
    RETURNING id, 'warning/' || deadline_id || '/' || level || '/' || step AS cause, level, step
)"""

FRESH = """
fresh AS MATERIALIZED (
    SELECT r.*, CASE WHEN r.is_urgent THEN %(now)s ELSE %(send_after)s END AS send_after,
           jsonb_build_object('number', r.number, 'due_on', r.due_on, 'clock', r.clock, 'level', r.level,
                              'step', r.step, 'warning', w.id) AS data
      FROM reached r JOIN warned w ON w.cause = r.cause
)"""

RECORDED = """
recorded AS (
    INSERT INTO issues_event (issue_id, kind, at, before, after, note, deadline_id)
    SELECT id, 'warned', %(now)s, '', level, '', deadline_id FROM fresh ORDER BY id, deadline_id, height
)"""

# A union, because an OR over all ways makes the planner try every user with every warning.
PERSONS = """
persons AS (
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
)"""

# Whoever stands in for somebody on leave hears what that one hears.
HEARD = """
heard AS (
    SELECT deadline_id, height, person_id FROM persons
    UNION ALL
    SELECT p.deadline_id, p.height, s.deputy_id FROM persons p JOIN stand_ins s ON s.absent_id = p.person_id
)"""

# Whoever is told of several rungs at once is told of the highest.
HIGHEST = """
highest AS (
    SELECT deadline_id, person_id, max(height) AS height FROM heard GROUP BY deadline_id, person_id
)"""

TOLD = """
told AS (
    INSERT INTO notices_notice (recipient_id, kind, cause, url, data, created_at, send_after, is_urgent)
    SELECT h.person_id, f.level, f.cause, '/issues/' || f.number || '/', f.data, %(now)s, f.send_after, f.is_urgent
      FROM highest h
      JOIN fresh f ON f.deadline_id = h.deadline_id AND f.height = h.height
      JOIN accounts_user u ON u.id = h.person_id AND u.is_active
     ORDER BY f.id, f.height, h.person_id
        ON CONFLICT (cause, recipient_id) DO NOTHING
    RETURNING 1
)"""

ANNOUNCED = """
announced AS (
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
)"""

# A fact from its first day on, whatever moves the date later.
BREACHED = """
breached AS (
    UPDATE issues_issue i SET breached_on = late.due_on + 1, updated_at = %(now)s, version = i.version + 1
      FROM (SELECT DISTINCT id, due_on FROM fresh WHERE level = 'overdue' AND clock = 'statutory') late
     WHERE i.id = late.id AND i.breached_on IS NULL
)"""

# A rung beyond the calendar is looked for again on the calendar's last day.
UPCOMING = """
upcoming AS MATERIALIZED (
    SELECT k.n, least(
               min(r.reached_on) FILTER (WHERE r.reached_on > %(today)s),
               CASE WHEN bool_or(r.n IS NOT NULL AND r.reached_on IS NULL) THEN greatest(
                   %(today)s + 1,
                   (SELECT max(d.date) FROM workdays_calendarday d WHERE d.calendar_id = k.calendar_id)
               ) END
           ) AS rings_on
      FROM clocked k LEFT JOIN rung_days r ON r.n = k.n
     GROUP BY k.n, k.calendar_id
)"""

POSTPONED = """
postponed AS (
    UPDATE issues_alarm a SET rings_on = u.rings_on
      FROM placed p JOIN upcoming u ON u.n = p.n
     WHERE a.id = p.alarm_id AND a.rings_on <= %(today)s AND u.rings_on IS NOT NULL
)"""

SILENCED = """
silenced AS (
    DELETE FROM issues_alarm a USING placed p JOIN upcoming u ON u.n = p.n
     WHERE a.id = p.alarm_id AND a.rings_on <= %(today)s AND u.rings_on IS NULL
)"""

# New warnings by level, and how many hear of them.
TOLL = """
SELECT count(*) FILTER (WHERE level = 'half'), count(*) FILTER (WHERE level = 'nearing'),
       count(*) FILTER (WHERE level = 'due_today'), count(*) FILTER (WHERE level = 'overdue' AND step = 1),
       count(*) FILTER (WHERE level = 'overdue' AND step > 1),
       (SELECT count(*) FROM told), (SELECT count(*) FROM announced)
  FROM warned
"""

STEPS = (
    RINGING,
    DATED,
    PLACED,
    CLOCKED,
    RUNG_DAYS,
    REACHED,
    WARNED,
    FRESH,
    RECORDED,
    PERSONS,
    STAND_INS,
    HEARD,
    HIGHEST,
    TOLD,
    ANNOUNCED,
    BREACHED,
    UPCOMING,
    POSTPONED,
    SILENCED,
)

# Parameters: now, today, ladder, send_after.
ANNOUNCE = "WITH " + ", ".join(step.strip() for step in STEPS) + TOLL
