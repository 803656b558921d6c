"""GET /api/v1/workdays/due/: the arithmetic for programs, with a token, a session, and nonsense."""

import pytest

from accounts.models import Role, Scope
from tests.api.calls import Caller, assert_problem, caller
from tests.factories import UserFactory
from workdays.calendar import current_calendar
from workdays.services import create_regional_calendar

pytestmark = pytest.mark.django_db

DUE = "workdays/due/"


@pytest.fixture
def ask():
    return caller(UserFactory(role=Role.API_CLIENT))


def test_the_answer_and_what_it_rests_on(ask):
    response = ask.get(DUE, start="2025-09-26", days="10")
    assert response.status_code == 200
    assert response.json() == {
        "start": "2025-09-26",
        "working_days": 10,
        "due_on": "2025-10-16",
        "provisional": False,
        "calendar": "CN",
        "revision": current_calendar().revision,
        "final_through": "2026-12-28",
    }


@pytest.mark.parametrize(
    ("start", "days", "due_on", "provisional"),
    [
        ("2026-11-16", "30", "2026-12-28", False),
        ("2026-12-08", "15", "2026-12-29", True),
        ("2026-12-18", "10", "2027-01-04", True),
        ("2026-10-04", "30", "2026-11-17", False),
    ],
)
def test_r13_provisional_from_the_29th_of_december(ask, start, days, due_on, provisional):
    answer = ask.get(DUE, start=start, days=days).json()
    assert (answer["due_on"], answer["provisional"]) == (due_on, provisional)


def test_the_days_one_by_one_when_asked_for(ask):
    days = ask.get(DUE, start="2025-09-26", days="3", list_days="true").json()["days"]
    assert days == [
        {"date": "2025-09-27", "kind": "weekend", "name": ""},
        {"date": "2025-09-28", "kind": "make_up", "name": "国庆节"},
        {"date": "2025-09-29", "kind": "counted", "name": ""},
        {"date": "2025-09-30", "kind": "counted", "name": ""},
    ]
    holiday = ask.get(DUE, start="2025-09-30", days="1", list_days="true").json()["days"][0]
    assert holiday == {"date": "2025-10-01", "kind": "holiday", "name": "国庆节"}
    assert "days" not in ask.get(DUE, start="2025-09-26", days="3", list_days="false").json()


def test_a_regional_calendar_by_its_code(ask):
    create_regional_calendar("GX", "广西")
    answer = ask.get(DUE, start="2025-09-26", days="10", calendar="GX").json()
    assert (answer["calendar"], answer["due_on"]) == ("GX", "2025-10-16")


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ({}, ["days", "start"]),
        ({"start": "2025-09-26"}, ["days"]),
        ({"start": "2025-02-30", "days": "10"}, ["start"]),
        ({"start": "20250926", "days": "10"}, ["start"]),
        ({"start": "２０２５-09-26", "days": "10"}, ["start"]),
        ({"start": "2025-09-26T10:00", "days": "10"}, ["start"]),
        ({"start": "2025-09-26\x00", "days": "10"}, ["start"]),
        ({"start": "2025-09-26", "days": "0"}, ["days"]),
        ({"start": "2025-09-26", "days": "-1"}, ["days"]),
        ({"start": "2025-09-26", "days": "1001"}, ["days"]),
        ({"start": "2025-09-26", "days": "99999999999999999999"}, ["days"]),
        ({"start": "2025-09-26", "days": "1_0"}, ["days"]),
        ({"start": "2025-09-26", "days": "１０"}, ["days"]),
        ({"start": "2025-09-26", "days": "1.5"}, ["days"]),
        ({"start": "2025-09-26", "days": "NaN"}, ["days"]),
        ({"start": "2025-09-26", "days": ["10", "15"]}, ["days"]),
        ({"start": "2025-09-26", "days": "10", "calendar": "XX"}, ["calendar"]),
        ({"start": "2025-09-26", "days": "10", "calendar": "' OR 1=1"}, ["calendar"]),
        ({"start": "2025-09-26", "days": "10", "calendar": "C\x00N"}, ["calendar"]),
        ({"start": "2025-09-26", "days": "10", "list_days": "yes"}, ["list_days"]),
        ({"start": "2025-09-26", "days": "10", "n": "10"}, ["n"]),
        ({"start": "2035-12-20", "days": "30"}, ["start"]),
        ({"start": "2022-12-31", "days": "10"}, ["start"]),
        ({"start": "0001-01-01", "days": "10"}, ["start"]),
        ({"start": "9999-12-31", "days": "1000"}, ["start"]),
    ],
)
def test_nonsense_and_what_lies_beyond_the_calendar_are_the_callers_fault(ask, query, fields):
    assert_problem(ask.get(DUE, **query), 400, *fields)


def test_any_scope_will_do_but_none_is_not_a_caller(client):
    assert (
        caller(UserFactory(role=Role.API_CLIENT), Scope.values[0]).get(DUE, start="2025-09-26", days="1").status_code
        == 200
    )
    client.force_login(UserFactory(role=Role.SYSTEM_ADMIN))
    assert Caller(client=client).get(DUE, start="2025-09-26", days="1").status_code == 200
    assert_problem(Caller().get(DUE, start="2025-09-26", days="1"), 401)
    assert_problem(Caller("nonsense").get(DUE, start="2025-09-26", days="1"), 401)


def test_it_is_only_read(ask):
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert_problem(ask(method, DUE, {}), 405)
