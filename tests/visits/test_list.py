"""/visits/: whose visits, which filters, twenty a page, the same number of statements for one row and thirty."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Role
from issues.services import NewIssue
from tests.factories import CategoryFactory, OfficerFactory, PlatformFactory, UserFactory, make_visit

pytestmark = pytest.mark.django_db

LIST = reverse("visits:list")


def shown(answer) -> list[str]:
    assert answer.status_code == 200
    return [visit.text for visit in answer.context["page"]]


class TestWhoSees:
    @pytest.fixture
    def visits(self, officer):
        """One of the officer, one of a colleague in the same unit, one of a stranger."""
        make_visit(officer, text="自己")
        make_visit(OfficerFactory(user__unit=officer.home_unit), text="同事")
        make_visit(OfficerFactory(), text="别处")

    def test_an_officer_their_own(self, sign_in, officer, visits):
        assert shown(sign_in(officer.user).get(LIST)) == ["自己"]

    def test_a_unit_head_those_of_the_unit(self, sign_in, officer, visits):
        head = UserFactory(role=Role.UNIT_HEAD, unit=officer.home_unit)
        assert shown(sign_in(head).get(LIST)) == ["同事", "自己"]

    @pytest.mark.parametrize("role", [Role.BUREAU_STAFF, Role.COMMISSION_OFFICE, Role.LEADER])
    def test_those_who_see_everything_all_of_them(self, sign_in, role, visits):
        assert shown(sign_in(UserFactory(role=role)).get(LIST)) == ["别处", "同事", "自己"]

    @pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN])
    def test_administrators_none(self, sign_in, role, visits):
        assert sign_in(UserFactory(role=role)).get(LIST).status_code == 403

    def test_an_officer_who_handed_a_platform_over_still_sees_the_visits_made(self, sign_in, officer, visits):
        officer.assignments.update(ended_on=date(2026, 10, 14))
        assert shown(sign_in(officer.user).get(LIST)) == ["自己"]

    def test_a_row_counts_the_issues_its_reader_may_see(self, sign_in, officer, platform):
        issues = [NewIssue(tier="B", category=CategoryFactory(), text="消防") for _ in range(2)]
        make_visit(officer, platform=platform, issues=issues)
        competent = UserFactory(role=Role.UNIT_HEAD, unit=platform.competent_unit)
        seen = [sign_in(user).get(LIST).context["page"].rows[0].raised for user in (officer.user, competent)]
        assert seen == [2, None]

    def test_nobody_without_signing_in(self, client):
        answer = client.get(LIST)
        assert (answer.status_code, answer.url) == (302, "/sign-in/?next=/visits/")

    def test_the_button_to_log_is_there_for_those_who_may(self, sign_in, officer, leader):
        assert 'class="btn btn-primary" href="/visits/new/"' in sign_in(officer.user).get(LIST).content.decode()
        assert 'href="/visits/new/"' not in sign_in(leader).get(LIST).content.decode()


class TestFilters:
    @pytest.fixture
    def desk(self, sign_in, officer):
        first = PlatformFactory(name="示例·轨道中心", officer=officer, code="P-1")
        second = PlatformFactory(name="示例·激光实验室", officer=officer, code="P-2")
        make_visit(officer, platform=first, visited_on=date(2026, 9, 1), mode="phone", text="合同登记")
        make_visit(
            officer, platform=second, visited_on=date(2026, 9, 2), mode="on_site", text="看试验间", people_met="刘*"
        )
        make_visit(officer, platform=second, visited_on=date(2026, 9, 3), mode="phone", text="问政策")
        return sign_in(officer.user)

    @pytest.mark.parametrize(
        ("query", "texts"),
        [
            ("", ["问政策", "看试验间", "合同登记"]),
            ("mode=phone", ["问政策", "合同登记"]),
            ("visited_from=2026-09-02", ["问政策", "看试验间"]),
            ("visited_to=2026-09-02", ["看试验间", "合同登记"]),
            ("visited_from=2026-09-02&visited_to=2026-09-02", ["看试验间"]),
            ("q=激光", ["问政策", "看试验间"]),
            ("q=登记", ["合同登记"]),
            ("q=刘", ["看试验间"]),
            ("q=激光&mode=phone", ["问政策"]),
            ("q=查无", []),
            ("unknown=1", ["问政策", "看试验间", "合同登记"]),
        ],
    )
    def test_each_narrows_the_list(self, desk, query, texts):
        assert shown(desk.get(f"{LIST}?{query}")) == texts

    def test_by_platform_and_by_officer(self, desk, officer):
        second = officer.assignments.get(platform__code="P-2").platform
        assert shown(desk.get(LIST, {"platform": second.pk})) == ["问政策", "看试验间"]
        assert len(shown(desk.get(LIST, {"officer": officer.pk}))) == 3

    def test_each_filter_in_force_can_be_taken_off_alone(self, desk, officer):
        answer = desk.get(LIST, {"mode": "phone", "q": "政策", "visited_from": "2026-09-01", "cursor": ""})
        assert answer.context["filter"].applied == [
            ("政策", "mode=phone&visited_from=2026-09-01"),
            ("电话", "q=%E6%94%BF%E7%AD%96&visited_from=2026-09-01"),
            ("从 2026-09-01", "mode=phone&q=%E6%94%BF%E7%AD%96"),
        ]

    @pytest.mark.parametrize(
        ("query", "errors"),
        [
            ({"visited_from": "2026-13-01"}, {"visited_from": ["请写成2026-10-15这样的日期。"]}),
            ({"visited_to": "0000-01-01"}, {"visited_to": ["请写成2026-10-15这样的日期。"]}),
            ({"visited_from": "2026-09-02", "visited_to": "2026-09-01"}, {"visited_to": ["结束日期早于开始日期。"]}),
            ({"mode": "pigeon"}, {"mode": ["没有“pigeon”这个选项。"]}),
            ({"platform": "999999"}, {"platform": ["没有这一项，或不在您的查看范围。"]}),
            ({"officer": "9" * 400}, {"officer": ["没有这一项，或不在您的查看范围。"]}),
            ({"q": "\x00"}, {"q": ["含有无法保存的字符，请删去后再提交。"]}),
        ],
    )
    def test_a_wrong_value_has_its_words_and_finds_nothing(self, desk, query, errors):
        answer = desk.get(LIST, query)
        assert answer.status_code == 422
        assert answer.context["filter"].form.errors == errors
        assert list(answer.context["page"]) == []
        for messages in errors.values():
            assert messages[0] in answer.content.decode()

    def test_a_platform_of_someone_else_is_as_unknown_as_one_that_is_not_there(self, desk):
        answer = desk.get(LIST, {"platform": PlatformFactory().pk})
        assert answer.context["filter"].form.errors == {"platform": ["没有这一项，或不在您的查看范围。"]}

    @pytest.mark.parametrize("query", ["visited_from=0001-01-01", "visited_to=9999-12-31"])
    def test_far_days_are_days(self, desk, query):
        assert len(shown(desk.get(f"{LIST}?{query}"))) == 3


class TestPages:
    @pytest.fixture
    def desk(self, sign_in, officer):
        return sign_in(officer.user)

    def fill(self, officer, count):
        platform = (
            officer.assignments.first().platform if officer.assignments.exists() else PlatformFactory(officer=officer)
        )
        for number in range(count):
            day = date(2026, 10, 15) - timedelta(days=number // 2)
            make_visit(officer, platform=platform, visited_on=day, text=f"{number}")

    def test_twenty_a_page_newest_first_and_on_by_cursor(self, desk, officer):
        self.fill(officer, 45)
        pages, cursor = [], ""
        for _ in range(3):
            answer = desk.get(LIST, {"cursor": cursor, "mode": "on_site"})
            pages.append(shown(answer))
            cursor = answer.context["page"].next_cursor
        assert [len(page) for page in pages] == [20, 20, 5]
        assert pages[0][:4] == ["1", "0", "3", "2"]
        assert {text for page in pages for text in page} == {str(number) for number in range(45)}
        assert cursor == ""
        assert "mode=on_site" in answer.content.decode().split('rel="prev"')[1].split(">")[0]

    @pytest.mark.parametrize("cursor", ["abc", "\x00", "WzEsMl0", "9" * 2000])
    def test_a_cursor_that_is_not_ours_is_a_page_that_does_not_exist(self, desk, officer, cursor):
        self.fill(officer, 1)
        assert desk.get(LIST, {"cursor": cursor}).status_code == 404

    def test_thirty_rows_cost_no_more_statements_than_one(self, desk, officer):
        def statements():
            with CaptureQueriesContext(connection) as asked:
                desk.get(LIST)
            return len(asked)

        self.fill(officer, 1)
        once = statements()
        self.fill(officer, 29)
        assert statements() == once

    def test_an_empty_list_says_so_and_shows_the_way_on(self, desk):
        page = desk.get(LIST).content.decode()
        assert "还没有走访联系" in page
        assert "没有符合条件的记录" in desk.get(LIST, {"q": "查无"}).content.decode()
