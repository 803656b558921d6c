"""What log_visit itself refuses, whoever calls it: page, API, import."""

import uuid
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Role
from issues.models import Issue
from issues.services import NewIssue
from liaisons.services import assign
from tests.factories import CategoryFactory, OfficerFactory, PlatformFactory, UserFactory
from visits.models import Visit, VisitNeed
from visits.services import Need, NewVisit, log_visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def new(platform) -> Any:
    """A visit that may be logged, but for the fields given."""

    def build(**fields: Any) -> NewVisit:
        said = {"visited_on": date(2026, 10, 15), "mode": "phone", "text": "问政策", "needs": {}, **fields}
        return NewVisit(client_id=uuid.uuid4(), **{"platform": platform, **said})

    return build


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"visited_on": date(2026, 10, 16)}, "visited_on"),
        ({"visited_on": date(2024, 12, 31)}, "visited_on"),
        ({"visited_on": date(1, 1, 1)}, "visited_on"),
        ({"visited_on": date(9999, 12, 31)}, "visited_on"),
        ({"mode": "pigeon"}, "mode"),
        ({"text": " "}, "text"),
        ({"needs": {"weather": Need(need="晴天")}}, "needs"),
    ],
)
def test_a_wrong_field_is_refused_by_its_name(officer, new, fields, field):
    with pytest.raises(ValidationError) as refusal:
        log_visit(new(**fields), actor=officer.user)
    assert list(refusal.value.message_dict) == [field]
    assert not Visit.objects.exists()


@pytest.mark.parametrize("wrong", [{"tier": "E"}, {"tier": ""}, {"text": " "}, {"tier": "A", "answer": " "}], ids=str)
def test_a_wrong_issue_leaves_no_visit(officer, new, wrong):
    good: dict[str, Any] = {"tier": "B", "category": CategoryFactory(), "text": "消防"}
    issues = [NewIssue(**good), NewIssue(**{**good, **wrong})]
    with pytest.raises(ValidationError):
        log_visit(new(issues=issues, needs={"talent": Need(need="周末工程师")}), actor=officer.user)
    assert not any(model.objects.exists() for model in (Visit, VisitNeed, Issue))


def test_only_the_platforms_officer_and_bureau_staff_may_log(officer, new):
    others = [
        OfficerFactory().user,
        *(UserFactory(role=role) for role in set(Role) - {Role.OFFICER, Role.BUREAU_STAFF}),
    ]
    for user in others:
        with pytest.raises(ValidationError, match="您只能为自己联点的平台记录联系。"):
            log_visit(new(), actor=user)
    for user in (officer.user, UserFactory(role=Role.BUREAU_STAFF)):
        assert log_visit(new(), actor=user).visit.officer == officer


def test_a_platform_without_an_officer_says_so_only_to_those_who_may_know(officer, new):
    orphan = PlatformFactory()
    with pytest.raises(ValidationError, match="您只能为自己联点的平台记录联系。"):
        log_visit(new(platform=orphan), actor=officer.user)
    with pytest.raises(ValidationError, match="这家平台还没有联点干部，请先安排。"):
        log_visit(new(platform=orphan), actor=UserFactory(role=Role.BUREAU_STAFF))


def test_an_empty_need_is_no_need(officer, new):
    needs = {"talent": Need(need=" "), "transfer": Need(difficulty="找应用场景")}
    visit = log_visit(new(needs=needs), actor=officer.user).visit
    assert list(visit.needs.values_list("domain", "difficulty", "need")) == [("transfer", "找应用场景", "")]


def test_the_issues_of_a_visit_typed_in_by_the_bureau_are_the_officers_to_handle(officer, new):
    issue = NewIssue(tier="B", category=CategoryFactory(), text="消防")
    logged = log_visit(new(issues=[issue]), actor=UserFactory(role=Role.BUREAU_STAFF))
    assert [(issue.officer, issue.handler) for issue in logged.issues] == [(officer, officer.user)]


def test_what_the_bureau_types_in_is_the_officers_in_hand_and_the_bureaus_on_record(
    officer, platform, bureau_staff, new
):
    logged = log_visit(
        new(issues=[NewIssue(tier="B", category=CategoryFactory(), text="消防验收")]), actor=bureau_staff
    )
    issue = logged.issues[0]
    assert (logged.visit.officer, logged.visit.created_by) == (officer, bureau_staff)
    assert (issue.handler, issue.officer) == (officer.user, officer)
    assert (issue.events.get().actor, issue.deadlines.get().actor) == (bureau_staff, bureau_staff)


def test_r51_a_record_of_an_earlier_day_is_that_days_officers(officer, platform, bureau_staff, new):
    successor = OfficerFactory()
    assign(officer=successor, platform=platform, started_on=date(2026, 10, 14), actor=bureau_staff)
    assert log_visit(new(visited_on=date(2026, 10, 13)), actor=bureau_staff).visit.officer == officer
    assert log_visit(new(visited_on=date(2026, 10, 14)), actor=bureau_staff).visit.officer == successor
    with pytest.raises(ValidationError) as refusal:
        log_visit(new(visited_on=date(2026, 10, 13)), actor=successor.user)
    assert set(refusal.value.message_dict) == {"visited_on"}
