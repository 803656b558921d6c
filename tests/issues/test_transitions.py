"""T1-T19 one by one: what each asks for, what it writes, whom it tells, and where it ends."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Role
from config.clock import frozen
from issues.dossier import Dossier
from issues.levels import Yardstick
from issues.models import Alarm, Clock, Issue, State
from issues.reconcile import reconcile_issues
from issues.selections import Period, confirmed_solved, late, on_time
from issues.services import (
    MoveRefused,
    NotYourMove,
    Stale,
    answer_supervision,
    answer_support,
    ask_for_extension,
    ask_for_suspension,
    ask_for_tier,
    close,
    confirm,
    decide,
    edit,
    give_back,
    grade,
    merge,
    move_plan,
    reassign,
    refer,
    register_request,
    remind,
    reopen,
    resolve,
    sign_for,
    supervise,
    withdraw,
)
from issues.services import resume as resume_clock
from issues.tick import tick
from notices.models import Notice
from platforms.models import Platform
from tests.factories import (
    CategoryFactory,
    OfficerFactory,
    PlatformContactFactory,
    PlatformFactory,
    UnitFactory,
    UserFactory,
)
from tests.issues.acts import fresh, versions
from tests.issues.cast import (
    Cast,
    closed,
    confirmed,
    in_hands,
    in_state,
    make_cast,
    paused,
    planned,
    raised,
    referred,
    resolved,
    returned,
    supported,
)

pytestmark = pytest.mark.django_db

D = date.fromisoformat


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture(autouse=True)
def the_books_balance(cast):
    """Whatever happened in a test, the books explain it afterwards."""
    yield
    with frozen("2026-12-01T09:00"):
        assert [finding.sentence for finding in reconcile_issues()] == []


def moves_of(issue: Issue) -> list[tuple[str, str, str]]:
    return list(issue.events.order_by("pk").values_list("kind", "before", "after"))


def told(kind: str) -> set[str]:
    return {notice.recipient.username for notice in Notice.objects.filter(kind=kind).select_related("recipient")}


def names(*people) -> set[str]:
    return {person.username for person in people}


def another_platform(cast: Cast) -> tuple[Platform, Cast]:
    """A second platform with a contact and an officer of its own."""
    officer = OfficerFactory(user=UserFactory(unit=cast.home))
    platform = PlatformFactory(officer=officer)
    contact = UserFactory(role=Role.PLATFORM_CONTACT, unit=None)
    PlatformContactFactory(platform=platform, user=contact)
    people = {**cast.people, "liaison": officer.user, "contact": contact}
    return platform, Cast(officer, platform, cast.units, people)


class TestT1Register:
    def test_what_a_platform_asks_for_waits_for_its_officer_without_a_clock(self, cast):
        issue = fresh(raised(cast, ""))
        assert (issue.state, issue.tier, issue.term, issue.due_on) == (State.REGISTERED, "", None, None)
        assert (issue.officer, issue.handler, issue.lead_unit) == (cast.officer, cast.liaison, cast.home)
        assert (issue.raised_on, issue.deadlines.exists(), issue.alarms.exists()) == (D("2026-10-15"), False, False)
        assert moves_of(issue) == [("registered", "", "registered")]
        assert issue.events.get().actor == cast.contact
        assert told("raised") == names(cast.liaison)

    @pytest.mark.parametrize(
        ("fields", "field"), [({"text": " \n"}, "text"), ({"raised_on": D("2026-10-16")}, "raised_on")]
    )
    def test_what_is_missing_is_named(self, cast, fields, field):
        said = {"platform": cast.platform, "category": CategoryFactory(), "text": "进不了场", "actor": cast.contact}
        with pytest.raises(ValidationError) as refusal:
            register_request(**{**said, **fields})
        assert list(refusal.value.message_dict) == [field]
        assert not Issue.objects.exists()

    def test_a_platform_without_an_officer_is_told_whom_to_ask(self, cast):
        with pytest.raises(ValidationError, match="还没有联点干部"):
            register_request(platform=PlatformFactory(), category=CategoryFactory(), text="进不了场", actor=cast.bureau)

    @pytest.mark.parametrize("name", ["leader", "stranger", "lead_head", "contact"])
    def test_nobody_registers_for_a_platform_that_is_not_theirs(self, cast, name):
        platform = PlatformFactory(officer=OfficerFactory())
        with pytest.raises(NotYourMove, match="不能登记"):
            register_request(platform=platform, category=CategoryFactory(), text="x", actor=cast.people[name])


class TestT2Grade:
    @pytest.mark.parametrize(
        ("tier", "nature", "state", "due_on"),
        [
            ("B", "own_unit", State.ACCEPTED, D("2026-10-29")),
            ("C", "cross_unit", State.GRADED, D("2026-11-05")),
            ("D", "upward", State.GRADED, D("2026-11-26")),
        ],
    )
    def test_the_term_counts_from_the_day_it_was_raised(self, cast, tier, nature, state, due_on):
        issue = raised(cast, "")
        with frozen("2026-10-20T09:00"):
            grade(issue, tier=tier, nature=nature, actor=cast.liaison)
        found = fresh(issue)
        assert (found.state, found.tier, found.nature, found.due_on) == (state, tier, nature, due_on)
        assert (found.counted_from, found.clock_due_on) == (D("2026-10-15"), due_on)
        assert versions(issue) == [(1, "graded", None, due_on)]
        assert moves_of(issue)[1:] == [("graded", "registered", state)]

    def test_r28_another_tier_than_suggested_needs_its_reason_and_keeps_it(self, cast):
        issue = raised(cast, "")
        with pytest.raises(ValidationError) as refusal:
            grade(issue, tier="B", nature="cross_unit", actor=cast.office)
        assert list(refusal.value.message_dict) == ["grading_reason"]
        grade(issue, tier="B", nature="cross_unit", reason="本单位已与住建局谈妥。", actor=cast.office)
        found = fresh(issue)
        assert (found.tier, found.grading_reason) == ("B", "本单位已与住建局谈妥。")
        assert found.events.first().note == "B 本单位办理\n本单位已与住建局谈妥。"

    def test_r28_urgency_never_changes_the_term(self, cast):
        issue = raised(cast, "")
        grade(issue, tier="C", nature="cross_unit", urgency="urgent", importance="important", actor=cast.liaison)
        assert (fresh(issue).due_on, fresh(issue).urgency) == (D("2026-11-05"), "urgent")

    def test_r8_graded_long_after_it_was_raised_it_is_late_and_the_next_scan_says_so(self, cast):
        issue = raised(cast, "")
        with frozen("2026-11-03T09:00"):
            grade(issue, tier="B", nature="own_unit", actor=cast.liaison)
            tick()
        assert (fresh(issue).due_on, fresh(issue).breached_on) == (D("2026-10-29"), D("2026-10-30"))

    def test_it_is_graded_once(self, cast):
        issue = raised(cast, "")
        grade(issue, tier="C", nature="cross_unit", actor=cast.liaison)
        with pytest.raises(MoveRefused, match="现在是“待交办”，不能定级"):
            grade(issue, tier="D", nature="upward", actor=cast.office)


class TestT3AnswerOnTheSpot:
    def test_graded_a_it_is_answered_at_once_and_the_platform_asked(self, cast):
        issue = raised(cast, "")
        grade(issue, tier="A", nature="explain", answer="按办事指南第3条。", actor=cast.liaison)
        found = fresh(issue)
        assert (found.state, found.result, found.reply) == (State.RESOLVED, "solved", "按办事指南第3条。")
        assert (found.due_on, found.deadlines.exists(), found.is_confirmed_solved) == (None, False, False)
        assert moves_of(issue)[1:] == [("answered", "registered", "resolved")]
        assert told("confirm_asked") == names(cast.contact)
        assert told("resolved") == set()  # the officer answered it, and knows


class TestT4Refer:
    def test_the_lead_unit_is_asked_to_sign_and_the_supporting_ones_to_answer(self, cast):
        with frozen("2026-10-16T17:00"):
            issue = referred(cast, "C")
        part = issue.supports.get()
        assert (part.unit, part.due_on, part.answered_at) == (cast.support, D("2026-10-21"), None)
        assert told("referred") == names(cast.lead_head, cast.lead_clerk)
        assert told("support_asked") == names(cast.support_clerk)
        assert moves_of(issue)[1:] == [("referred", "graded", "assigned")]

    def test_referred_again_nobody_is_asked_twice_and_the_first_referral_ends(self, cast):
        issue = in_hands(cast, "C")
        with frozen("2026-10-16T09:00") as at:
            refer(issue, unit=cast.other, supports=[cast.support, cast.home], actor=cast.office)
        old = issue.referrals.get(unit=cast.lead)
        assert (old.ended_at, old.signed_by) == (at, cast.lead_head)
        assert [part.unit for part in issue.supports.all()] == [cast.support, cast.home]
        assert (fresh(issue).state, fresh(issue).lead_unit) == (State.ASSIGNED, cast.other)
        with pytest.raises(NotYourMove):  # it is another unit's now
            resolve(issue, result="solved", reply="x", actor=cast.lead_head)

    def test_what_was_answered_on_the_spot_is_not_referred(self, cast):
        issue = resolved(cast, "A")
        with pytest.raises(MoveRefused, match="现在是“已办结待确认”，不能交办"):
            refer(issue, unit=cast.lead, actor=cast.office)


class TestT5Sign:
    def test_r31_the_clerk_may_and_has_it_in_hand(self, cast):
        issue = referred(cast, "C")
        with frozen("2026-10-16T23:59") as at:
            referral = sign_for(issue, actor=cast.lead_clerk)
        assert (referral.signed_by, referral.signed_at) == (cast.lead_clerk, at)
        assert (fresh(issue).state, fresh(issue).handler) == (State.ACCEPTED, cast.lead_clerk)
        assert fresh(issue).due_on == D("2026-11-05")
        assert {notice.read_at for notice in Notice.objects.filter(kind="referred")} == {at}

    def test_a_unit_above_may_sign_one_beside_it_whose_code_begins_alike_may_not(self, cast):
        above = UnitFactory(code="W-T", takes_tiers=["C"])
        unit = UnitFactory(code="W-T1", parent=above, takes_tiers=["C"])
        beside = UnitFactory(code="W-T11", parent=above)
        issue = raised(cast, "C")
        refer(issue, unit=unit, actor=cast.office)
        for stranger in (beside, UnitFactory(code="W"), cast.home):
            with pytest.raises(NotYourMove):
                sign_for(issue, actor=UserFactory(role=Role.UNIT_HEAD, unit=stranger))
        head = UserFactory(role=Role.UNIT_HEAD, unit=above)
        assert sign_for(issue, actor=head).signed_by == head

    @pytest.mark.parametrize("tier", ["B", "C"])
    def test_the_one_who_had_it_before_does_not_sign_for_the_unit_it_went_to(self, cast, tier):
        issue = referred(cast, tier)
        assert issue.handler == cast.liaison
        with pytest.raises(NotYourMove, match="这一步由主办单位办理"):
            sign_for(issue, actor=cast.liaison)


class TestT6Return:
    def test_r32_on_the_second_working_day_up_to_midnight_and_not_on_the_third(self, cast):
        """Referred on Thursday 2026-10-15: until Monday 10-19."""
        issue = referred(cast, "C")
        with (
            frozen("2026-10-20T00:00"),
            pytest.raises(MoveRefused, match=r"退回要在交办后2个工作日内提出，已过2026-10-19。"),
        ):
            give_back(issue, reason="不属于本单位职责。", actor=cast.lead_head)
        with frozen("2026-10-19T23:59:59") as at:
            referral = give_back(issue, reason="不属于本单位职责。", suggested_unit=cast.other, actor=cast.lead_head)
        found = fresh(issue)
        assert (found.state, found.lead_unit, found.clock_due_on) == (State.RETURNED, cast.lead, D("2026-11-05"))
        assert (referral.ended_at, referral.returned_by, referral.suggested_unit) == (at, cast.lead_head, cast.other)
        assert found.events.first().note == "lead\n不属于本单位职责。\n建议：other"
        assert list(issue.alarms.values_list("clock", flat=True)) == [Clock.STATUTORY]
        assert told("returned") == names(cast.office)

    def test_signed_for_already_it_may_still_be_returned_and_is_nobodys_meanwhile(self, cast):
        issue = in_hands(cast, "C")
        give_back(issue, reason="不属于本单位职责。", actor=cast.lead_head)
        assert fresh(issue).handler == cast.lead_head
        with pytest.raises(MoveRefused, match="现在是“已退回”，不能办结"):
            resolve(fresh(issue), result="solved", reply="x", actor=cast.lead_head)

    def test_a_unit_never_passes_it_on_by_itself(self, cast):
        issue = referred(cast, "C")
        for person in (cast.lead_head, cast.lead_clerk):
            with pytest.raises(NotYourMove, match="这一步由市委科技办办理"):
                refer(issue, unit=cast.other, actor=person)

    def test_r32_of_b_the_home_units_head_hears_and_decides(self, cast):
        issue = returned(cast, "B")
        assert told("returned") == names(cast.liaison, cast.home_head)
        with pytest.raises(NotYourMove, match="这一步由联点单位负责人办理"):
            reassign(issue, unit=cast.other, reason="职责所在。", actor=cast.office)
        assert reassign(issue, unit=cast.other, reason="职责所在。", actor=cast.home_head).is_final

    def test_the_page_says_by_when_the_return_is_to_be_decided(self, cast):
        with frozen("2026-10-16T15:00"):
            issue = returned(cast, "C")
        dossier = Dossier(issue, Yardstick())
        assert (dossier.last_returned, dossier.return_decided_by) == (issue.referrals.get(), D("2026-10-19"))


class TestT7Reassign:
    def test_another_unit_leads_and_has_its_own_day_to_sign(self, cast):
        issue = returned(cast, "C")
        with frozen("2026-10-16T09:00"):
            referral = reassign(issue, unit=cast.other, reason="职责所在。", actor=cast.office)
        assert (referral.unit, referral.is_final, fresh(issue).lead_unit) == (cast.other, True, cast.other)
        assert versions(issue, "sign") == [
            (1, "referred", None, D("2026-10-16")),
            (2, "referred", D("2026-10-16"), D("2026-10-19")),
        ]
        assert moves_of(issue)[-1] == ("reassigned", "returned", "assigned")
        assert {notice.read_at is None for notice in Notice.objects.filter(kind="returned")} == {False}

    def test_the_unit_that_returned_it_may_be_given_it_after_all(self, cast):
        issue = returned(cast, "C")
        reassign(issue, unit=cast.lead, reason="三定方案第5条。", actor=cast.office)
        assert moves_of(issue)[-1] == ("return_refused", "returned", "assigned")

    @pytest.mark.parametrize("unit", ["lead", "other"])
    def test_the_decision_is_final_nobody_returns_it_a_second_time(self, cast, unit):
        issue = returned(cast, "C")
        reassign(issue, unit=cast.units[unit], reason="裁定。", actor=cast.office)
        with pytest.raises(MoveRefused, match="退回已经裁定过，不能再次退回"):
            give_back(issue, reason="还是不属于。", actor=cast.people[f"{unit}_head"])
        sign_for(issue, actor=cast.people[f"{unit}_head"])
        with pytest.raises(MoveRefused, match="退回已经裁定过，不能再次退回"):
            give_back(issue, reason="还是不属于。", actor=cast.people[f"{unit}_head"])

    def test_a_unit_that_does_not_take_the_tier_is_not_given_it(self, cast):
        issue = returned(cast, "C")
        with pytest.raises(ValidationError) as refusal:
            reassign(issue, unit=UnitFactory(name="某所", takes_tiers=["B"]), reason="x", actor=cast.office)
        assert refusal.value.message_dict == {"unit": ["某所不承接C类问题。"]}


class TestT8Plan:
    def test_the_head_of_the_lead_unit_plans_c_its_clerk_does_not(self, cast):
        issue = in_hands(cast, "C")
        with pytest.raises(NotYourMove, match="这一步由主办单位负责人办理"):
            planned(issue, actor=cast.lead_clerk)
        assert planned(issue, actor=cast.lead_head).state == State.PLAN_CONFIRMED

    def test_d_is_planned_by_the_commission_office_too(self, cast):
        assert planned(in_hands(cast, "D"), actor=cast.office).state == State.PLAN_CONFIRMED

    def test_r31_who_may_sign_and_plans_has_signed_by_it(self, cast):
        issue = planned(referred(cast, "C"), actor=cast.lead_head)
        assert moves_of(issue)[2:] == [
            ("signed", "assigned", "accepted"),
            ("plan_confirmed", "accepted", "plan_confirmed"),
        ]
        assert (issue.handler, issue.referrals.get().signed_by) == (cast.lead_head, cast.lead_head)
        assert list(issue.alarms.values_list("clock", flat=True)) == [Clock.PLAN]

    def test_d_unsigned_is_not_the_commission_offices_to_plan(self, cast):
        with pytest.raises(MoveRefused, match="现在是“待签收”，不能确定解决方案"):
            planned(referred(cast, "D"), actor=cast.office)

    def test_r7_the_first_promise_stays_through_moves_and_a_redo(self, cast):
        issue = planned(in_hands(cast, "B"), D("2026-10-20"))
        move_plan(issue, promised_on=D("2026-10-22"), reason="设备晚到。", actor=cast.liaison)
        resolve(issue, result="solved", reply="已办好。", actor=cast.liaison)
        reopen(issue, reason="还是进不了场。", actor=cast.contact)
        issue = planned(fresh(issue), D("2026-11-02"))
        assert (issue.plan.first_promised_on, issue.plan.promised_on) == (D("2026-10-20"), D("2026-11-02"))
        assert issue.clock_due_on == D("2026-11-02")


class TestT9Resolve:
    def test_r33_not_before_every_supporting_unit_has_answered(self, cast):
        issue = in_hands(cast, "C")
        with pytest.raises(MoveRefused, match="还有协办单位没有答复：support。"):
            resolve(issue, result="solved", reply="已办好。", actor=cast.lead_head)
        resolve(supported(cast, issue), result="solved", reply="已办好。", actor=cast.lead_clerk)
        assert fresh(issue).state == State.RESOLVED

    def test_r38_a_platform_and_its_officer_hear_of_the_result(self, cast):
        resolved(cast, "C")
        assert told("confirm_asked") == names(cast.contact)
        assert told("resolved") == names(cast.liaison)

    @pytest.mark.parametrize("result", ["partly", "explained", "not_now"])
    def test_r38_f7_what_is_not_solved_counts_as_such_whoever_confirms_it(self, cast, result):
        issue = in_hands(cast, "B")
        resolve(issue, result=result, reply="先这样。", actor=cast.liaison)
        confirm(issue, actor=cast.contact)
        found = fresh(issue)
        assert (found.state, found.confirmation, found.is_confirmed_solved) == (State.CONFIRMED, "platform", False)
        assert not Issue.objects.filter(confirmed_solved(Period(), D("2026-12-01"))).exists()


class TestT10Confirm:
    def test_r39_the_platforms_own_word(self, cast):
        issue = confirmed(cast, "C")
        assert (issue.confirmation, issue.is_confirmed_solved) == ("platform", True)
        assert issue.events.first().note == "平台确认"
        assert {notice.read_at is None for notice in Notice.objects.filter(kind="confirm_asked")} == {False}

    def test_r39_the_officer_repeats_it_and_is_marked_so(self, cast):
        issue = resolved(cast, "C")
        confirm(issue, note="电话里说的。", actor=cast.liaison)
        assert (fresh(issue).confirmation, fresh(issue).is_confirmed_solved) == ("spoken", True)
        assert issue.events.first().note == "联点干部转述平台确认\n电话里说的。"

    def test_nobody_of_the_unit_that_handled_it_confirms_it(self, cast):
        issue = resolved(cast, "C")
        for person in (cast.lead_head, cast.office, cast.bureau, cast.home_head):
            with pytest.raises(NotYourMove, match="这一步由平台联络员、联点干部办理"):
                confirm(issue, actor=person)

    def test_the_contact_of_another_platform_has_no_say(self, cast):
        _platform, other = another_platform(cast)
        with pytest.raises(NotYourMove):
            confirm(resolved(cast, "C"), actor=other.contact)


class TestT12Reopen:
    def test_r40_the_term_runs_anew_from_that_day_and_the_first_result_stays(self, cast):
        issue = in_hands(cast, "B")
        with frozen("2026-10-20T10:00") as settled:
            resolve(issue, result="solved", reply="已办好。", actor=cast.liaison)
        with frozen("2026-10-26T10:00") as at:
            reopen(issue, reason="第二天又漏水。", actor=cast.contact)
        found = fresh(issue)
        assert (found.state, found.reopened_count, found.result, found.reply) == (State.ACCEPTED, 1, "", "")
        assert (found.due_on, found.clock_due_on, found.counted_from) == (
            D("2026-11-09"),
            D("2026-11-09"),
            D("2026-10-26"),
        )
        assert (found.resolved_at, found.confirmation, found.closed_at) == (None, "", None)
        kept = issue.rounds.get()
        assert (kept.number, kept.result, kept.reply, kept.reason) == (1, "solved", "已办好。", "第二天又漏水。")
        assert (kept.resolved_at, kept.settled_at) == (settled, settled)
        assert (kept.reopened_at, kept.reopened_by) == (at, cast.contact)
        assert versions(issue)[1:] == [(2, "reopened", D("2026-10-29"), D("2026-11-09"))]
        assert Alarm.objects.get(issue=issue).deadline == issue.deadlines.last()
        assert told("reopened") == names(cast.liaison, cast.home_head)

    def test_r40_an_earlier_breach_stays_and_f4_goes_by_it(self, cast):
        issue = in_hands(cast, "B")
        with frozen("2026-11-02T10:00"):
            resolve(issue, result="solved", reply="已办好。", actor=cast.liaison)
        with frozen("2026-11-04T10:00"):
            reopen(issue, reason="没有好。", actor=cast.contact)
            found = fresh(issue)
            assert (found.due_on, found.breached_on) == (D("2026-11-18"), D("2026-10-30"))
            assert found.judged_on == D("2026-10-29")
        with frozen("2026-11-10T10:00"):
            resolve(issue, result="solved", reply="这次好了。", actor=cast.liaison)
        day = D("2026-12-01")
        assert Issue.objects.filter(late(Period(D("2026-10-01"), D("2026-10-31")), day)).get() == issue
        assert not Issue.objects.filter(on_time(Period(), day)).exists()

    def test_r40_f4_without_a_breach_it_is_judged_by_the_fresh_term(self, cast):
        issue = in_hands(cast, "B")
        resolve(issue, result="solved", reply="已办好。", actor=cast.liaison)
        with frozen("2026-10-26T10:00"):
            reopen(issue, reason="没有好。", actor=cast.contact)
        assert fresh(issue).judged_on == D("2026-11-09")
        with frozen("2026-11-10T00:00"):
            tick()
        assert (fresh(issue).breached_on, fresh(issue).judged_on) == (D("2026-11-10"), D("2026-11-09"))

    def test_what_the_plan_had_stopped_in_time_is_no_breach_after_the_redo(self, cast):
        issue = planned(in_hands(cast, "B"), D("2026-11-20"))
        with frozen("2026-11-12T10:00"):  # behind the first term's last day, under the plan
            resolve(issue, result="solved", reply="已办好。", actor=cast.liaison)
        with frozen("2026-11-16T10:00"):
            reopen(issue, reason="没有好。", actor=cast.contact)
            tick()
        assert (fresh(issue).breached_on, fresh(issue).due_on) == (None, D("2026-11-30"))
        assert issue.rounds.get().settled_at < issue.rounds.get().resolved_at

    def test_r40_the_pauses_of_the_round_before_are_not_given_back_again(self, cast):
        """Each of what moves a date counts the days of the present round alone."""
        issue = in_hands(cast, "B")
        paused(cast, issue)
        with frozen("2026-10-20T10:00"):
            resume_clock(fresh(issue), actor=cast.liaison)  # three working days given back
            resolve(fresh(issue), result="solved", reply="已办好。", actor=cast.liaison)
            reopen(issue, reason="没有好。", actor=cast.contact)  # ten from here: until 2026-11-03
        with frozen("2026-10-21T10:00"):
            request = ask_for_extension(issue, until=D("2026-11-05"), reason="等评审会。", actor=cast.liaison)
            decide(request, approve=True, actor=cast.home_head)
            assert (fresh(issue).due_on, fresh(issue).working_days) == (D("2026-11-05"), 12)
            paused(cast, fresh(issue))
        with frozen("2026-10-23T10:00"):
            resume_clock(fresh(issue), actor=cast.liaison)
            assert fresh(issue).due_on == D("2026-11-09")
            request = ask_for_tier(issue, tier="C", reason="跨部门。", actor=cast.liaison)
            decide(request, approve=True, actor=cast.office)
        last = issue.deadlines.last()
        assert (last.due_on, last.working_days, last.paused_days) == (D("2026-11-12"), 15, 2)

    def test_what_was_answered_on_the_spot_becomes_the_own_units_matter(self, cast):
        issue = resolved(cast, "A")
        with frozen("2026-10-19T10:00"):
            reopen(issue, reason="没有答到点上。", actor=cast.contact)
        found = fresh(issue)
        assert (found.state, found.tier, found.due_on) == (State.ACCEPTED, "B", D("2026-11-02"))
        assert (found.lead_unit, found.handler) == (cast.home, cast.liaison)

    @pytest.mark.parametrize("state", [State.RESOLVED, State.CONFIRMED, State.CLOSED])
    def test_from_every_end_back_to_the_unit_that_had_it(self, cast, state):
        issue = in_state(cast, state, "C")
        reopen(issue, reason="没有好。", actor=cast.bureau)
        found = fresh(issue)
        assert (found.state, found.lead_unit, found.handler) == (State.ACCEPTED, cast.lead, cast.lead_head)
        assert moves_of(issue)[-1] == ("reopened", state, "accepted")
        resolve(found, result="solved", reply="这次好了。", actor=cast.lead_head)
        assert fresh(issue).state == State.RESOLVED

    def test_r34_the_fresh_term_may_be_extended_once_more(self, cast):
        issue = in_hands(cast, "B")
        request = ask_for_extension(issue, until=D("2026-11-05"), reason="等评审会。", actor=cast.liaison)
        decide(request, approve=True, actor=cast.home_head)
        with pytest.raises(MoveRefused, match="已经延期过一次"):
            ask_for_extension(issue, until=D("2026-11-06"), reason="再等等。", actor=cast.liaison)
        resolve(issue, result="solved", reply="已办好。", actor=cast.liaison)
        reopen(issue, reason="没有好。", actor=cast.contact)
        request = ask_for_extension(issue, until=D("2026-11-05"), reason="等评审会。", actor=cast.liaison)
        assert decide(request, approve=True, actor=cast.home_head).state == "approved"

    def test_redone_twice_both_rounds_stay(self, cast):
        issue = in_hands(cast, "B")
        for number in (1, 2):
            resolve(fresh(issue), result="solved", reply=f"第{number}次。", actor=cast.liaison)
            reopen(issue, reason="没有好。", actor=cast.contact)
        assert list(issue.rounds.values_list("number", "reply")) == [(1, "第1次。"), (2, "第2次。")]
        assert fresh(issue).reopened_count == 2


class TestT13Close:
    def test_r41_a_and_b_by_the_home_units_head_c_and_d_by_the_commission_office(self, cast):
        for tier, person, others in (
            ("A", cast.home_head, (cast.office, cast.bureau, cast.liaison)),
            ("B", cast.home_head, (cast.office, cast.bureau, cast.liaison)),
            ("C", cast.office, (cast.home_head, cast.lead_head, cast.bureau)),
            ("D", cast.office, (cast.home_head, cast.lead_head, cast.bureau)),
        ):
            issue = confirmed(cast, tier)
            for other in others:
                with pytest.raises(NotYourMove):
                    close(issue, actor=other)
            with frozen("2026-10-16T09:00") as at:
                close(issue, actor=person)
            assert (fresh(issue).state, fresh(issue).closed_at) == (State.CLOSED, at)

    def test_r41_nobody_closes_what_they_handled(self, cast):
        issue = in_hands(cast, "B")
        resolve(issue, result="solved", reply="已办好。", actor=cast.home_head)
        confirm(issue, actor=cast.contact)
        with pytest.raises(MoveRefused, match="自己办理的问题要由另一个人销号"):
            close(issue, actor=cast.home_head)
        close(issue, actor=UserFactory(role=Role.UNIT_HEAD, unit=cast.home))
        assert fresh(issue).state == State.CLOSED

    def test_r41_the_commission_office_does_not_close_a_d_issue_it_resolved_itself(self, cast):
        issue = supported(cast, in_hands(cast, "D"))
        resolve(issue, result="solved", reply="已协调。", actor=cast.office)
        confirm(issue, actor=cast.contact)
        with pytest.raises(MoveRefused, match="自己办理的问题要由另一个人销号"):
            close(issue, actor=cast.office)

    def test_not_while_a_supervision_waits_for_its_reply(self, cast):
        issue = in_hands(cast, "B")
        supervise(issue, text="请说明。", reply_by=D("2026-10-20"), actor=cast.office)
        resolve(issue, result="solved", reply="已办好。", actor=cast.liaison)
        confirm(issue, actor=cast.contact)
        with pytest.raises(MoveRefused, match="督办还没有回复，不能销号"):
            close(issue, actor=cast.home_head)
        answer_supervision(issue, reply="已办好。", actor=cast.liaison)
        close(issue, actor=cast.home_head)
        assert fresh(issue).state == State.CLOSED


class TestT14Extend:
    def test_an_extension_after_expiry_is_refused_asked_and_approved(self, cast):
        """R34: due on Thursday 2026-10-29; the last day to ask is Wednesday, the last to approve Thursday."""
        issue = in_hands(cast, "B")
        with frozen("2026-10-29T00:00"), pytest.raises(MoveRefused, match="延期要在到期前至少1个工作日提出"):
            ask_for_extension(issue, until=D("2026-11-05"), reason="等评审会。", actor=cast.liaison)
        with frozen("2026-10-28T23:59"):
            request = ask_for_extension(issue, until=D("2026-11-05"), reason="等评审会。", actor=cast.liaison)
        with frozen("2026-10-30T00:00"), pytest.raises(MoveRefused, match="到期日2026-10-29已过，不能再延期"):
            decide(request, approve=True, actor=cast.home_head)
        assert fresh(issue).due_on == D("2026-10-29")

    @pytest.mark.parametrize("state", [State.GRADED, State.ASSIGNED, State.RETURNED])
    def test_until_it_is_in_hand_the_clock_runs_and_may_be_extended(self, cast, state):
        issue = in_state(cast, state, "C")
        actor = {State.GRADED: cast.liaison}.get(state, cast.lead_head)  # graded, the officer has it in hand
        request = ask_for_extension(issue, until=D("2026-11-12"), reason="等评审会。", actor=actor)
        decide(request, approve=True, actor=cast.office)
        assert (fresh(issue).state, fresh(issue).due_on) == (state, D("2026-11-12"))


class TestT15Suspend:
    @pytest.mark.parametrize("away", ["refer", "return"])
    def test_r36_asked_for_in_hand_it_is_not_granted_out_of_other_hands(self, cast, away):
        issue = in_hands(cast, "C")
        request = ask_for_suspension(issue, review_on=D("2026-11-16"), reason="等材料。", actor=cast.lead_head)
        if away == "refer":
            refer(issue, unit=cast.other, actor=cast.office)
        else:
            give_back(issue, reason="不属于本单位职责。", actor=cast.lead_head)
        word = {"refer": "待签收", "return": "已退回"}[away]
        with pytest.raises(MoveRefused, match=f"现在是“{word}”，不能挂账"):
            decide(request, approve=True, actor=cast.office)
        assert decide(request, approve=False, note="已改由别的单位办。", actor=cast.office).state == "refused"

    def test_r36_the_commission_office_may_resume_it_too(self, cast):
        issue = paused(cast, in_hands(cast, "C"))
        with frozen("2026-10-20T10:00"):
            resume_clock(issue, actor=cast.office)
        assert (fresh(issue).state, fresh(issue).due_on) == (State.ACCEPTED, D("2026-11-10"))


class TestT16ChangeTier:
    @pytest.mark.parametrize(
        "state", [State.GRADED, State.ASSIGNED, State.ACCEPTED, State.RETURNED, State.PLAN_CONFIRMED]
    )
    def test_from_c_to_d_it_waits_to_be_referred_anew_whatever_it_was(self, cast, state):
        issue = in_state(cast, state, "C")
        request = ask_for_tier(issue, tier="D", reason="要市里调度。", actor=cast.liaison)
        decide(request, approve=True, actor=cast.office)
        found = fresh(issue)
        assert (found.state, found.tier, found.due_on) == (State.GRADED, "D", D("2026-11-26"))
        assert not issue.referrals.filter(ended_at=None).exists()
        assert list(issue.alarms.values_list("clock", flat=True)) == [Clock.STATUTORY]
        assert moves_of(issue)[-1] == ("retiered", state, "graded")
        with frozen("2026-10-16T09:00"):
            refer(found, unit=cast.other, actor=cast.office)
        assert fresh(issue).state == State.ASSIGNED

    def test_down_to_b_it_comes_back_to_the_home_unit_and_its_officer(self, cast):
        issue = in_hands(cast, "C")
        request = ask_for_tier(issue, tier="B", reason="本单位就能办。", actor=cast.lead_clerk)
        decide(request, approve=True, actor=cast.home_head)
        found = fresh(issue)
        assert (found.state, found.tier, found.lead_unit, found.handler) == (
            State.ACCEPTED,
            "B",
            cast.home,
            cast.liaison,
        )
        assert found.due_on == D("2026-10-29")

    def test_whoever_asked_does_not_decide(self, cast):
        issue = in_hands(cast, "D")
        request = ask_for_tier(issue, tier="C", reason="降级。", actor=cast.office)
        with pytest.raises(NotYourMove, match="申请要由另一个人审批"):
            decide(request, approve=True, actor=cast.office)


class TestT17Merge:
    def test_r37_its_clock_stops_and_the_other_one_goes_on(self, cast):
        issue, target = paused(cast, in_hands(cast, "B")), in_hands(cast, "C")
        merge(issue, target=target, reason="同一件事。", actor=cast.bureau)
        found = fresh(issue)
        assert (found.state, found.merged_into, found.clock_due_on, found.judged_on) == (
            State.MERGED,
            target,
            None,
            None,
        )
        assert not issue.alarms.exists()
        assert not issue.suspensions.filter(ended_on=None).exists()
        assert moves_of(issue)[-1] == ("merged", "suspended", "merged")
        assert moves_of(target)[-1] == ("took_in", "accepted", "accepted")
        assert fresh(target).clock_due_on == D("2026-11-05")

    def test_r37_every_platform_that_raised_it_is_answered(self, cast):
        _platform, other = another_platform(cast)
        issue, target = raised(other, "C"), in_hands(cast, "C")
        merge(issue, target=target, actor=cast.bureau)
        resolve(supported(cast, target), result="solved", reply="已办好。", actor=cast.lead_head)
        # Whose issue went into another is answered; the word is asked of the one that was handled.
        assert (told("confirm_asked"), told("answered")) == (names(cast.contact), names(other.contact))
        assert told("resolved") == names(cast.liaison, other.liaison)
        asked = Notice.objects.filter(kind__in=["confirm_asked", "answered"])
        links = dict(asked.values_list("recipient", "url"))
        assert links == {
            cast.contact.pk: f"/p/issues/{target.number}/",
            other.contact.pk: f"/p/issues/{issue.number}/",
        }

    def test_what_went_into_the_first_follows_it_into_the_second(self, cast):
        first, second, third = (raised(cast, "C") for _ in range(3))
        merge(first, target=second, actor=cast.bureau)
        merge(second, target=third, actor=cast.office)
        assert [fresh(each).merged_into for each in (first, second, third)] == [third, third, None]
        assert set(third.merged.all()) == {first, second}

    def test_not_into_itself_nor_into_what_is_no_longer_in_hand(self, cast):
        issue = raised(cast, "C")
        with pytest.raises(ValidationError) as refusal:
            merge(issue, target=issue, actor=cast.bureau)
        assert refusal.value.message_dict == {"target": ["不能并入自己。"]}
        for state, tier, word in (
            (State.RESOLVED, "A", "已办结待确认"),
            (State.CLOSED, "B", "已销号"),
            (State.MERGED, "B", "已并案"),
            (State.WITHDRAWN, "C", "已撤回"),
        ):
            target = in_state(cast, state, tier)
            with pytest.raises(ValidationError) as refusal:
                merge(issue, target=target, actor=cast.bureau)
            assert refusal.value.message_dict == {"target": [f"{target.number}现在是“{word}”，不能并入。"]}
        assert fresh(issue).state == State.GRADED

    def test_decided_on_the_target_as_it_is_now(self, cast):
        issue, stale = raised(cast, "C"), raised(cast, "B")
        withdraw(fresh(stale), reason="不再需要。", actor=cast.contact)
        with pytest.raises(ValidationError):
            merge(issue, target=stale, actor=cast.bureau)

    def test_an_ungraded_one_may_go_into_a_running_one(self, cast):
        issue = raised(cast, "")
        merge(issue, target=in_hands(cast, "B"), actor=cast.bureau)
        assert (fresh(issue).state, fresh(issue).tier) == (State.MERGED, "")

    def test_nobody_is_asked_about_it_any_more(self, cast):
        issue = in_hands(cast, "C")
        supervise(issue, text="请说明。", reply_by=D("2026-10-20"), actor=cast.office)
        request = ask_for_extension(issue, until=D("2026-11-12"), reason="等评审会。", actor=cast.lead_head)
        merge(issue, target=raised(cast, "B"), actor=cast.bureau)
        open_causes = Notice.objects.filter(read_at=None).exclude(kind__in=["merged", "referred"])
        asked = [cause for cause in open_causes.values_list("cause", flat=True) if str(issue.pk) or cause]
        assert [each for each in asked if each.split("/")[0] in ("request", "support", "supervision")] == []
        with pytest.raises(MoveRefused):
            decide(request, approve=True, actor=cast.office)

    def test_a_breach_nobody_had_noted_is_noted_when_it_leaves_the_list(self, cast):
        issue = raised(cast, "B")
        with frozen("2026-11-02T09:00"):
            merge(issue, target=raised(cast, "C"), actor=cast.bureau)
        assert (fresh(issue).breached_on, fresh(issue).judged_on) == (D("2026-10-30"), D("2026-10-29"))


class TestT18Withdraw:
    def test_the_platform_does_not_need_it_any_more(self, cast):
        issue = referred(cast, "C")
        withdraw(issue, reason="自己解决了。", actor=cast.contact)
        found = fresh(issue)
        assert (found.state, found.clock_due_on, found.judged_on) == (State.WITHDRAWN, None, None)
        assert (found.alarms.exists(), found.referrals.filter(ended_at=None).exists()) == (False, False)
        assert {notice.read_at is None for notice in Notice.objects.filter(kind="referred")} == {False}
        assert told("withdrawn") == names(cast.liaison)

    def test_not_while_others_that_went_into_it_wait_for_an_answer(self, cast):
        _platform, other = another_platform(cast)
        target = raised(cast, "C")
        merge(raised(other, "C"), target=target, actor=cast.bureau)
        for person in (cast.contact, cast.liaison):
            with pytest.raises(MoveRefused, match="有别的问题并入了这一件，平台都在等答复，不能撤回"):
                withdraw(target, reason="自己解决了。", actor=person)
        assert fresh(target).state == State.GRADED

    def test_from_a_plan_it_is_resolved_not_withdrawn(self, cast):
        with pytest.raises(MoveRefused, match="现在是“已定方案”，不能撤回"):
            withdraw(planned(in_hands(cast, "B")), reason="自己解决了。", actor=cast.contact)


class TestT19SuperviseAndRemind:
    def test_a_reminder_reaches_who_has_it_in_hand_and_the_head_and_is_no_move(self, cast):
        issue = referred(cast, "C")
        sign_for(issue, actor=cast.lead_clerk)
        people = remind(issue, text="请抓紧。", actor=cast.bureau)
        assert names(*people) == told("reminded") == names(cast.lead_clerk, cast.lead_head)
        assert moves_of(issue)[-1] == ("reminded", "accepted", "accepted")
        remind(issue, text="还请抓紧。", actor=cast.office)
        assert Notice.objects.filter(kind="reminded").count() == 4

    def test_a_second_click_reminds_nobody_twice(self, cast):
        issue = in_hands(cast, "B")
        assert remind(issue, text="请抓紧。", actor=cast.office) == remind(issue, text="请抓紧。", actor=cast.office)
        assert Notice.objects.filter(kind="reminded").values("cause").distinct().count() == 1
        assert [kind for kind, *_states in moves_of(issue)].count("reminded") == 1
        remind(issue, text="请抓紧。", actor=cast.bureau)  # somebody else
        with frozen("2026-10-15T12:01"):
            remind(issue, text="请抓紧。", actor=cast.office)  # once more
        assert [kind for kind, *_states in moves_of(issue)].count("reminded") == 3

    def test_r42_one_supervision_at_a_time_and_the_lead_unit_replies(self, cast):
        issue = in_hands(cast, "C")
        order = supervise(issue, text="请说明进展。", reply_by=D("2026-10-20"), actor=cast.office)
        with pytest.raises(MoveRefused, match="上一次督办还没有回复"):
            supervise(issue, text="再请说明。", reply_by=D("2026-10-21"), actor=cast.office)
        with pytest.raises(NotYourMove, match="这一步由主办单位办理"):
            answer_supervision(issue, reply="正在办。", actor=cast.liaison)
        with frozen("2026-10-19T09:00") as at:
            answer_supervision(issue, reply="正在办。", actor=cast.lead_clerk)
        order.refresh_from_db()
        assert (order.reply, order.replied_by, order.replied_at) == ("正在办。", cast.lead_clerk, at)
        assert told("supervision_answered") == names(cast.office)
        with pytest.raises(MoveRefused, match="没有等待回复的督办"):
            answer_supervision(issue, reply="再说一次。", actor=cast.lead_head)
        supervise(issue, text="再请说明。", reply_by=D("2026-10-21"), actor=cast.office)
        assert issue.supervisions.count() == 2

    def test_the_day_for_the_reply_is_a_working_day_within_the_calendar(self, cast):
        for day in (D("2026-10-14"), D("2026-10-17"), D("2036-01-04")):
            with pytest.raises(ValidationError) as refusal:
                supervise(raised(cast, "C"), text="请说明。", reply_by=day, actor=cast.office)
            assert list(refusal.value.message_dict) == ["reply_by"]
        assert supervise(raised(cast, "C"), text="请说明。", reply_by=D("2026-10-15"), actor=cast.office).pk


class TestR33Support:
    def test_who_agrees_is_heard_by_the_lead_who_does_not_by_the_commission_office_too(self, cast):
        agreed, disputed = in_hands(cast, "C"), in_hands(cast, "C")
        answer_support(agreed, answer="同意。", agrees=True, actor=cast.support_clerk)
        assert told("support_answered") == names(cast.lead_head, cast.lead_clerk)
        part = answer_support(disputed, answer="消防间距不够。", agrees=False, actor=cast.support_clerk)
        assert told("support_answered") == names(cast.lead_head, cast.lead_clerk)
        assert told("disagreed") == names(cast.lead_head, cast.lead_clerk, cast.office)
        assert disputed.events.first().note == "support：有不同意见\n消防间距不够。"
        assert (part.agrees, part.answered_by) == (False, cast.support_clerk)

    def test_it_is_answered_once(self, cast):
        issue = in_hands(cast, "C")
        answer_support(issue, answer="同意。", agrees=True, actor=cast.support_clerk)
        with pytest.raises(MoveRefused, match="没有等待您单位答复的协办事项"):
            answer_support(issue, answer="反对。", agrees=False, actor=cast.support_clerk)


class TestR28Edit:
    def test_of_two_editors_the_second_meets_the_first_ones_words(self, cast):
        issue = raised(cast, "C")
        edit(issue, version=issue.version, text="消防验收没有通过，等整改。", actor=cast.bureau)
        with pytest.raises(Stale) as refusal:
            edit(issue, version=issue.version, text="消防验收", actor=cast.liaison)
        assert refusal.value.theirs.text == "消防验收没有通过，等整改。"
        assert fresh(issue).text == "消防验收没有通过，等整改。"

    def test_any_move_meanwhile_makes_the_page_stale(self, cast):
        issue = raised(cast, "C")
        remind(issue, text="请抓紧。", actor=cast.bureau)
        with pytest.raises(Stale):
            edit(issue, version=issue.version, text="消防验收", actor=cast.liaison)

    def test_tier_and_clock_stay_whatever_is_corrected(self, cast):
        issue = raised(cast, "B")
        graded = {"nature": "upward", "urgency": "urgent", "importance": "major"}
        with pytest.raises(ValidationError) as refusal:
            edit(issue, version=1, **graded, actor=cast.liaison)
        assert refusal.value.message_dict == {"grading_reason": ["按性质建议定为D类；定为B类，请写明依据。"]}
        edit(issue, version=1, **graded, grading_reason="先由本单位摸底。", actor=cast.liaison)
        found = fresh(issue)
        assert (found.tier, found.due_on, found.nature) == ("B", D("2026-10-29"), "upward")
        assert found.events.first().note == (
            "性质：— → 市级调度或省级以上\n紧急程度：一般 → 紧急\n重要性：一般 → 重大\n定级依据：— → 先由本单位摸底。"
        )


def test_the_whole_life_of_a_c_issue_is_told_by_its_timeline(cast):
    """Raised by the platform, referred, returned, reassigned, planned, paused, resolved, redone, confirmed, closed."""
    issue = raised(cast, "")
    days = iter(f"2026-{day}T10:00" for day in ("10-16", "10-19", "10-20", "10-21", "10-26", "10-28", "11-02", "11-04"))
    with frozen(next(days)):
        grade(issue, tier="C", nature="cross_unit", actor=cast.liaison)
        refer(issue, unit=cast.lead, supports=[cast.support], actor=cast.office)
    with frozen(next(days)):
        give_back(issue, reason="不属于本单位职责。", suggested_unit=cast.other, actor=cast.lead_head)
        reassign(issue, unit=cast.other, reason="职责所在。", actor=cast.office)
    with frozen(next(days)):
        sign_for(issue, actor=cast.other_head)
        answer_support(issue, answer="同意。", agrees=True, actor=cast.support_clerk)
        planned(fresh(issue), D("2026-11-10"), actor=cast.other_head)
    with frozen(next(days)):
        paused(cast, fresh(issue))
    with frozen(next(days)):
        resume_clock(issue, actor=cast.other_head)
    with frozen(next(days)):
        resolve(issue, result="solved", reply="已办好。", actor=cast.other_head)
        reopen(issue, reason="还是进不了场。", actor=cast.contact)
    with frozen(next(days)):
        resolve(issue, result="solved", reply="这次好了。", actor=cast.other_head)
        confirm(issue, actor=cast.contact)
    with frozen(next(days)):
        close(issue, actor=cast.office)
    states = [after for _kind, before, after in moves_of(issue) if before != after]
    assert states == [
        *("registered", "graded", "assigned", "returned", "assigned", "accepted", "plan_confirmed", "suspended"),
        *("plan_confirmed", "resolved", "accepted", "resolved", "confirmed", "closed"),
    ]
    assert (fresh(issue).breached_on, fresh(issue).reopened_count) == (None, 1)
    assert fresh(issue).due_on == D("2026-11-18")
    assert timedelta() < issue.events.first().at - issue.events.last().at < timedelta(days=21)
    assert closed(cast, "A").state == State.CLOSED
