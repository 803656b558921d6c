"""Nobody leaves work behind that nobody has: not by the admin, not by the service, not past either of them."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.leaving import StillInCharge, disable_user, refuse_orphaning, work_of
from accounts.models import Role, User
from issues.handovers.services import ask_case
from issues.services import resolve
from liaisons.absences import arrange
from liaisons.handovers import ask
from liaisons.models import Officer
from liaisons.services import end_assignment
from tests.factories import OfficerFactory, PlatformFactory, UnitFactory, UserFactory, make_issue

pytestmark = pytest.mark.django_db

LATER = date(2026, 11, 2)


@pytest.fixture
def admin(db: None) -> User:
    return UserFactory(role=Role.SECURITY_ADMIN, unit=None)


def everything_for(officer: Officer) -> None:
    """Two platforms, an issue in hand, a platform and a case that wait, a leave to stand in for."""
    platform = PlatformFactory(officer=officer)
    PlatformFactory(officer=officer)
    make_issue(officer, platform=platform)
    giver = OfficerFactory(user=UserFactory(unit=officer.home_unit))
    ask(PlatformFactory(officer=giver), receiver=officer, planned_on=LATER, reason="调整", actor=giver.user)
    ask_case(make_issue(giver), receiver=officer.user, reason="调整", actor=giver.user)
    arrange(officer=giver, deputy=officer, starts_on=LATER, ends_on=LATER, reason="休假", actor=giver.user)


def test_the_sentence_lists_all_that_is_in_the_way(officer: Officer) -> None:
    everything_for(officer)
    with pytest.raises(StillInCharge) as refused:
        disable_user(officer.user)
    work = "2家联点平台、1项要接手的平台移交、1项请假代理、1项在办问题、1项要接手的问题移交"
    assert refused.value.messages == [f"{officer.user.name}手上还有{work}，请先在“工作移交”里交给别人。"]
    assert User.objects.get(pk=officer.user_id).is_active


def test_who_has_nothing_in_hand_can_be_disabled(officer: Officer) -> None:
    issue = make_issue(officer)
    assert work_of(officer.user) == ["1家联点平台", "1项在办问题"]
    resolve(issue, result="solved", reply="已办好。", actor=officer.user)
    end_assignment(assignment=officer.assignments.get(), ended_on=date(2026, 10, 15), actor=None)
    refuse_orphaning(officer.user)
    assert not disable_user(officer.user).is_active


def test_clerks_and_heads_answer_for_their_issues_too(officer: Officer) -> None:
    issue, clerk = make_issue(officer), UserFactory(role=Role.CLERK)
    type(issue).objects.filter(pk=issue.pk).update(handler=clerk)
    assert work_of(clerk) == ["1项在办问题"]
    assert work_of(UserFactory(role=Role.BUREAU_STAFF)) == []


def change(client: Any, user: User, **fields: Any) -> Any:
    unit = user.unit_id or ""
    data = {"username": user.username, "name": user.name, "role": user.role, "unit": unit, "is_active": "on", **fields}
    return client.post(f"/admin/accounts/user/{user.pk}/change/", {k: v for k, v in data.items() if v is not None})


def test_the_administrator_learns_what_is_in_the_way_beside_the_field(
    officer: Officer, admin: User, sign_in: Any
) -> None:
    make_issue(officer)
    answer = change(sign_in(admin), officer.user, is_active=None)
    words = f"{officer.user.name}手上还有1家联点平台、1项在办问题，请先在“工作移交”里交给别人。"
    assert answer.context["adminform"].form.errors == {"is_active": [words]}
    assert User.objects.get(pk=officer.user_id).is_active


@pytest.mark.parametrize("field", ["role", "unit"])
def test_a_clerk_with_a_case_keeps_role_and_unit(field: str, officer: Officer, admin: User, sign_in: Any) -> None:
    clerk = UserFactory(role=Role.CLERK)
    issue = make_issue(officer)
    type(issue).objects.filter(pk=issue.pk).update(handler=clerk)
    to = {"role": Role.UNIT_HEAD.value, "unit": str(UnitFactory().pk)}[field]
    answer = change(sign_in(admin), clerk, **{field: to})
    assert list(answer.context["adminform"].form.errors) == [field]
    type(issue).objects.filter(pk=issue.pk).update(handler=officer.user)
    assert change(sign_in(admin), clerk, **{field: to}).status_code == 302


def test_other_changes_and_enabling_again_are_not_asked(officer: Officer, admin: User, sign_in: Any) -> None:
    make_issue(officer)
    assert change(sign_in(admin), officer.user, name="改了名", role=None, unit=None).status_code == 302
    clerk = UserFactory(role=Role.CLERK, is_active=False)
    assert change(sign_in(admin), clerk).status_code == 302
    assert User.objects.get(pk=clerk.pk).is_active


@pytest.mark.parametrize("change_", [{"is_active": False}, {"role": Role.LEADER}])
def test_the_database_lets_no_officer_go_who_has_platforms(change_: dict[str, Any], officer: Officer) -> None:
    assignment = PlatformFactory(officer=officer).assignments.get()
    with pytest.raises(IntegrityError, match="still looks after platforms"), transaction.atomic():
        User.objects.filter(pk=officer.user_id).update(**change_)
    end_assignment(assignment=assignment, ended_on=date(2026, 10, 15), actor=None)
    User.objects.filter(pk=officer.user_id).update(**change_)
