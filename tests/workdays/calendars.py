"""Calendars that tests build from the referees, and counting day by day."""

from collections.abc import Callable
from datetime import date, timedelta

import chinese_calendar  # type: ignore[import-untyped] # has no stubs
import holidays

from workdays.models import Calendar, DayKind
from workdays.services import rewrite
from workdays.shipped import Kept

Referee = Callable[[date], bool]


def days_from(first: date, last: date) -> list[date]:
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def referees() -> dict[str, Referee]:
    china = holidays.country_holidays("CN", years=range(2010, 2027))
    return {"chinese_calendar": chinese_calendar.is_workday, "holidays": china.is_working_day}


def kept(day: date, is_working: bool) -> Kept:
    if day.weekday() < 5:
        return Kept(DayKind.WORKING if is_working else DayKind.HOLIDAY)
    return Kept(DayKind.MAKE_UP if is_working else DayKind.WEEKEND)


def calendar_of(code: str, is_working: Referee, first: date, last: date, *, through: date | None = None) -> Calendar:
    """A calendar in the database whose days are the referee's. The caller is in a transaction."""
    calendar = Calendar.objects.create(code=code, name=code)
    days = {day: kept(day, is_working(day)) for day in days_from(first, last)}
    rewrite(calendar, days, through or last, note="built by a test")
    return calendar


def counted(is_working: Referee, start: date, working_days: int) -> list[date]:
    """The first, second, … working day after `start`, by counting."""
    found: list[date] = []
    day = start
    while len(found) < working_days:
        day += timedelta(days=1)
        if is_working(day):
            found.append(day)
    return found
