"""The board's charts: drawn from the tables beneath them, under the page's own content security policy."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from accounts.models import Role, User
from tests.dashboards.world import small_world
from tests.factories import UserFactory

pytestmark = pytest.mark.browser

DRAWN = """() => Array.from(document.querySelectorAll('[data-ld-chart]')).map(box => ({
    series: echarts.getInstanceByDom(box).getOption().series.map(series => series.data),
    table: Array.from(document.getElementById(box.dataset.table).tBodies[0].rows, row =>
        Array.from(row.cells).slice(1).map(cell => cell.textContent.trim())),
    painted: Array.from(box.querySelectorAll('canvas')).some(canvas =>
        canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(value => value > 0)),
}))"""


def test_both_charts_show_the_numbers_of_their_tables(
    committed: None, enter: Callable[[User], Page], site: str
) -> None:
    small_world()
    page = enter(UserFactory(role=Role.LEADER))
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    page.goto(site + reverse("dashboards:board"))
    page.wait_for_function("document.querySelectorAll('[data-ld-chart] canvas').length == 2")
    page.wait_for_timeout(400)  # the drawing fades in
    bars, lines = page.evaluate(DRAWN)
    assert bars["painted"]
    assert lines["painted"]
    assert refused == []
    assert bars["series"] == [[1, *[0] * 9, 11, 1], [0, 1, *[0] * 8, 2, 4]]
    assert lines["series"] == [[0, *[None] * 10, 71.4], [0, *[None] * 9, 27.3, 0]]
    assert column(bars["table"], 1)[-2:] == ["2", "4"]
    assert column(lines["table"], 0)[-2:] == ["— 0/0", "71.4% 5/7"]


def column(rows: list[list[Any]], place: int) -> list[str]:
    return [row[place] for row in rows]
