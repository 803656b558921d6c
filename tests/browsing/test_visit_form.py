"""What the log form does with script: drafts, one visit for one form, cards after the date, rows that come back."""

import re

import pytest
from playwright.sync_api import expect

from liaisons.models import Officer
from tests.factories import CategoryFactory, OfficerFactory, PlatformFactory
from visits.models import Visit

pytestmark = pytest.mark.browser

LOGGED = re.compile(r"/visits/\d+/$")


@pytest.fixture
def form(committed, enter, site):
    """The officer's browser on a fresh log form, filled in as far as a visit needs."""
    officer = OfficerFactory()
    PlatformFactory(officer=officer)
    CategoryFactory()
    page = enter(officer.user)
    page.goto(f"{site}/visits/new/")
    page.get_by_text("电话", exact=True).click()
    page.get_by_label("谈了什么").fill("问了合同登记。")
    return page


def submit(page):
    return page.locator(".ld-save").get_by_role("button", name="提交", exact=True)


def client_id(page):
    return page.input_value("[name=client_id]")


def add_issue(page, text):
    page.locator("[data-ld-add]").click()
    row = page.locator("[data-ld-issue]").last
    expect(row.get_by_label("平台说了什么")).to_be_focused()
    row.get_by_label("平台说了什么").fill(text)
    return row


def test_a_double_click_is_one_visit(form):
    submit(form).dblclick()
    expect(form).to_have_url(LOGGED)
    assert Visit.objects.count() == 1


def test_sending_again_after_going_back_is_the_same_visit_and_another_word_makes_another(form):
    sent = client_id(form)
    submit(form).click()
    expect(form).to_have_url(LOGGED)
    first = form.url
    form.go_back()
    expect(form.get_by_label("谈了什么")).to_have_value("问了合同登记。")
    assert client_id(form) == sent
    submit(form).click()
    expect(form.locator("#ld-messages")).to_contain_text("没有重复记录")
    assert (form.url, Visit.objects.count()) == (first, 1)

    form.go_back()
    form.get_by_label("谈了什么").fill("又问了一件别的。")
    submit(form).click()
    expect(form.locator("#ld-messages")).to_contain_text("已记下这次联系")
    assert set(Visit.objects.values_list("text", flat=True)) == {"问了合同登记。", "又问了一件别的。"}


def test_what_was_not_sent_is_offered_again_with_its_issues_and_gone_once_sent(form, site):
    row = add_issue(form, "消防验收没有通过。")
    row.locator("label.ld-opt", has_text="带回本单位办理").click()
    form.get_by_role("button", name="存草稿").click()
    expect(form.locator("[data-ld-step=typing]")).to_contain_text("草稿已存")
    kept = client_id(form)

    form.goto(f"{site}/visits/new/")
    expect(form.get_by_label("谈了什么")).to_have_value("")
    assert client_id(form) != kept
    form.get_by_role("button", name="接着填").click()
    expect(form.locator("[data-ld-issue]").get_by_label("平台说了什么")).to_have_value("消防验收没有通过。")
    expect(form.get_by_label("谈了什么")).to_have_value("问了合同登记。")
    assert client_id(form) == kept
    form.locator("[data-ld-issue]").get_by_label("需求类别").select_option(index=1)
    submit(form).click()
    expect(form).to_have_url(LOGGED)
    assert form.evaluate("Object.keys(localStorage)") == []
    form.goto(f"{site}/visits/new/")
    expect(form.locator("[data-ld-offer]")).to_be_hidden()


def test_a_form_that_was_left_half_filled_is_offered_as_a_draft_on_the_way_back(form, site):
    add_issue(form, "消防验收没有通过。")
    kept = client_id(form)
    form.goto(f"{site}/visits/")
    form.go_back()
    assert client_id(form) != kept
    form.get_by_role("button", name="接着填").click()
    expect(form.locator("[data-ld-issue]").get_by_label("平台说了什么")).to_have_value("消防验收没有通过。")
    assert client_id(form) == kept


def test_a_refused_draft_is_deleted_and_another_persons_is_not_shown(form, site, enter):
    form.get_by_role("button", name="存草稿").click()
    other = OfficerFactory()
    PlatformFactory(officer=other)
    page = enter(other.user)
    page.goto(f"{site}/visits/new/")
    expect(page.locator("[data-ld-offer]")).to_be_hidden()
    page = enter(Officer.objects.exclude(pk=other.pk).get().user)
    page.goto(f"{site}/visits/new/")
    page.get_by_role("button", name="删掉草稿").click()
    assert page.evaluate("Object.keys(localStorage)") == []


def test_the_cards_of_every_row_follow_the_date(form):
    add_issue(form, "一")
    add_issue(form, "二")
    expect(form.locator(".ld-term-B").first).to_contain_text("最迟 10月29日")
    form.get_by_label("日期").fill("2026-09-17")
    form.get_by_label("日期").dispatch_event("change")
    expect(form.locator(".ld-term-B")).to_have_text([re.compile("最迟 10月8日")] * 2)


def test_the_answer_shows_for_tier_a_only_and_the_nature_suggests_a_tier(form):
    row = add_issue(form, "一")
    expect(row.get_by_label("当场怎么答复的")).to_be_hidden()
    row.locator("label.ld-opt", has_text="当场解决").click()
    expect(row.get_by_label("当场怎么答复的")).to_be_visible()
    row.locator("label.ld-opt", has_text="协调其他单位").click()
    expect(row.get_by_label("当场怎么答复的")).to_be_hidden()
    row.locator("summary").click()
    row.get_by_label("性质").select_option("upward")
    expect(row.locator("#suggestion-0")).to_have_text("按性质建议 D 类（市级调度），可改")


def test_a_removed_row_can_be_had_back_and_the_rest_are_counted_anew(form):
    add_issue(form, "一")
    add_issue(form, "二")
    form.locator("[data-ld-remove]").first.click()
    expect(form.locator("[data-ld-issue]:not([hidden]) > legend")).to_have_text(["问题 1"])
    form.get_by_role("button", name="撤销").click()
    expect(form.locator("[data-ld-issue] > legend")).to_have_text(["问题 1", "问题 2"])
    form.locator("[data-ld-remove]").first.click()
    form.locator("[data-ld-issue]:not([hidden]) label.ld-opt").nth(1).click()
    form.locator("[data-ld-issue]:not([hidden])").get_by_label("需求类别").select_option(index=1)
    submit(form).click()
    expect(form).to_have_url(LOGGED)
    assert list(Visit.objects.get().issues.values_list("text", flat=True)) == ["二"]


def test_a_fold_says_how_much_is_filled_in(form):
    fold = form.locator("[data-ld-fold]", has_text="条件建设")
    expect(fold.locator("[data-ld-filled]")).to_have_text("未填")
    fold.locator("summary").click()
    fold.get_by_label("困难").fill("设备进不了场")
    expect(fold.locator("[data-ld-filled]")).to_have_text("已填 1 条")
