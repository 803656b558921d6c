"""Whoever stands in sees, does and hears what the officer on leave would: on these days, through the one scope."""

from datetime import date
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from config.clock import frozen
from issues.models import Issue
from issues.services import resolve
from issues.services.moves import inform
from issues.tick import tick
from liaisons.absences import arrange, end
from liaisons.models import Absence, Officer
from notices.models import Notice, NoticeKind
from platforms.models import Platform
from tests.factories import OfficerFactory, PlatformContactFactory, PlatformFactory, make_issue, make_visit
from visits.models import Visit

pytestmark = pytest.mark.django_db

MONDAY, FRIDAY = date(2026, 10, 19), date(2026, 10, 23)


@pytest.fixture
def deputy(db: None) -> Officer:
    return OfficerFactory()


@pytest.fixture
def platform(officer: Officer) -> Platform:
    return PlatformFactory(officer=officer)


@pytest.fixture
def leave(officer: Officer, deputy: Officer) -> Absence:
    return arrange(officer=officer, deputy=deputy, starts_on=MONDAY, ends_on=FRIDAY, reason="休假", actor=officer.user)


def seen_by(user: User) -> tuple[set[Any], set[Any], set[Any]]:
    return (
        set(Platform.objects.visible_to(user)),
        set(Issue.objects.editable_by(user)),
        set(Visit.objects.visible_to(user)),
    )


def test_the_scope_opens_on_the_first_day_and_closes_after_the_last(
    officer: Officer, deputy: Officer, platform: Platform, leave: Absence
) -> None:
    issue, visit = make_issue(officer, platform=platform), make_visit(officer, platform=platform)
    kept = make_issue(officer, platform=PlatformFactory(officer=OfficerFactory()))  # in hand, of another platform
    own = PlatformFactory(officer=deputy)
    nothing: Any = ({own}, set(), set())
    everything = ({own, platform}, {issue, kept}, {visit})
    for day, expected in (
        ("2026-10-18T23:59", nothing),
        ("2026-10-19T00:00", everything),
        ("2026-10-23T23:59", everything),
        ("2026-10-24T00:00", nothing),
    ):
        with frozen(day):
            assert seen_by(deputy.user) == expected
            assert platform in Platform.objects.visible_to(officer.user)


def test_a_leave_that_was_called_off_opens_nothing(deputy: Officer, platform: Platform, leave: Absence) -> None:
    end(leave, actor=leave.officer.user)
    with frozen("2026-10-20T10:00"):
        assert seen_by(deputy.user) == (set(), set(), set())


def test_what_the_officer_gave_away_is_not_the_deputys(officer: Officer, deputy: Officer, leave: Absence) -> None:
    past = PlatformFactory()
    past.assignments.create(
        officer=officer, started_on=date(2026, 1, 1), ended_on=date(2026, 6, 1), created_at="2026-01-01T00:00Z"
    )
    with frozen("2026-10-20T10:00"):
        assert not Platform.objects.visible_to(deputy.user).exists()


def test_the_deputy_opens_the_pages_and_calls_the_platform(
    deputy: Officer, platform: Platform, leave: Absence, sign_in: Any
) -> None:
    contact = PlatformContactFactory(platform=platform)
    issue = make_issue(leave.officer, platform=platform)
    outsider = sign_in(deputy.user).get(platform.get_absolute_url())
    with frozen("2026-10-20T10:00", everywhere=True):
        client = sign_in(deputy.user)
        page = client.get(platform.get_absolute_url()).content.decode()
        assert (outsider.status_code, client.get(issue.get_absolute_url()).status_code) == (404, 200)
        assert f'id="phone-{contact.pk}"' in page
        shown = client.post(f"/platforms/{platform.pk}/contacts/{contact.pk}/phone/")
        assert "13812345678" in shown.content.decode()
        assert f"请假中，由{deputy.user.name}代理" in page
        bench = client.get("/workbench/")
        assert bench.context["bench"].todo.value == 1
        assert f"· {leave.officer.user.name}" in bench.content.decode()
        resolve(issue, result="solved", reply="已办好。", actor=deputy.user)


def test_no_scope_reads_the_whole_table_of_issues(officer: Officer, deputy: Officer, leave: Absence) -> None:
    """Each way to an issue is looked up in its index, also where few issues would make a scan cheaper."""
    with connection.cursor() as cursor, frozen("2026-10-20T10:00"):
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_hashjoin = off")
        cursor.execute("SET LOCAL enable_mergejoin = off")
        plan = Issue.objects.visible_to(deputy.user).order_by("-pk").explain()
    assert "Seq Scan on issues_issue" not in plan


# --- told what the officer would be told ------------------------------------------------------------------------------


def people_told(kind: str) -> list[int]:
    return sorted(Notice.objects.filter(kind=kind).values_list("recipient", flat=True))


def test_warnings_and_digests_go_to_both_on_these_days(
    officer: Officer, deputy: Officer, platform: Platform, leave: Absence
) -> None:
    make_issue(officer, platform=platform)  # half on 10-22, nearing on 10-26, due on 10-29
    with frozen("2026-10-22T09:00"):
        tick()
    assert people_told("half") == sorted([officer.user_id, deputy.user_id])
    with frozen("2026-10-26T09:00"):
        tick()
    assert people_told("nearing") == [officer.user_id]
    assert people_told("digest") == [officer.user_id]


def test_the_deputy_gets_the_officers_digest_and_not_once_it_is_over(
    officer: Officer, deputy: Officer, platform: Platform
) -> None:
    with frozen("2026-10-08T10:00"):
        make_issue(officer, platform=platform)  # nearing on 10-19, due on 10-22
        mine = make_issue(deputy)
    arrange(officer=officer, deputy=deputy, starts_on=MONDAY, ends_on=FRIDAY, reason="休假", actor=officer.user)
    counts = {}
    for day in ("2026-10-20", "2026-10-26"):
        with frozen(f"{day}T09:00"):
            tick()
        rows = Notice.objects.filter(cause=f"digest/{day}").values_list("recipient", "data")
        counts[day] = {who: data["nearing"] + data["overdue"] for who, data in rows}
    assert mine.handler == deputy.user
    assert counts == {
        "2026-10-20": {officer.user_id: 1, deputy.user_id: 2},
        "2026-10-26": {officer.user_id: 1, deputy.user_id: 1},
    }


def test_what_the_officer_acknowledged_is_not_brought_up_with_the_deputy(
    officer: Officer, deputy: Officer, platform: Platform
) -> None:
    from issues.warnings import acknowledge

    with frozen("2026-10-08T10:00"):
        issue = make_issue(officer, platform=platform)
    arrange(
        officer=officer, deputy=deputy, starts_on=date(2026, 10, 20), ends_on=FRIDAY, reason="休假", actor=officer.user
    )
    with frozen("2026-10-19T10:00"):
        tick()
        acknowledge(issue.warnings.get(level="nearing"), officer.user)
    with frozen("2026-10-20T09:00"):
        assert tick().digests == 0


def test_a_decision_on_what_the_officer_asked_is_told_to_the_deputy_too(
    officer: Officer, deputy: Officer, platform: Platform, leave: Absence
) -> None:
    from issues.deadlines import ClockKeeper

    issue = make_issue(officer, platform=platform)
    with frozen("2026-10-20T10:00"):
        inform([officer.user], issue, ClockKeeper(issue, None), kind=NoticeKind.DECIDED, cause="x", request="extend")
    assert people_told("decided") == sorted([officer.user_id, deputy.user_id])
