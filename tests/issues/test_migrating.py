"""An installation from before the states were told apart keeps every issue and its books; and there is a way back.

Through the migrations 0006-0008, on real commits: what is written here are rows as the older program left them.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from issues.models import Issue, State
from issues.reconcile import reconcile_issues
from issues.services import confirm, refer, sign_for
from tests.issues.acts import fresh
from tests.issues.cast import BUILT, Cast, in_hands, in_state, make_cast, paused, planned, raised, referred, resolved

# The migration writes by the database's own clock, which is later than this.
pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.at("2025-06-11T12:00")]

BEFORE = [("issues", "0005_refuse_to_empty_the_ledger")]


@pytest.fixture
def leaves(committed: None) -> Iterator[Any]:
    """The newest migrations, to which the database returns whatever happens."""
    found = MigrationExecutor(connection).loader.graph.leaf_nodes()
    yield found
    migrate(found)


def migrate(targets: Any) -> None:
    MigrationExecutor(connection).migrate(targets)


def run(params: dict[str, Any], *statements: str) -> None:
    """As a replica: the ledger lets nobody rewrite its rows."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement, params)
        cursor.execute("SET session_replication_role = origin")


def rows(columns: str) -> dict[Any, Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, {columns} FROM issues_issue")  # noqa: S608 - the test's own words
        return {pk: values[0] if len(values) == 1 else values for pk, *values in cursor.fetchall()}


def every_state(cast: Cast) -> dict[str, Issue]:
    """One issue in each state, and what the older program has to say of it."""
    tiers = {State.REGISTERED: "", State.GRADED: "C", State.ASSIGNED: "C", State.RETURNED: "C"}
    return {state: in_state(cast, state, tiers.get(State(state), "B")) for state in BUILT}


def as_the_older_program_left_them(cast: Cast) -> dict[str, Issue]:
    """Issues of which `rewrite` makes what was there: one state, and plans for what nobody had signed for."""
    twice = in_hands(cast, "B")
    for unit, is_signed in (("lead", True), ("other", False)):
        refer(twice, unit=cast.units[unit], actor=cast.liaison)
        if is_signed:
            sign_for(twice, actor=cast.lead_head)
    spoken = resolved(cast, "B")
    confirm(spoken, actor=cast.liaison)
    return {
        "own": in_hands(cast, "B"),
        "waiting": raised(cast, "D"),
        "unsigned": referred(cast, "C"),
        "signed": in_hands(cast, "C"),
        "referred twice": fresh(twice),
        "planned unsigned": planned(referred(cast, "C"), actor=cast.lead_head),
        "paused unsigned": paused(cast, in_hands(cast, "C")),
        "resolved unsigned": resolved(cast, "C"),
        "agreed": fresh(spoken),
        "said nothing": resolved(cast, "B"),
        "on the spot": resolved(cast, "A"),
    }


def rewrite(issues: dict[str, Issue]) -> None:
    """Their timelines and referrals in the words of that time."""
    params = {
        "all": [issue.pk for issue in issues.values()],
        "unsigned": [issue.pk for name, issue in issues.items() if name.endswith(" unsigned")],
        "paused": issues["paused unsigned"].pk,
        "open": ["registered", "graded", "assigned", "accepted", "returned"],
    }
    run(
        params,
        "DELETE FROM issues_event WHERE issue_id = ANY (%(all)s) AND kind IN ('restated', 'confirmed')",
        "DELETE FROM issues_event WHERE issue_id = ANY (%(unsigned)s) AND kind = 'signed'",
        "UPDATE issues_referral SET signed_at = NULL, signed_by_id = NULL WHERE issue_id = ANY (%(unsigned)s)",
        "UPDATE issues_event SET before = 'open' WHERE issue_id = ANY (%(all)s) AND before = ANY (%(open)s)",
        "UPDATE issues_event SET after = 'open' WHERE issue_id = ANY (%(all)s) AND after = ANY (%(open)s)",
        # A pause stopped one clock; that of the signature went on.
        "INSERT INTO issues_alarm (issue_id, clock, deadline_id, rings_on) SELECT issue_id, 'sign', id, due_on"
        " FROM issues_deadline WHERE clock = 'sign' AND issue_id = %(paused)s",
    )


def test_back_to_the_older_program_and_forward_again_every_issue_is_told_and_the_books_balance(leaves):
    cast = make_cast()
    states, old = every_state(cast), as_the_older_program_left_them(cast)
    assert [finding.sentence for finding in reconcile_issues()] == []
    count = Issue.objects.count()

    migrate(BEFORE)

    told = rows("state")
    assert {state: told[issue.pk] for state, issue in states.items()} == {
        **dict.fromkeys(("registered", "graded", "assigned", "accepted", "returned"), "open"),
        "plan_confirmed": "plan_confirmed",
        "suspended": "suspended",
        **dict.fromkeys(("resolved", "confirmed", "closed", "merged", "withdrawn"), "resolved"),
    }
    assert rows("tier, due_on, clock_due_on")[states["registered"].pk] == ["A", None, None]
    assert {told[issue.pk] for name, issue in old.items() if "resolved" in name or name == "agreed"} == {"resolved"}

    rewrite(old)
    migrate(leaves)

    assert Issue.objects.count() == count
    assert {name: fresh(issue).state for name, issue in old.items()} == {
        "own": "accepted",
        "waiting": "graded",
        "unsigned": "assigned",
        "signed": "accepted",
        "referred twice": "assigned",
        "planned unsigned": "plan_confirmed",
        "paused unsigned": "suspended",
        "resolved unsigned": "resolved",
        "agreed": "confirmed",
        "said nothing": "resolved",
        "on the spot": "resolved",
    }
    agreed = fresh(old["agreed"])
    assert (agreed.confirmation, agreed.confirmed_at, agreed.is_confirmed_solved) == (
        "spoken",
        agreed.resolved_at,
        True,
    )
    assert old["paused unsigned"].suspensions.get().state_before == "accepted"
    holds = {
        name: list(issue.referrals.filter(ended_at=None).values_list("unit__code", flat=True))
        for name, issue in old.items()
    }
    assert {name: units for name, units in holds.items() if units} == {
        "unsigned": ["W-lead"],
        "signed": ["W-lead"],
        "referred twice": ["W-other"],
    }
    # There and back: what the older program could not say has become the nearest it could.
    again = {state: fresh(issue).state for state, issue in states.items()}
    assert {state: after for state, after in again.items() if state != after} == {
        "returned": "accepted",
        "closed": "confirmed",
        "merged": "resolved",
        "withdrawn": "resolved",
    }
    assert fresh(states["registered"]).tier == ""
    assert [(finding.account, finding.sentence) for finding in reconcile_issues()] == []
