"""Each rate defined once (DOMAIN.md §5): pages, exports and the API ask here what it counts and over what.

A rate is two selections of issues.selections; the same names open the lists behind its two numbers.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db.models import CharField, Count, DateField, QuerySet, Value
from django.db.models.functions import Cast, TruncMonth
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboards.periods import Month, months
from issues import selections
from issues.models import Issue, IssueQuerySet
from issues.selections import Period, Selection


@dataclass(frozen=True, slots=True)
class Metric:
    """`formula` is the number in DOMAIN.md §5, `rule` says numerator / denominator in words."""

    name: str
    formula: str
    label: str | Promise
    rule: str | Promise
    numerator: Selection
    denominator: Selection


ON_TIME_RATE = Metric(
    "on_time_rate",
    "F4",
    _("按时处置率"),
    _("时限内办结或确定方案 / 已到期的B、C、D类"),
    Selection.ON_TIME,
    Selection.FELL_DUE,
)
RESOLVED_IN_TIME_RATE = Metric(
    "resolved_in_time_rate",
    "F5",
    _("按时办结率"),
    _("时限内办结 / 已到期的B、C、D类"),
    Selection.RESOLVED_IN_TIME,
    Selection.FELL_DUE,
)
SOLVED_RATE = Metric(
    "solved_rate",
    "F7",
    _("化解率"),
    _("平台确认已解决 / 收集的问题"),
    Selection.CONFIRMED_SOLVED,
    Selection.COLLECTED,
)
PROMISE_KEPT_RATE = Metric(
    "promise_kept_rate",
    "F8",
    _("方案兑现率"),
    _("按首次承诺日办结 / 已到承诺日的方案"),
    Selection.PROMISE_KEPT,
    Selection.PROMISE_FELL_DUE,
)
OVERDUE_RATE = Metric(
    "overdue_rate",
    "F9",
    _("超期率"),
    _("超期或到期仍未处置 / 已到期的B、C、D类"),
    Selection.LATE,
    Selection.FELL_DUE,
)
METRICS = {
    metric.name: metric
    for metric in (ON_TIME_RATE, RESOLVED_IN_TIME_RATE, SOLVED_RATE, PROMISE_KEPT_RATE, OVERDUE_RATE)
}


class _Counted(NamedTuple):
    """What is counted together: a denominator, the date that puts it into a month, and a second division."""

    denominator: Selection
    dated_by: str
    divided_by: str

    @property
    def numerators(self) -> list[Selection]:
        return [metric.numerator for metric in METRICS.values() if metric.denominator == self.denominator]


_COUNTED = (
    _Counted(Selection.FELL_DUE, "due_on", "lead_unit_id"),
    _Counted(Selection.COLLECTED, "raised_on", "lead_unit_id"),
    _Counted(Selection.PROMISE_FELL_DUE, "plan__first_promised_on", "lead_unit_id"),
    _Counted(Selection.RESOLVED, "resolved_on", "tier"),
)
_MOST_NUMERATORS = max(len(counted.numerators) for counted in _COUNTED)
_WHOLE = ""


class History:
    """The counts behind every metric for a window of months, read in one statement and summed here.

    Every selection is divided by lead unit, RESOLVED by tier instead.
    """

    def __init__(self, issues: IssueQuerySet, window: Period, today: date) -> None:
        self._counts: dict[tuple[Selection, str, Month], int] = defaultdict(int)
        parts = [_part(counted, issues, window, today) for counted in _COUNTED]
        for name, day, division, *counts in parts[0].union(*parts[1:], all=True):
            counted = next(counted for counted in _COUNTED if counted.denominator == name)
            for selection, count in zip((counted.denominator, *counted.numerators), counts, strict=False):
                self._counts[selection, division, Month.of(day)] += count
                self._counts[selection, _WHOLE, Month.of(day)] += count

    def count(self, selection: Selection, period: Period, division: int | str = _WHOLE) -> int:
        """Issues of the selection in a period of months within the window; of one unit (its key) or one tier."""
        return sum(self._counts.get((selection, str(division), month), 0) for month, _days in months(period))

    def units(self, period: Period) -> set[int]:
        """Keys of the lead units that had anything to do with the period."""
        wanted = {month for month, _days in months(period)}
        return {
            int(division)
            for (selection, division, month), count in self._counts.items()
            if count and division and month in wanted and selection != Selection.RESOLVED
        }


def _part(counted: _Counted, issues: IssueQuerySet, window: Period, today: date) -> "QuerySet[Issue, Any]":
    """Rows of denominator, month, division and counts: the denominator's own, each numerator's, then 0."""
    numerators: list[Count | Value] = [
        Count("pk", filter=selections.rows(numerator, window, today)) for numerator in counted.numerators
    ]
    numerators += [Value(0)] * (_MOST_NUMERATORS - len(numerators))
    return (
        issues.filter(selections.rows(counted.denominator, window, today))
        .order_by()
        .annotate(
            month=TruncMonth(counted.dated_by, output_field=DateField()),
            division=Cast(counted.divided_by, CharField()),
        )
        .values("month", "division")
        .annotate(
            denominator=Value(counted.denominator.value),
            count=Count("pk"),
            **{f"numerator_{place}": numerator for place, numerator in enumerate(numerators)},
        )
        .values_list("denominator", "month", "division", "count", *(f"numerator_{n}" for n in range(_MOST_NUMERATORS)))
    )
