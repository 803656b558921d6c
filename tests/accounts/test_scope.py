import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404

from accounts.models import Role, Unit, UnitKind
from accounts.scope import get_editable_or_refuse, get_visible_or_404
from issues.models import Issue
from liaisons.models import Assignment, Officer
from liaisons.services import end_assignment
from platforms.models import Platform
from tests.factories import (
    AssignmentFactory,
    OfficerFactory,
    PlatformFactory,
    UnitFactory,
    UserFactory,
    make_issue,
    make_visit,
)
from visits.models import Visit

pytestmark = pytest.mark.django_db

CASES = (Platform, Assignment, Officer, Visit, Issue)


@pytest.fixture
def world():
    """One officer with a platform, a visit and an issue, in a district below the commission office."""
    office = UnitFactory(code="CO", kind=UnitKind.COMMISSION_OFFICE)
    district = UnitFactory(code="D-1", kind=UnitKind.DISTRICT, parent=office)
    officer = OfficerFactory(user=UserFactory(unit=district))
    platform = PlatformFactory(officer=officer)
    make_visit(officer, platform=platform)
    make_issue(officer, platform=platform)
    return officer


def seen(user):
    return [model.objects.visible_to(user).count() for model in CASES]


def test_r58_the_officer_sees_exactly_the_own_platform_and_its_cases(world):
    assert seen(world.user) == [1, 1, 1, 1, 1]


def test_r58_another_officer_of_the_same_unit_sees_nothing_of_it(world):
    colleague = OfficerFactory(user=UserFactory(unit=world.home_unit))
    assert seen(colleague.user) == [0, 0, 1, 0, 0]


def test_r58_the_head_of_the_unit_and_of_a_unit_above_see_it_a_sister_unit_does_not(world):
    head = UserFactory(role=Role.UNIT_HEAD, unit=world.home_unit)
    above = UserFactory(role=Role.UNIT_HEAD, unit=world.home_unit.parent)
    sister = UserFactory(role=Role.UNIT_HEAD, unit=UnitFactory(code="D-10", parent=world.home_unit.parent))
    assert seen(head) == seen(above) == [1, 1, 1, 1, 1]
    assert seen(sister) == [0, 0, 0, 0, 0]


@pytest.mark.parametrize("role", [Role.BUREAU_STAFF, Role.COMMISSION_OFFICE, Role.LEADER])
def test_r58_bureau_commission_and_leader_see_all(world, role):
    assert seen(UserFactory(role=role)) == [1, 1, 1, 1, 1]


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN])
def test_the_three_administrators_see_no_case(world, role):
    assert seen(UserFactory(role=role)) == [0, 0, 0, 0, 0]


def test_a_client_sees_its_unit_and_the_commission_offices_client_sees_all(world):
    everything = UserFactory(role=Role.API_CLIENT, unit=world.home_unit.parent)
    elsewhere = UserFactory(role=Role.API_CLIENT, unit=UnitFactory(code="D-2"))
    assert seen(everything) == [1, 1, 1, 1, 1]
    assert seen(elsewhere) == [0, 0, 0, 0, 0]


def test_after_a_handover_the_officer_keeps_the_issues_she_registered_but_not_the_platform(world):
    end_assignment(assignment=world.assignments.get(), ended_on=world.assignments.get().started_on, actor=None)
    assert seen(world.user) == [0, 0, 1, 1, 1]


def test_a_platform_with_two_past_officers_is_one_row_to_the_head_of_the_unit(world):
    platform = Platform.objects.get()
    end_assignment(assignment=world.assignments.get(), ended_on=world.assignments.get().started_on, actor=None)
    AssignmentFactory(officer=world, platform=platform)
    head = UserFactory(role=Role.UNIT_HEAD, unit=world.home_unit)
    assert Platform.objects.visible_to(head).count() == 1


def test_an_outsider_gets_404_and_a_leader_is_refused(world, leader):
    issue = Issue.objects.get()
    outsider = OfficerFactory().user
    with pytest.raises(Http404):
        get_visible_or_404(Issue.objects, outsider, pk=issue.pk)
    with pytest.raises(Http404):
        get_editable_or_refuse(Issue.objects, outsider, pk=issue.pk)
    with pytest.raises(PermissionDenied):
        get_editable_or_refuse(Issue.objects, leader, pk=issue.pk)
    assert get_editable_or_refuse(Issue.objects, world.user, pk=issue.pk) == issue


def test_a_leader_may_edit_no_row_of_any_table(world, leader):
    assert [model.objects.editable_by(leader).count() for model in (*CASES, Unit)] == [0, 0, 0, 0, 0, 0]
