import re
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Role, User
from liaisons.duties import write_duties
from liaisons.models import Officer
from platforms.models import Level, Platform, TechDomain
from tests.factories import (
    AssignmentFactory,
    DistrictFactory,
    OfficerFactory,
    PlatformFactory,
    PlatformTypeFactory,
    UnitFactory,
    UserFactory,
    make_issue,
    make_visit,
)

pytestmark = pytest.mark.django_db

URL = "/platforms/"


def names(response: Any) -> list[str]:
    return [platform.name for platform in response.context["page"]]


def found(client: Client, **filters: Any) -> list[str]:
    return names(client.get(URL, filters))


def test_the_list_is_at_its_address() -> None:
    assert reverse("platforms:list") == URL


def test_anonymous_signs_in_first(client: Client) -> None:
    response = client.get(URL)
    assert (response.status_code, response["Location"]) == (302, "/sign-in/?next=/platforms/")


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN])
def test_administrators_have_no_business_here(role: Role, sign_in: Any) -> None:
    assert sign_in(UserFactory(role=role)).get(URL).status_code == 403


def test_an_officer_sees_the_own_platforms_only(officer: Officer, sign_in: Any) -> None:
    PlatformFactory(name="示例·我的", officer=officer)
    PlatformFactory(name="示例·别人的", officer=OfficerFactory())
    past = AssignmentFactory(officer=officer, ended_on=date(2026, 1, 1)).platform
    assert found(sign_in(officer.user)) == ["示例·我的"]
    assert past.name not in found(sign_in(officer.user))


@pytest.mark.parametrize("role", [Role.BUREAU_STAFF, Role.COMMISSION_OFFICE, Role.LEADER])
def test_those_who_see_everything_see_every_platform(role: Role, officer: Officer, sign_in: Any) -> None:
    PlatformFactory(name="示例·甲", officer=officer)
    PlatformFactory(name="示例·乙")
    assert found(sign_in(UserFactory(role=role))) == ["示例·甲", "示例·乙"]


def test_only_the_bureau_is_offered_to_register_and_import(bureau_staff: User, leader: User, sign_in: Any) -> None:
    PlatformFactory()
    for user, offered in [(bureau_staff, True), (leader, False)]:
        page = sign_in(user).get(URL).content.decode()
        assert ('href="/platforms/new/"' in page, '<a class="btn btn-light" href="/register/import/"' in page) == (
            offered,
            offered,
        )


def test_platforms_stand_in_pinyin_order_twenty_a_page(leader: User, sign_in: Any) -> None:
    for number in range(1, 24):
        PlatformFactory(name=f"示例·{number:02d}")
    PlatformFactory(name="安全中心")
    PlatformFactory(name="中南实验室")
    client = sign_in(leader)

    first = client.get(URL)
    second = client.get(URL, {"cursor": first.context["page"].next_cursor})

    assert names(first)[:3] == ["安全中心", "示例·01", "示例·02"]
    assert [len(names(first)), len(names(second))] == [20, 5]
    assert names(second)[-1] == "中南实验室"
    assert second.context["page"].next_cursor == ""
    assert names(client.get(URL, {"cursor": second.context["page"].previous_cursor})) == names(first)


def test_a_forged_cursor_is_a_page_that_does_not_exist(leader: User, sign_in: Any) -> None:
    assert sign_in(leader).get(URL, {"cursor": "p=abc"}).status_code == 404


@pytest.fixture
def wide_register(db: None) -> dict[str, Platform]:
    national = PlatformTypeFactory(code="SKL", name="全国重点实验室", level=Level.NATIONAL)
    domain = TechDomain.objects.create(code="HT4", name="新材料")
    return {
        "甲": PlatformFactory(
            name="甲",
            code="P-1",
            host_institution="湖南大学",
            former_names=["旧甲所"],
            type=national,
            level=Level.NATIONAL,
        ),
        "乙": PlatformFactory(
            name="乙", code="P-2", district=DistrictFactory(code="XJNA", name="湘江新区"), tech_domain=domain
        ),
        "丙": PlatformFactory(name="丙", code="Q-3", competent_unit=UnitFactory(code="M-DRC", name="市发改委")),
    }


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"q": "湖南大学"}, ["甲"]),
        ({"q": "旧甲"}, ["甲"]),
        ({"q": "p-2"}, ["乙"]),
        ({"q": "丙"}, ["丙"]),
        ({"q": "没有"}, []),
        ({"q": "%"}, []),
        ({"level": "national"}, ["甲"]),
        ({"sensitive": "true"}, []),
        ({"has_officer": "false"}, ["丙", "甲", "乙"]),
        ({"has_officer": "true"}, []),
        ({"officer": "99999999999999999999"}, []),
    ],
)
def test_filters_find_what_they_say(
    filters: dict[str, str], expected: list[str], wide_register: Any, leader: User, sign_in: Any
) -> None:
    assert sorted(found(sign_in(leader), **filters)) == sorted(expected)


def test_filters_by_row_find_its_platforms(wide_register: dict[str, Platform], leader: User, sign_in: Any) -> None:
    client = sign_in(leader)
    assert found(client, type=wide_register["甲"].type_id) == ["甲"]
    assert found(client, district=wide_register["乙"].district_id) == ["乙"]
    assert found(client, domain=wide_register["乙"].tech_domain_id) == ["乙"]
    assert found(client, unit=wide_register["丙"].competent_unit_id) == ["丙"]
    officer = AssignmentFactory(platform=wide_register["丙"]).officer
    assert found(client, officer=officer.pk) == ["丙"]
    assert found(client, has_officer="true") == ["丙"]


def test_contact_filters_find_the_platforms_of_each_status(leader: User, sign_in: Any) -> None:
    officer = OfficerFactory()
    for name, contact in [("done", {"is_reached": True}), ("tried", {"is_reached": False}), ("none", None)]:
        platform = PlatformFactory(name=name, officer=officer)
        if contact:
            make_visit(officer, platform=platform, **contact)
    AssignmentFactory(platform=PlatformFactory(name="waived"), started_on=date(2026, 12, 20))
    write_duties()
    client = sign_in(leader)
    for status in ("done", "tried", "none", "waived"):
        assert found(client, contact=status) == [status]
    assert found(client, contact="owing") == ["done", "none", "tried"]


def test_each_filter_in_force_is_named_and_can_be_taken_off(
    wide_register: dict[str, Platform], leader: User, sign_in: Any
) -> None:
    officer = AssignmentFactory(platform=wide_register["乙"]).officer
    domain = wide_register["乙"].tech_domain_id
    response = sign_in(leader).get(URL, {"level": "provincial", "domain": domain, "officer": officer.pk})
    assert response.context["bar"].applied == [
        ("省部级", f"domain={domain}&officer={officer.pk}"),
        ("新材料", f"level=provincial&officer={officer.pk}"),
        (f"联点干部 {officer.user.name}", f"level=provincial&domain={domain}"),
    ]


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"level": "x"}, "级别：没有“x”这个选项。"),
        ({"type": "0"}, "平台类型：没有这一项。"),
        ({"type": "99999999999999999999"}, "平台类型：没有这一项。"),
        ({"contact": "x"}, "本季联系：没有“x”这个选项。"),
        ({"officer": "x"}, "联点干部：输入整数。"),
        ({"q": "a\0"}, "名称、曾用名、编号或依托单位："),
    ],
)
def test_a_filter_that_means_nothing_says_so_and_lists_nothing(
    filters: dict[str, str], message: str, leader: User, sign_in: Any
) -> None:
    PlatformFactory()
    response = sign_in(leader).get(URL, filters)
    assert response.status_code == 422
    assert message in response.content.decode()
    assert names(response) == []


def test_a_row_says_officer_last_contact_and_running_issues(leader: User, sign_in: Any) -> None:
    officer = OfficerFactory()
    platform = PlatformFactory(officer=officer)
    make_visit(officer, platform=platform, visited_on=date(2026, 10, 9))
    make_visit(officer, platform=platform, visited_on=date(2026, 10, 12), is_reached=False)
    make_issue(officer, platform=platform)
    make_issue(officer, platform=platform, tier="A")
    row = re.sub(r"\s+", " ", sign_in(leader).get(URL).content.decode())
    assert officer.user.name in row
    assert ">2026-10-09</td>" in row
    assert f'<a href="/issues/?platform={platform.pk}&amp;open=true">1 项</a>' in row
    assert "本季已联系" in row


@pytest.mark.parametrize("role", [Role.BUREAU_STAFF, Role.OFFICER, Role.UNIT_HEAD])
def test_thirty_rows_cost_no_statement_more_than_one(role: Role, sign_in: Any) -> None:
    officer = OfficerFactory()
    user = officer.user if role == Role.OFFICER else UserFactory(role=role, unit=officer.home_unit)
    client = sign_in(user)

    def statements() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as captured:
            response = client.get(URL)
        return len(captured), len(names(response))

    def one_more() -> None:
        platform = PlatformFactory(officer=officer)
        make_visit(officer, platform=platform)
        make_issue(officer, platform=platform)

    one_more()
    statements()
    first, rows = statements()
    assert rows == 1
    for _ in range(29):
        one_more()
    many, rows = statements()
    assert rows == 20
    assert many == first <= 14
