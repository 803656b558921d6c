"""Two people move units below each other at once: one move holds, the other is told, and the tree stays a tree."""

import time
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from accounts import services
from accounts.models import Role, Unit, UnitKind
from accounts.services import save_unit
from tests.concurrency import at_once
from tests.factories import UnitFactory, UserFactory

pytestmark = pytest.mark.usefixtures("committed")

TRIALS = 8
CYCLE = "上级单位不能是本单位，也不能是它的下属单位。"


@pytest.fixture(autouse=True)
def slow_between_look_and_write(monkeypatch):
    """In both runs alike, so that the lock alone makes the difference."""
    save = Unit.save

    def later(*arguments: Any, **named: Any) -> None:
        time.sleep(0.05)
        save(*arguments, **named)

    monkeypatch.setattr(Unit, "save", later)


@pytest.fixture
def without_lock(monkeypatch):
    monkeypatch.setattr(services, "_hold_tree_still", lambda: None)


def unit(code: str, parent: Unit | None = None) -> Unit:
    made: Unit = UnitFactory(code=code, name=code, parent=parent)
    return made


def two_branches(number: int) -> tuple[Unit, Unit, Unit, Unit]:
    """Two units, and one below each."""
    left, right = unit(f"L{number}"), unit(f"R{number}")
    return left, right, unit(f"L{number}-1", left), unit(f"R{number}-1", right)


def moved(branch: Unit, parent: Unit) -> Unit:
    seen = Unit.objects.get(pk=branch.pk)
    seen.parent = parent
    return save_unit(seen)


def crosswise(number: int) -> list[Any]:
    """Each branch is moved below the leaf of the other at once; the two answers."""
    left, right, left_leaf, right_leaf = two_branches(number)
    return at_once(partial(moved, left, right_leaf), partial(moved, right, left_leaf))


def is_a_tree() -> bool:
    return all(each.path == f"{each.parent.path if each.parent else ''}{each.code}/" for each in Unit.objects.all())


def is_settled(answers: list[Any]) -> bool:
    """One was moved, the other told why not."""
    return {type(each) for each in answers} == {Unit, ValidationError} and is_a_tree()


def test_one_move_holds_and_the_other_is_told() -> None:
    for number in range(TRIALS):
        answers = crosswise(number)
        assert is_settled(answers), answers
        refused = next(each for each in answers if isinstance(each, ValidationError))
        assert refused.message_dict == {"parent": [CYCLE]}


@pytest.mark.usefixtures("without_lock")
def test_without_the_lock_both_move_or_the_database_ends_it() -> None:
    assert not all(is_settled(crosswise(number)) for number in range(TRIALS))


def administrators_move(number: int) -> list[Any]:
    """The same on the pages of the administration; the two answers."""
    left, right, left_leaf, right_leaf = two_branches(number)
    calls = []
    for branch, parent in ((left, right_leaf), (right, left_leaf)):
        client = Client(raise_request_exception=False)
        client.force_login(UserFactory(role=Role.SYSTEM_ADMIN, unit=None))
        client.handler.load_middleware()  # before the race, not in it
        typed = {"name": branch.name, "name_en": "", "kind": UnitKind.MUNICIPAL_BUREAU, "parent": parent.pk}
        url = reverse("admin:accounts_unit_change", args=[branch.pk])
        calls.append(partial(client.post, url, {**typed, "takes_tiers": "", "takes_categories": ""}))
    return sorted(at_once(*calls), key=lambda answer: answer.status_code)


def test_the_second_administrator_reads_it_beside_the_field() -> None:
    for number in range(TRIALS // 2):
        told, done = administrators_move(number)
        assert (told.status_code, done.status_code) == (200, 302)
        assert told.context["adminform"].form.errors == {"parent": [CYCLE]}
        assert is_a_tree()


@pytest.mark.usefixtures("without_lock")
def test_without_the_lock_an_administrator_meets_a_fault_or_breaks_the_tree() -> None:
    trials = [[each.status_code for each in administrators_move(number)] for number in range(TRIALS // 2)]
    assert any(statuses != [200, 302] for statuses in trials) or not is_a_tree()
