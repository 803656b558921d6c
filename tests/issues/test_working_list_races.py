"""Two requests at the same moment: a limit is not passed, a row is not moved twice."""

import uuid

from django.http import QueryDict

from accounts.models import Role
from issues.bulk.services import begin, carry_out
from issues.models import BulkLine, SavedView
from issues.saved_views.services import MOST_VIEWS, save_view
from issues.workflow import Action
from tests.concurrency import at_once
from tests.factories import UnitFactory, UserFactory, make_issue
from tests.issues.acts import in_hand


def test_two_saves_at_once_do_not_pass_the_limit(committed):
    owner = UserFactory(unit=UnitFactory(code="U-race"))
    for number in range(MOST_VIEWS - 1):
        save(owner, str(number))
    answers = at_once(lambda: save(owner, "甲"), lambda: save(owner, "乙"))
    assert sorted(type(answer).__name__ for answer in answers) == ["SavedView", "ValidationError"]
    assert SavedView.objects.count() == MOST_VIEWS


def save(owner, name) -> SavedView:
    return save_view(QueryDict("tier=C"), name=name, owner=owner)


def test_two_submits_at_the_same_moment_move_each_row_once(committed):
    office = UserFactory(role=Role.COMMISSION_OFFICE)
    issues = [in_hand(make_issue(tier="C")) for _each in range(4)]
    key = uuid.uuid4()

    def submit():
        bulk = begin(key, Action.REMIND, issues, words="请加快。", actor=office)
        carry_out(bulk)
        return bulk.pk

    assert at_once(submit, submit) == [key, key]
    assert [issue.events.filter(kind="reminded").count() for issue in issues] == [1] * 4
    assert BulkLine.objects.filter(state="done").count() == 4
    # Without the key in common each reminds: what held them back was the key.
    assert len({submit_alone(issues, office), submit_alone(issues, office)}) == 2
    assert [issue.events.filter(kind="reminded").count() for issue in issues] == [3] * 4


def submit_alone(issues, actor) -> uuid.UUID:
    bulk = begin(uuid.uuid4(), Action.REMIND, issues, actor=actor)
    carry_out(bulk)
    return bulk.pk
