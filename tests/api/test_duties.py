"""GET /api/v1/duties/."""

from datetime import date

import pytest

from accounts.models import Role
from liaisons.duties import waive_first_visit, write_duties
from liaisons.models import Duty, DutyKind
from liaisons.services import end_assignment
from tests.api.calls import assert_problem, caller
from tests.factories import AssignmentFactory, UserFactory


@pytest.fixture
def duties(world):
    """The assignments are of 2025-06-11, the visits on site of today."""
    write_duties()
    return Duty.objects.order_by("pk")


@pytest.fixture
def staff(db):
    return caller(UserFactory(role=Role.BUREAU_STAFF))


def test_a_duty_says_whose_it_is_by_when_and_what_met_it(world, duties, staff):
    platform, officer = world.east.platform, world.east.officer
    (row,) = staff.rows("duties/", platform=platform.pk, kind="quarterly_contact", due_from="2026-10-01")
    duty = duties.get(platform=platform, due_on="2026-12-31")
    assert row == {
        "id": duty.pk,
        "kind": "quarterly_contact",
        "state": "met",
        "platform": {"id": platform.pk, "code": platform.code, "name": platform.name},
        "officer": {"id": officer.pk, "name": officer.user.name},
        "from_on": "2026-10-01",
        "due_on": "2026-12-31",
        "met_on": "2026-10-15",
        "met_by": world.east.visit.pk,
        "waived_on": None,
    }
    assert staff.get(f"duties/{duty.pk}/").json() == row


def test_without_an_officer_a_contact_is_nobodys(world, duties, staff):
    gone = world.west.officer.assignments.get()
    end_assignment(assignment=gone, ended_on=date(2026, 10, 14), actor=None)
    (row,) = staff.rows("duties/", platform=world.west.platform.pk, due_from="2026-10-01")
    assert (row["state"], row["officer"]) == ("met", None)


def test_duties_are_filtered(world, duties, staff):
    east = world.east
    assert len(staff.rows("duties/")) == 2 * 8
    for query, kinds in (
        ({"unit": east.unit.pk, "state": ["met_late"]}, {"first_contact", "first_visit"}),
        ({"officer": east.officer.pk, "due_to": "2025-06-15"}, {"first_contact"}),
        ({"officer": east.officer.pk, "state": ["met_late", "met"]}, set(DutyKind)),
        ({"platform": east.platform.pk, "todo": "true"}, set()),
        ({"district": east.platform.district_id, "kind": "first_visit"}, {"first_visit"}),
    ):  # fmt: skip
        found = staff.rows("duties/", **query)
        assert {row["kind"] for row in found} == kinds, query
        if "district" not in query:
            assert {row["platform"]["id"] for row in found} <= {east.platform.pk}


def test_a_waived_visit_says_when(world, duties, staff):
    assignment = AssignmentFactory(started_on=date(2026, 10, 12), officer=world.east.officer)
    write_duties()
    duty = duties.get(assignment=assignment, kind="first_visit")
    waive_first_visit(duty, said_by="王小明", said_on=date(2026, 10, 14), channel="phone", actor=world.east.user)
    response = staff.get(f"duties/{duty.pk}/")
    assert (response.json()["state"], response.json()["waived_on"]) == ("waived", "2026-10-14")
    assert "王" not in response.content.decode()


def test_everybody_gets_the_duties_of_their_own_platforms(world, duties):
    for call in (caller(world.east.user), caller(world.east.client)):
        assert {row["platform"]["id"] for row in call.rows("duties/")} == {world.east.platform.pk}
        hidden = duties.filter(platform=world.west.platform)[0]
        assert_problem(call.get(f"duties/{hidden.pk}/"), 404)
    assert caller(UserFactory(role=Role.SYSTEM_ADMIN)).rows("duties/") == []


def test_nothing_is_written_here(world, duties, staff):
    assert_problem(staff.post("duties/", {}), 405)
    assert_problem(staff.post(f"duties/{duties[0].pk}/", {}), 405)


@pytest.mark.parametrize(
    "query", [{"kind": "x"}, {"state": "x"}, {"todo": "no"}, {"due_from": "2026-1-1x"}, {"unit": "１"}, {"q": "x"}]
)
def test_what_the_list_does_not_know_is_refused_by_name(duties, staff, query):
    assert_problem(staff.get("duties/", **query), 400, *query)


def test_a_list_costs_the_same_statements_for_8_rows_and_80(world, duties, staff, django_assert_num_queries):
    staff.rows("duties/")
    with django_assert_num_queries(3):
        assert len(staff.rows("duties/")) == 16
    for _ in range(20):
        AssignmentFactory(started_on=date(2026, 10, 12))
    write_duties()
    with django_assert_num_queries(3):
        assert len(staff.get("duties/", limit=200).json()["results"]) == 76
