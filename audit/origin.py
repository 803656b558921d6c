"""Who is behind what is written now, and from where: known of every request, told to the database when it matters.

The triggers of config.ledger ask `liandian.who`. It is set in the same round trip as the statement that fires them, and
for its transaction alone: nothing is left on the connection, whatever becomes of the transaction.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any

import pgtrigger
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from config.addresses import address_of
from config.clock import now
from config.ledger import AUDIT

WRITE = re.compile(r'(?:INSERT INTO|UPDATE|DELETE FROM) "(\w+)"')


@dataclass(frozen=True)
class Origin:
    """Where a write comes from: a request, or a person for whom a command acts."""

    request: HttpRequest | None = None
    person: User | None = None

    @property
    def user(self) -> User | None:
        """The person signed in as the request goes on: a sign-in changes it on the way, a token is read late."""
        user = getattr(self.request, "user", None) if self.request else self.person
        return user if isinstance(user, User) or getattr(user, "is_authenticated", False) else None

    @property
    def address(self) -> str | None:
        return address_of(self.request) if self.request else None


NOWHERE = Origin()
_origin: ContextVar[Origin] = ContextVar("origin", default=NOWHERE)


def origin() -> Origin:
    return _origin.get()


def remember_origin(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: what the request writes is known to come from it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with _coming_from(Origin(request=request)):
            return get_response(request)

    return middleware


@contextmanager
def acting_as(person: User) -> Iterator[None]:
    """What is written within the block is written by `person`: for commands that act for somebody."""
    with _coming_from(Origin(person=person)):
        yield


@contextmanager
def _coming_from(new: Origin) -> Iterator[None]:
    token = _origin.set(new)
    try:
        yield
    finally:
        _origin.reset(token)


# --- telling the database


def announce(execute: Any, sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Wraps every statement of a connection: before a write to an audited table it says who is behind it."""
    who = None if many else _who(sql)
    if who is None:
        return execute(sql, params, many, context)
    result = execute(f"SELECT set_config('liandian.who', '{who}', true); {sql}", params, many, context)
    context["cursor"].cursor.nextset()  # past the answer of set_config, to the statement's own
    return result


def _who(sql: Any) -> str | None:
    """Of digits, an address and an instant alone: nothing in it wants quoting."""
    write = WRITE.match(sql) if isinstance(sql, str) else None
    if write is None or write[1] not in _audited_tables() or (user := origin().user) is None:
        return None
    return json.dumps({"actor": user.pk, "source": origin().address, "at": now().isoformat()})


@cache
def _audited_tables() -> frozenset[str]:
    return frozenset(model._meta.db_table for model, trigger in pgtrigger.registered() if trigger.name == AUDIT)


def connect() -> None:
    connection_created.connect(_listen, dispatch_uid="audit.origin")


def _listen(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    if announce not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, announce)
