from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from accounts.models import Role, UnitKind, User
from config import clock
from tests.concurrency import real_commits
from tests.factories import OfficerFactory, UnitFactory, UserFactory
from workdays.services import load_calendar

NOON = "2026-10-15T12:00"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: Any, django_db_blocker: Any) -> None:
    """Every test meets the shipped calendar, as every installation does."""
    with django_db_blocker.unblock():
        load_calendar("shipped years")


@pytest.fixture(autouse=True)
def at_noon(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests live on Thursday 2026-10-15, noon in Shanghai; `@pytest.mark.at("…")` moves one elsewhere."""
    marker = request.node.get_closest_marker("at")
    with clock.frozen(marker.args[0] if marker else NOON, everywhere=True):
        yield


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """In place of `db` where several connections meet: what the test writes is committed, and gone afterwards."""
    with django_db_blocker.unblock(), real_commits():
        yield


@pytest.fixture
def officer(db: None) -> Any:
    return OfficerFactory()


@pytest.fixture
def bureau_staff(db: None) -> User:
    return UserFactory(role=Role.BUREAU_STAFF)


@pytest.fixture
def leader(db: None) -> User:
    return UserFactory(role=Role.LEADER)


@pytest.fixture
def commission(db: None) -> User:
    return UserFactory(role=Role.COMMISSION_OFFICE, unit=UnitFactory(code="CO", kind=UnitKind.COMMISSION_OFFICE))


@pytest.fixture
def sign_in(client: Client) -> Any:
    """`sign_in(user)` gives a client that is signed in as the user."""

    def as_user(user: User) -> Client:
        fresh = Client()
        fresh.force_login(user)
        return fresh

    return as_user


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", 'at("ISO"): the instant at which the test takes place')
