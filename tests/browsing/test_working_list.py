"""The list of issues by keyboard and by mouse: between rows, into one, selecting, and not while somebody types."""

import uuid
from typing import Any

import pytest
from django.http import QueryDict
from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import Role
from issues.bulk.services import begin, carry_out
from issues.models import Issue, SavedView
from issues.saved_views.services import save_view
from issues.workflow import Action
from tests.browsing.test_every_page import WIDTHS, faults
from tests.factories import OfficerFactory, UnitFactory, UserFactory, make_issue

pytestmark = pytest.mark.browser

DESK = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}
LIST = reverse("issues:list")


@pytest.fixture
def world(committed):
    officer = OfficerFactory(user=UserFactory(unit=UnitFactory(code="M-STB", name="市科技局")))
    for number in range(1, 6):
        make_issue(officer, tier="C", text=f"问题{number}")
    UnitFactory(code="M-HUD", name="市住建局", takes_tiers=["C"])
    return UserFactory(role=Role.COMMISSION_OFFICE, unit=UnitFactory(code="CO", name="市委科技办"))


@pytest.fixture
def page_of(world, enter, site):
    def at(path: str = LIST, size: dict[str, int] = DESK):
        page = enter(world)
        page.set_viewport_size(size)
        page.goto(site + path)
        return page

    return at


def focused(page) -> Any:
    return page.evaluate("document.activeElement.closest('tr')?.querySelector('a.clamp').textContent ?? ''")


def ticked(page) -> Any:
    rows = page.locator("tr", has=page.locator("td.sel input:checked"))
    return rows.locator("a.clamp").all_text_contents()


def test_j_and_k_and_the_arrows_move_between_rows_and_enter_opens_one(page_of):
    page = page_of()
    page.keyboard.press("j")
    assert focused(page) == "问题5"
    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    assert focused(page) == "问题3"
    page.keyboard.press("k")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("k")
    assert focused(page) == "问题5"
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert outline == "3px"
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("问题4")


def test_the_arrows_scroll_until_a_row_is_meant(page_of):
    page = page_of(size={"width": 1280, "height": 400})
    page.keyboard.press("ArrowDown")
    assert focused(page) == ""
    page.wait_for_function("scrollY > 0")


def test_x_selects_and_enter_on_its_box_opens_too(page_of):
    page = page_of()
    page.keyboard.press("j")
    page.keyboard.press("x")
    assert ticked(page) == ["问题5"]
    assert focused(page) == "问题5"
    page.keyboard.press("x")
    assert ticked(page) == []
    page.locator("td.sel input").nth(2).focus()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("问题3")


def test_a_slash_goes_to_the_search_where_keys_are_letters_again(page_of):
    page = page_of()
    page.keyboard.press("/")
    page.keyboard.type("jkx/?")
    expect(page.locator("#id_q")).to_have_value("jkx/?")
    assert ticked(page) == []
    assert not page.locator("dialog[open]").count()
    page.locator("#id_state").focus()
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.id") == "id_state"


def test_keys_with_ctrl_or_from_an_input_method_are_left_alone(page_of):
    page = page_of()
    page.keyboard.press("Control+j")
    page.keyboard.press("Alt+k")
    page.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'j', isComposing: true, bubbles: true}))"
    )
    assert focused(page) == ""


def test_a_question_mark_shows_the_keys_and_the_switch_turns_them_off(page_of):
    page = page_of()
    page.keyboard.press("?")
    dialog = page.locator("#ld-keys")
    expect(dialog).to_be_visible()
    for words in ("下一行", "上一行", "打开这一行", "勾选这一行", "搜索"):
        expect(dialog).to_contain_text(words)
    page.keyboard.press("j")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert focused(page) == ""
    page.get_by_role("button", name="快捷键").click()
    dialog.get_by_label("使用这些快捷键").uncheck()
    dialog.get_by_role("button", name="关闭").click()
    page.keyboard.press("j")
    page.reload()
    page.keyboard.press("j")
    page.keyboard.press("?")
    assert focused(page) == ""
    expect(dialog).to_be_hidden()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_bar_stands_only_while_something_is_selected(page_of, size):
    page = page_of(size=size)
    bar = page.locator(".ld-bulk")
    expect(bar).to_be_hidden()
    page.locator("td.sel label").first.click()
    expect(bar).to_be_visible()
    expect(bar).to_contain_text("已选 1 项")
    assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
    bar.get_by_role("button", name="全选本页").click()
    expect(bar).to_contain_text("已选 5 项")
    bar.get_by_role("button", name="取消").click()
    expect(bar).to_be_hidden()
    assert ticked(page) == []


def test_shift_and_a_click_select_what_lies_between(page_of):
    page = page_of()
    boxes = page.locator("td.sel input")
    boxes.nth(1).click()
    boxes.nth(3).click(modifiers=["Shift"])
    assert ticked(page) == ["问题4", "问题3", "问题2"]
    boxes.nth(2).click()
    boxes.nth(1).click(modifiers=["Shift"])
    assert ticked(page) == ["问题2"]
    every = page.get_by_label("全选本页")
    assert every.evaluate("box => box.indeterminate")
    every.click()
    assert len(ticked(page)) == 5


def test_from_the_selection_to_the_outcome_and_back(page_of):
    page = page_of(f"{LIST}?tier=C&state=graded")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.get_by_role("button", name="批量交办").click()
    page.get_by_label("主办单位").select_option(label="市住建局")
    page.get_by_role("button", name="预览").click()
    expect(page.locator("main")).to_contain_text("交办给市住建局，10月16日前签收")
    page.get_by_role("button", name="确认，办理 2 项").click()
    expect(page.get_by_role("status")).to_contain_text("办成 2 项")
    page.get_by_role("link", name="返回清单").click()
    assert page.url.endswith("?tier=C&state=graded")
    expect(page.locator("tbody tr")).to_have_count(3)


def test_without_script_the_boxes_and_the_bar_do_the_same(world, site, browser, enter):
    cookies = enter(world).context.cookies()
    plain = browser.new_context(java_script_enabled=False, locale="zh-CN")
    plain.add_cookies(cookies)
    page = plain.new_page()
    page.goto(site + LIST)
    page.locator("td.sel input").first.check()
    page.get_by_role("button", name="批量催办").click()
    expect(page.locator("main")).to_contain_text("问题5")
    page.get_by_label("催办的话").fill("请加快。")
    page.get_by_role("button", name="确认，办理 1 项").click()
    expect(page.get_by_role("status")).to_contain_text("办成 1 项")
    page.goto(site + LIST)
    page.get_by_role("link", name="保存视图").click()
    page.get_by_label("名称").fill("不用脚本")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".ld-views [aria-current]")).to_have_text("不用脚本")
    plain.close()


def test_a_view_is_saved_in_a_dialog_over_the_list(page_of):
    refused = []
    page = page_of(f"{LIST}?tier=C&sort=due")
    page.on("console", lambda message: refused.append(message.text) if "Content Security" in message.text else None)
    page.get_by_role("link", name="保存视图").click()
    dialog = page.locator("#ld-dialog")
    expect(dialog).to_contain_text("C 跨部门协调")
    page.get_by_role("link", name="返回清单").click()
    expect(dialog).to_be_hidden()
    assert page.url.endswith("?tier=C&sort=due")
    page.get_by_role("link", name="保存视图").click()
    dialog.get_by_label("名称").fill("C类按期")
    dialog.locator("label", has_text="所有人").click()
    dialog.get_by_role("button", name="保存").click()
    expect(page.locator(".ld-views [aria-current]")).to_have_text("C类按期")
    view = SavedView.objects.get()
    assert (view.query, view.shared_with) == ("tier=C&sort=due", "everybody")
    assert refused == []


def test_columns_are_chosen_in_a_dialog_and_stand_in_the_address(page_of):
    page = page_of(f"{LIST}?tier=C")
    page.get_by_role("link", name="列", exact=True).click()
    dialog = page.locator("#ld-dialog")
    dialog.get_by_label("承办人").check()
    dialog.get_by_label("主办单位").uncheck()
    dialog.get_by_role("button", name="显示这些列").click()
    expect(page.get_by_role("columnheader", name="承办人")).to_be_visible()
    expect(page.get_by_role("columnheader", name="主办单位")).to_be_hidden()
    assert page.url.endswith("?tier=C&columns=tier,state,handler,due,warning")


@pytest.mark.parametrize("place", WIDTHS)
def test_no_page_of_the_working_list_has_a_serious_fault(world, enter, site, place):
    issue = Issue.objects.get(text="问题1")
    view = save_view(QueryDict("tier=C"), name="长" * 30, owner=world)
    for number in range(8):
        save_view(QueryDict(f"q={number}"), name=f"视图{number}", owner=world)
    bulk = begin(uuid.uuid4(), Action.REMIND, [issue], actor=world)
    carry_out(bulk)
    page, refused = enter(world), []
    page.on("console", lambda message: refused.append(message.text) if "Content Security" in message.text else None)
    paths = (
        f"{LIST}?more=1&tier=B&tier=C",
        f"{LIST}?tier=C&columns=tier,category,nature,urgency,state,unit,home_unit,handler,due,warning",
        reverse("issues:views"),
        reverse("issues:save-view") + "?tier=C",
        reverse("issues:change-view", args=[view.pk]),
        reverse("issues:columns"),
        f"{reverse('issues:bulk-remind')}?n={issue.number}&n=2026-999999",
        f"{reverse('issues:bulk-refer')}?n={issue.number}",
        reverse("issues:bulk-refer"),
        reverse("issues:bulk-outcome", args=[bulk.pk]),
    )
    found = {path: faults(page, site + path, WIDTHS[place]) for path in paths}
    assert {path: wrong for path, wrong in found.items() if wrong} == {}
    page.goto(site + LIST)
    page.locator("td.sel label").first.click()
    assert refused == []
