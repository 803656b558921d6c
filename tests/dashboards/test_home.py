"""`/`: everybody's day begins on the page of their role."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Role, UnitKind
from tests.factories import UnitFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "page"),
    [
        (Role.OFFICER, "/workbench/"),
        (Role.UNIT_HEAD, "/workbench/"),
        (Role.BUREAU_STAFF, "/board/"),
        (Role.COMMISSION_OFFICE, "/board/"),
        (Role.LEADER, "/board/"),
        (Role.SYSTEM_ADMIN, "/admin/"),
        (Role.SECURITY_ADMIN, "/admin/"),
        (Role.AUDIT_ADMIN, "/audit/"),
    ],
)
def test_each_role_begins_on_its_page(sign_in: Any, role: Role, page: str) -> None:
    user = UserFactory(role=role, unit=UnitFactory(kind=UnitKind.MUNICIPAL_BUREAU))
    response = sign_in(user).get("/")
    assert (response.status_code, response["Location"]) == (302, page)


def test_a_stranger_signs_in_first(client: Client) -> None:
    response = client.get("/")
    assert (response.status_code, response["Location"]) == (302, "/sign-in/?next=/")
