from typing import Any

import pytest
from django.test import Client

from platforms.links import make_link
from platforms.models import PlatformContact
from tests.factories import OfficerFactory, PlatformContactFactory, PlatformFactory, UserFactory


@pytest.fixture
def officer(db: None) -> Any:
    return OfficerFactory(user=UserFactory(name="陈思远", phone="0731-88880000"))


@pytest.fixture
def contact(officer: Any) -> Any:
    """The contact of a platform that has an officer; no link yet."""
    platform = PlatformFactory(name="示例·轨道交通安全中心", officer=officer)
    return PlatformContactFactory(platform=platform, email="wang@lab.example")


@pytest.fixture
def come_in(officer: Any) -> Any:
    """`come_in(contact)` gives a client inside by a link of its own; the contact has its account then."""

    def by_link(contact: PlatformContact) -> Client:
        path = make_link(contact, actor=officer.user).path
        contact.refresh_from_db()
        client = Client()
        assert client.post(path).status_code == 302
        return client

    return by_link
