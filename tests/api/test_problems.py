"""One shape for every fault, from wherever it comes: DRF, a service, Django itself, or a mistake of ours."""

from unittest import mock

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError
from rest_framework.exceptions import Throttled

from config.api.problems import problem_of
from issues.services import MoveRefused
from tests.api.calls import JSON, PROBLEM, Caller, assert_problem, caller
from workdays.calendar import CalendarCoverageError


@pytest.fixture
def call(world):
    return caller(world.east.user)


def failing(error):
    return mock.patch("issues.api.IssueViewSet.get_queryset", side_effect=error)


def test_the_shape_of_a_problem(call):
    assert call.get("issues/", tiers="A").json() == {
        "type": "urn:liandian:problem:invalid",
        "title": "请求内容有误",
        "status": 400,
        "detail": "请按提示修改后重新提交。",
        "instance": "/api/v1/issues/",
        "errors": {"tiers": ["没有这个查询参数。"]},
    }


@pytest.mark.parametrize(
    "path", ["/api/", "/api/v1/", "/api/v1/nothing/", "/api/v1/issues", "/api/%00/%ff/", "/api/v2/issues/"]
)
def test_an_address_that_does_not_exist(call, path):
    assert_problem(call.get(path), 404)


def test_a_write_without_the_last_slash_is_refused_and_not_redirected_to_a_list(call):
    assert_problem(call.post("/api/v1/visits", {}), 404)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "issues/"),
        ("DELETE", "issues/2026-000001/"),
        ("PUT", "visits/1/"),
        ("PATCH", "units/1/"),
        ("OPTIONS", "issues/"),
        ("TRACE", "issues/"),
        ("BREW", "issues/"),
        ("POST", "schema/"),
        ("POST", "docs/"),
    ],
)
def test_a_method_that_is_not_offered(call, method, path):
    response = call(method, path)
    assert_problem(response, 405)
    assert "GET" in response["Allow"]


@pytest.mark.parametrize("accept", ["text/csv", "application/xml", "image/*"])
def test_an_answer_in_another_format_is_not_to_be_had(call, accept):
    assert_problem(call("GET", "issues/", headers={"accept": accept}), 406)


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "x", "\xff"]
)
def test_a_body_in_another_format_is_not_read(call, content_type):
    response = call.client.generic("POST", "/api/v1/visits/", b"extra=null", content_type, headers=call.headers)
    assert_problem(response, 415)


def test_a_form_with_files_is_not_read(call):
    response = call.client.post("/api/v1/visits/", {"extra": "null"}, headers=call.headers)
    assert_problem(response, 415)


def test_a_refused_move_is_a_conflict(call):
    with failing(MoveRefused("这个问题已经办结。")):
        problem = assert_problem(call.get("issues/"), 409)
    assert (problem["type"], problem["detail"]) == ("urn:liandian:problem:conflict", "这个问题已经办结。")


def test_what_a_service_refuses_is_named_by_field(call):
    with failing(ValidationError({"text": "请写明平台说的问题。", "__all__": ["a", "b"]})):
        problem = assert_problem(call.get("issues/"), 400, "non_field_errors", "text")
    assert problem["errors"] == {"text": ["请写明平台说的问题。"], "non_field_errors": ["a", "b"]}
    with failing(ValidationError("不行。")):
        assert call.get("issues/").json()["errors"] == {"non_field_errors": ["不行。"]}


def test_too_many_calls_say_when_to_come_again(call):
    with failing(Throttled(wait=7)):
        response = call.get("issues/")
    assert_problem(response, 429)
    assert response["Retry-After"] == "7"


@pytest.mark.parametrize("error", [OperationalError("gone"), CalendarCoverageError("ends")])
def test_what_passes_by_itself_says_when_to_come_again(call, error):
    with failing(error):
        response = call.get("issues/")
    assert_problem(response, 503)
    assert response["Retry-After"] == "5"
    assert str(error) not in response.content.decode()


def test_a_mistake_of_ours_is_a_problem_too_and_tells_nothing_of_itself(call):
    with failing(ZeroDivisionError("secret")):
        response = call.get("issues/")
    assert_problem(response, 500)
    assert b"secret" not in response.content


def test_a_mistake_before_any_view_is_a_problem_too(call):
    with mock.patch("django.middleware.locale.LocaleMiddleware.process_request", side_effect=ZeroDivisionError):
        assert_problem(call.get("issues/"), 500)
    with mock.patch("django.middleware.locale.LocaleMiddleware.process_request", side_effect=OperationalError):
        assert_problem(call.get("issues/"), 503)


def test_a_host_that_is_not_ours_is_a_problem(call):
    assert_problem(call("GET", "issues/", headers={"host": "evil.example"}), 400)


def test_too_many_parameters_are_a_problem(call):
    assert_problem(call.get("issues/?" + "&".join("a=1" for _ in range(2001))), 400)


def test_pages_keep_their_own_error_pages(client, db):
    client.raise_request_exception = False
    response = client.get("/nothing-here/")
    assert (response.status_code, response["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert client.get("/", headers={"host": "evil.example"})["Content-Type"].startswith("text/html")


def test_a_page_whose_database_is_away_says_when_to_come_again(client, db):
    client.raise_request_exception = False
    with mock.patch("django.middleware.locale.LocaleMiddleware.process_request", side_effect=OperationalError):
        response = client.get("/sign-in/")
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert response["Content-Type"].startswith("text/html")


def test_accepting_problems_only_is_accepting_json(call):
    assert call("GET", "issues/", headers={"accept": f"{JSON}, {PROBLEM}"}).status_code == 200


def test_a_fault_of_ours_is_no_problem_of_the_callers():
    assert problem_of(ZeroDivisionError()) is None


def test_the_head_of_a_list_has_no_body(call):
    response = call("HEAD", "issues/")
    assert (response.status_code, response.content) == (200, b"")


def test_without_a_token_the_language_is_chinese_unless_asked_otherwise(db):
    assert Caller().get("issues/").json()["title"] == "没有有效的登录或令牌"
