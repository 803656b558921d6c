from datetime import date
from itertools import accumulate

import chinese_calendar  # type: ignore[import-untyped] # has no stubs
import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workdays.calendar import CalendarCoverageError, Due, WorkCalendar, current_calendar
from workdays.calendar import Day as CalendarRow
from workdays.models import WORKED
from workdays.services import load_calendar
from workdays.shipped import final_through, shipped_days

# R14 and further vectors: start, working days, due date, provisional.
VECTORS = [
    ("2025-06-11", 10, "2025-06-25", False),
    ("2025-06-11", 15, "2025-07-02", False),
    ("2025-06-11", 30, "2025-07-23", False),
    ("2025-09-25", 2, "2025-09-28", False),
    ("2025-09-25", 10, "2025-10-15", False),
    ("2025-09-26", 10, "2025-10-16", False),
    ("2025-09-30", 10, "2025-10-21", False),
    ("2025-10-03", 10, "2025-10-21", False),
    ("2025-10-11", 15, "2025-10-31", False),
    ("2026-02-10", 30, "2026-03-30", False),
    ("2026-02-13", 10, "2026-03-05", False),
    ("2026-02-18", 30, "2026-04-03", False),
    ("2026-04-28", 15, "2026-05-21", False),
    ("2026-09-17", 10, "2026-10-08", False),
    ("2026-09-17", 15, "2026-10-14", False),
    ("2026-09-18", 10, "2026-10-09", False),
    ("2026-09-30", 15, "2026-10-27", False),
    ("2026-10-04", 30, "2026-11-17", False),
    ("2026-11-16", 30, "2026-12-28", False),
    ("2026-12-08", 15, "2026-12-29", True),
    ("2026-12-18", 10, "2027-01-04", True),
]


def shipped() -> WorkCalendar:
    kept = shipped_days()
    seqs = accumulate(each.kind in WORKED for each in kept.values())
    days = [CalendarRow(day, each.kind, each.name, seq) for (day, each), seq in zip(kept.items(), seqs, strict=True)]
    return WorkCalendar(1, 1, final_through(kept), days)


SHIPPED = shipped()


@pytest.mark.parametrize(("start", "n", "due", "provisional"), VECTORS)
def test_r14_due_dates_agree_with_the_published_vectors(start, n, due, provisional):
    assert SHIPPED.due(date.fromisoformat(start), n) == Due(date.fromisoformat(due), provisional)


def test_r12_shipped_days_equal_both_referees_on_every_published_day():
    china = holidays.country_holidays("CN", years=range(2023, 2027))
    for day in SHIPPED.range(date(2023, 1, 1), date(2026, 12, 31)):
        assert day.is_working == chinese_calendar.is_workday(day.date) == china.is_working_day(day.date), day


@given(start=st.dates(date(2023, 1, 1), date(2027, 6, 30)), n=st.integers(1, 60))
def test_r10_due_is_what_counting_day_by_day_gives(start, n):
    counted, day = 0, start
    while counted < n:
        day = date.fromordinal(day.toordinal() + 1)
        counted += SHIPPED.is_working(day)
    assert SHIPPED.due(start, n).on == day
    assert SHIPPED.between(start, day) == n


@given(end=st.dates(date(2023, 3, 1), date(2027, 6, 30)), n=st.integers(0, 20))
def test_back_is_the_first_day_with_at_most_n_working_days_left(end, n):
    first = SHIPPED.back(end, n)
    assert SHIPPED.between(first, end) == n
    assert SHIPPED.between(date.fromordinal(first.toordinal() - 1), end) == n + 1


@pytest.mark.parametrize(
    ("start", "n"),
    [
        (date(2035, 12, 20), 30),  # ends beyond
        (date(2035, 12, 31), 1),
        (date(2036, 1, 1), 1),
        (date(2022, 12, 31), 10),  # one day before: a list's index -1
        (date(2022, 1, 1), 10),
        (date.min, 10),
        (date.max, 10),
        (date(2026, 1, 1), 10**9),
    ],
)
def test_beyond_the_calendar_nothing_is_guessed(start, n):
    with pytest.raises(CalendarCoverageError):
        SHIPPED.due(start, n)


def test_the_first_and_the_last_day_of_the_calendar_still_answer():
    assert SHIPPED.due(date(2023, 1, 1), 1) == Due(date(2023, 1, 3), False)
    assert SHIPPED.due(date(2035, 12, 30), 1) == Due(date(2035, 12, 31), True)


@pytest.mark.parametrize("n", [0, -1, -2, -10_000])
def test_a_term_has_at_least_one_working_day(n):
    with pytest.raises(ValueError, match=f"at least one working day, not {n}"):
        SHIPPED.due(date(2026, 10, 15), n)


def test_days_in_order_without_a_gap_or_no_calendar():
    days = SHIPPED.range(date(2026, 1, 1), date(2026, 1, 9))
    with pytest.raises(CalendarCoverageError, match="gap after 2026-01-04"):
        WorkCalendar(1, 1, date(2026, 12, 28), [*days[:4], *days[5:]])


def test_every_day_before_the_28th_of_december_is_final_and_none_after_it():
    assert {due.is_provisional for due in SHIPPED._dues if due.on <= date(2026, 12, 28)} == {False}
    assert {due.is_provisional for due in SHIPPED._dues if due.on > date(2026, 12, 28)} == {True}


def test_loading_the_shipped_years_again_changes_nothing(db):
    before = current_calendar().revision
    assert load_calendar("again").changed_days == 0
    assert current_calendar().revision == before
