"""Any number of open issues with their ledger and alarms, in three statements: for benches and for tests of size."""

from datetime import date
from typing import Any

from django.db import connection

from config.clock import now
from issues.models import IssueCategory
from liaisons.models import Officer
from platforms.models import Platform
from workdays.models import NATIONAL, Calendar
from workdays.sql import worked_day

ISSUES = (
    """
INSERT INTO issues_issue (
    number, platform_id, officer_id, home_unit_id, lead_unit_id, handler_id, category_id, calendar_id, term_id, tier,
    nature, urgency, importance, grading_reason, text, version, raised_on, registered_at, updated_at, state, result,
    reply, is_confirmed_solved, confirmation, reopened_count, needs_review, counted_from, working_days, due_on,
    due_is_provisional, clock_due_on, nearing_on)
SELECT '9' || lpad(n::text, 10, '0'), %(platform)s, %(officer)s, %(unit)s, %(unit)s, %(handler)s, %(category)s,
       %(calendar)s, term.id, term.tier, '', 'normal', 'ordinary', '', repeat('设备进不了场，', 10), 1, start.date,
       %(now)s, %(now)s, 'accepted', '', '', false, '', 0, false, start.date, term.working_days, due.date,
       due.date > %(final)s, due.date, nearing.date
  FROM generate_series(1, %(count)s) n
  JOIN LATERAL (
    SELECT (ARRAY['B', 'C', 'D'])[1 + n %% 3] AS tier, %(first)s::date + (n / 3 %% %(days)s)::int AS raised_on
  ) one ON true
  JOIN (SELECT DISTINCT ON (tier) id, tier, working_days FROM issues_tierterm ORDER BY tier, valid_from DESC) term
       ON term.tier = one.tier
  JOIN workdays_calendarday start ON start.calendar_id = %(calendar)s AND start.date = one.raised_on
  JOIN """
    + worked_day("due", calendar="%(calendar)s", seq="start.seq + term.working_days")
    + """
  JOIN """
    + worked_day("nearing", calendar="%(calendar)s", seq="due.seq - 3")
    + """
"""
)
LEDGER = """
INSERT INTO issues_deadline (issue_id, clock, version, cause, counted_from, working_days, paused_days, due_on,
                             is_provisional, calendar_revision, reason, created_at)
SELECT id, 'statutory', 1, 'registered', counted_from, working_days, 0, due_on, due_is_provisional, %(revision)s, '',
       %(now)s
  FROM issues_issue WHERE number LIKE '9%%' AND length(number) = 11
"""
ALARMS = """
INSERT INTO issues_alarm (issue_id, clock, deadline_id, rings_on)
SELECT i.id, 'statutory', d.id, i.nearing_on
  FROM issues_issue i JOIN issues_deadline d ON d.issue_id = i.id AND d.version = 1
 WHERE i.number LIKE '9%%' AND length(i.number) = 11
"""


def make_open_issues(count: int, *, platform: Platform, officer: Officer, first: date, days: int) -> None:
    """`count` issues of tiers B, C and D in turn, raised one day after another over `days` days from `first` on.

    They are counted by the national calendar as it is. Raises ValueError where it does not reach far enough.
    """
    calendar = Calendar.objects.get(code=NATIONAL)
    revision, final_through = calendar.revisions.values_list("pk", "final_through").latest("pk")
    params: dict[str, Any] = {
        "count": count,
        "first": first,
        "days": days,
        "now": now(),
        "platform": platform.pk,
        "officer": officer.pk,
        "unit": officer.home_unit_id,
        "handler": officer.user_id,
        "category": IssueCategory.objects.values_list("pk", flat=True)[0],
        "calendar": calendar.pk,
        "revision": revision,
        "final": final_through,
    }
    with connection.cursor() as cursor:
        cursor.execute(ISSUES, params)
        if cursor.rowcount != count:
            raise ValueError(f"the calendar is too short: {cursor.rowcount} of {count} issues have a due date")
        cursor.execute(LEDGER, params)
        cursor.execute(ALARMS, params)
        cursor.execute("ANALYZE issues_issue, issues_deadline, issues_alarm, workdays_calendarday")
