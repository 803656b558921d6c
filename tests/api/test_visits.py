"""/api/v1/visits/: read, and logged from elsewhere exactly once."""

import uuid
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Role
from issues.models import Issue
from tests.api.calls import Caller, assert_problem, caller
from tests.factories import CategoryFactory, PlatformFactory, UserFactory, make_visit
from visits.models import Visit
from visits.services import Need


def body(platform, /, **fields):
    return {
        "client_id": str(uuid.uuid4()),
        "platform": platform.pk,
        "visited_on": "2026-10-14",
        "mode": "on_site",
        "text": "看了新装修的振动试验间。",
        **fields,
    }


def issue(**fields):
    return {"tier": "B", "category": CategoryFactory().code, "text": "消防验收迟迟没有通过", **fields}


FULL = {
    "is_reached": True,
    "people_met": "王主任",
    "companions": "小李",
    "needs": [{"domain": "talent", "difficulty": "招不到人", "need": ""}, {"domain": "transfer", "need": "找合作方"}],
}


def test_a_visit_is_logged_with_its_needs_and_issues(world):
    call, platform = caller(world.east.user), world.east.platform
    issues = [issue(tier="A", answer="可以直接办", platform_agrees=True), issue(), issue(tier="C", urgency="urgent")]
    sent = body(platform, **FULL, issues=issues)
    response = call.post("visits/", sent)
    assert response.status_code == 201, response.content
    visit = Visit.objects.get(client_id=sent["client_id"])
    assert response["Location"] == f"http://testserver/api/v1/visits/{visit.pk}/"
    first, second, third = Issue.objects.filter(visit=visit).order_by("pk")
    assert response.json() == {
        "id": visit.pk,
        "client_id": sent["client_id"],
        "platform": {"id": platform.pk, "code": platform.code, "name": platform.name},
        "officer": {"id": world.east.officer.pk, "name": world.east.user.name},
        "deputy": None,
        "visited_on": "2026-10-14",
        "mode": "on_site",
        "is_reached": True,
        "people_met": "王主任",
        "companions": "小李",
        "text": "看了新装修的振动试验间。",
        "created_at": "2026-10-15T04:00:00Z",
        "needs": [
            {"domain": "talent", "difficulty": "招不到人", "need": ""},
            {"domain": "transfer", "difficulty": "", "need": "找合作方"},
        ],
        "issues": [
            {"number": first.number, "tier": "A", "state": "confirmed", "due_on": None, "due_is_provisional": False},
            {
                "number": second.number,
                "tier": "B",
                "state": "accepted",
                "due_on": "2026-10-28",
                "due_is_provisional": False,
            },
            {
                "number": third.number,
                "tier": "C",
                "state": "graded",
                "due_on": "2026-11-04",
                "due_is_provisional": False,
            },
        ],
    }
    assert (first.reply, first.is_confirmed_solved, third.urgency) == ("可以直接办", True, "urgent")
    assert call.get(f"visits/{visit.pk}/").json() == response.json()
    assert call.rows("visits/")[0] == response.json()


def test_a_repeat_gives_the_first_result_again_and_writes_nothing(world):
    call = caller(world.east.user)
    sent = body(world.east.platform, issues=[issue()])
    first = call.post("visits/", sent)
    again = call.post("visits/", {**sent, "text": "另一段话", "issues": []})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert Visit.objects.filter(client_id=sent["client_id"]).count() == 1
    assert Issue.objects.filter(visit=first.json()["id"]).count() == 1


def test_somebody_elses_client_id_gives_nothing_away(world):
    sent = body(world.east.platform)
    assert caller(world.east.user).post("visits/", sent).status_code == 201
    stolen = {**body(world.west.platform), "client_id": sent["client_id"]}
    assert_problem(caller(world.west.user).post("visits/", stolen), 400, "client_id")


def test_the_bureau_logs_in_the_officers_name(world):
    response = caller(UserFactory(role=Role.BUREAU_STAFF)).post("visits/", body(world.east.platform))
    assert response.status_code == 201
    assert response.json()["officer"]["id"] == world.east.officer.pk


@pytest.mark.parametrize(
    "role", [Role.LEADER, Role.COMMISSION_OFFICE, Role.API_CLIENT, Role.UNIT_HEAD, Role.AUDIT_ADMIN]
)
def test_who_logs_no_visits_is_refused_whatever_the_body(world, role):
    user = UserFactory(role=role, unit=world.east.unit)
    for sent in (body(world.east.platform), None):
        assert_problem(caller(user).post("visits/", sent), 403)
    assert Visit.objects.count() == 2


def test_a_session_may_log_a_visit_too(world, sign_in):
    assert Caller(client=sign_in(world.east.user)).post("visits/", body(world.east.platform)).status_code == 201


def test_a_platform_of_somebody_else_and_one_that_does_not_exist_are_the_same_refusal(world):
    call = caller(world.east.user)
    foreign = assert_problem(call.post("visits/", body(world.west.platform)), 400, "platform")
    absent = assert_problem(call.post("visits/", {**body(world.west.platform), "platform": 999999}), 400, "platform")
    assert foreign == absent
    assert foreign["errors"]["platform"] == ["您只能为自己联点的平台记录联系。"]


def test_a_platform_without_an_officer_takes_no_visit(world):
    call = caller(UserFactory(role=Role.BUREAU_STAFF))
    assert_problem(call.post("visits/", body(PlatformFactory())), 400, "platform")


def test_an_empty_body_names_every_field_that_is_missing(world):
    call = caller(world.east.user)
    for sent in (b"{}", b""):
        assert_problem(call.post("visits/", sent), 400, "client_id", "mode", "platform", "text", "visited_on")


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"visited_on": "2026-10-16"}, ["visited_on"]),
        ({"visited_on": "2024-12-31"}, ["visited_on"]),
        ({"visited_on": "0001-01-01"}, ["visited_on"]),
        ({"visited_on": "2026-02-30"}, ["visited_on"]),
        ({"visited_on": "２０２６-10-14"}, ["visited_on"]),
        ({"visited_on": 20261014}, ["visited_on"]),
        ({"visited_on": "2026-10-14T12:00:00+18:58"}, ["visited_on"]),
        ({"mode": "telepathy"}, ["mode"]),
        ({"mode": None}, ["mode"]),
        ({"text": "   "}, ["text"]),
        ({"text": "\u200b\u202e\ufeff"}, ["text"]),
        ({"text": "字" * 5001}, ["text"]),
        ({"text": ["x"]}, ["text"]),
        ({"people_met": "字" * 201}, ["people_met"]),
        ({"platform": "1"}, ["platform"]),
        ({"platform": "１"}, ["platform"]),
        ({"platform": True}, ["platform"]),
        ({"platform": 2**63}, ["platform"]),
        ({"platform": 1e30}, ["platform"]),
        ({"platform": -1}, ["platform"]),
        ({"platform": 1.5}, ["platform"]),
        ({"client_id": "1"}, ["client_id"]),
        ({"client_id": -1}, ["client_id"]),
        ({"is_reached": "perhaps"}, ["is_reached"]),
        ({"needs": "x"}, ["needs"]),
        ({"needs": [{"domain": "money", "need": "x"}]}, ["needs.0.domain"]),
        ({"needs": [{"domain": "talent"}]}, ["needs.0"]),
        ({"needs": [{"domain": "talent", "need": "\u200b"}]}, ["needs.0"]),
        ({"needs": [{"domain": "talent", "need": "x"}, {"domain": "talent", "need": "y"}]}, ["needs"]),
        ({"issues": {"tier": "B"}}, ["issues"]),
        ({"issues": ["x"]}, ["issues.0"]),
        ({"issues": [{}]}, ["issues.0.category", "issues.0.text", "issues.0.tier"]),
    ],
)
def test_each_wrong_field_is_named_and_nothing_is_written(world, fields, named):
    assert_problem(caller(world.east.user).post("visits/", body(world.east.platform, **fields)), 400, *named)
    assert Visit.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"tier": "E"}, "tier"),
        ({"tier": "b"}, "tier"),
        ({"text": ""}, "text"),
        ({"text": "\u200b"}, "text"),
        ({"text": "字" * 2001}, "text"),
        ({"category": "NONE"}, "category"),
        ({"category": 7}, "category"),
        ({"tier": "A"}, "answer"),
        ({"tier": "A", "answer": "\u200b"}, "answer"),
        ({"answer": "好"}, "answer"),
        ({"platform_agrees": True}, "answer"),
        ({"nature": "x"}, "nature"),
        ({"urgency": None}, "urgency"),
    ],
)
def test_a_wrong_issue_is_named_by_its_place_and_stops_the_whole_visit(world, fields, named):
    sent = body(world.east.platform, issues=[issue(), issue(**fields)])
    assert_problem(caller(world.east.user).post("visits/", sent), 400, f"issues.1.{named}")
    assert Visit.objects.count() == 2
    assert Issue.objects.count() == 2


def test_too_many_issues_at_once_are_refused(world):
    sent = body(world.east.platform, issues=[issue()] * 51)
    assert_problem(caller(world.east.user).post("visits/", sent), 400, "issues")


def test_a_visit_costs_the_same_statements_with_1_issue_and_30(world):
    call, platform = caller(world.east.user), world.east.platform

    def statements(issues):
        with CaptureQueriesContext(connection) as captured:
            assert call.post("visits/", body(platform, **FULL, issues=[issue()] * issues)).status_code == 201
        return len(captured)

    statements(1)
    assert statements(1) == statements(30)


def test_issues_of_a_visit_are_shown_as_far_as_the_caller_may_see_them(world):
    sent = body(world.east.platform, issues=[issue()])
    visit = caller(world.east.user).post("visits/", sent).json()
    competent = UserFactory(role=Role.UNIT_HEAD, unit=world.east.platform.competent_unit)
    row = caller(competent).get(f"visits/{visit['id']}/").json()
    assert (row["id"], row["issues"]) == (visit["id"], [])


@pytest.fixture
def shelf(world):
    east, west = world.east, world.west
    return {
        "east": east.visit,
        "west": west.visit,
        "phone": make_visit(east.officer, platform=east.platform, mode="phone", visited_on=date(2026, 9, 1), needs={}),
        "missed": make_visit(
            east.officer,
            platform=east.platform,
            mode="phone",
            visited_on=date(2026, 9, 2),
            is_reached=False,
            needs={"talent": Need(need="x")},
            text="没有接通",
        ),
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["missed", "phone", "west", "east"]),
        ({"mode": "phone"}, ["missed", "phone"]),
        ({"reached": "false"}, ["missed"]),
        ({"reached": "true", "mode": "phone"}, ["phone"]),
        ({"need": "talent"}, ["missed"]),
        ({"need": "conditions"}, ["west", "east"]),
        ({"visited_from": "2026-09-02", "visited_to": "2026-10-14"}, ["missed"]),
        ({"visited_to": "2026-09-01"}, ["phone"]),
        ({"q": "接通"}, ["missed"]),
        ({"logged_since": "2026-10-15T04:00:00Z"}, ["missed", "phone", "west", "east"]),
        ({"logged_since": "2026-10-15T12:00:01+08:00"}, []),
    ],
)
def test_each_filter_gives_exactly_its_rows(shelf, query, expected):
    rows = caller(UserFactory(role=Role.LEADER)).rows("visits/", **query)
    assert [row["id"] for row in rows] == [shelf[name].pk for name in expected]


def test_visits_are_filtered_by_platform_and_officer(shelf, world):
    call = caller(UserFactory(role=Role.LEADER))
    for query in ({"platform": world.west.platform.pk}, {"officer": world.west.officer.pk}):
        assert [row["id"] for row in call.rows("visits/", **query)] == [shelf["west"].pk]
    assert_problem(caller(world.east.user).get("visits/", platform=world.west.platform.pk), 400, "platform")


@pytest.mark.parametrize("query", [{"mode": "x"}, {"reached": "x"}, {"visited_from": "x"}, {"since": "2026-10-01"}])
def test_what_a_filter_does_not_know_is_refused_by_name(world, query):
    assert_problem(caller(world.east.user).get("visits/", **query), 400, *query)


def test_a_list_costs_the_same_statements_for_1_row_and_30(world, django_assert_num_queries):
    call = caller(world.east.user)
    call.rows("visits/")
    with django_assert_num_queries(4):
        assert len(call.rows("visits/")) == 1
    for _ in range(29):
        make_visit(world.east.officer, platform=world.east.platform)
    with django_assert_num_queries(4):
        assert len(call.rows("visits/")) == 30
