"""That a letter was written about an issue; the letter itself is the office's file."""

from django.db import transaction

from accounts.models import User
from config.clock import now
from issues.models import EventKind, Issue
from issues.services.moves import locked, move


@transaction.atomic
def record_letter(issue: Issue, *, title: str, addressee: str, actor: User) -> Issue:
    """The timeline says which letter went to whom."""
    return move(locked(issue), EventKind.LETTER, actor=actor, at=now(), note=f"{title}\n{addressee}")
