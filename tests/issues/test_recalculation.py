"""What a change of the calendar does to deadlines that are running (R13): moved, confirmed, kept, and nothing else."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta

import chinese_calendar  # type: ignore[import-untyped] # has no stubs
import pytest
from django.db import transaction
from django.db.models import Count

from accounts.models import Role, UnitKind
from bench.many import make_open_issues
from config.clock import frozen, now, today
from issues.models import Cause, Deadline, EventKind, Issue
from issues.publishing.services import catch_up
from issues.recalculation import Report
from issues.services import (
    ask_for_suspension,
    ask_for_tier,
    confirm_plan,
    decide,
    resolve,
    resume,
    review_deadline,
)
from issues.tick import tick
from notices.models import Alert, Heartbeat, Notice
from tests.concurrency import Call, wait_until_blocked
from tests.factories import CategoryFactory, OfficerFactory, PlatformFactory, UnitFactory, UserFactory, make_issue
from workdays.calendar import current_calendar
from workdays.models import NATIONAL, Calendar, CalendarDay, CalendarRevision
from workdays.services import change_calendars, create_regional_calendar, rewrite
from workdays.shipped import Kept, published_days, unpublished_days, usual

HOLIDAY, MAKE_UP, WORKING = "holiday", "make_up", "working"


def change(days: dict[str, str], *, through: str = "2026-12-28", code: str = NATIONAL) -> None:
    """Makes days of a calendar something else, as an applied notice does."""
    wanted = {date.fromisoformat(day): Kept(kind, "", 2027) for day, kind in days.items()}
    with transaction.atomic():
        change_calendars()
        rewrite(Calendar.objects.get(code=code), wanted, date.fromisoformat(through), note="test")


def counts(report: Report) -> tuple[int, int, int]:
    return report.moved, report.confirmed, report.kept


@pytest.fixture
def issue(db):
    """Tier B raised on Friday 2026-12-18: due on 2027-01-04, provisional."""
    with frozen("2026-12-18T09:00"):
        return make_issue(OfficerFactory())


@pytest.mark.at("2026-12-22T10:00")
class TestOneIssue:
    def test_a_new_day_off_moves_the_date_and_the_ledger_says_from_where(self, issue):
        change({"2027-01-04": HOLIDAY}, through="2027-12-28")
        report = catch_up()
        assert counts(report) == (1, 0, 0)
        assert report.examples == {"moved": [[issue.number, "2027-01-04", "2027-01-05"]]}
        issue.refresh_from_db()
        assert (issue.due_on, issue.clock_due_on, issue.due_is_provisional) == (
            date(2027, 1, 5),
            date(2027, 1, 5),
            False,
        )
        assert issue.nearing_on == date(2026, 12, 29)
        first, second = issue.deadlines.all()
        assert (second.version, second.cause, second.previous_due_on) == (2, Cause.CALENDAR_REVISED, first.due_on)
        assert (second.due_on, second.counted_from, second.working_days) == (date(2027, 1, 5), date(2026, 12, 18), 10)
        assert second.calendar_revision == current_calendar().revision > first.calendar_revision
        event = issue.events.get(kind=EventKind.CALENDAR_REVISED)
        assert (event.deadline, event.actor) == (second, None)
        alarm = issue.alarms.get()
        assert (alarm.deadline, alarm.rings_on) == (second, today())
        notice = Notice.objects.get(kind="deadline_moved")
        assert (notice.recipient, notice.data) == (issue.handler, {"moved": 1, "kept": 0, "number": issue.number})

    def test_a_notice_that_leaves_the_date_takes_the_doubt_away(self, issue):
        change({"2027-05-03": HOLIDAY}, through="2027-12-28")
        assert counts(catch_up()) == (0, 1, 0)
        issue.refresh_from_db()
        assert (issue.due_on, issue.due_is_provisional) == (date(2027, 1, 4), False)
        assert list(issue.deadlines.values_list("version", "due_on", "is_provisional")) == [
            (1, date(2027, 1, 4), True),
            (2, date(2027, 1, 4), False),
        ]
        assert not Notice.objects.filter(kind="deadline_moved").exists()

    def test_what_was_counted_once_is_not_counted_again(self, issue):
        change({"2027-01-04": HOLIDAY}, through="2027-12-28")
        catch_up()
        assert counts(catch_up()) == (0, 0, 0)
        CalendarRevision.objects.update(recounted_at=None)
        assert counts(catch_up()) == (0, 0, 0)
        assert issue.deadlines.count() == 2

    def test_a_date_that_has_passed_is_kept_and_a_person_is_asked(self, issue):
        with frozen("2027-01-06T10:00"):
            tick()
            change({"2027-01-04": HOLIDAY, "2027-01-05": HOLIDAY, "2027-01-06": HOLIDAY}, through="2027-12-28")
            report = catch_up()
            assert counts(report) == (0, 0, 1)
            assert counts(catch_up()) == (0, 0, 0)
        issue.refresh_from_db()
        assert (issue.due_on, issue.clock_due_on, issue.needs_review) == (date(2027, 1, 4), date(2027, 1, 4), True)
        assert issue.breached_on == date(2027, 1, 5)
        kept = issue.deadlines.last()
        assert (kept.cause, kept.due_on, kept.previous_due_on) == (
            Cause.KEPT_FOR_REVIEW,
            date(2027, 1, 4),
            date(2027, 1, 4),
        )

    def test_a_date_that_was_kept_says_by_which_calendar_and_rings_no_rung_twice(self, issue, commission):
        with frozen("2027-01-06T10:00"):
            tick()
            told = list(issue.warnings.values_list("deadline", "level", "step"))
            before = current_calendar().revision
            change({"2027-01-04": HOLIDAY, "2027-01-05": HOLIDAY, "2027-01-06": HOLIDAY}, through="2027-12-28")
            catch_up()
            tick()
            assert issue.deadlines.last().calendar_revision == before
            kept = review_deadline(issue, keep=True, reason="按原日期办。", actor=commission)
            tick()
        assert list(issue.warnings.values_list("deadline", "level", "step")) == told
        assert (kept.due_on, kept.needs_review, kept.breached_on) == (date(2027, 1, 4), False, date(2027, 1, 5))

    def test_a_plan_leaves_nothing_to_review(self, issue):
        with frozen("2027-01-06T10:00"):
            change({"2027-01-04": HOLIDAY, "2027-01-05": HOLIDAY, "2027-01-06": HOLIDAY}, through="2027-12-28")
            catch_up()
            confirm_plan(
                issue,
                text="分两批进场。",
                unit=issue.lead_unit,
                person="周工",
                promised_on=date(2027, 1, 20),
                told_platform_on=today(),
                actor=issue.handler,
            )
        assert not Issue.objects.get(pk=issue.pk).needs_review

    def test_a_date_is_never_moved_into_the_past(self, issue):
        # Two weekends that are worked after all would put the due date before the day of the change.
        with frozen("2026-12-31T10:00"):
            change(dict.fromkeys(("2026-12-19", "2026-12-20", "2026-12-26", "2026-12-27"), MAKE_UP))
            assert counts(catch_up()) == (0, 0, 1)
        issue.refresh_from_db()
        assert (issue.due_on, issue.needs_review) == (date(2027, 1, 4), True)

    def test_today_is_not_the_past(self, issue):
        with frozen("2026-12-31T10:00"):
            change({"2026-12-19": MAKE_UP})
            assert counts(catch_up()) == (1, 0, 0)
        issue.refresh_from_db()
        assert issue.due_on == date(2026, 12, 31)

    def test_a_stopped_clock_is_left_alone(self, issue):
        answered = make_issue(OfficerFactory(), tier="A")
        resolve(issue, result="solved", reply="已办好。", actor=issue.handler)
        change({"2027-01-04": HOLIDAY}, through="2027-12-28")
        assert counts(catch_up()) == (0, 0, 0)
        assert Issue.objects.get(pk=issue.pk).due_on == date(2027, 1, 4)
        assert (issue.deadlines.count(), answered.deadlines.count()) == (1, 0)

    def test_a_suspended_issue_is_counted_when_it_goes_on(self, issue, commission):
        request = ask_for_suspension(issue, review_on=date(2027, 1, 20), reason="等平台补材料", actor=issue.handler)
        decide(request, approve=True, actor=commission)
        change({"2027-01-04": HOLIDAY}, through="2027-12-28")
        assert counts(catch_up()) == (0, 0, 0)
        with frozen("2026-12-25T09:00"):  # three working days later
            resumed = resume(issue, actor=commission)
        assert (resumed.due_on, resumed.due_is_provisional) == (date(2027, 1, 8), False)

    def test_days_given_back_are_counted_by_the_calendar_as_it_is(self, issue, commission):
        request = ask_for_suspension(issue, review_on=date(2027, 1, 20), reason="等平台补材料", actor=issue.handler)
        decide(request, approve=True, actor=commission)
        with frozen("2026-12-25T09:00"):
            assert resume(issue, actor=commission).due_on == date(2027, 1, 7)
        with frozen("2026-12-25T12:00"):
            # A day of the pause becomes a day off: one day less to give back, and one less that was used.
            change({"2026-12-24": HOLIDAY})
            assert counts(catch_up()) == (0, 0, 0)
        assert issue.deadlines.last().paused_days == 3

    def test_the_scan_counts_again_when_nobody_else_did(self, issue):
        change({"2027-01-04": HOLIDAY}, through="2027-12-28")
        tick()
        assert Issue.objects.get(pk=issue.pk).due_on == date(2027, 1, 5)

    def test_beyond_the_calendar_nothing_is_dropped_and_nothing_written(self, issue):
        CalendarDay.objects.filter(date__gt=date(2026, 12, 31)).delete()
        CalendarRevision.objects.update(recounted_at=None)
        assert counts(catch_up()) == (0, 0, 0)
        assert Alert.objects.get().data == {
            "words": f"1 running deadlines lie beyond the calendar, {issue.number} the first of them"
        }
        assert CalendarRevision.objects.filter(recounted_at=None).exists()
        tick()
        assert Heartbeat.objects.filter(job="tick").exists()
        assert issue.deadlines.count() == 1

    def test_a_regions_change_moves_its_own_issues_only(self, issue):
        region = create_regional_calendar("GX", "广西")
        unit = UnitFactory(calendar=region)
        officer = OfficerFactory(user__unit=UnitFactory(parent=unit))
        with frozen("2026-12-18T09:00"):
            theirs = make_issue(officer)
        assert theirs.calendar == region
        CalendarRevision.objects.update(recounted_at=now())
        change({"2026-12-24": HOLIDAY}, code="GX")
        assert counts(catch_up()) == (1, 0, 0)
        assert Issue.objects.get(pk=theirs.pk).due_on == date(2027, 1, 5)
        assert Issue.objects.get(pk=issue.pk).due_on == date(2027, 1, 4)


STATUTORY_2026 = {
    "元旦": ["01-01"],
    "春节": ["02-16", "02-17", "02-18", "02-19"],
    "清明节": ["04-05"],
    "劳动节": ["05-01", "05-02"],
    "端午节": ["06-19"],
    "中秋节": ["09-25"],
    "国庆节": ["10-01", "10-02", "10-03"],
}


def days_of_2026() -> tuple[dict[date, Kept], dict[date, Kept]]:
    """What could be known of 2026 before its notice, and what the notice made of it."""
    statutory = [(date.fromisoformat(f"2026-{day}"), name) for name, days in STATUTORY_2026.items() for day in days]
    presumed, noticed = unpublished_days(statutory), published_days()
    noticed = {day: kept for day, kept in noticed.items() if kept.year_notice == 2026}
    unnamed = {day: usual(day) for day in (*presumed, *noticed)}
    return unnamed | presumed, unnamed | noticed


def load(days: dict[date, Kept], through: date) -> None:
    with transaction.atomic():
        change_calendars()
        rewrite(Calendar.objects.get(code=NATIONAL), days, through, note="test")


def plainly_counted(start: date, days: int, is_working: Callable[[date], bool]) -> date:
    day = start
    while days:
        day += timedelta(days=1)
        days -= is_working(day)
    return day


@pytest.mark.at("2025-12-31T10:00")
def test_the_2026_notice_over_50_000_open_issues(db):
    """WORKDAYS: almost all provisional dates confirmed, a few per cent moved, the second load changes nothing."""
    presumed, noticed = days_of_2026()
    load(presumed, date(2025, 12, 28))
    CalendarRevision.objects.update(recounted_at=now())
    before = current_calendar()
    officer, _category = OfficerFactory(), CategoryFactory()
    make_open_issues(
        50_000, platform=PlatformFactory(officer=officer), officer=officer, first=date(2025, 11, 3), days=59
    )
    expected: Counter[str] = Counter()
    for start, days, number in (
        Issue.objects.values_list("counted_from", "working_days").annotate(number=Count("pk")).order_by()
    ):
        assert start is not None
        assert days is not None
        old = plainly_counted(start, days, before.is_working)
        if old > date(2025, 12, 28):
            same = plainly_counted(start, days, chinese_calendar.is_workday) == old
            expected["confirmed" if same else "moved"] += number
    load(noticed, date(2026, 12, 28))
    report = catch_up()
    assert (report.moved, report.confirmed, report.kept) == (expected["moved"], expected["confirmed"], 0)
    assert 0 < report.moved < 0.15 * report.confirmed
    for start, days, due in Issue.objects.values_list("counted_from", "working_days", "due_on").distinct():
        assert start is not None
        assert due == plainly_counted(start, days or 0, chinese_calendar.is_workday)
    assert not Issue.objects.filter(due_is_provisional=True).exists()
    assert Deadline.objects.filter(version=2).count() == report.moved + report.confirmed
    CalendarRevision.objects.update(recounted_at=None)
    assert counts(catch_up()) == (0, 0, 0)


@pytest.mark.usefixtures("committed")
@pytest.mark.at("2026-12-22T10:00")
class TestAtOnce:
    """A calendar is edited while an issue is re-tiered: two connections, real commits."""

    @pytest.fixture
    def retiering(self, transactional_calendar):
        head_unit = UnitFactory()
        officer = OfficerFactory(user__unit=head_unit)
        with frozen("2026-12-18T09:00", everywhere=True):
            issue = make_issue(officer)
        request = ask_for_tier(issue, tier="C", reason="要跨部门协调", actor=officer.user)
        return issue, request

    @pytest.fixture
    def transactional_calendar(self):
        """The shipped days again, whatever the test made of them."""
        yield
        CalendarDay.objects.filter(date=date(2027, 1, 4)).update(kind=WORKING, year_notice=None)
        with transaction.atomic():
            change_calendars()
            wanted = {date(2027, 1, 4): Kept("working")}
            rewrite(Calendar.objects.get(code=NATIONAL), wanted, date(2026, 12, 28), note="shipped again")

    def test_the_one_waits_for_the_other_and_no_day_is_lost(self, retiering):
        issue, request = retiering
        with transaction.atomic():
            decide(request, approve=True, actor=self.commission())
            edit = Call(self.publish)
            wait_until_blocked()
        assert counts(edit.result()) == (1, 0, 0)
        issue.refresh_from_db()
        assert (issue.tier, issue.due_on) == ("C", current_calendar().due(issue.raised_on, 15).on)

    def test_without_the_lock_the_new_date_is_counted_by_the_old_calendar(self, retiering, monkeypatch):
        """The control: the same two, and nobody holds the calendar still."""
        issue, request = retiering
        monkeypatch.setattr("issues.services.moves.hold_calendars_still", lambda: None)
        with transaction.atomic():
            decide(request, approve=True, actor=self.commission())
            Call(self.edit_days).result()
        CalendarRevision.objects.filter(recounted_at=None).update(recounted_at=now())  # who counted saw the old row
        issue.refresh_from_db()
        assert issue.due_on != current_calendar().due(issue.raised_on, 15).on

    def commission(self):
        return UserFactory(role=Role.COMMISSION_OFFICE, unit=UnitFactory(code="CO", kind=UnitKind.COMMISSION_OFFICE))

    def edit_days(self) -> None:
        change({"2027-01-04": HOLIDAY}, through="2027-12-28")

    def publish(self) -> Report:
        with transaction.atomic():
            change_calendars()
            change({"2027-01-04": HOLIDAY}, through="2027-12-28")
            return catch_up()
