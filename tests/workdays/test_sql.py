"""One result: the array, the join and counting day by day."""

from datetime import date
from typing import Any

import chinese_calendar  # type: ignore[import-untyped] # has no stubs
import pytest
from django.db import connection

from tests.workdays.calendars import calendar_of, counted, days_from, referees
from workdays.calendar import CalendarCoverageError, Due, current_calendar, current_calendars
from workdays.models import Calendar
from workdays.sql import check_coverage, due_dates

pytestmark = pytest.mark.django_db

LONGEST = 60
EVERY_TERM = """
    SELECT %s::bigint AS calendar_id, day::date AS start_on, term AS working_days
      FROM generate_series(%s::date, %s::date, '1 day') AS day, generate_series(1, %s) AS term
"""
ONE_TERM = "SELECT %s::bigint AS calendar_id, %s::date AS start_on, %s AS working_days"


def in_sql(asked: str, *params: Any) -> dict[tuple[date, int], Due]:
    check_coverage(asked, params)
    with connection.cursor() as cursor:
        cursor.execute(due_dates(asked), params)
        return {(start, term): Due(due, provisional) for _cal, start, term, due, provisional, _rev in cursor}


@pytest.mark.parametrize("referee", ["chinese_calendar", "holidays"])
def test_r10_array_join_and_counting_agree_on_every_start_of_17_years_and_60_terms(referee):
    is_working = referees()[referee]
    worked = {day for day in days_from(date(2010, 1, 1), date(2026, 12, 31)) if is_working(day)}
    calendar_id = calendar_of("T", worked.__contains__, date(2010, 1, 1), date(2026, 12, 31)).pk
    calendar = current_calendar(calendar_id)
    first, last = date(2010, 1, 1), date(2026, 9, 20)
    joined = in_sql(EVERY_TERM, calendar_id, first, last, LONGEST)
    for start in days_from(first, last):
        dates = counted(worked.__contains__, start, LONGEST)
        assert [calendar.due(start, n).on for n in range(1, LONGEST + 1)] == dates, start
        assert [joined[start, n].on for n in range(1, LONGEST + 1)] == dates, start
    assert len(joined) == len(days_from(first, last)) * LONGEST


def test_r10_the_library_agrees_once_its_count_from_a_day_off_is_put_right():
    """`find_workday` takes the first working day after a day off for day 0, and so is a day late from there."""
    calendar = current_calendar()
    for start in days_from(date(2026, 1, 1), date(2026, 10, 1))[::3]:
        for n in (1, 10, 30):
            steps = n if chinese_calendar.is_workday(start) else n - 1
            assert calendar.due(start, n).on == chinese_calendar.find_workday(steps, start), (start, n)


def test_r13_both_sides_call_the_same_dates_provisional():
    calendar = current_calendar()
    joined = in_sql(EVERY_TERM, calendar.id, date(2026, 11, 1), date(2027, 1, 10), 30)
    assert joined == {(start, n): calendar.due(start, n) for start, n in joined}
    boundary = {due.on: due.is_provisional for due in joined.values()}
    assert (boundary[date(2026, 12, 28)], boundary[date(2026, 12, 29)]) == (False, True)


def test_each_row_is_counted_by_its_own_calendar_and_told_its_revision():
    always = calendar_of("ALWAYS", lambda day: True, date(2026, 1, 1), date(2026, 12, 31))
    asked = f"{ONE_TERM} UNION ALL {ONE_TERM}"
    params: list[Any] = [1, date(2026, 9, 30), 3, always.pk, date(2026, 9, 30), 3]
    check_coverage(asked, params)
    with connection.cursor() as cursor:
        cursor.execute(due_dates(asked), params)
        rows = {calendar_id: (due, revision) for calendar_id, _start, _term, due, _provisional, revision in cursor}
    calendars = current_calendars()
    assert rows == {
        1: (date(2026, 10, 10), calendars.national.revision),
        always.pk: (date(2026, 10, 3), calendars[always.pk].revision),
    }


@pytest.mark.parametrize(
    ("start", "term"),
    [(date(2035, 12, 20), 30), (date(2036, 1, 1), 1), (date(2022, 12, 31), 10), (date(2035, 12, 31), 1)],
)
def test_beyond_the_calendar_both_sides_raise_instead_of_losing_the_row(start, term):
    asked = f"{ONE_TERM} UNION ALL {ONE_TERM}"
    with pytest.raises(CalendarCoverageError, match="1 terms"):
        check_coverage(asked, [1, date(2026, 9, 30), 3, 1, start, term])
    with pytest.raises(CalendarCoverageError):
        current_calendar().due(start, term)


def test_a_calendar_without_days_covers_nothing():
    empty = Calendar.objects.create(code="EMPTY", name="空")
    with pytest.raises(CalendarCoverageError):
        check_coverage(ONE_TERM, [empty.pk, date(2026, 9, 30), 3])
    with pytest.raises(CalendarCoverageError):
        current_calendar(empty.pk)


@pytest.mark.parametrize("term", [0, -1, -400])
def test_less_than_one_working_day_is_no_term_on_either_side(term):
    with pytest.raises(ValueError, match="at least one working day"):
        check_coverage(ONE_TERM, [1, date(2026, 9, 30), term])
    with pytest.raises(ValueError, match="at least one working day"):
        current_calendar().due(date(2026, 9, 30), term)
