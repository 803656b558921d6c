"""The pages of duties: the list, the board of a quarter, and the platform's word on a first visit."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from accounts.models import ADMINISTRATORS, Role, User
from config.clock import frozen, today
from dashboards.coverage import By
from dashboards.duties import duties_to_do, duty_board, quarter_named
from liaisons.absences import arrange
from liaisons.duties import waive_first_visit, write_duties
from liaisons.models import Assignment, Duty, Officer
from liaisons.services import assign, end_assignment
from platforms.coverage import Quarter
from tests.dashboards.pages import read, rows_behind
from tests.factories import (
    AssignmentFactory,
    DistrictFactory,
    OfficerFactory,
    PlatformFactory,
    UnitFactory,
    UserFactory,
    make_visit,
)

pytestmark = pytest.mark.django_db
LIST, BOARD = "/duties/", "/coverage/"
WORD = {"said_by": "王小明", "said_on": "2026-10-14", "channel": "phone", "note": ""}


@pytest.fixture
def assignment(officer: Officer) -> Assignment:
    """By 10-18, 10-31 and 12-31."""
    platform = PlatformFactory(name="示例·新安排")
    assignment: Assignment = AssignmentFactory(officer=officer, platform=platform, started_on=date(2026, 10, 12))
    write_duties()
    return assignment


@pytest.fixture
def visit_duty(assignment: Assignment) -> Duty:
    return Duty.objects.get(kind="first_visit")


@pytest.fixture
def city(bureau_staff: User) -> dict[str, Any]:
    """Two units; of each officer's platforms one was contacted in time, one late, one not, one waived, one handed over
    to the other unit, one left without an officer."""
    places = DistrictFactory(), DistrictFactory(code="430199", name="长沙高新区", kind="park")
    one, two = (OfficerFactory(user=UserFactory(unit=UnitFactory(code=code))) for code in ("KJJ", "ZJJ"))
    names = ("按期", "过期", "没联系", "无需走访", "交接", "无干部", "季末")
    found = {}
    for number, (officer, name) in enumerate((o, n) for o in (one, two) for n in names):
        platform = found[f"{officer.home_unit.code} {name}"] = PlatformFactory(district=places[number % 2])
        day = date(2026, 9, 24) if name == "季末" else date(2026, 10, 2)
        AssignmentFactory(officer=officer, platform=platform, started_on=day)
    write_duties()
    for officer, other in ((one, two), (two, one)):
        mine = {name: found[f"{officer.home_unit.code} {name}"] for name in names}
        for name, visited in (("按期", 3), ("过期", 14), ("交接", 8)):
            make_visit(officer, platform=mine[name], visited_on=date(2026, 10, visited), mode="on_site")
        duty = Duty.objects.get(platform=mine["无需走访"], kind="first_visit")
        word: dict[str, Any] = {"said_by": "王", "said_on": date(2026, 10, 12), "channel": "phone"}
        waive_first_visit(duty, **word, actor=bureau_staff)
        assign(
            officer=other,
            platform=mine["交接"],
            started_on=date(2026, 10, 13),
            actor=bureau_staff,
            exception_reason="人手紧",
        )
        gone = mine["无干部"].assignments.get()
        end_assignment(assignment=gone, ended_on=date(2026, 10, 9), actor=bureau_staff)
    write_duties()
    return {"one": one, "two": two, **found}


def kinds(client: Client, query: str = "") -> list[str]:
    response = client.get(LIST + query)
    assert response.status_code == 200, response.status_code
    return [row.kind for row in response.context["rows"]]


# --- the list -------------------------------------------------------------------------------------------------------


def test_an_officer_reads_what_is_to_be_done_the_nearest_first(
    assignment: Assignment, officer: Officer, sign_in: Any
) -> None:
    AssignmentFactory(platform=PlatformFactory(name="示例·别人的"))
    write_duties()
    client = sign_in(officer.user)
    assert kinds(client, "?todo=true") == ["first_contact", "first_visit", "quarterly_contact"]
    page = client.get(LIST + "?todo=true").content.decode()
    assert "示例·别人的" not in page
    assert f'href="/visits/new/?platform={assignment.platform_id}"' in page
    make_visit(officer, platform=assignment.platform, mode="phone")
    assert kinds(client, "?todo=true") == ["first_visit"]
    assert kinds(client, "?todo=") == ["first_visit", "first_contact", "quarterly_contact"]


def test_it_opens_with_what_can_still_be_done_and_all_shows_what_is_not_done_first(
    assignment: Assignment, officer: Officer, sign_in: Any
) -> None:
    client = sign_in(officer.user)
    answer = client.get(LIST)
    assert (answer.status_code, answer["Location"]) == (302, "/duties/?todo=true")
    views = {str(view.label): view for view in client.get("/duties/?todo=").context["views"]}
    assert [label for label, view in views.items() if view.is_current] == ["全部"]
    assert views["全部"].query == "todo="
    make_visit(officer, platform=assignment.platform, mode="on_site", visited_on=date(2026, 10, 14))
    with frozen("2026-10-15T12:00"):
        AssignmentFactory(officer=officer, platform=PlatformFactory(), started_on=date(2026, 10, 13))
    write_duties()
    waived = Duty.objects.get(kind="first_visit", met_on=None)
    waive_first_visit(waived, said_by="王", said_on=date(2026, 10, 13), channel="phone", actor=officer.user)
    rows = client.get("/duties/?todo=").context["rows"]
    assert [(row.due_on.isoformat(), row.settled_on and row.settled_on.isoformat()) for row in rows] == [
        ("2026-10-18", None),
        ("2026-12-31", None),
        ("2026-10-18", "2026-10-14"),
        ("2026-10-31", "2026-10-14"),
        ("2026-12-31", "2026-10-14"),
        ("2026-10-31", "2026-10-13"),
    ]


def test_the_condition_it_opens_with_can_be_taken_away(assignment: Assignment, officer: Officer, sign_in: Any) -> None:
    applied = sign_in(officer.user).get("/duties/?todo=true").context["filter"].applied
    assert applied == [("还能做的", "todo=")]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?kind=first_visit", ["first_visit"]),
        ("?state=met", ["first_contact", "quarterly_contact"]),
        ("?state=met&state=open", ["first_visit", "first_contact", "quarterly_contact"]),
        ("?state=overdue", []),
        ("?due_to=2026-10-18", ["first_contact"]),
        ("?due_from=2026-10-19&due_to=2026-11-30", ["first_visit"]),
    ],
)
def test_the_list_is_filtered(
    assignment: Assignment, officer: Officer, bureau_staff: User, sign_in: Any, query: str, expected: list[str]
) -> None:
    make_visit(officer, platform=assignment.platform, mode="phone")
    assert kinds(sign_in(bureau_staff), query) == expected


def test_officer_and_unit_are_of_whom_the_platform_has_today(
    city: dict[str, Any], bureau_staff: User, sign_in: Any
) -> None:
    client, one, two = sign_in(bureau_staff), city["one"], city["two"]
    handed_over = city["KJJ 交接"]
    for query in (f"?unit={two.home_unit_id}", f"?officer={two.pk}"):
        rows = client.get(f"{LIST}{query}&platform={handed_over.pk}").context["rows"]
        assert [(row.kind, row.assignment.officer_id) for row in rows] == [
            ("first_contact", two.pk),
            ("first_visit", two.pk),
            ("quarterly_contact", one.pk),
        ]
        assert {row.officer for row in rows} == {two}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?kind=x", "没有“x”这个选项。"),
        ("?state=x", "没有“x”这个选项。"),
        ("?todo=x", "没有“x”这个选项。"),
        ("?due_from=soon", "请写成2026-10-15这样的日期。"),
        ("?due_from=2026-10-02&due_to=2026-10-01", "结束日期早于开始日期。"),
        ("?unit=999999", "没有这一项，或不在您的查看范围。"),
        ("?platform=999999", "没有这一项，或不在您的查看范围。"),
    ],
)
def test_a_filter_that_means_nothing_is_said_and_shows_nothing(
    assignment: Assignment, bureau_staff: User, sign_in: Any, query: str, said: str
) -> None:
    response = sign_in(bureau_staff).get(LIST + query)
    assert response.status_code == 422
    assert said in response.content.decode()
    assert response.context["rows"] == []


def test_pages_follow_each_other_without_gap(bureau_staff: User, sign_in: Any) -> None:
    for _ in range(15):
        AssignmentFactory(started_on=date(2026, 10, 12))
    write_duties()
    client = sign_in(bureau_staff)
    for query in ("?todo=", "?todo=true", "?kind=first_visit", "?state=open"):
        assert rows_behind(client, LIST + query) == (15 if "kind" in query else 45)


def test_thirty_rows_cost_no_more_statements_than_three(
    assignment: Assignment, bureau_staff: User, sign_in: Any, django_assert_num_queries: Any
) -> None:
    client = sign_in(bureau_staff)
    # Session, reader; the page, unmet and met; its officers, who may write; three lists to choose from; the counter.
    with django_assert_num_queries(10):
        client.get(f"{LIST}?todo=")
    for _ in range(9):
        AssignmentFactory(started_on=date(2026, 10, 12))
    write_duties()
    with django_assert_num_queries(9):  # the unmet ones fill the page
        client.get(f"{LIST}?todo=")


def test_administrators_and_contacts_read_no_duties_and_strangers_sign_in(
    assignment: Assignment, client: Client, sign_in: Any
) -> None:
    for role in (*ADMINISTRATORS, Role.PLATFORM_CONTACT):
        for url in (LIST, BOARD):
            assert sign_in(UserFactory(role=role, unit=None)).get(url).status_code == 403
    assert client.get(LIST).status_code == 302


# --- the board ------------------------------------------------------------------------------------------------------


def fractions(user: User, quarter: Quarter) -> dict[str, tuple[int, int]]:
    board = duty_board(user, quarter, By.UNIT)
    return {rate.metric.formula: (rate.numerator.value, rate.denominator.value) for rate in board.rates}


def test_f1_f2_f3_of_the_present_quarter(city: dict[str, Any], bureau_staff: User) -> None:
    """Each unit: assigned on Friday 10-02, first contact by Sunday 10-11, first visit by 10-31, which is not over."""
    # In time 按期 and 交接; late 过期; not 没联系 and 无需走访. 无干部 had no officer any more.
    assert fractions(bureau_staff, Quarter(2026, 4)) == {"F1": (4, 10), "F2": (6, 12), "F3": (0, 0)}
    with frozen("2026-11-02T10:00"):
        # Visited 按期, 过期, 交接; not 没联系, 季末, and 交接 by the new officer, who owed a first contact by 10-18.
        assert fractions(bureau_staff, Quarter(2026, 4)) == {"F1": (4, 12), "F2": (6, 12), "F3": (6, 12)}
    # 季末 was to be contacted by 09-27; with four working days left its third quarter owed nothing.
    assert fractions(bureau_staff, Quarter(2026, 3)) == {"F1": (0, 2), "F2": (0, 0), "F3": (0, 0)}


@pytest.mark.parametrize("by", ["unit", "district"])
@pytest.mark.parametrize("quarter", ["2026-4", "2026-3"])
@pytest.mark.parametrize("who", ["staff", "head", "officer"])
def test_every_figure_opens_exactly_its_rows(
    city: dict[str, Any], bureau_staff: User, sign_in: Any, by: str, quarter: str, who: str
) -> None:
    user = {
        "staff": bureau_staff,
        "head": UserFactory(role=Role.UNIT_HEAD, unit=city["one"].home_unit),
        "officer": city["one"].user,
    }[who]
    client = sign_in(user)
    response = client.get(f"{BOARD}?by={by}&quarter={quarter}")
    assert response.status_code == 200
    page = read(response.content.decode())
    assert page.figures if quarter == "2026-4" else True
    for count, url in dict.fromkeys(page.figures):
        assert rows_behind(client, url) == count, url


def test_a_dot_stands_with_the_unit_of_the_officer_of_the_day(city: dict[str, Any], bureau_staff: User) -> None:
    places = duty_board(bureau_staff, Quarter(2026, 4), By.UNIT).contacts.places
    assert [(place.label, place.shares.every.value, len(place.dots)) for place in places[:2]] == [
        (city["one"].home_unit.label, 6, 6),
        (city["two"].home_unit.label, 6, 6),
    ]
    assert (places[2].label, places[2].shares.every.value, places[2].shares.owing.value) == ("没有联点干部", 2, 0)
    names = {dot.name for dot in places[0].dots}
    assert city["ZJJ 交接"].name in names
    assert city["KJJ 交接"].name not in names


def test_the_board_of_a_unit_head_is_of_the_own_unit(city: dict[str, Any]) -> None:
    head = UserFactory(role=Role.UNIT_HEAD, unit=city["one"].home_unit)
    board = duty_board(head, Quarter(2026, 4), By.UNIT)
    assert [place.label for place in board.contacts.places] == [city["one"].home_unit.label]


def test_no_persons_name_stands_on_the_board(city: dict[str, Any], bureau_staff: User, sign_in: Any) -> None:
    page = read(sign_in(bureau_staff).get(BOARD).content.decode())
    assert city["one"].user.name not in page.text
    assert city["two"].user.name not in page.text


def test_a_quarter_that_is_not_shown_is_the_present_one() -> None:
    assert quarter_named("2026-3") == Quarter(2026, 3)
    for text in ("", "2026-5", "1999-1", "2027-1", "x"):
        assert quarter_named(text) == Quarter(2026, 4)


@pytest.mark.at("2026-10-01T09:00")
def test_on_the_first_day_of_a_quarter_nothing_has_fallen_due(bureau_staff: User, sign_in: Any) -> None:
    AssignmentFactory(started_on=date(2026, 9, 28))
    write_duties()
    assert fractions(bureau_staff, Quarter(2026, 4)) == {"F1": (0, 0), "F2": (0, 1), "F3": (0, 0)}
    client = sign_in(bureau_staff)
    for count, url in dict.fromkeys(read(client.get(BOARD).content.decode()).figures):
        assert rows_behind(client, url) == count, url


def test_the_board_costs_the_same_statements_for_one_platform_and_thirty(
    assignment: Assignment, bureau_staff: User, sign_in: Any, django_assert_num_queries: Any
) -> None:
    client = sign_in(bureau_staff)
    with django_assert_num_queries(6):
        client.get(BOARD)
    for _ in range(29):
        AssignmentFactory(started_on=date(2026, 10, 12))
    write_duties()
    with django_assert_num_queries(6):
        client.get(BOARD)


# --- the workbench and the platform's page ---------------------------------------------------------------------------


def test_the_workbench_says_what_is_owed_and_by_when(assignment: Assignment, officer: Officer, sign_in: Any) -> None:
    assert [(task.duty.kind, task.days_left, task.css) for task in duties_to_do(officer.user)] == [
        ("first_contact", 3, "soon"),
        ("first_visit", 16, "line"),
        ("quarterly_contact", 77, "line"),
    ]
    text = read(sign_in(officer.user).get("/workbench/").content.decode()).text
    assert "还有3天" in text
    assert "10月18日前" in text
    with frozen("2026-10-18T10:00"):
        assert duties_to_do(officer.user)[0].css == "today"
    with frozen("2026-10-19T10:00"):
        assert duties_to_do(officer.user)[0].css == "late"


def test_the_platforms_page_shows_duties_and_the_platforms_word(
    assignment: Assignment, visit_duty: Duty, officer: Officer, leader: User, sign_in: Any
) -> None:
    word: dict[str, Any] = {**WORD, "said_on": date(2026, 10, 14), "note": "设备检修"}
    waive_first_visit(visit_duty, **word, actor=officer.user)
    own = sign_in(officer.user).get(assignment.platform.get_absolute_url()).content.decode()
    assert "平台表示无需走访：王小明，10月14日，电话。设备检修" in own
    assert f"/duties/{visit_duty.pk}/restore/" in own
    others = sign_in(leader).get(assignment.platform.get_absolute_url()).content.decode()
    assert "平台表示无需走访：王*，10月14日，电话。设备检修" in others
    assert "王小明" not in others
    assert f"/duties/{visit_duty.pk}/restore/" not in others


# --- the platform's word ---------------------------------------------------------------------------------------------


def test_the_officer_writes_the_platforms_word_down(visit_duty: Duty, officer: Officer, sign_in: Any) -> None:
    client = sign_in(officer.user)
    assert client.get(f"/duties/{visit_duty.pk}/waive/").status_code == 200
    response = client.post(f"/duties/{visit_duty.pk}/waive/", WORD)
    assert (response.status_code, response["Location"]) == (302, visit_duty.platform.get_absolute_url())
    visit_duty.refresh_from_db()
    assert visit_duty.waived_on == date(2026, 10, 14)
    response = client.post(f"/duties/{visit_duty.pk}/restore/", {**WORD, "said_on": "2026-10-15"})
    assert response.status_code == 302
    assert Duty.objects.get(pk=visit_duty.pk).waived_on is None
    assert [word.recorded_by for word in visit_duty.words.select_related("recorded_by")] == [officer.user] * 2


def test_a_deputy_writes_it_down_while_the_officer_is_on_leave(
    visit_duty: Duty, officer: Officer, sign_in: Any
) -> None:
    deputy = OfficerFactory()
    arrange(officer=officer, deputy=deputy, starts_on=today(), ends_on=today(), reason="休假", actor=officer.user)
    client, url = sign_in(deputy.user), f"/duties/{visit_duty.pk}/waive/"
    assert url in client.get(visit_duty.platform.get_absolute_url()).content.decode()
    assert client.post(url, WORD).status_code == 302
    visit_duty.refresh_from_db()
    assert visit_duty.waived_on == date(2026, 10, 14)
    assert visit_duty.words.get().recorded_by == deputy.user
    with frozen("2026-10-16T09:00"):
        assert client.get(url).status_code == 404


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"said_by": ""}, "请写明平台方是谁说的。"),
        ({"said_by": "\u200b"}, "请写明平台方是谁说的。"),
        ({"said_by": "长" * 51}, "最多50个字，现在有51个字。"),
        ({"said_on": ""}, "请填写日期。"),
        ({"said_on": "2026-13-45"}, "请填写有效的日期"),
        ({"said_on": "2026-10-16"}, "日期应在2026-10-12至2026-10-15之间。"),
        ({"channel": ""}, "请选择平台通过什么方式表示。"),
        ({"channel": "online"}, "没有这个方式。"),
        ({"note": "\x00"}, "含有无法保存的字符"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    visit_duty: Duty, officer: Officer, sign_in: Any, change: dict[str, str], said: str
) -> None:
    typed = {**WORD, "note": "设备检修", **change}
    response = sign_in(officer.user).post(f"/duties/{visit_duty.pk}/waive/", typed)
    assert response.status_code == 422
    page = response.content.decode()
    assert said in page
    assert typed["note"] in page or "\x00" in typed["note"]
    visit_duty.refresh_from_db()
    assert (visit_duty.waived_on, visit_duty.words.count()) == (None, 0)


def test_what_happened_meanwhile_is_said_on_the_page(visit_duty: Duty, officer: Officer, sign_in: Any) -> None:
    make_visit(officer, platform=visit_duty.platform)
    response = sign_in(officer.user).post(f"/duties/{visit_duty.pk}/waive/", WORD)
    assert response.status_code == 422
    assert "这家平台已于2026-10-15走访过。" in response.content.decode()


@pytest.mark.parametrize("step", ["waive", "restore"])
def test_readers_are_refused_and_to_outsiders_there_is_nothing(
    visit_duty: Duty, leader: User, bureau_staff: User, sign_in: Any, client: Client, step: str
) -> None:
    url = f"/duties/{visit_duty.pk}/{step}/"
    head = UserFactory(role=Role.UNIT_HEAD, unit=visit_duty.assignment.officer.home_unit)
    for reader in (leader, head):
        assert sign_in(reader).get(url).status_code == sign_in(reader).post(url, WORD).status_code == 403
    outsider = sign_in(OfficerFactory().user)
    assert outsider.get(url).status_code == outsider.post(url, WORD).status_code == 404
    assert client.post(url, WORD).status_code == 302
    assert sign_in(bureau_staff).get(url).status_code == 200
    visit_duty.refresh_from_db()
    assert (visit_duty.waived_on, visit_duty.words.count()) == (None, 0)
