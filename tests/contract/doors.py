"""Every door of the house: the pages from the URL table, the operations from the OpenAPI document."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from config.api.docs import schema
from tests.contract.world import PEOPLE, World

VERBS = ("GET", "POST")
# Pages of their own kind: the administration has a matrix of its own (tests/accounts/test_admin.py).
ELSEWHERE = ("admin:", "api:")
IN, SIGN_IN, REFUSED, HIDDEN, NO_VERB = "in", "sign-in", "refused", "hidden", "no-verb"


@dataclass(frozen=True)
class Door:
    """A page or an operation and a verb; `address` has gaps for what it names."""

    name: str
    verb: str
    address: str
    parameters: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.verb} {self.name}"

    def path(self, world: World) -> str:
        room = self.name.partition(":")[0]
        known = {**world.keys[""], **world.keys.get(room, {}), **world.keys.get(self.name, {})}
        values = {name: known[name] for name in self.parameters}
        if self.name.startswith("/"):
            return self.address.format(**values)
        return reverse(self.name, kwargs=values)


def pages() -> Iterator[Door]:
    """Each named route with each verb; which verbs it knows is found out by asking."""
    for name, gaps in _routes(get_resolver()):
        if not name.startswith(ELSEWHERE):
            for verb in VERBS:
                yield Door(name, verb, "", gaps)


def _routes(
    resolver: URLResolver, rooms: tuple[str, ...] = (), gaps: tuple[str, ...] = ()
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for each in resolver.url_patterns:
        named = (*gaps, *each.pattern.converters)
        if isinstance(each, URLResolver):
            yield from _routes(each, (*rooms, each.namespace) if each.namespace else rooms, named)
        elif each.name:
            yield ":".join([*rooms, each.name]), named


def operations() -> Iterator[Door]:
    """Each operation of the API, named by its path."""
    for path, verbs in schema("zh-hans")["paths"].items():
        for verb, operation in verbs.items():
            gaps = tuple(each["name"] for each in operation.get("parameters", ()) if each["in"] == "path")
            yield Door(path, verb.upper(), path, gaps)


def key_of(door: Door) -> str:
    """The rows an operation's id is one of: `/api/v1/visits/{id}/confirmation/` → `visits`."""
    return door.name.removeprefix("/api/v1/").strip("/").rpartition("/{id}")[0]


def outcomes(door: Door, world: World, clients: Mapping[str, Client]) -> dict[str, str]:
    """What each kind of person meets at the door; nothing that happens behind it stays."""
    found = {}
    for name in PEOPLE:
        client, cookies = clients[name], deepcopy(clients[name].cookies)
        with transaction.atomic():
            found[name] = _knock(door, world, client)
            transaction.set_rollback(True)
        client.cookies = cookies  # whoever was signed out behind the door is signed in again
        if found[name] == NO_VERB:
            break  # whoever asks
    return found


def _knock(door: Door, world: World, client: Client) -> str:
    if door.name.startswith("/"):
        known = {**world.keys[""], **world.keys.get(key_of(door), {})}
        path = door.address.format(**{name: known[name] for name in door.parameters})
        body: Any = orjson.dumps({})
        answer = client.generic(door.verb, path, body, content_type="application/json", headers={"If-Match": '"0"'})
    else:
        answer = client.generic(door.verb, door.path(world), content_type="application/x-www-form-urlencoded")
    return _meaning(answer)


def _meaning(answer: Any) -> str:
    match answer.status_code:
        case 401:
            return SIGN_IN
        case 302 if answer["Location"].startswith("/sign-in/?next="):  # signing out leads there, too, to no page
            return SIGN_IN
        case 403:
            return REFUSED
        case 404:
            return HIDDEN
        case 405:
            return NO_VERB
        case status if status < 500:
            return IN
        case status:
            raise AssertionError(f"{status}")
