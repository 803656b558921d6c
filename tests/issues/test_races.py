"""Two people move one issue at the same moment: one of them does, and without the lock both would.

In both runs the time between looking and writing is stretched alike, so that the lock alone makes the difference.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from accounts.models import Role
from issues.deadlines import ClockKeeper
from issues.models import Issue, State
from issues.reconcile import reconcile_issues
from issues.services import (
    MoveRefused,
    Stale,
    ask_for_extension,
    ask_for_tier,
    confirm,
    decide,
    edit,
    grade,
    merge,
    moves,
    refer,
    reopen,
    requests,
    resolve,
    sign_for,
    withdraw,
)
from issues.workflow import allow
from tests.concurrency import at_once
from tests.factories import UnitFactory, UserFactory
from tests.issues.acts import fresh
from tests.issues.cast import Cast, in_hands, make_cast, raised, referred, resolved

TRIALS = 4
PAUSE = 0.05

Pair = tuple[Issue, Callable[[], Any], Callable[[], Any]]


@pytest.fixture(autouse=True)
def slow_between_look_and_write(committed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def slowed(act: Callable[..., Any]) -> Callable[..., Any]:
        def later(*arguments: Any) -> Any:
            answer = act(*arguments)
            time.sleep(PAUSE)
            return answer

        return later

    monkeypatch.setattr(moves, "allow", slowed(allow))
    # A decision looks at its request and then takes up the clocks.
    monkeypatch.setattr(requests, "ClockKeeper", slowed(ClockKeeper))


@pytest.fixture
def without_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    def as_it_is(issue: Issue) -> Issue:
        related = Issue.objects.select_related("term", "lead_unit", "home_unit", "officer")
        return related.get(pk=issue.pk)

    for module in ("moves", "requests", "confirming"):
        monkeypatch.setattr(f"issues.services.{module}.locked", as_it_is)
    monkeypatch.setattr("issues.services.merging._lock_both", lambda issue, target: None)


def two_sign(cast: Cast) -> Pair:
    issue = referred(cast, "C")
    return issue, lambda: sign_for(issue, actor=cast.lead_head), lambda: sign_for(issue, actor=cast.lead_clerk)


def two_refer(cast: Cast) -> Pair:
    issue, second = raised(cast, "C"), UserFactory(role=Role.COMMISSION_OFFICE)
    return (
        issue,
        lambda: refer(issue, unit=cast.lead, actor=cast.office),
        lambda: refer(issue, unit=cast.other, actor=second),
    )


def resolve_and_withdraw(cast: Cast) -> Pair:
    issue = in_hands(cast, "B")
    return (
        issue,
        lambda: resolve(issue, result="solved", reply="已办好。", actor=cast.home_head),
        lambda: withdraw(issue, reason="不再需要。", actor=cast.contact),
    )


def two_grade(cast: Cast) -> Pair:
    issue = raised(cast, "")
    return (
        issue,
        lambda: grade(issue, tier="B", actor=cast.liaison),
        lambda: grade(issue, tier="D", actor=cast.office),
    )


PAIRS = [two_sign, two_refer, resolve_and_withdraw, two_grade]


def kinds(answers: list[Any]) -> list[type]:
    """What was refused, and how."""
    return [type(answer) for answer in answers if isinstance(answer, Exception)]


@pytest.mark.parametrize("pair", PAIRS)
def test_of_two_moves_that_exclude_each_other_one_is_made(pair):
    cast = make_cast()
    for _ in range(TRIALS):
        issue, one, other = pair(cast)
        before = issue.events.count()
        answers = at_once(one, other)
        assert kinds(answers) == [MoveRefused]
        assert issue.events.count() == before + 1
    assert [finding.sentence for finding in reconcile_issues()] == []


@pytest.mark.usefixtures("without_lock")
@pytest.mark.parametrize("pair", PAIRS)
def test_without_the_lock_both_are_made_or_the_database_alone_stops_the_second(pair):
    cast, went_wrong = make_cast(), False
    for _ in range(TRIALS):
        _issue, one, other = pair(cast)
        answers = at_once(one, other)
        went_wrong |= kinds(answers) in ([], [IntegrityError])
    assert went_wrong


def confirm_and_reopen(cast: Cast) -> tuple[Issue, list[Any]]:
    issue = resolved(cast, "C")
    answers = at_once(
        lambda: confirm(issue, actor=cast.contact), lambda: reopen(issue, reason="没有好。", actor=cast.bureau)
    )
    return fresh(issue), answers


def test_r40_a_redo_is_never_lost_to_a_confirmation_of_the_same_moment():
    """Confirmed first, it may still be reopened; reopened first, there is nothing left to confirm."""
    cast = make_cast()
    for _ in range(TRIALS):
        issue, answers = confirm_and_reopen(cast)
        assert (issue.state, issue.reopened_count, issue.confirmation) == (State.ACCEPTED, 1, "")
        first = issue.events.filter(kind__in=["confirmed", "reopened"]).order_by("pk").values_list("kind", flat=True)
        assert (kinds(answers), list(first)) in (([], ["confirmed", "reopened"]), ([MoveRefused], ["reopened"]))
    assert [finding.sentence for finding in reconcile_issues()] == []


@pytest.mark.usefixtures("without_lock")
def test_without_the_lock_a_redo_and_a_confirmation_contradict_each_other():
    cast = make_cast()
    for _ in range(TRIALS):
        confirm_and_reopen(cast)
    assert "events-follow-each-other" in {finding.account for finding in reconcile_issues()}


def both_ways(cast: Cast) -> tuple[Issue, Issue, list[Any]]:
    first, second = raised(cast, "C"), raised(cast, "C")
    answers = at_once(
        lambda: merge(first, target=second, actor=cast.bureau), lambda: merge(second, target=first, actor=cast.office)
    )
    return fresh(first), fresh(second), answers


def test_r37_two_that_are_merged_into_each_other_at_once_leave_one_alive():
    cast = make_cast()
    for _ in range(TRIALS):
        first, second, answers = both_ways(cast)
        assert kinds(answers) == [ValidationError]
        assert sorted([first.state, second.state]) == [State.GRADED, State.MERGED]
    assert [finding.sentence for finding in reconcile_issues()] == []


@pytest.mark.usefixtures("without_lock")
def test_without_the_lock_both_go_into_each_other_and_nobody_answers_either():
    cast = make_cast()
    for _ in range(TRIALS):
        first, second, _answers = both_ways(cast)
        if (first.state, second.state) == (State.MERGED, State.MERGED):
            found = {finding.account for finding in reconcile_issues()}
            assert "merged-into-what-can-be-answered" in found
            return
    raise AssertionError("they never met")


def two_approve(cast: Cast) -> tuple[Issue, list[Any]]:
    issue, second = in_hands(cast, "B"), UserFactory(role=Role.COMMISSION_OFFICE)
    request = ask_for_tier(issue, tier="C", reason="要几个部门一起办。", actor=cast.liaison)

    def approve(person: Any) -> Any:
        return decide(request, approve=True, actor=person)

    return issue, at_once(lambda: approve(cast.office), lambda: approve(second))


def test_of_two_who_decide_at_once_one_does():
    cast = make_cast()
    for _ in range(TRIALS):
        issue, answers = two_approve(cast)
        assert kinds(answers) == [MoveRefused]
        assert issue.deadlines.count() == 2


@pytest.mark.usefixtures("without_lock")
def test_without_the_lock_both_decide_or_the_ledger_alone_stops_the_second():
    cast = make_cast()
    assert any(kinds(two_approve(cast)[1]) in ([], [IntegrityError]) for _ in range(TRIALS * 3))


def one_approves_while_another_refuses(cast: Cast) -> list[Any]:
    issue, second = in_hands(cast, "B"), UserFactory(role=Role.UNIT_HEAD, unit=cast.home)
    request = ask_for_extension(issue, until=issue.due_on.replace(month=11, day=5), reason="等。", actor=cast.liaison)
    return at_once(
        lambda: decide(request, approve=True, actor=cast.home_head),
        lambda: decide(request, approve=False, note="不同意。", actor=second),
    )


def test_one_who_approves_and_one_who_refuses_do_not_both_have_their_way():
    cast = make_cast()
    for _ in range(TRIALS):
        assert kinds(one_approves_while_another_refuses(cast)) == [MoveRefused]
    assert [finding.sentence for finding in reconcile_issues()] == []


def two_edit(cast: Cast) -> tuple[Issue, list[Any]]:
    issue = raised(cast, "C")
    return issue, at_once(
        lambda: edit(issue, version=issue.version, text="甲改的", actor=cast.liaison),
        lambda: edit(issue, version=issue.version, text="乙改的", actor=cast.bureau),
    )


def test_of_two_editors_of_one_version_the_second_is_shown_the_firsts_words():
    cast = make_cast()
    for _ in range(TRIALS):
        issue, answers = two_edit(cast)
        assert kinds(answers) == [Stale]
        (stale,) = (answer for answer in answers if isinstance(answer, Stale))
        assert stale.theirs.text == fresh(issue).text in ("甲改的", "乙改的")
        assert fresh(issue).version == 2


@pytest.mark.usefixtures("without_lock")
def test_without_the_lock_one_editors_words_are_lost_without_a_word():
    cast = make_cast()
    lost = [kinds(answers) for _issue, answers in (two_edit(cast) for _ in range(TRIALS))]
    assert [] in lost


def test_two_move_two_issues_of_one_calendar_at_once_without_waiting_for_ever():
    """Locks are taken in one order: merging both ways, referring and signing at once end, each with an answer."""
    cast = make_cast()
    unit = UnitFactory(code="R-1", takes_tiers=["C"])
    for _ in range(TRIALS):
        first, second = raised(cast, "C"), raised(cast, "C")
        answers = at_once(
            partial(merge, first, target=second, actor=cast.bureau),
            partial(refer, second, unit=unit, actor=cast.office),
            partial(merge, second, target=first, actor=cast.office),
            partial(withdraw, first, reason="不再需要。", actor=cast.contact),
        )
        assert {type(answer) for answer in answers if isinstance(answer, Exception)} <= {MoveRefused, ValidationError}
    assert [finding.sentence for finding in reconcile_issues()] == []
