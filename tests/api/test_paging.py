"""Lists in pages: each row once, whatever happens between two pages."""

import base64

import pytest

from accounts.models import Role
from tests.api.calls import assert_problem, caller
from tests.factories import CategoryFactory, OfficerFactory, PlatformFactory, UserFactory, make_issue


@pytest.fixture
def staff(db):
    return caller(UserFactory(role=Role.BUREAU_STAFF))


def made(count, officer=None, platform=None):
    officer = officer or OfficerFactory()
    platform = platform or PlatformFactory(officer=officer)
    category = CategoryFactory()
    return [make_issue(officer, platform=platform, category=category).pk for _ in range(count)]


def test_120_rows_come_in_three_pages_each_once_newest_first(staff):
    keys = made(120)
    first = staff.get("issues/").json()
    assert [len(first["results"]), set(first)] == [50, {"next", "results"}]
    assert [row["id"] for row in staff.all_rows("issues/")] == keys[::-1]
    assert [row["id"] for row in staff.all_rows("issues/", limit=7)] == keys[::-1]
    assert staff.get("issues/", limit=120).json()["next"] is None
    assert staff.get("issues/", limit=119).json()["next"].startswith("http://testserver/api/v1/issues/?")


def test_rows_that_are_inserted_meanwhile_move_no_row(staff):
    keys = made(120)
    first = staff.get("issues/", limit=50).json()
    made(30)
    cursor = first["next"]
    rows = first["results"]
    while cursor:
        page = staff.get(cursor.removeprefix("http://testserver")).json()
        rows += page["results"]
        cursor = page["next"]
        made(1)
    assert [row["id"] for row in rows] == keys[::-1]


def test_registers_are_paged_upwards_and_pick_up_what_is_new_at_the_end(staff):
    keys = [PlatformFactory().pk for _ in range(5)]
    first = staff.get("platforms/", limit=3).json()
    late = PlatformFactory().pk
    rest = staff.all_rows(first["next"].removeprefix("http://testserver"))
    assert [row["id"] for row in [*first["results"], *rest]] == [*keys, late]


def test_the_next_page_keeps_the_filters(staff):
    officer = OfficerFactory()
    wanted = made(5, officer)
    made(5)
    rows = staff.all_rows("issues/", officer=officer.pk, tier="B", limit=2)
    assert [row["id"] for row in rows] == wanted[::-1]


def test_page_2000_costs_what_page_1_costs(staff, django_assert_num_queries):
    made(6)
    cursor = staff.get("issues/", limit=2).json()["next"].removeprefix("http://testserver")
    with django_assert_num_queries(4):
        assert staff.get(cursor).status_code == 200


def encoded(text):
    return base64.urlsafe_b64encode(text if isinstance(text, bytes) else text.encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "é",
        "%00",
        "\x00",
        "MTIz" * 1000,
        encoded("p=abc"),
        encoded("p=\x00"),
        encoded("p=1"),
        encoded("0"),
        encoded("-1"),
        encoded("１２"),
        encoded("1\n"),
        encoded(str(2**63)),
        encoded("9" * 40),
        encoded(b"\xff\xfe"),
    ],
)
@pytest.mark.parametrize("path", ["issues/", "platforms/"])
def test_a_cursor_that_was_not_given_out_is_refused(staff, path, cursor):
    assert_problem(staff.get(path, cursor=cursor), 400, "cursor")


def test_a_cursor_past_the_last_row_is_an_empty_page(staff):
    assert staff.get("issues/", cursor=encoded("1")).json() == {"next": None, "results": []}
    assert staff.get("platforms/", cursor=encoded(str(2**63 - 1))).json() == {"next": None, "results": []}


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "", "1.5", "５", "1e2", "9" * 5000])
def test_a_limit_outside_1_to_200_is_refused(staff, limit):
    assert_problem(staff.get("issues/", limit=limit), 400, "limit")


def test_200_rows_are_the_most_a_page_holds(staff):
    made(201)
    page = staff.get("issues/", limit=200).json()
    assert (len(page["results"]), page["next"] is None) == (200, False)
