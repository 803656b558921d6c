"""A year of a calendar as a page shows it: twelve months of weeks, with 休, 班 and 暂定 written in the cell."""

from calendar import Calendar as Weeks
from dataclasses import dataclass
from datetime import date

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy

from workdays.calendar import Day, WorkCalendar
from workdays.models import Calendar, CalendarDay, DayKind, HolidayNotice, NoticeState
from workdays.strip import WEEKDAYS, holiday_label, short_holiday

HEADS = (
    *(pgettext_lazy("head of a column", "一"), pgettext_lazy("head of a column", "二")),
    *(pgettext_lazy("head of a column", "三"), pgettext_lazy("head of a column", "四")),
    *(pgettext_lazy("head of a column", "五"), pgettext_lazy("head of a column", "六")),
    pgettext_lazy("head of a column", "日"),
)


@dataclass(frozen=True, slots=True)
class Cell:
    date: date
    css: str
    word: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Month:
    first: date
    working_days: int
    weeks: list[list[Cell | None]]

    @property
    def label(self) -> str:
        return formats.date_format(self.first, pgettext("date format", "n月"))


class Year:
    """One year of one calendar. Raises CalendarCoverageError where the calendar does not have all of it."""

    heads = HEADS

    def __init__(self, row: Calendar, calendar: WorkCalendar, year: int, today: date) -> None:
        self.row, self.calendar, self.year, self.today = row, calendar, year, today
        self.first, self.last = date(year, 1, 1), date(year, 12, 31)
        self.days = calendar.range(self.first, self.last)
        self.months = [self._month(number) for number in range(1, 13)]
        self.is_published = year <= calendar.final_through.year
        # Final through 28 December: later notices have moved the last three days.
        self.is_partly_provisional = self.is_published and self.last > calendar.final_through

    @property
    def working_days(self) -> int:
        return sum(month.working_days for month in self.months)

    @property
    def previous(self) -> int | None:
        return self.year - 1 if self.calendar.first < self.first else None

    @property
    def next(self) -> int | None:
        return self.year + 1 if self.calendar.last > self.last else None

    @property
    def next_is_published(self) -> bool:
        return self.year < self.calendar.final_through.year

    @property
    def has_make_up(self) -> bool:
        return any(day.kind == DayKind.MAKE_UP for day in self.days)

    def edition(self) -> int:
        """How many revisions this calendar has had."""
        return self.row.revisions.count()

    def notices(self) -> list[HolidayNotice]:
        """What was applied for this year, oldest first; the shipped years came without."""
        return list(self.row.notices.filter(year=self.year, state=NoticeState.APPLIED).order_by("decided_at"))

    def local_days(self) -> list[CalendarDay]:
        """Where a regional calendar decided for itself."""
        rows = self.row.days.filter(is_local=True, date__range=(self.first, self.last))
        return list(rows.select_related("notice").order_by("date"))

    def _month(self, number: int) -> Month:
        weeks = [
            [self._cell(day) if day.month == number else None for day in week]
            for week in Weeks().monthdatescalendar(self.year, number)
        ]
        worked = sum(day.is_working for day in self.days if day.date.month == number)
        return Month(date(self.year, number, 1), worked, weeks)

    def _cell(self, on: date) -> Cell:
        day = self.days[(on - self.first).days]
        css, word, sentence = self._kind(day)
        if on == self.today:
            css, word = "td", _("今天")
        weekday = str(WEEKDAYS[on.weekday()])
        return Cell(on, css, word, pgettext("between the parts of a sentence", "，").join([weekday, sentence]))

    def _kind(self, day: Day) -> tuple[str, str, str]:
        """Class, word in the cell and sentence. Of a holiday the first day bears its name, the others say 休."""
        is_provisional = day.date > self.calendar.final_through
        if day.kind == DayKind.HOLIDAY:
            before = self.days[(day.date - self.first).days - 1] if day.date > self.first else None
            opens = before is None or (before.kind, before.name) != (day.kind, day.name)
            rest = pgettext("short", "暂定") if is_provisional else _("休")
            word = short_holiday(day.name) if opens and day.name else rest
            sentence = _("%(holiday)s放假") % {"holiday": holiday_label(day.name)}
            return ("pv", word, f"{sentence} {rest}") if is_provisional else ("off", word, sentence)
        if day.kind == DayKind.MAKE_UP:
            return "mk", _("班"), _("调休上班")
        if is_provisional and day.date.year <= self.calendar.final_through.year:
            return "pv", pgettext("short", "暂定"), _("暂定")
        return ("we", "", _("周末")) if day.kind == DayKind.WEEKEND else ("", "", _("工作日"))
