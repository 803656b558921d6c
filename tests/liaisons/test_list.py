from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Role, User
from liaisons.models import Officer
from tests.factories import AssignmentFactory, OfficerFactory, PlatformFactory, UnitFactory, UserFactory

pytestmark = pytest.mark.django_db

URL = "/officers/"


def shown(response: Any) -> list[str]:
    return [officer.user.name for officer in response.context["page"]]


def found(client: Client, **filters: Any) -> list[str]:
    return shown(client.get(URL, filters))


def named(name: str, platforms: int = 0, **fields: Any) -> Officer:
    """An officer of that name who carries so many platforms."""
    officer = OfficerFactory(user__name=name, **fields)
    for _ in range(platforms):
        PlatformFactory(officer=officer)
    return officer


def test_anonymous_signs_in_first(client: Client) -> None:
    assert client.get(URL)["Location"] == "/sign-in/?next=/officers/"


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN])
def test_administrators_have_no_business_here(role: Role, sign_in: Any) -> None:
    assert sign_in(UserFactory(role=role)).get(URL).status_code == 403


def test_each_sees_the_officers_that_are_their_business(leader: User, bureau_staff: User, sign_in: Any) -> None:
    own, other = named("甲"), named("乙")
    head = UserFactory(role=Role.UNIT_HEAD, unit=own.home_unit)
    assert found(sign_in(own.user)) == ["甲"]
    assert found(sign_in(head)) == ["甲"]
    for user in (leader, bureau_staff):
        assert sorted(found(sign_in(user))) == ["乙", "甲"]
    assert other.pk


def test_officers_stand_unit_by_unit(leader: User, sign_in: Any) -> None:
    for code, name in [("U-B", "丙"), ("U-A", "乙"), ("U-A", "甲")]:
        unit = UnitFactory(code=code)
        named(name, user__unit=unit)
    assert found(sign_in(leader)) == ["乙", "甲", "丙"]


def test_who_carries_too_few_or_too_many_is_marked_with_a_word(leader: User, sign_in: Any) -> None:
    for name, platforms in [("无", 0), ("少", 1), ("够", 2), ("满", 4), ("多", 5)]:
        named(name, platforms)
    reasoned = named("有理由", 5)
    reasoned.assignments.filter(pk=reasoned.assignments.latest("pk").pk).update(exception_reason="片区相邻")
    client = sign_in(leader)
    page = client.get(URL).content.decode()
    for word in ("没有平台", "不足2家", "超过4家", "超过4家，已说明"):
        assert f"</svg>{word}</span>" in page
    assert page.count("</svg>超过4家</span>") == 1
    assert found(client, load="none") == ["无"]
    assert found(client, load="fewer") == ["少"]
    assert sorted(found(client, load="more")) == ["多", "有理由"]


def test_past_platforms_do_not_count(leader: User, sign_in: Any) -> None:
    officer = named("甲", 2)
    AssignmentFactory(officer=officer, ended_on="2026-01-01")
    assert sign_in(leader).get(URL).context["page"].rows[0].current_platforms == 2


def test_filters_find_name_number_and_unit(leader: User, sign_in: Any) -> None:
    one, _other = named("陈思远", staff_no="L777"), named("刘嘉")
    client = sign_in(leader)
    for filters in ({"q": "思远"}, {"q": "l777"}, {"unit": one.home_unit_id}):
        assert found(client, **filters) == ["陈思远"]
    assert found(client, q="没有") == []
    assert "没有符合条件的联点干部" in client.get(URL, {"q": "没有"}).content.decode()


@pytest.mark.parametrize("filters", [{"unit": "x"}, {"unit": "99999999999999999999"}, {"load": "x"}, {"q": "a\0"}])
def test_a_filter_that_means_nothing_lists_nothing(filters: dict[str, str], leader: User, sign_in: Any) -> None:
    named("甲")
    response = sign_in(leader).get(URL, filters)
    assert (response.status_code, shown(response)) == (422, [])
    assert "invalid-feedback" in response.content.decode()


@pytest.mark.parametrize("role", [Role.BUREAU_STAFF, Role.UNIT_HEAD])
def test_thirty_rows_cost_no_statement_more_than_one(role: Role, sign_in: Any) -> None:
    unit = UnitFactory(code="U-ONE")
    client = sign_in(UserFactory(role=role, unit=unit))

    def statements() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as captured:
            response = client.get(URL)
        return len(captured), len(shown(response))

    named("甲", 1, user__unit=unit)
    statements()
    first, rows = statements()
    assert rows == 1
    for number in range(29):
        named(f"甲{number}", 1, user__unit=unit)
    many, rows = statements()
    assert rows == 20
    assert many == first <= 9


def test_the_officer_of_a_platform_is_found_by_it(leader: User, sign_in: Any) -> None:
    one = named("甲", 1)
    named("乙", 1)
    client = sign_in(leader)
    assert found(client, platform=one.assignments.get().platform_id) == ["甲"]
    assert found(client, platform="99999999999999999999") == []
