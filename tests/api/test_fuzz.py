"""Calls made up from the OpenAPI document, half of them nonsense: no answer is a 5xx, each is one that is declared."""

import json
from collections import Counter

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import given as made_up
from hypothesis import strategies as st

from accounts.models import Role
from config.api.docs import schema
from tests.api.calls import PROBLEM, caller
from tests.api.test_schema import faults, operations
from tests.factories import CategoryFactory, UserFactory

# Enough to meet what the lists of test_bad_input.py left out; all of it together stays below a minute.
EXAMPLES = 40
ODD_WORDS = ("", " ", "\0", "\u200b", "\u202e", "\ufffe", "%", "%00", "'", "[]", "null", "true", "x" * 2000)
ODD_NUMBERS = ("٣", "２", "-0", "-1", "1e9", "9" * 30)
ODD_DAYS = ("0001-01-01", "9999-12-31T23:59:59-23:59", "2026-10-15T08:00:00+18:58", "2026-10-15")
ODD = st.sampled_from(ODD_WORDS + ODD_NUMBERS + ODD_DAYS) | st.text(max_size=30)
ANY_TEXT = st.text(st.characters(), max_size=30)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=6,
)

relaxed = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


few = settings(relaxed, max_examples=15)
ODD_HEADERS = st.sampled_from(("", "*", '"0"', '"999999999"', "7", 'W/"1"', '"' + "9" * 30 + '"'))


@pytest.fixture(scope="module")
def document():
    return schema("zh-hans")


def resolve(node, document):
    while "$ref" in node:
        node = document["components"]["schemas"][node["$ref"].rpartition("/")[2]]
    return node


def valid(node, document):
    """Values the schema allows."""
    node = resolve(node, document)
    if "enum" in node:
        return st.sampled_from(node["enum"])
    if "oneOf" in node:
        return st.one_of(*(valid(part, document) for part in node["oneOf"]))
    match node.get("type"):
        case "object":
            return of_object(node, document, valid)
        case "array":
            return st.lists(valid(node["items"], document), max_size=min(node.get("maxItems", 3), 3))
        case "integer":
            return st.integers(node.get("minimum", 0), node.get("maximum", 2**63 - 1))
        case "boolean":
            return st.booleans()
    formats = {
        "uuid": st.uuids().map(str),
        "date": st.dates().map(str),
        "date-time": st.datetimes(timezones=st.timezones()).map(lambda at: at.isoformat()),
    }
    return formats.get(node.get("format"), st.text(max_size=node.get("maxLength", 50)))


def spoilt(node, document):
    """The same, with parts of it left out or replaced by anything at all."""
    node = resolve(node, document)
    if node.get("type") == "object":
        return of_object(node, document, spoilt) | ANY_JSON
    if node.get("type") == "array":
        return st.lists(spoilt(node["items"], document), max_size=3) | ANY_JSON
    return valid(node, document) | ODD | ANY_JSON


def of_object(node, document, make):
    parts = {name: make(part, document) for name, part in node.get("properties", {}).items()}
    required = {name: parts.pop(name) for name in node.get("required", ())}
    return st.fixed_dictionaries(required, optional=parts)


def queries(operation, document):
    """Some of the parameters with values that are right or odd, and now and then one that does not exist."""
    known = {p["name"]: p["schema"] for p in operation.get("parameters", ()) if p["in"] == "query"}
    values = {name: valid(part, document).map(as_query) | ODD for name, part in known.items()}
    return st.fixed_dictionaries({}, optional={**values, "nothing": ODD})


def as_query(value):
    return [str(part) for part in value] if isinstance(value, list) else str(value).lower()


def check(document, operation_id, response):
    assert response.status_code < 500, response.content
    declared = operations(document)[operation_id][2]["responses"]
    if response.status_code >= 400:
        assert response["Content-Type"] == PROBLEM
        status = response.status_code if str(response.status_code) in declared else "default"
    else:
        status = response.status_code
    assert faults(document, operation_id, status, response.json()) == []


def at(path, key):
    for gap in ("{id}", "{number}"):
        path = path.replace(gap, key)
    return path.replace("?", "%3F").replace("#", "%23")


def by_verb(verb):
    return sorted(name for name, (_path, method, _operation) in operations(schema("zh-hans")).items() if method == verb)


@pytest.mark.parametrize("operation_id", by_verb("get"))
def test_any_query(world, document, operation_id):
    path, _method, operation = operations(document)[operation_id]
    call = caller(UserFactory(role=Role.LEADER))
    keys = ODD | st.just(world.east.issue.number) | st.sampled_from([str(world.east.platform.pk), "1", "2026-000001"])

    @relaxed
    @made_up(query=queries(operation, document), key=keys)
    def run(query, key):
        response = call.get(at(path, key), **query)
        if response.status_code != 404 or "{" not in path:
            check(document, operation_id, response)
        else:
            assert response["Content-Type"] == PROBLEM

    run()


@pytest.mark.parametrize("operation_id", sorted(set(by_verb("post")) - {"visits_create"}))
def test_any_write(world, document, operation_id):
    path, _method, operation = operations(document)[operation_id]
    bodies = ANY_JSON
    if "requestBody" in operation:  # signing for an issue, for one, says nothing
        body = operation["requestBody"]["content"]["application/json"]["schema"]
        bodies = valid(body, document) | spoilt(body, document)
    issue = world.east.issue
    call = caller(world.east.user)

    @few
    @made_up(sent=bodies, version=st.just(f'"{issue.version}"') | ODD_HEADERS)
    def run(sent, version):
        with transaction.atomic():
            response = call("POST", at(path, issue.number), json.dumps(sent).encode(), headers={"If-Match": version})
            transaction.set_rollback(True)
        check(document, operation_id, response)

    run()


@pytest.mark.parametrize("make", [valid, spoilt])
def test_any_visit(world, document, make):
    operation = operations(document)["visits_create"][2]
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    call = caller(world.east.user)
    right = {
        "platform": world.east.platform.pk,
        "visited_on": "2026-10-14",
        "text": "x",
        "needs": [],
        "issues": [{"tier": "B", "category": CategoryFactory().code, "text": "x"}],
    }
    statuses: Counter[int] = Counter()

    @relaxed
    @made_up(sent=make(body, document), mended=st.sets(st.sampled_from(sorted(right)), min_size=3))
    def run(sent, mended):
        if isinstance(sent, dict):
            sent |= {name: right[name] for name in mended}
        response = call.post("visits/", json.dumps(sent).encode())
        statuses[response.status_code] += 1
        check(document, "visits_create", response)

    run()
    assert statuses[400] > 0
    if make is valid:
        assert statuses[201] > 0, statuses
