"""The minute's scan: each level of each deadline is announced once, to those who handle it, whatever beat does."""

from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Role
from config.clock import frozen, today
from issues import tick as scan
from issues.models import Alarm, Clock, Deadline, EventKind, Issue, Level, WarningRule
from issues.models import Warning as IssueWarning
from issues.services import confirm_plan, resolve
from issues.tick import TickResult, tick
from liaisons.services import assign
from notices.models import Notice
from tests.concurrency import Call, at_once, wait_until_blocked
from tests.factories import OfficerFactory, UnitFactory, UserFactory, make_issue

NOTHING = TickResult(0, 0, 0, 0)


def tick_at(instant: str) -> TickResult:
    with frozen(instant):
        return tick()


def levels(issue: Issue) -> list[str]:
    return list(issue.warnings.values_list("level", flat=True))


def plan_until(issue: Issue, promised_on: str) -> Issue:
    return confirm_plan(
        issue,
        text="分两批进场。",
        unit=issue.lead_unit,
        person="周工",
        promised_on=date.fromisoformat(promised_on),
        told_platform_on=today(),
        actor=issue.handler,
    )


@pytest.fixture
def issue(db):
    """Tier B raised on Thursday 2026-10-15: due on 10-29, nearing from 10-26 on."""
    return make_issue(OfficerFactory())


def test_each_level_is_announced_on_its_day_and_never_again(issue):
    assert tick_at("2026-10-25T23:59:59") == NOTHING
    assert tick_at("2026-10-26T00:00") == TickResult(1, 0, 0, 1)
    assert tick_at("2026-10-26T00:01") == NOTHING
    assert tick_at("2026-10-28T23:59") == NOTHING
    assert tick_at("2026-10-29T00:00") == TickResult(0, 1, 0, 1)
    assert tick_at("2026-10-29T23:59:59") == NOTHING
    assert tick_at("2026-10-30T00:00") == TickResult(0, 0, 1, 1)
    assert tick_at("2027-03-01T08:00") == NOTHING
    assert levels(issue) == [Level.NEARING, Level.DUE_TODAY, Level.OVERDUE]
    events = issue.events.filter(kind=EventKind.WARNED).order_by("pk")
    assert [(event.after, event.actor, event.deadline) for event in events] == [
        (level, None, issue.deadlines.get()) for level in levels(issue)
    ]


def test_each_run_leaves_the_day_of_the_next_announcement(issue):
    days = []
    for instant in ("2026-10-26T08:00", "2026-10-29T08:00", "2026-10-30T08:00"):
        tick_at(instant)
        days.append(Alarm.objects.filter(issue=issue).values_list("rings_on", flat=True).first())
    assert days == [date(2026, 10, 29), date(2026, 10, 30), None]


def test_a_level_met_again_adds_nothing(issue):
    assert tick_at("2026-10-26T08:00") == TickResult(1, 0, 0, 1)
    Alarm.objects.filter(issue=issue).update(rings_on=date(2026, 10, 26))
    assert tick_at("2026-10-26T09:00") == NOTHING
    assert issue.events.filter(kind=EventKind.WARNED).count() == 1


def test_after_an_outage_only_what_holds_now_is_announced(issue):
    overslept = make_issue(OfficerFactory(), tier="C")  # due on 2026-11-05
    # Beat stood still from Friday 2026-10-23 until Monday 2026-11-02.
    assert tick_at("2026-10-23T18:00") == NOTHING
    assert tick_at("2026-11-02T08:00") == TickResult(1, 0, 1, 2)
    assert (levels(issue), levels(overslept)) == ([Level.OVERDUE], [Level.NEARING])
    assert tick_at("2026-11-02T08:01") == NOTHING


def test_an_issue_registered_late_is_flagged_by_the_next_run(db):
    issue = make_issue(OfficerFactory(), raised_on=date(2026, 9, 17))  # due on 2026-10-08
    assert tick() == TickResult(0, 0, 1, 1)
    assert levels(issue) == [Level.OVERDUE]


def test_a_stopped_clock_is_never_flagged(issue):
    answered = make_issue(OfficerFactory(), tier="A")
    resolve(issue, result="solved", reply="已办好。", actor=issue.handler)
    assert tick_at("2026-12-01T08:00") == NOTHING
    assert (levels(issue), levels(answered)) == ([], [])


def test_the_plans_clock_is_flagged_by_its_own_deadline(issue):
    assert tick_at("2026-10-26T08:00") == TickResult(1, 0, 0, 1)
    with frozen("2026-10-26T09:00"):
        plan_until(issue, "2026-11-20")
    assert tick_at("2026-10-30T08:00") == NOTHING
    assert tick_at("2026-11-17T08:00") == TickResult(1, 0, 0, 1)
    assert tick_at("2026-11-21T08:00") == TickResult(0, 0, 1, 1)
    flagged = issue.warnings.values_list("deadline__clock", "level")
    assert list(flagged) == [
        (Clock.STATUTORY, Level.NEARING),
        (Clock.PLAN, Level.NEARING),
        (Clock.PLAN, Level.OVERDUE),
    ]
    told = Notice.objects.order_by("pk").values_list("kind", "data__clock", "data__due_on")
    assert list(told) == [
        ("nearing", "statutory", "2026-10-29"),
        ("nearing", "plan", "2026-11-20"),
        ("overdue", "plan", "2026-11-20"),
    ]


def test_the_handler_and_the_unit_head_are_told_and_nobody_else(db):
    unit = UnitFactory(code="U-home")
    officer = OfficerFactory(user=UserFactory(unit=unit))
    issue = make_issue(officer)
    head = UserFactory(role=Role.UNIT_HEAD, unit=unit)
    UserFactory(role=Role.UNIT_HEAD, unit=unit, is_active=False)
    UserFactory(role=Role.UNIT_HEAD, unit=UnitFactory(parent=unit))
    OfficerFactory(user=UserFactory(unit=unit))
    UserFactory(role=Role.BUREAU_STAFF)
    assert tick_at("2026-10-29T08:00") == TickResult(0, 1, 0, 2)
    notices = Notice.objects.order_by("recipient_id")
    assert [notice.recipient for notice in notices] == [officer.user, head]
    assert {(n.kind, n.url, n.data["number"], n.read_at) for n in notices} == {
        ("due_today", f"/issues/{issue.number}/", issue.number, None)
    }


def test_a_handler_who_heads_the_unit_is_told_once(db):
    issue = make_issue(OfficerFactory())
    head = UserFactory(role=Role.UNIT_HEAD, unit=issue.lead_unit)
    Issue.objects.filter(pk=issue.pk).update(handler=head)
    assert tick_at("2026-10-29T08:00") == TickResult(0, 1, 0, 2)
    assert {notice.recipient for notice in Notice.objects.all()} == {head, issue.officer.user}


def test_a_warning_without_anybody_to_tell_still_stands(issue):
    type(issue.handler).objects.filter(pk=issue.handler_id).update(is_active=False)
    assert tick_at("2026-10-29T08:00") == TickResult(0, 1, 0, 0)
    assert levels(issue) == [Level.DUE_TODAY]


def test_any_number_of_issues_takes_the_same_statements(issue):
    assert tick_at("2026-10-15T12:00") == NOTHING  # the rule is followed once
    for _ in range(30):
        make_issue(issue.officer)
    with CaptureQueriesContext(connection) as statements:
        assert tick_at("2026-10-29T08:00") == TickResult(0, 31, 0, 31)
    assert [s["sql"].split()[0] for s in statements] == ["SAVEPOINT", "SELECT", "WITH", "RELEASE"]


def test_the_command_does_it_by_hand(issue, capsys):
    call_command("tick", now="2026-10-29T08:00", json=True)
    call_command("tick", now="2026-10-29T08:00")
    call_command("tick")
    assert capsys.readouterr().out.splitlines() == [
        '{"nearing": 0, "due_today": 1, "overdue": 0, "notices": 1}',
        "0 nearing, 0 due today, 0 overdue: 0 notices",
        "0 nearing, 0 due today, 0 overdue: 0 notices",
    ]
    assert issue.warnings.get().raised_at.isoformat() == "2026-10-29T00:00:00+00:00"
    with pytest.raises(CommandError, match="--now"):
        call_command("tick", now="tomorrow")


class TestAtOnce:
    """Two connections, real commits."""

    pytestmark = pytest.mark.usefixtures("committed")

    def test_runs_at_once_announce_once(self):
        for _ in range(5):
            make_issue(OfficerFactory())
        with frozen("2026-10-29T08:00", everywhere=True):
            results = at_once(*[tick] * 4)
        assert sorted(result.due_today for result in results) == [0, 0, 0, 5]
        assert IssueWarning.objects.count() == Notice.objects.count() == 5

    def test_without_the_constraint_two_runs_would_announce_twice(self, monkeypatch):
        """The control: neither looking for an earlier warning nor chance keeps it single, the constraint does."""
        issue = make_issue(OfficerFactory())
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE issues_warning DROP CONSTRAINT warning_once_a_deadline_and_level")
        blind = scan.ANNOUNCE.replace("ON CONFLICT (deadline_id, level) DO NOTHING", "").replace(
            "FOR NO KEY UPDATE OF i FOR UPDATE OF a", ""
        )
        monkeypatch.setattr(scan, "ANNOUNCE", blind)
        try:
            with frozen("2026-10-29T08:00", everywhere=True), transaction.atomic():
                tick()
                second = Call(tick)
                wait_until_blocked()  # on the notice of the same cause and person
            second.result()
            assert IssueWarning.objects.filter(issue=issue).count() == 2
        finally:
            IssueWarning.objects.all().delete()
            with connection.cursor() as cursor:
                cursor.execute(
                    "ALTER TABLE issues_warning "
                    "ADD CONSTRAINT warning_once_a_deadline_and_level UNIQUE (deadline_id, level)"
                )

    def test_a_plan_confirmed_while_a_run_waits_is_announced_by_its_own_clock(self):
        issue = make_issue(OfficerFactory())
        with frozen("2026-10-29T08:00", everywhere=True):
            with transaction.atomic():
                plan_until(issue, "2026-10-30")
                run = Call(tick)
                wait_until_blocked()
            first, second = run.result(), tick()
        assert (first.nearing, second) == (1, NOTHING)
        assert list(issue.warnings.values_list("deadline__clock", "level")) == [(Clock.PLAN, Level.NEARING)]

    def test_an_issue_resolved_while_a_run_waits_is_left_alone(self):
        issue = make_issue(OfficerFactory())
        with frozen("2026-10-29T08:00", everywhere=True):
            with transaction.atomic():
                resolve(issue, result="solved", reply="已办好。", actor=issue.handler)
                run = Call(tick)
                wait_until_blocked()
            assert run.result() == NOTHING
        assert levels(issue) == []


def test_the_database_holds_one_warning_a_deadline_and_level(issue):
    deadline = Deadline.objects.get()
    at = deadline.created_at + timedelta(days=14)
    IssueWarning.objects.create(issue=issue, deadline=deadline, level=Level.OVERDUE, raised_at=at)
    with pytest.raises(IntegrityError, match="warning_once_a_deadline_and_level"), transaction.atomic():
        IssueWarning.objects.create(issue=issue, deadline=deadline, level=Level.OVERDUE, raised_at=at)


def test_a_new_warning_rule_reaches_the_clocks_that_run_already(issue):
    WarningRule.objects.create(nearing_days=5, valid_from=date(2026, 10, 20))
    assert tick_at("2026-10-20T08:00") == NOTHING
    assert Alarm.objects.get(issue=issue).rings_on == date(2026, 10, 22)
    assert tick_at("2026-10-22T00:00") == TickResult(1, 0, 0, 1)
    WarningRule.objects.create(nearing_days=1, valid_from=date(2026, 10, 23))
    assert tick_at("2026-10-23T08:00") == NOTHING
    assert Alarm.objects.get(issue=issue).rings_on == date(2026, 10, 29)


def test_after_a_handover_the_platforms_officer_is_told_beside_the_handler(issue):
    successor = OfficerFactory()
    assign(officer=successor, platform=issue.platform, started_on=today(), actor=None)
    tick_at("2026-10-29T08:00")
    told = set(Notice.objects.values_list("recipient", flat=True))
    assert told == {issue.handler_id, successor.user_id}
