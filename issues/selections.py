"""The rows behind the figures: defined once, for the metric that counts and the list that opens."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both included; an end left out is open."""

    first: date = date.min
    last: date = date.max

    def holds(self, field: str) -> Q:
        """The rows whose date falls into the period."""
        low = Q(**{f"{field}__gte": self.first}) if self.first > date.min else Q(**{f"{field}__isnull": False})
        return low & Q(**{f"{field}__lte": self.last}) if self.last < date.max else low

    def over_by(self, today: date) -> "Period":
        """The part of the period whose days are over: a due date lasts until its midnight (R11)."""
        return Period(self.first, min(self.last, today - timedelta(days=1)))


class Selection(models.TextChoices):
    """What a list can be opened with, as `?selection=…&period_from=…&period_to=…`."""

    FELL_DUE = "fell_due", _("时限已到期")
    ON_TIME = "on_time", _("按时处置")
    LATE = "late", _("超期")
    RESOLVED_IN_TIME = "resolved_in_time", _("按时办结")
    COLLECTED = "collected", _("收集的问题")
    CONFIRMED_SOLVED = "confirmed_solved", _("平台认可已解决")
    RESOLVED = "resolved", _("办结的问题")
    PROMISE_FELL_DUE = "promise_fell_due", _("方案承诺日已到")
    PROMISE_KEPT = "promise_kept", _("方案按承诺兑现")


def fell_due(period: Period, today: date) -> Q:
    """Denominator of F4, F5 and F9: B, C and D whose statutory due date lies in the period and is over.

    A breached one is judged by the date it missed, wherever that date has moved since (Issue.judged_on).
    """
    return period.over_by(today).holds("judged_on")


def on_time(period: Period, today: date) -> Q:
    """Numerator of F4: of those, never breached and 办结 or 确定方案 by the due date."""
    return fell_due(period, today) & Q(breached_on=None, settled_on__lte=F("judged_on"))


def late(period: Period, today: date) -> Q:
    """Numerator of F9: of those, breached, settled later or not yet. F4 + F9 = 100 %."""
    missed = Q(breached_on__isnull=False) | Q(settled_on=None) | Q(settled_on__gt=F("judged_on"))
    return fell_due(period, today) & missed


def resolved_in_time(period: Period, today: date) -> Q:
    """Numerator of F5: of those, never breached and 办结 by the due date; a plan alone does not count."""
    return fell_due(period, today) & Q(breached_on=None, resolved_on__lte=F("judged_on"))


def collected(period: Period, today: date) -> Q:
    """Denominator of F7: every tier, by the day the platform said it."""
    return period.holds("raised_on")


def confirmed_solved(period: Period, today: date) -> Q:
    """Numerator of F7: of those, the ones the platform itself calls solved."""
    return collected(period, today) & Q(is_confirmed_solved=True)


def resolved(period: Period, today: date) -> Q:
    """What was 办结 in the period, whenever it was raised."""
    return period.holds("resolved_on")


def promise_fell_due(period: Period, today: date) -> Q:
    """Denominator of F8: plans whose first promised date lies in the period and is over."""
    return period.over_by(today).holds("plan__first_promised_on")


def promise_kept(period: Period, today: date) -> Q:
    """Numerator of F8: of those, 办结 by the first promised date; a date moved later does not help."""
    return promise_fell_due(period, today) & Q(resolved_on__lte=F("plan__first_promised_on"))


ROWS: dict[Selection, Callable[[Period, date], Q]] = {
    Selection.FELL_DUE: fell_due,
    Selection.ON_TIME: on_time,
    Selection.LATE: late,
    Selection.RESOLVED_IN_TIME: resolved_in_time,
    Selection.COLLECTED: collected,
    Selection.CONFIRMED_SOLVED: confirmed_solved,
    Selection.RESOLVED: resolved,
    Selection.PROMISE_FELL_DUE: promise_fell_due,
    Selection.PROMISE_KEPT: promise_kept,
}


def rows(selection: str, period: Period, today: date) -> Q:
    """The condition of a selection by its name."""
    return ROWS[Selection(selection)](period, today)
