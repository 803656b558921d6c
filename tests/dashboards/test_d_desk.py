"""/issues/d/: the D issues by where they stand, for the commission office."""

from typing import Any

import pytest

from accounts.models import Role, UnitKind
from config.clock import frozen
from dashboards.d_desk import GROUPS, MOST
from issues.services import confirm, resolve
from issues.services.letters import record_letter
from tests.factories import UnitFactory, UserFactory, make_issue
from tests.issues.acts import fresh
from tests.issues.cast import Cast, in_hands, in_state, make_cast, planned, supported

pytestmark = pytest.mark.django_db
URL = "/issues/d/"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def world(cast: Cast) -> dict[str, Any]:
    """One D issue at every step, and a C that has no business here."""
    found: dict[str, Any] = {state.value: in_state(cast, state, "D") for state, _label in GROUPS}
    in_state(cast, "graded", "C")
    in_state(cast, "closed", "D")
    return found


def groups(client: Any) -> dict[str, Any]:
    return {group.key: group for group in client.get(URL).context["desk"].groups}


def test_each_issue_stands_in_its_group_with_its_next_move(cast: Cast, world: dict[str, Any], sign_in: Any) -> None:
    found = groups(sign_in(cast.office))
    assert {key: [row.issue for row in group.rows] for key, group in found.items() if key != "supervise"} == {
        key: [issue] for key, issue in world.items()
    }
    moves = {key: group.rows[0].move and group.rows[0].move.url for key, group in found.items() if group.rows}
    verbs = {
        "graded": "refer",
        "assigned": None,
        "returned": "reassign",
        "accepted": "letter",
        "plan_confirmed": "letter",
        "suspended": "letter",
        "resolved": None,
        "confirmed": "close",
    }
    assert moves == {key: f"/issues/{world[key].number}/{verb}/" if verb else None for key, verb in verbs.items()}


def test_each_figure_opens_exactly_its_rows(cast: Cast, world: dict[str, Any], sign_in: Any) -> None:
    client = sign_in(cast.office)
    with frozen("2026-12-20T12:00"):  # everything is late by then
        desk = client.get(URL).context["desk"]
        for figure in (desk.all, *(group.figure for group in desk.groups)):
            assert len(client.get(figure.url).context["rows"]) == figure.value, figure.url
        assert desk.all.value == len(GROUPS)
        assert groups(client)["supervise"].figure.value == 4


def test_what_should_be_supervised_comes_first_and_stays_in_its_group(cast: Cast, sign_in: Any) -> None:
    issue = in_hands(cast, "D")
    with frozen("2026-12-20T12:00"):
        desk = sign_in(cast.office).get(URL).context["desk"]
        assert desk.groups[0].key == "supervise"
        for group in (desk.groups[0], *(group for group in desk.groups if group.key == "accepted")):
            assert [(row.issue, row.move.url) for row in group.rows] == [(issue, f"/issues/{issue.number}/supervise/")]


def test_a_row_names_due_date_unit_platform_and_last_letter(cast: Cast, sign_in: Any) -> None:
    issue = planned(in_hands(cast, "D"), actor=cast.lead_head)
    record_letter(issue, title="关于场地的请示", addressee="省科技厅", actor=cast.office)
    client = sign_in(cast.office)
    html = " ".join(client.get(URL).content.decode().split())
    for words in ("11月14日到期", "主办 lead", cast.platform.name, "10月15日起草过请示或函", issue.number):
        assert words in html, words
    (row,) = groups(client)["plan_confirmed"].rows
    assert row.move is None


def test_nobody_is_offered_to_close_what_they_handled(cast: Cast, sign_in: Any) -> None:
    issue = supported(cast, in_hands(cast, "D"))
    resolve(issue, result="solved", reply="好了。", is_confirmed_solved=False, actor=cast.office)
    confirm(fresh(issue), actor=cast.liaison)
    assert groups(sign_in(cast.office))["confirmed"].rows[0].move is None


def test_leaders_read_and_move_nothing(cast: Cast, world: dict[str, Any], sign_in: Any) -> None:
    found = groups(sign_in(cast.leader))
    assert "supervise" not in found
    assert [row.issue for row in found["graded"].rows] == [world["graded"]]
    assert {row.move for group in found.values() for row in group.rows} == {None}


@pytest.mark.parametrize("role", [Role.OFFICER, Role.UNIT_HEAD, Role.CLERK, Role.BUREAU_STAFF, Role.SYSTEM_ADMIN])
def test_it_is_nobody_elses(sign_in: Any, role: Role) -> None:
    assert sign_in(UserFactory(role=role)).get(URL).status_code == 403


def test_the_menu_leads_there_for_those_who_may(cast: Cast, sign_in: Any) -> None:
    for name, is_there in (("office", True), ("leader", True), ("bureau", False), ("liaison", False)):
        html = sign_in(cast.people[name]).get("/board/").content.decode()
        assert (f'href="{URL}"' in html) == is_there, name


def test_a_long_group_is_cut_and_costs_no_more_statements(sign_in: Any, django_assert_num_queries: Any) -> None:
    office = UserFactory(role=Role.COMMISSION_OFFICE, unit=UnitFactory(code="CO", kind=UnitKind.COMMISSION_OFFICE))
    client = sign_in(office)
    make_issue(tier="D")
    # Session and reader; the day's calendar and ladder, once for the chips and once for what should be supervised, with
    # its rule; the counts, the rows; the list, the count and the marks of supervision, the marks of what can be closed;
    # the shell's two counters.
    statements = 15
    with django_assert_num_queries(statements):
        client.get(URL)
    for _ in range(MOST + 1):
        make_issue(tier="D")
    with django_assert_num_queries(statements):
        html = client.get(URL).content.decode()
    group = groups(client)["graded"]
    assert (len(group.rows), group.figure.value, group.has_more) == (MOST, MOST + 2, True)
    assert f"这里列出{MOST}项，打开全部{MOST + 2}项" in html
    dues = [row.issue.clock_due_on for row in group.rows]
    assert dues == sorted(dues)
