"""Loading, following and locking: one change at a time, nothing twice, nothing lost."""

import threading
from datetime import date

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from tests.concurrency import Call, wait_until_blocked
from workdays.arranging import kept_days
from workdays.calendar import _loaded, current_calendar, current_calendars
from workdays.models import Calendar, CalendarDay, CalendarRevision, DayKind
from workdays.services import (
    change_calendars,
    create_regional_calendar,
    hold_calendars_still,
    load_calendar,
    rewrite,
)
from workdays.shipped import Kept

LAST_FINAL = date(2026, 12, 28)


def national() -> Calendar:
    return Calendar.objects.get(code="CN")


@pytest.mark.django_db
class TestLoading:
    def test_again_changes_nothing_and_makes_no_revision(self):
        before = current_calendar().revision
        result = load_calendar("again")
        assert (result.changed_days, result.final_through) == (0, LAST_FINAL)
        assert (result.first, result.last) == (date(2023, 1, 1), date(2035, 12, 31))
        assert current_calendar().revision == before

    def test_a_day_that_was_spoilt_is_put_right_and_everything_after_it_counted_again(self):
        right = list(CalendarDay.objects.order_by("date").values_list("date", "kind", "seq"))
        rewrite(national(), {date(2026, 3, 4): Kept(DayKind.HOLIDAY, "误")}, LAST_FINAL, note="spoilt")
        assert current_calendar().between(date(2026, 3, 3), date(2026, 3, 5)) == 1
        assert load_calendar("repair").changed_days == 1
        assert list(CalendarDay.objects.order_by("date").values_list("date", "kind", "seq")) == right
        assert current_calendar().between(date(2026, 3, 3), date(2026, 3, 5)) == 2

    def test_seq_counts_the_working_days_of_each_calendar_from_its_first_day(self):
        create_regional_calendar("GX", "广西")
        for calendar in Calendar.objects.all():
            count = 0
            for day, kind, seq in calendar.days.order_by("date").values_list("date", "kind", "seq"):
                count += kind in ("working", "make_up")
                assert seq == count, day


@pytest.mark.django_db
class TestRegionalCalendars:
    def test_one_starts_as_a_copy_of_the_nation(self):
        region = create_regional_calendar("GX", "广西工作日历", "Guangxi")
        assert kept_days(region) == kept_days(national())
        assert current_calendars()[region.pk].final_through == LAST_FINAL

    def test_it_follows_the_nation_except_where_it_decided_itself(self):
        region = create_regional_calendar("GX", "广西")
        own = Kept(DayKind.HOLIDAY, "三月三", is_local=True)
        rewrite(region, {date(2026, 4, 20): own}, LAST_FINAL, note="own day")
        for day in (date(2026, 4, 20), date(2026, 4, 21)):
            rewrite(national(), {day: Kept(DayKind.HOLIDAY, "全国")}, LAST_FINAL, note="spoilt")
        load_calendar("repair")
        days = kept_days(region)
        assert (days[date(2026, 4, 20)], days[date(2026, 4, 21)]) == (own, Kept(DayKind.WORKING))

    def test_calendars_of_one_process_do_not_mix(self):
        region = create_regional_calendar("GX", "广西")
        rewrite(region, {date(2026, 10, 16): Kept(DayKind.HOLIDAY, "停", is_local=True)}, LAST_FINAL, note="closed")
        assert current_calendar().due(date(2026, 10, 15), 1).on == date(2026, 10, 16)
        assert current_calendar(region.pk).due(date(2026, 10, 15), 1).on == date(2026, 10, 19)

    def test_asking_again_costs_one_statement_however_many_calendars(self, django_assert_num_queries):
        ids = [create_regional_calendar(code, code).pk for code in ("A", "B", "C")]
        calendars = current_calendars()
        revisions = [calendars[each].revision for each in ids]
        with django_assert_num_queries(1):
            again = current_calendars()
            assert [again[each].revision for each in ids] == revisions


@pytest.mark.django_db
def test_a_revision_takes_the_place_of_the_one_before():
    before = current_calendar()
    rewrite(national(), {date(2026, 10, 16): Kept(DayKind.HOLIDAY, "停")}, LAST_FINAL, note="closed")
    after = current_calendar()
    assert before.due(date(2026, 10, 15), 1).on == date(2026, 10, 16)
    assert after.due(date(2026, 10, 15), 1).on == date(2026, 10, 19)
    assert after.revision == CalendarRevision.objects.latest("pk").pk > before.revision


@pytest.mark.django_db
def test_days_read_after_a_publication_are_kept_under_its_number():
    """Between asking which revision is the newest and reading its days, another one may be published."""
    asked = current_calendars()
    before = CalendarRevision.objects.latest("pk").pk
    _loaded.clear()
    rewrite(national(), {date(2026, 10, 16): Kept(DayKind.HOLIDAY, "停")}, LAST_FINAL, note="closed")
    read = asked[national().pk]
    assert (read.revision, list(_loaded)) == (CalendarRevision.objects.latest("pk").pk, [read.revision])
    assert read.revision > before
    assert not read.is_working(date(2026, 10, 16))
    assert current_calendar() is read


class TestLocks:
    def test_a_change_waits_for_those_who_write_deadlines_and_they_do_not_wait_for_each_other(self, committed):
        may_end = threading.Event()

        def write_a_deadline():
            with transaction.atomic():
                hold_calendars_still()
                may_end.wait(20)
                return current_calendar().revision

        before = current_calendar().revision
        writers = [Call(write_a_deadline), Call(write_a_deadline)]
        _until_locks_held(2)
        publication = Call(_close_a_day)
        wait_until_blocked()
        assert current_calendar().revision == before
        may_end.set()
        assert [writer.result() for writer in writers] == [before, before]
        publication.result()
        assert current_calendar().revision > before

    def test_the_days_in_memory_are_those_of_their_revision_while_calendars_change(self, committed):
        """One reader, sixty publications: whatever it reads, the number of days off belongs to the revision."""
        closed = {current_calendar().revision: 0}
        stop = threading.Event()
        seen: dict[int, int] = {}

        def read():
            while not stop.is_set():
                calendar = current_calendar()
                days = calendar.range(date(2026, 6, 1), date(2026, 6, 30))
                seen[calendar.revision] = sum(day.name == "停" for day in days)

        reader = Call(read)
        for number in range(1, 31):
            with transaction.atomic():
                change_calendars()
                rewrite(national(), {date(2026, 6, number): Kept(DayKind.HOLIDAY, "停")}, LAST_FINAL, note="closed")
            closed[CalendarRevision.objects.latest("pk").pk] = number
        stop.set()
        reader.result()
        assert len(seen) > 3
        assert seen == {revision: closed[revision] for revision in seen}

    def test_a_lock_outside_a_transaction_would_hold_nothing_and_is_refused(self, committed):
        for lock in (hold_calendars_still, change_calendars):
            with pytest.raises(TransactionManagementError):
                lock()


def _close_a_day() -> None:
    with transaction.atomic():
        change_calendars()
        rewrite(national(), {date(2026, 10, 16): Kept(DayKind.HOLIDAY, "停")}, LAST_FINAL, note="closed")


def _until_locks_held(count: int) -> None:
    for _attempt in range(1000):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted")
            if cursor.fetchone()[0] >= count:
                return
        threading.Event().wait(0.02)
    raise AssertionError("the locks are not taken")
