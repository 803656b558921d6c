"""What tests of simultaneous requests need: real commits, and calls on connections of their own."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.db import connection, connections, transaction
from django.db.models import Max

from config.clock import now
from workdays.models import NATIONAL, Calendar, CalendarRevision
from workdays.services import load_calendar

WAIT = 20.0


def _tables_with_rows() -> set[str]:
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in names))  # noqa: S608 - names from the catalogue
        return {name for (name,) in cursor.fetchall()}


@contextmanager
def real_commits() -> Iterator[None]:
    """Within the block rows are really committed; afterwards every table that was empty before is empty again, and the
    calendars are the shipped ones."""
    before, newest = _tables_with_rows(), _newest_revision()
    try:
        yield
    finally:
        _empty(_tables_with_rows() - before)
        if _newest_revision() != newest:
            _ship_the_calendar_again()


def _empty(tables: Iterable[str]) -> None:
    # TRUNCATE … CASCADE would go from the users through their holiday notices to every day of the calendar; as a
    # replica deletes, neither foreign keys nor the triggers that keep a ledger from changing have a say.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for name in tables:
            cursor.execute(f'DELETE FROM "{name}"')  # noqa: S608 - names from the catalogue


def _newest_revision() -> Any:
    return CalendarRevision.objects.aggregate(newest=Max("pk"))["newest"]


def _ship_the_calendar_again() -> None:
    _empty(["workdays_calendarday", "workdays_calendarrevision"])
    Calendar.objects.exclude(code=NATIONAL).delete()
    load_calendar("shipped years")
    CalendarRevision.objects.update(recounted_at=now())


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
