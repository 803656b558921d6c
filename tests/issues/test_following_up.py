"""R45, R46: who is called after a resolution, by whom, once, and what comes of it; R42: what should be supervised."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Role, UnitKind
from config.clock import frozen
from issues.models import FollowUp, FollowUpCause, HandlingRule, State
from issues.queues import Queue, queues_of, waiting_for
from issues.reconcile import reconcile_issues
from issues.services import (
    MoveRefused,
    NotYourMove,
    answer_supervision,
    close,
    confirm,
    follow_up,
    give_back,
    rate,
    reassign,
    refer,
    reopen,
    resolve,
    sign_for,
    supervise,
    take_as_unanswered,
)
from issues.services.confirming import ask_again
from issues.services.drawing import is_drawn
from issues.tick import tick
from notices.models import Notice
from tests.factories import UnitFactory, UserFactory
from tests.issues.acts import fresh
from tests.issues.cast import Cast, in_hands, make_cast, raised, resolved

D = date.fromisoformat
WORDS = "陈主任10月15日接的电话：确实办好了。"


@pytest.fixture
def cast(db):
    return make_cast()


def draw(percent: int) -> None:
    HandlingRule.objects.create(valid_from=D("2026-10-01"), follow_up_percent=percent)


def silent(cast: Cast, tier: str = "C"):
    issue = resolved(cast, tier)
    with frozen("2026-10-22T09:00"):
        ask_again(issue)
    with frozen("2026-10-29T09:00"):
        take_as_unanswered(issue)
    return fresh(issue)


class TestWhatACallComesTo:
    def test_true_it_is_the_word_of_a_platform_that_was_still_asked(self, cast):
        issue = resolved(cast, "C")
        follow_up(issue, is_true=True, words=WORDS, actor=cast.office)
        found = fresh(issue)
        assert (found.state, found.confirmation, found.is_confirmed_solved) == (State.CONFIRMED, "follow_up", True)
        event = found.events.first()
        assert (event.kind, event.before, event.after) == ("followed_up", "resolved", "confirmed")
        assert event.note == f"属实\n{WORDS}"
        assert not Notice.objects.filter(kind="confirm_asked", read_at=None).exists()

    @pytest.mark.parametrize("is_closed", [False, True])
    def test_true_it_is_a_word_where_there_was_silence_and_the_state_stays(self, cast, is_closed):
        issue = silent(cast)
        with frozen("2026-10-30T09:00"):
            if is_closed:
                close(issue, actor=cast.office)
            before = fresh(issue)
            follow_up(issue, is_true=True, words=WORDS, actor=cast.bureau)
        found = fresh(issue)
        assert (found.state, found.confirmed_at) == (before.state, before.confirmed_at)
        assert (found.confirmation, found.is_confirmed_solved) == ("follow_up", True)
        assert list(reconcile_issues()) == []

    def test_the_platforms_own_word_stays_its_own(self, cast):
        issue = resolved(cast, "C")
        confirm(issue, actor=cast.contact)
        follow_up(issue, is_true=True, words=WORDS, actor=cast.office)
        assert fresh(issue).confirmation == "platform"

    def test_not_true_and_it_is_redone_from_that_day(self, cast):
        issue = silent(cast)
        with frozen("2026-10-30T09:00"):
            close(issue, actor=cast.office)
            follow_up(issue, is_true=False, words="还是进不了场。", actor=cast.office)
        found = fresh(issue)
        # Friday 2026-10-30 and fifteen working days.
        assert (found.state, found.reopened_count, found.due_on) == (State.ACCEPTED, 1, D("2026-11-20"))
        assert list(found.events.values_list("kind", "before", "after")[:2]) == [
            ("reopened", "closed", "accepted"),
            ("followed_up", "closed", "closed"),
        ]
        assert found.rounds.get().reason == "还是进不了场。"
        assert list(reconcile_issues()) == []

    def test_without_a_record_nothing_is_written(self, cast):
        issue = resolved(cast, "C")
        with pytest.raises(ValidationError) as refusal:
            follow_up(issue, is_true=True, words="  ", actor=cast.office)
        assert refusal.value.message_dict == {"words": ["请写明平台谁接的电话、怎么说的。"]}
        assert not FollowUp.objects.exists()


class TestWhoCalls:
    def test_once_an_issue_even_when_it_was_redone(self, cast):
        issue = resolved(cast, "C")
        follow_up(issue, is_true=False, words="没有好。", actor=cast.office)
        resolve(issue, result="solved", reply="这回好了。", actor=cast.lead_clerk)
        with pytest.raises(MoveRefused, match="已经回访过一次"):
            follow_up(issue, is_true=True, words=WORDS, actor=cast.office)

    def test_nobody_of_the_unit_that_handled_it(self, cast):
        issue = resolved(cast, "B")
        colleague = UserFactory(role=Role.BUREAU_STAFF, unit=cast.home)
        with pytest.raises(MoveRefused, match="回访由承办单位以外的人做"):
            follow_up(issue, is_true=True, words=WORDS, actor=colleague)
        follow_up(issue, is_true=True, words=WORDS, actor=cast.bureau)
        assert FollowUp.objects.get().cause == FollowUpCause.CHOSEN

    @pytest.mark.parametrize("name", ["liaison", "lead_head", "home_head", "contact", "leader"])
    def test_nobody_but_the_bureau_and_the_commission_office(self, cast, name):
        issue = resolved(cast, "C")
        with pytest.raises(NotYourMove):
            follow_up(issue, is_true=True, words=WORDS, actor=cast.people[name])


class TestWhomTheyCall:
    def test_the_lot_falls_on_about_a_tenth_and_on_the_same_ones_again(self):
        numbers = [f"2026-{n:06}" for n in range(1, 5001)]
        drawn = [number for number in numbers if is_drawn(number, 10)]
        assert 400 < len(drawn) < 600
        assert drawn == [number for number in numbers if is_drawn(number, 10)]
        assert set(drawn) < {number for number in numbers if is_drawn(number, 30)}

    @pytest.mark.parametrize(("percent", "calls"), [(0, 0), (100, 1)])
    def test_what_is_confirmed_is_drawn_by_the_share_of_the_rule(self, cast, percent, calls):
        draw(percent)
        issue = resolved(cast, "C")
        assert waiting_for(cast.office, Queue.FOLLOW_UP).count() == 0
        confirm(issue, actor=cast.contact)
        assert waiting_for(cast.office, Queue.FOLLOW_UP).count() == calls

    def test_what_was_answered_and_agreed_on_the_spot_is_drawn_too(self, cast):
        draw(100)
        issue = raised(cast, "A", answer="按规定可以。", platform_agrees=True)
        assert FollowUp.objects.get().issue == issue

    def test_an_issue_is_drawn_once_however_often_it_is_redone(self, cast):
        draw(100)
        issue = resolved(cast, "C")
        for _round in range(2):
            confirm(issue, actor=cast.contact)
            reopen(issue, reason="还是不行。", actor=cast.contact)
            resolve(issue, result="solved", reply="好了。", actor=cast.lead_clerk)
        assert FollowUp.objects.count() == 1

    @pytest.mark.parametrize(("service", "result", "is_asked"), [(3, 3, False), (2, 5, True), (5, 1, True)])
    def test_r45_a_dissatisfied_platform_is_called_within_a_working_day(self, cast, service, result, is_asked):
        draw(0)
        issue = resolved(cast, "C")
        confirm(issue, actor=cast.contact)
        rate(issue, service=service, result=result, actor=cast.contact)
        found = FollowUp.objects.values_list("cause", "call_by")
        assert list(found) == ([("dissatisfied", D("2026-10-16"))] if is_asked else [])
        told = Notice.objects.filter(kind="call_asked").values_list("recipient", flat=True)
        assert list(told) == ([cast.office.pk] if is_asked else [])
        assert waiting_for(cast.office, Queue.FOLLOW_UP).count() == is_asked

    def test_the_call_settles_what_was_asked_of_the_office(self, cast):
        draw(100)
        issue = resolved(cast, "C")
        confirm(issue, actor=cast.contact)
        rate(issue, service=1, result=1, actor=cast.contact)
        assert FollowUp.objects.get().cause == FollowUpCause.DISSATISFIED
        notice = Notice.objects.get(kind="call_asked")
        assert notice.sentence == f"平台对问题 {issue.number} 的办理不满意，请于10月16日前回访"
        follow_up(issue, is_true=True, words=WORDS, actor=cast.office)
        assert waiting_for(cast.office, Queue.FOLLOW_UP).count() == 0
        notice.refresh_from_db()
        assert notice.read_at is not None

    def test_the_office_hears_of_an_added_rating_that_is_no_better_and_one_call_settles_both(self, cast):
        draw(0)
        issue = resolved(cast, "C")
        confirm(issue, actor=cast.contact)
        for is_added in (False, True):
            rate(issue, service=1, result=2, is_added=is_added, actor=cast.contact)
        asked = Notice.objects.filter(kind="call_asked")
        assert list(asked.values_list("recipient", "read_at")) == [(cast.office.pk, None)] * 2
        assert FollowUp.objects.count() == 1
        follow_up(issue, is_true=True, words=WORDS, actor=cast.office)
        assert not asked.filter(read_at=None).exists()

    def test_what_the_office_handles_itself_is_called_by_the_bureau(self, cast):
        draw(100)
        own = UnitFactory(code="CO", kind=UnitKind.COMMISSION_OFFICE, takes_tiers=["D"])
        cast.office.unit = own
        cast.office.save()
        issue = raised(cast, "D")
        refer(issue, unit=own, actor=cast.office)
        sign_for(issue, actor=cast.office)
        resolve(issue, result="solved", reply="省里同意了。", actor=cast.office)
        confirm(issue, actor=cast.contact)
        assert waiting_for(cast.office, Queue.FOLLOW_UP).count() == 0
        assert waiting_for(cast.bureau, Queue.FOLLOW_UP).get() == issue
        assert Queue.FOLLOW_UP not in queues_of(cast.lead_head)


class TestWhatShouldBeSupervised:
    """R42: five working days late, redone twice, returned twice; unless it was supervised in its present term."""

    def waiting(self, cast, day="2026-10-15"):
        with frozen(f"{day}T10:00"):
            return {issue.pk for issue in waiting_for(cast.office, Queue.SUPERVISE)}

    def test_what_is_five_working_days_late(self, cast):
        issue = in_hands(cast, "C")  # due on Thursday 2026-11-05
        assert [self.waiting(cast, f"2026-11-{day}") for day in ("06", "11")] == [set(), set()]
        assert self.waiting(cast, "2026-11-12") == {issue.pk}
        with frozen("2026-11-12T10:00"):
            tick()
            supervise(issue, text="请说明。", reply_by=D("2026-11-16"), actor=cast.office)
            assert self.waiting(cast, "2026-11-12") == set()
            answer_supervision(issue, reply="下周办好。", actor=cast.lead_head)
        assert self.waiting(cast, "2026-11-20") == set()

    def test_what_was_redone_twice(self, cast):
        issue = resolved(cast, "C")
        reopen(issue, reason="还是不行。", actor=cast.contact)
        supervise(issue, text="请说明。", reply_by=D("2026-10-16"), actor=cast.office)
        answer_supervision(issue, reply="办好了。", actor=cast.lead_head)
        resolve(issue, result="solved", reply="好了。", actor=cast.lead_clerk)
        assert self.waiting(cast) == set()
        with frozen("2026-10-16T09:00"):
            reopen(issue, reason="仍然不行。", actor=cast.contact)
        # What was ordered before the last redo does not count for the term that began with it.
        assert self.waiting(cast, "2026-10-16") == {issue.pk}

    def test_what_was_returned_twice(self, cast):
        issue = raised(cast, "C")
        refer(issue, unit=cast.lead, actor=cast.office)
        give_back(issue, reason="不归我们管。", actor=cast.lead_head)
        assert self.waiting(cast) == set()
        reassign(issue, unit=cast.other, reason="归你们管。", actor=cast.office)
        with pytest.raises(MoveRefused, match="退回已经裁定过"):
            give_back(issue, reason="也不归我们。", actor=cast.other_head)
        HandlingRule.objects.create(valid_from=D("2026-10-01"), supervised_returns=1)
        assert self.waiting(cast) == {issue.pk}

    def test_the_rule_says_how_late_and_nobody_else_has_the_queue(self, cast):
        HandlingRule.objects.create(valid_from=D("2026-10-01"), supervised_late=1)
        issue = in_hands(cast, "C")
        assert self.waiting(cast, "2026-11-06") == {issue.pk}
        assert [name for name, person in cast.people.items() if Queue.SUPERVISE in queues_of(person)] == ["office"]
