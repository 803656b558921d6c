"""R10, R13: the statement that counts every running deadline again, WorkCalendar.due and counting day by day agree."""

import random
from copy import copy
from datetime import date

import pytest

from config.clock import now
from issues.models import Deadline, Issue
from issues.recalculation import Count, recount
from tests.factories import OfficerFactory, make_issue
from tests.workdays.calendars import calendar_of, counted, days_from
from workdays.calendar import current_calendar

pytestmark = pytest.mark.django_db

FIRST, LAST, LONGEST = date(2026, 1, 1), date(2026, 12, 31), 60
WRONG = date(2027, 12, 31)  # no answer, and later than today: every date is one that moves


def issues_counted_by(calendar_id: int, starts: list[date]) -> dict[int, tuple[date, int]]:
    """One open issue for each start and each term up to LONGEST: what it asks, by its key."""
    pattern = make_issue(OfficerFactory())
    asked = [(start, term) for start in starts for term in range(1, LONGEST + 1)]
    rows = []
    for number, (start, term) in enumerate(asked):
        row = copy(pattern)
        row.pk, row.number, row.calendar_id = None, f"R{number}", calendar_id
        row.counted_from, row.working_days = start, term
        row.due_on = row.clock_due_on = row.nearing_on = WRONG
        rows.append(row)
    made = Issue.objects.bulk_create(rows)
    Deadline.objects.bulk_create(
        Deadline(
            issue=row,
            clock="statutory",
            version=1,
            cause="registered",
            counted_from=start,
            working_days=term,
            due_on=WRONG,
            calendar_revision=1,
            created_at=now(),
        )
        for row, (start, term) in zip(made, asked, strict=True)
    )
    return {row.pk: pair for row, pair in zip(made, asked, strict=True)}


@pytest.mark.at("2026-01-01T09:00")  # before every date: what has passed would be kept for a person
@pytest.mark.parametrize("seed", range(3))
def test_r10_a_recount_gives_what_counting_gives_for_60_terms_over_random_calendars(seed):
    dice = random.Random(seed)
    worked = {day for day in days_from(FIRST, LAST) if dice.random() < dice.choice((0.3, 0.7, 0.9))}
    calendar_id = calendar_of("R", worked.__contains__, FIRST, LAST).pk
    calendar = current_calendar(calendar_id)
    starts = dice.sample(days_from(FIRST, date(2026, 5, 31)), 12)
    asked = issues_counted_by(calendar_id, starts)
    count = Count([(calendar_id, calendar.revision, calendar.final_through)], FIRST)
    assert recount(count, at=now(), actor_id=None, reason="").moved == len(asked)
    found = dict(Issue.objects.filter(calendar_id=calendar_id).values_list("pk", "due_on"))
    by_hand = {start: counted(worked.__contains__, start, LONGEST) for start in starts}
    assert found == {pk: by_hand[start][term - 1] for pk, (start, term) in asked.items()}
    assert found == {pk: calendar.due(start, term).on for pk, (start, term) in asked.items()}
    ledger = Deadline.objects.filter(issue__calendar_id=calendar_id, version=2).values_list("issue", "due_on")
    assert dict(ledger) == found
