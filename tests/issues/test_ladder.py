"""The ladder of warnings: on which day a clock reaches which rung, the same in Python and in SQL."""

import random
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from config.clock import frozen
from issues.ladder import Ladder, ladder_in_force
from issues.models import CLOCKED_TIERS, Clock, Level, Measure, Rung, WarningLadder
from issues.rung_days import RUNG_DAYS
from tests.workdays.calendars import calendar_of
from workdays.calendar import WorkCalendar, current_calendar, current_calendars

pytestmark = pytest.mark.django_db

BEFORE_DUE = (Level.HALF, Level.NEARING, Level.DUE_TODAY)
IN_SQL = (
    """
WITH clocked AS (
    SELECT * FROM unnest(%(n)s::int[], %(calendar_id)s::bigint[], %(clock)s::text[], %(tier)s::text[],
                         %(due_on)s::date[], %(term)s::int[], %(counted_from)s::date[])
        AS k (n, calendar_id, clock, tier, due_on, term, counted_from)
), """  # noqa: S608 - text of our own; values are parameters
    + RUNG_DAYS
    + " SELECT n, level, step, reached_on FROM rung_days"
)


def days(clock: str, tier: str, due_on: str, term: int, calendar: WorkCalendar | None = None) -> dict[str, str]:
    """`level step` → day, as MM-DD."""
    found = ladder_in_force().days(calendar or current_calendar(), clock, tier, date.fromisoformat(due_on), term)
    return {f"{day.rung.level} {day.rung.step}": f"{day.on:%m-%d}" for day in found}


@pytest.mark.parametrize(
    ("tier", "due_on", "term", "half", "nearing"),
    [("B", "2026-10-29", 10, "10-22", "10-26"), ("C", "2026-11-05", 15, "10-27", "11-02")],
)
def test_r35_the_first_ladder_climbs_from_half_to_the_commission_office(tier, due_on, term, half, nearing):
    due = date.fromisoformat(due_on)
    late = {"B": ("10-30", "10-30", "11-03", "11-05"), "C": ("11-06", "11-06", "11-10", "11-12")}[tier]
    assert days("statutory", tier, due_on, term) == {
        "half 1": half,
        "nearing 1": nearing,
        "due_today 1": f"{due:%m-%d}",
        **{f"overdue {step}": day for step, day in enumerate(late, 1)},
    }


def test_r11_late_begins_at_midnight_on_a_day_off_too_but_counts_working_days_from_then_on():
    found = days("plan", "B", "2026-10-30", 10)  # a Friday
    assert (found["overdue 1"], found["overdue 2"], found["overdue 3"]) == ("10-31", "11-02", "11-04")


def test_r31_signing_has_rungs_of_its_own():
    assert days("sign", "C", "2026-10-16", 1) == {"due_today 1": "10-16", "overdue 1": "10-17", "overdue 2": "10-20"}


def test_a_share_is_rounded_down_to_whole_working_days():
    found = {term: days("statutory", "B", "2026-10-29", term)["half 1"] for term in (10, 9, 2, 1)}
    assert found == {10: "10-22", 9: "10-23", 2: "10-28", 1: "10-29"}


def test_a_rung_beyond_the_calendar_has_no_day_yet():
    short = current_calendar(calendar_of("S", lambda day: day.weekday() < 5, date(2026, 1, 1), date(2026, 10, 31)).pk)
    found = days("statutory", "B", "2026-10-29", 10, short)
    assert list(found) == ["half 1", "nearing 1", "due_today 1", "overdue 1", "overdue 2"]


def test_a_new_ladder_holds_from_its_day_on():
    new = WarningLadder.objects.create(valid_from=date(2026, 10, 20))
    for tier in CLOCKED_TIERS:
        Rung.objects.create(ladder=new, clock="statutory", tier=tier, level="nearing", measure="days_left",
                            amount=5, tells=["handler"])  # fmt: skip
    assert ladder_in_force().nearing_days == 3
    with frozen("2026-10-20"):
        assert ladder_in_force().nearing_days == 5
        assert days("statutory", "B", "2026-10-29", 10) == {"nearing 1": "10-22"}
    Rung.objects.filter(ladder=new, tier="D").update(amount=8)
    assert Ladder(new, list(new.rungs.all())).nearing_days is None  # not the same for every tier


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"level": "nearing", "measure": "days_late"}, "rung_only_overdue_is_late"),
        ({"level": "overdue", "measure": "days_left"}, "rung_only_overdue_is_late"),
        ({"level": "half", "measure": "share_left", "amount": 101}, "rung_share_is_of_a_hundred"),
        ({"level": "overdue", "measure": "days_late"}, "rung_once_a_ladder"),
    ],
)
def test_the_database_refuses_a_rung_that_makes_no_sense(fields, rule):
    ladder = WarningLadder.objects.get()
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        Rung.objects.create(ladder=ladder, **{"clock": "statutory", "tier": "B", "amount": 1, "tells": [], **fields})


def test_sql_and_python_agree_on_random_clocks_ladders_and_calendars():
    dice = random.Random(20261015)
    ladder = _random_ladder(dice)
    calendars = [current_calendar().id, *(_random_calendar(dice, code) for code in ("R1", "R2"))]
    clocks = [_random_clock(dice, calendars) for _ in range(1500)]
    expected = {}
    for n, (calendar_id, clock, tier, due_on, term, counted_from) in enumerate(clocks):
        calendar = current_calendars()[calendar_id]
        whole = calendar.between(counted_from, due_on) if term is None else term
        for day in ladder.days(calendar, clock, tier, due_on, whole):
            expected[n, day.rung.level, day.rung.step] = day.on
    names = ("calendar_id", "clock", "tier", "due_on", "term", "counted_from")
    params = {name: list(column) for name, column in zip(names, zip(*clocks, strict=True), strict=True)}
    with connection.cursor() as cursor:
        cursor.execute(IN_SQL, {**params, "n": list(range(len(clocks))), "ladder": ladder.pk})
        found = {(n, level, step): on for n, level, step, on in cursor}
    assert {key: on for key, on in found.items() if on is not None} == expected
    assert 0 < len(found) - len(expected) < len(found) / 10  # some rungs lie beyond a calendar, and are not lost
    assert len(found) == sum(len(ladder.rungs(clock, tier)) for _calendar, clock, tier, *_rest in clocks)


def _random_ladder(dice: random.Random) -> Ladder:
    row = WarningLadder.objects.create(valid_from=date(2023, 1, 2))
    for clock in Clock:
        for tier in CLOCKED_TIERS:
            for level in BEFORE_DUE:
                measure = dice.choice((Measure.SHARE_LEFT, Measure.DAYS_LEFT))
                amount = dice.randint(0, 100 if measure == Measure.SHARE_LEFT else 40)
                Rung.objects.create(
                    ladder=row, clock=clock, tier=tier, level=level, measure=measure, amount=amount, tells=["handler"]
                )
            for step in range(1, dice.randint(1, 6)):
                amount = dice.choice((0, 1, dice.randint(2, 60)))
                Rung.objects.create(ladder=row, clock=clock, tier=tier, level="overdue", step=step,
                                    measure="days_late", amount=amount, tells=["bureau"])  # fmt: skip
    return Ladder(row, list(row.rungs.all()))


def _random_calendar(dice: random.Random, code: str) -> int:
    """Days on and off by chance, from 2025 to the summer of 2027; the first days are off or not."""
    first, last = date(2025, 1, dice.randint(1, 9)), date(2027, 6, 30)
    worked = {first + timedelta(days=n) for n in range(1000) if dice.random() < 0.7}
    return calendar_of(code, worked.__contains__, first, last).pk


def _random_clock(dice: random.Random, calendars: list[int]) -> tuple[int, str, str, date, int | None, date]:
    due_on = date(2025, 1, 20) + timedelta(days=dice.randint(0, 890))
    counted_from = max(due_on - timedelta(days=dice.randint(0, 90)), date(2025, 1, 9))
    term = dice.choice((None, dice.randint(1, 60)))
    return (
        dice.choice(calendars),
        dice.choice(Clock.values),
        dice.choice(CLOCKED_TIERS).value,
        due_on,
        term,
        counted_from,
    )
