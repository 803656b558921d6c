"""Whoever may not even look at a page is told so, and not that it can be looked at."""

from typing import Any

import pytest

from accounts.models import ADMINISTRATORS, Role
from tests.factories import OfficerFactory, UserFactory, make_issue

pytestmark = pytest.mark.django_db
LOOK, CLOSED = "您可以查看，不能修改", "这个页面不对您的岗位开放"


@pytest.mark.parametrize("role", ADMINISTRATORS)
@pytest.mark.parametrize("url", ["/issues/", "/platforms/", "/visits/", "/platforms/new/"])
def test_administrators_may_not_look_at_cases(url: str, role: Role, sign_in: Any) -> None:
    answer = sign_in(UserFactory(role=role)).get(url)
    page = answer.content.decode()
    assert answer.status_code == 403
    assert CLOSED in page
    assert LOOK not in page
    assert "请与承办人联系" not in page


@pytest.mark.parametrize("url", ["/status/", "/audit/", "/admin/"])
def test_a_leader_may_not_look_at_what_the_administrators_keep(url: str, sign_in: Any) -> None:
    answer = sign_in(UserFactory(role=Role.LEADER)).get(url, follow=True)
    assert answer.status_code == 403
    assert CLOSED in answer.content.decode()


def test_a_reader_who_may_look_is_told_what_is_not_theirs(sign_in: Any, leader: Any) -> None:
    issue = make_issue(OfficerFactory())
    answer = sign_in(leader).get(f"/issues/{issue.number}/edit/")
    assert answer.status_code == 403
    assert LOOK in answer.content.decode()
    assert CLOSED not in answer.content.decode()
