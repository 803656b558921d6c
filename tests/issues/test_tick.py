"""The minute's scan: each rung of each deadline is announced once, to those it concerns, whatever beat does."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Role
from bench.many import make_open_issues
from config.clock import frozen, now, today
from issues import tick as scan
from issues.announce import ANNOUNCE
from issues.models import Alarm, Clock, Deadline, EventKind, Issue, Level, Rung, WarningLadder
from issues.models import Warning as IssueWarning
from issues.services import confirm_plan, refer, resolve
from issues.tick import TickResult, tick
from liaisons.services import assign
from notices.models import Announcement, Channel, Heartbeat, Notice
from tests.concurrency import Call, at_once, wait_until_blocked
from tests.factories import OfficerFactory, UnitFactory, UserFactory, disable, make_issue
from tests.workdays.calendars import calendar_of

NOTHING = TickResult()
# The ladder of tier B raised on Thursday 2026-10-15: level, step and the rung's day.
RUNGS = [
    ("half", 1, date(2026, 10, 22)),
    ("nearing", 1, date(2026, 10, 26)),
    ("due_today", 1, date(2026, 10, 29)),
    ("overdue", 1, date(2026, 10, 30)),
    ("overdue", 2, date(2026, 10, 30)),
    ("overdue", 3, date(2026, 11, 3)),
    ("overdue", 4, date(2026, 11, 5)),
]


def tick_at(instant: str) -> TickResult:
    """A run at night, when no digest is written, unless the hour is given."""
    with frozen(instant if "T" in instant else f"{instant}T00:00"):
        return tick()


def rungs(issue: Issue) -> list[tuple[str, int, date]]:
    return list(issue.warnings.values_list("level", "step", "reached_on"))


def told(level: str, step: int = 1) -> set[int]:
    """Whom the notices of a rung went to."""
    return set(Notice.objects.filter(cause__endswith=f"/{level}/{step}").values_list("recipient_id", flat=True))


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


def new_ladder(valid_from: str, *wanted: tuple[str, int, str, int], clock: str = "statutory") -> WarningLadder:
    """Rungs of tier B: level, step, measure, amount. They tell the handler."""
    ladder = WarningLadder.objects.create(valid_from=date.fromisoformat(valid_from))
    for level, step, measure, amount in wanted:
        Rung.objects.create(
            ladder=ladder, clock=clock, tier="B", level=level, step=step, measure=measure, amount=amount,
            tells=["handler"],
        )  # fmt: skip
    return ladder


@pytest.fixture
def issue(db):
    """Tier B raised on Thursday 2026-10-15: due on 10-29, nearing from 10-26 on."""
    return make_issue(OfficerFactory())


def test_each_rung_is_announced_on_its_day_and_never_again(issue):
    assert tick_at("2026-10-21T23:59:59") == NOTHING
    assert tick_at("2026-10-22") == TickResult(half=1, notices=1)
    assert tick_at("2026-10-22T00:01") == NOTHING
    assert tick_at("2026-10-25T23:59:59") == NOTHING
    assert tick_at("2026-10-26") == TickResult(nearing=1, notices=1)
    assert tick_at("2026-10-28T23:59") == NOTHING
    assert tick_at("2026-10-29") == TickResult(due_today=1, notices=1)
    assert tick_at("2026-10-29T23:59:59") == NOTHING
    assert tick_at("2026-10-30") == TickResult(overdue=1, escalated=1, notices=1)
    assert tick_at("2026-11-02T23:59:59") == NOTHING
    assert tick_at("2026-11-03") == TickResult(escalated=1)
    assert tick_at("2026-11-05") == TickResult(escalated=1)
    assert tick_at("2027-03-01") == NOTHING
    assert rungs(issue) == RUNGS
    events = issue.events.filter(kind=EventKind.WARNED).order_by("pk")
    assert [(event.after, event.note, event.actor, event.deadline) for event in events] == [
        (level, "", None, issue.deadlines.get()) for level, _step, _day in RUNGS
    ]


def test_each_run_leaves_the_day_of_the_next_rung(issue):
    days = []
    for day in ("2026-10-22", "2026-10-26", "2026-10-29", "2026-10-30", "2026-11-03", "2026-11-05"):
        tick_at(day)
        days.append(Alarm.objects.filter(issue=issue).values_list("rings_on", flat=True).first())
    assert days == [date(2026, 10, 26), date(2026, 10, 29), date(2026, 10, 30), date(2026, 11, 3),
                    date(2026, 11, 5), None]  # fmt: skip


def test_a_rung_met_again_adds_nothing(issue):
    assert tick_at("2026-10-26").nearing == 1
    Alarm.objects.filter(issue=issue).update(rings_on=date(2026, 10, 26))
    assert tick_at("2026-10-26T07:00") == NOTHING
    assert issue.events.filter(kind=EventKind.WARNED).count() == 2
    assert Alarm.objects.get().rings_on == date(2026, 10, 29)


def test_an_outage_of_three_weeks_changes_nothing_in_the_warnings(db):
    """Wall 4: runs on every day, and one run after three weeks, write the same rows."""
    watched = [make_issue(OfficerFactory(), tier=tier) for tier in "BCDB"]
    overslept = [make_issue(OfficerFactory(), tier=tier) for tier in "BCDB"]
    for group in (watched, overslept):
        plan_until(group[3], "2026-10-28")
    Alarm.objects.filter(issue__in=overslept).update(rings_on=date(2030, 1, 1))
    for offset in range(22):
        tick_at(f"{date(2026, 10, 16) + timedelta(days=offset)}")
    Alarm.objects.filter(issue__in=overslept).update(rings_on=date(2026, 10, 22))  # as beat left them
    tick_at("2026-11-06")
    for first, second in zip(watched, overslept, strict=True):
        assert rungs(first) == rungs(second) != []
        assert [alarm.rings_on for alarm in first.alarms.all()] == [alarm.rings_on for alarm in second.alarms.all()]
        assert Issue.objects.get(pk=first.pk).breached_on == Issue.objects.get(pk=second.pk).breached_on
    assert IssueWarning.objects.filter(issue__in=watched, deadline__clock="plan").count() == 6


def test_after_an_outage_everybody_hears_of_the_highest_rung_that_tells_them(issue):
    head = UserFactory(role=Role.UNIT_HEAD, unit=issue.lead_unit)
    staff, commission = UserFactory(role=Role.BUREAU_STAFF), UserFactory(role=Role.COMMISSION_OFFICE)
    assert tick_at("2026-11-05") == TickResult(1, 1, 1, 1, 3, notices=4)
    assert rungs(issue) == RUNGS
    causes = Notice.objects.order_by("recipient_id").values_list("recipient_id", "cause")
    pk = issue.deadlines.get().pk
    assert dict(causes) == {
        issue.handler_id: f"warning/{pk}/overdue/1",
        head.pk: f"warning/{pk}/overdue/2",
        staff.pk: f"warning/{pk}/overdue/3",
        commission.pk: f"warning/{pk}/overdue/4",
    }


def test_an_issue_registered_late_is_flagged_by_the_next_run(db):
    issue = make_issue(OfficerFactory(), raised_on=date(2026, 9, 17))  # due on 2026-10-08
    assert tick_at("2026-10-15").overdue == 1
    assert rungs(issue)[-1] == ("overdue", 4, date(2026, 10, 14))


def test_a_stopped_clock_is_never_flagged(issue):
    answered = make_issue(OfficerFactory(), tier="A")
    resolve(issue, result="solved", reply="已办好。", actor=issue.handler)
    assert tick_at("2026-12-01") == NOTHING
    assert (rungs(issue), rungs(answered)) == ([], [])


def test_r7_the_plans_clock_is_flagged_by_its_own_deadline(issue):
    assert tick_at("2026-10-26") == TickResult(half=1, nearing=1, notices=1)
    with frozen("2026-10-26T09:00"):
        plan_until(issue, "2026-11-20")
    assert tick_at("2026-10-30") == NOTHING
    assert tick_at("2026-11-17") == TickResult(nearing=1, notices=1)
    assert tick_at("2026-11-21") == TickResult(due_today=1, overdue=1, notices=1)
    flagged = list(issue.warnings.values_list("deadline__clock", "level"))
    assert flagged[:2] == [(Clock.STATUTORY, Level.HALF), (Clock.STATUTORY, Level.NEARING)]
    assert flagged[2:] == [(Clock.PLAN, level) for level in (Level.NEARING, Level.DUE_TODAY, Level.OVERDUE)]
    sent = Notice.objects.order_by("pk").values_list("kind", "data__clock", "data__due_on", "data__step")
    assert list(sent) == [
        ("nearing", "statutory", "2026-10-29", 1),
        ("nearing", "plan", "2026-11-20", 1),
        ("overdue", "plan", "2026-11-20", 1),
    ]


def test_r31_a_referral_that_nobody_signs_climbs_its_own_ladder_beside_the_statutory_clock(db, commission):
    issue = make_issue(OfficerFactory(), tier="C")
    head = UserFactory(role=Role.UNIT_HEAD, unit=UnitFactory(code="U-lead", takes_tiers=["C"]))
    refer(issue, unit=head.unit, actor=commission)  # on Thursday: to be signed on Friday
    tick_at("2026-10-16")
    assert [(w.deadline.clock, w.level, w.step) for w in issue.warnings.all()] == [("sign", "due_today", 1)]
    tick_at("2026-10-17")
    tick_at("2026-10-19")
    assert told("overdue", 1) == {head.pk, issue.officer.user_id}
    assert told("overdue", 2) == set()
    tick_at("2026-10-20")  # Friday and Monday have passed
    assert told("overdue", 2) == {commission.pk}
    assert list(issue.alarms.values_list("clock", "rings_on")) == [("statutory", date(2026, 10, 27))]
    assert Issue.objects.get().breached_on is None


class TestWhoIsTold:
    pytestmark = pytest.mark.django_db

    def test_the_rungs_of_a_term_tell_handler_officer_and_unit_head_and_nobody_else(self):
        unit = UnitFactory(code="U-home")
        officer = OfficerFactory(user=UserFactory(unit=unit))
        issue = make_issue(officer)
        head = UserFactory(role=Role.UNIT_HEAD, unit=unit)
        UserFactory(role=Role.UNIT_HEAD, unit=unit, is_active=False)
        UserFactory(role=Role.UNIT_HEAD, unit=UnitFactory(parent=unit))
        OfficerFactory(user=UserFactory(unit=unit))
        UserFactory(role=Role.BUREAU_STAFF)
        tick_at("2026-10-22")
        assert told("half") == {officer.user_id}
        assert tick_at("2026-10-29") == TickResult(nearing=1, due_today=1, notices=2)
        assert told("due_today") == {officer.user_id, head.pk}
        assert not told("nearing")
        notice = Notice.objects.get(kind="due_today", recipient=head)
        assert (notice.url, notice.read_at) == (f"/issues/{issue.number}/", None)
        assert notice.data == {"number": issue.number, "due_on": "2026-10-29", "clock": "statutory",
                               "level": "due_today", "step": 1,
                               "warning": issue.warnings.get(level="due_today").pk}  # fmt: skip

    def test_r35_after_red_the_circle_widens_rung_by_rung(self, issue):
        head = UserFactory(role=Role.UNIT_HEAD, unit=issue.lead_unit)
        staff = [UserFactory(role=Role.BUREAU_STAFF) for _ in range(2)]
        UserFactory(role=Role.BUREAU_STAFF, is_active=False)
        commission = UserFactory(role=Role.COMMISSION_OFFICE)
        for day in ("2026-10-30", "2026-11-03", "2026-11-05"):
            tick_at(day)
        assert [told("overdue", step) for step in (1, 2, 3, 4)] == [
            {issue.handler_id}, {head.pk}, {user.pk for user in staff}, {commission.pk},
        ]  # fmt: skip

    def test_after_a_handover_the_platforms_officer_is_told_beside_the_handler(self, issue):
        successor = OfficerFactory()
        assign(officer=successor, platform=issue.platform, started_on=today(), actor=None)
        tick_at("2026-10-29")
        assert told("due_today") == {issue.handler_id, successor.user_id}

    def test_a_handler_who_heads_the_unit_is_told_once(self, issue):
        head = UserFactory(role=Role.UNIT_HEAD, unit=issue.lead_unit)
        Issue.objects.filter(pk=issue.pk).update(handler=head)
        assert tick_at("2026-10-29").notices == 2
        assert set(Notice.objects.values_list("recipient_id", flat=True)) == {head.pk, issue.officer.user_id}

    def test_a_warning_without_anybody_to_tell_still_stands(self, issue):
        disable(issue.handler)
        assert tick_at("2026-10-29") == TickResult(half=1, nearing=1, due_today=1)
        assert len(rungs(issue)) == 3

    @pytest.mark.parametrize(
        ("instant", "send_after"),
        [
            ("2026-10-22T08:29:59", "2026-10-22T08:30"),
            ("2026-10-22T08:30", "2026-10-22T08:30"),
            ("2026-10-22T17:59:59", "2026-10-22T17:59:59"),
            ("2026-10-22T18:00", "2026-10-23T08:30"),
            ("2026-10-23T20:00", "2026-10-26T08:30"),
            ("2026-10-24T10:00", "2026-10-26T08:30"),
        ],
    )
    def test_nobody_is_rung_up_at_night_or_on_a_day_off(self, issue, instant, send_after):
        tick_at(instant)
        with frozen(send_after) as moment:
            assert {notice.send_after for notice in Notice.objects.filter(kind="half")} == {moment}

    def test_only_the_last_rung_does_not_wait_for_the_morning(self, issue):
        UserFactory(role=Role.COMMISSION_OFFICE), UserFactory(role=Role.BUREAU_STAFF)
        with frozen("2026-11-07T23:00") as at:  # a Saturday
            tick()
        moments = dict(Notice.objects.values_list("data__step", "send_after"))
        with frozen("2026-11-09T08:30") as morning:
            assert moments == {1: morning, 3: morning, 4: at}
        urgent = Notice.objects.filter(is_urgent=True).values_list("data__step", flat=True)
        assert set(urgent) == {4}

    def test_another_system_is_told_at_night_and_a_group_of_people_in_the_morning(self, issue):
        for kind in ("webhook", "wecom"):
            Channel.objects.create(name=kind, kind=kind, address="https://hooks.example/x")
        with frozen("2026-10-24T10:00") as at:  # a Saturday
            tick()
        with frozen("2026-10-26T08:30") as morning:
            assert dict(Announcement.objects.values_list("channel__kind", "send_after")) == {
                "webhook": at,
                "wecom": morning,
            }


class TestChannels:
    pytestmark = pytest.mark.django_db

    def channel(self, **fields) -> Channel:
        name = f"群{Channel.objects.count()}"
        return Channel.objects.create(
            **{"name": name, "kind": "wecom", "address": "https://example.org/hook", **fields}
        )

    def test_a_channel_hears_of_the_highest_rung_of_what_it_wants(self, issue):
        district = UnitFactory(code="D-1")
        other = make_issue(OfficerFactory(user=UserFactory(unit=UnitFactory(code="D-1-A", parent=district))))
        everything = self.channel()
        reds, units = self.channel(levels=["overdue"]), self.channel(unit=district, kind="webhook")
        self.channel(is_enabled=False), self.channel(levels=["half"], unit=UnitFactory(code="D-2"))
        Channel.objects.get_or_create(kind="mail", defaults={"name": "邮件"})
        assert tick_at("2026-10-29").announcements == 3
        assert tick_at("2026-10-29T01:00").announcements == 0
        assert tick_at("2026-10-30").announcements == 5
        found = Announcement.objects.order_by("pk").values_list("channel", "data__number", "kind", "data__step")
        assert Counter(found) == Counter(
            [
                *((everything.pk, each.number, *rung) for each in (issue, other)
                  for rung in (("due_today", 1), ("overdue", 2))),
                *((reds.pk, each.number, "overdue", 2) for each in (issue, other)),
                *((units.pk, other.number, *rung) for rung in (("due_today", 1), ("overdue", 2))),
            ]
        )  # fmt: skip
        with frozen("2026-10-29T08:30") as morning:
            first = Announcement.objects.get(kind="due_today", data__number=issue.number)
            assert (first.send_after, first.url) == (morning, f"/issues/{issue.number}/")


class TestBreach:
    pytestmark = pytest.mark.django_db

    def test_the_first_red_of_the_statutory_clock_is_a_fact_with_its_day(self, issue):
        tick_at("2026-10-29")
        assert Issue.objects.get().breached_on is None
        tick_at("2026-11-02")
        breached = Issue.objects.get()
        assert (breached.breached_on, breached.judged_on) == (date(2026, 10, 30), date(2026, 10, 29))
        with frozen("2026-11-02") as at:
            assert breached.updated_at == at
        Issue.objects.update(breached_on=date(2026, 10, 1))
        tick_at("2026-11-05")
        assert Issue.objects.get().breached_on == date(2026, 10, 1)

    def test_a_late_plan_is_no_breach_of_the_term(self, issue):
        plan_until(issue, "2026-10-20")
        tick_at("2026-10-28")
        assert issue.warnings.filter(level="overdue").count() == 4
        assert Issue.objects.get().breached_on is None


class TestCalendars:
    pytestmark = pytest.mark.django_db

    def test_an_issue_climbs_by_its_own_calendar(self, issue):
        """Seven days a week: three working days before 10-29 is 10-26, five after it 11-03."""
        always = calendar_of("ALWAYS", lambda day: True, date(2026, 1, 1), date(2026, 12, 31))
        Issue.objects.update(calendar=always)
        tick_at("2026-11-03")
        assert rungs(issue)[-3:] == [
            ("overdue", 2, date(2026, 10, 30)), ("overdue", 3, date(2026, 11, 1)), ("overdue", 4, date(2026, 11, 3)),
        ]  # fmt: skip
        assert rungs(issue)[0] == ("half", 1, date(2026, 10, 24))

    def test_a_rung_beyond_the_calendar_is_looked_for_again_on_its_last_day_and_then_daily(self, issue):
        short = calendar_of("S", lambda day: day.weekday() < 5, date(2026, 1, 1), date(2026, 11, 2))
        Issue.objects.update(calendar=short)
        days = []
        for day in ("2026-10-30", "2026-11-02", "2026-11-05"):
            tick_at(day)
            days.append(Alarm.objects.get().rings_on)
        assert days == [date(2026, 11, 2), date(2026, 11, 3), date(2026, 11, 6)]
        assert len(rungs(issue)) == 5
        Issue.objects.update(calendar=1)
        assert tick_at("2026-11-06") == TickResult(escalated=2)
        assert rungs(issue) == RUNGS


class TestNewLadder:
    pytestmark = pytest.mark.django_db

    def test_it_reaches_the_clocks_that_run_already(self, issue):
        tick_at("2026-10-19")
        new_ladder("2026-10-20", ("nearing", 1, "days_left", 5))
        assert tick_at("2026-10-20") == NOTHING
        assert (Alarm.objects.get().rings_on, Issue.objects.get().nearing_on) == (date(2026, 10, 22),) * 2
        assert tick_at("2026-10-22") == TickResult(nearing=1, notices=1)
        last = new_ladder("2026-10-23", ("nearing", 1, "days_left", 1), ("overdue", 1, "days_late", 0))
        assert tick_at("2026-10-23") == NOTHING
        assert (Alarm.objects.get().rings_on, Issue.objects.get().nearing_on) == (
            date(2026, 10, 28), date(2026, 10, 28),
        )  # fmt: skip
        with frozen("2026-10-23T00:00") as at:
            assert WarningLadder.objects.get(pk=last.pk).applied_at == at

    def test_rungs_it_has_behind_it_are_written_at_once_and_those_said_already_are_not_said_again(self, issue):
        tick_at("2026-10-26")
        new_ladder("2026-10-27", ("nearing", 1, "days_left", 8), ("nearing", 2, "days_left", 4))
        assert tick_at("2026-10-27") == TickResult(nearing=1, notices=1)
        assert rungs(issue)[-1] == ("nearing", 2, date(2026, 10, 23))

    def test_a_clock_that_had_nothing_left_to_say_rings_again(self, issue):
        tick_at("2026-11-05")
        assert not Alarm.objects.exists()
        new_ladder("2026-11-06", ("overdue", 4, "days_late", 5), ("overdue", 5, "days_late", 8))
        assert tick_at("2026-11-06") == NOTHING
        assert tick_at("2026-11-10") == TickResult(escalated=1, notices=1)

    def test_a_stopped_clock_stays_silent(self, issue):
        resolve(issue, result="solved", reply="已办好。", actor=issue.handler)
        new_ladder("2026-10-20", ("nearing", 1, "days_left", 5))
        assert tick_at("2026-10-28") == NOTHING
        assert (Alarm.objects.count(), Issue.objects.get().nearing_on) == (0, None)

    def test_the_plans_clock_follows_by_the_days_it_has(self, issue):
        plan_until(issue, "2026-11-12")  # 20 working days from the day of the plan
        new_ladder("2026-10-20", ("half", 1, "share_left", 50), ("nearing", 1, "share_left", 10), clock="plan")
        tick_at("2026-10-20")
        assert Issue.objects.get().nearing_on == date(2026, 11, 10)
        assert Alarm.objects.get().rings_on == date(2026, 10, 29)


class TestCost:
    pytestmark = pytest.mark.django_db

    def test_any_number_of_issues_takes_the_same_statements(self, issue):
        assert tick_at("2026-10-15") == NOTHING  # the ladder is followed once
        for _ in range(30):
            make_issue(issue.officer)
        with CaptureQueriesContext(connection) as statements:
            assert tick_at("2026-10-29") == TickResult(31, 31, 31, notices=31)
        said = [s["sql"].split()[0] for s in statements]
        # the calendars changed?; a handover due?; lock, what is, the calendars, the announcement, the heartbeat
        assert said == ["SELECT", "SELECT", "SAVEPOINT", "SELECT", "SELECT", "SELECT", "WITH", "INSERT", "RELEASE"]

    def test_a_run_with_nothing_to_do_looks_into_the_index_of_alarms_and_no_further(self, issue):
        tick_at("2026-10-15")
        with CaptureQueriesContext(connection) as statements:
            assert tick_at("2026-10-16") == NOTHING
        assert [s["sql"].split()[0] for s in statements] == [
            "SELECT", "SELECT", "SAVEPOINT", "SELECT", "SELECT", "SELECT", "INSERT", "RELEASE",
        ]  # fmt: skip
        tables = " ".join(s["sql"] for s in statements)
        assert "issues_issue" not in tables
        assert "issues_deadline" not in tables
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO issues_alarm (issue_id, clock, deadline_id, rings_on) "
                "SELECT %s, 'x' || n, %s, DATE '2026-11-01' + n %% 90 FROM generate_series(1, 20000) n",
                [issue.pk, issue.deadlines.get().pk],
            )
            cursor.execute("ANALYZE issues_alarm")
            cursor.execute(f"EXPLAIN {scan.PRESENT}", {"today": date(2026, 10, 16)})
            plan = "\n".join(line for (line,) in cursor)
        assert "alarm_rings_on" in plan
        assert "Seq Scan on issues_alarm" not in plan

    def test_the_statement_finds_a_few_among_many_without_reading_them_all(self, issue):
        make_open_issues(20_000, platform=issue.platform, officer=issue.officer, first=today(), days=60)
        day = date(2026, 10, 27)
        late = Alarm.objects.filter(rings_on__lte=day).values_list("pk", flat=True)[50:]
        Alarm.objects.filter(pk__in=list(late)).update(rings_on=date(2027, 1, 1))
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE issues_alarm")
        params: dict[str, Any] = {
            "now": now(),
            "today": day,
            "ladder": WarningLadder.objects.get().pk,
            "send_after": now(),
        }
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {ANNOUNCE}", params)
            plan = "\n".join(line for (line,) in cursor)
        assert "Index Scan using alarm_rings_on" in plan or "Bitmap Index Scan on alarm_rings_on" in plan
        # Of warnings there are none: to read an empty table from end to end is the cheapest way.
        assert [table for table in ("issues_issue", "issues_deadline", "issues_alarm")
                if f"Seq Scan on {table}" in plan] == []  # fmt: skip

    def test_what_was_raised_before_is_looked_up_rung_by_rung(self, issue):
        """As a join the planner expects it to leave one new warning, and plans every later step for one."""
        params: dict[str, Any] = {
            "now": now(),
            "today": today(),
            "ladder": WarningLadder.objects.get().pk,
            "send_after": now(),
        }
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {ANNOUNCE}", params)
            assert "Anti Join" not in "\n".join(line for (line,) in cursor)


def test_each_run_leaves_its_heartbeat(issue):
    for day in ("2026-10-15", "2026-10-22"):
        tick_at(day)
        with frozen(f"{day}T00:00") as at:
            assert Heartbeat.objects.get(job="tick").beat_at == at


def test_the_command_does_it_by_hand(issue, capsys):
    call_command("tick", now="2026-10-29T08:00", json=True)
    call_command("tick", now="2026-10-29T09:00")
    call_command("tick")
    assert capsys.readouterr().out.splitlines() == [
        (
            '{"half": 1, "nearing": 1, "due_today": 1, "overdue": 0, "escalated": 0, "notices": 1, '
            '"announcements": 0, "digests": 0, "asked_again": 0, "unanswered": 0, "promises": 0, '
            '"duties": 8}'
        ),
        "0 past half, 0 nearing, 0 due today, 0 overdue, 0 escalated: 0 notices, 0 announcements, 1 digests, 0 duties",
        "0 past half, 0 nearing, 0 due today, 0 overdue, 0 escalated: 0 notices, 0 announcements, 0 digests, 0 duties",
    ]
    assert {w.raised_at.isoformat() for w in issue.warnings.all()} == {"2026-10-29T00:00:00+00:00"}
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
        assert (IssueWarning.objects.count(), Notice.objects.count()) == (15, 5)

    def test_without_the_constraint_two_runs_would_announce_twice(self, monkeypatch):
        """The control: neither looking for an earlier warning nor chance keeps it single, the constraint does."""
        issue = make_issue(OfficerFactory())
        with frozen("2026-10-15T00:00", everywhere=True):
            tick()
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE issues_warning DROP CONSTRAINT warning_once_a_deadline_and_level")
        blind = ANNOUNCE.replace("ON CONFLICT (deadline_id, level, step) DO NOTHING", "").replace(
            "FOR NO KEY UPDATE OF i FOR UPDATE OF a", ""
        )
        assert blind.count("ON CONFLICT") == ANNOUNCE.count("ON CONFLICT") - 1
        monkeypatch.setattr(scan, "ANNOUNCE", blind)
        try:
            with frozen("2026-10-29T08:00", everywhere=True), transaction.atomic():
                tick()
                second = Call(tick)
                wait_until_blocked()  # on the notice of the same cause and person
            second.result()
            assert IssueWarning.objects.filter(issue=issue, level="due_today").count() == 2
        finally:
            IssueWarning.objects.all().delete()
            with connection.cursor() as cursor:
                cursor.execute(
                    "ALTER TABLE issues_warning "
                    "ADD CONSTRAINT warning_once_a_deadline_and_level UNIQUE (deadline_id, level, step)"
                )

    def test_a_plan_confirmed_while_a_run_waits_is_announced_by_its_own_clock(self):
        issue = make_issue(OfficerFactory())
        with frozen("2026-10-29T08:00", everywhere=True):
            with transaction.atomic():
                plan_until(issue, "2026-10-30")
                run = Call(tick)
                wait_until_blocked()
            first, second, third = run.result(), tick(), tick()
        assert first.nearing + second.nearing == 1
        assert third == NOTHING
        assert list(issue.warnings.values_list("deadline__clock", "level")) == [(Clock.PLAN, Level.NEARING)]

    def test_an_issue_resolved_while_a_run_waits_is_left_alone(self):
        issue = make_issue(OfficerFactory())
        with frozen("2026-10-29T08:00", everywhere=True):
            with transaction.atomic():
                resolve(issue, result="solved", reply="已办好。", actor=issue.handler)
                run = Call(tick)
                wait_until_blocked()
            assert run.result() == NOTHING
        assert rungs(issue) == []

    def test_two_runs_follow_a_new_ladder_once(self):
        make_issue(OfficerFactory())
        with frozen("2026-10-29T08:00", everywhere=True):
            tick()
            new_ladder("2026-10-29", ("due_today", 1, "days_left", 0), ("due_today", 2, "days_left", 0))
            try:
                results = at_once(tick, tick, tick)
                assert sorted(result.due_today for result in results) == [0, 0, 1]
            finally:
                WarningLadder.objects.filter(valid_from=date(2026, 10, 29)).delete()


def test_the_database_holds_one_warning_a_deadline_level_and_step(issue):
    deadline = Deadline.objects.get()
    row = {"issue": issue, "deadline": deadline, "level": Level.OVERDUE, "reached_on": deadline.due_on,
           "raised_at": deadline.created_at}  # fmt: skip
    IssueWarning.objects.create(**row)
    IssueWarning.objects.create(**row, step=2)
    with pytest.raises(IntegrityError, match="warning_once_a_deadline_and_level"), transaction.atomic():
        IssueWarning.objects.create(**row)
