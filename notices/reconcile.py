"""The books of the outbox, and the form in which every room states what its rows must agree on."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from config.clock import now
from notices.backlog import BACKLOG


@dataclass(frozen=True, slots=True)
class Account:
    """One thing that must hold for all rows. `sql` finds those for which it does not, in one statement.

    Its first column `id` names the row, `kind` says of what; the others fill `sentence`.
    """

    name: str
    kind: str
    sentence: str
    sql: str


@dataclass(frozen=True, slots=True)
class Finding:
    account: str
    kind: str
    id: str
    sentence: str


def check(accounts: Iterable[Account], params: Mapping[str, Any]) -> Iterator[Finding]:
    for account in accounts:
        with connection.cursor() as cursor:
            cursor.execute(account.sql, params)
            names = [column.name for column in cursor.description]
            for row in cursor:
                values = dict(zip(names, row, strict=True))
                yield Finding(account.name, account.kind, str(values["id"]), account.sentence.format(**values))


# Parameters: now.
ACCOUNTS = (
    Account(
        "nothing-forgotten",
        "outbox",
        "the {what} {id} should have gone out at {due_at:%Y-%m-%d %H:%M %Z} and nobody has tried for a day",
        f"""
        SELECT id, kind AS what, due_at FROM ({BACKLOG}) backlog
         WHERE due_at <= %(now)s - interval '1 day' ORDER BY due_at
        """,
    ),
    Account(
        "sent-with-its-moment",
        "delivery",
        "the state is {state}, the moment of sending {sent_at}",
        "SELECT id, state, sent_at FROM notices_delivery WHERE (state = 'sent') <> (sent_at IS NOT NULL) ORDER BY id",
    ),
    Account(
        "carried-by-its-own-channel",
        "delivery",
        "it carries an entry of another person or channel",
        """
        SELECT d.id FROM notices_notice n JOIN notices_delivery d ON d.id = n.delivery_id
         WHERE d.recipient_id IS DISTINCT FROM n.recipient_id
         UNION
        SELECT d.id FROM notices_announcement a JOIN notices_delivery d ON d.id = a.delivery_id
         WHERE d.channel_id <> a.channel_id
         ORDER BY id
        """,
    ),
)


def reconcile_outbox() -> Iterator[Finding]:
    """Every row of this room that does not agree with the others."""
    return check(ACCOUNTS, {"now": now()})
