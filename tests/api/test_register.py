"""GET /api/v1/units/, platforms/ and officers/."""

from datetime import date

import pytest

from accounts.models import Role, UnitKind
from liaisons.services import end_assignment
from tests.api.calls import assert_problem, caller
from tests.factories import (
    AssignmentFactory,
    DistrictFactory,
    OfficerFactory,
    PlatformContactFactory,
    PlatformFactory,
    PlatformTypeFactory,
    UnitFactory,
    UserFactory,
)


@pytest.fixture
def staff(db):
    return caller(UserFactory(role=Role.BUREAU_STAFF, unit=UnitFactory(code="BUREAU")))


def taxon(row):
    return {"id": row.pk, "code": row.code, "name": row.name, "name_en": row.name_en}


def test_a_unit_names_itself_and_the_unit_above(staff, world):
    rows = {row["code"]: row for row in staff.rows("units/")}
    assert rows["D-east"] == {
        **taxon(world.east.unit),
        "kind": "district",
        "parent": "CO",
        "path": "CO/D-east/",
    }
    assert rows["CO"]["parent"] is None
    assert staff.get(f"units/{world.east.unit.pk}/").json() == rows["D-east"]


@pytest.mark.parametrize(
    ("query", "codes"),
    [({"kind": "district"}, {"D-east", "D-west"}), ({"q": "EAST"}, {"D-east"}), ({"q": "nowhere"}, set())],
)
def test_units_are_filtered(staff, world, query, codes):
    assert {row["code"] for row in staff.rows("units/", **query)} == codes


def test_units_under_another_are_found_by_its_id_and_include_it(staff, world):
    UnitFactory(code="D-north", kind=UnitKind.DISTRICT)
    assert {row["code"] for row in staff.rows("units/", under=world.office.pk)} == {"CO", "D-east", "D-west"}
    assert {row["code"] for row in staff.rows("units/", under=world.east.unit.pk)} == {"D-east"}


def test_a_platform_has_its_place_in_the_register_and_its_current_officer(staff, world):
    platform, officer = world.east.platform, world.east.officer
    end_assignment(assignment=officer.assignments.get(), ended_on=date(2026, 9, 1), actor=None)
    successor = OfficerFactory()
    AssignmentFactory(officer=successor, platform=platform, started_on=date(2026, 9, 2))
    (row,) = staff.rows("platforms/", q=platform.code)
    assert row == {
        "id": platform.pk,
        "code": platform.code,
        "name": platform.name,
        "level": "provincial",
        "type": taxon(platform.type),
        "competent_unit": taxon(platform.competent_unit),
        "host_institution": "示例大学",
        "district": taxon(platform.district),
        "tech_domain": None,
        "address": "",
        "is_sensitive": False,
        "batch": 1,
        "officer": {"id": successor.pk, "name": successor.user.name},
    }
    end_assignment(assignment=successor.assignments.get(), ended_on=date(2026, 10, 1), actor=None)
    assert staff.rows("platforms/", q=platform.code)[0]["officer"] is None


def test_contacts_are_masked_for_everybody_the_platforms_own_officer_included(world):
    platform = world.east.platform
    platform.former_names = ["旧名称"]
    platform.save()
    PlatformContactFactory(platform=platform, position="主任")
    PlatformContactFactory(platform=platform, name="欧阳", phone="12345", is_primary=False)
    for user in (world.east.user, UserFactory(role=Role.BUREAU_STAFF)):
        response = caller(user).get(f"platforms/{platform.pk}/")
        assert response.json()["contacts"] == [
            {"name": "王*", "position": "主任", "phone": "138****5678", "is_primary": True},
            {"name": "欧*", "position": "", "phone": "****", "is_primary": False},
        ]
        assert response.json()["former_names"] == ["旧名称"]
        assert "小明".encode() not in response.content
        assert b"12345678" not in response.content


def test_platforms_are_filtered_by_their_place_and_by_words(staff, world):
    far = PlatformFactory(
        name="示例·深空实验室",
        level="national",
        type=PlatformTypeFactory(code="SKL", level="national"),
        district=DistrictFactory(code="430181", name="浏阳市"),
        competent_unit=UnitFactory(code="M-IND"),
        is_sensitive=True,
        former_names=["星际所"],
    )
    for query in (
        {"level": "national"},
        {"type": far.type_id},
        {"district": far.district_id},
        {"unit": far.competent_unit_id},
        {"sensitive": "true"},
        {"q": "深空"},
        {"q": "星际"},
        {"has_officer": "false"},
    ):
        assert [row["id"] for row in staff.rows("platforms/", **query)] == [far.pk], query
    east, west = world.east.platform.pk, world.west.platform.pk
    assert [row["id"] for row in staff.rows("platforms/", level="provincial")] == [east, west]
    assert [row["id"] for row in staff.rows("platforms/", officer=world.west.officer.pk)] == [west]
    assert staff.rows("platforms/", officer=2**40) == []


def test_an_officer_has_unit_and_load_and_in_detail_the_platforms(staff, world):
    officer, platform = world.east.officer, world.east.platform
    second = PlatformFactory()
    AssignmentFactory(officer=officer, platform=second, started_on=date(2026, 9, 1))
    past = AssignmentFactory(officer=officer)
    end_assignment(assignment=past, ended_on=date(2026, 8, 31), actor=None)
    row = next(row for row in staff.rows("officers/") if row["id"] == officer.pk)
    assert row == {
        "id": officer.pk,
        "name": officer.user.name,
        "staff_no": officer.staff_no,
        "unit": taxon(world.east.unit),
        "position": "",
        "current_platforms": 2,
    }
    assert staff.get(f"officers/{officer.pk}/").json() == {
        **row,
        "assignments": [
            {"platform": {"id": p.pk, "code": p.code, "name": p.name}, "started_on": day}
            for p, day in ((platform, "2025-06-11"), (second, "2026-09-01"))
        ],
    }


def test_officers_are_filtered_by_unit_and_by_words(staff, world):
    east = world.east.officer
    assert [row["id"] for row in staff.rows("officers/", unit=world.east.unit.pk)] == [east.pk]
    assert [row["id"] for row in staff.rows("officers/", q=east.staff_no)] == [east.pk]
    assert [row["id"] for row in staff.rows("officers/", q=east.user.name)] == [east.pk]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("units/", {"kind": "x"}),
        ("units/", {"under": "9999999"}),
        ("platforms/", {"level": "x"}),
        ("platforms/", {"type": "SKL"}),
        ("platforms/", {"officer": "３"}),
        ("platforms/", {"district": "１"}),
        ("platforms/", {"sensitive": "perhaps"}),
        ("officers/", {"unit": "x"}),
        ("officers/", {"name": "x"}),
        ("units/", {"code": "x"}),
    ],
)
def test_what_the_register_does_not_know_is_refused_by_name(staff, world, path, query):
    assert_problem(staff.get(path, **query), 400, *query)


@pytest.mark.parametrize(("path", "statements"), [("units/", 2), ("platforms/", 2), ("officers/", 2)])
def test_a_list_costs_the_same_statements_for_1_row_and_30(db, django_assert_num_queries, path, statements):
    staff = caller(UserFactory(role=Role.BUREAU_STAFF, unit=UnitFactory(code="U-competent")))
    PlatformFactory(officer=OfficerFactory(user__unit=UnitFactory(code="U-competent")))
    staff.rows(path)
    with django_assert_num_queries(statements):
        assert len(staff.rows(path)) == 1
    for n in range(29):
        PlatformFactory(officer=OfficerFactory(), type=PlatformTypeFactory(code=f"T{n}"))
    with django_assert_num_queries(statements):
        assert len(staff.rows(path)) == 30


@pytest.mark.parametrize("path", ["platforms/", "officers/"])
def test_a_detail_costs_a_fixed_number_of_statements(world, django_assert_num_queries, path):
    staff = caller(UserFactory(role=Role.BUREAU_STAFF))
    row = world.east.platform if path == "platforms/" else world.east.officer
    staff.get(path)
    for _ in range(3):
        PlatformContactFactory(platform=world.east.platform)
        AssignmentFactory(officer=world.east.officer)
    with django_assert_num_queries(3):
        assert staff.get(f"{path}{row.pk}/").status_code == 200
