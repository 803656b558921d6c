"""Two people assign at the same moment: the rules hold, and without the lock they would not.

In both runs the time between looking and writing is stretched alike, so that the lock alone makes the difference.
"""

import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import UniqueConstraint

from accounts.models import Role
from liaisons import imports, services
from liaisons.models import Assignment, Officer
from liaisons.services import DateRefused, OverLimit, assign
from platforms.models import Platform
from tests.concurrency import at_once
from tests.factories import (
    AssignmentFactory,
    DistrictFactory,
    OfficerFactory,
    PlatformFactory,
    PlatformTypeFactory,
    UserFactory,
)
from tests.liaisons.files import PLATFORM_HEADER, UNITS, platform_row, register, xlsx

committed = pytest.mark.usefixtures("committed")

TRIALS = 20
DAY = date(2026, 3, 11)


@pytest.fixture(autouse=True)
def slow_between_look_and_write(monkeypatch: pytest.MonkeyPatch) -> None:
    create = services._create

    def later(*arguments: Any) -> Assignment:
        time.sleep(0.02)
        return create(*arguments)

    monkeypatch.setattr(services, "_create", later)


@pytest.fixture
def without_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "_lock", lambda platform, officer: None)


@pytest.fixture
def without_constraint(committed: None) -> Iterator[None]:
    constraint = next(each for each in Assignment._meta.constraints if isinstance(each, UniqueConstraint))
    with connection.schema_editor() as editor:
        editor.remove_constraint(Assignment, constraint)
    yield
    Assignment.objects.all().delete()
    with connection.schema_editor() as editor:
        editor.add_constraint(Assignment, constraint)


def two_for_one_officer() -> tuple[int, list[Any]]:
    """An officer with three platforms gets two more at once: how many are carried then, and the two answers."""
    officer = OfficerFactory()
    for _ in range(3):
        AssignmentFactory(officer=officer)
    platforms = [PlatformFactory(), PlatformFactory()]
    answers = at_once(*(lambda platform=platform: given(officer, platform) for platform in platforms))
    return officer.assignments.current().count(), answers


def two_for_one_platform() -> tuple[int, list[Any]]:
    """A free platform gets two officers at once: how many it has then, and the two answers."""
    platform = PlatformFactory()
    officers = [OfficerFactory(), OfficerFactory()]
    answers = at_once(*(lambda officer=officer: given(officer, platform) for officer in officers))
    return platform.assignments.current().count(), answers


def given(officer: Officer, platform: Platform) -> Assignment:
    return assign(officer=officer, platform=platform, started_on=DAY, actor=None)


def kinds(answers: list[Any]) -> set[type]:
    return {type(answer) for answer in answers}


@committed
def test_nobody_gets_a_fifth_platform_when_two_assign_at_once() -> None:
    for _ in range(TRIALS):
        carried, answers = two_for_one_officer()
        assert carried == 4
        assert kinds(answers) == {Assignment, OverLimit}


@pytest.mark.usefixtures("committed", "without_lock")
def test_without_the_lock_officers_get_a_fifth_platform() -> None:
    assert any(two_for_one_officer()[0] == 5 for _ in range(TRIALS))


@committed
def test_a_platform_has_one_officer_when_two_assign_at_once() -> None:
    for _ in range(TRIALS):
        current, answers = two_for_one_platform()
        assert current == 1
        assert kinds(answers) == {Assignment, DateRefused}


@pytest.mark.usefixtures("committed", "without_lock")
def test_without_the_lock_the_database_stops_a_second_officer_but_gives_no_answer() -> None:
    trials = [two_for_one_platform() for _ in range(TRIALS)]
    assert {current for current, _answers in trials} == {1}
    assert any(IntegrityError in kinds(answers) for _current, answers in trials)


@pytest.mark.usefixtures("committed", "without_lock", "without_constraint")
def test_without_lock_and_constraint_platforms_get_two_officers() -> None:
    assert any(two_for_one_platform()[0] == 2 for _ in range(TRIALS))


@committed
def test_two_confirmations_of_an_upload_apply_it_once() -> None:
    PlatformTypeFactory()
    DistrictFactory()
    owner = UserFactory(role=Role.BUREAU_STAFF)
    content = xlsx(register())
    shown = imports.run_import("底册.xlsx", content, actor=owner, apply=False)
    pending = imports.keep("底册.xlsx", content, shown, owner=owner)

    answers = at_once(*[lambda: imports.confirm(pending.pk, owner=owner)] * 2)

    assert kinds(answers) == {imports.Report, type(None)}
    assert (Officer.objects.count(), Assignment.objects.count()) == (2, 4)


@committed
def test_two_imports_of_the_same_rows_in_turned_order_do_not_block_each_other() -> None:
    PlatformTypeFactory()
    DistrictFactory()
    rows = [platform_row(number) for number in range(1, 21)]
    files = [xlsx({"单位": UNITS, "平台": [PLATFORM_HEADER, *turned]}) for turned in (rows, rows[::-1])]
    answers = at_once(*(lambda file=file: imports.run_import("x", file, actor=None, apply=True) for file in files))
    assert sorted(sum(sheet.new for sheet in answer.sheets) for answer in answers) == [0, 22]


@pytest.mark.django_db
def test_the_database_itself_refuses_a_second_current_officer() -> None:
    platform = PlatformFactory(officer=OfficerFactory())
    with pytest.raises(IntegrityError, match="assignment_one_current_officer_a_platform"), transaction.atomic():
        AssignmentFactory(platform=platform)
