"""What tests of simultaneous requests need: real commits, and calls on connections of their own."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.db import connection, connections

WAIT = 20.0


def _tables_with_rows() -> set[str]:
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in names))  # noqa: S608 - names from the catalogue
        return {name for (name,) in cursor.fetchall()}


@contextmanager
def real_commits() -> Iterator[None]:
    """Within the block rows are really committed; afterwards every table that was empty before is empty again."""
    before = _tables_with_rows()
    try:
        yield
    finally:
        written = _tables_with_rows() - before
        with connection.cursor() as cursor:
            for name in written:
                cursor.execute(f'TRUNCATE "{name}" CASCADE')


class Call(threading.Thread):
    """A call on a thread, and so on a connection, of its own. `result()` waits for it and raises what it raised."""

    def __init__(self, call: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self.call = call
        self.value: Any = None
        self.error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self.value = self.call()
        except BaseException as error:  # handed to the thread that waits
            self.error = error
        finally:
            connections.close_all()

    def result(self) -> Any:
        self.join(WAIT)
        assert not self.is_alive(), "the call does not come back"
        if self.error is not None:
            raise self.error
        return self.value


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Lets all calls start together; their results, an exception standing for the call that raised it."""
    gate = threading.Barrier(len(calls))

    def through_the_gate(call: Callable[[], Any]) -> Any:
        gate.wait(WAIT)
        return call()

    running = [Call(partial(through_the_gate, call)) for call in calls]
    for each in running:
        each.join(WAIT)
        assert not each.is_alive(), "a call does not come back"
    return [each.error or each.value for each in running]


def wait_until_blocked(count: int = 1) -> None:
    """Returns once `count` other connections wait for a lock."""
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        with connection.cursor() as cursor:
            # Within a transaction the view would show its first snapshot for ever.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            if cursor.fetchone()[0] >= count:
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits for a lock")
