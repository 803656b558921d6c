"""/visits/<pk>/: what was heard, what is needed, what was raised, for those whose business it is."""

import html
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Role
from issues.services import NewIssue
from tests.factories import CategoryFactory, OfficerFactory, PlatformFactory, UnitFactory, UserFactory, make_visit
from visits.services import Need

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit(officer, platform):
    return make_visit(
        officer,
        platform=platform,
        visited_on=date(2026, 10, 13),
        mode="phone",
        people_met="副主任 刘*",
        companions="张*",
        text="看了<b>振动</b>试验间\n第二行",
        needs={"conditions": Need(difficulty="设备进不了场"), "talent": Need(need="周末工程师")},
        issues=[
            NewIssue(tier="C", category=CategoryFactory(), text="消防验收没有通过"),
            NewIssue(tier="A", category=CategoryFactory(), text="能否柔性引才", answer="可以，已留下指南。"),
        ],
    )


def words(answer) -> str:
    assert answer.status_code == 200
    return " ".join(html.unescape(answer.content.decode()).split())


def test_it_shows_all_that_was_recorded(sign_in, officer, visit):
    page = words(sign_in(officer.user).get(visit.get_absolute_url()))
    assert "2026年10月13日 星期二" in page
    for said in ("电话", "副主任 刘*", "张*", "条件建设", "设备进不了场", "人才培育", "周末工程师"):
        assert said in page
    assert "看了<b>振动</b>试验间<br>第二行" in page
    assert f'<a href="/platforms/{visit.platform_id}/">{visit.platform.name}</a>' in page
    assert '<a class="num" href="/issues/2026-000001/">2026-000001</a>' in page
    assert "最迟2026年11月3日" in page
    assert "正常·剩13天" in page
    assert "可以，已留下指南。" in page


def test_text_is_text(sign_in, officer, visit):
    assert "<b>振动" not in sign_in(officer.user).get(visit.get_absolute_url()).content.decode()


@pytest.mark.parametrize("role", [Role.BUREAU_STAFF, Role.COMMISSION_OFFICE, Role.LEADER])
def test_those_who_see_everything_read_it_and_who_wrote_it(sign_in, visit, role):
    page = words(sign_in(UserFactory(role=role)).get(visit.get_absolute_url()))
    assert f"{visit.created_by.name}，10月15日 12:00" in page
    assert "data-ld-logged" not in page


def test_the_unit_of_the_officer_reads_it(sign_in, officer, visit):
    head = UserFactory(role=Role.UNIT_HEAD, unit=officer.home_unit)
    assert sign_in(head).get(visit.get_absolute_url()).status_code == 200


def test_a_unit_that_is_only_competent_for_the_platform_sees_no_issue_led_elsewhere(sign_in, visit):
    head = UserFactory(role=Role.UNIT_HEAD, unit=visit.platform.competent_unit)
    page = words(sign_in(head).get(visit.get_absolute_url()))
    assert "2026-000001" not in page
    assert "消防验收没有通过" not in page


def test_to_an_outsider_it_does_not_exist(sign_in, visit):
    outsiders = [
        OfficerFactory().user,
        UserFactory(role=Role.UNIT_HEAD, unit=UnitFactory()),
        *(UserFactory(role=role) for role in (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN)),
    ]
    assert [sign_in(user).get(visit.get_absolute_url()).status_code for user in outsiders] == [404] * 5


def test_the_officer_who_takes_over_reads_what_went_before(sign_in, officer, visit):
    successor = OfficerFactory()
    officer.assignments.update(ended_on=date(2026, 10, 14))
    PlatformFactory(officer=successor)
    assert sign_in(successor.user).get(visit.get_absolute_url()).status_code == 404
    successor.assignments.create(platform=visit.platform, started_on=date(2026, 10, 15), created_at=visit.created_at)
    assert sign_in(successor.user).get(visit.get_absolute_url()).status_code == 200


def test_an_anonymous_reader_is_asked_to_sign_in(client, visit):
    answer = client.get(visit.get_absolute_url())
    assert (answer.status_code, answer.url) == (302, f"/sign-in/?next={visit.get_absolute_url()}")


@pytest.mark.parametrize("pk", ["999999", "9" * 18, "9" * 40])
def test_a_visit_that_is_not_there_is_not_found(sign_in, officer, pk):
    assert sign_in(officer.user).get(f"/visits/{pk}/").status_code == 404


def test_a_record_is_not_rewritten(sign_in, officer, visit):
    assert sign_in(officer.user).post(visit.get_absolute_url(), {"text": "改"}).status_code == 405


def test_thirty_issues_cost_no_more_statements_than_one(sign_in, officer, platform):
    def statements(count):
        issues = [
            NewIssue(tier="BCD"[n % 3], category=CategoryFactory(code=f"C{n}"), text="消防") for n in range(count)
        ]
        visit = make_visit(officer, platform=platform, issues=issues)
        desk = sign_in(officer.user)
        with CaptureQueriesContext(connection) as asked:
            words(desk.get(visit.get_absolute_url()))
        return len(asked)

    assert statements(1) == statements(30)
