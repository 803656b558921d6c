"""The chip at every edge of the warning levels, seen from Thursday 2026-10-15."""

from datetime import date

import pytest
from django.utils.translation import override

from config.clock import frozen, today
from issues.ladder import ladder_in_force
from issues.levels import PRESSING, Standing, Yardstick
from issues.models import Clock, Issue, Rung, State, TierTerm, WarningLadder
from tests.factories import make_issue
from tests.workdays.calendars import calendar_of
from workdays.calendar import WorkCalendar, current_calendar

pytestmark = pytest.mark.django_db


def chip(due_on: str | None, *, days: int = 10, **fields) -> Standing:
    due = date.fromisoformat(f"2026-{due_on}") if due_on else None
    issue = Issue(tier="B", state=State.ACCEPTED, clock_due_on=due, term=TierTerm(tier="B", working_days=days))
    issue.calendar_id = current_calendar().id
    for name, value in fields.items():
        setattr(issue, name, value)
    if due:
        issue.nearing_on = nearing_on(due, current_calendar(issue.calendar_id))
    return Yardstick().standing(issue)


def nearing_on(due: date, calendar: WorkCalendar) -> date:
    return ladder_in_force().nearing_on(calendar, Clock.STATUTORY, "B", due, 10)


@pytest.mark.parametrize(
    ("due_on", "css", "word", "days"),
    [
        ("10-29", "ok", "正常·剩10天", 10),
        ("10-23", "ok", "正常·剩6天", 6),
        ("10-22", "half", "过半·剩5天", 5),
        ("10-21", "half", "过半·剩4天", 4),
        ("10-20", "soon", "临期·剩3天", 3),
        ("10-16", "soon", "临期·剩1天", 1),
        ("10-15", "today", "今日到期", 0),
        ("10-14", "late", "逾期1个工作日", 1),
        # The make-up Saturday 10-10 counts: 10-12, 10-13, 10-14 and 10-15 are four days after it.
        ("10-10", "late", "逾期4个工作日", 4),
        ("10-09", "late", "逾期5个工作日", 5),
    ],
)
def test_a_tier_b_issue_at_every_edge(due_on, css, word, days):
    standing = chip(due_on)
    assert (standing.css, standing.word, standing.days) == (css, word, days)


@pytest.mark.parametrize(
    ("days", "due_on", "css"),
    [(15, "10-26", "half"), (15, "10-27", "ok"), (30, "11-05", "half"), (30, "11-06", "ok")],
)
def test_half_is_half_of_the_tiers_own_term(days, due_on, css):
    assert chip(due_on, days=days).css == css


def test_the_plans_clock_says_so_and_knows_no_half():
    assert chip("10-22", state=State.PLAN_CONFIRMED).word == "方案正常·剩5天"
    assert chip("10-16", state=State.PLAN_CONFIRMED).word == "方案临期·剩1天"
    assert chip("10-15", state=State.PLAN_CONFIRMED).word == "方案今日到期"
    assert chip("10-14", state=State.PLAN_CONFIRMED).word == "方案逾期1个工作日"


def test_english_counts_a_day_and_days():
    with override("en"):
        assert chip("10-16").word == "Due soon · 1 day"
        assert chip("10-20").word == "Due soon · 3 days"
        assert chip("10-14").word == "Overdue · 1 workday"
        assert chip("10-13", state=State.PLAN_CONFIRMED).word == "Plan: Overdue · 2 workdays"


def test_a_stopped_clock_says_why():
    assert chip(None, state=State.RESOLVED).word == "已停表"
    assert chip(None, state=State.RESOLVED, tier="A").word == "不计时"


@pytest.mark.at("2026-10-10T09:00")
def test_a_make_up_saturday_is_a_day_left():
    assert chip("10-10").word == "今日到期"
    assert chip("10-12").days == 1


@pytest.mark.at("2026-10-17T09:00")
def test_overdue_on_a_day_off_counts_no_working_day_yet():
    assert chip("10-16").word == "逾期"


def test_an_issue_is_measured_by_its_own_calendar():
    always = calendar_of("ALWAYS", lambda day: True, date(2026, 1, 1), date(2026, 12, 31)).pk
    assert chip("10-20").word == "临期·剩3天"
    assert chip("10-20", calendar_id=always).word == "过半·剩5天"
    assert chip("10-10", calendar_id=always).word == "逾期5个工作日"


@pytest.mark.parametrize("level", PRESSING)
def test_the_filter_and_the_chip_agree_on_every_day(level):
    """Both ways to a level, over seven weeks of due dates with holidays and make-up days in them."""
    issue, calendar = make_issue(), current_calendar()
    for number in range(50):
        due_on = date.fromordinal(date(2026, 9, 20).toordinal() + number)
        nears = nearing_on(due_on, calendar)
        Issue.objects.filter(pk=issue.pk).update(clock_due_on=due_on, nearing_on=nears)
        yardstick = Yardstick()
        is_in = Issue.objects.filter(yardstick.where(level)).exists()
        assert is_in == (yardstick.level_of(due_on, nears) == level), due_on
        assert (nears <= today()) == (yardstick.level_of(due_on, nears) is not None), due_on


def test_a_new_ladder_holds_from_its_day_on():
    new = WarningLadder.objects.create(valid_from=date(2026, 10, 16))
    for level, measure, amount in (("half", "share_left", 70), ("nearing", "days_left", 5)):
        Rung.objects.create(ladder=new, clock="statutory", tier="B", level=level, measure=measure, amount=amount,
                            tells=["handler"])  # fmt: skip
    assert chip("10-21").css == "half"
    with frozen("2026-10-16T09:00"):
        assert chip("10-23").css == "soon"
        assert [chip(due).css for due in ("10-26", "10-27", "10-28")] == ["half", "half", "ok"]
