"""What other rooms may ask of this one: tell somebody something."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from accounts.models import User
from config.clock import now
from notices.models import Notice


def tell(
    recipients: Iterable[User],
    *,
    kind: str,
    cause: str,
    url: str,
    data: dict[str, Any],
    send_after: datetime | None = None,
) -> None:
    """A notice to each, in the caller's transaction. The same cause never tells the same person twice.

    It goes outside from `send_after` on, at once unless told.
    """
    at = now()
    Notice.objects.bulk_create(
        (
            Notice(
                recipient=person,
                kind=kind,
                cause=cause,
                url=url,
                data=data,
                created_at=at,
                send_after=send_after or at,
            )
            for person in recipients
        ),
        ignore_conflicts=True,
    )
