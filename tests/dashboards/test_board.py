"""The board: exact figures on the small world, each the number of rows its link opens, each reader's own scope."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from accounts.models import ADMINISTRATORS, Role, Unit, User
from dashboards import coverage
from dashboards.board import Board, UnitRow, board_for
from dashboards.figures import Rate
from dashboards.periods import Span
from issues.models import Tier
from issues.services import ask_for_tier
from tests.dashboards.pages import Page, read, rows_behind
from tests.dashboards.world import World, small_world
from tests.factories import (
    DistrictFactory,
    OfficerFactory,
    PlatformFactory,
    UnitFactory,
    UserFactory,
    make_issue,
    make_visit,
)

pytestmark = pytest.mark.django_db
URL = "/board/"


@pytest.fixture
def world(db: None) -> World:
    return small_world()


@pytest.fixture
def open_board(sign_in: Any) -> Any:
    def opened(user: User, query: str = "") -> Page:
        response = sign_in(user).get(URL + query)
        assert response.status_code == 200
        return read(response.content.decode())

    return opened


def rates(board: Board | UnitRow) -> dict[str, tuple[int, int]]:
    return {rate.metric.formula: fraction(rate) for rate in board.rates}


def fraction(rate: Rate) -> tuple[int, int]:
    return rate.numerator.value, rate.denominator.value


def stats(board: Board) -> dict[str, int]:
    return {str(stat.label): stat.figure.value for stat in board.stats}


def test_the_stats_say_what_runs_now(world: World, bureau_staff: User) -> None:
    board = board_for(bureau_staff, Span.YEAR)
    assert stats(board) == {"在办": 6, "临期": 1, "今日到期": 1, "逾期": 1, "方案逾期": 1}
    assert board.stats[0].note == "B 4 · C 1 · D 1"
    assert board.stats[1].note == "3个工作日内"
    # What runs now does not depend on the period.
    assert stats(board_for(bureau_staff, Span.LAST_YEAR)) == stats(board)


def test_the_rates_of_the_year_and_of_the_one_before(world: World, bureau_staff: User) -> None:
    assert rates(board_for(bureau_staff, Span.YEAR)) == {"F4": (5, 7), "F7": (3, 12), "F5": (3, 7), "F8": (1, 3)}
    assert rates(board_for(bureau_staff, Span.LAST_YEAR)) == {"F4": (0, 1), "F7": (0, 1), "F5": (0, 1), "F8": (0, 0)}


def test_every_rate_prints_its_two_numbers(world: World, bureau_staff: User, open_board: Any) -> None:
    text = open_board(bureau_staff).text
    for said in ("按时处置率71.4%5/7", "化解率25.0%3/12", "按时办结率42.9%3/7", "方案兑现率33.3%1/3"):
        assert said in text
    assert "第四季度联系覆盖 33.3% 1/3" in text
    assert "市科技局84080.0%4/537.5%3/8" in text


def test_on_time_and_solved_rates_stand_side_by_side(world: World, bureau_staff: User) -> None:
    assert [rate.metric.formula for rate in board_for(bureau_staff, Span.YEAR).rates] == ["F4", "F7", "F5", "F8"]


def test_a_denominator_of_0_is_a_dash(world: World, bureau_staff: User, sign_in: Any) -> None:
    page = sign_in(bureau_staff).get(URL, {"period": "last-year"}).content.decode()
    card = page[page.index('data-metric="promise_kept_rate"') :].split("</div>")[0]
    assert '<span class="v">—<small class="f">' in card
    assert "%" not in card.split("</small>")[0]
    year = sign_in(bureau_staff).get(URL).content.decode()
    assert '<span class="v">33.3<small>%</small>' in year[year.index('data-metric="promise_kept_rate"') :]


def test_the_matrix_counts_what_runs_by_state_and_what_the_period_resolved(world: World, bureau_staff: User) -> None:
    rows = {row.tier: [cell.figure.value for cell in row.cells] for row in board_for(bureau_staff, Span.YEAR).matrix}
    assert rows == {
        Tier.A: [0, 0, 0, 2],
        Tier.B: [4, 3, 1, 2],
        Tier.C: [1, 0, 1, 2],
        Tier.D: [1, 1, 0, 0],
        None: [6, 4, 2, 6],
    }


def test_the_charts_show_twelve_months_up_to_the_end_of_the_period(world: World, bureau_staff: User) -> None:
    trend = board_for(bureau_staff, Span.YEAR).trend
    assert [(row.month.year, row.month.number) for row in trend] == [
        *[(2025, 11), (2025, 12)],
        *[(2026, month) for month in range(1, 11)],
    ]
    told = {
        row.month.number: (row.raised.value, row.resolved.value, *map(fraction, row.rates))
        for row in trend
        if row.raised.value or row.resolved.value
    }
    assert told == {
        11: (1, 0, (0, 1), (0, 1)),
        12: (0, 1, (0, 0), (0, 0)),
        9: (11, 2, (0, 0), (3, 11)),
        10: (1, 4, (5, 7), (0, 1)),
    }
    before = board_for(bureau_staff, Span.LAST_YEAR).trend
    assert [row.month.number for row in before] == list(range(1, 13))


def test_units_are_told_apart_by_who_leads_and_sorted_by_how_much_came(world: World, bureau_staff: User) -> None:
    rows = board_for(bureau_staff, Span.YEAR).units
    assert [(row.unit.name, row.raised.value, row.running.value, row.overdue.value, rates(row)) for row in rows] == [
        ("市科技局", 8, 4, 0, {"F4": (4, 5), "F7": (3, 8)}),
        ("市住建局", 4, 2, 1, {"F4": (1, 2), "F7": (0, 4)}),
    ]


def test_units_beyond_the_first_ten_are_a_link_away(bureau_staff: User, open_board: Any) -> None:
    for _ in range(12):
        make_issue()
    board = board_for(bureau_staff, Span.QUARTER)
    assert (len(board.units), board.all_units) == (10, 12)
    assert "?period=quarter&units=all#units" in open_board(bureau_staff, "?period=quarter").links
    page = open_board(bureau_staff, "?period=quarter&units=all")
    for unit in Unit.objects.filter(lead_issues__isnull=False):
        assert unit.name in page.text
    assert "全部 12 家" not in page.text


def test_the_coverage_has_a_dot_for_every_platform(world: World, bureau_staff: User, open_board: Any) -> None:
    contacts = board_for(bureau_staff, Span.YEAR).contacts
    assert (contacts.quarter.label, contacts.has_dots) == ("第四季度", True)
    shares = contacts.shares
    assert (shares.done.value, shares.owing.value, shares.every.value) == (1, 3, 4)
    assert [(key.shape, key.figure.value) for key in contacts.legend] == [("y", 1), ("t", 1), ("n", 1), ("x", 1)]
    assert [(place.label, [(dot.name, dot.shape) for dot in place.dots]) for place in contacts.places] == [
        ("岳麓区", [("示例·已联系", "y"), ("示例·未接通", "t")]),
        ("长沙高新区", [("示例·未联系", "n"), ("示例·没有干部", "x")]),
    ]
    links = open_board(bureau_staff).links
    assert {f"/platforms/{platform.pk}/" for platform in world.platforms.values()} <= set(links)


def test_too_many_platforms_for_dots_are_shown_by_number(
    world: World, bureau_staff: User, open_board: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_dots = board_for(bureau_staff, Span.YEAR).contacts
    monkeypatch.setattr(coverage, "MOST_DOTS", 3)
    without = board_for(bureau_staff, Span.YEAR).contacts
    assert not without.has_dots
    assert without.shares == with_dots.shares
    assert without.legend == with_dots.legend
    assert [(place.label, place.shares) for place in without.places] == [
        (place.label, place.shares) for place in with_dots.places
    ]
    page = open_board(bureau_staff)
    assert "平台较多，以条形代替圆点" in page.text
    assert not [link for link in page.links if link.startswith("/platforms/") and "?" not in link and link[11:]]


@pytest.mark.parametrize("query", ["", "?period=last-year", "?period=quarter", "?period=last-month"])
def test_every_figure_opens_exactly_its_rows(
    world: World, bureau_staff: User, open_board: Any, sign_in: Any, query: str
) -> None:
    page = open_board(bureau_staff, query)
    assert len(page.figures) > 20
    client = sign_in(bureau_staff)
    for count, url in dict.fromkeys(page.figures):
        assert rows_behind(client, url) == count, url


@pytest.mark.parametrize("who", ["head", "lu"])
def test_every_figure_opens_its_rows_in_the_readers_own_scope(
    world: World, open_board: Any, sign_in: Any, who: str
) -> None:
    user = world.head if who == "head" else world.lu.user
    page = open_board(user)
    for count, url in dict.fromkeys(page.figures):
        assert rows_behind(sign_in(user), url) == count, url


def test_every_reader_has_a_board_of_their_own_rows(world: World, commission: User, leader: User) -> None:
    everything = {"在办": 6, "临期": 1, "今日到期": 1, "逾期": 1, "方案逾期": 1}
    for user in (commission, leader):
        assert stats(board_for(user, Span.YEAR)) == everything
    ours = {"在办": 4, "临期": 0, "今日到期": 1, "逾期": 0, "方案逾期": 1}
    for user in (world.head, world.lu.user):
        board = board_for(user, Span.YEAR)
        assert stats(board) == ours
        assert rates(board)["F4"] == (4, 5)
        assert [row.unit.name for row in board.units] == ["市科技局"]
        assert board.contacts.shares.every.value == 2
    theirs = board_for(world.chen.user, Span.YEAR)
    assert stats(theirs) == {"在办": 2, "临期": 1, "今日到期": 0, "逾期": 1, "方案逾期": 0}
    assert rates(theirs) == {"F4": (1, 2), "F7": (0, 4), "F5": (1, 2), "F8": (0, 1)}


def test_a_unit_head_sees_what_another_unit_does_for_their_officers(world: World) -> None:
    issue = world.issues["还早"]
    issue.lead_unit = world.housing
    issue.save(update_fields=["lead_unit"])
    board = board_for(world.head, Span.YEAR)
    assert stats(board)["在办"] == 4
    assert [(row.unit.name, row.running.value) for row in board.units] == [("市科技局", 3), ("市住建局", 1)]


def test_the_title_says_whose_board_it_is(world: World, leader: User, open_board: Any) -> None:
    assert open_board(leader).text.startswith("全市看板 2026年1月1日至2026年10月15日")
    assert open_board(world.head).text.startswith("本单位看板")
    assert open_board(world.lu.user).text.startswith("我的看板")


def test_an_unknown_period_is_the_present_year(world: World, bureau_staff: User, open_board: Any) -> None:
    assert open_board(bureau_staff, "?period=%00").figures == open_board(bureau_staff).figures
    assert open_board(bureau_staff, "?period=last-quarter").text.startswith("全市看板 2026年7月1日至2026年9月30日")


def test_an_empty_register_has_a_board(bureau_staff: User, open_board: Any) -> None:
    page = open_board(bureau_staff)
    assert {count for count, _ in page.figures} == {0}
    assert "本期还没有登记问题" in page.text
    assert "还没有平台" in page.text


def test_administrators_have_no_board_and_strangers_sign_in_first(sign_in: Any, client: Client) -> None:
    for role in ADMINISTRATORS:
        assert sign_in(UserFactory(role=role, unit=None)).get(URL).status_code == 403
    response = client.get(URL)
    assert (response.status_code, response["Location"]) == (302, f"/sign-in/?next={URL}")


def test_the_board_only_reads(sign_in: Any, bureau_staff: User) -> None:
    assert sign_in(bureau_staff).post(URL).status_code == 405


@pytest.mark.parametrize("role", [Role.BUREAU_STAFF, Role.UNIT_HEAD, Role.OFFICER])
def test_thirty_rows_cost_no_more_statements_than_one(sign_in: Any, role: Role, django_assert_num_queries: Any) -> None:
    unit = UnitFactory(code="KJJ")
    officer = OfficerFactory(user=UserFactory(unit=unit))
    reader = officer.user if role == Role.OFFICER else UserFactory(role=role, unit=unit)
    make_visit(officer, platform=make_issue(officer).platform)
    client = sign_in(reader)
    # Session and reader; the calendar's revision, the warning rule, what runs, the history, how many platforms and
    # which, the units; unread notices, and for those who handle issues the number on the workbench, for the bureau's
    # staff the two queues that may hold something.
    statements = 12 if role == Role.BUREAU_STAFF else 11
    with django_assert_num_queries(statements):
        assert client.get(URL).status_code == 200
    for n in range(29):
        colleague = officer if role == Role.OFFICER else OfficerFactory(user=UserFactory(unit=unit))
        platform = PlatformFactory(officer=colleague, district=DistrictFactory(code=f"D{n}", name=f"区{n}"))
        issue = make_issue(colleague, platform=platform, tier="BCD"[n % 3])
        if role == Role.BUREAU_STAFF:
            issue.lead_unit = UnitFactory(code=f"U-{n}-lead")
            issue.save(update_fields=["lead_unit"])
        make_visit(colleague, platform=platform, visited_on=date(2026, 10, 1 + n % 15))
    with django_assert_num_queries(statements):
        assert client.get(URL).status_code == 200


def test_what_waits_for_the_bureaus_staff_stands_where_their_day_begins(sign_in: Any) -> None:
    issue, staff = make_issue(tier="C"), UserFactory(role=Role.BUREAU_STAFF)
    client = sign_in(staff)
    assert client.get(URL).context["waiting"] == []
    ask_for_tier(issue, tier="D", reason="要市里调度。", actor=issue.handler)
    page = client.get(URL)
    (stat,) = page.context["waiting"]
    assert (stat.label, stat.figure.value) == ("待审批", 1)
    assert "等您处理" in page.content.decode()
    rows = client.get(stat.figure.url)
    assert len(rows.context["rows"]) == 1
    assert issue.number in rows.content.decode()
    assert sign_in(UserFactory(role=Role.LEADER)).get(URL).context["waiting"] == []
