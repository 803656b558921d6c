"""The years nobody has published yet: what the law gives, and how often that turns out wrong."""

from datetime import date, timedelta
from itertools import groupby

import chinese_calendar  # type: ignore[import-untyped] # has no stubs
import holidays
import pytest
from holidays.calendars.chinese import _ChineseLunisolar

from tests.workdays.calendars import counted, days_from
from workdays.models import WORKED, DayKind
from workdays.shipped import Kept, shipped_days, statutory_days, unpublished_days

NAMES = {
    "New Year's Day": "元旦",
    "Chinese New Year's Eve": "春节",
    "Chinese New Year (Spring Festival)": "春节",
    "Tomb-Sweeping Day": "清明节",
    "Labor Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "Mid-Autumn Festival": "中秋节",
    "National Day": "国庆节",
}
LUNAR = _ChineseLunisolar()


def test_statutory_days_are_the_referees_in_every_year_to_come():
    china = holidays.country_holidays("CN", years=range(2027, 2036), observed=False)
    expected = sorted((day, NAMES[name]) for day, names in china.items() for name in names.split("; "))
    assert sorted(statutory_days()) == expected


def test_since_2025_the_law_gives_thirteen_days_a_year():
    by_year = {year: list(days) for year, days in groupby(statutory_days(), key=lambda row: row[0].year)}
    assert {year: len(days) for year, days in by_year.items()} == dict.fromkeys(range(2027, 2036), 13)


def test_a_day_on_a_weekend_moves_to_the_next_working_day():
    days = unpublished_days(statutory_days())
    spring = {f"{day:%m-%d}": kept.name for day, kept in days.items() if date(2027, 2, 1) <= day <= date(2027, 2, 28)}
    assert spring == dict.fromkeys(["02-05", "02-06", "02-07", "02-08", "02-09", "02-10"], "春节")
    may = [f"{day:%m-%d}" for day in sorted(days) if (day.year, day.month) == (2027, 5)]
    assert may == ["05-01", "05-02", "05-03", "05-04"]


def test_two_days_on_one_date_take_the_next_working_day_too():
    """中秋节 2028 is 3 October."""
    days = unpublished_days(statutory_days())
    october = {day.day: kept.name for day, kept in days.items() if (day.year, day.month) == (2028, 10)}
    assert october == {1: "国庆节", 2: "国庆节", 3: "国庆节", 4: "国庆节", 5: "中秋节"}


def test_the_unpublished_years_are_marked_as_such_and_cover_a_d_term_from_the_last_day_of_the_year():
    days = shipped_days()
    assert {kept.year_notice for day, kept in days.items() if day.year >= 2027} == {None}
    assert max(days) == date(2035, 12, 31)
    assert {kept.kind for day, kept in days.items() if day.year >= 2027} == {
        DayKind.WORKING,
        DayKind.WEEKEND,
        DayKind.HOLIDAY,
    }


def feast(name: str, year: int) -> date:
    day = getattr(LUNAR, f"{name}_date")(year)[0]
    assert isinstance(day, date)
    return day


def law_of(year: int) -> list[tuple[date, str]]:
    """The statutory days as the law of the year had them: New Year's Eve and 2 May since 2025."""
    new_year = feast("lunar_new_year", year)
    spring = [new_year + timedelta(days=offset) for offset in range(-1 if year >= 2025 else 0, 3)]
    feasts = [feast(name, year) for name in ("qingming", "dragon_boat", "mid_autumn")]
    labour = [date(year, 5, 1), date(year, 5, 2)][: 2 if year >= 2025 else 1]
    national = [date(year, 10, 1), date(year, 10, 2), date(year, 10, 3)]
    return [(day, "") for day in [date(year, 1, 1), *spring, *labour, *national, *feasts]]


@pytest.mark.parametrize(("n", "wrong", "weekdays_only"), [(10, 5, 179), (15, 14, 268), (30, 96, 380)])
def test_r13_back_test_over_thirteen_notices_of_starts_in_december(n, wrong, weekdays_only):
    """Of 403 December starts before the years 2014 to 2026: how many dates the notice then moved. Known when guessing
    are the days to 28 December; counting Mondays to Fridays alone is the comparison."""

    def is_guessed_working(day: date) -> bool:
        if day <= date(year - 1, 12, 28):
            return bool(chinese_calendar.is_workday(day))
        return filled.get(day, Kept(DayKind.WORKING if day.weekday() < 5 else DayKind.WEEKEND)).kind in WORKED

    guesses: list[bool] = []
    weekdays: list[bool] = []
    for year in range(2014, 2027):
        filled = unpublished_days(law_of(year))
        for start in days_from(date(year - 1, 12, 1), date(year - 1, 12, 31)):
            due = counted(chinese_calendar.is_workday, start, n)[-1]
            guesses.append(counted(is_guessed_working, start, n)[-1] == due)
            weekdays.append(counted(lambda day: day.weekday() < 5, start, n)[-1] == due)
    assert (len(guesses), guesses.count(False), weekdays.count(False)) == (403, wrong, weekdays_only)
