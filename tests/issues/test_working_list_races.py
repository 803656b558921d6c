"""Two requests at the same moment: a limit is not passed, a row is not moved twice."""

import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import QueryDict

from accounts.models import Role, User
from issues.bulk.services import begin, carry_out
from issues.models import BulkLine, SavedView
from issues.saved_views.services import MOST_VIEWS, save_view
from issues.workflow import Action
from tests.concurrency import Call, at_once, wait_until_blocked
from tests.factories import UnitFactory, UserFactory, make_issue
from tests.issues.acts import in_hand


def save(owner, name) -> SavedView:
    return save_view(QueryDict("tier=C"), name=name, owner=owner)


def test_who_saves_while_the_last_place_is_being_taken_finds_it_taken(committed):
    owner = UserFactory(unit=UnitFactory(code="U-race"))
    for number in range(MOST_VIEWS - 1):
        save(owner, str(number))
    with transaction.atomic():
        save(owner, "甲")
        second = Call(lambda: save(owner, "乙"))
        wait_until_blocked()
    with pytest.raises(ValidationError, match="最多保存30个视图"):
        second.result()
    assert SavedView.objects.count() == MOST_VIEWS


def test_who_comes_while_a_row_is_being_moved_waits_and_leaves_it(committed):
    office = UserFactory(role=Role.COMMISSION_OFFICE)
    issue = in_hand(make_issue(tier="C"))
    bulk = begin(uuid.uuid4(), Action.REMIND, [issue], words="请加快。", actor=office)
    with transaction.atomic():
        carry_out(bulk)
        second = Call(lambda: carry_out(bulk))
        wait_until_blocked()
    second.result()
    assert issue.events.filter(kind="reminded").count() == 1


def test_two_submits_at_the_same_moment_move_each_row_once(committed):
    office = UserFactory(role=Role.COMMISSION_OFFICE)
    issues = [in_hand(make_issue(tier="C")) for _each in range(4)]

    def submit(key: uuid.UUID) -> uuid.UUID:
        bulk = begin(key, Action.REMIND, issues, words="请加快。", actor=User.objects.get(pk=office.pk))
        carry_out(bulk)
        return bulk.pk

    same = uuid.uuid4()
    assert at_once(lambda: submit(same), lambda: submit(same)) == [same, same]
    assert [issue.events.filter(kind="reminded").count() for issue in issues] == [1] * 4
    assert BulkLine.objects.filter(state="done").count() == 4
    # The control: of two keys each reminds, so it was the one key that held the second back.
    at_once(lambda: submit(uuid.uuid4()), lambda: submit(uuid.uuid4()))
    assert [issue.events.filter(kind="reminded").count() for issue in issues] == [3] * 4
