"""Five failed sign-ins under a name let nobody in under it for 15 minutes (DOMAIN 9)."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Role
from audit.models import Action, AuditEntry
from audit.sign_ins import MOST_FAILURES
from config import clock
from tests.concurrency import at_once
from tests.factories import UserFactory

START = clock.parse("2026-10-15T12:00")
WRONG = "wrong"
WORDS = "连续5次没有登录成功，请15分钟后再试"


def tried(client: Client, password: str = WRONG, name: str = "chen", minutes: int = 0) -> tuple[bool, bool]:
    """Whether it let the person in, and whether it spoke of the pause."""
    with clock.frozen(START + timedelta(minutes=minutes), everywhere=True):
        answer = client.post("/sign-in/", {"username": name, "password": password})
    return answer.status_code == 302, WORDS in answer.content.decode()


@pytest.mark.django_db
class TestPause:
    def test_after_five_failures_the_right_password_does_not_help_for_a_quarter_of_an_hour(
        self, client: Client
    ) -> None:
        UserFactory(username="chen")
        for _ in range(MOST_FAILURES):
            assert tried(client) == (False, False)
        assert tried(client, "pass-word-1", minutes=14) == (False, True)
        assert tried(client, "pass-word-1", minutes=15) == (True, False)

    def test_four_failures_are_forgiven(self, client: Client) -> None:
        UserFactory(username="chen")
        for _ in range(MOST_FAILURES - 1):
            tried(client)
        assert tried(client, "pass-word-1") == (True, False)

    def test_failures_far_apart_are_nobodys_attack(self, client: Client) -> None:
        UserFactory(username="chen")
        for number in range(MOST_FAILURES):
            tried(client, minutes=4 * number)
        assert tried(client, "pass-word-1", minutes=17) == (True, False)

    def test_tries_during_the_pause_do_not_prolong_it(self, client: Client) -> None:
        UserFactory(username="chen")
        for minute in (0, 0, 0, 0, 0, 3, 6, 9, 12):
            tried(client, minutes=minute)
        assert tried(client, "pass-word-1", minutes=15) == (True, False)
        assert AuditEntry.objects.filter(action=Action.SIGN_IN, is_success=False).count() == 9

    def test_a_name_that_does_not_exist_is_answered_alike(self, client: Client) -> None:
        for _ in range(MOST_FAILURES):
            assert tried(client, name="nobody") == (False, False)
        assert tried(client, name="nobody") == (False, True)

    def test_other_names_are_not_kept_out(self, client: Client) -> None:
        UserFactory(username="chen")
        for _ in range(MOST_FAILURES):
            tried(client, name="other")
        assert tried(client, "pass-word-1") == (True, False)

    def test_the_security_administrator_ends_it(self, client: Client, sign_in: Any) -> None:
        user = UserFactory(username="chen")
        for _ in range(MOST_FAILURES):
            tried(client)
        guard = UserFactory(role=Role.SECURITY_ADMIN, unit=None)
        data = {"action": "end_pause", "_selected_action": [user.pk]}
        with clock.frozen(START, everywhere=True):
            sign_in(guard).post(reverse("admin:accounts_user_changelist"), data)
        assert tried(client, "pass-word-1", minutes=1) == (True, False)
        assert AuditEntry.objects.get(action=Action.UNLOCK).actor == guard


def test_twenty_tries_at_once_are_five(committed: None) -> None:
    UserFactory(username="chen")
    clients = [Client() for _ in range(20)]
    for each in clients:
        each.get("/healthz")  # to load its middleware, one after the other
    answers = at_once(*(partial(tried, each) for each in clients))
    assert [speaks_of_pause for _in, speaks_of_pause in answers].count(False) == MOST_FAILURES
