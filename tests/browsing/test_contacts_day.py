"""A scientist with a phone: opens the link, says no with a line of why, later yes, and rates; asks for more."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from accounts.models import Role
from issues.models import Issue, Rating
from issues.services import resolve
from tests.factories import (
    CategoryFactory,
    OfficerFactory,
    PlatformContactFactory,
    PlatformFactory,
    UserFactory,
    make_issue,
)

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 740}


@pytest.fixture
def world(committed):
    CategoryFactory(code="OTHR", name="其他")
    officer = OfficerFactory(user=UserFactory(name="陈思远", phone="0731-88880000"))
    platform = PlatformFactory(name="示例·轨道交通安全中心", officer=officer)
    PlatformContactFactory(platform=platform)
    issue = make_issue(officer, platform=platform)
    resolve(issue, result="solved", reply="消防验收已通过，证书在窗口领取。", actor=officer.user)
    return issue


def link_from(page, site, world):
    """The officer makes the link on the platform's page and copies what is shown this once."""
    page.goto(f"{site}/platforms/{world.platform_id}/")
    page.get_by_role("button", name="生成确认链接").click()
    expect(page.get_by_role("button", name="复制链接")).to_be_visible()
    page.get_by_role("button", name="复制链接").click()
    expect(page.get_by_role("button", name="已复制")).to_be_visible()
    address = page.get_by_label("链接（只显示这一次）").input_value()
    return site + urlsplit(address).path


def fits(page):
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_from_the_link_to_no_and_later_to_yes_and_a_rating(world, enter, site, browser):
    officer = enter(world.officer.user)
    link = link_from(officer, site, world)
    context = browser.new_context(viewport=PHONE, locale="zh-CN", timezone_id="Asia/Shanghai")
    page, refused = context.new_page(), []
    page.on("console", lambda message: refused.append(message.text) if "Content Security" in message.text else None)

    page.goto(link)
    fits(page)
    page.get_by_role("button", name="进入").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("示例·轨道交通安全中心")
    fits(page)
    page.get_by_role("link", name="等您确认").click()
    expect(page.locator("main")).to_contain_text("消防验收已通过，证书在窗口领取。")
    fits(page)
    page.locator("summary", has_text="未解决").click()
    page.get_by_label("哪里还没有解决").fill("证书还没有领到")
    page.get_by_role("button", name="告诉他们").click()
    expect(page.locator("main")).to_contain_text("您说还没有解决，重新办理")
    world.refresh_from_db()
    assert (world.state, world.reopened_count) == ("accepted", 1)

    resolve(Issue.objects.get(pk=world.pk), result="solved", reply="证书已送到。", actor=world.officer.user)
    page.reload()
    page.get_by_role("button", name="已解决").click()
    expect(page.locator("main")).to_contain_text("记下了，谢谢您。")
    page.get_by_role("group", name="服务怎么样").get_by_text("非常满意", exact=True).click()
    page.get_by_role("group", name="结果怎么样").get_by_text("满意", exact=True).click()
    fits(page)
    page.get_by_role("button", name="送出评价").click()
    expect(page.get_by_role("heading", name="您的评价")).to_be_visible()
    assert list(Rating.objects.values_list("round", "service", "result")) == [(2, 5, 4)]
    world.refresh_from_db()
    assert (world.state, world.confirmation) == ("confirmed", "platform")
    assert refused == []


def test_a_request_gets_its_receipt_and_a_revoked_link_gives_the_typed_back(world, enter, site, browser):
    officer = enter(UserFactory(role=Role.BUREAU_STAFF))
    link = link_from(officer, site, world)
    page = browser.new_context(viewport=PHONE, locale="zh-CN", timezone_id="Asia/Shanghai").new_page()
    page.goto(link)
    page.get_by_role("button", name="进入").click()
    page.get_by_role("link", name="提一项需求").click()
    page.get_by_label("遇到了什么困难").fill("恒温间的空调坏了三周")
    page.get_by_role("button", name="提交").click()
    expect(page.locator("main")).to_contain_text("陈思远会在2026年10月20日（星期二）前回复您")
    fits(page)
    page.goto(f"{site}/p/new/")
    page.get_by_label("遇到了什么困难").fill("再要一台示波器")
    officer.goto(f"{site}/platforms/{world.platform_id}/")
    officer.get_by_role("button", name="撤销").click()
    page.get_by_role("button", name="提交").click()
    expect(page.locator("main")).to_contain_text("再要一台示波器")
    expect(page.get_by_role("heading", level=1)).to_have_text("请再打开一次链接")
    assert Issue.objects.filter(state="registered").count() == 1
