"""What other rooms tell the log themselves: acts that are no write to a table, or more than one."""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Model, Q

from accounts.models import User
from audit.models import Action, AuditEntry
from audit.origin import origin
from config.clock import now

LONGEST_LABEL = 200
WRITES = (Action.CREATE, Action.CHANGE, Action.DELETE)


def record(
    action: Action,
    *,
    actor: User | None,
    subject: str = "",
    key: object = "",
    label: str = "",
    is_success: bool = True,
    **detail: Any,
) -> AuditEntry:
    """An entry in the caller's transaction: it stands in the log exactly if what it speaks of stands.

    `subject` is the table of what was acted on. The name and role of the actor are kept as they are now.
    """
    return AuditEntry.objects.create(
        at=now(),
        actor=actor,
        actor_name=actor.name if actor else "",
        actor_role=actor.role if actor else "",
        source=origin().address,
        action=action,
        subject=subject,
        key=str(key),
        label=storable(label),
        is_success=is_success,
        detail=detail,
    )


def last_write(rows: Mapping[type[Model], Iterable[object]]) -> AuditEntry | None:
    """The newest entry of a write to any of these rows, for whoever is told that theirs is an old version.

    `rows` gives the keys by model. None where the log has none: no person was behind it.
    """
    about = Q(pk__in=[])
    for model, keys in rows.items():
        about |= Q(subject=model._meta.db_table, key__in=[str(key) for key in keys])
    return AuditEntry.objects.filter(about, action__in=WRITES).first()


def storable(text: str) -> str:
    """What a stranger typed, without what cannot be stored or seen, and not longer than a label."""
    return "".join(char for char in text if unicodedata.category(char) not in ("Cc", "Cs"))[:LONGEST_LABEL]
