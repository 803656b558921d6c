"""R29: another tier counts from the same day; both dates are known before; lateness stays."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Role
from config.clock import frozen
from issues.models import Issue, State, TierTerm
from issues.reconcile import reconcile_issues
from issues.selections import Period, late, on_time
from issues.services import MoveRefused, ask_for_tier, decide, resolve
from issues.services.requests import approvers, propose_tier
from notices.models import Notice
from tests.factories import UserFactory, make_issue
from tests.issues.acts import fresh, head_of, in_hand, newest, office, plan, resume, retier, suspend, versions
from tests.issues.cast import in_hands, make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def issue(officer):
    """Tier B, raised on Thursday 2026-10-15, due on Thursday 2026-10-29."""
    return make_issue(officer)


@pytest.mark.parametrize(("tier", "days", "due_on"), [("C", 15, date(2026, 11, 5)), ("D", 30, date(2026, 11, 26))])
def test_the_new_term_counts_from_the_day_it_was_raised(issue, tier, days, due_on):
    with frozen("2026-10-22T12:00"):
        proposal = propose_tier(issue, tier, issue.handler)
        assert (proposal.old, proposal.new) == (date(2026, 10, 29), due_on)
        retier(issue, tier)
    found = fresh(issue)
    assert (found.tier, found.term.working_days, found.working_days) == (tier, days, days)
    assert (found.due_on, found.clock_due_on, found.counted_from) == (due_on, due_on, issue.raised_on)
    assert versions(issue)[1:] == [(2, "retiered", date(2026, 10, 29), due_on)]
    event = issue.events.first()
    assert (event.kind, event.note) == ("retiered", f"B → {tier}\n要几个部门一起办。")


def test_a_downgrade_whose_day_has_passed_is_refused(officer):
    issue = make_issue(officer, tier="D", raised_on=date(2026, 9, 15))
    assert propose_tier(make_issue(officer, tier="D"), "B", officer.user).new == date(2026, 10, 29)
    with pytest.raises(ValidationError) as refusal:
        propose_tier(issue, "B", officer.user)
    assert refusal.value.message_dict == {"tier": ["按B类计算，到期日是2026-09-29，已经过去，不能这样调整。"]}


@pytest.mark.parametrize("tier", ["A", "B", "E", ""])
def test_only_another_tier_with_a_clock(issue, tier):
    with pytest.raises(ValidationError) as refusal:
        ask_for_tier(issue, tier=tier, reason="x", actor=issue.handler)
    assert refusal.value.message_dict == {"tier": ["请选择另一个类别。"]}


def test_lateness_reached_stays_though_the_new_date_lies_ahead(issue):
    with frozen("2026-11-02T12:00"):
        retier(issue, "C")
        found = fresh(issue)
        assert (found.due_on, found.breached_on, found.judged_on) == (
            date(2026, 11, 5),
            date(2026, 10, 30),
            date(2026, 10, 29),
        )
    with frozen("2026-11-03T12:00"):
        issue = in_hand(issue)
        resolve(issue, result="solved", reply="已办好。", actor=issue.handler)
    october = Period(date(2026, 10, 1), date(2026, 10, 31))
    today = date(2026, 12, 1)
    assert Issue.objects.filter(late(october, today)).get() == issue
    assert not Issue.objects.filter(on_time(Period(), today)).exists()


def test_a_pause_counts_in_the_new_term_too(issue):
    suspend(issue)
    with frozen("2026-10-20T12:00"):
        resume(issue)
        assert propose_tier(issue, "C", issue.handler).new == date(2026, 11, 10)
        retier(issue, "C")
    last = newest(issue)
    assert (last.working_days, last.paused_days, last.due_on) == (15, 3, date(2026, 11, 10))


def test_the_term_is_the_one_in_force_when_it_was_registered(issue):
    with frozen("2026-10-20T12:00"):
        TierTerm.objects.create(tier="C", working_days=99, valid_from=date(2026, 10, 16))
        assert propose_tier(issue, "C", issue.handler).new == date(2026, 11, 5)


def test_t16_a_plan_is_given_up_and_the_statutory_clock_goes_on_from_the_day_it_was_raised(issue):
    with frozen("2026-10-19T12:00"):
        plan(issue, date(2026, 11, 20))
    with frozen("2026-10-22T12:00"):
        retier(issue, "C")
    found = fresh(issue)
    assert (found.state, found.plan_confirmed_at, found.settled_on) == (State.GRADED, None, None)
    assert (found.due_on, found.clock_due_on, found.counted_from) == (
        date(2026, 11, 5),
        date(2026, 11, 5),
        date(2026, 10, 15),
    )
    assert versions(issue)[1:] == [(2, "retiered", date(2026, 10, 29), date(2026, 11, 5))]
    assert [(alarm.clock, alarm.rings_on) for alarm in issue.alarms.all()] == [("statutory", date(2026, 10, 27))]
    assert found.breached_on is None
    assert list(reconcile_issues()) == []


def test_t16_what_the_plan_stopped_in_time_is_no_breach_when_the_plan_is_given_up_later(issue):
    with frozen("2026-10-19T12:00"):
        plan(issue, date(2026, 11, 20))
    with frozen("2026-11-03T12:00"):  # the first term's last day has passed meanwhile, under the plan
        retier(issue, "C")
        found = fresh(issue)
        assert (found.due_on, found.breached_on, found.judged_on) == (date(2026, 11, 5), None, date(2026, 11, 5))
        assert list(reconcile_issues()) == []


def test_t16_from_a_plan_a_term_that_has_passed_already_is_refused(issue):
    with frozen("2026-10-19T12:00"):
        plan(issue, date(2026, 11, 20))
    with frozen("2026-11-06T12:00"), pytest.raises(ValidationError) as refusal:
        ask_for_tier(issue, tier="C", reason="x", actor=issue.handler)
    assert refusal.value.message_dict == {"tier": ["按C类计算，到期日是2026-11-05，已经过去，不能这样调整。"]}


def test_t16_back_at_the_home_unit_it_waits_for_no_supporting_unit(db):
    cast = make_cast()
    issue = in_hands(cast, "C")
    retier(issue, "B")
    assert fresh(issue).lead_unit == cast.home
    assert not Notice.objects.filter(kind="support_asked", read_at=None).exists()
    resolve(issue, result="solved", reply="已办好。", actor=cast.liaison)
    assert list(reconcile_issues()) == []


class TestWhoDecides:
    def test_to_c_the_home_units_head_the_bureau_or_the_commission_office(self, issue):
        people = {head_of(issue.home_unit), UserFactory(role=Role.BUREAU_STAFF), office()}
        request = ask_for_tier(issue, tier="C", reason="x", actor=issue.handler)
        assert set(approvers(request)) == people

    def test_to_d_not_the_unit_itself(self, issue):
        head, people = head_of(issue.home_unit), {UserFactory(role=Role.BUREAU_STAFF), office()}
        request = ask_for_tier(issue, tier="D", reason="x", actor=issue.handler)
        assert set(approvers(request)) == people
        with pytest.raises(MoveRefused, match="不由您审批"):
            decide(request, approve=True, actor=head)
