"""When a message may leave the house: in office hours, so that nobody is rung up at night or on a day off.

It holds when an entry is written and again when it goes out: a queue that stood still until night waits for morning.
Machines sleep at no hour: webhooks do not ask.
"""

from datetime import date, datetime, time, timedelta
from typing import TypeVar

from django.db.models import Model, QuerySet

from config.clock import SHANGHAI
from workdays.calendar import CalendarCoverageError, WorkCalendar, current_calendar

M = TypeVar("M", bound=Model)

OPENS, CLOSES = time(8, 30), time(18)
ONE_DAY = timedelta(days=1)


def is_office_hour(at: datetime, calendar: WorkCalendar | None = None) -> bool:
    """Whether `at` lies between OPENS and CLOSES of a working day, a national one unless told."""
    local = at.astimezone(SHANGHAI)
    return OPENS <= local.time() < CLOSES and _is_working(local.date(), calendar or _national())


def send_after(at: datetime, calendar: WorkCalendar | None = None) -> datetime:
    """`at` itself in office hours, else the moment the next ones begin. What is urgent does not ask."""
    calendar = calendar or _national()
    if is_office_hour(at, calendar):
        return at
    local = at.astimezone(SHANGHAI)
    day = local.date() if local.time() < OPENS else local.date() + ONE_DAY
    while not _is_working(day, calendar):
        day += ONE_DAY
    return datetime.combine(day, OPENS, SHANGHAI)


def at_this_hour(for_people: QuerySet[M], is_open: bool) -> QuerySet[M]:
    """Those of the entries or messages that may go now: all in office hours, else the urgent ones."""
    return for_people if is_open else for_people.filter(is_urgent=True)


def _national() -> WorkCalendar | None:
    try:
        return current_calendar()
    except CalendarCoverageError:
        return None


def _is_working(day: date, calendar: WorkCalendar | None) -> bool:
    try:
        return calendar.is_working(day) if calendar else day.weekday() < 5
    except CalendarCoverageError:  # no due date hangs on it: a message on a holiday is better than none
        return day.weekday() < 5
