"""R51: a visit by the deputy counts for the platform and its officer, and says who went."""

import uuid
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.models import User
from config.clock import frozen
from issues.services import NewIssue
from liaisons.absences import arrange
from liaisons.models import Officer
from platforms.coverage import Contact, Coverage
from platforms.models import Platform
from tests.api.calls import caller
from tests.factories import CategoryFactory, OfficerFactory, PlatformFactory
from visits.models import Visit
from visits.services import NewVisit, log_visit

pytestmark = [pytest.mark.django_db, pytest.mark.at("2026-10-20T12:00")]

TUESDAY = date(2026, 10, 20)


@pytest.fixture
def deputy(officer: Officer) -> Officer:
    """Stands in from Monday 10-19 to Friday 10-23."""
    deputy = OfficerFactory()
    with frozen("2026-10-15T12:00"):
        arrange(
            officer=officer,
            deputy=deputy,
            starts_on=date(2026, 10, 19),
            ends_on=date(2026, 10, 23),
            reason="休假",
            actor=officer.user,
        )
    return deputy


@pytest.fixture
def platform(officer: Officer) -> Platform:
    return PlatformFactory(officer=officer)


def log(platform: Platform, actor: User, day: date = TUESDAY, **more: Any) -> Visit:
    new = NewVisit(
        client_id=uuid.uuid4(), platform=platform, visited_on=day, mode="phone", text="问了近况。", needs={}, **more
    )
    return log_visit(new, actor=actor).visit


def test_it_is_the_officers_visit_marked_with_who_went(officer: Officer, deputy: Officer, platform: Platform) -> None:
    visit = log(platform, deputy.user)
    assert (visit.officer, visit.deputy, visit.created_by) == (officer, deputy, deputy.user)
    assert Platform.objects.filter(Coverage().where(Contact.DONE)).get() == platform


def test_issues_raised_meanwhile_are_the_officers_to_handle(
    officer: Officer, deputy: Officer, platform: Platform
) -> None:
    issue = NewIssue(tier="B", category=CategoryFactory(), text="缺一间恒温实验室")
    log(platform, deputy.user, issues=[issue])
    raised = Visit.objects.get().issues.get()
    assert (raised.officer, raised.handler) == (officer, officer.user)
    assert raised.events.get().actor == deputy.user


def test_the_officers_own_and_the_bureaus_bear_no_mark(
    officer: Officer, deputy: Officer, platform: Platform, bureau_staff: User
) -> None:
    assert log(platform, officer.user).deputy is None
    assert log(platform, bureau_staff).deputy is None


@pytest.mark.parametrize("day", [date(2026, 10, 18), date(2026, 10, 16)])
def test_of_a_day_on_which_nobody_was_away_the_deputy_logs_nothing(
    day: date, deputy: Officer, platform: Platform
) -> None:
    with pytest.raises(ValidationError):
        log(platform, deputy.user, day)
    assert not Visit.objects.exists()


def test_afterwards_the_deputy_still_sees_what_he_logged_and_logs_no_more(deputy: Officer, platform: Platform) -> None:
    visit = log(platform, deputy.user)
    with frozen("2026-10-26T09:00"):
        assert set(Visit.objects.visible_to(deputy.user)) == {visit}
        with pytest.raises(ValidationError):
            log(platform, deputy.user, date(2026, 10, 26))


def test_the_pages_and_the_api_say_who_went(
    officer: Officer, deputy: Officer, platform: Platform, sign_in: Any
) -> None:
    visit = log(platform, deputy.user)
    page = sign_in(officer.user).get(visit.get_absolute_url()).content.decode()
    assert f"{deputy.user.name}代为联系" in page
    page = sign_in(officer.user).get(platform.get_absolute_url()).content.decode()
    assert f"{deputy.user.name}代{officer.user.name}" in page
    row = caller(officer.user).get(f"visits/{visit.pk}/").json()
    assert row["officer"] == {"id": officer.pk, "name": officer.user.name}
    assert row["deputy"] == {"id": deputy.pk, "name": deputy.user.name}


def test_the_deputy_finds_the_platform_in_the_form(deputy: Officer, platform: Platform, sign_in: Any) -> None:
    form = sign_in(deputy.user).get(reverse("visits:log")).context["form"]
    assert list(form.visit.fields["platform"].queryset) == [platform]
