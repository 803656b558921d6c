"""The books of contact duties: every assignment has its own, and each that is met was met by a visit that counts."""

from collections.abc import Iterator

from config.clock import now, today
from liaisons.duties import OWED
from notices.reconcile import Account, Finding, check

# What every assignment whose duties are written owes, by the statement that writes them. What the platform said of a
# first visit may have moved its day.
EXPECTED = f"""
given AS MATERIALIZED (
    SELECT id, platform_id, started_on, ended_on, NULL::date AS written_through, duties_through AS up_to
      FROM liaisons_assignment WHERE duties_through IS NOT NULL
), {OWED}"""

ACCOUNTS = (
    Account(
        "every-assignment-has-its-duties",
        "assignment",
        "it owes a {kind} by {due_on}, and no duty says so",
        f"""
        WITH {EXPECTED}
        SELECT o.assignment_id AS id, o.kind, o.due_on
          FROM owed o
         WHERE NOT EXISTS (SELECT FROM liaisons_duty d
                            WHERE d.kind = o.kind AND d.from_on = o.from_on
                              AND CASE o.kind WHEN 'quarterly_contact' THEN d.platform_id = o.platform_id
                                              ELSE d.assignment_id = o.assignment_id END)
         ORDER BY o.assignment_id, o.due_on
        """,
    ),
    Account(
        "duties-are-written",
        "assignment",
        "it began on {started_on}, its duties are written through {duties_through}, and no scan has looked for a day",
        """
        SELECT id, started_on, duties_through
          FROM liaisons_assignment
         WHERE created_at < %(now)s - interval '1 day'
           AND (duties_through IS NULL AND started_on < %(today)s
                OR duties_through < %(today)s::date - 1 AND (ended_on IS NULL OR ended_on > duties_through))
         ORDER BY id
        """,
    ),
    Account(
        "due-as-the-rule-says",
        "duty",
        "the {kind} is due on {due_on}; the rule says {expected}",
        f"""
        WITH {EXPECTED}
        SELECT d.id, d.kind, d.due_on, o.due_on AS expected
          FROM liaisons_duty d
          JOIN owed o ON o.assignment_id = d.assignment_id AND o.kind = d.kind AND o.from_on = d.from_on
         WHERE d.due_on <> o.due_on
           AND NOT EXISTS (SELECT FROM liaisons_platformword w WHERE w.duty_id = d.id AND d.due_on > o.due_on)
         ORDER BY d.id
        """,
    ),
    Account(
        "met-by-a-visit-that-counts",
        "duty",
        "the {kind} from {from_on} to {due_on} says it was met on {met_on}; its visit {visit_id} was on {visited_on} "
        "({mode}, reached: {is_reached})",
        """
        SELECT d.id, d.kind, d.from_on, d.due_on, d.met_on, v.id AS visit_id, v.visited_on, v.mode, v.is_reached
          FROM liaisons_duty d JOIN visits_visit v ON v.id = d.met_by_id
         WHERE v.platform_id <> d.platform_id OR v.visited_on <> d.met_on OR NOT v.is_reached
            OR v.visited_on < d.from_on OR d.kind = 'quarterly_contact' AND v.visited_on > d.due_on
            OR d.kind = 'first_visit' AND v.mode <> 'on_site'
         ORDER BY d.id
        """,
    ),
    Account(
        "no-contact-overlooked",
        "duty",
        "the {kind} from {from_on} to {due_on} says {met_on}; its platform was first contacted on {visited_on}",
        """
        SELECT d.id, d.kind, d.from_on, d.due_on, d.met_on, v.visited_on
          FROM liaisons_duty d
          JOIN liaisons_assignment a ON a.id = d.assignment_id
         CROSS JOIN LATERAL (
               SELECT min(v.visited_on) AS visited_on FROM visits_visit v
                WHERE v.platform_id = d.platform_id AND v.is_reached AND v.visited_on >= d.from_on
                  AND v.visited_on <= CASE d.kind WHEN 'quarterly_contact' THEN d.due_on
                                                  ELSE coalesce(a.ended_on, 'infinity') END
                  AND (d.kind <> 'first_visit' OR v.mode = 'on_site')
               ) v
         WHERE d.waived_on IS NULL AND (d.met_on IS NULL AND v.visited_on IS NOT NULL OR v.visited_on < d.met_on)
         ORDER BY d.id
        """,
    ),
    Account(
        "waived-by-the-platforms-last-word",
        "duty",
        "it says {waived_on}; the platform's last word is {says} of {said_on}",
        """
        SELECT d.id, d.waived_on, w.says, w.said_on
          FROM liaisons_duty d
          LEFT JOIN LATERAL (SELECT says, said_on FROM liaisons_platformword w WHERE w.duty_id = d.id
                              ORDER BY w.id DESC LIMIT 1) w ON true
         WHERE d.waived_on IS DISTINCT FROM CASE w.says WHEN 'not_needed' THEN w.said_on END
         ORDER BY d.id
        """,
    ),
)


def reconcile_duties() -> Iterator[Finding]:
    """Every duty, and every assignment, that does not agree with the others."""
    return check(ACCOUNTS, {"now": now(), "today": today()})
