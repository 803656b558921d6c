"""The queues of the workbench hold exactly what the table of transitions lets their person do."""

from datetime import date

import pytest

from accounts.models import Role
from config.clock import frozen
from issues.dossier import Dossier
from issues.levels import Yardstick
from issues.models import Issue
from issues.queues import Queue, counts_for, queues_of, waiting_for
from issues.services import (
    ask_for_extension,
    ask_for_tier,
    close,
    confirm,
    give_back,
    refer,
    register_request,
    resolve,
    sign_for,
    supervise,
    withdraw,
)
from issues.workflow import Action, refusal
from tests.factories import CategoryFactory, OfficerFactory, PlatformFactory, UnitFactory, UserFactory, make_issue
from tests.issues.acts import head_of, in_hand, office, suspend

pytestmark = pytest.mark.django_db
ACTIONS = {
    Queue.GRADE: Action.GRADE,
    Queue.REFER: Action.REFER,
    Queue.SIGN: Action.SIGN,
    Queue.RETURN: Action.REASSIGN,
    Queue.SUPPORT: Action.ANSWER_SUPPORT,
    Queue.SUPERVISION: Action.ANSWER_SUPERVISION,
    Queue.WORD: Action.CONFIRM,
    Queue.CLOSE: Action.CLOSE,
}


@pytest.fixture
def lead():
    return UnitFactory(code="M-HUD", takes_tiers=["B", "C", "D"])


@pytest.fixture
def people(officer, lead):
    unit = officer.home_unit
    return [
        officer.user,
        head_of(unit),
        head_of(lead),
        UserFactory(role=Role.CLERK, unit=lead),
        office(),
        UserFactory(role=Role.BUREAU_STAFF, unit=unit),
        UserFactory(role=Role.LEADER),
        OfficerFactory().user,
    ]


@pytest.fixture
def world(officer, lead, people):
    """Issues at every step."""
    platform = PlatformFactory(officer=officer)
    register_request(platform=platform, category=CategoryFactory(), text="用电不够", actor=officer.user)
    make_issue(officer, tier="C", text="graded")
    for tier in "BC":
        refer(
            make_issue(officer, tier=tier, text="assigned"), unit=lead, actor=officer.user if tier == "B" else office()
        )
        returned = make_issue(officer, tier=tier, text="returned")
        refer(returned, unit=lead, actor=officer.user if tier == "B" else office())
        give_back(returned, reason="不归我们管。", actor=head_of(lead))
    refer(make_issue(officer, tier="C"), unit=UnitFactory(takes_tiers=["C"]), supports=[lead], actor=office())
    supervised = make_issue(officer, tier="C")
    refer(supervised, unit=lead, actor=office())
    sign_for(supervised, actor=people[2])
    supervise(supervised, text="请说明。", reply_by=date(2026, 10, 20), actor=office())
    withdrawn = make_issue(officer, tier="C", text="withdrawn")
    supervise(withdrawn, text="请说明。", reply_by=date(2026, 10, 20), actor=office())
    withdraw(withdrawn, reason="不再需要。", actor=officer.user)
    unanswered = in_hand(make_issue(officer, tier="C", text="confirmed, and supervised"))
    supervise(unanswered, text="请说明。", reply_by=date(2026, 10, 20), actor=office())
    resolve(unanswered, result="solved", reply="好了。", actor=unanswered.handler)
    confirm(unanswered, actor=officer.user)
    for tier in "ABC":
        made = make_issue(officer, tier=tier, text="resolved")
        done = in_hand(made) if tier == "C" else made
        if tier != "A":
            resolve(done, result="solved", reply="好了。", actor=done.handler)
        confirmed = make_issue(officer, tier=tier, text="confirmed")
        if tier == "C":
            confirmed = in_hand(confirmed)
        if tier != "A":
            resolve(confirmed, result="solved", reply="好了。", actor=confirmed.handler)
        confirm(confirmed, actor=officer.user)
    gone = make_issue(officer)
    resolve(gone, result="solved", reply="好了。", is_confirmed_solved=True, actor=officer.user)
    close(gone, actor=head_of(officer.home_unit))
    ask_for_extension(make_issue(officer), until=date(2026, 11, 5), reason="等排期。", actor=officer.user)
    ask_for_tier(make_issue(officer), tier="D", reason="要市里调度。", actor=officer.user)
    suspend(make_issue(officer), date(2026, 10, 20))


@pytest.mark.parametrize("queue", ACTIONS)
def test_a_queue_holds_what_its_person_may_do(world, people, queue):
    held = 0
    for person in people:
        may = {
            issue.number
            for issue in Issue.objects.visible_to(person)
            if refusal(Dossier(issue, Yardstick()), ACTIONS[queue], person) is None
            # What is in hand can be given to another unit; nobody waits for that.
            and (queue != Queue.REFER or issue.state == "graded")
        }
        assert {issue.number for issue in waiting_for(person, queue)} == may, person.role
        held += len(may)
    assert held > 0


def test_requests_wait_for_those_who_may_decide_them(world, people):
    kinds = {person.role: waiting_for(person, Queue.DECIDE).count() for person in people}
    assert (kinds[Role.COMMISSION_OFFICE], kinds[Role.BUREAU_STAFF], kinds[Role.OFFICER]) == (1, 1, 0)
    home_head = people[1]
    assert waiting_for(home_head, Queue.DECIDE).count() == 1


def test_a_suspension_waits_from_its_review_day_on(world, people):
    commission = people[4]
    assert waiting_for(commission, Queue.SUSPENSION).count() == 0
    with frozen("2026-10-20T09:00"):
        assert waiting_for(commission, Queue.SUSPENSION).count() == 1


def test_only_what_is_not_empty_is_counted_and_readers_have_none(world, people):
    assert {each.queue for each in counts_for(people[0])} == {Queue.GRADE, Queue.WORD}
    assert queues_of(people[6]) == []
    assert counts_for(people[7]) == []


def test_each_figure_opens_exactly_its_rows(world, people, sign_in):
    for person in people[:5]:
        client = sign_in(person)
        for each in counts_for(person):
            page = client.get("/issues/", {"queue": each.queue.value})
            assert len(page.context["rows"]) == each.count, (person.role, each.queue)
        assert client.get("/issues/", {"queue": "nonsense"}).status_code == 422
