"""The workbench: what the reader owes today, nothing that is somebody else's."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from accounts.models import ADMINISTRATORS, Role, User
from config.clock import frozen
from dashboards.threads import PlatformCard
from dashboards.workbench import Workbench, workbench_for
from liaisons.duties import write_duties
from tests.dashboards.pages import read, rows_behind
from tests.dashboards.world import World, small_world
from tests.factories import OfficerFactory, PlatformFactory, UnitFactory, UserFactory, make_issue, make_visit

pytestmark = pytest.mark.django_db
URL = "/workbench/"


@pytest.fixture
def world(db: None) -> World:
    return small_world()


def stats(bench: Workbench) -> dict[str, int]:
    return {str(stat.label): stat.figure.value for stat in bench.stats}


def thread(card: PlatformCard) -> list[tuple[str, str, str]]:
    return [(str(mark.name), mark.css, str(mark.word)) for mark in card.thread]


def test_an_officer_sees_what_is_due_and_who_waits_for_a_call(world: World) -> None:
    bench = workbench_for(world.lu.user)
    assert stats(bench) == {"待办": 4, "临期": 0, "今日到期": 1, "逾期": 1, "本季未联系": 0}
    assert [stat.note for stat in bench.stats] == [
        *["其中已定方案2项", "3个工作日内", "24:00前有效", "最久1个工作日", "共2家平台，另1家未接通"],
    ]
    assert bench.facts == "您有1项逾期、1项今日到期。"
    assert bench.days_left == 55


def test_today_comes_by_due_date_and_the_rest_after_it(world: World) -> None:
    bench = workbench_for(world.lu.user)
    assert [(task.issue.text, task.standing.word) for task in bench.tasks] == [
        ("方案逾期", "方案逾期1个工作日"),
        ("今天到期", "今日到期"),
    ]
    assert [(task.issue.text, task.standing.css) for task in bench.coming] == [
        ("还早", "ok"),
        ("按时定方案，没到承诺日", "ok"),
    ]


def test_a_quiet_day_is_said_in_words(officer: Any) -> None:
    bench = workbench_for(officer.user)
    assert bench.facts == "今天没有到期的事项。"
    assert stats(bench) == {"待办": 0, "临期": 0, "今日到期": 0, "逾期": 0, "本季未联系": 0}
    assert bench.stats[3].note == "没有逾期"
    assert (bench.tasks, bench.coming, bench.platforms) == ([], [], [])


def test_a_platform_shows_its_last_four_quarters(world: World) -> None:
    with frozen("2026-02-10T10:00"):
        make_visit(world.lu, platform=world.platforms["已联系"], mode="phone")
    by_name = {card.platform.name: card for card in workbench_for(world.lu.user).platforms}
    called = by_name["示例·已联系"]
    assert thread(called) == [
        ("一季", "done", "已联系"),
        ("二季", "", "未联系"),
        ("三季", "", "未联系"),
        ("四季", "done", "已联系"),
    ]
    assert (called.last_on, called.last_mode, called.running.value) == (date(2026, 10, 12), "上门", 4)
    unanswered = by_name["示例·未接通"]
    assert thread(unanswered)[-1] == ("四季", "owe", "仅尝试，未接通")
    assert (unanswered.last_on, unanswered.running.value) == (None, 0)
    assert [card.contact.value for card in workbench_for(world.chen.user).platforms] == ["none"]


@pytest.mark.at("2027-01-20T09:00")
def test_a_thread_runs_over_the_new_year_and_skips_what_was_not_owed() -> None:
    officer = OfficerFactory()
    platform = PlatformFactory()
    officer.assignments.create(
        platform=platform, officer=officer, started_on=date(2026, 12, 20), created_at="2026-12-20T00:00Z"
    )
    write_duties()
    assert thread(workbench_for(officer.user).platforms[0]) == [
        ("二季", "skip", "本季免"),
        ("三季", "skip", "本季免"),
        ("四季", "skip", "本季免"),
        ("一季", "owe", "未联系"),
    ]


def test_a_unit_head_owes_what_the_unit_leads(world: World) -> None:
    away, here = world.issues["还早"], world.issues["临期"]
    away.lead_unit, here.lead_unit = world.housing, world.science
    for issue in (away, here):
        issue.save(update_fields=["lead_unit"])
    bench = workbench_for(world.head)
    assert stats(bench) == {"待办": 4, "临期": 1, "今日到期": 1, "逾期": 1, "本季未联系": 0}
    assert [task.issue.text for task in bench.tasks] == ["方案逾期", "今天到期", "临期"]


def test_the_commission_office_owes_what_it_leads_and_not_the_whole_city(
    world: World, commission: User, sign_in: Any
) -> None:
    led, in_hand = world.issues["还早"], world.issues["今天到期"]
    assert commission.unit
    led.lead_unit, in_hand.handler = commission.unit, commission
    led.save(update_fields=["lead_unit"])
    in_hand.save(update_fields=["handler"])
    bench = workbench_for(commission)
    assert (bench.todo.value, bench.facts) == (2, "您有1项今日到期。")
    page = sign_in(commission).get(URL)
    assert page.context["nav"]["todo"] == 2
    assert [task.issue.text for task in [*bench.tasks, *bench.coming]] == ["今天到期", "还早"]


def test_a_unit_head_sees_whose_platforms_wait_for_a_contact(world: World) -> None:
    head = UserFactory(role=Role.UNIT_HEAD, unit=world.housing)
    bench = workbench_for(head)
    assert [(card.platform.name, card.officer) for card in bench.platforms] == [("示例·未联系", "陈思远")]
    assert (bench.not_contacted.value, bench.all_platforms.value) == (1, 1)


def test_where_a_unit_has_no_platforms_nothing_is_said_of_contacts(world: World, sign_in: Any) -> None:
    clerk = UserFactory(role=Role.CLERK, unit=UnitFactory(code="HUD"))
    assert list(stats(workbench_for(clerk))) == ["待办", "临期", "今日到期", "逾期"]
    page = read(sign_in(clerk).get(URL).content.decode()).text
    assert "本季" not in page.split("待办", 1)[1]


@pytest.mark.parametrize("who", ["lu", "chen", "head", "commission"])
def test_every_figure_opens_exactly_its_rows(world: World, commission: User, sign_in: Any, who: str) -> None:
    user = {"lu": world.lu.user, "chen": world.chen.user, "head": world.head, "commission": commission}[who]
    client = sign_in(user)
    page = read(client.get(URL).content.decode())
    assert len(page.figures) >= 6
    for count, url in dict.fromkeys(page.figures):
        assert rows_behind(client, url) == count, url


def test_the_way_to_each_issue_and_to_the_log_form_is_one_link(world: World, sign_in: Any) -> None:
    page = read(sign_in(world.lu.user).get(URL).content.decode())
    assert world.issues["今天到期"].get_absolute_url() in page.links
    assert "/visits/new/" in page.links
    assert page.text.startswith("今天要做什么 2026年10月15日 星期四 · 本季还有 55 个工作日 您有1项逾期、1项今日到期。")
    assert "24:00前办结或定方案" in page.text
    assert "承诺10月14日" in page.text
    assert "/visits/new/" not in read(sign_in(world.head).get(URL).content.decode()).links


def test_those_who_handle_nothing_are_shown_the_board(bureau_staff: User, leader: User, sign_in: Any) -> None:
    for user in (bureau_staff, leader):
        response = sign_in(user).get(URL)
        assert (response.status_code, response["Location"]) == (302, "/board/")


def test_administrators_have_no_workbench_and_strangers_sign_in_first(sign_in: Any, client: Client) -> None:
    for role in ADMINISTRATORS:
        assert sign_in(UserFactory(role=role, unit=None)).get(URL).status_code == 403
    response = client.get(URL)
    assert (response.status_code, response["Location"]) == (302, f"/sign-in/?next={URL}")


@pytest.mark.parametrize("role", [Role.OFFICER, Role.UNIT_HEAD])
def test_thirty_rows_cost_no_more_statements_than_one(sign_in: Any, role: Role, django_assert_num_queries: Any) -> None:
    unit = UnitFactory(code="KJJ")
    officer = OfficerFactory(user=UserFactory(unit=unit))
    client = sign_in(officer.user if role == Role.OFFICER else UserFactory(role=role, unit=unit))
    make_visit(officer, platform=make_issue(officer).platform)
    # Session and reader; the calendar's revision, the warning rule, four of figures and rows; the cases and, for an
    # officer, the platforms, the leaves and the duties that concern the reader; one for each queue that may hold
    # something; the shell's two counters.
    statements = 17
    with django_assert_num_queries(statements):
        assert client.get(URL).status_code == 200
    for n in range(29):
        platform = PlatformFactory(officer=officer)
        make_issue(officer, platform=platform, tier="BCD"[n % 3])
        if n % 2:
            make_visit(officer, platform=platform)
    write_duties()
    with django_assert_num_queries(statements):
        assert client.get(URL).status_code == 200
