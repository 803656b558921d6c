"""A real browser before the real application; `committed` rows, because the server has connections of its own."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connections
from django.urls import reverse
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from accounts.models import User

# The browser's driver keeps an event loop in this thread, in which Django would otherwise refuse the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run", "--disable-quic"]  # fmt: skip


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium, found by `./run test`."""
    return {
        **browser_type_launch_args,
        "executable_path": os.environ.get("CHROMIUM", "/usr/bin/chromium"),
        "args": FLAGS,
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}


@pytest.fixture
def site(committed: None) -> Iterator[str]:
    """The address of the running application."""
    server = LiveServer("127.0.0.1")
    yield server.url
    server.stop()
    connections.close_all()


@pytest.fixture
def enter(site: str, page: Page) -> Callable[[User], Page]:
    """`enter(user)` signs in through the form; whoever was signed in before is signed out."""

    def sign_in(user: User) -> Page:
        page.context.clear_cookies()
        page.goto(site + reverse("accounts:sign-in"))
        page.get_by_label("账号").fill(user.username)
        page.get_by_label("密码", exact=True).fill("pass-word-1")
        page.get_by_role("button", name="登录").click()
        return page

    return sign_in
