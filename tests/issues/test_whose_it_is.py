"""R22: whose an issue is after people have left and platforms have passed on, and what is nobody's any more."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from accounts.leaving import work_of
from accounts.models import Role, UnitKind, User
from config.clock import frozen
from issues.dossier import Dossier
from issues.handovers.services import accept_case, ask_case, receivers_of
from issues.levels import Yardstick
from issues.models import RequestState, State
from issues.parties import Party, parties_of
from issues.promises import remind_of_promises
from issues.queues import Queue, waiting_for
from issues.raised import WarningsOf
from issues.services import (
    MoveRefused,
    NotYourMove,
    answer_support,
    ask_for_extension,
    ask_for_tier,
    close,
    confirm,
    decide,
    edit,
    give_back,
    rate,
    reassign,
    refer,
    reopen,
    resolve,
    sign_for,
    supervise,
    withdraw,
)
from issues.services.grading import Stale
from issues.services.mending import mend
from issues.services.requests import approvers
from issues.tick import tick
from issues.timeline import build_timeline
from issues.turn import turn_of
from notices.models import Notice
from tests.factories import AssignmentFactory, OfficerFactory, UnitFactory, UserFactory
from tests.issues.acts import fresh
from tests.issues.cast import Cast, in_hands, make_cast, planned, raised, referred, resolved

D = date.fromisoformat


@pytest.fixture
def cast(db):
    return make_cast()


def pass_on(cast: Cast):
    """The platform goes to another officer, who is of the same unit."""
    successor = OfficerFactory(user=UserFactory(unit=cast.home))
    current = cast.platform.assignments.current().get()
    type(current).objects.filter(pk=current.pk).update(ended_on=D("2026-10-14"))
    AssignmentFactory(platform=cast.platform, officer=successor, started_on=D("2026-10-15"))
    return successor


def leave(person) -> None:
    person.is_active = False
    person.save(update_fields=["is_active"])


class TestAfterSomebodyLeft:
    def test_a_redo_comes_to_the_platforms_officer_of_today(self, cast):
        issue = resolved(cast, "B")
        successor = pass_on(cast)
        leave(cast.liaison)
        reopen(issue, reason="没有好。", actor=cast.contact)
        assert fresh(issue).handler == successor.user
        assert Notice.objects.filter(kind="reopened", recipient=successor.user).count() == 1

    def test_a_redo_of_what_another_unit_led_comes_to_its_head(self, cast):
        issue, second = resolved(cast, "C"), UserFactory(role=Role.UNIT_HEAD, unit=cast.lead)
        leave(cast.lead_head)
        reopen(issue, reason="没有好。", actor=cast.contact)
        assert fresh(issue).handler == second

    def test_another_tier_brings_it_back_to_the_platforms_officer_of_today(self, cast):
        issue = in_hands(cast, "C")
        successor = pass_on(cast)
        leave(cast.liaison)
        decide(
            ask_for_tier(issue, tier="B", reason="本单位能办。", actor=cast.lead_head), approve=True, actor=cast.office
        )
        assert fresh(issue).handler == successor.user

    def test_the_officer_hears_of_a_redo_whoever_handles_it(self, cast):
        issue = resolved(cast, "C")
        reopen(issue, reason="没有好。", actor=cast.contact)
        assert Notice.objects.filter(kind="reopened", recipient=cast.liaison).count() == 1


class TestTheFormerOfficer:
    def test_has_no_part_in_what_went_with_the_platform(self, cast):
        issue = resolved(cast, "C")
        successor = pass_on(cast)
        assert (parties_of(issue, cast.liaison), parties_of(issue, successor.user)) == (
            frozenset(),
            frozenset({Party.OFFICER}),
        )
        with pytest.raises(NotYourMove):
            confirm(issue, actor=cast.liaison)
        confirm(issue, actor=successor.user)

    def test_sees_it_and_has_nothing_to_do_about_it(self, cast):
        issue = in_hands(cast, "C")
        pass_on(cast)
        manager = type(issue).objects
        assert issue in manager.visible_to(cast.liaison)
        assert issue not in manager.editable_by(cast.liaison)

    def test_keeps_what_stayed_in_hand(self, cast):
        issue = in_hands(cast, "B")
        pass_on(cast)
        assert parties_of(issue, cast.liaison) == {Party.LEAD}
        assert issue in type(issue).objects.editable_by(cast.liaison)


class TestNobodyDecidesAnyMore:
    def test_what_was_asked_in_the_round_before_is_not_granted_in_the_next(self, cast):
        issue = in_hands(cast, "B")
        request = ask_for_extension(issue, until=D("2026-11-05"), reason="等评审会。", actor=cast.liaison)
        resolve(issue, result="solved", reply="好了。", actor=cast.liaison)
        reopen(issue, reason="没有好。", actor=cast.contact)
        with pytest.raises(MoveRefused, match="已经失效"):
            decide(request, approve=True, actor=cast.home_head)
        request.refresh_from_db()
        assert (request.state, request.decided_by) == (RequestState.LAPSED, None)
        assert not Notice.objects.filter(kind="requested", read_at=None).exists()
        # It may be asked for again, in the new term.
        ask_for_extension(issue, until=D("2026-11-05"), reason="等评审会。", actor=cast.liaison)

    def test_an_extension_lapses_with_the_clock_that_a_plan_stops(self, cast):
        issue = in_hands(cast, "B")
        request = ask_for_extension(issue, until=D("2026-11-05"), reason="等评审会。", actor=cast.liaison)
        planned(issue, D("2026-11-20"))
        request.refresh_from_db()
        assert request.state == RequestState.LAPSED


class TestTheSecondPerson:
    @pytest.mark.parametrize(("now", "wanted", "is_for_head"), [("B", "C", True), ("C", "B", True), ("D", "B", False)])
    def test_r29_d_is_never_a_unit_heads_alone(self, cast, now, wanted, is_for_head):
        issue = in_hands(cast, now)
        request = ask_for_tier(issue, tier=wanted, reason="换类。", actor=issue.handler)
        assert (cast.home_head in approvers(request)) is is_for_head
        assert {cast.office, cast.bureau} <= set(approvers(request))

    def test_a_head_above_may_decide_and_is_asked(self, cast):
        above = UnitFactory(code="W-above", kind=UnitKind.MUNICIPAL_BUREAU)
        cast.home.parent, cast.home.path = above, f"{above.path}{cast.home.code}/"
        cast.home.save()
        head = UserFactory(role=Role.UNIT_HEAD, unit=above)
        request = ask_for_extension(in_hands(cast, "B"), until=D("2026-11-05"), reason="等。", actor=cast.liaison)
        assert head in approvers(request)
        decide(request, approve=True, actor=head)

    def test_r34_the_platform_hears_of_the_new_date(self, cast):
        issue = in_hands(cast, "B")
        request = ask_for_extension(issue, until=D("2026-11-05"), reason="等评审会。", actor=cast.liaison)
        decide(request, approve=True, actor=cast.home_head)
        told = Notice.objects.get(kind="deadline_moved", recipient=cast.contact)
        assert told.sentence == f"问题 {issue.number} 的到期日由10月29日改为11月5日"
        assert told.url == f"/p/issues/{issue.number}/"

    def test_r41_whoever_had_it_in_hand_once_does_not_close_it(self, cast):
        issue = in_hands(cast, "B")
        case = ask_case(issue, receiver=cast.home_head, reason="我来办。", actor=cast.liaison)
        accept_case(case, actor=cast.home_head)
        case = ask_case(issue, receiver=cast.liaison, reason="还给您。", actor=cast.home_head)
        accept_case(case, actor=cast.liaison)
        resolve(issue, result="solved", reply="好了。", actor=cast.liaison)
        confirm(issue, actor=cast.contact)
        with pytest.raises(MoveRefused, match="自己办理的问题要由另一个人销号"):
            close(issue, actor=cast.home_head)


class TestTheOfficeStandsIn:
    """R41, T7: what waits for a head of the home unit waits for the commission office where there is none for it."""

    def resolved_by_the_head(self, cast):
        """B, which the home unit's only head has handled and the platform confirmed."""
        issue = in_hands(cast, "B")
        accept_case(ask_case(issue, receiver=cast.home_head, reason="请假", actor=cast.liaison), actor=cast.home_head)
        resolve(fresh(issue), result="solved", reply="好了。", actor=cast.home_head)
        confirm(issue, actor=cast.contact)
        return fresh(issue)

    def test_where_the_only_head_has_handled_it(self, cast):
        issue = self.resolved_by_the_head(cast)
        assert list(waiting_for(cast.office, Queue.CLOSE)) == [issue]
        assert turn_of(Dossier(issue, Yardstick())) == "等市委科技办销号"
        with pytest.raises(MoveRefused, match="另一个人销号"):
            close(issue, actor=cast.home_head)
        close(issue, actor=cast.office)
        assert fresh(issue).state == State.CLOSED

    def test_not_where_another_head_may(self, cast):
        issue = self.resolved_by_the_head(cast)
        second = UserFactory(role=Role.UNIT_HEAD, unit=cast.home)
        assert not waiting_for(cast.office, Queue.CLOSE)
        assert list(waiting_for(second, Queue.CLOSE)) == [issue]
        with pytest.raises(NotYourMove):
            close(issue, actor=cast.office)

    @pytest.mark.parametrize("tier", ["A", "B"])
    def test_where_the_unit_has_no_head(self, cast, tier):
        User.objects.filter(pk=cast.home_head.pk).update(is_active=False)
        issue = resolved(cast, tier)
        confirm(issue, actor=cast.contact)
        assert list(waiting_for(cast.office, Queue.CLOSE)) == [issue]
        close(issue, actor=cast.office)
        assert fresh(issue).state == State.CLOSED

    def test_a_return_of_b_without_a_head_is_the_offices_to_decide(self, cast):
        issue = referred(cast, "B")
        User.objects.filter(pk=cast.home_head.pk).update(is_active=False)
        give_back(issue, reason="不属于本单位职责。", actor=cast.lead_head)
        assert Notice.objects.filter(kind="returned", recipient=cast.office).exists()
        assert list(waiting_for(cast.office, Queue.RETURN)) == [issue]
        reassign(issue, unit=cast.other, reason="职责所在。", actor=cast.office)
        assert fresh(issue).state == State.ASSIGNED

    def test_a_head_above_decides_a_return_before_the_office_does(self, cast):
        above = UserFactory(role=Role.UNIT_HEAD, unit=UnitFactory(code="ABOVE"))
        cast.home.parent = above.unit
        cast.home.save()
        User.objects.filter(pk=cast.home_head.pk).update(is_active=False)
        issue = referred(cast, "B")
        give_back(issue, reason="不属于本单位职责。", actor=cast.lead_head)
        assert not Notice.objects.filter(kind="returned", recipient=cast.office).exists()
        assert Notice.objects.filter(kind="returned", recipient=above).exists()
        with pytest.raises(NotYourMove):
            reassign(issue, unit=cast.other, reason="职责所在。", actor=cast.office)


class TestACaseIsPassedOn:
    def test_r32_a_unit_that_leads_asks_none_but_its_own(self, cast):
        issue = in_hands(cast, "C")
        assert set(receivers_of(issue)) == {cast.lead_head, cast.lead_clerk} - {issue.handler}
        with pytest.raises(ValidationError) as refusal:
            ask_case(issue, receiver=cast.liaison, reason="请您办。", actor=issue.handler)
        assert list(refusal.value.message_dict) == ["receiver"]

    def test_one_in_the_commission_office_gives_a_d_case_to_a_colleague(self, cast):
        own = UnitFactory(code="CO", kind=UnitKind.COMMISSION_OFFICE, takes_tiers=["D"])
        cast.office.unit = own
        cast.office.save()
        colleague = UserFactory(role=Role.COMMISSION_OFFICE, unit=own)
        issue = raised(cast, "D")
        refer(issue, unit=own, actor=cast.office)
        sign_for(issue, actor=cast.office)
        assert work_of(cast.office) == ["1项在办问题"]
        accept_case(ask_case(fresh(issue), receiver=colleague, reason="出差。", actor=cast.office), actor=colleague)
        assert (fresh(issue).handler, work_of(cast.office)) == (colleague, [])


class TestSupportingUnits:
    def test_whoever_leads_now_has_nobody_to_answer(self, cast):
        issue = referred(cast, "C")
        give_back(issue, reason="不归我们管。", actor=cast.lead_head)
        reassign(issue, unit=cast.support, reason="归你们管。", actor=cast.office)
        sign_for(issue, actor=cast.support_clerk)
        resolve(issue, result="solved", reply="好了。", actor=cast.support_clerk)
        assert fresh(issue).state == State.RESOLVED

    def test_one_that_does_not_answer_is_released_by_a_new_referral(self, cast):
        issue = referred(cast, "C")
        sign_for(issue, actor=cast.lead_clerk)
        refer(issue, unit=cast.other, supports=[], actor=cast.office)
        sign_for(issue, actor=cast.other_head)
        resolve(issue, result="solved", reply="好了。", actor=cast.other_head)
        assert fresh(issue).state == State.RESOLVED
        assert Notice.objects.filter(kind="moved_on", recipient=cast.lead_clerk).count() == 1

    def test_an_answer_belongs_to_its_round(self, cast):
        issue = resolved(cast, "C")  # the supporting unit has answered
        reopen(issue, reason="没有好。", actor=cast.contact)
        refer(issue, unit=cast.other, supports=[cast.support], actor=cast.office)
        sign_for(issue, actor=cast.other_head)
        with pytest.raises(MoveRefused, match="还有协办单位没有答复：support"):
            resolve(issue, result="solved", reply="好了。", actor=cast.other_head)
        answer_support(issue, answer="同意。", agrees=True, actor=cast.support_clerk)
        resolve(issue, result="solved", reply="好了。", actor=cast.other_head)
        assert issue.supports.count() == 2

    def test_r32_what_was_decided_finally_is_not_returned_after_a_new_referral(self, cast):
        issue = referred(cast, "C")
        give_back(issue, reason="不归我们管。", actor=cast.lead_head)
        reassign(issue, unit=cast.other, reason="归你们管。", actor=cast.office)
        sign_for(issue, actor=cast.other_head)
        refer(issue, unit=cast.lead, actor=cast.office)
        with pytest.raises(MoveRefused, match="退回已经裁定过"):
            give_back(issue, reason="还是不归我们。", actor=cast.lead_head)


class TestPromises:
    """Friday 2026-10-16 is the day after; each morning's scan tells once."""

    def late(self, day):
        with frozen(f"{day}T09:00"):
            tick()
            remind_of_promises(Yardstick())
        found = Notice.objects.filter(kind="promise").order_by("pk")
        return [(each.recipient, each.data["what"]) for each in found]

    def test_r33_a_supporting_unit_that_owes_its_answer(self, cast):
        issue = referred(cast, "C")  # until Tuesday 2026-10-20
        sign_for(issue, actor=cast.lead_clerk)
        assert self.late("2026-10-20") == []
        told = self.late("2026-10-21")
        assert set(told) == {(cast.support_clerk, "support"), (cast.lead_clerk, "support")}
        assert self.late("2026-10-22") == told
        sentence = Notice.objects.filter(kind="promise")[0].sentence
        assert sentence == f"问题 {issue.number} 的协办答复应在10月20日前给出，请尽快答复"

    def test_r32_a_return_that_nobody_decides(self, cast):
        issue = referred(cast, "C")
        give_back(issue, reason="不归我们管。", actor=cast.lead_head)
        assert self.late("2026-10-16") == []
        assert self.late("2026-10-19") == [(cast.office, "return")]

    def test_r42_a_supervision_without_its_reply_and_none_that_is_gone(self, cast):
        issue, gone = in_hands(cast, "C"), raised(cast, "C")
        for each in (issue, gone):
            supervise(each, text="请说明。", reply_by=D("2026-10-16"), actor=cast.office)
        withdraw(gone, reason="不再需要。", actor=cast.contact)
        told = self.late("2026-10-19")
        assert {what for _person, what in told} == {"supervision"}
        assert {person for person, _what in told} == {cast.lead_head, cast.office, issue.handler}

    def test_r45_a_dissatisfied_platform_that_nobody_called(self, cast):
        issue = resolved(cast, "B")
        confirm(issue, actor=cast.contact)
        rate(issue, service=1, result=1, actor=cast.contact)
        assert self.late("2026-10-16") == []
        assert self.late("2026-10-19") == [(cast.office, "call")]


def test_r40_each_resolution_keeps_its_own_result_in_the_timeline(cast):
    issue = in_hands(cast, "B")
    for result in ("partly", "explained"):
        resolve(issue, result=result, reply="先这样。", actor=cast.liaison)
        reopen(issue, reason="没有好。", actor=cast.contact)
    resolve(issue, result="solved", reply="好了。", actor=cast.liaison)
    found = fresh(issue)
    entries = build_timeline(found, WarningsOf(found, cast.office, Yardstick()))
    titles = [entry.title for entry in entries if entry.title.startswith("办结")]
    assert titles == ["办结：已解决", "办结：解释说明", "办结：部分解决"]


def test_a_repair_makes_another_version_of_it(cast):
    issue = raised(cast, "C")
    mend(issue, text="改正的字")
    with pytest.raises(Stale):
        edit(issue, version=issue.version, text="旧的页面上写的", actor=cast.liaison)
    assert fresh(issue).text == "改正的字"
