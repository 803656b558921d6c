"""The metrics: every count of the one statement is what its selection counts by itself."""

from itertools import product
from typing import Any

import pytest

from config.clock import frozen, today
from dashboards.metrics import METRICS, History
from dashboards.periods import Month, Span, months, period_of, trend_of, window_of
from issues import selections
from issues.models import Issue, Tier
from issues.selections import Selection
from platforms.coverage import Quarter
from tests.dashboards.world import small_world


def test_every_rate_is_defined_once_with_its_formula() -> None:
    assert {metric.formula: name for name, metric in METRICS.items()} == {
        "F4": "on_time_rate",
        "F5": "resolved_in_time_rate",
        "F7": "solved_rate",
        "F8": "promise_kept_rate",
        "F9": "overdue_rate",
    }
    counted = {selection for metric in METRICS.values() for selection in (metric.numerator, metric.denominator)}
    assert counted | {Selection.RESOLVED} == set(Selection)


@pytest.mark.django_db
@pytest.mark.parametrize("span", Span)
def test_the_history_counts_what_the_selections_select(span: Span, django_assert_num_queries: Any) -> None:
    world = small_world()
    period = period_of(span)
    with django_assert_num_queries(1):
        history = History(Issue.objects.all(), window_of(period), today())
    for selection, (_, days) in product(Selection, [(None, period), *months(trend_of(period))]):
        rows = Issue.objects.filter(selections.rows(selection, days, today()))
        assert history.count(selection, days) == rows.count(), (selection, days)
        if selection == Selection.RESOLVED:
            for tier in Tier:
                assert history.count(selection, days, tier) == rows.filter(tier=tier).count()
        else:
            for unit in (world.science, world.housing):
                assert history.count(selection, days, unit.pk) == rows.filter(lead_unit=unit).count()


@pytest.mark.django_db
def test_on_time_and_late_make_up_what_fell_due() -> None:
    small_world()
    period = period_of(Span.YEAR)
    history = History(Issue.objects.all(), window_of(period), today())
    on_time, late = (history.count(selection, period) for selection in (Selection.ON_TIME, Selection.LATE))
    assert (on_time, late) == (5, 2)
    assert on_time + late == history.count(Selection.FELL_DUE, period)


@pytest.mark.django_db
def test_the_history_holds_only_the_rows_it_was_given() -> None:
    world = small_world()
    period = period_of(Span.YEAR)
    history = History(Issue.objects.visible_to(world.chen.user), window_of(period), today())
    assert history.count(Selection.COLLECTED, period) == 4
    assert history.units(period) == {world.housing.pk}


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (
            "2026-10-15T00:30",
            {
                "year": ("2026-01-01", "2026-10-15"),
                "quarter": ("2026-10-01", "2026-10-15"),
                "month": ("2026-10-01", "2026-10-15"),
                "last-year": ("2025-01-01", "2025-12-31"),
                "last-quarter": ("2026-07-01", "2026-09-30"),
                "last-month": ("2026-09-01", "2026-09-30"),
            },
        ),
        (
            "2028-01-01T00:00",
            {
                "year": ("2028-01-01", "2028-01-01"),
                "quarter": ("2028-01-01", "2028-01-01"),
                "month": ("2028-01-01", "2028-01-01"),
                "last-year": ("2027-01-01", "2027-12-31"),
                "last-quarter": ("2027-10-01", "2027-12-31"),
                "last-month": ("2027-12-01", "2027-12-31"),
            },
        ),
    ],
)
def test_a_period_is_whole_months_and_the_present_one_ends_today(at: str, expected: dict[str, Any]) -> None:
    with frozen(at):
        found = {span.value: (period_of(span).first.isoformat(), period_of(span).last.isoformat()) for span in Span}
    assert found == expected


def test_months_step_over_the_new_year() -> None:
    assert Month(2026, 1).plus(-1) == Month(2025, 12)
    assert Month(2026, 11).plus(14) == Month(2028, 1)
    assert Month(2028, 2).last.day == 29
    assert Quarter(2026, 4).label == "第四季度"
