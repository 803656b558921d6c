"""What other rooms tell the log themselves: acts that are no write to a table, or more than one."""

import unicodedata
from typing import Any

from accounts.models import User
from audit.models import Action, AuditEntry
from audit.origin import origin
from config.clock import now

LONGEST_LABEL = 200


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


def storable(text: str) -> str:
    """What a stranger typed, without what cannot be stored or seen, and not longer than a label."""
    return "".join(char for char in text if unicodedata.category(char) not in ("Cc", "Cs"))[:LONGEST_LABEL]
