"""/issues/<number>/: one issue, for those who may see it, with what they may do."""

from datetime import date

import pytest
from django.urls import reverse

from accounts.models import Role
from config.clock import frozen, today
from issues.models import Event, EventKind, Issue
from issues.services import confirm_plan, resolve
from issues.tick import tick
from tests.factories import CategoryFactory, OfficerFactory, UserFactory, disable, make_issue
from tests.issues.acts import in_hand

pytestmark = pytest.mark.django_db


@pytest.fixture
def issue(officer):
    return make_issue(officer, text="消防验收迟迟没有通过", tier="C", nature="cross_unit", urgency="urgent")


@pytest.fixture
def own(officer):
    """Tier B: in the hands of the officer and the own unit."""
    return make_issue(officer)


def plan(issue, promised_on="2026-11-20"):
    return confirm_plan(
        issue,
        text="分两批进场。",
        unit=issue.lead_unit,
        person="周工",
        promised_on=date.fromisoformat(promised_on),
        told_platform_on=today(),
        actor=issue.handler,
    )


def page(client, issue) -> str:
    answer = client.get(issue.get_absolute_url())
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


PLAN, RESOLVE = "/plan/", "/resolve/"


class TestWhoSeesWhat:
    def test_the_officer_sees_it_with_both_moves(self, sign_in, officer, own):
        html = page(sign_in(officer.user), own)
        assert f"/issues/{own.number}{PLAN}" in html
        assert f"/issues/{own.number}{RESOLVE}" in html

    def test_the_units_head_may_move_it(self, sign_in, own):
        assert PLAN in page(sign_in(UserFactory(role=Role.UNIT_HEAD, unit=own.lead_unit)), own)

    def test_what_is_another_units_the_officer_watches_and_its_head_plans(self, sign_in, officer, issue):
        issue = in_hand(issue)
        assert PLAN not in page(sign_in(officer.user), issue)
        assert PLAN in page(sign_in(issue.handler), issue)

    def test_the_commission_office_refers_and_reminds_and_neither_plans_nor_resolves(self, sign_in, commission, issue):
        html = page(sign_in(commission), issue)
        assert f"/issues/{issue.number}/refer/" in html
        assert f"/issues/{issue.number}/remind/" in html
        assert PLAN not in html
        assert RESOLVE not in html

    @pytest.mark.parametrize("role", [Role.LEADER, Role.BUREAU_STAFF])
    def test_readers_see_no_button(self, sign_in, issue, role):
        html = page(sign_in(UserFactory(role=role)), issue)
        assert "消防验收迟迟没有通过" in html
        assert PLAN not in html
        assert RESOLVE not in html

    @pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN])
    @pytest.mark.parametrize("number", ["2026-000001", "2026-999999"])
    def test_administrators_learn_of_no_issue_whether_it_exists(self, sign_in, issue, role, number):
        assert sign_in(UserFactory(role=role)).get(f"/issues/{number}/").status_code == 403

    @pytest.mark.parametrize("role", [Role.OFFICER, Role.UNIT_HEAD, Role.API_CLIENT])
    def test_to_an_outsider_it_does_not_exist(self, sign_in, issue, role):
        outsider = OfficerFactory().user if role == Role.OFFICER else UserFactory(role=role)
        assert sign_in(outsider).get(issue.get_absolute_url()).status_code == 404

    def test_the_anonymous_go_to_the_sign_in_page(self, client, issue):
        answer = client.get(issue.get_absolute_url())
        assert (answer.status_code, answer.url) == (302, f"/sign-in/?next=/issues/{issue.number}/")

    @pytest.mark.parametrize("number", ["2026-999999", "2026-1", "%00", "2026-00000%00", "x" * 300, "２０２６-000001"])
    def test_what_is_no_number_is_not_found(self, sign_in, bureau_staff, number):
        assert sign_in(bureau_staff).get(f"/issues/{number}/").status_code == 404


class TestWhatItSays:
    def test_an_open_issue(self, sign_in, officer, issue):
        html = page(sign_in(officer.user), issue)
        for words in (
            issue.number,
            "跨部门协调·15个工作日",
            "待交办",
            "正常·剩15天",
            "10月15日提出，次日起算，第15个工作日是<strong>11月5日（星期四）</strong>24:00前。",
            "已用0 / 15个工作日 · 到期日第1版",
            "未启动",
            "跨部门跨区域",
            "紧急",
        ):
            assert words in html, words
        assert "解决方案</h2>" not in html
        assert "处置结果</h2>" not in html

    def test_a_planned_issue_shows_both_clocks(self, sign_in, officer, issue):
        with frozen("2026-10-20T10:00"):
            issue = in_hand(issue)
            plan(issue)
        html = page(sign_in(officer.user), issue)
        for words in ("已定方案", "已停表·按时", "已用3 / 15个工作日", "2026-11-20", "周工", "方案承诺日 第 1 版"):
            assert words in html, words
        assert PLAN not in html
        assert RESOLVE not in html  # that is the unit's
        html = page(sign_in(issue.handler), issue)
        assert PLAN not in html
        assert RESOLVE in html

    def test_a_late_resolution_stays_late(self, sign_in, officer, issue):
        with frozen("2026-11-09T10:00"):
            issue = in_hand(issue)
            resolve(issue, result="partly", reply="先解决了一半。", actor=issue.handler)
        with frozen("2026-11-30T10:00"):
            html = page(sign_in(officer.user), issue)
        for words in (
            "已停表·逾期2个工作日",
            "部分解决",
            "先解决了一半。",
            "等待平台确认",
            "没有另定方案，直接办结。",
        ):
            assert words in html, words
        assert PLAN not in html
        assert RESOLVE not in html
        assert RESOLVE not in page(sign_in(issue.handler), issue)

    def test_an_issue_answered_on_the_spot_has_no_clock(self, sign_in, officer):
        issue = make_issue(officer, tier="A", answer="按办事指南第3条。")
        html = page(sign_in(officer.user), issue)
        assert "当场解决·不计时限" in html
        assert "10月15日提出，当场答复，不计时限。" in html
        assert "按办事指南第3条。" in html
        assert "ld-clocks" not in html

    def test_the_timeline_tells_who_was_warned(self, sign_in, officer, issue):
        head = UserFactory(role=Role.UNIT_HEAD, unit=issue.lead_unit, name="王处长")
        with frozen("2026-11-02T08:30"):
            tick()
        with frozen("2026-11-06T00:00"):
            tick()
        answer = sign_in(officer.user).get(issue.get_absolute_url())
        events = answer.context["events"]
        assert [(event.title, event.actor_label) for event in events] == [
            ("逾期·第2级预警", f"收件：{head.name}。"),
            ("逾期预警", f"收件：{officer.user.name}。"),
            ("今日到期预警", "同时到达更高的级次，只通知了那一级。"),
            ("临期预警", f"收件：{officer.user.name}、{head.name}。"),
            ("过半预警", "同时到达更高的级次，只通知了那一级。"),
            ("登记", officer.user.name),
        ]
        assert [event.is_latest for event in events] == [True, *[False] * 5]
        version = events[-1].version
        assert (version.clock, version.number, version.old, version.new) == ("到期日", 1, None, date(2026, 11, 5))
        assert version.why == "2026-10-15次日起第15个工作日"

    def test_a_warning_that_reached_nobody_says_so(self, sign_in, bureau_staff, issue):
        disable(issue.handler)
        with frozen("2026-11-05T08:30"):
            tick()
        assert "没有可以通知的人。" in page(sign_in(bureau_staff), issue)

    def test_late_registration_is_marked(self, sign_in, officer):
        assert "补录" in page(sign_in(officer.user), make_issue(officer, raised_on=date(2026, 10, 13)))
        assert "补录" not in page(sign_in(officer.user), make_issue(officer, raised_on=date(2026, 10, 14)))

    def test_a_long_text_is_told_in_full_and_escaped(self, sign_in, officer):
        html = page(sign_in(officer.user), make_issue(officer, text="<script>x</script>" + "长" * 200))
        assert "&lt;script&gt;x&lt;/script&gt;" + "长" * 200 in html
        assert "<script>x" not in html

    @pytest.mark.parametrize(("tier", "cost"), [("B", 23), ("C", 23)])
    def test_it_costs_the_same_with_fifty_events(self, sign_in, officer, tier, cost, django_assert_num_queries):
        issue, client = make_issue(officer, tier=tier), sign_in(officer.user)
        with frozen("2026-11-05T08:30"):
            tick()
        for extra in (0, 50):
            Event.objects.bulk_create(
                Event(
                    issue=issue,
                    kind=EventKind.WARNED,
                    at=issue.registered_at,
                    after="nearing",
                    actor=UserFactory(),
                    deadline=issue.deadlines.get(),
                )
                for _ in range(extra)
            )
            with django_assert_num_queries(cost):
                client.get(issue.get_absolute_url())

    def test_the_category_comes_with_its_domain(self, sign_in, officer):
        parent = CategoryFactory(code="COND", name="条件建设")
        issue = make_issue(officer, category=CategoryFactory(code="COND-1", name="用房", parent=parent))
        assert "条件建设 · 用房" in page(sign_in(officer.user), issue)
        assert Issue.objects.count() == 1


@pytest.mark.parametrize("name", ["issues:detail", "issues:plan", "issues:resolve"])
def test_addresses_stay(name):
    words = {"issues:detail": "", "issues:plan": "plan/", "issues:resolve": "resolve/"}
    assert reverse(name, args=["2026-000123"]) == f"/issues/2026-000123/{words[name]}"
