"""The ledger is append-only: the database refuses to change it, and every move writes exactly one version."""

from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from config.clock import frozen
from issues.models import Deadline, Event, Issue
from issues.services import close, confirm, move_plan, resolve, review_deadline, sign_for
from tests.factories import make_issue
from tests.issues.acts import (
    extend,
    fresh,
    head_of,
    in_hand,
    newest,
    office,
    plan,
    refer_on,
    resume,
    retier,
    suspend,
    versions,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def issue(officer):
    """Tier B, raised on Thursday 2026-10-15, due on Thursday 2026-10-29."""
    return make_issue(officer)


class TestTheDatabaseRefuses:
    @pytest.mark.parametrize("table", ["issues_deadline", "issues_event"])
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE {} SET {} = {}",
            "UPDATE {} SET {} = {} WHERE id > 0",
            "DELETE FROM {}",
            "DELETE FROM {} WHERE id > 0",
            "TRUNCATE {} CASCADE",
        ],
    )
    def test_raw_sql(self, issue, table, statement):
        column = "due_on" if table == "issues_deadline" else "note"
        sql = statement.format(table, column, column)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(DatabaseError, match="refuse_"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
        assert (issue.deadlines.count(), issue.events.count()) == (1, 1)

    @pytest.mark.parametrize("model", [Deadline, Event])
    def test_the_orm(self, issue, model):
        row = model.objects.get(issue=issue)
        for act in (row.save, row.delete, model.objects.all().delete, lambda: model.objects.update(issue=issue)):
            with pytest.raises(DatabaseError), transaction.atomic():
                act()
        assert model.objects.get(issue=issue) == row


D = date.fromisoformat
FIRST = (1, "registered", None, D("2026-10-29"))


def moves(issue):
    """Each move, the clock it touches and the version it must append."""
    return {
        "extend": (
            lambda: extend(issue, D("2026-11-05")),
            "statutory",
            (2, "extended", D("2026-10-29"), D("2026-11-05")),
        ),
        "retier": (lambda: retier(issue, "C"), "statutory", (2, "retiered", D("2026-10-29"), D("2026-11-05"))),
        "suspend": (lambda: suspend(issue), "statutory", (2, "suspended", D("2026-10-29"), D("2026-10-29"))),
        "plan": (lambda: plan(issue, D("2026-11-20")), "plan", (1, "plan_confirmed", None, D("2026-11-20"))),
        "refer": (lambda: refer_on(issue, issue.handler), "sign", (1, "referred", None, D("2026-10-16"))),
        "review": (
            lambda: review_deadline(issue, keep=True, reason="按原日期办。", actor=office()),
            "statutory",
            (2, "reviewed", D("2026-10-29"), D("2026-10-29")),
        ),
    }


@pytest.mark.parametrize("name", ["extend", "retier", "suspend", "plan", "refer", "review"])
def test_a_move_appends_one_version_with_the_date_before_it(issue, name):
    Issue.objects.filter(pk=issue.pk).update(needs_review=name == "review")
    act, clock, expected = moves(issue)[name]
    before = Deadline.objects.count()
    act()
    assert Deadline.objects.count() == before + 1
    assert versions(issue, clock)[-1] == expected
    last = newest(issue)
    assert last.calendar_revision == issue.deadlines.all()[0].calendar_revision
    assert issue.events.all()[0].deadline == last


def test_a_long_story_is_told_version_by_version(issue):
    extend(issue, D("2026-11-05"))
    with frozen("2026-10-19T12:00"):
        suspend(issue)
    with frozen("2026-10-21T12:00"):
        resume(issue)
        retier(issue, "D")
        issue = in_hand(issue)
        plan(issue, D("2026-12-01"))
        move_plan(issue, promised_on=D("2026-12-08"), reason="设备晚到。", actor=issue.handler)
    assert versions(issue) == [
        FIRST,
        (2, "extended", D("2026-10-29"), D("2026-11-05")),
        (3, "suspended", D("2026-11-05"), D("2026-11-05")),
        (4, "resumed", D("2026-11-05"), D("2026-11-09")),
        (5, "retiered", D("2026-11-09"), D("2026-11-30")),
    ]
    assert versions(issue, "plan") == [
        (1, "plan_confirmed", None, D("2026-12-01")),
        (2, "plan_moved", D("2026-12-01"), D("2026-12-08")),
    ]
    found = fresh(issue)
    assert (found.due_on, found.clock_due_on) == (D("2026-11-30"), D("2026-12-08"))


def test_what_moves_no_date_writes_no_version(issue, officer):
    referral = refer_on(issue, officer.user)
    before = Deadline.objects.count()
    lead = head_of(referral.unit)
    sign_for(issue, actor=lead)
    resolve(issue, result="solved", reply="办好了。", actor=lead)
    confirm(issue, actor=officer.user)
    close(issue, actor=head_of(issue.home_unit))
    assert Deadline.objects.count() == before


def test_the_issue_says_what_its_newest_version_says(issue):
    retier(issue, "C")
    last, found = newest(issue), fresh(issue)
    for name in ("due_on", "counted_from", "working_days"):
        assert getattr(found, name) == getattr(last, name)
