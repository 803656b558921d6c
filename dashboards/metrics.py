"""Each rate defined once: pages, exports and the API ask here what it counts and over what.

A rate is two selections of issues.selections; the same names open the lists behind its two numbers.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.contrib.postgres.fields import ArrayField
from django.db.models import CharField, Count, DateField, F, Func, IntegerField, QuerySet, Value
from django.db.models.functions import Cast
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboards.periods import months
from issues import selections
from issues.models import Issue, IssueQuerySet
from issues.selections import Period, Selection
from liaisons.models import DutyKind, DutyState


@dataclass(frozen=True, slots=True)
class Metric:
    """`formula` is the number in docs/rules.md, `rule` says numerator / denominator in words."""

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


@dataclass(frozen=True, slots=True)
class DutyMetric:
    """A rate over contact duties: those of `numerator` over those of `denominator`, of one kind."""

    name: str
    formula: str
    label: str | Promise
    rule: str | Promise
    kind: DutyKind
    numerator: tuple[DutyState, ...]
    denominator: tuple[DutyState, ...]


_OWED = (DutyState.OVERDUE, DutyState.MET, DutyState.MET_LATE)
FIRST_CONTACT_RATE = DutyMetric(
    "first_contact_rate",
    "F1",
    _("首次联系完成率"),
    _("按期首次联系 / 已到期的首次联系"),
    DutyKind.FIRST_CONTACT,
    (DutyState.MET,),
    _OWED,
)
COVERAGE_RATE = DutyMetric(
    "coverage_rate",
    "F2",
    _("季度联系覆盖率"),
    _("本季已联系 / 本季应联系"),
    DutyKind.QUARTERLY_CONTACT,
    (DutyState.MET,),
    (*_OWED, DutyState.OPEN),
)
FIRST_VISIT_RATE = DutyMetric(
    "first_visit_rate",
    "F3",
    _("首访完成率"),
    _("已走访 / 已到期的首次走访，不含平台表示无需走访的"),
    DutyKind.FIRST_VISIT,
    (DutyState.MET, DutyState.MET_LATE),
    _OWED,
)
DUTY_METRICS = (FIRST_CONTACT_RATE, COVERAGE_RATE, FIRST_VISIT_RATE)


class _Counted(NamedTuple):
    """What is counted together: a denominator, the date that puts it into a month, and a second division."""

    denominator: Selection
    dated_by: str
    divided_by: str

    @property
    def numerators(self) -> list[Selection]:
        return [metric.numerator for metric in METRICS.values() if metric.denominator == self.denominator]


_COUNTED = (
    _Counted(Selection.FELL_DUE, "judged_on", "lead_unit_id"),
    _Counted(Selection.COLLECTED, "raised_on", "lead_unit_id"),
    _Counted(Selection.PROMISE_FELL_DUE, "plan__first_promised_on", "lead_unit_id"),
    _Counted(Selection.RESOLVED, "resolved_on", "tier"),
)
_MOST_NUMERATORS = max(len(counted.numerators) for counted in _COUNTED)
_WHOLE = ""
# Counts rows without reading a column, so that an index alone can answer; Count("*") takes no filter.
_ROW = Value(1)


class History:
    """The counts behind every metric for a window of months, read in one statement and summed here.

    Every selection is divided by lead unit, RESOLVED by tier instead.
    """

    def __init__(self, issues: IssueQuerySet, window: Period, today: date) -> None:
        self._window = window
        size = _months_between(window.first, window.last) + 1
        self._counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * size)
        selected = {counted.denominator.value: (counted.denominator, *counted.numerators) for counted in _COUNTED}
        parts = [_part(counted, issues, window, today) for counted in _COUNTED]
        for denominator, place, division, *counts in parts[0].union(*parts[1:], all=True):
            for selection, count in zip(selected[denominator], counts, strict=False):
                self._counts[selection, division][place - 1] += count
                self._counts[selection, _WHOLE][place - 1] += count

    def count(self, selection: Selection, period: Period, division: int | str = _WHOLE) -> int:
        """Issues of the selection in a period of months within the window; of one unit (its key) or one tier."""
        counts = self._counts.get((selection, str(division)))
        return sum(counts[self._places(period)]) if counts else 0

    def units(self, period: Period) -> set[int]:
        """Keys of the lead units that had anything to do with the period."""
        places = self._places(period)
        return {
            int(division)
            for (selection, division), counts in self._counts.items()
            if division and selection != Selection.RESOLVED and any(counts[places])
        }

    def _places(self, period: Period) -> slice:
        first = _months_between(self._window.first, period.first)
        return slice(first, first + _months_between(period.first, period.last) + 1)


def _months_between(first: date, last: date) -> int:
    return 12 * (last.year - first.year) + last.month - first.month


def _place_of_month(field: str, window: Period) -> Func:
    """1 for the window's first month, 2 for the next; a third cheaper than date_trunc, which makes an instant first."""
    begins = [month.first for month, _days in months(window)]
    return Func(F(field), Value(begins, ArrayField(DateField())), function="width_bucket", output_field=IntegerField())


def _part(counted: _Counted, issues: IssueQuerySet, window: Period, today: date) -> "QuerySet[Issue, Any]":
    """Rows of denominator, month, division and counts: the denominator's own, each numerator's, then 0."""
    numerators: list[Count | Value] = [
        Count(_ROW, filter=selections.rows(numerator, window, today)) for numerator in counted.numerators
    ]
    numerators += [Value(0)] * (_MOST_NUMERATORS - len(numerators))
    return (
        issues.filter(selections.rows(counted.denominator, window, today))
        .order_by()
        .annotate(
            month=_place_of_month(counted.dated_by, window),
            division=Cast(counted.divided_by, CharField()),
        )
        .values("month", "division")
        .annotate(
            denominator=Value(counted.denominator.value),
            count=Count(_ROW),
            **{f"numerator_{place}": numerator for place, numerator in enumerate(numerators)},
        )
        .values_list("denominator", "month", "division", "count", *(f"numerator_{n}" for n in range(_MOST_NUMERATORS)))
    )
