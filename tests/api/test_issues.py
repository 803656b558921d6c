"""GET /api/v1/issues/: rows, every filter, and the detail with why its date is what it is."""

from datetime import date

import pytest

from accounts.models import Role
from config import clock
from issues.models import Issue
from issues.services import confirm_plan, resolve
from issues.tick import tick
from issues.warnings import acknowledge
from tests.api.calls import assert_problem, caller
from tests.factories import CategoryFactory, DistrictFactory, OfficerFactory, PlatformFactory, UserFactory, make_issue

ALL = {"late", "today", "nearing", "half", "normal", "answered", "planned", "done"}
TAXON = {"id", "code", "name", "name_en"}


@pytest.fixture
def staff(db):
    return caller(UserFactory(role=Role.BUREAU_STAFF))


@pytest.fixture
def shelf(db):
    """Issues by name: one of each standing. Today is Thursday 2026-10-15; B takes 10 working days, C 15."""
    officer = OfficerFactory()
    made = {
        "late": make_issue(officer, raised_on=date(2026, 9, 1), text="消防验收"),
        "today": make_issue(officer, raised_on=date(2026, 9, 25)),
        "nearing": make_issue(officer, raised_on=date(2026, 9, 30)),
        "half": make_issue(officer, raised_on=date(2026, 10, 8)),
        "normal": make_issue(officer, raised_on=date(2026, 10, 15), tier="C", category=CategoryFactory(code="TALENT")),
        "answered": make_issue(officer, raised_on=date(2026, 10, 15), tier="A"),
        "planned": make_issue(officer, raised_on=date(2026, 10, 9)),
        "done": make_issue(officer, raised_on=date(2026, 10, 10)),
    }
    confirm_plan(
        made["planned"],
        text="下周进场",
        unit=officer.home_unit,
        person="李工",
        promised_on=date(2026, 10, 16),
        told_platform_on=date(2026, 10, 15),
        actor=officer.user,
    )
    resolve(made["done"], result="solved", reply="已通过验收", is_confirmed_solved=True, actor=officer.user)
    return {name: Issue.objects.get(pk=issue.pk) for name, issue in made.items()}


def names(shelf, rows):
    by_number = {issue.number: name for name, issue in shelf.items()}
    return {by_number[row["number"]] for row in rows}


def test_a_row_says_what_whose_and_where_the_clock_stands(staff, shelf):
    late = shelf["late"]
    row = staff.rows("issues/", q=late.number)[0]
    platform, officer = late.platform, late.officer
    unit = {"id": officer.home_unit.pk, "code": officer.home_unit.code, "name": officer.home_unit.name, "name_en": ""}
    assert row == {
        "id": late.pk,
        "number": late.number,
        "tier": "B",
        "state": "accepted",
        "text": "消防验收",
        "category": {"id": late.category_id, "code": "COND-ROOM", "name": "实验场地与用房", "name_en": ""},
        "nature": "",
        "urgency": "normal",
        "importance": "ordinary",
        "platform": {"id": platform.pk, "code": platform.code, "name": platform.name},
        "officer": {"id": officer.pk, "name": officer.user.name},
        "home_unit": unit,
        "lead_unit": unit,
        "handler": officer.user.name,
        "visit": None,
        "raised_on": "2026-09-01",
        "registered_at": "2026-10-15T04:00:00Z",
        "updated_at": "2026-10-15T04:00:00Z",
        "due_on": "2026-09-15",
        "due_is_provisional": False,
        "clock": "statutory",
        "clock_due_on": "2026-09-15",
        "nearing_on": "2026-09-10",
        "breached_on": None,
        "needs_review": False,
        "working_days_left": -18,
        "warning": "overdue",
        "settled_on": None,
        "resolved_on": None,
        "result": "",
        "is_confirmed_solved": False,
        "confirmation": "",
        "reopened_count": 0,
        "version": 1,
    }


def test_each_standing_has_its_warning_clock_and_days(staff, shelf):
    rows = {row["number"]: row for row in staff.rows("issues/")}
    seen = {
        name: (rows[i.number]["warning"], rows[i.number]["clock"], rows[i.number]["working_days_left"])
        for name, i in shelf.items()
    }
    assert seen == {
        "late": ("overdue", "statutory", -18),
        "today": ("due_today", "statutory", 0),
        "nearing": ("nearing", "statutory", 3),
        "half": (None, "statutory", 4),
        "normal": (None, "statutory", 15),
        "answered": (None, None, None),
        "planned": ("nearing", "plan", 1),
        "done": (None, None, None),
    }
    assert seen == {name: (seen[name][0], issue.clock, seen[name][2]) for name, issue in shelf.items()}


def test_the_newest_comes_first(staff, shelf):
    keys = [row["id"] for row in staff.rows("issues/")]
    assert keys == sorted((issue.pk for issue in shelf.values()), reverse=True)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ALL),
        ({"tier": "C"}, {"normal"}),
        ({"tier": ["A", "C"]}, {"normal", "answered"}),
        ({"state": "plan_confirmed"}, {"planned"}),
        ({"state": ["resolved", "plan_confirmed", "confirmed"]}, {"answered", "planned", "done"}),
        ({"state": "confirmed"}, {"done"}),
        ({"state": "graded"}, {"normal"}),
        ({"open": "true"}, {"late", "today", "nearing", "half", "normal", "planned"}),
        ({"open": "false"}, {"answered", "done"}),
        ({"warning": "overdue"}, {"late"}),
        ({"warning": "due_today"}, {"today"}),
        ({"warning": "nearing"}, {"nearing", "planned"}),
        ({"warning": ["overdue", "due_today"], "tier": "B"}, {"late", "today"}),
        ({"due_from": "2026-10-20", "due_to": "2026-10-22"}, {"nearing", "half", "planned"}),
        ({"due_to": "2026-09-15"}, {"late"}),
        ({"raised_from": "2026-10-10"}, {"normal", "answered", "done"}),
        ({"raised_from": "2026-09-25", "raised_to": "2026-09-30"}, {"today", "nearing"}),
        ({"q": "消防"}, ALL),
        ({"q": "消防验收", "raised_to": "2026-09-01"}, {"late"}),
        (
            {"updated_since": "2026-10-15T12:00:00+08:00"},
            ALL,
        ),
        ({"updated_since": "2026-10-15T12:00:01+08:00"}, set()),
        ({"tier": ""}, ALL),
    ],
)
def test_each_filter_gives_exactly_its_rows(staff, shelf, query, expected):
    assert names(shelf, staff.rows("issues/", **query)) == expected


def test_platform_unit_officer_category_and_district_are_filtered_by_id(staff, shelf):
    late, normal = shelf["late"], shelf["normal"]
    other = make_issue()
    for query in (
        {"platform": late.platform_id},
        {"platform": late.platform_id, "officer": late.officer_id, "unit": late.lead_unit_id},
    ):
        assert names(shelf, staff.rows("issues/", **query)) == {"late"}
    assert len(staff.rows("issues/", officer=late.officer_id)) == 8
    assert len(staff.rows("issues/", unit=late.lead_unit_id, home_unit=late.home_unit_id)) == 8
    assert [row["number"] for row in staff.rows("issues/", unit=other.lead_unit_id)] == [other.number]
    assert names(shelf, staff.rows("issues/", category=normal.category_id)) == {"normal"}
    far = make_issue(platform=PlatformFactory(district=DistrictFactory(code="430181", name="浏阳市")))
    assert [row["number"] for row in staff.rows("issues/", district=far.platform.district_id)] == [far.number]


def test_updated_since_finds_what_has_moved(staff, shelf):
    with clock.frozen("2026-10-16T09:00", everywhere=True):
        resolve(shelf["late"], result="explained", reply="已说明", actor=shelf["late"].handler)
    assert names(shelf, staff.rows("issues/", updated_since="2026-10-16T00:00:00+08:00")) == {"late"}
    assert names(shelf, staff.rows("issues/", updated_since="2026-10-16T01:00:01Z")) == set()


def test_a_filter_never_widens_the_scope(world):
    call = caller(world.east.user)
    assert_problem(call.get("issues/", platform=world.west.platform.pk), 400, "platform")
    assert call.rows("issues/", q=world.west.issue.number) == []
    assert call.rows("issues/", unit=world.west.unit.pk) == []


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ({"tier": "E"}, ["tier"]),
        ({"tier": ["A", "x"]}, ["tier"]),
        ({"state": "open"}, ["state"]),
        ({"open": "perhaps"}, ["open"]),
        ({"warning": "soon"}, ["warning"]),
        ({"platform": "x"}, ["platform"]),
        ({"platform": "999999"}, ["platform"]),
        ({"officer": "1" * 30, "unit": "-1"}, ["officer", "unit"]),
        ({"due_from": "2026-13-01"}, ["due_from"]),
        ({"due_from": "2026-10-02", "due_to": "2026-10-01"}, ["due_to"]),
        ({"raised_to": "tomorrow"}, ["raised_to"]),
        ({"updated_since": "yesterday"}, ["updated_since"]),
        ({"q": "x" * 101}, ["q"]),
        ({"period_from": "2026-10-01"}, ["period_from"]),
        ({"tiers": "A"}, ["tiers"]),
        ({"page": "2", "Tier": "A"}, ["Tier", "page"]),
        ({"format": "xml"}, ["format"]),
        ({"open": ["true", "false"], "tier": ["A", "B"]}, ["open"]),
        ({"limit": ["1", "2"], "cursor": ["x", "x"]}, ["cursor", "limit"]),
    ],
)
def test_what_a_filter_does_not_know_is_refused_by_name(staff, query, fields):
    assert_problem(staff.get("issues/", **query), 400, *fields)


@pytest.mark.parametrize("accept", ["en", "zh-hans"])
def test_refusals_speak_the_callers_language(staff, accept):
    problem = staff("GET", "issues/", tiers="A", headers={"accept-language": accept}).json()
    assert problem["type"] == "urn:liandian:problem:invalid"
    assert problem["errors"]["tiers"]


def test_a_list_costs_the_same_statements_for_1_row_and_30(staff, django_assert_num_queries):
    officer = OfficerFactory()
    make_issue(officer)
    staff.rows("issues/")
    with django_assert_num_queries(4):
        assert len(staff.rows("issues/")) == 1
    for _ in range(29):
        make_issue(OfficerFactory(), category=CategoryFactory(code="OTHER"))
    with django_assert_num_queries(4):
        assert len(staff.rows("issues/")) == 30
    with django_assert_num_queries(4):
        assert len(staff.rows("issues/", warning="overdue")) == 0


def test_the_detail_says_why_this_date(staff, shelf):
    row = staff.get(f"issues/{shelf['planned'].number}/").json()
    assert (row["due_on"], row["clock_due_on"], row["settled_on"]) == ("2026-10-22", "2026-10-16", "2026-10-15")
    assert row["term_working_days"] == 10
    assert row["standing"] == {"level": "nearing", "word": "方案临期·剩1天"}
    actor, at = shelf["planned"].handler.name, "2026-10-15T04:00:00Z"
    assert row["deadlines"] == [
        {
            "clock": "statutory",
            "version": 1,
            "cause": "registered",
            "counted_from": "2026-10-09",
            "working_days": 10,
            "paused_days": 0,
            "reason": "",
            "previous_due_on": None,
            "due_on": "2026-10-22",
            "is_provisional": False,
            "calendar_revision": 1,
            "actor": actor,
            "created_at": at,
        },
        {
            "clock": "plan",
            "version": 1,
            "cause": "plan_confirmed",
            "counted_from": "2026-10-15",
            "working_days": None,
            "paused_days": 0,
            "reason": "",
            "previous_due_on": None,
            "due_on": "2026-10-16",
            "is_provisional": False,
            "calendar_revision": 1,
            "actor": actor,
            "created_at": at,
        },
    ]
    moved = {"kind": "plan_confirmed", "at": at, "actor": actor, "before": "accepted", "after": "plan_confirmed"}
    first = {"kind": "registered", "at": at, "actor": actor, "before": "", "after": "accepted"}
    assert row["events"] == [{**moved, "note": "下周进场"}, {**first, "note": ""}]
    unit = shelf["planned"].home_unit
    assert row["plan"] == {
        "text": "下周进场",
        "person": "李工",
        "promised_on": "2026-10-16",
        "first_promised_on": "2026-10-16",
        "told_platform_on": "2026-10-15",
        "unit": {"id": unit.pk, "code": unit.code, "name": unit.name, "name_en": ""},
    }


def test_the_detail_lists_every_rung_that_was_reached_and_who_knows_of_it(staff, shelf):
    late, head = shelf["late"], UserFactory(role=Role.UNIT_HEAD, unit=shelf["late"].lead_unit)
    tick()
    acknowledge(late.warnings.get(level="overdue", step=2), head)
    row = staff.get(f"issues/{late.number}/").json()
    assert row["breached_on"] == "2026-09-16"
    found = [(w["level"], w["step"], w["reached_on"], w["acknowledged_by"]) for w in row["warnings"]]
    assert found == [
        ("half", 1, "2026-09-08", None),
        ("nearing", 1, "2026-09-10", None),
        ("due_today", 1, "2026-09-15", None),
        ("overdue", 1, "2026-09-16", None),
        ("overdue", 2, "2026-09-16", head.name),
        ("overdue", 3, "2026-09-18", None),
        ("overdue", 4, "2026-09-21", None),
    ]
    at = "2026-10-15T04:00:00Z"
    assert (
        row["warnings"][4] | {"acknowledged_at": at, "raised_at": at, "clock": "statutory", "version": 1}
        == (row["warnings"][4])
    )


def test_each_standing_has_its_word(staff, shelf):
    words = {name: staff.get(f"issues/{issue.number}/").json()["standing"] for name, issue in shelf.items()}
    assert words == {
        "late": {"level": "overdue", "word": "逾期18个工作日"},
        "today": {"level": "due_today", "word": "今日到期"},
        "nearing": {"level": "nearing", "word": "临期·剩3天"},
        "half": {"level": "half", "word": "过半·剩4天"},
        "normal": {"level": "normal", "word": "正常·剩15天"},
        "answered": {"level": "stopped", "word": "不计时"},
        "planned": {"level": "nearing", "word": "方案临期·剩1天"},
        "done": {"level": "stopped", "word": "已停表"},
    }


def test_a_date_beyond_the_published_calendar_says_that_it_is_provisional(staff):
    with clock.frozen("2026-12-18T12:00", everywhere=True):
        issue = make_issue()
        row = staff.get(f"issues/{issue.number}/").json()
    assert (row["due_on"], row["due_is_provisional"]) == ("2027-01-04", True)
    assert row["deadlines"][0]["is_provisional"] is True


def test_an_answered_issue_has_its_reply_no_deadline_and_no_plan(staff, shelf):
    row = staff.get(f"issues/{shelf['answered'].number}/").json()
    assert (row["due_on"], row["deadlines"], row["plan"], row["term_working_days"]) == (None, [], None, None)
    assert (row["result"], row["reply"]) == ("solved", "按规定可以，已留下办事指南。")
    assert [event["kind"] for event in row["events"]] == ["answered", "registered"]


def test_the_detail_costs_the_same_statements_with_1_and_30_events(staff, shelf, django_assert_num_queries):
    late = shelf["late"]
    staff.get("units/")
    with django_assert_num_queries(13):
        staff.get(f"issues/{late.number}/")
    for n in range(30):
        late.events.create(kind="warned", at=clock.now(), after=str(n))
    with django_assert_num_queries(13):
        assert len(staff.get(f"issues/{late.number}/").json()["events"]) == 31


@pytest.mark.parametrize("number", ["2026-000000", "2026-1", "1", "2026-000001x", "%00", "2026-００００01", "-" * 300])
def test_a_number_nobody_has_is_not_found(staff, shelf, number):
    assert_problem(staff.get(f"issues/{number}/"), 404)


def test_categories_are_listed_with_the_domain_above(staff):
    above = CategoryFactory(code="COND", name="条件建设")
    CategoryFactory(code="COND-LAND", name="用地与规划", parent=above)
    rows = {row["code"]: row for row in staff.rows("issue-categories/")}
    assert (rows["COND"]["parent"], rows["COND-LAND"]["parent"]) == (None, "COND")
    assert set(rows["COND"]) == TAXON | {"parent"}
