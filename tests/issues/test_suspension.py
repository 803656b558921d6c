"""R36, T15: a clock that stands still gets every working day back, exactly."""

import random
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from config.clock import frozen
from issues import selections
from issues.levels import Yardstick
from issues.models import Alarm, Issue, State
from issues.selections import Period
from issues.services import MoveRefused, ask_for_suspension, decide, resolve
from issues.services import resume as resume_clock
from tests.factories import OfficerFactory, UnitFactory, UserFactory, make_issue
from tests.issues.acts import fresh, in_hand, newest, office, plan, refer_on, resume, suspend, versions
from tests.workdays.calendars import calendar_of, counted

pytestmark = pytest.mark.django_db


@pytest.fixture
def issue(officer):
    """Tier B, raised on Thursday 2026-10-15, due on Thursday 2026-10-29."""
    return make_issue(officer)


def left(issue) -> int:
    found = fresh(issue)
    return Yardstick().left(found.due_on, found.calendar_id)


class TestOnePause:
    def test_the_clock_stops_at_once_and_its_alarm_with_it(self, issue):
        suspend(issue)
        found = fresh(issue)
        assert (found.state, found.clock_due_on, found.nearing_on) == (State.SUSPENDED, None, None)
        assert found.due_on == date(2026, 10, 29)
        assert not Alarm.objects.filter(issue=issue).exists()
        assert versions(issue)[1:] == [(2, "suspended", date(2026, 10, 29), date(2026, 10, 29))]

    def test_resumed_it_has_as_many_days_left_as_before(self, issue):
        with frozen("2026-10-20T12:00"):
            before = left(issue)
            suspend(issue)
        with frozen("2026-11-03T12:00"):
            resume(issue)
            assert left(issue) == before == 7
        found = fresh(issue)
        assert (found.state, found.due_on, found.clock_due_on) == (
            State.ACCEPTED,
            date(2026, 11, 12),
            date(2026, 11, 12),
        )
        last = newest(issue)
        assert (last.cause, last.working_days, last.paused_days) == ("resumed", 10, 10)
        assert versions(issue)[2:] == [(3, "resumed", date(2026, 10, 29), date(2026, 11, 12))]
        assert Alarm.objects.get(issue=issue).deadline == last

    def test_resumed_the_same_day_changes_no_date(self, issue):
        suspend(issue)
        resume(issue)
        found = fresh(issue)
        assert (found.state, found.due_on, found.clock_due_on) == (
            State.ACCEPTED,
            date(2026, 10, 29),
            date(2026, 10, 29),
        )
        assert newest(issue).paused_days == 0

    def test_a_weekend_gives_nothing_back(self, issue):
        with frozen("2026-10-16T18:00"):
            suspend(issue)
        with frozen("2026-10-18T09:00"):
            resume(issue)
        assert fresh(issue).due_on == date(2026, 10, 29)

    def test_a_late_one_is_as_late_as_before_and_its_breach_stays(self, issue):
        with frozen("2026-11-02T12:00"):
            assert left(issue) == -2
            suspend(issue)
        with frozen("2026-11-09T12:00"):
            resume(issue)
            assert left(issue) == -2
        assert (fresh(issue).breached_on, fresh(issue).judged_on) == (date(2026, 10, 30), date(2026, 10, 29))

    def test_the_plans_clock_pauses_too_and_its_first_promise_stays(self, issue):
        plan(issue, date(2026, 11, 20))
        with frozen("2026-10-20T12:00"):
            suspend(issue)
        with frozen("2026-10-27T12:00"):
            resume(issue)
        found = Issue.objects.select_related("plan").get(pk=issue.pk)
        assert (found.state, found.clock_due_on) == (State.PLAN_CONFIRMED, date(2026, 11, 27))
        assert (found.plan.promised_on, found.plan.first_promised_on) == (date(2026, 11, 27), date(2026, 11, 20))
        assert found.due_on == date(2026, 10, 29)


class TestWhatIsRefused:
    @pytest.mark.parametrize("review_on", [date(2026, 10, 15), date(2026, 10, 14), date(2027, 1, 16)])
    def test_the_review_lies_within_three_months(self, issue, review_on):
        with pytest.raises(ValidationError) as refusal:
            suspend(issue, review_on)
        assert refusal.value.message_dict == {"review_on": ["复查日期须在明天起的三个月之内。"]}

    def test_the_last_day_of_the_three_months_will_do(self, issue):
        suspend(issue, date(2027, 1, 15))
        assert issue.suspensions.get().review_on == date(2027, 1, 15)

    def test_a_suspended_one_neither_pauses_again_nor_ends(self, issue):
        suspend(issue)
        with pytest.raises(MoveRefused, match="现在是“挂账”，不能申请挂账"):
            ask_for_suspension(issue, review_on=date(2026, 11, 2), reason="x", actor=issue.handler)
        with pytest.raises(MoveRefused, match="现在是“挂账”，不能办结"):
            resolve(issue, result="solved", reply="x", actor=issue.handler)

    def test_what_runs_is_not_resumed(self, issue):
        with pytest.raises(MoveRefused, match="现在是“办理中”，不能恢复计时"):
            resume(issue)

    def test_a_request_that_waited_until_the_matter_was_resolved_does_nothing(self, issue):
        request = ask_for_suspension(issue, review_on=date(2026, 11, 2), reason="x", actor=issue.handler)
        resolve(issue, result="solved", reply="办好了。", actor=issue.handler)
        with pytest.raises(MoveRefused, match="这项申请已经失效"):
            decide(request, approve=True, actor=office())
        assert (request.__class__.objects.get().state, issue.suspensions.count()) == ("lapsed", 0)

    def test_a_request_that_waited_until_its_review_day_came_does_nothing(self, issue):
        request = ask_for_suspension(issue, review_on=date(2026, 10, 19), reason="x", actor=issue.handler)
        with frozen("2026-10-19T09:00"), pytest.raises(MoveRefused, match="复查日期2026-10-19已经到了"):
            decide(request, approve=True, actor=office())

    def test_a_request_that_waited_until_the_matter_went_to_another_unit_does_nothing(self, issue):
        request = ask_for_suspension(issue, review_on=date(2026, 11, 2), reason="x", actor=issue.handler)
        refer_on(issue, issue.handler)
        with pytest.raises(MoveRefused, match="现在是“待签收”，不能挂账"):
            decide(request, approve=True, actor=office())
        assert not issue.suspensions.exists()

    def test_only_the_commission_office_decides(self, issue):
        request = ask_for_suspension(issue, review_on=date(2026, 11, 2), reason="x", actor=issue.handler)
        head = UserFactory(role="unit_head", unit=issue.home_unit)
        with pytest.raises(MoveRefused, match="不由您审批"):
            decide(request, approve=True, actor=head)


@pytest.mark.parametrize("seed", range(12))
def test_every_day_is_given_back_exactly_on_any_calendar(seed):
    """Counted one by one: the due day is the n-th working day on which the clock ran."""
    rng = random.Random(seed)
    first, last = date(2026, 8, 1), date(2027, 12, 31)
    span = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    # Whole weeks off and worked weekends, as no notice would have them.
    worked = {day for day in span if rng.random() < (0.85 if day.weekday() < 5 else 0.2)}
    calendar = calendar_of(f"R{seed}", worked.__contains__, first, last)
    officer = OfficerFactory(user__unit=UnitFactory(calendar=calendar))
    with frozen("2026-09-01T10:00"):
        issue = make_issue(
            officer, tier=rng.choice("BCD"), raised_on=date(2026, 9, 1) - timedelta(days=rng.randrange(20))
        )
        issue = issue if issue.tier == "B" else in_hand(issue)
        is_plan = rng.random() < 0.5
        if is_plan:
            plan(issue, date(2026, 9, 1) + timedelta(days=rng.randrange(10, 60)))
    at, paused, was_late = date(2026, 9, 1), set(), False
    for _pause in range(rng.randrange(1, 5)):
        at += timedelta(days=rng.randrange(8))
        was_late |= at > fresh(issue).clock_due_on
        with frozen(f"{at}T09:00"):
            before = left_on_clock(issue, worked, at)
            suspend(issue)
        ended = at + timedelta(days=rng.randrange(25))
        paused |= {day for day in worked if at < day <= ended}
        with frozen(f"{ended}T17:00"):
            resume(issue)
        assert left_on_clock(issue, worked, ended) == before
        at = ended
    found, ran = fresh(issue), worked - paused
    assert newest(issue).paused_days == len(paused)
    if is_plan:
        assert found.plan.promised_on == found.clock_due_on
        assert not paused or found.clock_due_on in worked
    elif not was_late:
        assert found.clock_due_on == counted(ran.__contains__, issue.raised_on, found.working_days)[-1]


def left_on_clock(issue: Issue, worked: set[date], at: date) -> int:
    """Working days left on the clock that runs, negative when late: counted one by one."""
    due_on: date = fresh(issue).clock_due_on
    return sum(at < day <= due_on for day in worked) - sum(due_on < day <= at for day in worked)


def test_two_pauses_of_one_clock_add_up(issue):
    for began, ended in (("2026-10-16T12:00", "2026-10-20T12:00"), ("2026-10-22T12:00", "2026-10-23T12:00")):
        with frozen(began):
            suspend(issue)
        with frozen(ended):
            resume_clock(issue, actor=issue.handler)
    last = newest(issue)
    assert (last.version, last.paused_days, last.due_on) == (5, 3, date(2026, 11, 3))


def test_r15_while_it_is_suspended_no_rate_judges_it_and_a_breach_before_is_judged_all_the_same(officer):
    with frozen("2026-09-17T09:00"):
        waiting, missed, planned = (make_issue(officer) for _ in range(3))
    with frozen("2026-09-21T09:00"):
        suspend(waiting, date(2026, 12, 1))
        plan(planned, date(2026, 11, 2))
        suspend(fresh(planned), date(2026, 12, 1))
    with frozen("2026-10-12T09:00"):
        suspend(missed, date(2026, 12, 1))

    def judged(selection):
        return set(Issue.objects.filter(selection(Period(), date(2026, 10, 15))))

    assert judged(selections.fell_due) == {missed, planned}
    assert (judged(selections.on_time), judged(selections.late)) == ({planned}, {missed})
