from datetime import date

import pytest

from accounts.models import User
from liaisons.models import Assignment, Officer, PortfolioRule
from liaisons.services import AssignmentRefused, DateRefused, OverLimit, assign, end_assignment
from tests.factories import AssignmentFactory, OfficerFactory, PlatformFactory

pytestmark = pytest.mark.django_db

TODAY = date(2026, 10, 15)


@pytest.fixture
def full_officer(officer: Officer) -> Officer:
    for _ in range(4):
        PlatformFactory(officer=officer)
    return officer


def test_a_free_platform_gets_its_officer(officer: Officer, bureau_staff: User) -> None:
    platform = PlatformFactory()
    assignment = assign(officer=officer, platform=platform, started_on=TODAY, actor=bureau_staff)
    assert list(platform.assignments.values_list("officer", "started_on", "ended_on", "created_by")) == [
        (officer.pk, TODAY, None, bureau_staff.pk)
    ]
    assert assignment.exception_reason == ""


def test_a_repeat_gives_the_assignment_that_is_there(officer: Officer) -> None:
    platform = PlatformFactory(officer=officer)
    assert assign(officer=officer, platform=platform, started_on=TODAY, actor=None) == platform.assignments.get()


def test_a_handover_ends_the_present_assignment_the_day_before(officer: Officer, bureau_staff: User) -> None:
    before = OfficerFactory()
    platform = PlatformFactory(officer=before)
    assign(officer=officer, platform=platform, started_on=date(2026, 3, 11), actor=bureau_staff)
    assert list(platform.assignments.values_list("officer", "started_on", "ended_on", "ended_by")) == [
        (officer.pk, date(2026, 3, 11), None, None),
        (before.pk, date(2025, 6, 11), date(2026, 3, 10), bureau_staff.pk),
    ]
    for day, responsible in [(date(2026, 3, 10), before), (date(2026, 3, 11), officer)]:
        assert platform.assignments.on(day).get().officer == responsible


def test_a_fifth_platform_is_refused_with_the_figures(full_officer: Officer) -> None:
    platform = PlatformFactory()
    with pytest.raises(OverLimit) as refused:
        assign(officer=full_officer, platform=platform, started_on=TODAY, actor=None)
    name = full_officer.user.name
    assert refused.value.messages == [f"{name}已联点4家平台，上限为4家。确需增加时请填写例外理由。"]
    assert not platform.assignments.exists()


def test_a_blank_reason_is_none(full_officer: Officer) -> None:
    with pytest.raises(OverLimit):
        assign(officer=full_officer, platform=PlatformFactory(), started_on=TODAY, actor=None, exception_reason=" \n")


def test_a_fifth_platform_with_a_reason_is_taken_and_the_reason_kept(full_officer: Officer) -> None:
    reason = " 同一园区，一并联系 "
    assignment = assign(
        officer=full_officer, platform=PlatformFactory(), started_on=TODAY, actor=None, exception_reason=reason
    )
    assert Assignment.objects.get(pk=assignment.pk).exception_reason == "同一园区，一并联系"


def test_the_maximum_is_the_rule_in_force(full_officer: Officer) -> None:
    PortfolioRule.objects.create(minimum=2, maximum=6, valid_from=TODAY)
    assign(officer=full_officer, platform=PlatformFactory(), started_on=TODAY, actor=None)
    assert full_officer.assignments.current().count() == 5


def test_past_platforms_do_not_count(full_officer: Officer) -> None:
    end_assignment(assignment=full_officer.assignments.latest("pk"), ended_on=TODAY, actor=None)
    assign(officer=full_officer, platform=PlatformFactory(), started_on=TODAY, actor=None)
    assert full_officer.assignments.current().count() == 4


def test_a_refused_handover_leaves_the_present_officer(full_officer: Officer) -> None:
    present = OfficerFactory()
    platform = PlatformFactory(officer=present)
    with pytest.raises(OverLimit):
        assign(officer=full_officer, platform=platform, started_on=TODAY, actor=None)
    assert platform.assignments.get().ended_on is None


@pytest.mark.parametrize("day", [date(2025, 6, 11), date(2025, 6, 10)])
def test_nobody_is_relieved_on_or_before_the_first_day(officer: Officer, day: date) -> None:
    platform = PlatformFactory(officer=OfficerFactory())
    with pytest.raises(DateRefused):
        assign(officer=officer, platform=platform, started_on=day, actor=None)
    assert platform.assignments.get().ended_on is None


def test_a_day_in_the_future_is_refused(officer: Officer) -> None:
    platform = PlatformFactory()
    with pytest.raises(DateRefused, match="日期不能晚于今天"):
        assign(officer=officer, platform=platform, started_on=date(2026, 10, 16), actor=None)


def test_a_day_of_somebody_who_was_responsible_then_is_refused(officer: Officer) -> None:
    past = AssignmentFactory(ended_on=date(2025, 12, 31))
    with pytest.raises(DateRefused) as refused:
        assign(officer=officer, platform=past.platform, started_on=date(2025, 12, 31), actor=None)
    name = past.officer.user.name
    assert refused.value.messages == [f"这段时间与{name}的联点期间（2025-06-11至2025-12-31）重叠。"]


def test_an_ended_assignment_leaves_the_platform_without_officer(officer: Officer, bureau_staff: User) -> None:
    assignment = AssignmentFactory(officer=officer)
    end_assignment(assignment=assignment, ended_on=TODAY, actor=bureau_staff)
    assignment.refresh_from_db()
    assert (assignment.ended_on, assignment.ended_by) == (TODAY, bureau_staff)
    assert not assignment.platform.assignments.current().exists()


@pytest.mark.parametrize("day", [date(2025, 6, 10), date(2026, 10, 16)])
def test_an_end_before_the_start_or_in_the_future_is_refused(day: date) -> None:
    assignment = AssignmentFactory()
    with pytest.raises(DateRefused):
        end_assignment(assignment=assignment, ended_on=day, actor=None)
    assert assignment.platform.assignments.current().exists()


def test_an_assignment_ends_once_even_from_a_stale_copy() -> None:
    stale = AssignmentFactory()
    end_assignment(assignment=Assignment.objects.get(), ended_on=date(2026, 1, 31), actor=None)
    with pytest.raises(AssignmentRefused, match="已于2026-01-31结束"):
        end_assignment(assignment=stale, ended_on=TODAY, actor=None)
    assert Assignment.objects.get().ended_on == date(2026, 1, 31)
