"""A parameter that a list does not know is named: a misspelt filter shows rows that nobody asked for."""

from typing import Any

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("url", ["/issues/", "/platforms/", "/duties/"])
def test_it_is_named_and_the_list_is_shown(url: str, sign_in: Any, leader: Any) -> None:
    answer = sign_in(leader).get(url, {"tiers": "D", "<b>": "1"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "网址中的“tiers、&lt;b&gt;”不是这里的筛选条件，已略去。" in page


@pytest.mark.parametrize(
    "url",
    [
        "/issues/?tier=D&sort=due&more=1&columns=tier&view=1",
        "/platforms/?q=x&more=1",
        "/duties/?todo=&kind=first_visit",
    ],
)
def test_what_the_lists_know_is_no_stray(url: str, sign_in: Any, leader: Any) -> None:
    assert "已略去" not in sign_in(leader).get(url).content.decode()
