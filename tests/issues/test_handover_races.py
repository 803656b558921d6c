"""R22: of an acceptance and a withdrawal at the same moment one happens, and the other is told so."""

from functools import partial

import pytest

from issues.handovers.services import accept_case, ask_case, withdraw_case
from issues.models import CaseHandover, Issue
from issues.services import MoveRefused
from liaisons.models import OfferState
from tests.concurrency import at_once
from tests.factories import OfficerFactory, UserFactory, make_issue


@pytest.mark.usefixtures("committed")
def test_accepted_and_withdrawn_at_once_only_one_of_them_happens() -> None:
    for _ in range(8):
        officer = OfficerFactory()
        issue, other = make_issue(officer), UserFactory(unit=officer.home_unit)
        handover = ask_case(issue, receiver=other, reason="调整", actor=officer.user)
        answers = at_once(
            partial(accept_case, handover, actor=other),
            partial(withdraw_case, handover, actor=officer.user),
        )
        assert {type(answer) for answer in answers} == {CaseHandover, MoveRefused}
        state = CaseHandover.objects.get(pk=handover.pk).state
        handler = Issue.objects.get(pk=issue.pk).handler
        assert (state, handler) in ((OfferState.DONE, other), (OfferState.WITHDRAWN, officer.user))
