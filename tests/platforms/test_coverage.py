"""R19, R20: what a quarter owes a platform, and whether it was paid."""

from datetime import date

import pytest

from config import clock
from liaisons.duties import write_duties
from liaisons.models import Officer
from platforms.coverage import OWING, Contact, Coverage, Quarter
from platforms.models import Platform
from tests.factories import AssignmentFactory, OfficerFactory, PlatformFactory, make_visit

pytestmark = pytest.mark.django_db

# The fourth quarter of 2026 ends on Thursday 12-31; 15 working days before it lies Thursday 12-10.
LAST_OWING_START = date(2026, 12, 10)


def statuses(coverage: Coverage) -> dict[str, str]:
    rows = Platform.objects.annotate(contact=coverage.status()).values_list("name", "contact")
    return dict(rows)


def test_a_quarter_knows_its_days_and_the_one_before() -> None:
    assert (Quarter(2026, 4).start, Quarter(2026, 4).end) == (date(2026, 10, 1), date(2026, 12, 31))
    assert (Quarter(2026, 1).start, Quarter(2026, 1).end) == (date(2026, 1, 1), date(2026, 3, 31))
    assert [Quarter.of(date(2026, month, 1)).number for month in range(1, 13)] == [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]
    assert Quarter(2026, 1).before() == Quarter(2025, 4)


def test_each_platform_stands_at_one_of_four(officer: Officer) -> None:
    for name in ("通了", "没通", "先没通后通了", "没联系", "上季联系过"):
        PlatformFactory(name=name, officer=officer)
    PlatformFactory(name="没有干部")
    write_duties()
    by_name = {platform.name: platform for platform in Platform.objects.all()}
    with clock.frozen("2026-09-30T23:59"):
        make_visit(officer, platform=by_name["上季联系过"])
    make_visit(officer, platform=by_name["通了"], visited_on=date(2026, 10, 1))
    make_visit(officer, platform=by_name["没通"], is_reached=False)
    make_visit(officer, platform=by_name["先没通后通了"], is_reached=False)
    make_visit(officer, platform=by_name["先没通后通了"])
    expected = {
        "通了": "done",
        "没通": "tried",
        "先没通后通了": "done",
        "没联系": "none",
        "上季联系过": "none",
        "没有干部": "waived",
    }
    coverage = Coverage()
    assert statuses(coverage) == expected
    for contact in Contact:
        names = set(Platform.objects.filter(coverage.where(contact)).values_list("name", flat=True))
        assert names == {name for name, status in expected.items() if status == contact}
    owing = set(Platform.objects.filter(coverage.where(OWING)).values_list("name", flat=True))
    assert owing == {name for name, status in expected.items() if status != "waived"}
    with clock.frozen("2026-09-30T23:59"):
        assert statuses(Coverage())["上季联系过"] == "done"
    assert statuses(Coverage(Quarter(2026, 3)))["上季联系过"] == "done"


@pytest.mark.at("2026-12-20T09:00")
def test_an_assignment_with_fewer_than_fifteen_working_days_left_owes_nothing() -> None:
    late, early = OfficerFactory(), OfficerFactory()
    AssignmentFactory(officer=early, platform=PlatformFactory(name="还剩十五天"), started_on=LAST_OWING_START)
    AssignmentFactory(officer=late, platform=PlatformFactory(name="还剩十四天"), started_on=date(2026, 12, 11))
    write_duties()
    coverage = Coverage()
    assert statuses(coverage) == {"还剩十五天": "none", "还剩十四天": "waived"}
    make_visit(late, platform=Platform.objects.get(name="还剩十四天"), is_reached=False)
    assert statuses(coverage)["还剩十四天"] == "waived"
    make_visit(late, platform=Platform.objects.get(name="还剩十四天"))
    assert statuses(coverage)["还剩十四天"] == "done"
    # The call is a fact; F2 counts on both sides only what is owed.
    owing = Platform.objects.filter(coverage.where(OWING)).values_list("name", flat=True)
    assert list(owing) == ["还剩十五天"]


@pytest.mark.at("2027-01-04T09:00")
def test_of_a_past_quarter_its_last_day_decides_whether_anybody_owed() -> None:
    first, second = PlatformFactory(name="一月才结束"), PlatformFactory(name="季内已结束")
    third = PlatformFactory(name="季末才接手")
    AssignmentFactory(platform=first, ended_on=date(2027, 1, 2))
    AssignmentFactory(platform=second, ended_on=date(2026, 12, 30))
    AssignmentFactory(platform=third, ended_on=date(2026, 12, 27))
    AssignmentFactory(platform=third, started_on=date(2026, 12, 28))
    AssignmentFactory(platform=PlatformFactory(name="季末才安排"), started_on=date(2026, 12, 28))
    write_duties()
    past = Coverage(Quarter(2026, 4))
    # A handover takes nothing from what the platform is owed; a late first assignment owes nothing (R20).
    expected = {"一月才结束": "none", "季内已结束": "waived", "季末才接手": "none", "季末才安排": "waived"}
    assert statuses(past) == expected
