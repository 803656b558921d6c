import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import ApiToken, User
from tests.factories import UnitFactory, UserFactory

pytestmark = pytest.mark.django_db


def run(*args, **options):
    out = StringIO()
    call_command(*args, stdout=out, **options)
    return out.getvalue().strip()


def test_create_user_makes_an_account_that_can_sign_in(monkeypatch):
    monkeypatch.setenv("LIANDIAN_PASSWORD", "Yuelu-shan-2026")
    UnitFactory(code="M-STB")
    answer = json.loads(run("create_user", "li", name="李工", role="officer", unit="M-STB", json=True))
    user = User.objects.get(pk=answer["id"])
    assert (user.name, user.role, user.unit and user.unit.code) == ("李工", "officer", "M-STB")
    assert user.check_password("Yuelu-shan-2026")


@pytest.mark.parametrize(
    ("password", "unit", "words"),
    [("123", "M-STB", "密码"), ("Yuelu-shan-2026", None, "单位"), ("Yuelu-shan-2026", "NONE", "NONE")],
)
def test_create_user_refuses_with_the_reason(monkeypatch, password, unit, words):
    monkeypatch.setenv("LIANDIAN_PASSWORD", password)
    UnitFactory(code="M-STB")
    with pytest.raises(CommandError, match=words):
        run("create_user", "li", name="李工", role="officer", unit=unit)
    assert not User.objects.filter(username="li").exists()


def test_a_token_is_stored_as_a_digest_only_and_can_be_taken_back():
    UserFactory(username="client")
    answer = json.loads(run("create_token", "client", name="省平台", scope=["issues:read"], days=30, json=True))
    token = ApiToken.objects.get()
    assert answer["token"] not in (token.digest, token.token_key)
    assert (token.scopes, token.name) == (["issues:read"], "省平台")
    assert run("revoke_token", answer["token"]) == "revoked"
    assert not ApiToken.objects.exists()
    with pytest.raises(CommandError, match="no such token"):
        run("revoke_token", answer["token"])


@pytest.mark.parametrize("days", [0, 731])
def test_a_token_cannot_live_for_ever(days):
    UserFactory(username="client")
    with pytest.raises(CommandError, match="730"):
        run("create_token", "client", days=days)
