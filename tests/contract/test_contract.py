"""ops/contract.json is what clients and operators may rely on: it is held to the code, and the code to it.

The matrix is role × object × verb. `WRITE_CONTRACT=1 ./run test tests/contract` writes down what is; what it says is
then read, and committed, by a person.
"""

import logging
import os
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from django.conf import settings
from django.core.management import get_commands
from django.test import Client
from django.urls import reverse

from issues.plays import PLAYS
from issues.workflow import TABLE, Action
from tests.contract.doors import HIDDEN, IN, NO_VERB, REFUSED, SIGN_IN, operations, outcomes, pages
from tests.contract.world import PEOPLE, World, build
from tests.media import media  # noqa: F401 - a fixture

FILE = settings.BASE_DIR / "ops" / "contract.json"
CONTRACT: dict[str, Any] = orjson.loads(FILE.read_bytes())
MATRIX: dict[str, dict[str, list[str]]] = CONTRACT["matrix"]
# Doors that are open to everybody by their nature.
PUBLIC = {
    *("accounts:sign-in", "accounts:sign-out", "contacts:leave", "door:enter", "healthz", "readyz", "set_language"),
}
STRANGERS = ("other_officer", "other_head", "other_contact")
ADMINISTRATORS = ("system_admin", "security_admin", "audit_admin")
CONTACTS = ("contact", "other_contact")


@pytest.fixture
def world(db: None, media: Any) -> World:  # noqa: F811 - the fixture
    return build()


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Thousands of refusals, each with its trace, would take longer than the refusals."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def clients(world: World) -> dict[str, Client]:
    found = {"anonymous": Client(raise_request_exception=False)}
    for name, person in world.people.items():
        found[name] = Client(raise_request_exception=False)
        if name in world.links:
            found[name].post(reverse("door:enter", args=[world.links[name]]))
        else:
            found[name].force_login(person)
    return found


def said(found: dict[str, str]) -> dict[str, list[str]]:
    """People by what they meet, in the order of PEOPLE."""
    meaning: dict[str, list[str]] = defaultdict(list)
    for name in PEOPLE:
        meaning[found[name]].append(name)
    return {word: meaning[word] for word in (IN, REFUSED, HIDDEN, SIGN_IN) if word in meaning}


def test_the_matrix_of_roles_objects_and_verbs(world: World, clients: dict[str, Client]) -> None:
    found = {}
    for door in (*pages(), *operations()):
        met = outcomes(door, world, clients)
        if NO_VERB not in met.values():
            found[str(door)] = said(met)
    if os.environ.get("WRITE_CONTRACT"):
        CONTRACT["people"] = PEOPLE
        CONTRACT["matrix"] = dict(sorted(found.items(), key=lambda row: row[0].split()[::-1]))
        FILE.write_bytes(orjson.dumps(CONTRACT, option=orjson.OPT_INDENT_2) + b"\n")
        return
    assert sorted(found) == sorted(MATRIX), "a door without a row, or a row without its door"
    assert {door: met for door, met in found.items() if met != MATRIX[door]} == {}


def met_by(door: str, person: str) -> str:
    return next(word for word, people in MATRIX[door].items() if person in people)


def test_every_row_says_something_of_everybody() -> None:
    assert list(PEOPLE) == CONTRACT["people"]
    for door, row in MATRIX.items():
        assert sorted(person for people in row.values() for person in people) == sorted(PEOPLE), door


# A door that lets nobody in proves nothing of those who are kept out. Door: why nobody can come in.
SHUT: dict[str, str] = {}


def test_every_door_lets_somebody_in() -> None:
    assert {door for door, row in MATRIX.items() if IN not in row} == set(SHUT)


def test_nobody_comes_in_unknown() -> None:
    for door in MATRIX:
        name = door.split()[1]
        if name not in PUBLIC and not name.startswith("/api/v1/schema"):
            assert met_by(door, "anonymous") != IN, door


def test_a_stranger_finds_no_issue_and_a_leader_moves_none() -> None:
    doors = [door for door in MATRIX if re.match(r"(GET|POST) (issues:|/api/v1/issues/\{number\})", door)]
    moves = {f"POST issues:{action}" for action in TABLE if action not in (Action.REGISTER, Action.SILENCE)}
    assert moves <= set(doors)
    for door in doors:
        if "number" in door or door in moves:
            assert {met_by(door, person) for person in STRANGERS[:2]} == {HIDDEN}, door
            assert met_by(door, "other_contact") in (REFUSED, HIDDEN), door
    for door in moves | {door for door in doors if door.startswith("POST /api/v1/issues/{number}")}:
        assert met_by(door, "leader") == REFUSED, door


def test_a_move_lets_the_same_people_in_by_its_page_and_by_its_call() -> None:
    for action in PLAYS:
        assert MATRIX[f"POST issues:{action}"][IN] == MATRIX[f"POST /api/v1/issues/{{number}}/{action}/"][IN], action
    assert MATRIX["POST issues:decide"][IN] == MATRIX["POST /api/v1/issues/{number}/requests/{id}/"][IN]


def test_whoever_handles_it_neither_grades_nor_closes_it_nor_decides_on_the_own_request() -> None:
    for door in ("grade/", "refer/", "close/", "requests/{id}/", "supervise/"):
        for person in ("clerk", "unit_head", "support_clerk", "api_client"):
            assert met_by(f"POST /api/v1/issues/{{number}}/{door}", person) == REFUSED, (door, person)
    assert MATRIX["POST /api/v1/issues/{number}/support/"][IN] == ["support_clerk"]


def test_administrators_open_no_page_of_cases() -> None:
    rooms = ("issues:", "visits:", "platforms:", "dashboards:board", "dashboards:workbench", "handovers:", "feedback:")
    for door in MATRIX:
        if door.split()[1].startswith(rooms) and "handovers:desk" not in door:  # counts alone, before one leaves
            assert {met_by(door, person) for person in ADMINISTRATORS} <= {REFUSED, HIDDEN}, door


def test_contacts_open_their_own_pages_alone() -> None:
    for door in MATRIX:
        name = door.split()[1]
        # The first page leads everybody to their own.
        if not name.startswith(("contacts:", "door:", "dashboards:home")) and name not in PUBLIC:
            assert {met_by(door, person) for person in CONTACTS} <= {REFUSED, HIDDEN}, door
        if name.startswith("contacts:") and name not in PUBLIC:
            house = set(PEOPLE) - {"anonymous", *CONTACTS}
            assert {met_by(door, person) for person in house} <= {REFUSED, HIDDEN, SIGN_IN}, door


def test_the_log_is_read_by_the_audit_administrator_alone() -> None:
    for door in ("GET audit:list", "GET audit:export", "POST audit:verify"):
        assert MATRIX[door][IN] == ["audit_admin"]


def test_each_logical_operation_has_its_page_and_its_call() -> None:
    named = CONTRACT["operations"]
    calls = {f"{door.verb} {door.name}" for door in operations()}
    for name, ways in named.items():
        for page in ways.get("pages", []):
            assert page in MATRIX, (name, page)
        for call in ways.get("api", []):
            assert call in calls, (name, call)
        for command in ways.get("commands", []):
            assert command in get_commands(), (name, command)
    moves = {ways["transition"] for ways in named.values() if "transition" in ways}
    assert moves == {str(action) for action in TABLE}


@pytest.mark.parametrize("process", CONTRACT["processes"])
def test_each_process_is_started_by_its_command(process: str) -> None:
    command, unit = CONTRACT["processes"][process]["command"], CONTRACT["processes"][process].get("unit")
    if unit is None:
        words = command.split()
        assert words[:2] == ["./run", "manage"] or words[0] == "./run"
        assert len(words) < 3 or words[2] in get_commands() or words[1] != "manage"
        return
    started = re.search(
        r"^ExecStart=/srv/liandian/\.venv/bin/python -m (.*)$", (settings.BASE_DIR / unit).read_text(), re.MULTILINE
    )
    assert started
    assert started[1] == command.removeprefix("python -m ")


def test_every_command_of_the_house_is_in_the_contract() -> None:
    rooms = {each.name for each in settings.BASE_DIR.iterdir() if (each / "management").is_dir()}
    ours = {name for name, app in get_commands().items() if app in rooms}
    assert set(CONTRACT["commands"]) == ours
