from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Role, User
from liaisons.models import Officer
from tests.dashboards.pages import read
from tests.factories import AssignmentFactory, OfficerFactory, PlatformFactory, UserFactory, make_visit

pytestmark = pytest.mark.django_db


def page(client: Client, officer: Officer) -> str:
    response = client.get(officer.get_absolute_url())
    assert response.status_code == 200
    return response.content.decode()


def test_who_may_open_an_officer(
    officer: Officer, leader: User, bureau_staff: User, client: Client, sign_in: Any
) -> None:
    url = officer.get_absolute_url()
    assert client.get(url).status_code == 302
    head = UserFactory(role=Role.UNIT_HEAD, unit=officer.home_unit)
    for user in (officer.user, head, leader, bureau_staff):
        assert sign_in(user).get(url).status_code == 200
    for outsider in (OfficerFactory().user, UserFactory(role=Role.UNIT_HEAD)):
        assert sign_in(outsider).get(url).status_code == 404
    assert sign_in(UserFactory(role=Role.SYSTEM_ADMIN)).get(url).status_code == 403


def test_current_and_past_platforms_stand_apart(officer: Officer, leader: User, sign_in: Any) -> None:
    present, past = (
        PlatformFactory(officer=officer),
        AssignmentFactory(officer=officer, ended_on=date(2026, 1, 31)).platform,
    )
    make_visit(officer, platform=present)
    text = read(page(sign_in(leader), officer)).text
    now, before = text.split("以前联点的平台")
    assert present.name in now
    assert "本季已联系" in now
    assert "2025-06-11 至今" in now
    assert past.name in before
    assert "2025-06-11 至 2026-01-31" in before


def test_a_platform_that_is_another_officers_now_is_named_without_a_link(officer: Officer, sign_in: Any) -> None:
    past = AssignmentFactory(officer=officer, ended_on=date(2026, 1, 31)).platform
    own = PlatformFactory(officer=officer)
    found = read(page(sign_in(officer.user), officer))
    assert past.name in found.text
    assert own.get_absolute_url() in found.links
    assert past.get_absolute_url() not in found.links


def test_only_the_bureau_is_offered_to_hand_over_and_to_end(
    officer: Officer, leader: User, bureau_staff: User, sign_in: Any
) -> None:
    assignment = AssignmentFactory(officer=officer)
    moves = {f"/platforms/{assignment.platform_id}/assign/", f"/assignments/{assignment.pk}/end/"}
    assert moves <= set(read(page(sign_in(bureau_staff), officer)).links)
    assert not moves & set(read(page(sign_in(leader), officer)).links)


def test_a_telephone_number_is_shown_to_its_owner_alone(officer: Officer, leader: User, sign_in: Any) -> None:
    User.objects.filter(pk=officer.user_id).update(phone="13912345678")
    assert "13912345678" in page(sign_in(officer.user), officer)
    assert "13912345678" not in page(sign_in(leader), officer)


def test_many_platforms_cost_no_statement_more_than_one(officer: Officer, leader: User, sign_in: Any) -> None:
    client = sign_in(leader)

    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            page(client, officer)
        return len(captured)

    AssignmentFactory(officer=officer)
    statements()
    first = statements()
    for _ in range(9):
        AssignmentFactory(officer=officer)
    assert statements() == first <= 12
