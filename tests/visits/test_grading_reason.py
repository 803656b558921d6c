"""R28 in the log form and by REST: another tier than the suggested one says why."""

import uuid

import pytest

from issues.models import Issue
from tests.api.calls import assert_problem, caller

pytestmark = pytest.mark.django_db
SENTENCE = "按性质建议定为C类；定为B类，请写明依据。"


@pytest.fixture
def desk(sign_in, officer):
    return sign_in(officer.user)


def test_the_form_asks_for_the_reason_beside_its_field(desk, typed):
    answer = desk.post("/visits/new/", typed().with_issue("B", nature="cross_unit"))
    assert answer.status_code == 422
    assert answer.context["form"].issues[0].errors == {"grading_reason": [SENTENCE]}
    assert not Issue.objects.exists()
    desk.post("/visits/new/", typed().with_issue("B", nature="cross_unit", grading_reason="局里自己能办。"))
    issue = Issue.objects.get()
    assert (issue.tier, issue.grading_reason, issue.events.get().note) == ("B", "局里自己能办。", "局里自己能办。")


def test_as_suggested_needs_none(desk, typed):
    desk.post("/visits/new/", typed().with_issue("C", nature="cross_unit"))
    assert Issue.objects.get().grading_reason == ""


def test_the_api_asks_for_it_too(officer, platform, category):
    issue = {"tier": "B", "category": category.code, "text": "消防验收迟迟没有通过", "nature": "cross_unit"}
    body = {
        "client_id": str(uuid.uuid4()),
        "platform": platform.pk,
        "visited_on": "2026-10-14",
        "mode": "on_site",
        "text": "看了新装修的振动试验间。",
        "issues": [issue],
    }
    assert_problem(caller(officer.user).post("visits/", body), 400, "issues.0.grading_reason")
    issue["grading_reason"] = "局里自己能办。"
    assert caller(officer.user).post("visits/", body).status_code == 201
