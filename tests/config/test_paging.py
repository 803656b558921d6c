"""Keyset pages, on real rows: every row once in both directions, whatever ties and nulls there are."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from config.paging import Page, page_of
from issues.models import Issue
from tests.factories import OfficerFactory, PlatformFactory, make_issue
from visits.models import Visit

pytestmark = pytest.mark.django_db

BY_DUE_DATE = ("clock_due_on", "pk")


@pytest.fixture
def issues():
    """Eight: two due dates, each three times, and two without a clock."""
    officer = OfficerFactory()
    platform = PlatformFactory(officer=officer)
    days = [date(2026, 9, 17), date(2026, 9, 18)] * 3
    made = [make_issue(officer, platform=platform, raised_on=day) for day in days]
    made += [make_issue(officer, platform=platform, tier="A") for _ in range(2)]
    return made


def walk(rows: QuerySet[Issue], order: tuple[str, ...]) -> tuple[list[list[int]], list[list[int]]]:
    """Keys of every page of three, there and back."""
    page = page_of(rows, order, size=3)
    there = [[row.pk for row in page]]
    while page.next_cursor:
        page = page_of(rows, order, page.next_cursor, size=3)
        there.append([row.pk for row in page])
    back = [[row.pk for row in page]]
    while page.previous_cursor:
        page = page_of(rows, order, page.previous_cursor, size=3)
        back.append([row.pk for row in page])
    return there, back[::-1]


@pytest.mark.parametrize(
    "order",
    [("pk",), ("-pk",), BY_DUE_DATE, ("-clock_due_on", "-pk"), ("clock_due_on", "-pk"), ("-platform__sort_key", "pk")],
)
def test_every_row_comes_once_in_order_there_and_back(issues, order):
    expected = list(Issue.objects.order_by(*order).values_list("pk", flat=True))
    there, back = walk(Issue.objects.all(), order)
    assert [pk for page in there for pk in page] == expected
    assert [len(page) for page in there] == [3, 3, 2]
    assert back == there


def test_a_page_costs_one_statement_and_another_only_where_it_reaches_rows_without_a_date(issues):
    pages: list[Any] = []
    counts: list[int] = []
    cursor = ""
    while not pages or cursor:
        with CaptureQueriesContext(connection) as run:
            page = page_of(Issue.objects.all(), BY_DUE_DATE, cursor, size=3)
        pages.append(len(page))
        counts.append(len(run))
        cursor = page.next_cursor
    assert (pages, counts) == ([3, 3, 2], [1, 2, 2])
    with CaptureQueriesContext(connection) as run:
        page_of(Issue.objects.all(), ("-pk",), size=3)
    assert len(run) == 1


def test_an_index_leads_to_the_place_where_the_first_column_has_nulls(issues):
    cursor = page_of(Issue.objects.all(), BY_DUE_DATE, size=3).next_cursor
    with CaptureQueriesContext(connection) as run:
        page_of(Issue.objects.all(), BY_DUE_DATE, cursor, size=2)
    with connection.cursor() as database:
        database.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off"
        )
        database.execute(f"EXPLAIN {run[0]['sql']}")
        plan = "\n".join(line for (line,) in database.fetchall())
    assert "Index Scan using issue_running_clock" in plan
    assert "Index Cond: (ROW(clock_due_on, id) > ROW(" in plan


def test_a_single_page_has_no_way_on(issues):
    page = page_of(Issue.objects.all(), ("pk",), size=8)
    assert (len(page), page.previous_cursor, page.next_cursor) == (8, "", "")
    assert page_of(Visit.objects.all(), ("pk",)) == Page([])


def test_rows_may_be_dictionaries(issues):
    rows = Issue.objects.values("pk", "number")
    page = page_of(rows, ("pk",), page_of(rows, ("pk",), size=3).next_cursor, size=3)
    assert [row["number"] for row in page] == [issue.number for issue in issues[3:6]]


def test_a_page_whose_rows_have_gone_is_the_first_page(issues):
    late = page_of(Issue.objects.all(), ("pk",), size=6).next_cursor
    page = page_of(Issue.objects.filter(tier="B"), ("pk",), late, size=6)
    assert [row.pk for row in page] == [issue.pk for issue in issues[:6]]


@pytest.mark.parametrize("cursor", ["abc", "WzEsMV0", "\x00", ":", "W10:x", "\ud800", "9" * 5000])
def test_a_cursor_that_is_not_ours_is_a_page_that_does_not_exist(issues, cursor):
    with pytest.raises(Http404):
        page_of(Issue.objects.all(), ("pk",), cursor)


def test_a_cursor_of_another_order_is_refused(issues):
    cursor = page_of(Issue.objects.all(), ("pk",), size=3).next_cursor
    with pytest.raises(Http404):
        page_of(Issue.objects.all(), ("-pk",), cursor)
