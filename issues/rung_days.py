"""The days of a ladder's rungs in SQL: what issues.ladder works out for one clock, for any number of them at once."""

from workdays.sql import worked_day

# After a CTE `clocked (n, calendar_id, clock, tier, due_on, term, counted_from)`, one row for each way a clock runs;
# `term` is null for a promised date. Rows of `rung_days`: n, level, step, tells, is_urgent, height, reached_on.
# `height` orders the rungs of a clock. `reached_on` is null where the calendar does not reach that far yet: every join
# to the calendar is a left one, no clock is lost on the way.
RUNG_DAYS = (
    """
rung_days AS MATERIALIZED (
    SELECT k.n, r.level, r.step, r.tells, r.is_urgent,
           array_position(ARRAY['half', 'nearing', 'due_today', 'overdue'], r.level::text) * 100000 + r.step AS height,
           CASE WHEN r.measure = 'days_late' AND r.amount = 0 THEN k.due_on + 1
                WHEN away.days = 0 THEN k.due_on
                WHEN day.date IS NOT NULL OR due.seq IS NULL OR coalesce(away.days, 1) > 0 THEN day.date
                ELSE (SELECT min(first.date) FROM workdays_calendarday first WHERE first.calendar_id = k.calendar_id)
           END AS reached_on
      FROM clocked k
     CROSS JOIN LATERAL (  -- fenced by OFFSET: joined openly, the planner expects one row and tries all with all
           SELECT * FROM issues_rung WHERE ladder_id = %(ladder)s AND clock = k.clock AND tier = k.tier OFFSET 0
           ) r
      LEFT JOIN workdays_calendarday due ON due.calendar_id = k.calendar_id AND due.date = k.due_on
      LEFT JOIN workdays_calendarday since ON since.calendar_id = k.calendar_id AND since.date = k.counted_from
     CROSS JOIN LATERAL (
           SELECT CASE r.measure WHEN 'days_late' THEN r.amount WHEN 'days_left' THEN - r.amount
                  ELSE - (coalesce(k.term, due.seq - since.seq)::int * r.amount / 100) END AS days
           ) away
      LEFT JOIN """
    + worked_day("day", calendar="k.calendar_id", seq="due.seq + away.days")
    + """
)"""
)
