"""Who gets what from each address: owner, outsider, reader, administrator, and tokens in every state."""

import pytest
from django.test import Client

from accounts.models import ApiToken, Role
from accounts.services import revoke_token
from config.clock import now
from tests.api.calls import Caller, assert_problem, caller
from tests.factories import UserFactory, disable

LISTS = ("units/", "platforms/", "officers/", "duties/", "visits/", "issues/", "issue-categories/")
CASES = ("platforms", "officers", "visits", "issues")
SCOPES = {
    "units/": "platforms:read",
    "platforms/": "platforms:read",
    "officers/": "platforms:read",
    "duties/": "platforms:read",
    "visits/": "visits:read",
    "issues/": "issues:read",
    "issue-categories/": "platforms:read",
}


def detail(kind, side):
    row = getattr(side, kind.removesuffix("s"))
    return f"{kind}/{row.number if kind == 'issues' else row.pk}/"


@pytest.mark.parametrize("kind", CASES)
def test_the_officer_sees_the_own_row_and_no_other(world, kind):
    call = caller(world.east.user)
    assert [row["id"] for row in call.rows(f"{kind}/")] == [getattr(world.east, kind.removesuffix("s")).pk]
    assert call.get(detail(kind, world.east)).status_code == 200
    assert_problem(call.get(detail(kind, world.west)), 404)


@pytest.mark.parametrize("kind", CASES)
def test_a_client_system_sees_what_its_unit_sees(world, kind):
    call = caller(world.east.client)
    assert [row["id"] for row in call.rows(f"{kind}/")] == [getattr(world.east, kind.removesuffix("s")).pk]
    assert_problem(call.get(detail(kind, world.west)), 404)


@pytest.mark.parametrize("kind", CASES)
def test_to_an_outsider_a_row_that_exists_and_one_that_does_not_are_the_same_answer(world, kind):
    call = caller(world.east.client)
    hidden = assert_problem(call.get(detail(kind, world.west)), 404)
    absent = assert_problem(call.get("issues/2026-999999/" if kind == "issues" else f"{kind}/999999/"), 404)
    hidden.pop("instance"), absent.pop("instance")
    assert hidden == absent


@pytest.mark.parametrize("role", [Role.BUREAU_STAFF, Role.COMMISSION_OFFICE, Role.LEADER])
@pytest.mark.parametrize("kind", CASES)
def test_who_sees_everything_sees_both(world, kind, role):
    call = caller(UserFactory(role=role, unit=world.office))
    assert len(call.rows(f"{kind}/")) == 2
    assert call.get(detail(kind, world.west)).status_code == 200


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN])
@pytest.mark.parametrize("path", ["units/", "platforms/", "officers/", "visits/", "issues/"])
def test_administrators_see_no_case(world, path, role):
    assert caller(UserFactory(role=role)).rows(path) == []


@pytest.mark.parametrize("path", LISTS)
def test_without_a_token_nothing_opens_and_the_answer_says_what_to_bring(world, path):
    one = "issues/2026-000001/" if path == "issues/" else f"{path}1/"
    for response in (Caller().get(path), Caller().get(one)):
        problem = assert_problem(response, 401)
        assert response["WWW-Authenticate"] == "Bearer"
        assert problem["type"] == "urn:liandian:problem:not-authenticated"


@pytest.mark.parametrize("path", LISTS)
def test_a_token_opens_what_its_scope_names_and_nothing_else(world, path):
    assert caller(world.east.user, SCOPES[path]).get(path).status_code == 200
    others = sorted(set(SCOPES.values()) - {SCOPES[path]})
    problem = assert_problem(caller(world.east.user, *others, "visits:write").get(path), 403)
    assert problem["detail"] == "令牌没有这项权限。"


def test_reading_visits_is_not_writing_them_and_the_other_way_round(world):
    assert_problem(caller(world.east.user, "visits:read").post("visits/", {}), 403)
    assert_problem(caller(world.east.user, "visits:write").get("visits/"), 403)


def test_an_expired_a_revoked_a_garbled_token_and_a_disabled_user_are_one_answer(world):
    def refused(call):
        response = call.get("issues/")
        assert response["WWW-Authenticate"] == "Bearer"
        return assert_problem(response, 401)

    revoked = caller(world.east.user)
    revoke_token(revoked.headers["authorization"].removeprefix("Bearer "))
    disabled = caller(world.west.user)
    disable(world.west.user)
    expired = caller(world.east.user)
    ApiToken.objects.filter(user=world.east.user).update(expiry=now())
    answers = [refused(call) for call in (revoked, disabled, expired, Caller("0" * 64), Caller(""), Caller("a b"))]
    assert answers == [answers[0]] * 6
    assert answers[0]["detail"] == "令牌无效或已过期。"


@pytest.mark.parametrize("header", ["Bearer \xff\xfe", "Bearer", "Bearer \0", "bearer " + "9" * 70_000])
def test_a_token_of_any_bytes_is_refused(world, header):
    assert_problem(Caller()("GET", "issues/", headers={"authorization": header}), 401)


def test_another_scheme_is_no_token(world):
    assert_problem(Caller()("GET", "issues/", headers={"authorization": "Basic dTpw"}), 401)


def test_a_token_remembers_the_day_of_its_last_use_with_one_write_a_day(world, django_assert_num_queries):
    call = caller(world.east.user)
    call.get("units/")
    assert str(ApiToken.objects.get(user=world.east.user).last_used_on) == "2026-10-15"
    with django_assert_num_queries(2):
        call.get("units/")


def test_a_person_signed_in_on_the_pages_may_read_without_a_token(world, sign_in):
    call = Caller(client=sign_in(world.east.user))
    assert [row["number"] for row in call.rows("issues/")] == [world.east.issue.number]


def test_a_write_by_session_needs_the_csrf_token(world):
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.east.user)
    problem = assert_problem(Caller(client=client).post("visits/", {}), 403)
    assert problem["detail"] == "缺少或不符的CSRF令牌。"
