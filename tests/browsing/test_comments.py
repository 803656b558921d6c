"""A comment from a phone in a basement, a name found by keyboard, and the same without any script."""

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from accounts.models import Role
from issues.models import Attachment, Comment
from notices.models import Notice
from tests.attachments import files
from tests.factories import OfficerFactory, UserFactory, make_issue
from tests.media import media, on_disk  # noqa: F401 - fixtures

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("media")]

PHONE = {"width": 360, "height": 740}


@pytest.fixture
def issue(committed):
    issue = make_issue(OfficerFactory(user=UserFactory(name="陈思远")))
    UserFactory(role=Role.UNIT_HEAD, unit=issue.lead_unit, name="周明华")
    UserFactory(role=Role.CLERK, unit=issue.lead_unit, name="周小川")
    return issue


def chosen(name, content, kind="image/jpeg"):
    return {"name": name, "mimeType": kind, "buffer": content}


def test_an_officer_sends_a_photo_from_the_phone_and_sees_it_in_the_timeline(enter, site, issue, on_disk):  # noqa: F811
    page = enter(issue.officer.user)
    page.set_viewport_size(PHONE)
    page.goto(f"{site}/issues/{issue.number}/")
    page.get_by_label("留言", exact=True).fill("走廊净宽只有一米六。")
    photo = chosen("IMG_0001.JPG", files.photo_of_a_phone(6))
    page.get_by_label("附件", exact=True).set_input_files([photo, chosen("logo.svg", files.SVG, "image/svg+xml")])
    page.get_by_role("button", name="发送").click()

    expect(page.locator("#composer-says")).to_contain_text("“logo.svg”：网页、SVG和脚本不能上传")
    expect(page.get_by_label("留言", exact=True)).to_have_value("走廊净宽只有一米六。")
    page.get_by_role("button", name="去掉 logo.svg").click()
    page.get_by_role("button", name="发送").click()

    entry = page.locator("#timeline li.now")
    expect(entry).to_contain_text("走廊净宽只有一米六。")
    picture = entry.get_by_role("img", name="IMG_0001.jpg")
    picture.scroll_into_view_if_needed()
    page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=picture.element_handle())
    width, height = picture.evaluate("image => [image.naturalWidth, image.naturalHeight]")
    assert (width, height) == (40, 80)  # upright
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]

    kept = page.request.get(f"{site}{Attachment.objects.get().get_absolute_url()}")
    assert dict(Image.open(io.BytesIO(kept.body())).getexif()) == {}
    assert len(on_disk()) == 2


def test_a_name_is_found_and_written_by_keyboard(enter, site, issue):
    page = enter(issue.officer.user)
    page.goto(f"{site}/issues/{issue.number}/")
    box = page.get_by_label("留言", exact=True)
    box.click()
    box.press_sequentially("请@周")
    options = page.get_by_role("option")
    expect(options).to_have_count(2)
    expect(options.first).to_have_attribute("aria-selected", "true")
    second = options.nth(1).locator("b").inner_text()
    box.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    box.press("Enter")
    expect(box).to_have_value(f"请@{second} ")
    expect(options).to_have_count(0)
    box.press_sequentially("看一下 @周")
    expect(options).to_have_count(2)
    box.press("Escape")
    expect(options).to_have_count(0)
    box.fill("请@周明华 看一下")
    page.get_by_role("button", name="发送").click()
    expect(page.locator("#timeline .ld-at")).to_have_text("@周明华")
    assert Notice.objects.get().recipient.name == "周明华"


def test_without_script_it_works_all_the_same(enter, site, issue, browser):
    cookies = enter(issue.officer.user).context.cookies()
    plain = browser.new_context(java_script_enabled=False, locale="zh-CN")
    plain.add_cookies(cookies)
    page = plain.new_page()
    page.goto(f"{site}/issues/{issue.number}/")
    page.get_by_label("留言", exact=True).fill("@周明华 请看。")
    page.get_by_label("附件", exact=True).set_input_files([chosen("坏.pdf", b"%PDF-1.7 half", "application/pdf")])
    page.get_by_role("button", name="发送").click()
    expect(page.locator("#composer")).to_contain_text("PDF不完整，请重新导出后再上传")
    expect(page.locator("#composer")).to_contain_text("附件请重新选择。")
    page.get_by_label("附件", exact=True).set_input_files([chosen("好.pdf", files.pdf(), "application/pdf")])
    page.get_by_role("button", name="发送").click()
    expect(page.locator("#timeline li.now")).to_contain_text("好.pdf")
    page.get_by_text("撤回留言", exact=True).click()
    page.get_by_role("button", name="确认撤回").click()
    expect(page.locator("#timeline li.now")).to_contain_text("撤回，内容不再显示。")
    assert Comment.objects.get().withdrawn_at is not None
    plain.close()


def test_an_older_part_of_a_long_timeline_comes_when_it_is_asked_for(enter, site, issue):
    for number in range(60):
        issue.events.create(kind="warned", at=issue.registered_at, after="nearing", note=str(number))
    page = enter(issue.officer.user)
    page.goto(f"{site}/issues/{issue.number}/")
    expect(page.locator(".ld-tl > li")).to_have_count(50)
    page.get_by_role("link", name="显示更早的过程").click()
    expect(page.locator(".ld-tl > li")).to_have_count(61)
    assert page.url.endswith(f"/issues/{issue.number}/")
