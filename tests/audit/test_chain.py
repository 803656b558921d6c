"""The chain: made at commit, without gaps, and every way to rewrite it is found by number (等保: 审计保护)."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from accounts.models import Unit
from audit import services
from audit.models import Action, AuditEntry, AuditLink, Unlinked, Verification
from audit.origin import acting_as
from audit.verification import Fault, Finding, Head, verify
from tests.audit.log import link_now, mark, numbers, said, tamper
from tests.concurrency import Call, at_once, wait_until_blocked
from tests.factories import OfficerFactory, PlatformFactory, UnitFactory, UserFactory, make_visit

LINK = "DELETE FROM audit_auditlink WHERE number = {0};"
ENTRY = "DELETE FROM audit_auditentry WHERE id = (SELECT entry_id FROM audit_auditlink WHERE number = {0});"


def record(label: str = "x") -> AuditEntry:
    return services.record(Action.SEND, actor=None, label=label)


@pytest.fixture
def five(db: None) -> None:
    for number in range(5):
        record(f"第{number + 1}条")
    link_now()


def found(anchor: Head | None = None) -> list[tuple[int, str, int]]:
    return [(fault.number, fault.kind, fault.count) for fault in verify(anchor=anchor).faults]


@pytest.mark.usefixtures("five")
class TestVerify:
    def test_an_untouched_chain_is_sound_and_says_its_head(self) -> None:
        finding = verify()
        last = AuditLink.objects.get(number=5)
        assert (finding.faults, finding.head) == ([], Head(5, bytes(last.hash)))
        kept = Verification.objects.get()
        assert (kept.number, bytes(kept.hash), kept.is_sound, kept.faults) == (5, bytes(last.hash), True, [])

    @pytest.mark.parametrize(
        "change",
        [
            "label = '别的'",
            "at = at + interval '1 second'",
            "is_success = false",
            "detail = '{\"a\": 1}'",
            "source = '10.0.0.1'",
            "actor_name = '别人'",
            "action = 'export'",
            "key = '1'",
        ],
    )
    def test_an_altered_entry_is_named(self, change: str) -> None:
        tamper("UPDATE audit_auditentry SET {} WHERE label = '第3条'".format(change))  # noqa: UP032, S608 - constants
        assert found() == [(3, "altered", 1)]

    def test_a_link_made_to_fit_an_altered_entry_does_not_fit_the_next(self) -> None:
        tamper(
            "UPDATE audit_auditentry SET label = '别的' WHERE label = '第3条'",
            "UPDATE audit_auditlink l SET hash = audit_hash(number, previous_hash, e) FROM audit_auditentry e "
            "WHERE e.id = l.entry_id AND number = 3",
        )
        assert found() == [(4, "unchained", 1)]

    def test_a_removed_entry_is_named(self) -> None:
        tamper(ENTRY.format(3))
        assert found() == [(3, "removed", 1)]

    def test_removed_links_are_named_with_their_count(self) -> None:
        for number in (2, 3):
            tamper(ENTRY.format(number), LINK.format(number))
        assert found() == [(2, "removed", 2)]

    def test_an_entry_put_in_beside_the_chain_is_named(self) -> None:
        tamper(
            "INSERT INTO audit_auditentry (at, actor_name, actor_role, action, subject, key, label, is_success, detail)"
            " VALUES (now(), '', '', 'sign_in', '', '', '伪造', true, '{}')"
        )
        assert found() == [(AuditEntry.objects.get(label="伪造").pk, "inserted", 1)]

    def test_a_link_made_by_hand_is_named(self) -> None:
        tamper(
            "INSERT INTO audit_auditentry (at, actor_name, actor_role, action, subject, key, label, is_success, detail)"
            " VALUES (now(), '', '', 'sign_in', '', '', '伪造', true, '{}')",
            "INSERT INTO audit_auditlink (number, entry_id, previous_hash, hash)"
            " SELECT 6, max(id), '\\x00', sha256('x') FROM audit_auditentry",
        )
        assert found() == [(6, "altered", 1)]

    def test_a_cut_tail_is_found_by_a_head_kept_outside(self) -> None:
        head = verify().head
        tamper("DELETE FROM audit_verification", ENTRY.format(5), LINK.format(5))
        assert found() == []  # what is left is a chain
        assert found(head) == [(5, "anchor", 1)]

    def test_a_cut_tail_is_found_by_an_earlier_verification(self) -> None:
        verify()
        tamper(ENTRY.format(5), LINK.format(5))
        assert found() == [(5, "anchor", 1)]

    def test_a_chain_computed_anew_is_found_by_a_head_kept_outside(self) -> None:
        head = verify().head
        tamper("DELETE FROM audit_verification", "UPDATE audit_auditentry SET label = '别的' WHERE label = '第3条'")
        rehash = (
            "UPDATE audit_auditlink l SET previous_hash = p.hash FROM audit_auditlink p "
            "WHERE p.number = l.number - 1 AND l.number = {0};"
            "UPDATE audit_auditlink l SET hash = audit_hash(number, previous_hash, e) FROM audit_auditentry e "
            "WHERE e.id = l.entry_id AND number = {0}"
        )
        tamper(*(rehash.format(number) for number in range(3, 6)))
        assert found() == []
        assert found(head) == [(5, "anchor", 1)]


@pytest.mark.usefixtures("five")
class TestCommand:
    def run(self, **options: object) -> str:
        out = StringIO()
        call_command("verify_audit", stdout=out, **options)
        return out.getvalue()

    def test_it_prints_the_head_and_takes_it_again(self) -> None:
        answer = json.loads(self.run(json=True))
        assert (answer["sound"], answer["number"], answer["faults"]) == (True, 5, [])
        assert answer["head"] == f"5:{answer['hash']}"
        assert self.run(head=answer["head"]) == f"head {answer['head']}\n"

    def test_a_broken_chain_ends_it_with_an_error(self) -> None:
        tamper("UPDATE audit_auditentry SET label = '别的' WHERE label = '第3条'")
        out = StringIO()
        with pytest.raises(CommandError, match="1 faults"):
            call_command("verify_audit", stdout=out)
        assert out.getvalue().startswith("3: altered\nhead 5:")

    @pytest.mark.parametrize("head", ["5", "5:xyz", "0:" + "00" * 32, "5:00"])
    def test_a_head_that_is_none_is_refused(self, head: str) -> None:
        with pytest.raises(CommandError, match="编号:哈希值"):
            call_command("verify_audit", head=head)


@pytest.mark.usefixtures("five")
@pytest.mark.parametrize("table", ["audit_auditentry", "audit_auditlink", "audit_verification"])
@pytest.mark.parametrize(
    "statement",
    ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0} CASCADE"],
    ids=["update", "delete", "empty"],
)
def test_the_database_refuses_to_rewrite_the_log(table: str, statement: str) -> None:
    verify()
    link_now()
    column = "number" if table == "audit_auditlink" else "id"
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table, column))


def test_nothing_waits_for_its_link_after_a_commit(five: None) -> None:
    assert (numbers(), Unlinked.objects.count()) == ([1, 2, 3, 4, 5], 0)


@pytest.mark.usefixtures("committed")
class TestCommits:
    def test_a_transaction_rolled_back_leaves_no_gap(self) -> None:
        record()
        with transaction.atomic():
            record()
            transaction.set_rollback(True)
        record()
        assert numbers() == [1, 2]
        assert verify().is_sound

    def test_many_at_once_leave_a_chain_without_gaps(self) -> None:
        def several() -> None:
            for _ in range(10):
                with transaction.atomic():
                    record()
                    record()

        assert at_once(*[several] * 4) == [None] * 4
        assert numbers() == list(range(1, 81))
        assert verify().is_sound

    def test_numbers_follow_the_order_of_commits_not_of_writes(self) -> None:
        def later() -> None:
            record("second written, first committed")

        with transaction.atomic():
            first = record("first written, last committed")
            Call(later).result()
        assert AuditLink.objects.get(entry=first).number == 2

    def test_who_waits_for_a_row_at_commit_does_not_hold_the_chain(self) -> None:
        """A foreign key is looked at when its transaction commits, and may have to wait for the row's writer; that
        writer needs the chain for its own commit. With the link made in the first round this would be a deadlock."""
        unit, before = UnitFactory(code="A"), len(numbers())

        def writes_below() -> None:
            with transaction.atomic():
                record("child")  # queued before the check of the foreign key
                Unit.objects.create(code="B", name="乙", kind="district", parent=unit)

        with transaction.atomic():
            Unit.objects.select_for_update().get(pk=unit.pk)
            record("parent")
            below = Call(writes_below)
            wait_until_blocked()
        below.result()
        labels = AuditLink.objects.filter(number__gt=before).order_by("number").values_list("entry__label", flat=True)
        assert list(labels) == ["parent", "child"]
        assert verify().is_sound

    def test_nothing_of_a_person_is_left_on_the_connection(self) -> None:
        officer = OfficerFactory()
        platform = PlatformFactory(officer=officer)
        with acting_as(officer.user):
            make_visit(officer, platform=platform)
        before = mark()
        make_visit(officer, platform=platform)
        assert said(before) == []


def test_a_fault_has_words_for_each_kind() -> None:
    for kind in ("removed", "altered", "unchained", "inserted", "anchor"):
        assert "7" in str(Fault(7, kind))
    assert Finding(Head()).is_sound


def test_a_person_who_verifies_is_in_the_log(db: None) -> None:
    auditor = UserFactory(role="audit_admin", unit=None)
    link_now()
    verify(actor=auditor)
    entry = AuditEntry.objects.get(action=Action.VERIFY)
    assert (entry.actor, entry.actor_role, entry.is_success) == (auditor, "audit_admin", True)
