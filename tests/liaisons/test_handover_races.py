"""R2, R3 when several act at the same moment: the rules hold, and without the lock they would not.

As in test_races the time between looking and writing is stretched alike in both runs.
"""

import time
from datetime import date
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from issues.handovers.services import take_effect
from liaisons import handovers, services
from liaisons.absences import arrange
from liaisons.handovers import accept, ask
from liaisons.models import Absence, Assignment, Handover, OfferState, Officer
from liaisons.services import DateRefused, OverLimit, assign, assign_all
from platforms.models import Platform
from tests.concurrency import at_once
from tests.factories import AssignmentFactory, OfficerFactory, PlatformFactory

committed = pytest.mark.usefixtures("committed")

TRIALS = 12
LATER = date(2026, 11, 2)


@pytest.fixture(autouse=True)
def slow_between_look_and_write(monkeypatch: pytest.MonkeyPatch) -> None:
    decided, create = handovers.decided, services._create

    def later(*arguments: Any) -> None:
        time.sleep(0.02)
        decided(*arguments)

    def created(*arguments: Any) -> Assignment:
        time.sleep(0.02)
        return create(*arguments)

    monkeypatch.setattr(handovers, "decided", later)
    monkeypatch.setattr(services, "_create", created)


@pytest.fixture
def without_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "_lock", lambda platform, officer: None)


def nearly_full() -> Officer:
    officer = OfficerFactory()
    for _ in range(3):
        AssignmentFactory(officer=officer)
    return officer


def asked(receiver: Officer) -> Handover:
    giver = OfficerFactory()
    return ask(PlatformFactory(officer=giver), receiver=receiver, planned_on=LATER, reason="调整", actor=giver.user)


def two_accepted_at_once() -> tuple[int, set[type]]:
    """An officer with three platforms accepts two more at once: how many are promised then, and the two answers."""
    receiver = nearly_full()
    offers = [asked(receiver), asked(receiver)]
    answers = at_once(*(lambda offer=offer: accept(offer, actor=receiver.user) for offer in offers))
    promised = Handover.objects.filter(receiver=receiver, state=OfferState.ACCEPTED).count()
    return promised, {type(answer) for answer in answers}


def accepted_while_assigned() -> tuple[int, set[type]]:
    """The fourth platform comes by a handover and the fifth from the bureau, at once."""
    receiver, offer, other = nearly_full(), None, PlatformFactory()
    offer = asked(receiver)
    answers = at_once(
        lambda: accept(offer, actor=receiver.user),
        lambda: assign(officer=receiver, platform=other, started_on=date(2026, 3, 11), actor=None),
    )
    promised = Handover.objects.filter(receiver=receiver, state=OfferState.ACCEPTED).count()
    return receiver.assignments.current().count() + promised, {type(answer) for answer in answers}


@committed
def test_r2_of_two_accepted_at_once_the_fifth_platform_is_refused() -> None:
    for _ in range(TRIALS):
        assert two_accepted_at_once() == (1, {Handover, OverLimit})


@pytest.mark.usefixtures("committed", "without_lock")
def test_without_the_lock_both_are_accepted() -> None:
    assert any(two_accepted_at_once()[0] == 2 for _ in range(TRIALS))


@committed
def test_r2_an_acceptance_and_an_assignment_at_once_come_to_four() -> None:
    for _ in range(TRIALS):
        carried, answers = accepted_while_assigned()
        assert carried == 4
        assert OverLimit in answers


@pytest.mark.usefixtures("committed", "without_lock")
def test_without_the_lock_an_acceptance_and_an_assignment_come_to_five() -> None:
    assert any(accepted_while_assigned()[0] == 5 for _ in range(TRIALS))


@committed
def test_two_scans_at_once_apply_a_handover_once() -> None:
    receiver = OfficerFactory()
    offer = asked(receiver)
    Handover.objects.filter(pk=offer.pk).update(
        state=OfferState.ACCEPTED,
        planned_on=date(2026, 10, 1),
        effective_on=date(2026, 10, 1),
        decided_by=receiver.user,
    )
    assert sorted(at_once(take_effect, take_effect)) == [0, 1]
    assert list(Platform.objects.get(pk=offer.platform_id).assignments.values_list("officer", "ended_on")) == [
        (receiver.pk, None),
        (offer.giver_id, date(2026, 9, 30)),
    ]


@committed
def test_of_two_leaves_arranged_at_once_only_one_overlaps_with_nothing() -> None:
    """A stands in for B, B for A, at the same moment: one of them is refused."""
    for _ in range(TRIALS):
        one, other = OfficerFactory(), OfficerFactory()
        leave = partial(arrange, starts_on=LATER, ends_on=date(2026, 11, 6), reason="休假")
        at_once(
            partial(leave, officer=one, deputy=other, actor=one.user),
            partial(leave, officer=other, deputy=one, actor=other.user),
        )
        assert Absence.objects.filter(officer__in=[one, other]).count() == 1


@committed
def test_a_batch_and_a_single_assignment_of_the_same_rows_do_not_block_each_other() -> None:
    for _ in range(TRIALS):
        officers, platforms = [OfficerFactory() for _ in range(3)], [PlatformFactory() for _ in range(3)]
        pairs = list(zip(platforms, officers, strict=True))
        single = partial(assign, officer=officers[0], platform=platforms[2], started_on=date(2026, 3, 11), actor=None)
        batch = partial(assign_all, pairs[::-1], started_on=date(2026, 3, 11), actor=None)
        answers = at_once(batch, single)
        taken = Assignment.objects.current().filter(platform__in=platforms).count()
        # Whoever comes second finds the platform taken: the batch then assigns nothing, the single one relieves nobody.
        outcomes = {type(answer) for answer in answers}
        assert (taken, outcomes) in ((3, {list, DateRefused}), (1, {ValidationError, Assignment}))
