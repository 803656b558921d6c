"""The log's page: filters in the address, pages by key, names instead of keys, an export that is in the log itself."""

import csv
from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Role, User
from audit.models import Action, AuditEntry
from audit.origin import acting_as
from audit.services import record
from audit.verification import verify
from config import clock
from tests.audit.log import link_now, tamper
from tests.factories import AssignmentFactory, OfficerFactory, UnitFactory, UserFactory, make_issue

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor() -> User:
    return UserFactory(role=Role.AUDIT_ADMIN, unit=None, username="auditor", name="审计员")


@pytest.fixture
def client(auditor: User, sign_in: Any) -> Client:
    signed_in: Client = sign_in(auditor)
    return signed_in


def shown(client: Client, query: str = "") -> list[str]:
    answer = client.get(f"/audit/?{query}")
    assert answer.status_code == 200
    return [line.entry.label for line in answer.context["lines"]]


@pytest.mark.parametrize(
    ("query", "labels"),
    [
        ("action=send", ["乙", "甲"]),
        ("action=send&outcome=failed", ["乙"]),
        ("action=send&outcome=done", ["甲"]),
        ("q=甲", ["甲"]),
        ("subject=notices_delivery", ["乙"]),
        ("action=send&at_from=2026-10-14", ["乙"]),
        ("action=send&at_to=2026-10-13", ["甲"]),
        ("action=send&at_from=2026-10-13&at_to=2026-10-13", ["甲"]),
        ("action=send&person=李四", ["乙"]),
        ("action=send&person=LI4", ["乙"]),
        ("person=%E5%BC%A0", []),
    ],
)
def test_filters(client: Client, query: str, labels: list[str]) -> None:
    with clock.frozen("2026-10-13T23:59:59"):
        record(Action.SEND, actor=None, label="甲")
    with clock.frozen("2026-10-14T00:00"):
        actor = UserFactory(name="李四", username="li4")
        record(Action.SEND, actor=actor, subject="notices_delivery", label="乙", is_success=False)
    assert shown(client, query) == labels


@pytest.mark.parametrize(
    "query", ["action=x", "subject=x", "outcome=x", "at_from=x", "at_from=2026-10-2&at_to=2026-10-1"]
)
def test_a_filter_that_means_nothing_gets_its_sentence(client: Client, query: str) -> None:
    answer = client.get(f"/audit/?{query}")
    assert answer.status_code == 422
    assert answer.context["lines"] == []
    assert client.get(f"/audit/export/?{query}")["Location"] == f"/audit/?{query}"


def test_pages_by_key_in_statements_that_do_not_grow(client: Client) -> None:
    for number in range(25):
        record(Action.SEND, actor=None, label=str(number))
    assert shown(client, "action=send") == [str(number) for number in range(24, 4, -1)]
    cursor = client.get("/audit/?action=send").context["page"].next_cursor
    assert shown(client, f"action=send&cursor={cursor}") == ["4", "3", "2", "1", "0"]
    with CaptureQueriesContext(
        connection,
    ) as asked:
        client.get("/audit/?action=send")
    with CaptureQueriesContext(connection) as asked_for_more:
        client.get("/audit/")
    assert len(asked_for_more) <= len(asked) + 3  # names of what the values point at, a table at a time


def test_values_are_told_in_words(client: Client) -> None:
    guard = UserFactory(role=Role.SECURITY_ADMIN, unit=None, name="安全员")
    user, unit = UserFactory(username="wang", unit=UnitFactory(name="甲单位")), UnitFactory(name="乙单位")
    with acting_as(guard):
        user.role, user.unit, user.is_active = Role.UNIT_HEAD, unit, False
        user.save(update_fields=["role", "unit", "is_active"])
    (line,) = client.get("/audit/?q=wang&action=change").context["lines"]
    said = {each.name: (each.old, each.new) for each in line.said}
    assert said == {"角色": ("联点干部", "单位负责人"), "单位": ("甲单位", "乙单位"), "有效": ("是", "否")}
    assert (line.subject, line.entry.actor_name) == ("账号", "安全员")


def test_a_move_is_told_by_its_kind_and_states(client: Client) -> None:
    officer = OfficerFactory()
    with acting_as(officer.user):
        issue = make_issue(officer)
    (line,) = client.get("/audit/?action=move").context["lines"]
    assert line.entry.label == issue.number
    assert ("事项", "登记") in [(each.name, each.new) for each in line.said]
    assert [each.name for each in line.said] == ["事项", "之前", "之后"]


def test_nothing_is_struck_through_where_nothing_stood(client: Client, bureau_staff: User) -> None:
    assignment = AssignmentFactory()
    with acting_as(bureau_staff):
        assignment.ended_on = date(2027, 1, 1)
        assignment.save(update_fields=["ended_on"])
    page = client.get("/audit/?action=change").content.decode()
    assert "<dd>— <span" in page
    assert "<del>—" not in page


class TestExport:
    def rows(self, client: Client, query: str = "") -> list[dict[str, str]]:
        text = b"".join(client.get(f"/audit/export/?{query}").streaming_content).decode()  # type: ignore[attr-defined] # the response streams
        assert text.startswith("\ufeff")
        return list(csv.DictReader(StringIO(text.removeprefix("\ufeff"))))

    def test_it_holds_what_the_list_shows_with_number_and_hash(self, client: Client) -> None:
        entry = record(Action.SEND, actor=None, label="甲", words="值")
        record(Action.UNLOCK, actor=None, label="乙")
        link_now()
        (row,) = self.rows(client, "action=send")
        assert (row["label"], row["detail"], row["is_success"]) == ("甲", '{"words": "值"}', "True")
        assert (row["number"], row["hash"]) == (str(entry.link.number), bytes(entry.link.hash).hex())

    @pytest.mark.parametrize("label", ["=1+1", "+1", "-1", "@x", "＝1"])
    def test_what_somebody_typed_is_no_formula(self, client: Client, label: str) -> None:
        record(Action.SEND, actor=None, label=label)
        assert self.rows(client, "action=send")[0]["label"] == f"'{label}"


class TestChain:
    def test_the_state_of_the_chain_and_its_head(self, client: Client) -> None:
        assert "还没有核对过" in client.get("/audit/").content.decode()
        record(Action.SEND, actor=None)
        link_now()
        head = verify().head
        page = client.get("/audit/").content.decode()
        assert "记录链完整" in page
        assert f"核对到第 {head.number} 号" in page
        assert str(head) in page

    def test_a_fault_is_told_by_number_when_somebody_looks(self, client: Client, auditor: User) -> None:
        record(Action.SEND, actor=None, label="甲")
        link_now()
        number = AuditEntry.objects.get(label="甲").link.number
        tamper("UPDATE audit_auditentry SET label = '乙' WHERE label = '甲'")
        page = client.post("/audit/verify/", follow=True).content.decode()
        assert "记录链有问题" in page
        assert f"第{number}号被改动" in page
        entry = AuditEntry.objects.get(action=Action.VERIFY)
        assert (entry.actor, entry.is_success) == (auditor, False)
