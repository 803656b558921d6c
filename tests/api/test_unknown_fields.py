"""A field that an operation does not have is refused by its name: ignored, its caller would take 200 for a yes."""

import uuid
from datetime import date

import pytest

from accounts.bodies import BodySerializer
from accounts.models import Role
from config.api.docs import schema
from issues.api_moves import asked_by
from issues.models import Issue
from issues.plays import PLAYS
from issues.services import ask_for_extension
from tests.api.calls import assert_problem, caller
from tests.factories import CategoryFactory, UserFactory, make_issue
from tests.issues.acts import fresh
from visits.models import Visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit(world):
    return {
        "client_id": str(uuid.uuid4()),
        "platform": world.east.platform.pk,
        "visited_on": "2026-10-14",
        "mode": "phone",
        "text": "x",
        "needs": [{"domain": "talent", "difficulty": "x"}],
        "issues": [{"tier": "A", "category": CategoryFactory().code, "text": "x", "answer": "x"}],
    }


def test_a_visit_and_its_parts(world, visit):
    call, (need,), (issue,) = caller(world.east.user), visit["needs"], visit["issues"]
    before = Visit.objects.count()
    for body, place in (
        ({**visit, "state": "closed"}, "state"),
        ({**visit, "needs": [{**need, "weight": 3}]}, "needs.0.weight"),
        ({**visit, "issues": [issue, {**issue, "due_on": "2030-01-01"}]}, "issues.1.due_on"),
    ):
        problem = assert_problem(call.post("visits/", body), 400, place)
        assert problem["errors"] == {place: ["没有这个字段。"]}
    assert Visit.objects.count() == before
    assert call.post("visits/", visit).status_code == 201


def test_a_request_and_what_is_wrong_with_its_other_fields(world):
    call, before = caller(world.east.user), Issue.objects.count()
    known = {"client_id": str(uuid.uuid4()), "platform": world.east.platform.pk, "category": CategoryFactory().code}
    body = {**known, "text": "x", "tier": "D"}
    assert_problem(call.post("issues/", body), 400, "tier")
    assert_problem(call.post("issues/", {**body, "text": ""}), 400, "text", "tier")
    assert Issue.objects.count() == before


def test_a_correction_changes_no_state(officer):
    issue, call = make_issue(officer), caller(officer.user)
    body = {"text": "改过的话", "state": "closed", "tier": "D"}
    answer = call("POST", f"issues/{issue.number}/edit/", body, {"If-Match": '"1"'})
    assert_problem(answer, 400, "state", "tier")
    assert (fresh(issue).text, fresh(issue).version) == (issue.text, 1)


def test_a_decision(officer):
    issue = make_issue(officer)
    call = caller(UserFactory(role=Role.UNIT_HEAD, unit=officer.home_unit))
    asked = ask_for_extension(issue, until=date(2026, 11, 5), reason="等评审会排期。", actor=officer.user)
    answer = call(
        "POST",
        f"issues/{issue.number}/requests/{asked.pk}/",
        {"approve": True, "until": "2030-01-01"},
        {"If-Match": '"2"'},
    )
    assert_problem(answer, 400, "until")


@pytest.mark.parametrize("action", PLAYS)
def test_every_move(action):
    body = asked_by(PLAYS[action].form, "Move")(data={"nonsense": 1})
    assert not body.is_valid()
    assert body.errors["nonsense"] == ["没有这个字段。"]


def test_the_answer_does_not_grow_with_what_was_sent():
    body = BodySerializer(data={f"{number}{'x' * 1000}": 1 for number in range(1000)})
    assert not body.is_valid()
    assert (len(body.errors), {len(name) for name in body.errors}) == (20, {100})


def test_the_document_closes_every_body():
    document = schema("zh-hans")

    def objects(node):
        if isinstance(node, list):
            return [found for part in node for found in objects(part)]
        if not isinstance(node, dict):
            return []
        here = [node] if node.get("type") == "object" else []
        if "$ref" in node:
            return objects(document["components"]["schemas"][node["$ref"].rpartition("/")[2]])
        return here + [found for part in node.values() for found in objects(part)]

    bodies = [
        (operation["operationId"], objects(operation["requestBody"]))
        for methods in document["paths"].values()
        for method, operation in methods.items()
        if "requestBody" in operation
    ]
    assert len(bodies) >= len(PLAYS)
    for name, found in bodies:
        assert found, name
        assert all(each.get("additionalProperties") is False for each in found), name
