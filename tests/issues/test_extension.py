"""R34: more time, asked in time, once, by at most one more term; until it is approved the old date holds."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Role
from config.clock import frozen
from issues.models import RequestState, State
from issues.queues import waiting_for
from issues.services import MoveRefused, ask_for_extension, decide
from issues.services.requests import approvers, propose_extension
from notices.models import Notice
from tests.factories import UserFactory, make_issue
from tests.issues.acts import extend, fresh, head_of, newest, office, plan, resume, retier, suspend, versions

pytestmark = pytest.mark.django_db


@pytest.fixture
def issue(officer):
    """Tier B, raised on Thursday 2026-10-15, due on Thursday 2026-10-29 (10 working days)."""
    return make_issue(officer)


def ask(issue, until, reason="等评审会排期。"):
    return ask_for_extension(issue, until=until, reason=reason, actor=issue.handler)


def test_the_old_date_holds_until_a_second_person_approves(issue):
    request = ask(issue, date(2026, 11, 5))
    assert (fresh(issue).due_on, fresh(issue).clock_due_on) == (date(2026, 10, 29), date(2026, 10, 29))
    assert versions(issue) == [(1, "registered", None, date(2026, 10, 29))]
    decide(request, approve=True, actor=office())
    found = fresh(issue)
    assert (found.due_on, found.clock_due_on, found.working_days) == (date(2026, 11, 5), date(2026, 11, 5), 15)
    assert versions(issue)[1:] == [(2, "extended", date(2026, 10, 29), date(2026, 11, 5))]
    last = newest(issue)
    assert (last.counted_from, last.working_days, last.reason) == (issue.raised_on, 15, "等评审会排期。")


def test_a_refusal_leaves_the_date_and_needs_a_reason(issue):
    request = ask(issue, date(2026, 11, 5))
    with pytest.raises(ValidationError) as refusal:
        decide(request, approve=False, note=" ", actor=office())
    assert refusal.value.message_dict == {"note": ["不同意时请写明原因。"]}
    decided = decide(request, approve=False, note="先办先结。", actor=office())
    assert (decided.state, decided.decision_note) == (RequestState.REFUSED, "先办先结。")
    assert versions(issue) == [(1, "registered", None, date(2026, 10, 29))]
    assert [event.kind for event in issue.events.all()] == ["request_refused", "requested", "registered"]


@pytest.mark.parametrize(
    ("until", "sentence"),
    [
        (date(2026, 10, 29), "新的日期要晚于现在的到期日2026-10-29。"),
        (date(2026, 10, 28), "新的日期要晚于现在的到期日2026-10-29。"),
        (date(2026, 10, 31), "2026-10-31不是工作日，请选工作日。"),
        (date(2026, 11, 13), "最多再延长一个时限（10个工作日），即到2026-11-12。"),
    ],
)
def test_a_date_that_will_not_do_is_refused_in_a_sentence(issue, until, sentence):
    with pytest.raises(ValidationError) as refusal:
        ask(issue, until)
    assert refusal.value.message_dict == {"until": [sentence]}


def test_one_more_term_and_not_a_day_more(issue):
    extend(issue, date(2026, 11, 12))
    assert (fresh(issue).due_on, fresh(issue).working_days) == (date(2026, 11, 12), 20)


def test_once(issue):
    extend(issue, date(2026, 11, 2))
    with pytest.raises(MoveRefused, match="已经延期过一次"):
        ask(issue, date(2026, 11, 5))


def test_a_refused_one_may_be_asked_again_but_not_while_one_waits(issue):
    first = ask(issue, date(2026, 11, 5))
    with pytest.raises(MoveRefused, match="同样的申请正在等待审批"):
        ask(issue, date(2026, 11, 6))
    decide(first, approve=False, note="太长。", actor=office())
    assert ask(issue, date(2026, 11, 2)).state == RequestState.PENDING


@pytest.mark.parametrize(("at", "is_early"), [("2026-10-28T23:59", True), ("2026-10-29T00:00", False)])
def test_a_working_day_before_the_due_date_at_the_latest(issue, at, is_early):
    with frozen(at):
        if is_early:
            assert propose_extension(issue, date(2026, 11, 2), issue.handler).new == date(2026, 11, 2)
            return
        with pytest.raises(MoveRefused, match="延期要在到期前至少1个工作日提出"):
            ask(issue, date(2026, 11, 2))


def test_asked_in_time_it_may_be_approved_on_the_due_day_and_not_after(issue):
    with frozen("2026-10-28T09:00"):
        request = ask(issue, date(2026, 11, 2))
    with frozen("2026-10-30T09:00"), pytest.raises(MoveRefused, match="到期日2026-10-29已过"):
        decide(request, approve=True, actor=office())
    assert versions(issue) == [(1, "registered", None, date(2026, 10, 29))]
    with frozen("2026-10-29T23:59"):
        decide(request, approve=True, actor=office())
    assert fresh(issue).due_on == date(2026, 11, 2)


def test_not_while_the_plans_clock_runs(issue):
    plan(issue, date(2026, 11, 20))
    with pytest.raises(MoveRefused, match="现在是“已定方案”，不能申请延期"):
        ask(issue, date(2026, 11, 20))


def test_after_a_pause_the_extension_counts_on_top_of_the_days_given_back(issue):
    suspend(issue)
    with frozen("2026-10-20T12:00"):
        resume(issue)
        assert fresh(issue).due_on == date(2026, 11, 3)
        extend(issue, date(2026, 11, 5))
    last = newest(issue)
    assert (last.due_on, last.working_days, last.paused_days) == (date(2026, 11, 5), 12, 3)


class TestWhoDecides:
    def test_b_the_home_units_head_or_one_above_and_the_commission_office_where_there_is_none(self, issue):
        boss = office()
        for role in (Role.UNIT_HEAD, Role.BUREAU_STAFF, Role.LEADER):
            UserFactory(role=role)
        request = ask(issue, date(2026, 11, 5))
        assert set(approvers(request)) == {boss}
        assert [waiting_for(person, "decide").count() for person in (boss,)] == [1]
        head = head_of(issue.home_unit)
        assert set(approvers(request)) == {head}
        assert [waiting_for(person, "decide").count() for person in (boss, head)] == [0, 1]

    def test_the_commission_office_where_the_only_head_asks(self, sign_in, issue):
        boss, head = office(), head_of(issue.home_unit)
        page = sign_in(head).get(f"/issues/{issue.number}/extend/")
        assert boss.name in page.content.decode()
        request = ask_for_extension(issue, until=date(2026, 11, 5), reason="排期", actor=head)
        assert set(approvers(request)) == {boss}
        assert [waiting_for(person, "decide").count() for person in (boss, head)] == [1, 0]
        decide(request, approve=True, actor=boss)
        assert fresh(issue).due_on == date(2026, 11, 5)

    def test_c_the_commission_office_alone(self, officer):
        issue = make_issue(officer, tier="C")
        head_of(issue.home_unit)
        boss = office()
        assert set(approvers(ask(issue, date(2026, 11, 12)))) == {boss}

    def test_nobody_else_and_never_who_asked(self, issue):
        head = head_of(issue.home_unit)
        request = ask_for_extension(issue, until=date(2026, 11, 5), reason="排期", actor=head)
        with pytest.raises(MoveRefused, match="由另一个人审批"):
            decide(request, approve=True, actor=head)
        with pytest.raises(MoveRefused, match="不由您审批"):
            decide(request, approve=True, actor=issue.handler)
        assert fresh(issue).due_on == date(2026, 10, 29)

    def test_it_is_decided_once(self, issue):
        request = extend(issue, date(2026, 11, 5))
        with pytest.raises(MoveRefused, match="已经有结果"):
            decide(request, approve=False, note="再想想", actor=office())
        assert fresh(issue).state == State.ACCEPTED


def test_who_is_to_decide_is_told_and_then_who_asked(issue):
    boss = office()
    extend(issue, date(2026, 11, 5))
    told = {notice.kind: notice.data for notice in [*boss.notices.all(), *issue.handler.notices.all()]}
    assert told == {
        "requested": {"number": issue.number, "request": "extend"},
        "decided": {"number": issue.number, "request": "extend", "outcome": "approved"},
    }


def test_approved_after_the_date_moved_on_it_never_shortens_the_term(officer):
    """Asked for 2026-11-05; meanwhile another tier put the due date behind that."""
    issue = make_issue(officer)
    request = ask(issue, date(2026, 11, 5))
    retier(issue, "D")
    moved = fresh(issue).due_on
    with pytest.raises(MoveRefused, match="新的日期要晚于现在的到期日"):
        decide(request, approve=True, actor=office())
    assert fresh(issue).due_on == moved == date(2026, 11, 26)
    request.refresh_from_db()
    assert request.state == RequestState.PENDING


def test_a_pause_longer_than_what_was_asked_for_leaves_nothing_to_approve(issue):
    request = ask(issue, date(2026, 11, 5))
    with frozen("2026-10-20T09:00"):
        suspend(issue)
    with frozen("2026-12-08T09:00"):
        resume(issue)
        with pytest.raises(MoveRefused):
            decide(request, approve=True, actor=office())
        assert fresh(issue).working_days == 10


def test_what_was_decided_is_not_sent_any_more_and_read_in_every_inbox(issue):
    office()
    with frozen("2026-10-18T20:00"):  # a Sunday evening: nothing leaves the house
        request = ask(issue, date(2026, 11, 5))
        waiting = Notice.objects.filter(cause=f"request/{request.pk}")
        assert {notice.send_after is None for notice in waiting} == {False}
        decide(request, approve=True, actor=office())
    assert {(notice.send_after, notice.read_at is None) for notice in waiting.all()} == {(None, False)}
