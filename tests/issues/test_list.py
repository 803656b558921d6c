"""/issues/: whose rows, in which order, by which filters, at which cost."""

import re
from datetime import date

import pytest
from django.urls import reverse

from accounts.models import Role
from config.clock import frozen
from issues.models import Issue
from issues.services import resolve
from tests.factories import OfficerFactory, PlatformFactory, UnitFactory, UserFactory, make_issue
from tests.issues.acts import suspend
from workdays.calendar import current_calendar

pytestmark = pytest.mark.django_db

LIST = reverse("issues:list")


def listed(answer) -> list[str]:
    assert answer.status_code == 200
    return [row["text"] for row in answer.context["rows"]]


def due_on(text: str, day: str, officer=None) -> Issue:
    """An open issue whose clock runs to `day`."""
    issue = make_issue(officer, text=text)
    nearing_on = current_calendar().back(date.fromisoformat(day), 3)
    Issue.objects.filter(pk=issue.pk).update(due_on=day, clock_due_on=day, nearing_on=nearing_on)
    return issue


@pytest.fixture
def desk(sign_in, bureau_staff):
    """The browser of one who sees everything."""
    return sign_in(bureau_staff)


class TestWhoSeesWhat:
    def test_an_officer_sees_own_platforms_and_what_they_registered(self, sign_in, officer):
        make_issue(officer, text="自己的")
        handed_over = PlatformFactory(officer=OfficerFactory())
        make_issue(officer, platform=handed_over, text="移交前登记的")
        mine = PlatformFactory(officer=officer)
        make_issue(OfficerFactory(), platform=mine, text="前任登记的")
        make_issue(OfficerFactory(), text="别人的")
        assert listed(sign_in(officer.user).get(LIST)) == ["前任登记的", "移交前登记的", "自己的"]

    def test_a_unit_sees_what_it_leads_or_its_officers_raised(self, sign_in):
        unit = UnitFactory(code="U-1")
        below = OfficerFactory(user=UserFactory(unit=UnitFactory(code="U-2", parent=unit)))
        make_issue(below, text="下属单位提出的")
        led = make_issue(OfficerFactory(), text="本单位主办的")
        Issue.objects.filter(pk=led.pk).update(lead_unit=unit)
        make_issue(OfficerFactory(), text="别的单位的")
        head = sign_in(UserFactory(role=Role.UNIT_HEAD, unit=unit))
        assert listed(head.get(LIST)) == ["本单位主办的", "下属单位提出的"]

    @pytest.mark.parametrize("role", [Role.BUREAU_STAFF, Role.COMMISSION_OFFICE, Role.LEADER])
    def test_these_see_everything(self, sign_in, role):
        make_issue(text="一")
        make_issue(text="二")
        assert listed(sign_in(UserFactory(role=role)).get(LIST)) == ["二", "一"]

    @pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN])
    def test_administrators_see_no_issue(self, sign_in, role):
        make_issue(text="不该看到")
        answer = sign_in(UserFactory(role=role)).get(LIST)
        assert answer.status_code == 403
        assert "不该看到" not in answer.content.decode()

    def test_the_anonymous_go_to_the_sign_in_page(self, client):
        answer = client.get(LIST)
        assert (answer.status_code, answer.url) == (302, "/sign-in/?next=/issues/")

    def test_nobody_posts_here(self, desk):
        assert desk.post(LIST).status_code == 405


class TestOrder:
    def test_the_newest_first_unless_a_clock_is_asked_for(self, desk):
        for text, day in (("晚", "2026-11-20"), ("早", "2026-10-16"), ("中", "2026-10-30")):
            due_on(text, day)
        assert listed(desk.get(LIST)) == ["中", "早", "晚"]
        assert listed(desk.get(LIST, {"open": "true"})) == ["早", "中", "晚"]
        assert listed(desk.get(LIST, {"sort": "due"})) == ["早", "中", "晚"]
        assert listed(desk.get(LIST, {"open": "true", "sort": "new"})) == ["中", "早", "晚"]

    @pytest.mark.parametrize("query", ["", "open=true", "sort=due"])
    def test_pages_of_twenty_meet_every_row_once_in_both_directions(self, desk, query):
        for number in range(45):
            due_on(str(number), f"2026-11-{number % 7 + 1:02d}")
        done = Issue.objects.get(text="3")
        resolve(done, result="solved", reply="好", actor=done.handler)
        pages: list[list[str]] = []
        cursor = ""
        while cursor or not pages:
            answer = desk.get(f"{LIST}?{query}&cursor={cursor}")
            pages.append(listed(answer))
            cursor = answer.context["page"].next_cursor
        rows = 44 if query == "open=true" else 45
        assert [len(page) for page in pages] == [20, 20, rows - 40]
        assert len({text for page in pages for text in page}) == rows
        back = desk.get(f"{LIST}?{query}&cursor={answer.context['page'].previous_cursor}")
        assert listed(back) == pages[1]

    def test_a_foreign_cursor_is_a_page_that_does_not_exist(self, desk):
        assert desk.get(LIST, {"cursor": "abc"}).status_code == 404


class TestViewsAndFilters:
    def test_saved_views_hold_what_they_say(self, desk):
        for text, day in (
            ("逾期", "2026-10-14"),
            ("今日", "2026-10-15"),
            ("临期", "2026-10-20"),
            ("正常", "2026-11-20"),
        ):
            due_on(text, day)
        make_issue(tier="A", text="已答")
        views = {view.label: view.query for view in desk.get(LIST).context["bar"].tabs}
        found = {label: listed(desk.get(f"{LIST}?{query}")) for label, query in views.items()}
        assert found == {
            "全部": ["已答", "正常", "临期", "今日", "逾期"],
            "在办": ["逾期", "今日", "临期", "正常"],
            "临期": ["临期"],
            "今日到期": ["今日"],
            "逾期": ["逾期"],
        }

    def test_mine_is_there_for_those_who_have_something_to_do(self, sign_in, officer, leader):
        due_on("我的", "2026-10-20", officer)
        due_on("别人的", "2026-10-20")
        labels = [view.label for view in sign_in(officer.user).get(LIST).context["bar"].tabs]
        assert labels[-1] == "我的"
        assert listed(sign_in(officer.user).get(LIST, {"todo": "true"})) == ["我的"]
        assert "我的" not in [view.label for view in sign_in(leader).get(LIST).context["bar"].tabs]

    def test_the_present_view_is_marked_whatever_its_page_or_order(self, desk):
        bar = desk.get(LIST, {"warning": "overdue", "sort": "new"}).context["bar"]
        assert [view.label for view in bar.tabs if view.is_current] == ["逾期"]
        assert [v.label for v in desk.get(LIST, {"tier": "B"}).context["bar"].tabs if v.is_current] == []

    def test_filters_in_force_come_off_one_by_one(self, desk):
        platform = PlatformFactory(name="示例·光电中心")
        query = f"tier=B&tier=C&platform={platform.pk}&q=消防&selection=late&period_from=2026-10-01&sort=due"
        applied = desk.get(f"{LIST}?{query}").context["bar"].applied
        assert [each.label for each in applied] == [
            *(
                "B 本单位办理",
                "C 跨部门协调",
                "平台：示例·光电中心",
                "编号、平台或问题：消防",
                "超期",
                "期间从：2026-10-01",
            ),
        ]
        assert applied[0].without.startswith(f"tier=C&platform={platform.pk}&q=")
        assert "period_from" not in applied[4].without
        assert "selection" not in applied[4].without

    def test_filters_in_force_are_named_in_the_readers_language(self, desk):
        desk.cookies["django_language"] = "en"
        applied = desk.get(f"{LIST}?tier=C&q=消防&warning=overdue").context["bar"].applied
        assert [each.label for each in applied] == ["C Across units", "Overdue", "Number, platform or issue: 消防"]

    def test_the_form_keeps_what_it_does_not_show(self, desk):
        bar = desk.get(f"{LIST}?open=true&tier=B&due_from=2026-10-01&sort=due&cursor=").context["bar"]
        assert bar.carried == [("open", "true"), ("due_from", "2026-10-01"), ("sort", "due")]
        more = desk.get(f"{LIST}?more=1&due_from=2026-10-01").context["bar"]
        assert (more.is_more, more.carried) == (True, [("more", "1")])

    def test_a_wrong_value_is_answered_beside_its_filter_and_lists_nothing(self, desk):
        make_issue(text="不该出现")
        answer = desk.get(LIST, {"tier": "Z", "due_from": "soon", "q": "消防"})
        assert answer.status_code == 422
        html = answer.content.decode()
        assert "不该出现" not in html
        assert re.search(r'id="id_tier"[^>]*aria-describedby="id_tier_error"', html)
        assert re.search(r'id="id_tier_error">.*没有“Z”这个选项。', html)
        assert re.search(r'id="id_due_from_error">.*请写成2026-10-15这样的日期。', html)
        assert 'value="消防"' in html
        assert '<a href="#id_due_from">到期日从：请写成2026-10-15这样的日期。</a>' in html

    def test_what_is_typed_is_text_not_markup(self, desk):
        html = desk.get(LIST, {"q": "<script>alert(1)</script>", "tier": "<b>"}).content.decode()
        assert "<script>alert" not in html
        assert "<b>”" not in html

    def test_nothing_found_leads_back_to_everything(self, desk):
        make_issue()
        for query, title in (({"q": "没有这样的话"}, "没有找到“没有这样的话”"), ({"tier": "D"}, "没有符合条件的问题")):
            html = desk.get(LIST, query).content.decode()
            assert f"<h3>{title}</h3>" in html
            assert '<a class="btn btn-light" href="?view=all">' in html

    def test_an_empty_register_says_where_issues_come_from(self, desk):
        assert "走访或联系中听到的问题，登记后出现在这里。" in desk.get(LIST).content.decode()


class TestRows:
    def test_a_row_says_what_where_and_until_when(self, desk):
        with frozen("2026-10-12T09:00"):
            issue = make_issue(text="消防验收\n迟迟没有通过", platform=PlatformFactory(name="示例·光电中心"))
        html = " ".join(desk.get(LIST).content.decode().split())
        assert issue.number in html
        assert "示例·光电中心 · " in html
        assert '<td role="cell" class="num text-nowrap" data-label="到期">2026-10-26</td>' in html
        assert "正常·剩7天" in html

    def test_what_waits_for_review_has_a_view_for_those_who_review(self, sign_in, desk, officer):
        def labels(client) -> list[str]:
            return [view.label for view in client.get(LIST).context["bar"].tabs]

        assert "到期日待复核" not in labels(desk)
        Issue.objects.filter(pk=make_issue(officer, text="待复核的").pk).update(needs_review=True)
        make_issue(officer, text="别的")
        assert labels(desk)[-1] == "到期日待复核"
        assert "到期日待复核" not in labels(sign_in(officer.user))
        assert listed(desk.get(LIST, {"needs_review": "true"})) == ["待复核的"]
        assert [row["remark"] for row in desk.get(LIST).context["rows"]] == ["", "待复核"]
        assert listed(desk.get(LIST, {"needs_review": "false"})) == ["别的"]

    def test_r36_suspensions_to_review_have_a_view_for_those_who_may_act(self, sign_in, desk, officer, commission):
        def labels(client) -> list[str]:
            return [view.label for view in client.get(LIST).context["bar"].tabs]

        with frozen("2026-10-12T09:00"):
            suspend(make_issue(officer, text="今天复查"), date(2026, 10, 15))
            suspend(make_issue(officer, text="明天复查"), date(2026, 10, 16))
            make_issue(officer, text="在办的")
        assert labels(sign_in(commission))[-1] == labels(sign_in(officer.user))[-1] == "挂账待复查"
        assert "挂账待复查" not in labels(sign_in(OfficerFactory().user))
        assert "挂账待复查" not in labels(desk)
        assert listed(desk.get(LIST, {"review_due": "true"})) == ["今天复查"]
        assert listed(desk.get(LIST, {"review_due": "false"})) == ["在办的", "明天复查"]

    def test_what_is_suspended_can_be_listed(self, desk, officer):
        suspend(make_issue(officer, text="挂账的"))
        make_issue(officer, text="在办的")
        assert listed(desk.get(LIST, {"state": "suspended"})) == ["挂账的"]
        assert "挂账·停表" in desk.get(LIST, {"state": "suspended"}).content.decode()

    def test_a_long_text_is_cut_and_a_date_never(self, desk):
        make_issue(text="长" * 2000)
        html = desk.get(LIST).content.decode()
        assert 80 <= max(map(len, re.findall("长+", html))) <= 90
        assert "2026-10-29" in html

    def test_one_row_costs_the_statements_of_thirty(self, desk, django_assert_num_queries):
        def cost(query: str) -> None:
            with django_assert_num_queries(expected[query]):
                assert desk.get(f"{LIST}?{query}").status_code == 200

        expected = {"": 9, "open=true": 9, "more=1": 15}
        due_on("一", "2026-10-20")
        for query in expected:
            cost(query)
        expected["open=true"] = 8  # a full page does not look for those without a date
        for number in range(29):
            officer = OfficerFactory()
            due_on(str(number), "2026-10-20", officer)
            resolve(make_issue(officer), result="solved", reply="好", actor=officer.user)
        for query in expected:
            cost(query)
