"""When a message may leave the house: in office hours, so that nobody is rung up at night or on a day off."""

from datetime import date, datetime, time, timedelta

from config.clock import SHANGHAI
from workdays.calendar import CalendarCoverageError, WorkCalendar

OPENS, CLOSES = time(8, 30), time(18)
ONE_DAY = timedelta(days=1)


def is_office_hour(at: datetime, calendar: WorkCalendar) -> bool:
    """Whether `at` lies between OPENS and CLOSES of a working day."""
    local = at.astimezone(SHANGHAI)
    return OPENS <= local.time() < CLOSES and _is_working(local.date(), calendar)


def send_after(at: datetime, calendar: WorkCalendar) -> datetime:
    """`at` itself in office hours, else the moment the next ones begin. What is urgent does not ask."""
    if is_office_hour(at, calendar):
        return at
    local = at.astimezone(SHANGHAI)
    day = local.date() if local.time() < OPENS else local.date() + ONE_DAY
    while not _is_working(day, calendar):
        day += ONE_DAY
    return datetime.combine(day, OPENS, SHANGHAI)


def _is_working(day: date, calendar: WorkCalendar) -> bool:
    try:
        return calendar.is_working(day)
    except CalendarCoverageError:  # no due date hangs on it: a message on a holiday is better than none
        return day.weekday() < 5
