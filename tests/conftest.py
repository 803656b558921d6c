from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import setup_databases, teardown_databases
from django.utils import translation

from accounts.models import Role, UnitKind, User
from config import clock
from tests.concurrency import real_commits
from tests.factories import OfficerFactory, UnitFactory, UserFactory
from workdays.models import CalendarRevision
from workdays.services import load_calendar

NOON = "2026-10-15T12:00"


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: Any
) -> Iterator[None]:
    """Every test meets the shipped calendar, as every installation does.

    In place of pytest-django's own, which makes no database for a run whose tests all use `committed`.
    """
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False)
        load_calendar("shipped years")
        CalendarRevision.objects.update(recounted_at=clock.now())  # nothing was running yet
    yield
    with django_db_blocker.unblock():
        # The browser's event loop hides the connection this thread had before it; nobody can close it any more.
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        teardown_databases(made, verbosity=0)


@pytest.fixture(autouse=True)
def at_noon(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests live on Thursday 2026-10-15, noon in Shanghai; `@pytest.mark.at("…")` moves one elsewhere."""
    marker = request.node.get_closest_marker("at")
    with clock.frozen(marker.args[0] if marker else NOON, everywhere=True):
        yield


@pytest.fixture(autouse=True)
def in_the_house_language() -> None:
    """A page asked for in English leaves its thread speaking it."""
    translation.activate(settings.LANGUAGE_CODE)


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
