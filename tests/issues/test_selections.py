"""The figures' rows by hand: one issue for every way a deadline can end."""

from datetime import date

import pytest

from config.clock import frozen
from issues import selections
from issues.models import Issue
from issues.selections import Period, Selection
from issues.services import confirm_plan, resolve
from tests.factories import OfficerFactory, PlatformFactory, make_issue

pytestmark = pytest.mark.django_db

# Raised on 2026-09-17, tier B falls due on Thursday 2026-10-08 (R14).
DUE = "2026-10-08"


def close(issue, day, **fields):
    with frozen(f"{day}T23:59:59"):
        return resolve(issue, **{"result": "solved", "reply": "已办好。", "actor": issue.handler, **fields})


def plan(issue, day, promised_on):
    with frozen(f"{day}T23:59:59"):
        return confirm_plan(
            issue,
            text="分两批进场。",
            unit=issue.lead_unit,
            person="周工",
            promised_on=date.fromisoformat(promised_on),
            told_platform_on=date.fromisoformat(day),
            actor=issue.handler,
        )


@pytest.fixture
def raised():
    """Issues by their story, all raised on 2026-09-17 and looked at on 2026-10-15."""
    officer = OfficerFactory()
    platform = PlatformFactory(officer=officer)
    names = (
        "untouched",
        "resolved on the due day",
        "resolved the day after",
        "planned in time",
        "planned in time, promise kept",
        "planned in time, promise broken",
        "planned late",
    )
    with frozen("2026-09-17T09:00"):
        rows = {name: make_issue(officer, platform=platform, text=name) for name in names}
        rows["answered"] = make_issue(officer, platform=platform, text="answered", tier="A", platform_agrees=True)
        rows["due later"] = make_issue(officer, platform=platform, text="due later", tier="D")
    close(rows["resolved on the due day"], DUE, is_confirmed_solved=True)
    close(rows["resolved the day after"], "2026-10-09")
    plan(rows["planned in time"], DUE, "2026-11-20")
    plan(rows["planned in time, promise kept"], DUE, "2026-10-14")
    close(rows["planned in time, promise kept"], "2026-10-14")
    plan(rows["planned in time, promise broken"], DUE, "2026-10-13")
    plan(rows["planned late"], "2026-10-09", "2026-10-15")
    return rows


ALWAYS = Period()


def texts(selection, period=ALWAYS, on=date(2026, 10, 15)):
    return set(Issue.objects.filter(selections.rows(selection, period, on)).values_list("text", flat=True))


def test_every_figure_counts_exactly_its_rows(raised):
    overdue = {"untouched", "resolved the day after", "planned late"}
    in_time = {
        "resolved on the due day",
        "planned in time",
        "planned in time, promise kept",
        "planned in time, promise broken",
    }
    assert texts(Selection.FELL_DUE) == overdue | in_time
    assert texts(Selection.ON_TIME) == in_time
    assert texts(Selection.LATE) == overdue
    assert texts(Selection.RESOLVED_IN_TIME) == {"resolved on the due day"}
    assert texts(Selection.COLLECTED) == set(raised)
    assert texts(Selection.CONFIRMED_SOLVED) == {"resolved on the due day", "answered"}
    assert texts(Selection.PROMISE_FELL_DUE) == {"planned in time, promise kept", "planned in time, promise broken"}
    assert texts(Selection.PROMISE_KEPT) == {"planned in time, promise kept"}


def test_the_due_day_counts_only_when_it_is_over(raised):
    assert texts(Selection.FELL_DUE, on=date(2026, 10, 8)) == set()
    assert texts(Selection.LATE, on=date(2026, 10, 9)) >= {"untouched"}


@pytest.mark.parametrize("selection", Selection.values)
def test_a_period_elsewhere_is_empty(raised, selection):
    assert texts(selection, Period(date(2026, 7, 1), date(2026, 9, 16))) == set()


def test_both_ends_of_a_period_belong_to_it(raised):
    due = date.fromisoformat(DUE)
    assert texts(Selection.FELL_DUE, Period(due, due)) == texts(Selection.FELL_DUE)
    raised_on = date(2026, 9, 17)
    assert texts(Selection.COLLECTED, Period(raised_on, raised_on)) == set(raised)


def test_a_plan_does_not_repair_a_breach(raised):
    close(raised["planned late"], "2026-10-15")
    assert "planned late" in texts(Selection.LATE)


def test_a_breach_stays_a_breach_whatever_moves_the_date_and_is_judged_by_the_date_it_missed(raised):
    """F4 + F9 = 100 % after an extension that came too late: the new date does not wash the old one clean."""
    issue = raised["untouched"]
    Issue.objects.filter(pk=issue.pk).update(
        breached_on=date(2026, 10, 9), due_on=date(2026, 11, 30), clock_due_on=date(2026, 11, 30)
    )
    in_october = Period(date(2026, 10, 1), date(2026, 10, 31))
    assert "untouched" in texts(Selection.FELL_DUE, in_october)
    assert "untouched" in texts(Selection.LATE, in_october)
    close(issue, "2026-11-20")  # in time by the new date
    for day in (date(2026, 11, 25), date(2026, 12, 15)):
        assert "untouched" in texts(Selection.LATE, in_october, day)
        assert "untouched" not in texts(Selection.ON_TIME, on=day) | texts(Selection.RESOLVED_IN_TIME, on=day)
        assert texts(Selection.FELL_DUE, on=day) == texts(Selection.ON_TIME, on=day) | texts(Selection.LATE, on=day)
    assert "untouched" not in texts(Selection.FELL_DUE, Period(date(2026, 11, 1), date(2026, 11, 30)))
