"""The books of issues: the ledger, what is copied from it, the alarms, the warnings and the timeline agree."""

from collections.abc import Iterator
from typing import Any

from config.clock import now, today
from issues.models import WarningLadder
from issues.models.choices import SQL_ON_STATUTORY_CLOCK
from issues.reconcile_workflow import WORKFLOW
from issues.rung_days import RUNG_DAYS
from issues.running import RUNNING_CLOCKS
from notices.reconcile import Account, Finding, check
from workdays.sql import worked_day

SHANGHAI = "AT TIME ZONE 'Asia/Shanghai'"

# Which clock runs, by the state of `i`; null where none does.
CLOCK_IN_STATE = (
    f"CASE WHEN i.state = 'plan_confirmed' THEN 'plan' WHEN i.state IN ({SQL_ON_STATUTORY_CLOCK}) THEN 'statutory' END"
)

# The version of each clock that holds now.
NEWEST = """
newest AS MATERIALIZED (
    SELECT DISTINCT ON (issue_id, clock) * FROM issues_deadline ORDER BY issue_id, clock, version DESC
)"""

# What ends a run of the statutory clock.
SQL_STOPPING = "'plan_confirmed', 'suspended', 'resolved', 'merged', 'withdrawn'"

RUNNING = f"running AS MATERIALIZED ({RUNNING_CLOCKS})"

CURRENT = """
current AS MATERIALIZED (
    SELECT DISTINCT ON (calendar_id) calendar_id, id AS revision, final_through
      FROM workdays_calendarrevision ORDER BY calendar_id, id DESC
)"""

# The rungs of every version that some clock or warning stands on and that was counted by the calendar as it is now:
# by an older revision they may have lain elsewhere. `n` is the version.
RUNGS = (
    f"""{NEWEST}, {RUNNING}, {CURRENT}, clocked AS MATERIALIZED (
    SELECT d.id AS n, i.calendar_id, d.clock, i.tier, d.due_on, d.working_days AS term,
           CASE WHEN d.working_days IS NULL THEN d.counted_from ELSE d.due_on END AS counted_from
      FROM newest d
      JOIN issues_issue i ON i.id = d.issue_id
      JOIN current c ON c.calendar_id = i.calendar_id AND c.revision = d.calendar_revision
     WHERE d.cause <> 'kept_for_review'
), """
    + RUNG_DAYS
)

LEDGER = (
    Account(
        "versions-without-gap",
        "issue",
        "its {clock} clock has {count} versions, numbered {first} to {last}",
        """
        SELECT i.number AS id, d.clock, count(*) AS count, min(d.version) AS first, max(d.version) AS last
          FROM issues_deadline d JOIN issues_issue i ON i.id = d.issue_id
         GROUP BY i.number, d.clock
        HAVING min(d.version) <> 1 OR max(d.version) <> count(*)
         ORDER BY i.number, d.clock
        """,
    ),
    Account(
        "versions-name-the-one-before",
        "deadline",
        "version {version} of the {clock} clock of {number} says that {previous_due_on} came before; it was {was}",
        """
        SELECT * FROM (
            SELECT d.id, i.number, d.clock, d.version, d.previous_due_on,
                   lag(d.due_on) OVER (PARTITION BY d.issue_id, d.clock ORDER BY d.version) AS was
              FROM issues_deadline d JOIN issues_issue i ON i.id = d.issue_id
        ) chain WHERE previous_due_on IS DISTINCT FROM was ORDER BY id
        """,
    ),
    Account(
        "counted-as-the-calendar-says",
        "deadline",
        "{number}: {working_days} + {paused_days} working days after {counted_from} end on {counted}, not on {due_on} "
        "(provisional: {is_provisional})",
        f"""
        WITH {CURRENT}
        SELECT d.id, i.number, d.working_days, d.paused_days, d.counted_from, d.due_on, d.is_provisional,
               target.date AS counted
          FROM issues_deadline d
          JOIN issues_issue i ON i.id = d.issue_id
          JOIN current c ON c.calendar_id = i.calendar_id AND c.revision = d.calendar_revision
          LEFT JOIN workdays_calendarday start ON start.calendar_id = c.calendar_id AND start.date = d.counted_from
          LEFT JOIN {worked_day("target", calendar="c.calendar_id", seq="start.seq + d.working_days + d.paused_days")}
         WHERE d.working_days IS NOT NULL AND d.cause NOT IN ('kept_for_review', 'suspended')
           AND (d.due_on IS DISTINCT FROM target.date OR d.is_provisional <> (d.due_on > c.final_through))
         ORDER BY d.id
        """,
    ),
)

COPIES = (
    Account(
        "issue-follows-the-ledger",
        "issue",
        "it says {due_on}, {working_days} working days after {counted_from}; the ledger {ledger_due_on}",
        f"""
        WITH {NEWEST}
        SELECT i.number AS id, i.due_on, i.working_days, i.counted_from, d.due_on AS ledger_due_on
          FROM issues_issue i LEFT JOIN newest d ON d.issue_id = i.id AND d.clock = 'statutory'
         WHERE (i.due_on, i.counted_from, i.working_days) IS DISTINCT FROM (d.due_on, d.counted_from, d.working_days)
            OR i.due_is_provisional <> coalesce(d.is_provisional, false)
         ORDER BY i.number
        """,
    ),
    Account(
        "running-clock-follows-the-ledger",
        "issue",
        "its clock runs to {clock_due_on}; the ledger says {ledger_due_on}",
        f"""
        WITH {NEWEST}
        SELECT i.number AS id, i.clock_due_on, d.due_on AS ledger_due_on
          FROM issues_issue i
          LEFT JOIN newest d ON d.issue_id = i.id
           AND d.clock = {CLOCK_IN_STATE}
         WHERE i.clock_due_on IS DISTINCT FROM d.due_on
         ORDER BY i.number
        """,
    ),
    Account(
        "nearing-as-the-ladder-says",
        "issue",
        "it nears on {nearing_on}; the ladder says {expected}",
        f"""
        WITH {RUNGS}
        SELECT i.number AS id, i.nearing_on, coalesce(min(r.reached_on), k.due_on) AS expected
          FROM clocked k
          JOIN newest d ON d.id = k.n
          JOIN issues_issue i ON i.id = d.issue_id
           AND d.clock = {CLOCK_IN_STATE}
          LEFT JOIN rung_days r ON r.n = k.n AND r.level = 'nearing'
         WHERE %(ladder)s IS NOT NULL
         GROUP BY i.number, i.nearing_on, k.due_on
        HAVING i.nearing_on IS DISTINCT FROM coalesce(min(r.reached_on), k.due_on)
         ORDER BY i.number
        """,
    ),
    Account(
        "plan-follows-the-ledger",
        "issue",
        "its plan promises {promised_on}, first {first_promised_on}; the ledger {ledger_due_on}, first {ledger_first}",
        f"""
        WITH {NEWEST}
        SELECT i.number AS id, p.promised_on, p.first_promised_on, d.due_on AS ledger_due_on,
               first.due_on AS ledger_first
          FROM issues_issue i
          LEFT JOIN issues_solutionplan p ON p.issue_id = i.id
          LEFT JOIN newest d ON d.issue_id = i.id AND d.clock = 'plan'
          LEFT JOIN issues_deadline first ON first.issue_id = i.id AND first.clock = 'plan' AND first.version = 1
         WHERE (p.promised_on, p.first_promised_on) IS DISTINCT FROM (d.due_on, first.due_on)
            OR p.id IS NULL AND i.plan_confirmed_at IS NOT NULL
         ORDER BY i.number
        """,
    ),
    Account(
        "found-by-what-is-written",
        "issue",
        "a search does not look through its words as they are",
        """
        SELECT i.number AS id
          FROM issues_issue i
          LEFT JOIN issues_solutionplan p ON p.issue_id = i.id
          LEFT JOIN issues_issuesearch s ON s.issue_id = i.id
         WHERE s.said IS DISTINCT FROM
               concat_ws(chr(10), i.number, search_fold(i.text), search_fold(i.reply), '')
            OR s.planned IS DISTINCT FROM coalesce(search_fold(p.text), '')
         ORDER BY i.number
        """,
    ),
)

ALARMS = (
    Account(
        "no-alarm-without-a-clock",
        "issue",
        "an alarm rings on {rings_on} for its {clock} clock, which does not run",
        f"""
        WITH {RUNNING}
        SELECT i.number AS id, a.clock, a.rings_on
          FROM issues_alarm a JOIN issues_issue i ON i.id = a.issue_id
         WHERE NOT EXISTS (SELECT FROM running r WHERE r.issue_id = a.issue_id AND r.clock = a.clock)
         ORDER BY i.number, a.clock
        """,
    ),
    Account(
        "alarm-of-the-date-that-holds",
        "issue",
        "the alarm of its {clock} clock is set for {alarm_due_on}; the ledger says {due_on}",
        f"""
        WITH {NEWEST}
        SELECT i.number AS id, a.clock, d.due_on AS alarm_due_on, n.due_on
          FROM issues_alarm a
          JOIN issues_issue i ON i.id = a.issue_id
          JOIN issues_deadline d ON d.id = a.deadline_id
          LEFT JOIN newest n ON n.issue_id = a.issue_id AND n.clock = a.clock
         WHERE d.issue_id <> a.issue_id OR d.clock <> a.clock OR d.due_on IS DISTINCT FROM n.due_on
         ORDER BY i.number, a.clock
        """,
    ),
    Account(
        "every-rung-has-its-alarm",
        "issue",
        "its {clock} clock reaches {level} {step} on {reached_on}; the alarm rings on {rings_on}",
        f"""
        WITH {RUNGS}
        SELECT DISTINCT ON (i.number, d.clock) i.number AS id, d.clock, r.level, r.step, r.reached_on, a.rings_on
          FROM running
          JOIN newest d ON d.issue_id = running.issue_id AND d.clock = running.clock
          JOIN issues_issue i ON i.id = d.issue_id
          JOIN rung_days r ON r.n = d.id
          LEFT JOIN issues_alarm a ON a.issue_id = d.issue_id AND a.clock = d.clock
         WHERE (a.id IS NULL OR a.rings_on > greatest(r.reached_on, %(today)s))
           AND NOT EXISTS (SELECT FROM issues_warning w JOIN issues_deadline said ON said.id = w.deadline_id
                            WHERE said.issue_id = d.issue_id AND said.clock = d.clock AND said.due_on = d.due_on
                              AND w.level = r.level AND w.step = r.step)
         ORDER BY i.number, d.clock, r.reached_on
        """,
    ),
    Account(
        "no-alarm-overslept",
        "issue",
        "the alarm of its {clock} clock rang on {rings_on}, and the scan of {beat_at:%Y-%m-%d %H:%M %Z} left it",
        f"""
        WITH {NEWEST}
        SELECT i.number AS id, a.clock, a.rings_on, b.beat_at
          FROM issues_alarm a
          JOIN issues_issue i ON i.id = a.issue_id
          JOIN newest n ON n.issue_id = a.issue_id AND n.clock = a.clock
          JOIN notices_heartbeat b ON b.job = 'tick' AND a.rings_on <= (b.beat_at {SHANGHAI})::date
           AND n.created_at < b.beat_at - interval '5 minutes'
         ORDER BY i.number, a.clock
        """,
    ),
)

WARNINGS = (
    Account(
        "warning-of-its-own-issue",
        "warning",
        "it warns of {number} by a deadline of {other}",
        """
        SELECT w.id, i.number, other.number AS other
          FROM issues_warning w
          JOIN issues_deadline d ON d.id = w.deadline_id
          JOIN issues_issue i ON i.id = w.issue_id
          JOIN issues_issue other ON other.id = d.issue_id
         WHERE d.issue_id <> w.issue_id ORDER BY w.id
        """,
    ),
    Account(
        "no-level-twice",
        "deadline",
        "{level} {step} was announced {count} times",
        """
        SELECT deadline_id AS id, level, step, count(*) AS count FROM issues_warning
         GROUP BY deadline_id, level, step HAVING count(*) > 1 ORDER BY deadline_id, level, step
        """,
    ),
    Account(
        "warning-on-the-rungs-day",
        "warning",
        "{number}: {level} {step} is dated {reached_on} and was seen on {raised_on}; the ladder says {expected}",
        f"""
        WITH {RUNGS}
        SELECT w.id, i.number, w.level, w.step, w.reached_on, (w.raised_at {SHANGHAI})::date AS raised_on,
               r.reached_on AS expected
          FROM issues_warning w
          JOIN clocked k ON k.n = w.deadline_id
          JOIN issues_issue i ON i.id = w.issue_id
          LEFT JOIN rung_days r ON r.n = k.n AND r.level = w.level AND r.step = w.step
         WHERE w.raised_at >= %(ladder_since)s
           AND (w.reached_on IS DISTINCT FROM r.reached_on OR w.reached_on > (w.raised_at {SHANGHAI})::date)
           AND NOT EXISTS (SELECT FROM issues_event e JOIN issues_deadline d ON d.id = w.deadline_id
                            WHERE e.issue_id = w.issue_id AND e.kind = 'retiered' AND e.at > d.created_at)
         ORDER BY w.id
        """,
    ),
    Account(
        "notice-of-a-warning-that-stands",
        "notice",
        "it tells of {cause}, which is no warning",
        """
        SELECT n.id, n.cause
          FROM notices_notice n
         WHERE n.cause LIKE 'warning/%%'
           AND NOT EXISTS (SELECT FROM issues_warning w
                            WHERE n.cause = 'warning/' || w.deadline_id || '/' || w.level || '/' || w.step)
         ORDER BY n.id
        """,
    ),
    Account(
        "breach-as-the-ledger-says",
        "issue",
        "its first day late is {breached_on}; ledger and settlement say {expected}",
        f"""
        WITH chain AS (
            SELECT d.*, lead(d.created_at) OVER following AS next_at, lead(d.cause) OVER following AS next_cause
              FROM issues_deadline d WHERE d.clock = 'statutory'
            WINDOW following AS (PARTITION BY d.issue_id ORDER BY d.version)
        ), versions AS (  -- from when to when the statutory clock ran by which date; without an end it runs still
            SELECT d.issue_id, d.version, d.due_on, d.cause, d.created_at,
                   least(d.next_at, stopped.at) AS ended_at,
                   coalesce(d.next_cause, '') IN ('kept_for_review', 'calendar_revised') AS goes_on
              FROM chain d
              LEFT JOIN LATERAL (  -- by a plan, say, long before the next version: another tier, or a redo
                   SELECT min(e.at) AS at FROM issues_event e
                    WHERE e.issue_id = d.issue_id AND e.kind IN ({SQL_STOPPING})
                      AND e.id > (SELECT min(told.id) FROM issues_event told
                                   WHERE told.issue_id = d.issue_id AND told.deadline_id = d.id)
                   ) stopped ON true
        ), late AS (  -- what ended late was noted then; what is late and runs is noted by the next scan
            SELECT v.issue_id, v.version, v.due_on + 1 AS since,
                   v.ended_at IS NOT NULL AND NOT v.goes_on OR (v.due_on < (b.beat_at {SHANGHAI})::date
                                              AND v.created_at < b.beat_at - interval '5 minutes') AS is_noted
              FROM versions v LEFT JOIN notices_heartbeat b ON b.job = 'tick'
             WHERE v.cause <> 'suspended' AND v.due_on < (coalesce(v.ended_at, %(now)s) {SHANGHAI})::date
        ), first AS (
            SELECT DISTINCT ON (issue_id) * FROM late ORDER BY issue_id, version
        )
        SELECT i.number AS id, i.breached_on, f.since AS expected
          FROM issues_issue i LEFT JOIN first f ON f.issue_id = i.id
         WHERE i.breached_on IS DISTINCT FROM f.since AND (i.breached_on IS NOT NULL OR f.is_noted)
         ORDER BY i.number
        """,
    ),
)

# What a scan or a recalculation notes changes no state.
MOVES = "e.after <> '' AND e.kind NOT IN ('warned', 'acknowledged', 'calendar_revised')"

TIMELINE = (
    Account(
        "events-explain-the-state",
        "issue",
        "it is {state}; by its events it would be {told}",
        f"""
        SELECT i.number AS id, i.state, e.after AS told
          FROM issues_issue i
          LEFT JOIN (SELECT DISTINCT ON (e.issue_id) e.issue_id, e.after FROM issues_event e
                      WHERE {MOVES} ORDER BY e.issue_id, e.at DESC, e.id DESC) e ON e.issue_id = i.id
         WHERE e.after IS DISTINCT FROM i.state
         ORDER BY i.number
        """,
    ),
    Account(
        "events-follow-each-other",
        "event",
        "{number}: {kind} begins with {before}, the one before ended with {was}",
        f"""
        SELECT * FROM (
            SELECT e.id, i.number, e.kind, e.before,
                   coalesce(lag(e.after) OVER (PARTITION BY e.issue_id ORDER BY e.at, e.id), '') AS was
              FROM issues_event e JOIN issues_issue i ON i.id = e.issue_id WHERE {MOVES}
        ) chain WHERE before <> was ORDER BY id
        """,
    ),
    Account(
        "every-version-is-told",
        "deadline",
        "no event tells of version {version} of the {clock} clock of {number}",
        """
        SELECT d.id, i.number, d.clock, d.version
          FROM issues_deadline d JOIN issues_issue i ON i.id = d.issue_id
         WHERE NOT EXISTS (SELECT FROM issues_event e WHERE e.issue_id = d.issue_id AND e.deadline_id = d.id)
         ORDER BY d.id
        """,
    ),
    Account(
        "suspended-by-one-suspension",
        "issue",
        "it is {state} and has {count} open suspensions",
        """
        SELECT i.number AS id, i.state, count(s.id) AS count
          FROM issues_issue i LEFT JOIN issues_suspension s ON s.issue_id = i.id AND s.ended_on IS NULL
         GROUP BY i.number, i.state
        HAVING count(s.id) <> CASE i.state WHEN 'suspended' THEN 1 ELSE 0 END
         ORDER BY i.number
        """,
    ),
    Account(
        "decided-by-a-second-person",
        "request",
        "the {kind} asked for {number} is {state} and was not decided by a second person",
        """
        SELECT r.id, i.number, r.kind, r.state
          FROM issues_request r JOIN issues_issue i ON i.id = r.issue_id
         WHERE r.state IN ('approved', 'refused') AND (r.decided_by_id IS NULL OR r.decided_by_id = r.asked_by_id
                                         OR r.decided_at IS NULL OR r.decided_at < r.asked_at)
         ORDER BY r.id
        """,
    ),
)

ACCOUNTS = LEDGER + COPIES + ALARMS + WARNINGS + TIMELINE + WORKFLOW


def reconcile_issues() -> Iterator[Finding]:
    """Every row of this room that does not agree with the others."""
    return check(ACCOUNTS, {"now": now(), "today": today(), **_ladder_in_force()})


def _ladder_in_force() -> dict[str, Any]:
    """Until the first scan after a ladder came into force, alarms and dates stand by the one before: none is asked.

    Warnings are measured by the ladder that raised them: those since it was applied, all where there was no other.
    """
    ladders = list(WarningLadder.objects.filter(valid_from__lte=today()).order_by("-valid_from", "-pk")[:2])
    if not ladders or ladders[0].applied_at is None:
        return {"ladder": None, "ladder_since": None}
    ladder = ladders[0]
    return {"ladder": ladder.pk, "ladder_since": ladder.valid_from if len(ladders) == 1 else ladder.applied_at}
