"""The periods a board can be opened for: named, so that a bookmark means the same tomorrow; always whole months."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from config.clock import today
from issues.selections import Period
from platforms.coverage import Quarter

TREND_MONTHS = 12


class Span(models.TextChoices):
    """The values of `?period=`."""

    YEAR = "year", _("本年")
    QUARTER = "quarter", _("本季")
    MONTH = "month", _("本月")
    LAST_YEAR = "last-year", _("上年")
    LAST_QUARTER = "last-quarter", _("上季")
    LAST_MONTH = "last-month", _("上月")


@dataclass(frozen=True, slots=True, order=True)
class Month:
    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> "Month":
        return cls(day.year, day.month)

    @property
    def first(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        return self.plus(1).first - timedelta(days=1)

    @property
    def label(self) -> str | Promise:
        return MONTHS[self.number - 1]

    def plus(self, months: int) -> "Month":
        year, index = divmod(12 * self.year + self.number - 1 + months, 12)
        return Month(year, index + 1)


MONTHS = (
    _("1月"),
    _("2月"),
    _("3月"),
    _("4月"),
    _("5月"),
    _("6月"),
    _("7月"),
    _("8月"),
    _("9月"),
    _("10月"),
    _("11月"),
    _("12月"),
)


def period_of(span: Span) -> Period:
    """The days of a named period. The present ones end today: a list opened from a figure keeps its rows tomorrow."""
    day, quarter = today(), Quarter.of(today())
    month = Month.of(day)
    return {
        Span.YEAR: Period(date(day.year, 1, 1), day),
        Span.QUARTER: Period(quarter.start, day),
        Span.MONTH: Period(month.first, day),
        Span.LAST_YEAR: Period(date(day.year - 1, 1, 1), date(day.year - 1, 12, 31)),
        Span.LAST_QUARTER: Period(quarter.before().start, quarter.before().end),
        Span.LAST_MONTH: Period(month.plus(-1).first, month.plus(-1).last),
    }[span]


def months(period: Period) -> Iterator[tuple[Month, Period]]:
    """The months of a period, each with its days, the last one cut where the period ends."""
    month = Month.of(period.first)
    while month.first <= period.last:
        yield month, Period(max(month.first, period.first), min(month.last, period.last))
        month = month.plus(1)


def trend_of(period: Period) -> Period:
    """The twelve months that end with the period's last one: what the two charts show."""
    return Period(Month.of(period.last).plus(1 - TREND_MONTHS).first, period.last)


def window_of(period: Period) -> Period:
    """The days that a board of the period reads: its own and those of its charts."""
    return Period(min(period.first, trend_of(period).first), period.last)
