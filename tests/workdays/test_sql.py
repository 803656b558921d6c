"""One result: the array, the join and counting day by day."""

from datetime import date

import chinese_calendar  # type: ignore[import-untyped] # has no stubs
import pytest
from django.db import connection

from tests.workdays.calendars import calendar_of, counted, days_from, referees
from workdays.calendar import CalendarCoverageError, current_calendar
from workdays.sql import worked_day

pytestmark = pytest.mark.django_db

LONGEST = 60


def in_sql(calendar_id: int, first: date, last: date, longest: int) -> dict[tuple[date, int], date]:
    statement = f"""
        SELECT start.date, term, due.date
          FROM workdays_calendarday start CROSS JOIN generate_series(1, %s) term
          JOIN {worked_day("due", calendar="start.calendar_id", seq="start.seq + term")}
         WHERE start.calendar_id = %s AND start.date BETWEEN %s AND %s
    """  # noqa: S608 - put together from constant parts
    with connection.cursor() as cursor:
        cursor.execute(statement, [longest, calendar_id, first, last])
        return {(start, term): due for start, term, due in cursor}


@pytest.mark.parametrize("referee", ["chinese_calendar", "holidays"])
def test_r10_array_join_and_counting_agree_on_every_start_of_17_years_and_60_terms(referee):
    is_working = referees()[referee]
    worked = {day for day in days_from(date(2010, 1, 1), date(2026, 12, 31)) if is_working(day)}
    calendar_id = calendar_of("T", worked.__contains__, date(2010, 1, 1), date(2026, 12, 31)).pk
    calendar = current_calendar(calendar_id)
    first, last = date(2010, 1, 1), date(2026, 9, 20)
    joined = in_sql(calendar_id, first, last, LONGEST)
    for start in days_from(first, last):
        dates = counted(worked.__contains__, start, LONGEST)
        assert [calendar.due(start, n).on for n in range(1, LONGEST + 1)] == dates, start
        assert [joined[start, n] for n in range(1, LONGEST + 1)] == dates, start
    assert len(joined) == len(days_from(first, last)) * LONGEST


def test_r10_the_library_agrees_once_its_count_from_a_day_off_is_put_right():
    """`find_workday` takes the first working day after a day off for day 0, and so is a day late from there."""
    calendar = current_calendar()
    for start in days_from(date(2026, 1, 1), date(2026, 10, 1))[::3]:
        for n in (1, 10, 30):
            steps = n if chinese_calendar.is_workday(start) else n - 1
            assert calendar.due(start, n).on == chinese_calendar.find_workday(steps, start), (start, n)


def test_beyond_the_calendar_the_join_has_no_row():
    joined = in_sql(1, date(2035, 12, 20), date(2035, 12, 31), 1)
    assert max(joined) == (date(2035, 12, 30), 1)
    with pytest.raises(CalendarCoverageError):
        current_calendar().due(date(2035, 12, 31), 1)
