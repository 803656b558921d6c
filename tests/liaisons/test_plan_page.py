"""The bureau shares platforms out: proposed, changed line by line, applied as a whole or not at all."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from accounts.models import UnitKind, User
from liaisons.absences import arrange
from liaisons.models import Assignment, Officer
from liaisons.services import assign, end_assignment
from platforms.models import Platform
from tests.factories import (
    AssignmentFactory,
    DistrictFactory,
    OfficerFactory,
    PlatformFactory,
    UnitFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

URL = "/officers/plan/"
TODAY = "2026-10-15"


@pytest.fixture
def officers(db: None) -> list[Officer]:
    unit = UnitFactory(code="D-430104", name="岳麓区科技部门", kind=UnitKind.DISTRICT)
    other = UnitFactory(code="D-430111", kind=UnitKind.DISTRICT)
    return [OfficerFactory(user=UserFactory(unit=each)) for each in (unit, other)]


@pytest.fixture
def platforms(db: None) -> list[Platform]:
    """Three in Yuelu, two in Yuhua."""
    yuhua = DistrictFactory(code="430111", name="雨花区")
    return [
        *(PlatformFactory(district=DistrictFactory()) for _ in range(3)),
        *(PlatformFactory(district=yuhua) for _ in range(2)),
    ]


def proposed(client: Client, query: str = "") -> dict[str, str]:
    return dict(client.get(URL + query).context["form"].initial)


def send(client: Client, lines: dict[str, str], **fields: str) -> Any:
    return client.post(URL, {"started_on": TODAY, **lines, **fields})


def given() -> dict[int, int]:
    return dict(Assignment.objects.current().values_list("platform", "officer"))


def test_the_proposal_stands_in_the_form_with_its_reasons_and_totals(
    officers: list[Officer], platforms: list[Platform], bureau_staff: User, sign_in: Any
) -> None:
    page = sign_in(bureau_staff).get(URL)
    near, far = officers
    lines = {int(name.removeprefix("officer-")): text.split()[0] for name, text in page.context["form"].initial.items()}
    assert lines == {
        **{platform.pk: near.staff_no for platform in platforms[:3]},
        **{platform.pk: far.staff_no for platform in platforms[3:]},
    }
    text = page.content.decode()
    assert "共5家，已选好5家，其中5家与干部同区县或园区。安排后有平台的干部每人最少2家、最多3家。" in text
    assert "同一区县或园区；联点0家，加上这家1家" in text
    totals = [(row.officer.pk, row.before, row.after) for row in page.context["plan"].portfolios]
    assert totals == [(near.pk, 0, 3), (far.pk, 0, 2)]


def test_a_platform_whose_last_day_is_today_is_not_proposed_before_it_can_be_given(
    officers: list[Officer], platforms: list[Platform], bureau_staff: User, sign_in: Any
) -> None:
    last_day, over = platforms[:2]
    for platform, end in ((last_day, date(2026, 10, 15)), (over, date(2026, 10, 14))):
        made = assign(officer=officers[1], platform=platform, started_on=date(2026, 10, 1), actor=None)
        end_assignment(assignment=made, ended_on=end, actor=None)
    client = sign_in(bureau_staff)
    lines = proposed(client)
    assert f"officer-{last_day.pk}" not in lines
    assert f"officer-{over.pk}" in lines
    assert send(client, lines).status_code == 302
    assert set(given()) == {platform.pk for platform in platforms} - {last_day.pk}


def test_whoever_is_on_leave_today_is_not_proposed_but_may_be_chosen(
    officers: list[Officer], platforms: list[Platform], bureau_staff: User, sign_in: Any
) -> None:
    near = officers[0]
    arrange(
        officer=near,
        deputy=OfficerFactory(),
        starts_on=date(2026, 10, 15),
        ends_on=date(2026, 10, 20),
        reason="休假",
        actor=bureau_staff,
    )
    client = sign_in(bureau_staff)
    lines = proposed(client)
    assert near.staff_no not in {text.split()[0] for text in lines.values()}
    assert send(client, {f"officer-{platforms[0].pk}": near.staff_no}).status_code == 302
    assert given() == {platforms[0].pk: near.pk}


def test_what_was_proposed_and_changed_is_applied_at_once(
    officers: list[Officer], platforms: list[Platform], bureau_staff: User, sign_in: Any
) -> None:
    client = sign_in(bureau_staff)
    lines = proposed(client)
    lines[f"officer-{platforms[0].pk}"] = officers[1].staff_no
    lines[f"officer-{platforms[1].pk}"] = ""
    assert send(client, lines).status_code == 302
    near, far = (officer.pk for officer in officers)
    assert given() == {
        platforms[0].pk: far,
        platforms[2].pk: near,
        platforms[3].pk: far,
        platforms[4].pk: far,
    }
    assert set(Assignment.objects.values_list("created_by", flat=True)) == {bureau_staff.pk}
    assert list(proposed(client)) == [f"officer-{platforms[1].pk}"]


def test_where_the_world_changed_meanwhile_nothing_is_applied_and_the_line_says_why(
    officers: list[Officer], platforms: list[Platform], bureau_staff: User, sign_in: Any
) -> None:
    client = sign_in(bureau_staff)
    lines, faster = proposed(client), OfficerFactory()
    assign(officer=faster, platform=platforms[4], started_on=date(2026, 10, 15), actor=None)
    answer = send(client, lines)
    words = f"刚由{faster.user.name}联点，换人请用移交。"
    assert (answer.status_code, answer.context["form"].errors) == (422, {f"officer-{platforms[4].pk}": [words]})
    assert given() == {platforms[4].pk: faster.pk}
    assert lines[f"officer-{platforms[0].pk}"] in answer.content.decode()


def test_r2_over_the_maximum_nothing_is_applied_unless_there_is_a_reason(
    officers: list[Officer], platforms: list[Platform], bureau_staff: User, sign_in: Any
) -> None:
    client = sign_in(bureau_staff)
    lines = {f"officer-{platform.pk}": officers[0].staff_no for platform in platforms}
    answer = send(client, lines)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [f"officer-{platforms[4].pk}"]
    assert given() == {}
    assert send(client, lines, exception_reason="首批先由一人承担").status_code == 302
    assert len(given()) == 5


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"started_on": "2026-10-16"}, "日期不能晚于今天。"),
        ({"started_on": "昨天"}, "请填写有效的日期，例如2026-10-15。"),
        ({"officer": "L99999 无名氏"}, "没有这位干部，请从列表里选。"),
        ({"officer": "\x00"}, "含有无法保存的字符，请删去后再提交。"),
        ({"officer": "长" * 101}, "最多100个字，现在有101个字。"),
        ({"exception_reason": "因" * 201}, "最多200个字，现在有201个字。"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_applied(
    fields: dict[str, str], message: str, officers: list[Officer], platforms: list[Platform],
    bureau_staff: User, sign_in: Any,
) -> None:  # fmt: skip
    client = sign_in(bureau_staff)
    lines = proposed(client)
    if "officer" in fields:
        lines[f"officer-{platforms[0].pk}"] = fields["officer"]
        fields = {}
    answer = send(client, lines, **fields)
    assert answer.status_code == 422
    assert message in str(answer.context["form"].errors)
    assert given() == {}


def test_nothing_chosen_is_said(
    officers: list[Officer], platforms: list[Platform], bureau_staff: User, sign_in: Any
) -> None:
    lines = {f"officer-{platform.pk}": "" for platform in platforms}
    answer = send(sign_in(bureau_staff), lines)
    assert (answer.status_code, answer.context["form"].errors) == (422, {"__all__": ["还没有选干部。"]})
    assert sign_in(bureau_staff).post(URL, {"started_on": TODAY}).status_code == 422


def test_totals_are_counted_without_applying(
    officers: list[Officer], platforms: list[Platform], bureau_staff: User, sign_in: Any
) -> None:
    client = sign_in(bureau_staff)
    lines = {f"officer-{platform.pk}": officers[0].staff_no for platform in platforms}
    answer = client.post(URL, {"started_on": TODAY, "action": "totals", **lines}, headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert (answer.status_code, "<html" in page, "超过4家" in page) == (200, False, True)
    assert "共5家，已选好5家，其中3家与干部同区县或园区。" in page
    assert client.post(URL, {"started_on": TODAY, "action": "totals", **lines}).status_code == 200
    assert given() == {}


def test_only_those_whose_number_changes_or_breaks_the_rule_are_listed(
    officers: list[Officer], platforms: list[Platform], bureau_staff: User, sign_in: Any
) -> None:
    near, _far = officers
    kept, short = OfficerFactory(), OfficerFactory()
    for officer, count in ((kept, 2), (short, 1)):
        AssignmentFactory.create_batch(count, officer=officer)
    lines = {f"officer-{platform.pk}": "" for platform in platforms} | {f"officer-{platforms[0].pk}": near.staff_no}
    page = send(sign_in(bureau_staff), lines, action="totals")
    assert {row.officer.pk for row in page.context["plan"].changes} == {near.pk, short.pk}
    assert kept.user.name not in page.content.decode().split("</details>")[0]


def test_a_batch_is_planned_alone(
    officers: list[Officer], platforms: list[Platform], bureau_staff: User, sign_in: Any
) -> None:
    later = PlatformFactory(batch=2)
    client = sign_in(bureau_staff)
    assert list(proposed(client, "?batch=2")) == [f"officer-{later.pk}"]
    assert len(proposed(client)) == 6
    assert "第 2 批" in client.get(URL).content.decode()
    assert client.get(f"{URL}?batch=x").status_code == 200


def test_only_the_bureau_plans(officer: Officer, leader: User, client: Client, sign_in: Any) -> None:
    assert client.get(URL).status_code == 302
    for person in (officer.user, leader):
        assert sign_in(person).get(URL).status_code == 403
        assert sign_in(person).post(URL, {}).status_code == 403


def test_the_page_costs_the_same_for_one_and_for_many(
    officers: list[Officer], bureau_staff: User, sign_in: Any, django_assert_max_num_queries: Any
) -> None:
    client = sign_in(bureau_staff)
    PlatformFactory()
    client.get(URL)
    with django_assert_max_num_queries(40) as first:
        client.get(URL)
    for _ in range(30):
        PlatformFactory()
        OfficerFactory()
    with django_assert_max_num_queries(len(first)):
        assert len(proposed(client)) == 31


def test_without_platforms_to_share_out_it_says_so(bureau_staff: User, sign_in: Any) -> None:
    assert "平台都有联点干部" in sign_in(bureau_staff).get(URL).content.decode()
