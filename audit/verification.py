"""Looks the whole chain through, in one statement of the database: nothing but what is wrong comes back."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.models import Action, AuditLink, Verification
from audit.services import record
from config.clock import now

MOST_FAULTS = 100
NOTHING = bytes(32)  # the hash before the first link

# One walk along the numbers, in their order: what is read is forgotten again, however long the chain is. A number that
# is missing is told by the link after it; where none is missing, a link must fit the one before it.
FAULTS = """
WITH walk AS (
    SELECT l.number, l.hash, l.previous_hash, e.id AS entry,
           audit_hash(l.number, l.previous_hash, e) AS fitting,
           coalesce(lag(l.number) OVER by_number, 0) AS before,
           coalesce(lag(l.hash) OVER by_number, %(nothing)s::bytea) AS hash_before
      FROM audit_auditlink l LEFT JOIN audit_auditentry e ON e.id = l.entry_id
    WINDOW by_number AS (ORDER BY l.number)
), anchors AS (
    SELECT number, hash FROM audit_verification WHERE is_sound AND number > 0
    UNION
    SELECT %(number)s::bigint, %(hash)s::bytea WHERE %(number)s::bigint IS NOT NULL
)
SELECT fault.number, fault.kind, fault.count
  FROM walk, LATERAL (VALUES
       (before + 1, 'removed', number - before - 1, number > before + 1),
       (number, 'removed', 1, entry IS NULL),
       (number, 'altered', 1, entry IS NOT NULL AND hash <> fitting),
       (number, 'unchained', 1, hash = fitting AND number = before + 1 AND previous_hash <> hash_before)
       ) fault (number, kind, count, is_there)
 WHERE fault.is_there
   -- Said again of the link alone, so that a sound one is not taken apart.
   AND (walk.number > before + 1 OR entry IS NULL OR hash <> fitting OR previous_hash <> hash_before)
UNION ALL
SELECT e.id, 'inserted', 1 FROM audit_auditentry e
 WHERE NOT EXISTS (SELECT FROM audit_auditlink l WHERE l.entry_id = e.id)
UNION ALL
SELECT a.number, 'anchor', 1 FROM anchors a
 WHERE NOT EXISTS (SELECT FROM audit_auditlink l WHERE l.number = a.number AND l.hash = a.hash)
 ORDER BY 1, 2 LIMIT %(most)s
"""
WORDS = {
    "removed": _("第%(number)d号起缺%(count)d条"),
    "altered": _("第%(number)d号被改动"),
    "unchained": _("第%(number)d号与前一条接不上"),
    "inserted": _("有一条不在链上的记录（内部编号%(number)d）"),
    "anchor": _("第%(number)d号与当时记下的不一致，其后的记录可能被截去"),
}


@dataclass(frozen=True)
class Head:
    """The last link: what somebody writes down elsewhere, so that a cut tail is noticed."""

    number: int = 0
    hash: bytes = NOTHING

    def __str__(self) -> str:
        return f"{self.number}:{self.hash.hex()}"

    @classmethod
    def read(cls, text: str) -> "Head":
        """NUMBER:HASH as it was printed. Raises ValidationError."""
        number, _colon, digits = text.strip().partition(":")
        try:
            head = cls(int(number), bytes.fromhex(digits))
        except ValueError:
            head = None
        if head is None or head.number < 1 or len(head.hash) != len(NOTHING):
            raise ValidationError(_("请按“编号:哈希值”填写，即上次核对时记下的一行。"))
        return head


@dataclass(frozen=True)
class Fault:
    """`number` is the place in the chain; of an entry that was put in beside the chain ('inserted') its own id.

    kind: altered (the text is not the one that was linked), removed (`count` in a row), inserted, unchained (the link
    does not fit the one before), anchor (the chain is not the one that was anchored at this number).
    """

    number: int
    kind: str
    count: int = 1

    def __str__(self) -> str:
        return str(WORDS[self.kind]) % {"number": self.number, "count": self.count}


@dataclass(frozen=True)
class Finding:
    head: Head
    faults: list[Fault] = field(default_factory=list)
    milliseconds: int = 0

    @property
    def is_sound(self) -> bool:
        return not self.faults

    def as_json(self) -> dict[str, Any]:
        return {
            "sound": self.is_sound,
            "number": self.head.number,
            "hash": self.head.hash.hex(),
            "head": str(self.head),
            "faults": [{"number": f.number, "kind": f.kind, "count": f.count} for f in self.faults],
            "milliseconds": self.milliseconds,
        }


@transaction.atomic
def verify(*, actor: User | None = None, anchor: Head | None = None) -> Finding:
    """Looks the chain through, against every earlier sound verification and `anchor`, and keeps what it found.

    At most MOST_FAULTS are named. One started by a person is in the log itself, which is then longer than what was
    looked at.
    """
    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('verify_audit', 0))")  # one at a time
    head = head_now()
    faults = [Fault(*row) for row in _faults(anchor)]
    finding = Finding(head, faults, round((time.monotonic() - began) * 1000))
    Verification.objects.create(
        at=now(),
        actor=actor,
        number=head.number,
        hash=head.hash,
        is_sound=finding.is_sound,
        faults=finding.as_json()["faults"],
        milliseconds=finding.milliseconds,
    )
    if actor is not None:
        record(Action.VERIFY, actor=actor, is_success=finding.is_sound, number=head.number)
    return finding


def head_now() -> Head:
    last = AuditLink.objects.order_by("-number").values_list("number", "hash").first()
    return Head(last[0], bytes(last[1])) if last else Head()


def _faults(anchor: Head | None) -> Iterator[tuple[int, str, int]]:
    values: dict[str, Any] = {
        "nothing": NOTHING,
        "most": MOST_FAULTS,
        "number": anchor.number if anchor else None,
        "hash": anchor.hash if anchor else None,
    }
    with connection.cursor() as cursor:
        cursor.execute(FAULTS, values)
        yield from cursor.fetchall()
