"""GET /api/v1/issues/<number>/: why the date is this date, when the clock stood still, who asked for what."""

from datetime import date

import pytest

from accounts.models import Role
from config import clock
from config.api.docs import schema
from issues.models import Issue
from issues.services import ask_for_extension, decide, sign_for
from tests.api.calls import caller
from tests.api.test_schema import faults
from tests.factories import OfficerFactory, UserFactory, make_issue
from tests.issues.acts import extend, fresh, head_of, in_hand, office, plan, refer_on, resume, retier, suspend

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(db):
    return caller(UserFactory(role=Role.BUREAU_STAFF))


@pytest.fixture
def issue(officer):
    """Tier B, raised on Thursday 2026-10-15, due on Thursday 2026-10-29."""
    return make_issue(officer)


def detail(staff, issue):
    return staff.get(f"issues/{issue.number}/").json()


@pytest.mark.at("2025-09-26T19:30")
def test_every_day_from_the_raising_day_to_the_due_day_says_what_it_is(staff):
    why = detail(staff, make_issue())["why"]
    days = why.pop("days")
    assert why == {
        "sentence": "2025-09-26提出，次日起第10个工作日；计入10天（含调休2天），节假日8天，周末2天；第1版 登记；确定",
        "counted_from": "2025-09-26",
        "working_days": 10,
        "paused_days": 0,
        "due_on": "2025-10-16",
        "is_provisional": False,
        "calendar_revision": why["calendar_revision"],
    }
    assert len(days) == 21
    assert days[:4] == [
        {"date": "2025-09-26", "kind": "start", "name": "", "n": None},
        {"date": "2025-09-27", "kind": "weekend", "name": "", "n": None},
        {"date": "2025-09-28", "kind": "make_up", "name": days[2]["name"], "n": 1},
        {"date": "2025-09-29", "kind": "counted", "name": "", "n": 2},
    ]
    assert [day["kind"] for day in days[5:13]] == ["holiday"] * 8
    assert days[5]["name"] == "国庆节"
    assert days[-1] == {"date": "2025-10-16", "kind": "counted", "name": "", "n": 10}
    assert [day["n"] for day in days if day["n"]] == list(range(1, 11))


def test_days_on_which_the_clock_stood_still_are_not_counted(staff, issue):
    with clock.frozen("2026-10-16T12:00", everywhere=True):
        suspend(issue)
    with clock.frozen("2026-10-20T12:00", everywhere=True):
        resume(issue)
    row = detail(staff, issue)
    kinds = {day["date"]: (day["kind"], day["n"]) for day in row["why"]["days"]}
    assert [kinds[f"2026-10-{day}"] for day in (16, 17, 18, 19, 20, 21)] == [
        ("counted", 1),
        ("weekend", None),
        ("weekend", None),
        ("suspended", None),
        ("suspended", None),
        ("counted", 2),
    ]
    assert row["why"]["days"][-1] == {"date": "2026-11-02", "kind": "counted", "name": "", "n": 10}
    assert (row["why"]["working_days"], row["why"]["paused_days"], row["due_on"]) == (10, 2, "2026-11-02")
    assert row["suspensions"] == [
        {
            "clock": "statutory",
            "reason": "等平台补材料。",
            "review_on": "2026-11-15",
            "began_on": "2026-10-16",
            "ended_on": "2026-10-20",
            "working_days": 2,
        }
    ]


def test_while_it_lasts_a_pause_has_no_end_and_the_clock_is_null(staff, issue):
    suspend(issue)
    with clock.frozen("2026-10-20T12:00", everywhere=True):
        row = detail(staff, issue)
    assert (row["state"], row["clock"], row["clock_due_on"], row["due_on"]) == ("suspended", None, None, "2026-10-29")
    assert (row["suspensions"][0]["ended_on"], row["suspensions"][0]["working_days"]) == (None, 3)


def test_versions_carry_pauses_and_reasons(staff, issue):
    retier(issue, "C")
    newest = detail(staff, issue)["deadlines"][-1]
    assert {key: newest[key] for key in ("version", "cause", "previous_due_on", "due_on", "paused_days", "reason")} == {
        "version": 2,
        "cause": "retiered",
        "previous_due_on": "2026-10-29",
        "due_on": "2026-11-05",
        "paused_days": 0,
        "reason": "要几个部门一起办。",
    }


def test_referrals_and_requests_name_who_and_when(staff, issue):
    referral = refer_on(issue, issue.handler)
    head = head_of(referral.unit)
    sign_for(issue, actor=head)
    request = ask_for_extension(issue, until=date(2026, 11, 5), reason="等评审会。", actor=head)
    at, boss = "2026-10-15T04:00:00Z", office().name
    row = detail(staff, issue)
    unit = {"id": referral.unit_id, "code": "M-HUD", "name": "市住建局", "name_en": ""}
    signed = {"signed_by": head.name, "signed_at": at}
    holds = {"ended_at": None, "is_final": False, "return_reason": "", "suggested_unit": None}
    assert row["referrals"] == [
        {"unit": unit, "note": "请牵头办理。", "referred_by": issue.handler.name, "referred_at": at, **signed, **holds}
    ]
    waiting = {
        "id": request.pk,
        "kind": "extend",
        "reason": "等评审会。",
        "until": "2026-11-05",
        "tier": "",
        "state": "pending",
        "asked_by": head.name,
        "asked_at": at,
        "decided_by": None,
        "decided_at": None,
        "decision_note": "",
    }
    assert row["requests"] == [waiting]
    decide(request, approve=False, note="先办先结。", actor=office())
    decided = {"state": "refused", "decided_by": boss, "decided_at": at, "decision_note": "先办先结。"}
    assert detail(staff, issue)["requests"] == [{**waiting, **decided}]


def test_a_breach_stays_in_sight_and_a_review_too(staff, issue):
    with clock.frozen("2026-11-02T12:00", everywhere=True):
        retier(issue, "C")
        Issue.objects.filter(pk=issue.pk).update(needs_review=True)
        (row,) = staff.rows("issues/", needs_review="true")
    assert (row["due_on"], row["breached_on"], row["needs_review"]) == ("2026-11-05", "2026-10-30", True)
    assert staff.rows("issues/", needs_review="false") == []


def test_tier_a_has_nothing_to_explain(staff):
    row = detail(staff, make_issue(tier="A"))
    assert (row["why"], row["suspensions"], row["referrals"], row["requests"]) == (None, [], [], [])


def test_the_document_says_all_of_it(staff, issue):
    sign_for(issue, actor=head_of(refer_on(issue, issue.handler).unit))
    issue = fresh(issue)
    extend(issue, date(2026, 11, 5))
    suspend(issue)
    with clock.frozen("2026-10-20T12:00", everywhere=True):
        resume(issue)
        retier(issue, "D")
        issue = in_hand(issue)
        plan(issue, date(2026, 12, 1))
        suspend(issue)
    document = schema("zh-hans")
    assert faults(document, "issues_retrieve", 200, detail(staff, issue)) == []
    assert faults(document, "issues_list", 200, staff.get("issues/").json()) == []


def test_a_long_story_costs_the_statements_of_a_short_one(staff, django_assert_num_queries):
    short, long = make_issue(), make_issue(OfficerFactory())
    sign_for(long, actor=head_of(refer_on(long, long.handler).unit))
    long = fresh(long)
    for until in (date(2026, 11, 5), date(2026, 11, 6)):
        decide(
            ask_for_extension(long, until=until, reason="x", actor=long.handler),
            approve=False,
            note="x",
            actor=office(),
        )
    suspend(long)
    resume(long)
    detail(staff, short)
    for each in (short, long):
        with django_assert_num_queries(13):
            detail(staff, each)
