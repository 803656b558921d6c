"""Two scans at once, and a visit that is logged while its duty is written: the same rows as one after the other.

The control runs do the same without the lock; what goes wrong there is what the lock is for.
"""

import threading
import time
from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction

from liaisons import duties
from liaisons.duties import note_contact, restore_duty, waive_first_visit, write_duties
from liaisons.models import Assignment, Duty, DutyKind
from tests.concurrency import Call, at_once, wait_until_blocked
from tests.factories import AssignmentFactory, make_visit

pytestmark = pytest.mark.usefixtures("committed")

DAY = date(2026, 10, 12)


@pytest.fixture
def without_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duties, "_lock", lambda statement: None)


def met_days() -> dict[str, date | None]:
    return dict(Duty.objects.values_list("kind", "met_on"))


def test_two_scans_at_once_leave_the_rows_of_one() -> None:
    for _ in range(10):
        AssignmentFactory(started_on=DAY)
    written = at_once(*[write_duties] * 4)
    assert sorted(written) == [0, 0, 0, 30]
    assert Duty.objects.count() == 30
    assert write_duties() == 0


def test_without_the_lock_the_constraints_still_keep_a_second_one_out(without_lock: None) -> None:
    for _ in range(10):
        AssignmentFactory(started_on=DAY)
    assert sum(at_once(*[write_duties] * 4)) == 30
    assert Duty.objects.count() == 30


def visit_during_the_scan() -> None:
    """A visit is written, the scan starts, the visit is committed."""
    assignment = AssignmentFactory(started_on=DAY)
    logged, go_on = threading.Event(), threading.Event()

    def log() -> None:
        with transaction.atomic():
            make_visit(assignment.officer, platform=assignment.platform)
            logged.set()
            assert go_on.wait(20)

    visit = Call(log)
    assert logged.wait(20)
    scan = Call(write_duties)
    time.sleep(0.3)
    go_on.set()
    visit.result(), scan.result()


def test_a_visit_logged_while_its_duty_is_written_meets_it() -> None:
    visit_during_the_scan()
    assert set(met_days().values()) == {date(2026, 10, 15)}


def test_without_the_lock_such_a_visit_is_overlooked(without_lock: None) -> None:
    visit_during_the_scan()
    assert set(met_days().values()) == {None}


def test_a_duty_written_while_its_visit_is_logged_is_met() -> None:
    assignment = AssignmentFactory(started_on=DAY)
    with transaction.atomic():
        write_duties()
        visit = Call(lambda: make_visit(assignment.officer, platform=assignment.platform))
        wait_until_blocked()
    visit.result()
    assert set(met_days().values()) == {date(2026, 10, 15)}


def test_of_two_visits_logged_at_once_the_earlier_day_is_kept() -> None:
    assignment = AssignmentFactory(started_on=DAY)
    write_duties()
    days = [date(2026, 10, 15), date(2026, 10, 13), date(2026, 10, 14)]
    for _ in range(5):
        Duty.objects.update(met_on=None, met_by=None)
        calls: list[Any] = [
            lambda day=day: make_visit(assignment.officer, platform=assignment.platform, visited_on=day) for day in days
        ]
        assert not [each for each in at_once(*calls) if isinstance(each, Exception)]
        assert set(met_days().values()) == {date(2026, 10, 13)}


def test_a_waiver_and_a_visit_at_once_leave_one_of_them() -> None:
    assignment = AssignmentFactory(started_on=DAY)
    write_duties()
    duty = Duty.objects.get(kind=DutyKind.FIRST_VISIT)
    word: dict[str, Any] = {"said_by": "王小明", "said_on": DAY, "channel": "phone", "actor": assignment.officer.user}
    with transaction.atomic():
        waive_first_visit(duty, **word)
        visit = Call(lambda: make_visit(assignment.officer, platform=assignment.platform))
        wait_until_blocked()
    visit.result()
    duty.refresh_from_db()
    assert (duty.waived_on, duty.met_on) == (DAY, None)
    # The word taken back finds the visit that waited.
    assert restore_duty(duty, **word).met_on == date(2026, 10, 15)


def test_the_scan_does_not_wait_for_visits_when_there_is_nothing_to_write() -> None:
    assignment: Assignment = AssignmentFactory(started_on=DAY)
    write_duties()
    visit = make_visit(assignment.officer, platform=assignment.platform)
    with transaction.atomic():
        note_contact(platform=assignment.platform, visit_id=visit.pk, visited_on=DAY, is_on_site=False)
        assert Call(write_duties).result() == 0
        assert connection.in_atomic_block
