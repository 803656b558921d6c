"""Every wrong field has its own words beside it, the answer is 422, nothing typed is lost, nothing is stored."""

import html
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from issues.models import Issue
from tests.factories import PlatformFactory
from tests.visits.typed import Typed
from visits.models import Visit

pytestmark = pytest.mark.django_db

LOG = reverse("visits:log")


class Refused:
    """Sends a form that must be refused; gives what the page says, by field, and keeps the page."""

    page = ""

    def __init__(self, client: Client) -> None:
        self.client = client

    def __call__(self, data: Typed) -> dict[str, list[str]]:
        answer = self.client.post(LOG, data)
        assert answer.status_code == 422
        assert not Visit.objects.exists()
        assert not Issue.objects.exists()
        self.page = " ".join(html.unescape(answer.content.decode()).split())
        parts = answer.context["form"].parts
        said = {part.add_prefix(name): errors for part in parts for name, errors in part.errors.items()}
        for name, errors in said.items():
            assert f'id="id_{name}_error"' in self.page
            assert all(error in self.page for error in errors)
        return said


@pytest.fixture
def refused(sign_in, officer, platform):
    return Refused(sign_in(officer.user))


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("visited_on", "2026-10-16", "联系日期不能晚于今天。"),
        ("visited_on", "9999-12-31", "联系日期不能晚于今天。"),
        ("visited_on", "0001-01-01", "联系日期不能早于2025-01-01。"),
        ("visited_on", "2024-12-31", "联系日期不能早于2025-01-01。"),
        ("visited_on", "2026-02-30", "请填写有效的日期，例如2026-10-15。"),
        ("visited_on", "昨天", "请填写有效的日期，例如2026-10-15。"),
        ("visited_on", "2026-10-15\x00", "请填写有效的日期，例如2026-10-15。"),
        ("visited_on", "", "请填写日期。"),
        ("platform", "", "请选择平台。"),
        ("platform", "999999", "您只能为自己联点的平台记录联系。"),
        ("platform", "9" * 30, "您只能为自己联点的平台记录联系。"),
        ("platform", "9" * 5000, "您只能为自己联点的平台记录联系。"),
        ("platform", "1 OR 1=1", "您只能为自己联点的平台记录联系。"),
        ("platform", "\x00", "不允许是用空字符串。"),
        ("mode", "", "请选择联系方式。"),
        ("mode", "pigeon", "请选择联系方式。"),
        ("text", "", "请用一句话写下谈了什么。"),
        ("text", " \u3000\n", "请用一句话写下谈了什么。"),
        ("text", "\u200b\u202e", "请用一句话写下谈了什么。"),
        ("text", "验" * 5001, "最多5000个字，现在有5001个字。"),
        ("text", "振动\x00试验间", "含有无法保存的字符，请删去后再提交。"),
        ("people_met", "刘" * 201, "最多200个字，现在有201个字。"),
        ("people_met", "刘\x00", "含有无法保存的字符，请删去后再提交。"),
        ("companions", "张" * 201, "最多200个字，现在有201个字。"),
        ("conditions-difficulty", "验" * 1001, "最多1000个字，现在有1001个字。"),
        ("talent-need", "\x00", "含有无法保存的字符，请删去后再提交。"),
    ],
)
def test_a_wrong_field_of_the_visit(refused, typed, field, value, words):
    assert refused(typed(**{field: value})) == {field: [words]}


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("text", "", "请写明平台说的问题，或移除这一条。"),
        ("text", "\u200b", "请写明平台说的问题，或移除这一条。"),
        ("text", "验" * 2001, "最多2000个字，现在有2001个字。"),
        ("text", "消防\x00", "含有无法保存的字符，请删去后再提交。"),
        ("tier", "", "请选择怎么办。"),
        ("tier", "E", "类别只能是A、B、C、D。"),
        ("tier", "b", "类别只能是A、B、C、D。"),
        ("tier", "B\x00", "类别只能是A、B、C、D。"),
        ("category", "", "请选择需求类别。"),
        ("category", "999999", "请选择需求类别。"),
        ("category", "\x00", "请选择需求类别。"),
        ("nature", "odd", "选择一个有效的选项。 odd 不在可用的选项中。"),
        ("urgency", "odd", "选择一个有效的选项。 odd 不在可用的选项中。"),
        ("importance", "odd", "选择一个有效的选项。 odd 不在可用的选项中。"),
    ],
)
def test_a_wrong_field_of_an_issue(refused, typed, field, value, words):
    data = typed().with_issue("C").with_issue("B", **{field: value})
    assert refused(data) == {f"issue-1-{field}": [words]}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("", "当场解决的，请写下当场怎么答复的。"),
        ("\u200b", "当场解决的，请写下当场怎么答复的。"),
        ("可" * 2001, "最多2000个字，现在有2001个字。"),
        ("可以\x00", "含有无法保存的字符，请删去后再提交。"),
    ],
)
def test_tier_a_needs_its_answer(refused, typed, answer, words):
    assert refused(typed().with_issue("A", answer=answer)) == {"issue-0-answer": [words]}


def test_every_wrong_field_speaks_at_once(refused, typed):
    data = typed(visited_on="2026-10-16", mode="", text="", **{"talent-need": "\x00"})
    data.with_issue("E").with_issue("A", answer="", text="")
    assert set(refused(data)) == {
        *("visited_on", "mode", "text", "talent-need"),
        *("issue-0-tier", "issue-1-answer", "issue-1-text"),
    }
    assert "有 7 处要改" in refused.page
    assert '<a href="#id_issue-0-tier">问题 1 · 怎么办：类别只能是A、B、C、D。</a>' in refused.page
    assert '<a href="#id_talent-need">人才培育 · 需求：' in refused.page


def test_nothing_typed_is_lost(refused, typed, category):
    """One field is wrong; the page that comes back holds all the others as they were sent."""
    data = typed(
        visited_on="2026-10-16",
        mode="wechat",
        is_missed="on",
        people_met="副主任 刘*",
        companions="张*",
        text="看了<b>振动</b>试验间",
        **{"conditions-difficulty": "设备进不了场", "transfer-need": "找应用场景"},
    )
    data.with_issue("C", key=3, nature="cross_unit", urgency="urgent", importance="important", text="消防验收")
    data.with_issue("A", key=5, answer="可以", platform_agrees="on", text="柔性引才")
    refused(data)
    page = refused.page
    boxes = {"text": "看了<b>振动</b>试验间", "conditions-difficulty": "设备进不了场", "transfer-need": "找应用场景"}
    boxes |= {"issue-3-text": "消防验收", "issue-5-text": "柔性引才", "issue-5-answer": "可以"}
    for name, words in boxes.items():
        assert _element(page, "textarea", name).endswith(f"> {words}</textarea>"), name
    for name, words in {"people_met": "副主任 刘*", "companions": "张*", "visited_on": "2026-10-16"}.items():
        assert f'value="{words}"' in _element(page, "input", name), name
    for value in (data["client_id"], '3" ', '5" '):
        assert f'value="{value}' in page
    for name, value in {"mode": "wechat", "issue-3-tier": "C", "issue-5-tier": "A"}.items():
        assert _picked(page, name) == [value]
    for name in ("is_missed", "issue-5-platform_agrees"):
        assert " checked" in _element(page, "input", name)
    chosen = {"platform": data["platform"], "issue-3-category": str(category.pk), "issue-3-nature": "cross_unit"}
    chosen |= {"issue-3-urgency": "urgent", "issue-3-importance": "important"}
    for name, value in chosen.items():
        assert f'<option value="{value}" selected>' in _element(page, "select", name), name


def _element(page: str, tag: str, name: str) -> str:
    start = page.index(f"<{tag} ", page.index(f'name="{name}"') - 60 if tag != "input" else 0)
    while f'name="{name}"' not in page[start : page.index(">", start)]:
        start = page.index(f"<{tag} ", start + 1)
    end = page.index(f"</{tag}>", start) + len(tag) + 3 if tag != "input" else page.index(">", start) + 1
    return page[start:end]


def _picked(page: str, name: str) -> list[str]:
    inputs = [part.split(">")[0] for part in page.split("<input ") if f'name="{name}"' in part.split(">")[0]]
    return [part.split('value="')[1].split('"')[0] for part in inputs if " checked" in part]


def test_a_lone_surrogate_arrives_as_the_sign_for_unreadable_and_breaks_nothing(sign_in, officer, platform):
    body = (
        urlencode({"platform": platform.pk, "visited_on": "2026-10-15", "mode": "phone"}) + "&text=%ED%A0%80%E8%AF%95"
    )
    answer = sign_in(officer.user).post(LOG, body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 302
    assert Visit.objects.get().text == "\ufffd\ufffd\ufffd试"


def test_a_hundred_issues_are_taken_and_one_more_is_not(refused, typed, sign_in, officer):
    data = typed()
    for _ in range(101):
        data.with_issue()
    assert refused_without_field(sign_in(officer.user), data) == ["一次最多记100个问题，其余的请另记一次。"]
    data["issue"].pop()
    assert sign_in(officer.user).post(LOG, data).status_code == 302
    assert Issue.objects.count() == 100


def refused_without_field(client, data):
    answer = client.post(LOG, data)
    assert answer.status_code == 422
    return answer.context["form"].visit.non_field_errors()


@pytest.mark.parametrize("key", ["-1", "1.5", "\x00", "１", "9999", "a", ""])
def test_what_is_no_row_key_is_no_row(sign_in, officer, platform, typed, key):
    sign_in(officer.user).post(LOG, {**typed(), "issue": [key], f"issue-{key}-text": "消防"})
    assert Visit.objects.count() == 1
    assert not Issue.objects.exists()


@pytest.mark.parametrize("asked", ["abc", "-1", "9" * 30, "1\x00", "²"])
def test_a_link_with_an_odd_platform_opens_the_form_without_one(sign_in, officer, platform, asked):
    PlatformFactory(officer=officer)
    answer = sign_in(officer.user).get(LOG, {"platform": asked})
    assert answer.status_code == 200
    assert answer.context["form"].visit["platform"].value() is None
