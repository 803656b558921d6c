"""The log form before it is sent: what it offers, the buttons that work without script, the parts htmx fetches."""

import html
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from issues.models import IssueCategory
from tests.factories import (
    CategoryFactory,
    OfficerFactory,
    PlatformFactory,
    UserFactory,
    make_issue,
    make_visit,
)
from visits.models import Visit

pytestmark = pytest.mark.django_db

LOG = reverse("visits:log")
PARTS = [
    reverse(f"visits:{name}")
    for name in ("add-issue-row", "due-dates", "suggested-tier", "platform-search", "platform-brief")
]


@pytest.fixture
def desk(sign_in, officer, platform):
    return sign_in(officer.user)


def words(answer) -> str:
    """The page's text without the indentation of its source."""
    return " ".join(html.unescape(answer.content.decode()).split())


class TestWhatTheFormOffers:
    def test_an_officers_own_platforms_and_today(self, desk, officer, platform):
        PlatformFactory(name="示例·别人的平台")
        second = PlatformFactory(officer=officer)
        form = desk.get(LOG).context["form"].visit
        offered = {name for key, name in form.fields["platform"].choices if key}
        assert offered == {platform.name, second.name}
        assert (form["visited_on"].value(), form["platform"].value(), form["mode"].value()) == (
            date(2026, 10, 15),
            None,
            None,
        )

    def test_the_only_platform_is_chosen_and_the_linked_one_too(self, desk, officer, platform):
        assert desk.get(LOG).context["form"].visit["platform"].value() == platform.pk
        second = PlatformFactory(officer=officer)
        assert desk.get(LOG, {"platform": second.pk}).context["form"].visit["platform"].value() == second.pk

    def test_a_link_to_a_platform_of_someone_else_chooses_nothing_and_tells_nothing(self, desk):
        stranger = PlatformFactory(name="示例·别人的平台")
        answer = desk.get(LOG, {"platform": stranger.pk})
        assert answer.context["form"].visit["platform"].value() is None
        assert stranger.name not in answer.content.decode()

    def test_categories_stand_in_their_groups(self, desk, platform):
        top = IssueCategory.objects.create(code="TALE", name="人才培育")
        IssueCategory.objects.create(code="TALE-FLEX", name="柔性引才", parent=top)
        CategoryFactory(code="MISC", name="未归类")
        page = words(desk.get(reverse("visits:add-issue-row")))
        assert '<optgroup label="人才培育">' in page
        assert page.index("柔性引才") < page.index("未归类")
        assert ">人才培育</option>" not in page

    def test_the_platforms_news_stand_beside_the_form(self, desk, officer, platform):
        make_visit(
            officer, platform=platform, visited_on=date(2026, 10, 12), people_met="副主任 刘*", text="等施工方签字。"
        )
        make_issue(officer, platform=platform, raised_on=date(2026, 9, 20))
        make_issue(officer, platform=platform)
        page = words(desk.get(LOG))
        assert "10月12日</a> 上门" in page
        assert "<dt>本季</dt><dd>已联系</dd>" in page
        assert "2 项</a>，其中临期或逾期 1 项" in page
        assert "等施工方签字。" in page

    def test_a_month_of_visits_costs_no_more_statements_than_one(self, desk, officer, platform):
        def statements():
            with CaptureQueriesContext(connection) as asked:
                desk.get(LOG)
            return len(asked)

        make_visit(officer, platform=platform)
        once = statements()
        for day in range(29):
            make_visit(officer, platform=platform, visited_on=date(2026, 10, 15) - timedelta(days=day % 4))
        assert statements() == once


class TestWithoutScript:
    """Each of the small buttons sends the whole form and gets it back, changed, unjudged and with nothing lost."""

    def test_a_row_is_added(self, desk, typed):
        answer = desk.post(
            LOG, typed(text="", visited_on="写错了").with_issue("A", text="消防", answer="") | {"add_issue": "1"}
        )
        form = answer.context["form"]
        assert answer.status_code == 200
        assert [(row.key, row["text"].value(), row["tier"].value()) for row in form.issues] == [
            (0, "消防", "A"),
            (1, None, None),
        ]
        assert form.visit["visited_on"].value() == "写错了"
        assert "invalid-feedback" not in answer.content.decode()
        assert not Visit.objects.exists()

    def test_a_row_is_removed_and_the_others_keep_their_words(self, desk, typed):
        data = typed(people_met="刘*").with_issue("B", text="一").with_issue("C", text="二").with_issue("D", text="三")
        form = desk.post(LOG, data | {"remove_issue": "1"}).context["form"]
        assert [(row.number, row["text"].value(), row["tier"].value()) for row in form.issues] == [
            (1, "一", "B"),
            (2, "三", "D"),
        ]
        assert form.visit["people_met"].value() == "刘*"
        assert form.visit["client_id"].value() == data["client_id"]

    def test_a_draft_comes_back_as_it_was_kept(self, desk, typed):
        data = typed(is_missed="on", text="半截").with_issue("A", text="柔性引才", answer="可以", platform_agrees="on")
        answer = desk.post(LOG, data | {"restore": "1"})
        row = answer.context["form"].issues[0]
        assert (answer.status_code, row["answer"].value(), row["platform_agrees"].value()) == (200, "可以", True)
        assert answer.context["form"].visit["is_missed"].value() is True
        assert not Visit.objects.exists()

    def test_bureau_staff_find_a_platform_by_its_name(self, sign_in, bureau_staff, typed, platform):
        for number in range(25):
            PlatformFactory(name=f"示例·传感中心{number}")
        data = typed(platform=str(platform.pk), platform_q="传感", find_platform="1")
        answer = sign_in(bureau_staff).post(LOG, data)
        page = words(answer)
        found = answer.context["form"].visit.found
        assert [found[0], len(found)] == [platform, 21]
        assert f'value="{platform.pk}" id="platform-{platform.pk}" checked' in page
        assert "只列出前" in page


class TestParts:
    @pytest.mark.parametrize("url", PARTS)
    def test_only_those_who_log_get_them(self, client, sign_in, leader, desk, url):
        assert desk.get(url).status_code == 200
        assert sign_in(leader).get(url).status_code == 403
        assert sign_in(UserFactory(role="unit_head")).get(url).status_code == 403
        assert (client.get(url).status_code, client.get(url).url) == (302, f"/sign-in/?next={url}")
        assert client.get(url, headers={"HX-Request": "true"}).status_code == 401
        assert desk.post(url).status_code == 405

    @pytest.mark.parametrize("url", PARTS)
    def test_nonsense_breaks_none_of_them(self, desk, sign_in, bureau_staff, url):
        for value in ("", "\x00", "abc", "9" * 400, "9999-12-31", "0001-01-01", "\ufffd"):
            query = dict.fromkeys(("platform", "platform_q", "visited_on", "issue", "issue-0-nature"), value)
            assert desk.get(url, query).status_code == 200
            assert sign_in(bureau_staff).get(url, query).status_code == 200

    def test_a_new_row_takes_the_next_key_and_the_forms_day(self, desk):
        page = words(desk.get(PARTS[0], {"issue": ["0", "4"], "visited_on": "2026-10-13"}))
        assert '<input type="hidden" name="issue" value="5">' in page
        assert "问题 <span data-ld-number>3</span>" in page
        assert page.count("autofocus") == 1
        assert [term in page for term in ("10 个工作日，最迟 10月27日", "15 个工作日，最迟 11月3日")] == [True, True]

    @pytest.mark.parametrize(
        ("day", "terms"),
        [
            ("2026-10-15", ["10 个工作日，最迟 10月29日", "15 个工作日，最迟 11月5日", "30 个工作日，最迟 11月26日"]),
            ("2026-09-17", ["10 个工作日，最迟 10月8日", "15 个工作日，最迟 10月14日", "30 个工作日，最迟 11月4日"]),
            ("2026-10-16", ["10 个工作日", "15 个工作日", "30 个工作日"]),
            ("", ["10 个工作日", "15 个工作日", "30 个工作日"]),
        ],
    )
    def test_the_cards_follow_the_day_and_name_none_for_an_impossible_one(self, desk, day, terms):
        page = words(desk.get(PARTS[1], {"visited_on": day}))
        assert [part.split("<")[0].strip() for part in page.split('">')[1:]] == terms

    @pytest.mark.at("2026-12-15T12:00")
    def test_a_last_day_beyond_the_published_calendar_is_called_provisional(self, desk):
        assert "10 个工作日，最迟 12月29日（暂定）" in words(desk.get(PARTS[1], {"visited_on": "2026-12-15"}))

    @pytest.mark.parametrize(
        ("nature", "suggestion"),
        [
            ("cross_unit", "按性质建议 C 类（跨部门协调），可改"),
            ("upward", "按性质建议 D 类（市级调度），可改"),
            ("", ""),
        ],
    )
    def test_the_nature_suggests_a_tier(self, desk, nature, suggestion):
        query = {"issue": "3", "issue-3-nature": nature, "issue-3-urgency": "normal", "issue-3-importance": "major"}
        assert words(desk.get(PARTS[2], query)) == suggestion

    def test_a_search_stays_within_what_one_may_log_for(self, desk, officer):
        PlatformFactory(name="示例·别人的传感中心")
        PlatformFactory(name="示例·自己的传感中心", officer=officer)
        page = words(desk.get(PARTS[3], {"platform_q": "传感"}))
        assert "自己的传感中心" in page
        assert "别人的传感中心" not in page

    def test_a_search_finds_by_code_and_says_when_it_finds_nothing(self, sign_in, bureau_staff):
        PlatformFactory(name="示例·光电中心", code="P-77")
        staff = sign_in(bureau_staff)
        assert "示例·光电中心" in words(staff.get(PARTS[3], {"platform_q": "P-77"}))
        assert "没有找到" in words(staff.get(PARTS[3], {"platform_q": "查无此名"}))

    def test_nobody_learns_of_a_platform_that_is_not_theirs(self, desk):
        stranger = OfficerFactory()
        theirs = PlatformFactory(officer=stranger)
        make_visit(stranger, platform=theirs, text="只有他们知道")
        page = words(desk.get(PARTS[4], {"platform": theirs.pk}))
        assert "只有他们知道" not in page
        assert "选好平台后" in page
