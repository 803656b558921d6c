"""The books of duties: a quarter in which everything happened has no finding, each account finds its own fault."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from config.clock import frozen
from liaisons.duties import restore_duty, waive_first_visit, write_duties
from liaisons.models import Assignment, Duty, DutyRule
from liaisons.reconcile import ACCOUNTS, reconcile_duties
from liaisons.services import assign, end_assignment
from tests.factories import OfficerFactory, PlatformFactory, make_visit

pytestmark = pytest.mark.django_db


def found() -> list[tuple[str, str]]:
    return [(finding.account, finding.id) for finding in reconcile_duties()]


@pytest.fixture
def world(bureau_staff: User) -> Any:  # noqa: C901 - one story, day by day
    """Scanned every day from 2026-08-20 to 2026-12-20, with a handover, an end, waivers, late and missing contacts."""
    officer, other = OfficerFactory(), OfficerFactory()
    platforms = [PlatformFactory() for _ in range(4)]
    for offset in range(123):
        day = date(2026, 8, 20) + timedelta(days=offset)
        with frozen(f"{day}T10:00"):
            if offset == 0:
                for platform in platforms:
                    assign(officer=officer, platform=platform, started_on=day, actor=bureau_staff)
                DutyRule.objects.create(valid_from=date(2026, 11, 1), week_ends_on=5, quarter_days=20)
            if offset == 2:
                duties = {d.platform_id: d for d in Duty.objects.filter(kind="first_visit")}
                word: dict[str, Any] = {"said_by": "王", "said_on": day, "channel": "phone", "actor": bureau_staff}
                for platform in platforms[2:]:
                    waive_first_visit(duties[platform.pk], **word)
            if offset == 5:
                make_visit(officer, platform=platforms[0], mode="phone")
            if offset == 30:
                make_visit(officer, platform=platforms[0])
                make_visit(officer, platform=platforms[1], is_reached=False)
            if offset == 60:
                assign(officer=other, platform=platforms[1], started_on=day, actor=bureau_staff)
                make_visit(officer, platform=platforms[2])
                restore_duty(duties[platforms[2].pk], **{**word, "said_on": day})
            if offset == 75:
                make_visit(other, platform=platforms[1], visited_on=day - timedelta(days=3))
            if offset == 80:
                assignment = platforms[3].assignments.get()
                end_assignment(assignment=assignment, ended_on=day, actor=bureau_staff)
            write_duties()
    with frozen("2026-12-21T10:00", everywhere=True):
        yield platforms


def test_a_quarter_in_which_everything_happened_balances(world: Any) -> None:
    assert found() == []
    states = {duty.state for duty in Duty.objects.with_state()}
    assert states == {"met", "met_late", "overdue", "waived", "lapsed", "open"}


def test_every_account_takes_one_statement(world: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(len(ACCOUNTS)):
        found()


def test_a_duty_that_is_missing_is_found(world: Any) -> None:
    for kind in ("first_contact", "quarterly_contact"):
        duty = Duty.objects.filter(kind=kind).earliest("pk")
        duty.delete()
        assert found() == [("every-assignment-has-its-duties", str(duty.assignment_id))]
        duty.save(force_insert=True)


@pytest.mark.parametrize("through", [None, date(2026, 9, 30)])
def test_an_assignment_that_the_scan_has_not_seen_for_a_day_is_found(world: Any, through: date | None) -> None:
    assignment = world[0].assignments.get()
    Assignment.objects.filter(pk=assignment.pk).update(duties_through=through)
    assert found() == [("duties-are-written", str(assignment.pk))]
    write_duties()
    assert found() == []


def test_a_day_that_no_rule_gives_is_found(world: Any) -> None:
    duty = Duty.objects.filter(kind="first_contact").earliest("pk")
    Duty.objects.filter(pk=duty.pk).update(due_on=duty.due_on + timedelta(days=7))
    assert found() == [("due-as-the-rule-says", str(duty.pk))]


@pytest.mark.parametrize(
    "change",
    [
        "is_reached = false",
        "mode = 'phone'",
        "visited_on = visited_on - 1",
        "visited_on = '2026-12-15'",
    ],
)
def test_a_visit_that_does_not_count_is_found(world: Any, change: str) -> None:
    duty = Duty.objects.get(platform=world[0], kind="first_visit")
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE visits_visit SET {change} WHERE id = %s", [duty.met_by_id])  # noqa: S608 - our own
    assert ("met-by-a-visit-that-counts", str(duty.pk)) in found()


def test_a_contact_that_was_overlooked_is_found(world: Any) -> None:
    duty = Duty.objects.get(platform=world[0], kind="first_contact")
    Duty.objects.filter(pk=duty.pk).update(met_on=None, met_by=None)
    assert found() == [("no-contact-overlooked", str(duty.pk))]


def test_a_waiver_without_a_word_and_a_word_without_a_waiver_are_found(world: Any) -> None:
    waived = Duty.objects.get(platform=world[3], kind="first_visit")
    Duty.objects.filter(pk=waived.pk).update(waived_on=None)
    assert found() == [("waived-by-the-platforms-last-word", str(waived.pk))]
    Duty.objects.filter(pk=waived.pk).update(waived_on=waived.waived_on)
    open_one = Duty.objects.get(platform=world[1], kind="first_visit", assignment__ended_on__isnull=False)
    Duty.objects.filter(pk=open_one.pk).update(waived_on=date(2026, 9, 1), met_on=None, met_by=None)
    assert found() == [("waived-by-the-platforms-last-word", str(open_one.pk))]
