"""GET platforms/{id}/responsible/ and issues/{number}/handler/: R3 for programs."""

from datetime import date

import pytest

from config.clock import frozen
from issues.handovers.services import accept_case, ask_case
from liaisons.absences import arrange
from tests.api.calls import assert_problem, caller
from tests.factories import OfficerFactory, UserFactory


@pytest.fixture
def east(world):
    return world.east


def test_a_platform_answers_for_any_day(world, east):
    deputy, day = OfficerFactory(), date(2026, 10, 20)
    arrange(officer=east.officer, deputy=deputy, starts_on=day, ends_on=day, reason="休假", actor=east.user)
    call, path = caller(east.user), f"platforms/{east.platform.pk}/responsible/"
    officer = {"id": east.officer.pk, "name": east.user.name}
    assert call.get(path).json() == {"on": "2026-10-15", "officer": officer, "deputy": None}
    assert call.get(path, on="2026-10-20").json()["deputy"] == {"id": deputy.pk, "name": deputy.user.name}
    assert call.get(path, on="2025-06-10").json() == {"on": "2025-06-10", "officer": None, "deputy": None}


def test_an_issue_answers_for_any_day(world, east):
    other = UserFactory(unit=east.unit)
    with frozen("2026-10-19T09:00"):
        accept_case(ask_case(east.issue, receiver=other, reason="调整", actor=east.user), actor=other)
    call, path = caller(east.user), f"issues/{east.issue.number}/handler/"
    answers = {day: call.get(path, on=f"2026-10-{day}").json()["handler"] for day in (14, 15, 18, 19)}
    assert answers == {14: None, 15: east.user.name, 18: east.user.name, 19: other.name}


@pytest.mark.parametrize("path", ["platforms/{0.platform.pk}/responsible/", "issues/{0.issue.number}/handler/"])
def test_scope_token_and_query_are_those_of_the_house(path, world, east):
    path = path.format(east)
    assert_problem(caller(world.west.user).get(path), 404)
    assert_problem(caller(east.user, "visits:read").get(path), 403)
    assert_problem(caller(east.user)("POST", path, {}), 405)
    for on in ("yesterday", "2026-02-30", "２０２６-10-15", ""):
        assert_problem(caller(east.user).get(path, on=on), 400, "on")
    assert_problem(caller(east.user).get(path, at="2026-10-15"), 400, "at")
    assert caller(east.client).get(path).status_code == 200


def test_numbers_beyond_any_row_are_not_found(world, east):
    assert_problem(caller(east.user).get(f"platforms/{10**30}/responsible/"), 404)
