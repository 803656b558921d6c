"""The demo is seeded once for the module; what it wrote is held against the rules that the services keep."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Count, F, Max, Q

from accounts.demo import ACCOUNTS, OFFICER, PASSWORD, demo_accounts
from accounts.models import Role, Unit, UnitKind, User
from accounts.reference import read_csv
from config import clock
from dashboards.demo.seeding import FILLED, Seeded, seed
from issues.levels import Yardstick
from issues.models import (
    Alarm,
    Deadline,
    Event,
    Issue,
    IssueCategory,
    IssueCounter,
    Level,
    Referral,
    State,
    SupportPart,
    Tier,
    WarningLadder,
)
from issues.models import Warning as IssueWarning
from issues.services import NewIssue, register_issues
from issues.tick import TickResult, tick
from issues.warnings import cause_of
from issues.workflow import TABLE, Action
from liaisons.duties import write_duties
from liaisons.models import Assignment, Duty, Officer, PlatformWord
from notices.models import Notice
from platforms.models import Level as PlatformLevel
from platforms.models import Platform
from platforms.reference import DATA
from tests.conftest import NOON
from visits.models import Visit, VisitNeed
from workdays.calendar import current_calendar

TODAY = date(2026, 10, 15)


@pytest.fixture(scope="module")
def seeded(django_db_setup: None, django_db_blocker: Any) -> Iterator[Seeded]:
    """One demo for all tests of the module, rolled back at its end."""
    with django_db_blocker.unblock(), clock.frozen(NOON, everywhere=True), transaction.atomic():
        yield seed(scale=1, seed=1)
        transaction.set_rollback(True)


@pytest.fixture
def rows(seeded: Seeded, db: None) -> Seeded:
    """The seeded rows; what a test changes is undone."""
    return seeded


def test_r1_there_are_as_many_platforms_and_officers_as_in_the_first_batch(rows):
    levels = dict(Platform.objects.order_by().values_list("level").annotate(Count("pk")))
    assert levels == {PlatformLevel.NATIONAL: 39, PlatformLevel.PROVINCIAL: 245, PlatformLevel.MUNICIPAL: 6}
    assert Officer.objects.count() == 89
    announced = rows.announced
    raised = announced.half + announced.nearing + announced.due_today + announced.overdue + announced.escalated
    by_the_scan = {
        "issues_warning": raised,
        "issues_event": raised,
        "notices_notice": announced.notices + announced.digests,
    }
    for model in FILLED:
        table = model._meta.db_table
        assert model._default_manager.count() == rows.rows[table] + by_the_scan.get(table, 0), table


def test_known_national_platforms_come_by_name_and_all_others_are_marked_as_invented(rows):
    known = {row["name_zh"] for row in read_csv(DATA / "national_platforms.csv")}
    names = set(Platform.objects.values_list("name", flat=True))
    assert len(names) == 290
    assert known < names
    assert [name for name in names - known if not name.startswith("示例·")] == []


def test_every_platform_agrees_with_its_type(rows):
    assert not Platform.objects.exclude(level=F("type__level")).exists()
    assert set(Platform.objects.filter(type__code="HERC").values_list("competent_unit__code", flat=True)) == {"M-DRC"}
    assert set(Platform.objects.filter(type__code="UKL").values_list("competent_unit__code", flat=True)) == {"M-EDU"}


def test_r2_every_officer_carries_two_to_four_and_every_platform_has_one_officer_at_any_time(rows):
    for day in (date(2025, 6, 11), date(2026, 1, 15), TODAY):
        current = Assignment.objects.on(day)
        loads = current.order_by().values_list("officer").annotate(Count("pk"))
        assert len(loads) == 89
        assert {load for _officer, load in loads} == {2, 3, 4}
        assert sorted(current.values_list("platform_id", flat=True)) == sorted(
            Platform.objects.values_list("pk", flat=True)
        )


def test_r3_some_platforms_were_handed_over_within_a_unit(rows):
    ended = Assignment.objects.exclude(ended_on=None)
    assert ended.count() == 8 + 2 * 3  # some months ago, and lately
    for assignment in ended:
        assert assignment.ended_on is not None
        following = Assignment.objects.get(platform=assignment.platform, ended_on=None)
        assert (following.started_on - assignment.ended_on).days == 1
        assert following.officer.home_unit == assignment.officer.home_unit


def test_officers_come_from_all_kinds_of_home_unit_and_every_home_unit_has_a_head(rows):
    homes = Unit.objects.filter(officers__isnull=False).distinct()
    assert {"M-STB", "M-DRC", "M-EDU"} < set(homes.values_list("code", flat=True))
    assert {UnitKind.DISTRICT, UnitKind.PARK} < set(homes.values_list("kind", flat=True))
    assert not homes.exclude(pk__in=User.objects.filter(role=Role.UNIT_HEAD).values("unit")).exists()


def test_sizes_and_rates_are_those_of_a_city_that_works(rows):
    assert 1500 <= Visit.objects.count() <= 2500
    assert 450 <= Issue.objects.count() <= 700
    assert Visit.objects.filter(issues=None).count() > Visit.objects.count() / 2
    due = Issue.objects.filter(due_on__lt=TODAY)
    assert 0.93 <= due.filter(settled_on__lte=F("due_on")).count() / due.count() <= 0.985
    assert 0.55 <= Issue.objects.filter(is_confirmed_solved=True).count() / Issue.objects.count() <= 0.67
    yardstick = Yardstick(TODAY)
    for clock_state in (State.ACCEPTED, State.PLAN_CONFIRMED):
        running = Issue.objects.filter(state=clock_state)
        assert 2 <= running.filter(yardstick.where(Level.OVERDUE)).count() <= 12
        assert 1 <= running.filter(yardstick.where(Level.NEARING)).count() <= 20
    assert Issue.objects.filter(yardstick.where(Level.DUE_TODAY)).count() >= 2


def test_texts_are_not_the_same_sentence_over_and_over(rows):
    texts = list(Issue.objects.values_list("text", flat=True))
    assert max(texts.count(text) for text in set(texts)) <= 8
    assert len(set(texts)) > len(texts) * 0.8
    for field in (texts, Visit.objects.values_list("text", flat=True), Issue.objects.values_list("reply", flat=True)):
        assert not [text for text in field if any(mark in text for mark in "{}|=")]
    for difficulty, need in VisitNeed.objects.values_list("difficulty", "need"):
        assert not any(mark in difficulty + need for mark in "{}|=")


def test_units_lead_what_they_take(rows):
    referred = Issue.objects.exclude(state=State.GRADED)  # until then the home unit has it
    for tier, kind, takes, category in referred.values_list(
        "tier", "lead_unit__kind", "lead_unit__takes_categories", "category__code"
    ):
        if tier in (Tier.B, Tier.C):
            assert category in takes
        if tier == Tier.D:
            assert kind == UnitKind.COMMISSION_OFFICE
    assert not Issue.objects.filter(tier__in=[Tier.A, Tier.B]).exclude(lead_unit=F("home_unit")).exists()


def test_r10_every_due_date_is_what_the_calendar_says(rows):
    calendar = current_calendar()
    issues = Issue.objects.exclude(tier=Tier.A).values_list(
        "raised_on", "term__working_days", "due_on", "due_is_provisional"
    )
    assert len(issues) > 300
    for raised_on, days, due_on, is_provisional in issues:
        assert calendar.due(raised_on, days) == (due_on, is_provisional)
    assert not Issue.objects.filter(tier=Tier.A).exclude(due_on=None, term=None).exists()


def test_the_ledger_holds_the_dates_of_the_issue(rows):
    statutory = Deadline.objects.filter(clock="statutory", version=1, counted_from=F("issue__raised_on"))
    assert statutory.filter(due_on=F("issue__due_on")).count() == Issue.objects.exclude(tier=Tier.A).count()
    plans = Deadline.objects.filter(clock="plan", version=1, due_on=F("issue__plan__promised_on"))
    assert plans.count() == Issue.objects.exclude(plan_confirmed_at=None).count()
    signing = Deadline.objects.filter(clock="sign", version=1, working_days=1)
    assert signing.count() == Referral.objects.count()
    assert Deadline.objects.count() == statutory.count() + plans.count() + signing.count()
    running = Issue.objects.filter(state=State.ACCEPTED)
    assert not running.exclude(clock_due_on=F("due_on")).exists()
    assert not Issue.objects.filter(state=State.PLAN_CONFIRMED).exclude(clock_due_on=F("plan__promised_on")).exists()


def rungs_of(deadline: Deadline) -> dict[tuple[str, int], date]:
    """Every rung of a version's clock with its day."""
    yardstick = Yardstick(TODAY)
    term = deadline.working_days or yardstick.calendar.between(deadline.counted_from, deadline.due_on)
    days = yardstick.ladder.days(yardstick.calendar, deadline.clock, deadline.issue.tier, deadline.due_on, term)
    return {(day.rung.level, day.rung.step): day.on for day in days}


def test_an_alarm_rings_for_the_first_rung_that_was_not_announced(rows):
    for issue in Issue.objects.exclude(clock_due_on=None):
        deadline = issue.deadlines.filter(clock=issue.clock).latest("version")
        days = rungs_of(deadline)
        assert issue.nearing_on == days["nearing", 1]
        said = set(issue.warnings.filter(deadline=deadline).values_list("level", "step"))
        assert said == {rung for rung, on in days.items() if on <= TODAY}, issue.number
        following = min((on for on in days.values() if on > TODAY), default=None)
        alarm = Alarm.objects.filter(issue=issue).first()
        assert (alarm and (alarm.rings_on, alarm.clock)) == (following and (following, issue.clock)), issue.number
        assert alarm is None or alarm.deadline == deadline


def test_a_breach_is_kept_exactly_where_the_statutory_clock_was_late(rows):
    for issue in Issue.objects.exclude(due_on=None):
        assert issue.due_on is not None
        first_day = issue.due_on + timedelta(days=1)
        is_late = (issue.settled_on or TODAY) >= first_day
        assert issue.breached_on == (first_day if is_late else None), issue.number
    assert Issue.objects.exclude(breached_on=None).count() > 5


def test_warnings_came_on_their_day_while_the_clock_ran(rows):
    for warning in IssueWarning.objects.select_related("deadline__issue", "issue"):
        deadline, issue = warning.deadline, warning.issue
        assert warning.reached_on == rungs_of(deadline)[warning.level, warning.step]
        assert clock.on_date(warning.raised_at) == max(warning.reached_on, clock.on_date(deadline.created_at))
        ended = (issue.plan_confirmed_at or issue.resolved_at) if deadline.clock == "statutory" else issue.resolved_at
        assert ended is None or warning.raised_at < ended
    assert Event.objects.filter(kind="warned").count() == IssueWarning.objects.count()


def test_late_settlement_left_its_warning(rows):
    late = Issue.objects.filter(settled_on__gt=F("due_on"))
    assert late.exists()
    for issue in late:
        assert issue.warnings.filter(level="overdue", step=1, deadline__clock="statutory").count() == 1


def test_every_person_heard_of_the_highest_rung_that_a_run_found_for_them(rows):
    tells = {(rung.clock, rung.level, rung.step): rung.tells for rung in WarningLadder.objects.get().rungs.all()}
    runs = defaultdict(list)
    for warning in IssueWarning.objects.select_related("issue__platform", "deadline").order_by("pk"):
        runs[warning.deadline_id, warning.raised_at].append(warning)
    roles = {role: set(User.objects.filter(role=role).values_list("pk", flat=True)) for role in Role}
    for warnings in runs.values():
        expected: dict[int, str] = {}
        for warning in warnings:
            issue, on = warning.issue, clock.on_date(warning.raised_at)
            officer = Assignment.objects.on(on).get(platform=issue.platform).officer.user_id
            heads = User.objects.filter(role=Role.UNIT_HEAD, unit=issue.lead_unit_id).values_list("pk", flat=True)
            people = {"handler": {issue.handler_id}, "officer": {officer}, "unit_head": set(heads),
                      "bureau": roles[Role.BUREAU_STAFF],
                      "commission_office": roles[Role.COMMISSION_OFFICE]}  # fmt: skip
            for audience in tells[warning.deadline.clock, warning.level, warning.step]:
                expected |= dict.fromkeys(people[audience], cause_of(warning))
        told = Notice.objects.filter(cause__in=[cause_of(warning) for warning in warnings])
        assert dict(told.values_list("recipient_id", "cause")) == expected
        assert {notice.data["number"] for notice in told} <= {warnings[0].issue.number}
    assert not Notice.objects.filter(created_at__lt=clock.parse("2026-10-12"), read_at=None).exists()


def test_events_are_moves_of_the_table_and_explain_the_state(rows):
    known = {str(event): row for row in TABLE.values() for event in row.events}
    for issue in Issue.objects.prefetch_related("events"):
        moves = [e for e in reversed(issue.events.all()) if e.kind != "warned"]
        assert [e.before for e in moves[1:]] == [e.after for e in moves[:-1]], issue.number
        assert (moves[0].before, moves[-1].after) == ("", issue.state)
        for event in moves[1:]:
            row = known.get(event.kind)
            assert row is None or event.before in row.sources or row.action == Action.REGISTER, event
        # The scan that ends the seeding notes the breaches of its day.
        is_new = issue.breached_on == TODAY
        assert issue.updated_at == (clock.parse(NOON) if is_new else moves[-1].at)


def test_every_state_a_visitor_looks_for_is_there(rows):
    states = set(Issue.objects.values_list("state", flat=True))
    assert states >= {"accepted", "plan_confirmed", "resolved", "confirmed", "closed"}
    closed = Issue.objects.filter(state="closed")
    closers = Event.objects.filter(issue__in=closed, kind="closed")
    assert not closers.filter(actor=F("issue__handler")).exists()  # R41
    assert not SupportPart.objects.filter(issue__resolved_at__isnull=False, answered_at=None).exists()  # T9


def test_numbers_follow_the_order_of_registration_and_the_counter_goes_on(rows):
    for year in (2025, 2026):
        numbers = list(Issue.objects.filter(registered_at__year=year).order_by("pk").values_list("number", flat=True))
        assert numbers == [f"{year}-{n:06d}" for n in range(1, len(numbers) + 1)]
        assert IssueCounter.objects.get(year=year).last == len(numbers)
    stamps = list(Issue.objects.order_by("pk").values_list("registered_at", flat=True))
    assert stamps == sorted(stamps)
    officer = Officer.objects.get(user__username=OFFICER.username)
    platform, category = Platform.objects.visible_to(officer.user)[0], IssueCategory.objects.get(code="COND-FUND")
    new = NewIssue(tier="B", category=category, text="新问题")
    made = register_issues([new], platform=platform, officer=officer, raised_on=TODAY, actor=officer.user)
    assert made[0].number == f"2026-{len(numbers) + 1:06d}"


def test_visits_belong_to_the_officer_of_their_day(rows):
    visits = Visit.objects.filter(
        Q(platform__assignments__ended_on=None) | Q(platform__assignments__ended_on__gte=F("visited_on")),
        platform__assignments__officer=F("officer"),
        platform__assignments__started_on__lte=F("visited_on"),
    )
    assert visits.distinct().count() == Visit.objects.count()
    assert not Issue.objects.exclude(officer=F("visit__officer"), raised_on=F("visit__visited_on")).exists()
    assert not Issue.objects.exclude(platform=F("visit__platform")).exists()


def test_nothing_lies_in_the_future(rows):
    at = clock.parse(NOON)
    for model, field in (
        (Visit, "created_at"), (Issue, "updated_at"), (Issue, "registered_at"), (Deadline, "created_at"), (Event, "at"),
        (IssueWarning, "raised_at"), (Notice, "created_at"), (Notice, "read_at"), (Assignment, "created_at"),
    ):  # fmt: skip
        assert model._default_manager.aggregate(last=Max(field))["last"] <= at, (model, field)
    assert Visit.objects.aggregate(last=Max("visited_on"))["last"] <= TODAY


def test_r16_to_r19_contacts_are_owed_met_late_open_and_waived(rows):
    stated = Duty.objects.with_state().order_by().values_list("kind", "state").annotate(n=Count("pk"))
    counts = {(kind, state): n for kind, state, n in stated}
    assert {state for _kind, state in counts} >= {"open", "overdue", "met", "met_late", "waived"}
    assert Duty.objects.filter(kind="quarterly_contact", due_on=date(2026, 12, 31)).count() == 290
    assert counts["first_contact", "met"] > 280
    assert counts["first_contact", "open"] >= 1
    assert counts["first_visit", "waived"] > 50
    assert PlatformWord.objects.filter(says="wanted").count() == 3


def test_tick_right_after_seeding_adds_nothing(rows):
    assert rows.announced.due_today >= 2
    with clock.frozen(NOON, everywhere=True):
        assert write_duties() == 0
        assert tick() == TickResult()


def test_the_demo_officer_has_something_to_do(rows):
    user = User.objects.get(username=OFFICER.username)
    own, yardstick = Issue.objects.filter(handler=user), Yardstick(TODAY)
    assert own.filter(yardstick.where(Level.OVERDUE)).exists()
    assert own.filter(yardstick.where(Level.DUE_TODAY)).exists()
    assert own.filter(yardstick.where(Level.NEARING)).exists()
    platforms = Platform.objects.visible_to(user)
    assert platforms.count() == 4
    assert not platforms.exclude(name__startswith="示例").exists()
    reached = Visit.objects.filter(platform__in=platforms, visited_on__gte=date(2026, 10, 1), is_reached=True)
    assert len(set(reached.values_list("platform_id", flat=True))) in (1, 2)


def test_the_printed_accounts_can_sign_in(rows, client):
    assert [account[0] for account in demo_accounts()] == [account.username for account in ACCOUNTS]
    for account in ACCOUNTS:
        assert client.login(username=account.username, password=PASSWORD), account.username
        user = User.objects.get(username=account.username)
        assert (user.name, user.role) == (account.name, account.role)


def test_indexes_and_keys_are_back_after_seeding(seeded, db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = 'issues_issue'::regclass")
        keys = cursor.fetchall()
        cursor.execute("SELECT indexname FROM pg_indexes WHERE tablename = 'issues_issue'")
        names = {name for (name,) in cursor.fetchall()}
    assert len(keys) == 10
    assert {index.name for index in Issue._meta.indexes} < names
