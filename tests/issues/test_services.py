"""What every write to an issue does, refuses and leaves behind."""

from datetime import UTC, date, datetime, timedelta
from itertools import chain

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from accounts.models import Role
from config.clock import frozen, today
from issues.models import Cause, Clock, EventKind, Issue, IssueCounter, Result, SolutionPlan, State, TierTerm
from issues.services import MoveRefused, NewIssue, confirm_plan, register_issues, resolve, terms_in_force
from tests.concurrency import at_once
from tests.factories import CategoryFactory, OfficerFactory, PlatformFactory, UserFactory, make_issue
from workdays.calendar import CalendarCoverageError

NOON = datetime(2026, 10, 15, 4, tzinfo=UTC)


def plan(issue: Issue, **fields) -> Issue:
    defaults = {
        "text": "由施工单位整改，分两批进场。",
        "unit": issue.lead_unit,
        "person": "周工",
        "promised_on": date(2026, 11, 20),
        "told_platform_on": today(),
        "actor": issue.handler,
    }
    return confirm_plan(issue, **{**defaults, **fields})


def close(issue: Issue, **fields) -> Issue:
    return resolve(issue, **{"result": Result.SOLVED, "reply": "已办好。", "actor": issue.handler, **fields})


@pytest.fixture
def issue(db):
    return make_issue(OfficerFactory())


class TestRegister:
    pytestmark = pytest.mark.django_db

    @pytest.mark.parametrize(
        ("tier", "state", "days", "due_on", "half_on", "nearing_on"),
        [
            ("B", State.ACCEPTED, 10, date(2026, 10, 29), date(2026, 10, 22), date(2026, 10, 26)),
            ("C", State.GRADED, 15, date(2026, 11, 5), date(2026, 10, 27), date(2026, 11, 2)),
            ("D", State.GRADED, 30, date(2026, 11, 26), date(2026, 11, 5), date(2026, 11, 23)),
        ],
    )
    def test_each_tier_gets_its_clock(self, tier, state, days, due_on, half_on, nearing_on):
        issue = Issue.objects.get(pk=make_issue(tier=tier).pk)
        assert (issue.state, issue.due_on, issue.clock_due_on) == (state, due_on, due_on)
        deadline = issue.deadlines.get()
        alarm = issue.alarms.get()
        assert (alarm.clock, alarm.rings_on, alarm.deadline) == (Clock.STATUTORY, half_on, deadline)
        assert (issue.nearing_on, issue.due_is_provisional) == (nearing_on, False)
        assert (issue.counted_from, issue.working_days) == (date(2026, 10, 15), days)
        assert (deadline.clock, deadline.version, deadline.cause) == (Clock.STATUTORY, 1, Cause.REGISTERED)
        assert (deadline.counted_from, deadline.working_days, deadline.due_on) == (date(2026, 10, 15), days, due_on)
        assert (deadline.previous_due_on, deadline.actor, deadline.created_at) == (None, issue.handler, NOON)
        event = issue.events.get()
        assert (event.kind, event.at, event.actor, event.deadline) == (
            EventKind.REGISTERED,
            NOON,
            issue.handler,
            deadline,
        )

    @pytest.mark.parametrize(
        ("agrees", "state", "word"), [(True, State.CONFIRMED, "spoken"), (False, State.RESOLVED, "")]
    )
    def test_an_answer_on_the_spot_closes_it_without_a_clock(self, agrees, state, word):
        issue = Issue.objects.get(pk=make_issue(tier="A", answer="可以，已留办事指南。", platform_agrees=agrees).pk)
        assert (issue.state, issue.result, issue.reply) == (state, Result.SOLVED, "可以，已留办事指南。")
        assert (issue.resolved_at, issue.is_confirmed_solved, issue.confirmation) == (NOON, agrees, word)
        assert issue.confirmed_at == (NOON if agrees else None)
        assert (issue.due_on, issue.clock_due_on, issue.alarms.exists(), issue.term) == (None, None, False, None)
        assert not issue.deadlines.exists()
        told = [(event.kind, event.before, event.after, event.note) for event in issue.events.order_by("pk")]
        assert told == [
            ("registered", "", "registered", ""),
            ("answered", "registered", "resolved", "可以，已留办事指南。"),
            *([("confirmed", "resolved", "confirmed", "联点干部转述平台确认")] if agrees else []),
        ]

    def test_the_clock_runs_from_the_day_the_platform_said_it(self):
        issue = make_issue(raised_on=date(2026, 9, 17))
        assert issue.due_on == date(2026, 10, 8)
        assert issue.registered_at == NOON

    def test_a_date_past_the_published_years_is_provisional(self):
        with frozen("2026-12-25T09:00"):
            issue = make_issue()
        assert issue.due_is_provisional
        assert issue.deadlines.get().is_provisional

    def test_a_date_past_the_calendar_is_refused_and_leaves_nothing(self):
        with pytest.raises(CalendarCoverageError), frozen("2035-12-20T09:00"):
            make_issue()
        assert (Issue.objects.count(), IssueCounter.objects.count()) == (0, 0)

    def test_numbers_follow_one_another_and_begin_again_each_year(self):
        assert [make_issue().number for _ in range(2)] == ["2026-000001", "2026-000002"]
        with frozen("2027-01-01T00:00"):
            assert make_issue().number == "2027-000001"
        assert make_issue().number == "2026-000003"

    def test_a_refused_batch_gives_its_numbers_back(self):
        officer = OfficerFactory()
        good = NewIssue(tier="B", category=CategoryFactory(), text="消防验收")
        with pytest.raises(ValidationError):
            register_issues(
                [good, NewIssue(tier="B", category=CategoryFactory(), text=" ")],
                platform=PlatformFactory(officer=officer),
                officer=officer,
                raised_on=today(),
                actor=officer.user,
            )
        assert Issue.objects.count() == 0
        assert make_issue().number == "2026-000001"

    @pytest.mark.parametrize(
        ("fields", "field", "sentence"),
        [
            ({"tier": "E"}, "tier", "类别只能是A、B、C、D。"),
            ({"tier": ""}, "tier", "类别只能是A、B、C、D。"),
            ({"text": " \n"}, "text", "请写明平台说的问题。"),
            ({"tier": "A", "answer": " "}, "answer", "当场解决的，请写下当场怎么答复的。"),
        ],
    )
    def test_what_is_missing_is_named(self, fields, field, sentence):
        with pytest.raises(ValidationError) as refusal:
            make_issue(**fields)
        assert refusal.value.message_dict == {field: [sentence]}

    def test_many_issues_take_the_statements_of_one(self, django_assert_num_queries):
        officer = OfficerFactory()
        platform, category = PlatformFactory(officer=officer), CategoryFactory()
        for count in (1, 30):
            new = [NewIssue(tier="B", category=category, text=f"问题{n}") for n in range(count)]
            with django_assert_num_queries(11):
                register_issues(new, platform=platform, officer=officer, raised_on=today(), actor=officer.user)


class TestTerms:
    """R9: a new term is a new row, and what was registered under the old one keeps it."""

    pytestmark = pytest.mark.django_db

    def test_a_term_valid_from_tomorrow_changes_nothing_today(self):
        TierTerm.objects.create(tier="B", working_days=5, valid_from=today() + timedelta(days=1))
        assert make_issue().due_on == date(2026, 10, 29)
        assert terms_in_force()["B"].working_days == 10

    def test_old_issues_keep_their_term_when_a_new_one_begins(self):
        before = make_issue()
        TierTerm.objects.create(tier="B", working_days=5, valid_from=date(2026, 10, 16))
        with frozen("2026-10-16T09:00"):
            after = make_issue()
        kept = Issue.objects.filter(pk__in=[before.pk, after.pk]).order_by("pk")
        assert list(kept.values_list("term__working_days", "due_on")) == [
            (10, date(2026, 10, 29)),
            (5, date(2026, 10, 23)),
        ]
        assert {tier: term.working_days for tier, term in terms_in_force(date(2026, 10, 16)).items()} == {
            "B": 5,
            "C": 15,
            "D": 30,
        }


class TestConfirmPlan:
    def test_a_plan_stops_the_statutory_clock_and_starts_its_own(self, issue):
        plan(issue)
        issue = Issue.objects.select_related("plan").get(pk=issue.pk)
        assert (issue.state, issue.clock, issue.plan_confirmed_at) == (State.PLAN_CONFIRMED, Clock.PLAN, NOON)
        assert (issue.due_on, issue.settled_on) == (date(2026, 10, 29), today())
        assert (issue.clock_due_on, issue.alarms.get().rings_on) == (date(2026, 11, 20), date(2026, 11, 17))
        assert (issue.plan.promised_on, issue.plan.first_promised_on) == (date(2026, 11, 20), date(2026, 11, 20))
        deadline = issue.deadlines.get(clock=Clock.PLAN)
        assert (deadline.version, deadline.cause, deadline.working_days) == (1, Cause.PLAN_CONFIRMED, None)
        event = issue.events.first()
        assert (event.kind, event.before, event.after) == ("plan_confirmed", "accepted", "plan_confirmed")
        assert (event.note, event.deadline) == ("由施工单位整改，分两批进场。", deadline)

    def test_the_platform_may_be_promised_today(self, issue):
        plan(issue, promised_on=today())
        assert Issue.objects.get(pk=issue.pk).clock_due_on == today()

    @pytest.mark.parametrize(
        ("fields", "field", "sentence"),
        [
            ({"text": " "}, "text", "请写明解决方案。"),
            ({"person": " "}, "person", "请写责任单位的具体承办人。"),
            ({"promised_on": date(2026, 10, 14)}, "promised_on", "承诺日期不能早于今天。"),
            ({"promised_on": date(9999, 12, 31)}, "promised_on", "工作日历只到2035-12-31，请承诺更早的日期。"),
            (
                {"told_platform_on": date(2026, 10, 16)},
                "told_platform_on",
                "请先告知平台，再确定方案；告知日期不能晚于今天。",
            ),
            (
                {"told_platform_on": date(2026, 10, 14)},
                "told_platform_on",
                "告知日期不能早于平台提出的日期（2026-10-15）。",
            ),
        ],
    )
    def test_a_plan_needs_all_its_parts(self, issue, fields, field, sentence):
        with pytest.raises(ValidationError) as refusal:
            plan(issue, **fields)
        assert refusal.value.message_dict == {field: [sentence]}
        assert not SolutionPlan.objects.exists()
        assert issue.events.count() == 1

    def test_a_stale_copy_cannot_confirm_a_second_plan(self, issue):
        stale = Issue.objects.get(pk=issue.pk)
        plan(issue)
        with pytest.raises(MoveRefused) as refusal:
            plan(stale, text="另一个方案")
        assert refusal.value.messages == ["这个问题现在是“已定方案”，不能确定解决方案。"]
        assert SolutionPlan.objects.get().text == "由施工单位整改，分两批进场。"


class TestResolve:
    def test_a_resolution_stops_the_statutory_clock(self, issue):
        close(issue)
        issue = Issue.objects.get(pk=issue.pk)
        assert (issue.state, issue.result, issue.reply) == (State.RESOLVED, Result.SOLVED, "已办好。")
        assert (issue.resolved_at, issue.resolved_on, issue.settled_on) == (NOON, today(), today())
        assert (issue.clock, issue.clock_due_on, issue.alarms.exists()) == (None, None, False)
        assert (issue.due_on, issue.is_confirmed_solved) == (date(2026, 10, 29), False)
        assert [(e.kind, e.before, e.after) for e in issue.events.all()] == [
            ("resolved", "accepted", "resolved"),
            ("registered", "", "accepted"),
        ]

    def test_the_platforms_spoken_word_confirms_it_in_the_same_breath(self, issue):
        close(issue, is_confirmed_solved=True)
        issue = Issue.objects.get(pk=issue.pk)
        assert (issue.state, issue.confirmation, issue.confirmed_at) == (State.CONFIRMED, "spoken", NOON)
        assert (issue.due_on, issue.is_confirmed_solved) == (date(2026, 10, 29), True)
        assert [(e.kind, e.before, e.after) for e in issue.events.all()] == [
            ("confirmed", "resolved", "confirmed"),
            ("resolved", "accepted", "resolved"),
            ("registered", "", "accepted"),
        ]

    def test_no_unit_confirms_its_own_work(self, issue):
        head = UserFactory(role=Role.UNIT_HEAD, unit=issue.lead_unit)
        with pytest.raises(ValidationError) as refusal:
            close(issue, is_confirmed_solved=True, actor=head)
        assert refusal.value.message_dict == {"is_confirmed_solved": ["平台认可由平台或联点干部来记，请先办结。"]}
        assert Issue.objects.get(pk=issue.pk).state == State.ACCEPTED

    def test_a_resolution_after_a_plan_leaves_the_first_stop_standing(self, issue):
        plan(issue)
        with frozen("2026-11-20T23:59:59"):
            close(issue)
        issue = Issue.objects.get(pk=issue.pk)
        assert (issue.settled_on, issue.resolved_on) == (date(2026, 10, 15), date(2026, 11, 20))

    def test_the_last_second_of_the_due_day_is_in_time(self, issue):
        other = make_issue(OfficerFactory())
        with frozen("2026-10-29T23:59:59"):
            close(issue)
        with frozen("2026-10-30T00:00"):
            close(other)
        settled = Issue.objects.order_by("pk").values_list("settled_on", flat=True)
        assert list(settled) == [date(2026, 10, 29), date(2026, 10, 30)]

    @pytest.mark.parametrize(
        ("fields", "field", "sentence"),
        [
            ({"result": "magic"}, "result", "请选择处置结果。"),
            ({"reply": "  "}, "reply", "请写明给平台的答复。"),
            (
                {"result": Result.PARTLY, "is_confirmed_solved": True},
                "is_confirmed_solved",
                "只有结果为“已解决”时，才能记平台认可已解决。",
            ),
        ],
    )
    def test_a_resolution_needs_its_parts(self, issue, fields, field, sentence):
        with pytest.raises(ValidationError) as refusal:
            close(issue, **fields)
        assert refusal.value.message_dict == {field: [sentence]}
        assert Issue.objects.get(pk=issue.pk).state == State.ACCEPTED

    def test_a_stale_copy_cannot_resolve_again_nor_plan_afterwards(self, issue):
        stale = Issue.objects.get(pk=issue.pk)
        close(issue)
        with pytest.raises(MoveRefused) as refusal:
            close(stale, reply="另一个答复")
        assert refusal.value.messages == ["这个问题现在是“已办结待确认”，不能办结。"]
        with pytest.raises(MoveRefused):
            plan(stale)
        assert Issue.objects.get(pk=issue.pk).reply == "已办好。"
        assert issue.events.count() == 2

    def test_only_the_row_as_it_is_now_refuses_a_stale_copy(self, issue, monkeypatch):
        """The control for the test above: deciding on the copy lets both pass."""
        copies = [Issue.objects.get(pk=issue.pk) for _ in range(2)]
        monkeypatch.setattr("issues.services.moves.locked", lambda copy: copy)
        for copy in copies:
            close(copy)
        assert issue.events.filter(kind=EventKind.RESOLVED).count() == 2

    @pytest.mark.parametrize(
        "fields",
        [
            {"result": ""},
            {"resolved_at": None},
            {"clock_due_on": date(2026, 10, 29)},
            {"result": Result.PARTLY, "is_confirmed_solved": True},
            {"tier": "E"},
            {"due_on": None},
        ],
    )
    def test_the_database_refuses_a_state_that_contradicts_itself(self, issue, fields):
        close(issue)
        with pytest.raises(IntegrityError), transaction.atomic():
            Issue.objects.filter(pk=issue.pk).update(**fields)


@pytest.mark.usefixtures("committed")
class TestAtOnce:
    """Several connections, real commits."""

    def test_numbers_are_given_once(self):
        officers = [OfficerFactory() for _ in range(4)]
        platforms = [PlatformFactory(officer=officer) for officer in officers]
        CategoryFactory()

        def five(officer, platform):
            return [make_issue(officer, platform=platform).number for _ in range(5)]

        numbers = at_once(*[lambda o=o, p=p: five(o, p) for o, p in zip(officers, platforms, strict=True)])
        assert sorted(chain(*numbers)) == [f"2026-{n:06d}" for n in range(1, 21)]

    def test_of_two_moves_at_once_one_is_refused(self):
        issue = make_issue(OfficerFactory())
        head = UserFactory(role=Role.UNIT_HEAD, unit=issue.lead_unit)
        outcome = at_once(lambda: close(issue), lambda: close(issue, reply="另一个", actor=head))
        assert [type(each) for each in outcome if isinstance(each, Exception)] == [MoveRefused]
        assert issue.events.filter(kind=EventKind.RESOLVED).count() == 1


def test_the_counter_is_one_row_a_year(issue):
    with connection.cursor() as cursor:
        cursor.execute("SELECT year, last FROM issues_issuecounter")
        assert cursor.fetchall() == [(2026, 1)]
