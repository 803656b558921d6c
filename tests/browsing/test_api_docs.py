"""The API's documentation runs under the strict policy, and whoever is signed in may try a call."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.factories import OfficerFactory, PlatformFactory

pytestmark = pytest.mark.browser


def test_the_docs_page_lists_the_operations_and_tries_one(site: str, enter: Callable[[User], Page]) -> None:
    officer = OfficerFactory()
    platform = PlatformFactory(officer=officer)
    page = enter(officer.user)
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if said.type == "error" else None)
    page.goto(f"{site}/api/v1/docs/")
    operation = page.locator("#operations-platforms-platforms_list")
    expect(operation).to_be_visible()
    operation.locator(".opblock-summary").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table tbody .response-col_status").first).to_contain_text("200")
    expect(operation.locator(".live-responses-table .highlight-code").first).to_contain_text(platform.code)
    assert refused == []
