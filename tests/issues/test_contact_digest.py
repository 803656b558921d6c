"""The morning digest brings up the contacts that are near or over: once, to whom the platform has today."""

from datetime import date
from typing import Any

import pytest

from accounts.models import User
from config.clock import frozen
from issues.tick import tick
from liaisons.duties import waive_first_visit, write_duties
from liaisons.models import Duty, DutyRule, Officer
from liaisons.services import assign
from notices.models import Notice
from tests.factories import AssignmentFactory, OfficerFactory, PlatformFactory, disable, make_issue, make_visit

pytestmark = pytest.mark.django_db


def digest_at(instant: str, user: User) -> dict[str, Any] | None:
    with frozen(instant):
        write_duties()
        tick()
    found = Notice.objects.filter(recipient=user, cause=f"digest/{instant[:10]}").first()
    if found is None:
        return None
    return {name: value for name, value in found.data.items() if value or name == "none"}


def sentence(instant: str, user: User) -> str:
    with frozen(instant):
        return Notice.objects.get(recipient=user, cause=f"digest/{instant[:10]}").sentence


@pytest.fixture
def platforms(officer: Officer) -> list[Any]:
    """Two platforms assigned on Monday 2026-10-12: contact by 10-18, visit by 10-31, quarterly contact by 12-31."""
    found = [PlatformFactory(), PlatformFactory()]
    for platform in found:
        AssignmentFactory(officer=officer, platform=platform, started_on=date(2026, 10, 12))
    return found


def test_a_first_contact_is_brought_up_until_it_is_made(officer: Officer, platforms: list[Any]) -> None:
    expected = {"first_contact": 2, "first_contact_by": "2026-10-18"}
    assert digest_at("2026-10-12T10:00", officer.user) == expected
    assert sentence("2026-10-12T10:00", officer.user) == "2家平台待首次联系（最早10月18日前）"
    with frozen("2026-10-13T11:00"):
        make_visit(officer, platform=platforms[0], mode="phone")
    assert digest_at("2026-10-14T10:00", officer.user) == {**expected, "first_contact": 1}
    with frozen("2026-10-14T11:00"):
        make_visit(officer, platform=platforms[1], mode="phone")
    assert digest_at("2026-10-15T10:00", officer.user) is None


def test_what_is_over_stays_and_a_first_visit_comes_five_working_days_before(
    officer: Officer, platforms: list[Any]
) -> None:
    make_visit(officer, platform=platforms[0], mode="phone")
    assert digest_at("2026-10-22T10:00", officer.user) == {"first_contact": 1, "first_contact_by": "2026-10-18"}
    # On Friday 10-23 five working days are left to Saturday 10-31.
    assert digest_at("2026-10-23T10:00", officer.user) == {
        "first_contact": 1, "first_contact_by": "2026-10-18", "first_visit": 2, "first_visit_by": "2026-10-31",
    }  # fmt: skip
    waived = Duty.objects.get(platform=platforms[0], kind="first_visit")
    with frozen("2026-10-26T11:00"):
        word: dict[str, Any] = {"said_by": "王小明", "said_on": date(2026, 10, 26), "channel": "phone"}
        waive_first_visit(waived, **word, actor=officer.user)
    found = digest_at("2026-10-27T10:00", officer.user)
    assert found is not None
    assert found["first_visit"] == 1


def test_the_quarter_is_brought_up_towards_its_end_and_not_after_it(officer: Officer) -> None:
    """Contacted and visited in the third quarter, and not since."""
    for _ in range(2):
        assignment = AssignmentFactory(officer=officer, started_on=date(2026, 8, 3))
        make_visit(officer, platform=assignment.platform, visited_on=date(2026, 8, 4))
    assert digest_at("2026-12-09T10:00", officer.user) is None
    assert digest_at("2026-12-10T10:00", officer.user) == {"quarterly_contact": 2}
    assert sentence("2026-12-10T10:00", officer.user) == "本季度还有2家平台未联系"
    assert digest_at("2026-12-31T10:00", officer.user) == {"quarterly_contact": 2}
    assert digest_at("2027-01-04T10:00", officer.user) is None


def test_one_notice_a_morning_holds_issues_and_contacts(officer: Officer, platforms: list[Any]) -> None:
    make_issue(officer, platform=platforms[0], raised_on=date(2026, 9, 17))  # overdue since 10-09
    assert digest_at("2026-10-15T13:00", officer.user) == {
        "overdue": 1, "first_contact": 2, "first_contact_by": "2026-10-18",
    }  # fmt: skip
    assert sentence("2026-10-15T13:00", officer.user) == "您有1项逾期，2家平台待首次联系（最早10月18日前）"
    assert digest_at("2026-10-15T14:00", officer.user) is not None
    assert Notice.objects.filter(recipient=officer.user, kind="digest").count() == 1


def test_after_a_handover_the_new_officer_is_told(officer: Officer, platforms: list[Any], bureau_staff: User) -> None:
    new = OfficerFactory()
    with frozen("2026-12-14T09:00"):
        for platform in platforms:
            assign(officer=new, platform=platform, started_on=date(2026, 12, 14), actor=bureau_staff)
    assert digest_at("2026-12-14T10:00", officer.user) is None
    assert digest_at("2026-12-14T10:00", new.user) == {
        "first_contact": 2, "first_contact_by": "2026-12-20", "quarterly_contact": 2,
    }  # fmt: skip


def test_how_far_ahead_is_a_setting(officer: Officer, platforms: list[Any]) -> None:
    DutyRule.objects.create(valid_from=date(2026, 10, 1), remind_days=0)
    assert digest_at("2026-10-12T10:00", officer.user) is None
    # Sunday 10-18 is no working day: on Friday 10-16 no working day is left to it.
    assert digest_at("2026-10-16T10:00", officer.user) == {"first_contact": 2, "first_contact_by": "2026-10-18"}


def test_no_digest_on_a_day_off_or_for_one_who_has_left(officer: Officer, platforms: list[Any]) -> None:
    assert digest_at("2026-10-18T10:00", officer.user) is None
    disable(officer.user)
    assert digest_at("2026-10-19T10:00", officer.user) is None
