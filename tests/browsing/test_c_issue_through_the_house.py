"""One C issue through all hands: officer, commission office, two units, the platform's no, the redo, its yes."""

from datetime import date

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Role, UnitKind
from issues.models import Issue
from issues.reconcile import reconcile_issues
from platforms.links import make_link
from tests.factories import (
    CategoryFactory,
    OfficerFactory,
    PlatformContactFactory,
    PlatformFactory,
    UnitFactory,
    UserFactory,
)

pytestmark = pytest.mark.browser
DESK = {"width": 1280, "height": 900}


@pytest.fixture
def world(committed):
    domain = CategoryFactory(code="COND", name="条件建设")
    CategoryFactory(code="COND-ROOM", name="实验场地与用房", parent=domain)
    office = UnitFactory(code="CO", name="市委科技办", kind=UnitKind.COMMISSION_OFFICE, takes_tiers=["D"])
    lead = UnitFactory(code="M-HUD", name="市住建局", takes_tiers=["B", "C"])
    support = UnitFactory(code="M-EMB", name="市应急局", takes_tiers=["B", "C"])
    officer = OfficerFactory(user=UserFactory(unit=UnitFactory(code="M-STB", name="市科技局"), name="陈思远"))
    platform = PlatformFactory(name="示例·轨道交通安全中心", officer=officer)
    return {
        "officer": officer.user,
        "office": UserFactory(role=Role.COMMISSION_OFFICE, unit=office, name="何建国"),
        "lead": UserFactory(role=Role.UNIT_HEAD, unit=lead, name="周明"),
        "support": UserFactory(role=Role.CLERK, unit=support, name="刘芳"),
        "contact": PlatformContactFactory(platform=platform),
    }


def button(page: Page, name: str) -> None:
    """The button of the issue's page, wherever it stands: among the first or under 更多."""
    offer = page.locator("main").get_by_role("link", name=name, exact=True)
    if not offer.is_visible():
        page.locator("[data-ld-menu] summary", has_text="更多").click()
    offer.click()


def submit(page: Page, name: str) -> None:
    page.locator("main form").get_by_role("button", name=name, exact=True).click()


def register(page: Page) -> None:
    page.get_by_role("link", name="记一次").first.click()
    page.get_by_label("平台", exact=True).select_option(label="示例·轨道交通安全中心")
    page.get_by_text("上门", exact=True).click()
    page.get_by_label("谈了什么").fill("看了振动试验间，消防验收卡住了。")
    page.get_by_role("button", name="加一个问题").click()
    row = page.locator("[data-ld-issue]").first
    row.get_by_label("平台说了什么").fill("消防验收要住建和应急两家一起看。")
    row.get_by_label("需求类别").select_option(label="实验场地与用房")
    row.locator("label.ld-opt", has_text="15").click()
    page.locator(".ld-save").get_by_role("button", name="提交", exact=True).click()
    expect(page.locator("main")).to_contain_text("2026-000001")


def resolve(page: Page, reply: str) -> None:
    button(page, "办结")
    page.get_by_text("已解决", exact=True).click()
    page.get_by_label("给平台的答复").fill(reply)
    submit(page, "办结")
    expect(page.locator("main")).to_contain_text("已办结待确认")


def test_from_the_officer_to_the_platforms_yes(world, enter, site, browser):
    page = enter(world["officer"])
    page.set_viewport_size(DESK)
    register(page)
    issue = Issue.objects.get()
    assert (issue.tier, issue.state, issue.due_on) == ("C", "graded", date(2026, 11, 5))
    url = site + issue.get_absolute_url()

    page = enter(world["office"])
    page.goto(f"{site}/workbench/")
    page.locator("a.ld-stat", has_text="待交办").click()
    page.get_by_role("link", name="消防验收要住建和应急两家一起看。").click()
    button(page, "交办")
    page.get_by_label("主办单位").select_option(label="市住建局")
    page.get_by_role("group", name="协办单位").get_by_label("市应急局").check()
    submit(page, "交办")
    expect(page.locator("main")).to_contain_text("待签收")

    page = enter(world["lead"])
    page.goto(url)
    button(page, "签收")
    submit(page, "签收")
    page = enter(world["support"])
    page.goto(url)
    button(page, "答复协办")
    page.get_by_label("协办意见").fill("现场已看，同意。")
    page.get_by_text("同意", exact=True).click()
    submit(page, "答复协办")
    expect(page.locator("main")).to_contain_text("现场已看，同意。")

    page = enter(world["lead"])
    page.goto(url)
    button(page, "确定解决方案")
    page.get_by_label("解决方案", exact=True).fill("两家联合验收，分两次进场。")
    page.get_by_label("责任人").fill("周工")
    page.get_by_label("承诺日期").fill("2026-11-02")
    submit(page, "确定解决方案")
    expect(page.locator("main")).to_contain_text("已定方案")
    resolve(page, "验收已通过。")

    link = make_link(world["contact"], actor=world["officer"]).text
    phone = browser.new_context(viewport={"width": 360, "height": 740}, locale="zh-CN").new_page()
    phone.goto(f"{site}/c/{link}/")
    phone.get_by_role("button", name="进入").click()
    phone.get_by_role("link", name="等您确认").click()
    phone.locator("summary", has_text="未解决").click()
    phone.get_by_label("哪里还没有解决").fill("证书还没有领到")
    phone.get_by_role("button", name="告诉他们").click()
    expect(phone.locator("main")).to_contain_text("重新办理")
    issue.refresh_from_db()
    assert (issue.state, issue.reopened_count, issue.handler, issue.due_on) == (
        ("accepted", 1, world["lead"], date(2026, 11, 5))
    )

    page.goto(url)
    expect(page.locator("main")).to_contain_text("证书还没有领到")
    resolve(page, "证书已送到。")
    phone.reload()
    phone.get_by_role("button", name="已解决").click()
    expect(phone.locator("main")).to_contain_text("记下了，谢谢您。")

    page = enter(world["office"])
    page.goto(url)
    button(page, "销号")
    submit(page, "销号")
    expect(page.locator("main")).to_contain_text("已销号")
    issue.refresh_from_db()
    assert (issue.state, issue.confirmation, issue.is_confirmed_solved) == ("closed", "platform", True)
    kinds = issue.events.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == [
        *("registered", "referred", "signed", "support_answer", "plan_confirmed", "resolved", "reopened"),
        *("resolved", "confirmed", "closed"),
    ]
    assert [finding.sentence for finding in reconcile_issues()] == []
