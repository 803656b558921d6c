import json
import urllib.request
from datetime import date

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from accounts.models import Role, UnitKind
from accounts.services import create_token
from config import clock
from issues.models import Issue
from tests.factories import CategoryFactory, OfficerFactory, PlatformFactory, UnitFactory, UserFactory
from visits.models import Visit

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 800}


@pytest.fixture
def world(committed):
    domain = CategoryFactory(code="COND", name="条件建设")
    CategoryFactory(code="COND-ROOM", name="实验场地与用房", parent=domain)
    office = UnitFactory(code="CO", name="市委科技办", kind=UnitKind.COMMISSION_OFFICE)
    unit = UnitFactory(code="M-STB", name="市科技局", parent=office)
    officer = OfficerFactory(user=UserFactory(unit=unit, name="陈思远"))
    PlatformFactory(name="示例·轨道交通安全中心", officer=officer)
    PlatformFactory(name="示例·别人的平台", officer=OfficerFactory())
    UserFactory(username="head", role=Role.UNIT_HEAD, unit=unit)
    UserFactory(username="staff", role=Role.BUREAU_STAFF, unit=unit)
    UserFactory(username="client", role=Role.API_CLIENT, unit=office)
    return officer


def log_a_visit(page):
    """On a phone: an A and a B issue, rows added without a reload."""
    page.get_by_role("link", name="记一次").first.click()
    page.get_by_label("平台", exact=True).select_option(label="示例·轨道交通安全中心")
    page.get_by_text("上门", exact=True).click()
    page.get_by_label("谈了什么").fill("看了新装修的振动试验间，设备进不了场。")
    page.get_by_role("button", name="加一个问题").click()
    first = page.locator("[data-ld-issue]").nth(0)
    first.get_by_label("平台说了什么").fill("想聘请外地专家周末指导，询问能否纳入柔性引才。")
    first.get_by_label("需求类别").select_option(label="实验场地与用房")
    first.locator("label.ld-opt", has_text="当场解决").click()
    first.get_by_label("当场怎么答复的").fill("可以，聘用协议满3个月即可申报，已留下办事指南。")
    page.get_by_role("button", name="再加一个问题").click()
    second = page.locator("[data-ld-issue]").nth(1)
    second.get_by_label("平台说了什么").fill("实验楼消防验收迟迟没有通过。")
    second.get_by_label("需求类别").select_option(label="实验场地与用房")
    expect(second.locator("label.ld-opt", has_text="10")).to_contain_text("10月29日")
    second.locator("label.ld-opt", has_text="10").click()
    page.locator(".ld-save").get_by_role("button", name="提交", exact=True).click()


def test_from_a_phone_in_the_laboratory_to_the_flag_on_the_bureaus_board(world, enter, site):
    page = enter(world.user)
    page.set_viewport_size(PHONE)
    log_a_visit(page)
    expect(page.locator("main")).to_contain_text("2026-000002")
    visit = Visit.objects.get()
    answered, taken_back = visit.issues.order_by("number")
    assert (answered.tier, answered.state) == ("A", "resolved")
    assert (taken_back.tier, taken_back.state, taken_back.due_on) == ("B", "accepted", date(2026, 10, 29))
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]

    with clock.frozen("2026-10-27T09:00", everywhere=True):
        call_command("tick", verbosity=0)
        page.goto(f"{site}/notices/")
        expect(page.locator("main")).to_contain_text(taken_back.number)
        expect(page.locator("main")).to_contain_text("临期")

        page = enter(UserFactory._meta.model.objects.get(username="staff"))
        page.set_viewport_size(DESK)
        figure = page.locator("a.ld-stat", has_text="临期").first
        expect(figure).to_contain_text("1")
        figure.click()
        row = page.locator("tbody tr")
        expect(row).to_have_count(1)
        expect(row).to_contain_text("临期·剩2天")
        row.get_by_role("link", name="实验楼消防验收").click()
        expect(page.locator(".ld-strip")).to_be_visible()
        expect(page.locator("main")).to_contain_text("10月29日")
        assert pulled(site)["results"][0]["number"] == taken_back.number


def pulled(site):
    """What a client system gets with a token."""
    client = UserFactory._meta.model.objects.get(username="client")
    token = create_token(user=client, name="夜间同步", scopes=["issues:read"], days=1)[1]
    request = urllib.request.Request(  # noqa: S310 - our own loopback
        f"{site}/api/v1/issues/?warning=nearing", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - as above
        return json.load(response)


def test_what_was_typed_survives_a_refused_submit(world, enter):
    page = enter(world.user)
    page.set_viewport_size(PHONE)
    page.get_by_role("link", name="记一次").first.click()
    page.get_by_label("谈了什么").fill("看了新装修的振动试验间。")
    page.get_by_role("button", name="加一个问题").click()
    row = page.locator("[data-ld-issue]").first
    row.get_by_label("平台说了什么").fill("消防验收没有通过。")
    page.locator(".ld-save").get_by_role("button", name="提交", exact=True).click()
    expect(row.locator(".invalid-feedback").first).to_be_visible()
    expect(page.get_by_label("谈了什么")).to_have_value("看了新装修的振动试验间。")
    expect(page.locator("[data-ld-issue]").first.get_by_label("平台说了什么")).to_have_value("消防验收没有通过。")
    assert not Issue.objects.exists()
