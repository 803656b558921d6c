"""Another password shuts a thief out at once: the sessions and the tokens that were open under the old one."""

import getpass
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.models import ApiToken, Role, Scope, User
from audit.models import AuditEntry
from tests.api.calls import caller
from tests.factories import OfficerFactory, UserFactory

pytestmark = pytest.mark.django_db
NEW = "Xiang-jiang-26"


@pytest.fixture
def stolen(sign_in):
    """An account with a session of its owner, and a session and a token in other hands."""
    user = OfficerFactory().user
    found = SimpleNamespace(user=user, owner=sign_in(user), thief=sign_in(user), token=caller(user))
    assert ways_in(found) == (200, 200, 200)
    return found


def ways_in(stolen) -> tuple[int, int, int]:
    """What the thief meets on a page, by the session's API and with the token."""
    return (
        stolen.thief.get(reverse("accounts:change-password")).status_code,
        stolen.thief.get("/api/v1/issues/").status_code,
        stolen.token.get("issues/").status_code,
    )


def change_it(stolen) -> None:
    typed = {"old_password": "pass-word-1", "new_password1": NEW, "new_password2": NEW}
    assert stolen.owner.post(reverse("accounts:change-password"), typed).status_code == 302


def set_it(stolen, **typed: str) -> None:
    guard = Client()
    guard.force_login(UserFactory(role=Role.SECURITY_ADMIN, unit=None))
    url = reverse("admin:auth_user_password_change", args=[stolen.user.pk])
    assert guard.post(url, typed).status_code == 302


def test_changing_it_ends_every_other_way_in_and_keeps_the_owner(stolen):
    change_it(stolen)
    assert ways_in(stolen) == (302, 401, 401)
    assert stolen.owner.get(reverse("accounts:password-changed")).status_code == 200
    assert AuditEntry.objects.filter(action="delete", subject="accounts_apitoken").count() == 1


def test_the_security_administrator_sets_another(stolen):
    set_it(stolen, usable_password="true", password1=NEW, password2=NEW, **{"set-password": "1"})
    assert ways_in(stolen) == (302, 401, 401)
    assert User.objects.get(pk=stolen.user.pk).check_password(NEW)


def test_the_security_administrator_takes_it_away(stolen):
    set_it(stolen, usable_password="false", **{"unset-password": "1"})
    assert ways_in(stolen) == (302, 401, 401)


def test_it_is_set_on_the_server(stolen, monkeypatch):
    monkeypatch.setattr(getpass, "getpass", lambda prompt: NEW)
    call_command("changepassword", stolen.user.username, stdout=StringIO())
    assert ways_in(stolen) == (302, 401, 401)


def test_other_accounts_and_other_changes_end_nothing(stolen):
    change_it(SimpleNamespace(owner=signed_in(OfficerFactory().user)))
    stolen.user.phone = "13812345678"
    stolen.user.save()
    assert ways_in(stolen) == (200, 200, 200)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_hash_made_anew_at_sign_in_is_no_other_password(stolen, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher", *settings.PASSWORD_HASHERS]
    before = stolen.user.password
    Client().post(reverse("accounts:sign-in"), {"username": stolen.user.username, "password": "pass-word-1"})
    stolen.user.refresh_from_db()
    assert stolen.user.password != before
    assert stolen.token.get("issues/").status_code == 200


def test_a_client_system_has_its_token_for_a_way_in_and_keeps_it():
    client = UserFactory(role=Role.API_CLIENT)
    call = caller(client, Scope.READ_ISSUES)
    client.set_password(NEW)
    client.save()
    assert call.get("issues/").status_code == 200


def test_an_account_without_a_password_keeps_its_token_when_something_else_is_written():
    user = OfficerFactory().user
    user.set_unusable_password()
    user.save()
    call = caller(user)
    for each in (user, User.objects.get(pk=user.pk)):
        each.phone = "13812345678"
        each.save()
    assert call.get("issues/").status_code == 200
    assert ApiToken.objects.count() == 1
