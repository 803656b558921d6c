"""The books of the workflow: whose hands an issue is in, who answered and confirmed, and every step in the table."""

from issues.models import DONE, State
from issues.workflow.table import ROWS
from notices.reconcile import Account

SHANGHAI = "AT TIME ZONE 'Asia/Shanghai'"
SQL_DONE = ", ".join(f"'{state.value}'" for state in DONE)
# A referral that holds in these was signed for; in the others but ASSIGNED none holds.
SQL_SIGNED = ", ".join(f"'{state.value}'" for state in (State.ACCEPTED, State.PLAN_CONFIRMED, State.SUSPENDED, *DONE))

# Kind, before and after of every step of the table that changes the state.
SQL_STEPS = ", ".join(
    f"('{kind.value}', '{before}', '{after}')"
    for row in ROWS
    for kind in row.events
    for before in row.sources or ("",)
    for after in row.targets
)

HANDS = (
    Account(
        "referral-holds-while-a-unit-has-it",
        "issue",
        "it is {state}, led by {lead}; {count} referrals hold ({units}), signed for: {signed}",
        f"""
        SELECT i.number AS id, i.state, lead.code AS lead, count(r.id) AS count, string_agg(u.code, ', ') AS units,
               bool_and(r.signed_at IS NOT NULL) AS signed
          FROM issues_issue i
          JOIN accounts_unit lead ON lead.id = i.lead_unit_id
          LEFT JOIN issues_referral r ON r.issue_id = i.id AND r.ended_at IS NULL
          LEFT JOIN accounts_unit u ON u.id = r.unit_id
         GROUP BY i.number, i.state, i.lead_unit_id, lead.code
        HAVING count(r.id) > CASE WHEN i.state = 'assigned' OR i.state IN ({SQL_SIGNED}) THEN 1 ELSE 0 END
            OR i.state = 'assigned' AND count(r.id) = 0
            OR bool_or(r.unit_id <> i.lead_unit_id)
            OR bool_or(r.id IS NOT NULL AND (r.signed_at IS NULL) <> (i.state = 'assigned'))
         ORDER BY i.number
        """,
    ),
    Account(
        "returned-by-its-last-unit",
        "issue",
        "it is returned, and its last referral was not",
        """
        SELECT i.number AS id
          FROM issues_issue i
          LEFT JOIN (SELECT DISTINCT ON (issue_id) * FROM issues_referral ORDER BY issue_id, id DESC) r
            ON r.issue_id = i.id
         WHERE i.state = 'returned' AND r.returned_by_id IS NULL
         ORDER BY i.number
        """,
    ),
    Account(
        "supports-answered-before-the-resolution",
        "issue",
        "it was resolved at {resolved_at}; {unit} answered at {answered_at}",
        f"""
        SELECT DISTINCT ON (i.number) i.number AS id, i.resolved_at, u.code AS unit, p.answered_at
          FROM issues_issue i
          JOIN issues_supportpart p ON p.issue_id = i.id
          JOIN accounts_unit u ON u.id = p.unit_id
         WHERE i.state IN ({SQL_DONE}) AND (p.answered_at IS NULL OR p.answered_at > i.resolved_at)
           AND (p.released_at IS NULL OR p.released_at > i.resolved_at)  -- the others nobody waited for
         ORDER BY i.number, p.id
        """,
    ),
    Account(
        "merged-into-what-can-be-answered",
        "issue",
        "it went into {target}, which is {state}",
        """
        SELECT i.number AS id, target.number AS target, target.state
          FROM issues_issue i JOIN issues_issue target ON target.id = i.merged_into_id
         WHERE target.state IN ('merged', 'withdrawn')
         ORDER BY i.number
        """,
    ),
)

ROUNDS = (
    Account(
        "rounds-as-often-as-reopened",
        "issue",
        "it was reopened {reopened_count} times; {count} rounds are kept, numbered {first} to {last}",
        """
        SELECT i.number AS id, i.reopened_count, count(r.id) AS count, min(r.number) AS first, max(r.number) AS last
          FROM issues_issue i LEFT JOIN issues_round r ON r.issue_id = i.id
         GROUP BY i.number, i.reopened_count
        HAVING count(r.id) <> i.reopened_count OR min(r.number) <> 1 OR max(r.number) <> count(r.id)
         ORDER BY i.number
        """,
    ),
    Account(
        "reopened-with-a-fresh-term",
        "issue",
        "round {round} was reopened on {day}; no version of its statutory clock counts from then",
        f"""
        SELECT i.number AS id, r.number AS round, (r.reopened_at {SHANGHAI})::date AS day
          FROM issues_round r JOIN issues_issue i ON i.id = r.issue_id
         WHERE NOT EXISTS (SELECT FROM issues_deadline d
                            WHERE d.issue_id = r.issue_id AND d.clock = 'statutory' AND d.cause = 'reopened'
                              AND d.created_at = r.reopened_at
                              AND d.counted_from = (r.reopened_at {SHANGHAI})::date)
         ORDER BY i.number, r.number
        """,
    ),
    Account(
        "paused-as-the-suspensions-say",
        "deadline",
        "version {version} of {number} gives back {paused_days} days; the clock stood still for {stood}",
        """
        WITH newest AS MATERIALIZED (
            SELECT DISTINCT ON (issue_id) * FROM issues_deadline WHERE clock = 'statutory'
             ORDER BY issue_id, version DESC
        ), current AS MATERIALIZED (
            SELECT DISTINCT ON (calendar_id) calendar_id, id AS revision
              FROM workdays_calendarrevision ORDER BY calendar_id, id DESC
        ), stood AS (  -- in the present round: what an earlier one stood still was given back then
            SELECT d.id, sum(ended.seq - began.seq) AS days
              FROM newest d
              JOIN issues_issue i ON i.id = d.issue_id
              JOIN issues_suspension s ON s.issue_id = d.issue_id AND s.clock = 'statutory'
               AND s.began_on >= d.counted_from
              JOIN workdays_calendarday began ON began.calendar_id = i.calendar_id AND began.date = s.began_on
              JOIN workdays_calendarday ended ON ended.calendar_id = i.calendar_id AND ended.date = s.ended_on
             GROUP BY d.id
        )
        SELECT d.id, i.number, d.version, d.paused_days, coalesce(s.days, 0) AS stood
          FROM newest d
          JOIN issues_issue i ON i.id = d.issue_id
          JOIN current c ON c.calendar_id = i.calendar_id AND c.revision = d.calendar_revision
          LEFT JOIN stood s ON s.id = d.id
         WHERE d.working_days IS NOT NULL AND d.cause NOT IN ('kept_for_review', 'suspended')
           AND d.paused_days <> coalesce(s.days, 0)
         ORDER BY d.id
        """,
    ),
)

ASKED = (
    Account(
        "nothing-to-decide-off-the-list",
        "request",
        "{number} is {state}, and a request from {asked_at} still waits",
        """
        SELECT r.id, i.number, i.state, r.asked_at
          FROM issues_request r JOIN issues_issue i ON i.id = r.issue_id
         WHERE r.state = 'pending' AND i.state IN ('resolved', 'confirmed', 'closed', 'merged', 'withdrawn')
         ORDER BY r.id
        """,
    ),
)

WORDS = (
    Account(
        "confirmed-by-whose-word-it-says",
        "issue",
        "it is {state} since {confirmed_at} by the word '{confirmation}' (solved: {is_confirmed_solved}); "
        "its events say {kind} at {at}",
        """
        SELECT i.number AS id, i.state, i.confirmed_at, i.confirmation, i.is_confirmed_solved, e.kind, e.at
          FROM issues_issue i
          LEFT JOIN (SELECT DISTINCT ON (issue_id) * FROM issues_event
                      WHERE kind IN ('confirmed', 'unanswered', 'followed_up', 'restated') ORDER BY issue_id, id DESC) e
            ON e.issue_id = i.id
         WHERE i.state IN ('confirmed', 'closed')
           AND (e.id IS NULL OR (e.kind = 'unanswered') <> (i.confirmation = 'silent')
                OR i.confirmation = 'follow_up' AND e.kind <> 'followed_up'
                OR e.kind NOT IN ('restated', 'followed_up') AND e.at <> i.confirmed_at
                OR i.is_confirmed_solved <> (i.confirmation <> 'silent' AND i.result = 'solved')
                OR i.confirmed_at < i.resolved_at OR i.closed_at < i.confirmed_at)
         ORDER BY i.number
        """,
    ),
    Account(
        "silent-only-when-asked-twice",
        "event",
        "{number} was taken as unanswered at {at}, and nobody had asked again",
        """
        SELECT e.id, i.number, e.at
          FROM issues_event e JOIN issues_issue i ON i.id = e.issue_id
         WHERE e.kind = 'unanswered'
           AND NOT EXISTS (SELECT FROM issues_event a
                            WHERE a.issue_id = e.issue_id AND a.kind = 'asked_again' AND a.id < e.id
                              AND a.id > (SELECT max(r.id) FROM issues_event r
                                           WHERE r.issue_id = e.issue_id AND r.kind IN ('resolved', 'answered')
                                             AND r.id < e.id))
         ORDER BY e.id
        """,
    ),
    Account(
        "closed-by-another-hand",
        "issue",
        "{who} closed it and had handled it",
        """
        SELECT i.number AS id, u.username AS who
          FROM issues_issue i
          JOIN (SELECT DISTINCT ON (issue_id) * FROM issues_event WHERE kind = 'closed'
                 ORDER BY issue_id, id DESC) c ON c.issue_id = i.id
          JOIN accounts_user u ON u.id = c.actor_id
          LEFT JOIN (SELECT DISTINCT ON (issue_id) * FROM issues_event WHERE kind IN ('resolved', 'answered')
                      ORDER BY issue_id, id DESC) r ON r.issue_id = i.id
         WHERE i.state = 'closed' AND c.actor_id IN (i.handler_id, r.actor_id)
         ORDER BY i.number
        """,
    ),
    Account(
        "closed-with-every-supervision-answered",
        "issue",
        "it is closed; the supervision of {ordered_at} waits for its reply",
        """
        SELECT i.number AS id, s.ordered_at
          FROM issues_issue i JOIN issues_supervision s ON s.issue_id = i.id
         WHERE i.state = 'closed' AND s.replied_at IS NULL
         ORDER BY i.number
        """,
    ),
    Account(
        "every-step-is-in-the-table",
        "event",
        "{number}: {kind} leads from {before} to {after}, a step that the table of transitions does not know",
        # What was written before the states were told apart has a word of its own.
        f"""
        SELECT e.id, i.number, e.kind, e.before, e.after
          FROM issues_event e JOIN issues_issue i ON i.id = e.issue_id
         WHERE e.after <> '' AND e.before <> e.after
           AND e.kind NOT IN ('warned', 'acknowledged', 'calendar_revised', 'restated')
           AND 'open' NOT IN (e.before, e.after)
           AND (e.kind, e.before, e.after) NOT IN (VALUES {SQL_STEPS})
         ORDER BY e.id
        """,
    ),
)

WORKFLOW = HANDS + ROUNDS + ASKED + WORDS
