import pytest
from django.db import IntegrityError
from django.urls import reverse

from accounts.models import Role
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_signing_in_with_the_right_password_leads_home(client):
    user = UserFactory(username="chen")
    response = client.post(reverse("accounts:sign-in"), {"username": "chen", "password": "pass-word-1"})
    assert response.status_code == 302
    assert response["Location"] == reverse("dashboards:home")
    assert int(client.session["_auth_user_id"]) == user.pk


def test_a_wrong_password_says_so_and_keeps_the_name_typed(client):
    UserFactory(username="chen")
    response = client.post(reverse("accounts:sign-in"), {"username": "chen", "password": "wrong"})
    assert response.status_code == 422
    assert "_auth_user_id" not in client.session
    assert 'value="chen"' in response.content.decode()
    assert response.context["form"].non_field_errors()


def test_a_disabled_account_cannot_sign_in_and_its_sessions_end(sign_in, client):
    user = UserFactory(username="gone")
    signed_in = sign_in(user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    client.post(reverse("accounts:sign-in"), {"username": "gone", "password": "pass-word-1"})
    assert "_auth_user_id" not in client.session
    assert signed_in.get(reverse("accounts:change-password")).status_code == 302


def test_signing_out_is_a_post_and_ends_the_session(sign_in):
    client = sign_in(UserFactory())
    assert client.get(reverse("accounts:sign-out")).status_code == 405
    client.post(reverse("accounts:sign-out"))
    assert "_auth_user_id" not in client.session


def test_sign_in_never_leads_to_another_site(client):
    UserFactory(username="chen")
    url = reverse("accounts:sign-in") + "?next=https://elsewhere.example/"
    response = client.post(url, {"username": "chen", "password": "pass-word-1"})
    assert response["Location"] == reverse("dashboards:home")


def test_changing_the_password_needs_the_old_one_and_a_strong_new_one(sign_in):
    user = UserFactory()
    client = sign_in(user)
    url = reverse("accounts:change-password")
    weak = {"old_password": "pass-word-1", "new_password1": "12345678", "new_password2": "12345678"}
    assert "new_password2" in client.post(url, weak).context["form"].errors
    strong = {"old_password": "nope", "new_password1": "Xiang-jiang-26", "new_password2": "Xiang-jiang-26"}
    assert "old_password" in client.post(url, strong).context["form"].errors
    response = client.post(url, strong | {"old_password": "pass-word-1"})
    assert response["Location"] == reverse("accounts:password-changed")
    user.refresh_from_db()
    assert user.check_password("Xiang-jiang-26")


@pytest.mark.parametrize("name", ["accounts:change-password", "accounts:password-changed"])
def test_account_pages_send_a_stranger_to_sign_in(client, name):
    response = client.get(reverse(name))
    assert response["Location"] == f"{reverse('accounts:sign-in')}?next={reverse(name)}"


@pytest.mark.parametrize("role", [Role.OFFICER, Role.UNIT_HEAD, Role.API_CLIENT])
def test_a_role_that_works_for_a_unit_cannot_be_stored_without_one(role):
    with pytest.raises(IntegrityError, match="user_of_a_unit_has_one"):
        UserFactory(role=role, unit=None)
