"""POST /api/v1/issues/{number}/{move}/: the table of transitions over REST, decided on a version."""

import uuid
from datetime import date

import pytest

from accounts.models import Role
from issues.models import Issue
from issues.plays import PLAYS
from issues.services import ask_for_extension, refer, resolve
from tests.api.calls import PROBLEM, Caller, caller
from tests.factories import CategoryFactory, OfficerFactory, PlatformFactory, UnitFactory, UserFactory, make_issue
from tests.issues.acts import fresh, head_of, office

pytestmark = pytest.mark.django_db
RESOLUTION = {"result": "solved", "reply": "已通过验收。"}


@pytest.fixture
def issue(officer):
    return make_issue(officer)


@pytest.fixture
def ask(officer):
    return caller(officer.user)


def move(ask: Caller, issue: Issue, name: str, body=None, version: int | None = None):
    headers = {"If-Match": f'"{fresh(issue).version if version is None else version}"'}
    return ask("POST", f"issues/{issue.number}/{name}/", {} if body is None else body, headers)


def test_a_move_answers_with_the_issue_and_its_new_version(ask, issue):
    read = ask.get(f"issues/{issue.number}/")
    assert read["ETag"] == '"1"'
    answer = move(ask, issue, "resolve", RESOLUTION, version=1)
    assert (answer.status_code, answer["ETag"]) == (200, '"2"')
    body = answer.json()
    assert (body["state"], body["result"], body["version"]) == ("resolved", "solved", 2)
    assert [event["kind"] for event in body["events"]] == ["resolved", "registered"]


def test_without_a_version_it_is_428_and_nothing_happens(ask, issue):
    answer = ask("POST", f"issues/{issue.number}/resolve/", RESOLUTION)
    assert (answer.status_code, answer["Content-Type"]) == (428, PROBLEM)
    assert answer.json()["type"] == "urn:liandian:problem:precondition-required"
    for wrong in ("7", "", ",", '"1', "**"):
        assert ask("POST", f"issues/{issue.number}/resolve/", RESOLUTION, {"If-Match": wrong}).status_code == 428
    assert fresh(issue).state == "accepted"


@pytest.mark.parametrize("named", ["*", " * ", '"1"', '"7", "1"', '"7","x" , "1"', 'W/"1", "1"'])
def test_if_match_names_any_version_or_several(ask, issue, named):
    answer = ask("POST", f"issues/{issue.number}/resolve/", RESOLUTION, {"If-Match": named})
    assert (answer.status_code, answer["ETag"]) == (200, '"2"')


@pytest.mark.parametrize("named", ['W/"1"', 'W/"1", W/"2"', '"2", "7"', '"x"', '""', '"01"', '"99999999999"', '"*"'])
def test_another_tag_or_a_weak_one_never_matches(ask, issue, named):
    answer = ask("POST", f"issues/{issue.number}/resolve/", RESOLUTION, {"If-Match": named})
    assert (answer.status_code, fresh(issue).version) == (412, 1)


def test_any_version_is_still_one_that_is_there(ask):
    assert ask("POST", "issues/2026-999999/resolve/", RESOLUTION, {"If-Match": "*"}).status_code == 404


def test_an_edit_of_any_version_is_made_on_the_present_one(ask, issue):
    move(ask, issue, "edit", {"text": "先改一次"})
    answer = ask("POST", f"issues/{issue.number}/edit/", {"text": "再改一次"}, {"If-Match": "*"})
    assert (answer.status_code, answer.json()["text"], answer.json()["version"]) == (200, "再改一次", 3)


def test_a_version_that_has_passed_is_412(ask, issue):
    move(ask, issue, "extend", {"until": "2026-11-05", "reason": "等评审会排期。"})
    answer = move(ask, issue, "resolve", RESOLUTION, version=1)
    assert (answer.status_code, answer.json()["type"]) == (412, "urn:liandian:problem:precondition-failed")
    assert answer.json()["detail"] == (
        f"这个问题在您读取之后已有变化（{issue.handler.name} 2026-10-15 12:00），现在是第2版，请重新读取。"
    )
    assert fresh(issue).state == "accepted"


def test_an_illegal_move_is_409_with_the_reason(ask, issue):
    resolve(issue, result="solved", reply="x", actor=issue.handler)
    answer = move(ask, issue, "plan", plan_of(issue))
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:liandian:problem:conflict")
    assert answer.json()["detail"] == "这个问题现在是“已办结待确认”，不能确定解决方案。"


def plan_of(issue):
    return {
        "text": "分两批进场。",
        "unit": issue.lead_unit_id,
        "person": "周工",
        "promised_on": "2026-11-20",
        "told_platform_on": "2026-10-15",
    }


def test_somebody_elses_move_is_403_an_outsiders_404(issue):
    assert move(caller(office()), issue, "resolve", RESOLUTION).status_code == 403
    assert move(caller(UserFactory(role=Role.LEADER)), issue, "resolve", RESOLUTION).status_code == 403
    assert move(caller(OfficerFactory().user), issue, "resolve", RESOLUTION).status_code == 404
    assert move(Caller(), issue, "resolve", RESOLUTION).status_code == 401
    read_only = caller(issue.handler, "issues:read")
    assert move(read_only, issue, "resolve", RESOLUTION).status_code == 403
    assert fresh(issue).version == 1


@pytest.mark.parametrize("body", [{}, [], b"{", RESOLUTION])
def test_whose_move_it_is_is_judged_before_the_body_and_the_version(officer, issue, body):
    grading = move(caller(head_of(issue.home_unit)), issue, "grade", body, version=7)
    assert (grading.status_code, grading.json()["detail"]) == (403, "这一步由联点干部、市委科技办办理。")
    outsider = move(caller(OfficerFactory().user), issue, "grade", body, version=7)
    assert outsider.status_code == 404
    theirs = move(caller(officer.user), issue, "grade", body, version=7)
    assert theirs.status_code in (400, 412)


def test_what_nobody_does_to_a_tier_is_a_matter_of_the_issue(officer):
    answer = move(caller(officer.user), make_issue(officer, tier="A"), "resolve", RESOLUTION)
    assert (answer.status_code, answer.json()["detail"]) == (409, "这个问题现在是“已办结待确认”，不能办结。")


@pytest.mark.parametrize("body", [{}, [], b"{", {"approve": True}])
def test_who_decides_is_judged_before_the_body(ask, officer, issue, body):
    head = head_of(issue.home_unit)
    asked = ask_for_extension(issue, until=date(2026, 11, 5), reason="等评审会排期。", actor=officer.user)
    path = f"requests/{asked.pk}"
    for stranger in (ask, caller(UserFactory(role=Role.BUREAU_STAFF)), caller(UserFactory(role=Role.LEADER))):
        assert move(stranger, issue, path, body, version=7).status_code == 403
    assert move(caller(OfficerFactory().user), issue, path, body, version=7).status_code == 404
    assert move(caller(head), issue, f"requests/{asked.pk + 1}", body, version=7).status_code == 404
    assert move(caller(head), issue, path, body, version=7).status_code in (400, 412)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"result": "magic", "reply": "x"}, "result"),
        ({"result": "solved", "reply": " "}, "reply"),
        ({"result": "solved", "reply": "长" * 2001}, "reply"),
        ({"result": "solved", "reply": ["x"]}, "reply"),
        ({"result": "partly", "reply": "x", "is_confirmed_solved": True}, "is_confirmed_solved"),
        ({"result": "solved", "reply": "x", "is_confirmed_solved": "perhaps"}, "is_confirmed_solved"),
        ({"reply": "x"}, "result"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(ask, issue, body, field):
    answer = move(ask, issue, "resolve", body)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert fresh(issue).version == 1


@pytest.mark.parametrize("body", [[], "x", 5, None, {"unit": "M-HUD"}, {"unit": 2**63}, {"supports": [0]}])
def test_a_body_of_another_shape_is_400(officer, body):
    issue = make_issue(officer, tier="C")
    answer = move(caller(office()), issue, "refer", body if body is not None else b"null")
    assert answer.status_code == 400


def test_a_c_issue_travels_by_rest_alone(officer):
    issue = make_issue(officer, tier="C")
    lead, support = UnitFactory(code="M-HUD", takes_tiers=["C"]), UnitFactory(code="M-EMB")
    head, helper = head_of(lead), head_of(support)
    answer = move(caller(office()), issue, "refer", {"unit": lead.pk, "supports": [support.pk], "note": "请牵头。"})
    assert answer.json()["supports"][0]["due_on"] == "2026-10-20"
    assert move(caller(head), issue, "sign").json()["state"] == "accepted"
    refused = move(caller(head), issue, "resolve", RESOLUTION)
    assert (refused.status_code, refused.json()["detail"]) == (409, "还有协办单位没有答复：单位M-EMB。")
    assert move(caller(helper), issue, "support", {"answer": "无意见。", "agrees": True}).status_code == 200
    assert move(caller(head), issue, "plan", plan_of(fresh(issue))).json()["clock"] == "plan"
    assert move(caller(head), issue, "resolve", RESOLUTION).json()["state"] == "resolved"
    redone = move(caller(officer.user), issue, "reopen", {"reason": "平台说还进不了场。"}).json()
    assert (redone["state"], redone["reopened_count"], redone["rounds"][0]["result"]) == ("accepted", 1, "solved")
    assert move(caller(head), issue, "resolve", RESOLUTION).status_code == 200
    confirmed = move(caller(officer.user), issue, "confirm", {"note": "王工电话里说的。"}).json()
    assert (confirmed["state"], confirmed["confirmation"], confirmed["is_confirmed_solved"]) == (
        ("confirmed", "spoken", True)
    )
    assert move(caller(office()), issue, "close").json()["state"] == "closed"


def test_a_request_is_decided_by_a_second_person(ask, officer, issue):
    asked = ask_for_extension(issue, until=date(2026, 11, 5), reason="等评审会排期。", actor=officer.user)
    assert move(ask, issue, f"requests/{asked.pk}", {"approve": True}).status_code == 403
    head = caller(head_of(issue.home_unit))
    assert move(head, issue, f"requests/{asked.pk + 1}", {"approve": True}).status_code == 404
    answer = move(head, issue, f"requests/{asked.pk}", {"approve": True})
    assert (answer.status_code, answer.json()["due_on"]) == (200, "2026-11-05")


def test_an_edit_leaves_alone_what_the_call_leaves_out(ask, issue):
    answer = move(ask, issue, "edit", {"text": "消防验收仍没有通过"})
    assert (answer.status_code, answer.json()["text"]) == (200, "消防验收仍没有通过")
    assert answer.json()["category"]["code"] == "COND-ROOM"
    assert answer.json()["events"][0]["note"] == "问题描述：实验楼消防验收迟迟没有通过 → 消防验收仍没有通过"


class TestRegister:
    @pytest.fixture
    def body(self, officer):
        platform = PlatformFactory(officer=officer)
        return {
            "client_id": str(uuid.uuid4()),
            "platform": platform.pk,
            "category": CategoryFactory().code,
            "text": "振动试验间用电不够",
        }

    @pytest.fixture
    def client_system(self, officer):
        return caller(UserFactory(role=Role.API_CLIENT, unit=officer.home_unit))

    def test_it_waits_to_be_graded_and_has_no_clock(self, client_system, body):
        answer = client_system.post("issues/", body)
        found = answer.json()
        assert (answer.status_code, answer["Location"]) == (201, f"http://testserver/api/v1/issues/{found['number']}/")
        assert (found["state"], found["tier"], found["due_on"], found["clock"]) == ("registered", "", None, None)

    def test_a_second_submit_is_the_same_issue(self, client_system, body):
        first, second = client_system.post("issues/", body), client_system.post("issues/", body)
        assert (second.status_code, second.json()["number"]) == (200, first.json()["number"])
        assert Issue.objects.count() == 1

    def test_graded_its_term_counts_from_the_day_it_was_raised(self, client_system, ask, body):
        number = client_system.post("issues/", {**body, "raised_on": "2026-10-12"}).json()["number"]
        issue = Issue.objects.get(number=number)
        grading = {"tier": "B", "nature": "cross_unit", "urgency": "normal", "importance": "ordinary"}
        refused = move(ask, issue, "grade", grading)
        assert list(refused.json()["errors"]) == ["grading_reason"]
        graded = move(ask, issue, "grade", {**grading, "grading_reason": "局里自己能办。"}).json()
        assert (graded["state"], graded["due_on"], graded["clock"]) == ("accepted", "2026-10-26", "statutory")

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"platform": 10**9}, "platform"),
            ({"category": "NOPE"}, "category"),
            ({"text": " "}, "text"),
            ({"raised_on": "2026-10-16"}, "raised_on"),
            ({"client_id": "x"}, "client_id"),
        ],
    )
    def test_what_is_wrong_stands_beside_its_field(self, client_system, body, change, field):
        answer = client_system.post("issues/", {**body, **change})
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
        assert not Issue.objects.exists()

    def test_a_reader_registers_nothing(self, body):
        assert caller(UserFactory(role=Role.LEADER)).post("issues/", body).status_code == 403


def test_every_play_has_its_operation(ask, issue):
    for action in PLAYS:
        answer = ask("POST", f"issues/{issue.number}/{action}/", {})
        assert answer.status_code == 428, action


def test_an_old_referral_is_not_in_the_way(officer):
    issue = make_issue(officer)
    refer(issue, unit=UnitFactory(takes_tiers=["B"]), actor=officer.user)
    answer = move(caller(officer.user), issue, "resolve", RESOLUTION)
    assert (answer.status_code, answer.json()["detail"]) == (403, "这一步由主办单位办理。")
