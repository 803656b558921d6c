"""The table of transitions in words: the page, and docs/workflow.md, which this writes again when it is told to."""

import re

import pytest
from django.conf import settings
from django.utils.translation import override

from accounts.models import Role
from issues.models import State
from issues.plays import PLAYS
from issues.workflow import TABLE, Action
from issues.workflow.documentation import markdown, table_rows
from tests.factories import UserFactory

FILE = settings.BASE_DIR / "docs" / "workflow.md"
TABLE_IN_FILE = re.compile(r"(?<=<!-- table -->\n).*?(?=<!-- /table -->)", re.DOTALL)


def test_the_documentation_holds_the_table():
    with override("zh-hans"):
        table = f"\n{markdown()}\n"
    found = TABLE_IN_FILE.search(FILE.read_text())
    assert found
    assert found[0] == table, "docs/workflow.md is old: put issues.workflow.documentation.markdown() between its marks"


def test_every_action_has_one_row_and_every_state_is_reached_and_left():
    assert set(TABLE) == set(Action)
    reached = {state for row in TABLE.values() for state in row.targets}
    left = {state for row in TABLE.values() for state in row.sources if row.targets}
    assert reached == set(State)
    assert set(State) - left == {State.MERGED, State.WITHDRAWN}


def test_every_move_of_a_person_has_its_page():
    assert set(TABLE) - set(PLAYS) == {Action.REGISTER, Action.SILENCE}


def test_who_is_said_once_or_tier_by_tier():
    with override("zh-hans"):
        rows = {str(row.action): row for row in table_rows()}
    assert rows["签收"].who == ["主办单位"]
    assert rows["交办"].who == ["B类：联点干部、联点单位负责人", "C、D类：市委科技办"]


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.OFFICER, Role.LEADER, Role.CLERK])
def test_the_page_shows_every_row(sign_in, role):
    answer = sign_in(UserFactory(role=role)).get("/issues/workflow/")
    assert answer.status_code == 200
    assert [row.effect for row in answer.context["rows"]] == [str(row.effect) for row in TABLE.values()]
