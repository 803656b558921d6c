"""The OpenAPI document: valid, stable, and true: every answer is held to it."""

import re
from io import StringIO

import pytest
from django.core.management import call_command
from drf_spectacular.validation import validate_schema
from jsonschema import Draft202012Validator

from accounts.models import Role
from config.api.docs import schema
from issues.plays import PLAYS
from issues.services import confirm_plan
from liaisons.duties import write_duties
from tests.api.calls import ALL_SCOPES, Caller, caller
from tests.factories import CategoryFactory, PlatformContactFactory, UserFactory, make_issue

OPERATIONS = {
    "duties_list",
    "duties_retrieve",
    "issue_categories_list",
    "issue_categories_retrieve",
    "issues_handler",
    "issues_attachments_content",
    "issues_attachments_list",
    "issues_attachments_retrieve",
    "issues_create",
    "issues_decide",
    *(f"issues_{action.name.lower()}" for action in PLAYS),
    "issues_list",
    "issues_retrieve",
    "officers_list",
    "officers_retrieve",
    "platforms_list",
    "platforms_responsible",
    "platforms_retrieve",
    "units_list",
    "units_retrieve",
    "visits_create",
    "visits_list",
    "visits_retrieve",
    "workdays_due",
}


@pytest.fixture(scope="module")
def document():
    return schema("zh-hans")


def operations(document):
    return {
        operation["operationId"]: (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def strict(node):
    """The same schemas with every object closed: a field that is answered but not declared is a fault, too."""
    if isinstance(node, dict):
        closed = {key: strict(value) for key, value in node.items()}
        return (
            closed | {"additionalProperties": False}
            if node.get("type") == "object" and "properties" in node
            else closed
        )
    return [strict(part) for part in node] if isinstance(node, list) else node


def faults(document, operation_id, status, answer):
    _path, _method, operation = operations(document)[operation_id]
    (content,) = operation["responses"][str(status)]["content"].values()
    root = strict({**content["schema"], "components": document["components"]})
    return [f"{list(error.path)}: {error.message}" for error in Draft202012Validator(root).iter_errors(answer)]


def test_the_document_is_openapi_3_1_and_generating_it_warns_of_nothing(document):
    assert document["openapi"] == "3.1.0"
    validate_schema(document)
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO())


def test_the_names_of_operations_stay(document):
    assert set(operations(document)) == OPERATIONS


def test_every_operation_declares_its_problems(document):
    for name, (path, method, operation) in operations(document).items():
        expected = {"401", "403", "406", "default"}
        expected |= {"400"} if name.endswith("_list") or method == "post" else set()
        expected |= {"404"} if "{" in path else set()
        expected |= {"413", "415"} if method == "post" else set()
        is_move = any(each["name"] == "If-Match" for each in operation.get("parameters", ()))
        expected |= {"409", "412", "428"} if is_move else set()
        problems = {s for s, r in operation["responses"].items() if "application/problem+json" in r.get("content", {})}
        assert problems == expected, name


def test_lists_declare_their_pages_and_every_filter(document):
    names = {p["name"] for p in operations(document)["issues_list"][2]["parameters"]}
    wanted = {"tier", "state", "open", "warning", "platform", "unit", "officer", "due_from", "due_to", "raised_from"}
    assert wanted | {"raised_to", "q", "updated_since", "cursor", "limit"} <= names
    for name, (_path, _method, operation) in operations(document).items():
        if name.endswith("_list"):
            (limit,) = [p for p in operation["parameters"] if p["name"] == "limit"]
            assert limit["schema"] == {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}


@pytest.mark.parametrize("path", ["units", "platforms", "officers", "duties", "visits", "issues", "issue-categories"])
def test_lists_and_details_answer_what_the_document_says(world, document, path):
    issue = world.east.issue
    confirm_plan(
        issue,
        text="x",
        unit=world.east.unit,
        person="x",
        promised_on=issue.due_on,
        told_platform_on=issue.raised_on,
        actor=world.east.user,
    )
    make_issue(world.east.officer, platform=world.east.platform, tier="A", category=CategoryFactory())
    PlatformContactFactory(platform=world.east.platform)
    write_duties()
    call = caller(UserFactory(role=Role.LEADER))
    operation = path.replace("-", "_")
    page = call.get(f"{path}/").json()
    assert page["results"]
    assert faults(document, f"{operation}_list", 200, page) == []
    for row in page["results"]:
        detail = call.get(f"{path}/{row['number' if path == 'issues' else 'id']}/").json()
        assert faults(document, f"{operation}_retrieve", 200, detail) == []


def test_a_logged_visit_answers_what_the_document_says(world, document):
    sent = {
        "client_id": "6f1c9b3e-52c1-4d0c-9f5e-0d9a3b1e7a11",
        "platform": world.east.platform.pk,
        "visited_on": "2026-10-15",
        "mode": "phone",
        "text": "x",
        "needs": [{"domain": "talent", "need": "x"}],
        "issues": [{"tier": "D", "category": CategoryFactory().code, "text": "x"}],
    }
    call = caller(world.east.user)
    for status in (201, 200):
        response = call.post("visits/", sent)
        assert response.status_code == status
        assert faults(document, "visits_create", status, response.json()) == []


def test_a_problem_is_what_the_document_says(world, document):
    answer = caller(world.east.user).get("issues/", tier="x").json()
    assert faults(document, "issues_list", 400, answer) == []
    assert faults(document, "issues_list", 400, {**answer, "more": 1}) != []


def test_scopes_of_the_views_are_scopes_that_exist(document):
    described = re.findall(r"`([a-z]+:[a-z]+)`", str(document["paths"]))
    assert set(described) == set(ALL_SCOPES)


def test_the_document_is_public_and_in_the_readers_language(db):
    call = Caller()
    response = call.get("schema/")
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")
    assert set(response.json()["components"]["securitySchemes"]) == {"token", "session"}


def test_the_docs_page_runs_scripts_and_styles_of_ours_only(client, db):
    response = client.get("/api/v1/docs/")
    page = response.content.decode()
    assert response.status_code == 200
    policy = response["Content-Security-Policy"]
    assert "script-src 'self';" in f"{policy};"
    assert "style-src 'self';" in f"{policy};"
    assert "img-src 'self' data:" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page)
    assert 'data-schema="/api/v1/schema/"' in page
    assert "csrftoken" in response.cookies


def test_only_the_docs_page_takes_pictures_from_data_addresses(client, db):
    assert "data:" not in client.get("/api/v1/schema/")["Content-Security-Policy"]
    assert "data:" not in client.get("/sign-in/")["Content-Security-Policy"]
