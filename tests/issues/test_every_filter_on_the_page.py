"""Every filter of the list is on its page, keeps what was chosen, and comes off by itself."""

import re
from html import unescape
from urllib.parse import parse_qsl

import pytest
from django.urls import reverse

from issues import listing
from issues.filters import IssueFilter
from issues.models import Issue
from tests.factories import OfficerFactory, PlatformFactory, UserFactory, make_issue

pytestmark = pytest.mark.django_db

LIST, EXPORT = reverse("issues:list"), reverse("issues:export")


@pytest.fixture
def desk(sign_in, bureau_staff):
    return sign_in(bureau_staff)


@pytest.fixture
def values(officer):
    """A value of every filter that there is."""
    platform = PlatformFactory(officer=officer)
    issue = make_issue(officer, platform=platform)
    return {
        "tier": "B",
        "state": "accepted",
        "open": "true",
        "clock": "statutory",
        "warning": "nearing",
        "mine": "false",
        "todo": "false",
        "needs_review": "false",
        "review_due": "false",
        "platform": platform.pk,
        "unit": issue.lead_unit_id,
        "home_unit": issue.home_unit_id,
        "officer": officer.pk,
        "handler": issue.handler_id,
        "district": platform.district_id,
        "category": issue.category_id,
        "nature": "own_unit",
        "urgency": "normal",
        "importance": "ordinary",
        "level": "provincial",
        "due_from": "2026-10-01",
        "due_to": "2026-12-31",
        "raised_from": "2026-10-01",
        "raised_to": "2026-12-31",
        "updated_since": "2026-10-01T08:30",
        "q": "消防",
        "selection": "collected",
        "period_from": "2026-10-01",
        "period_to": "2026-12-31",
    }


def submitted(html: str) -> dict[str, list[str]]:
    """What the browser sends when the filter form is submitted as it stands."""
    form = html[html.index('<form role="search" aria-label="筛选"') :]
    form = form[: form.index("</form>")]
    sent: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r' value="([^"]*)"', tag)
        if name and value and value[1] and ('type="checkbox"' not in tag or " checked" in tag):
            sent.setdefault(name[1], []).append(value[1])
    for name, options in re.findall(r'<select[^>]* name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        sent.setdefault(name, []).extend(value for value in re.findall(r'value="([^"]*)" selected', options) if value)
    return {name: values for name, values in sent.items() if values}


def test_every_filter_there_is_stands_on_the_page(desk):
    html = desk.get(LIST, {"more": "1"}).content.decode()
    for name in IssueFilter.get_filters():
        assert f'name="{name}"' in html, name
        assert f'id="id_{name}"' in html, name


def test_a_filter_in_no_group_stands_at_the_end(desk, monkeypatch):
    monkeypatch.setattr(listing, "GROUPED", listing.GROUPED - {"urgency"})
    last = desk.get(LIST, {"more": "1"}).context["bar"].groups[-1]
    assert (last.label, [control.name for control in last.controls]) == ("其他", ["urgency"])


@pytest.mark.parametrize("more", [{}, {"more": "1"}])
def test_the_form_sends_every_filter_on(desk, values, more):
    given = {name: [str(value)] for name, value in values.items()}
    html = desk.get(LIST, {**given, **more, "sort": "new", "columns": "tier,due"}).content.decode()
    assert submitted(html) == {**given, **({"more": ["1"]} if more else {}), "sort": ["new"], "columns": ["tier,due"]}


@pytest.mark.parametrize("more", [{}, {"more": "1"}])
def test_several_of_one_filter_are_kept_by_the_form(desk, more):
    given = {"tier": ["B", "C"], "state": ["accepted", "assigned"], "urgency": ["pressing", "urgent"]}
    html = desk.get(LIST, {**given, **more}).content.decode()
    assert {name: sorted(sent) for name, sent in submitted(html).items() if name != "more"} == given
    if not more:
        assert "类别：已选2项" in html


def test_each_comes_off_by_itself_and_leaves_the_others(desk, values):
    answer = desk.get(LIST, values)
    applied = answer.context["bar"].applied
    assert len(applied) == len(values)
    in_force = [name for name in IssueFilter.get_filters() if name in values]
    for name, each in zip(in_force, applied, strict=True):
        gone = {name, *(("period_from", "period_to") if name == "selection" else ())}
        left = {pair.split("=")[0] for pair in each.without.split("&")}
        assert left == set(values) - gone


def test_words_that_two_filters_share_are_told_apart(desk):
    applied = desk.get(LIST, {"urgency": "normal", "importance": "ordinary"}).context["bar"].applied
    assert [each.label for each in applied] == ["紧急程度：一般", "重要性：一般"]


def test_they_survive_the_export(desk, values):
    given = {"handler": values["handler"], "urgency": "normal", "q": "消防"}
    html = desk.get(LIST, {**given, "columns": "due", "sort": "due", "more": "1"}).content.decode()
    link = re.search(rf'href="{EXPORT}\?([^"]*)"', html)
    assert link
    assert dict(parse_qsl(unescape(link[1]))) == {name: str(value) for name, value in given.items()}


def test_new_filters_take_some_rows_and_leave_others(desk, officer):
    urgent = make_issue(officer, text="紧急", tier="D", urgency="urgent", importance="major", nature="cross_unit")
    make_issue(text="一般", nature="own_unit")
    other = UserFactory()
    Issue.objects.filter(pk=urgent.pk).update(handler=other)
    for query in (
        {"handler": other.pk},
        {"urgency": "urgent"},
        {"importance": "major"},
        {"nature": "cross_unit"},
        {"urgency": ["urgent", "pressing"], "handler": other.pk},
    ):
        assert [row["text"] for row in desk.get(LIST, query).context["rows"]] == ["紧急"], query
    assert len(desk.get(LIST, {"nature": ["cross_unit", "own_unit"]}).context["rows"]) == 2


def test_who_handles_something_may_be_chosen(sign_in, officer):
    make_issue(officer)
    idle = OfficerFactory()
    html = sign_in(officer.user).get(LIST, {"more": "1"}).content.decode()
    handlers = re.search(r'<select[^>]*id="id_handler".*?</select>', html, re.DOTALL)
    assert handlers
    assert officer.user.name in handlers[0]
    assert idle.user.name not in handlers[0]


def test_a_list_too_long_to_choose_from_keeps_what_was_chosen(desk, officer, monkeypatch):
    monkeypatch.setattr(listing, "MOST_OPTIONS", 2)
    chosen = PlatformFactory(officer=officer, name="示例·选中的")
    for _each in range(3):
        PlatformFactory()
    html = desk.get(LIST, {"more": "1", "platform": chosen.pk}).content.decode()
    platforms = re.search(r'<select[^>]*id="id_platform".*?</select>', html, re.DOTALL)
    assert platforms
    assert re.findall(r"<option[^>]*>([^<]*)</option>", platforms[0]) == ["全部", "示例·选中的"]
    assert "太多，列不下：请在搜索框里写名称。" in html


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("2026-10-15T00:00:00+08:00", "2026-10-15T00:00"),
        ("2026-10-14T16:00:01Z", "2026-10-15T00:00:01"),
        ("2026-10-15T08:30", "2026-10-15T08:30"),
        ("yesterday", "yesterday"),
        ("2026-13-45T99:99", "2026-13-45T99:99"),
    ],
)
def test_a_moment_stands_in_the_browsers_own_picker(desk, given, shown):
    answer = desk.get(LIST, {"more": "1", "updated_since": given})
    assert re.search(rf'name="updated_since" value="{re.escape(shown)}"', answer.content.decode())
