from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Role, User
from issues.models import Issue
from liaisons.duties import write_duties
from liaisons.models import Officer
from platforms.models import Platform
from tests.dashboards.pages import read, rows_behind
from tests.factories import (
    AssignmentFactory,
    OfficerFactory,
    PlatformContactFactory,
    PlatformFactory,
    UserFactory,
    make_issue,
    make_visit,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def platform(officer: Officer) -> Platform:
    platform = PlatformFactory(officer=officer, former_names=["旧名所"], address="麓山南路1号")
    PlatformContactFactory(platform=platform, position="副主任")
    return platform


def html(client: Client, platform: Platform) -> str:
    response = client.get(platform.get_absolute_url())
    assert response.status_code == 200
    return response.content.decode()


def test_anonymous_signs_in_first(client: Client, platform: Platform) -> None:
    assert client.get(platform.get_absolute_url()).status_code == 302


def test_to_an_outsider_it_does_not_exist(platform: Platform, sign_in: Any) -> None:
    outsider = OfficerFactory().user
    head_of_another_unit = UserFactory(role=Role.UNIT_HEAD)
    for user in (outsider, head_of_another_unit):
        assert sign_in(user).get(platform.get_absolute_url()).status_code == 404
    assert sign_in(UserFactory(role=Role.AUDIT_ADMIN)).get(platform.get_absolute_url()).status_code == 403


def test_a_platform_that_is_not_there_is_no_different(leader: User, sign_in: Any) -> None:
    assert sign_in(leader).get("/platforms/999999/").status_code == 404
    assert sign_in(leader).get("/platforms/99999999999999999999/").status_code == 404


def test_the_page_says_what_the_register_has(platform: Platform, leader: User, sign_in: Any) -> None:
    text = read(html(sign_in(leader), platform)).text
    officer = platform.assignments.get().officer
    for words in (
        platform.name,
        platform.code,
        "省部级 · 湖南省重点实验室",
        "岳麓区",
        "示例大学",
        "旧名所",
        "麓山南路1号",
    ):
        assert words in text
    assert f"联点干部 {officer.user.name}（{officer.home_unit.name}）" in text


def test_contacts_are_masked_except_to_the_platforms_own_officer(
    platform: Platform, officer: Officer, bureau_staff: User, leader: User, sign_in: Any
) -> None:
    own = html(sign_in(officer.user), platform)
    assert "王小明" in own
    assert "138****5678" in own
    assert "13812345678" not in own
    assert "显示号码" in own
    for user in (bureau_staff, leader, UserFactory(role=Role.UNIT_HEAD, unit=officer.home_unit)):
        page = html(sign_in(user), platform)
        assert "王*" in page
        assert "138****5678" in page
        assert "王小明" not in page
        assert "13812345678" not in page
        assert "显示号码" not in page


def test_the_full_number_is_shown_when_the_platforms_own_officer_asks_for_it(
    platform: Platform, officer: Officer, sign_in: Any
) -> None:
    """R57: by a POST, which nothing follows or fetches ahead; with htmx the number alone, without it the whole page."""
    client, contact = sign_in(officer.user), platform.contacts.get()
    url = reverse("platforms:reveal-phone", args=[platform.pk, contact.pk])
    assert client.get(url).status_code == 405
    page = client.post(url)
    assert 'href="tel:13812345678"' in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    part = client.post(url, headers={"HX-Request": "true"}).content.decode()
    assert 'href="tel:13812345678"' in part
    assert "<html" not in part


def test_the_full_number_is_shown_to_nobody_else(
    platform: Platform, officer: Officer, bureau_staff: User, leader: User, sign_in: Any, client: Any
) -> None:
    url = reverse("platforms:reveal-phone", args=[platform.pk, platform.contacts.get().pk])
    for user in (bureau_staff, leader, UserFactory(role=Role.UNIT_HEAD, unit=officer.home_unit)):
        answer = sign_in(user).post(url)
        assert (answer.status_code, "13812345678" in answer.content.decode()) == (403, False)
    assert sign_in(OfficerFactory().user).post(url).status_code == 404
    assert client.post(url).status_code == 302
    other = PlatformContactFactory(platform=PlatformFactory())
    elsewhere = reverse("platforms:reveal-phone", args=[platform.pk, other.pk])
    assert sign_in(officer.user).post(elsewhere).status_code == 404


def test_the_officer_before_sees_neither_page_nor_numbers(platform: Platform, officer: Officer, sign_in: Any) -> None:
    platform.assignments.update(ended_on=date(2026, 1, 1))
    AssignmentFactory(platform=platform, started_on=date(2026, 1, 2))
    assert sign_in(officer.user).get(platform.get_absolute_url()).status_code == 404


@pytest.mark.parametrize(
    ("role", "log", "edit", "assign"),
    [("officer", True, False, False), ("bureau_staff", True, True, True), ("leader", False, False, False)],
)
def test_each_is_offered_what_each_may_do(
    role: str, log: bool, edit: bool, assign: bool, platform: Platform, request: pytest.FixtureRequest, sign_in: Any
) -> None:
    person = request.getfixturevalue(role)
    links = read(html(sign_in(person.user if role == "officer" else person), platform)).links
    assert (f"/visits/new/?platform={platform.pk}" in links) is log
    assert (f"/platforms/{platform.pk}/edit/" in links) is edit
    assert (f"/platforms/{platform.pk}/assign/" in links) is assign
    assert (f"/assignments/{platform.assignments.get().pk}/end/" in links) is assign


def test_who_was_responsible_when_stands_on_the_page(leader: User, sign_in: Any) -> None:
    past = AssignmentFactory(ended_on=date(2026, 3, 10))
    present = AssignmentFactory(platform=past.platform, started_on=date(2026, 3, 11), exception_reason="同一园区")
    text = read(html(sign_in(leader), past.platform)).text
    assert f"{present.officer.user.name} 2026-03-11 至今 例外理由：同一园区" in text
    assert f"{past.officer.user.name} 2025-06-11 至 2026-03-10" in text
    assert f"由 {past.officer.user.name} 交接给 {present.officer.user.name}" in text


def test_visits_stand_newest_first_with_the_issues_they_raised(
    platform: Platform, officer: Officer, sign_in: Any
) -> None:
    older = make_visit(officer, platform=platform, visited_on=date(2026, 9, 17), text="第一次看场地")
    newer = make_visit(officer, platform=platform, visited_on=date(2026, 10, 12), text="第二次看场地", is_reached=False)
    issue = make_issue(officer, platform=platform, raised_on=date(2026, 9, 30))
    Issue.objects.filter(pk=issue.pk).update(visit=older)
    text = read(html(sign_in(officer.user), platform)).text
    assert text.index("第二次看场地") < text.index("第一次看场地")
    assert "没联系上" in text[text.index("2026-10-12") : text.index("第二次看场地")]
    assert "登记问题 1 项" in text[text.index("2026-09-17") :]
    assert f"{issue.number} 实验楼消防验收" in text
    assert "剩" in text or "过半" in text
    assert newer.visited_on > older.visited_on


@pytest.mark.parametrize(
    ("reader", "shown", "hidden"), [("officer", "王小明", "王*"), ("bureau_staff", "王*", "王小明")]
)
def test_a_contacts_name_stands_in_full_or_masked_never_both(
    reader: str, shown: str, hidden: str, platform: Platform, request: pytest.FixtureRequest, sign_in: Any
) -> None:
    PlatformContactFactory(platform=platform)
    person = request.getfixturevalue(reader)
    page = html(sign_in(person.user if reader == "officer" else person), platform)
    assert "确认链接" in page
    assert page.count(shown) >= 2
    assert hidden not in page


def test_the_quarters_are_a_thread_up_to_the_present_one(platform: Platform, officer: Officer, sign_in: Any) -> None:
    write_duties()
    make_visit(officer, platform=platform, visited_on=date(2026, 4, 2))
    make_visit(officer, platform=platform, visited_on=date(2026, 10, 12), is_reached=False)
    response = sign_in(officer.user).get(platform.get_absolute_url())
    assert [(str(mark.year), str(mark.name), mark.css, mark.is_present) for mark in response.context["marks"]] == [
        ("25", "三季", "", False),
        ("", "四季", "", False),
        ("26", "一季", "", False),
        ("", "二季", "done", False),
        ("", "三季", "", False),
        ("", "四季", "owe", True),
    ]
    assert "本季未接通" in response.content.decode()


@pytest.mark.parametrize("reader", ["officer", "leader"])
def test_every_figure_opens_as_many_rows(
    reader: str, platform: Platform, officer: Officer, request: pytest.FixtureRequest, sign_in: Any
) -> None:
    for day in (1, 2, 3):
        make_visit(officer, platform=platform, visited_on=date(2026, 10, day))
    make_issue(officer, platform=platform)
    make_issue(officer, platform=platform, tier="C")
    make_issue(officer, platform=platform, tier="A", platform_agrees=True)
    person = request.getfixturevalue(reader)
    client = sign_in(person.user if reader == "officer" else person)
    figures = read(html(client, platform)).figures
    assert [number for number, _url in figures] == [3, 3, 2, 1]
    for number, url in figures:
        assert rows_behind(client, url) == number


def test_a_platform_without_anything_says_so(leader: User, sign_in: Any) -> None:
    text = read(html(sign_in(leader), PlatformFactory())).text
    for words in ("还没有联点干部", "还没有往来记录", "还没有登记联系人。", "还没有安排过联点干部。", "化解率 —"):
        assert words in text


def test_many_visits_cost_no_statement_more_than_one(platform: Platform, officer: Officer, sign_in: Any) -> None:
    client = sign_in(officer.user)

    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            html(client, platform)
        return len(captured)

    def one_more() -> None:
        visit = make_visit(officer, platform=platform)
        Issue.objects.filter(pk=make_issue(officer, platform=platform).pk).update(visit=visit)
        PlatformContactFactory(platform=platform)

    one_more()
    statements()
    first = statements()
    for _ in range(9):
        one_more()
    assert statements() == first <= 20
