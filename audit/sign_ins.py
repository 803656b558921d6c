"""Sign-ins and sign-outs, as Django tells of them; and the pause after five failures (DOMAIN 9)."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import HttpRequest

from accounts.models import User
from audit.models import Action, AuditEntry
from audit.services import record, storable
from config.clock import now

MOST_FAILURES = 5
PAUSE = timedelta(minutes=15)
SUBJECT = User._meta.db_table


def connect() -> None:
    user_logged_in.connect(_signed_in, dispatch_uid="audit.signed_in")
    user_login_failed.connect(_failed, dispatch_uid="audit.failed")
    user_logged_out.connect(_signed_out, dispatch_uid="audit.signed_out")


def _signed_in(sender: Any, user: User, **kwargs: Any) -> None:
    record(Action.SIGN_IN, actor=user, subject=SUBJECT, key=user.pk, label=user.username)


def _failed(sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any) -> None:
    """Under the name that was typed: nobody is signed in, and the name need not exist."""
    name = str(credentials.get("username") or "")
    was_tried = {} if not getattr(request, "sign_in_is_paused", False) else {"paused": True}
    record(Action.SIGN_IN, actor=None, subject=SUBJECT, label=name, is_success=False, **was_tried)


def _signed_out(sender: Any, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        record(Action.SIGN_OUT, actor=user, subject=SUBJECT, key=user.pk, label=user.username)


class PauseAfterFailures:
    """Stands before the backend that knows the passwords: after five wrong ones in a row nobody is let in under that
    name for 15 minutes, whether an account has it or not. A lock in the transaction of the sign-in lets the tries under
    one name queue, so that a hundred at once are not a hundred tries."""

    def authenticate(self, request: HttpRequest | None, username: str | None = None, **credentials: Any) -> None:
        if request is None or username is None:
            return
        name = storable(username)
        if connection.in_atomic_block:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('sign-in/' || %s, 0))", [name])
        if is_paused(name):
            request.sign_in_is_paused = True  # type: ignore[attr-defined] # accounts.views says so on the form
            raise PermissionDenied


def is_paused(name: str) -> bool:
    """Whether the last five tries failed, within a quarter of an hour, and the fifth is not that long ago.

    Tries during a pause are not looked at and do not prolong it.
    """
    known = AuditEntry.objects.filter(label=name, action__in=(Action.SIGN_IN, Action.UNLOCK), at__gt=now() - 2 * PAUSE)
    tries = known.exclude(detail__has_key="paused").order_by("-at", "-pk")
    last = list(tries.values_list("at", "action", "is_success")[:MOST_FAILURES])
    if [outcome for _at, *outcome in last] != [[Action.SIGN_IN, False]] * MOST_FAILURES:
        return False
    newest, first = last[0][0], last[-1][0]
    return newest > now() - PAUSE and newest - first <= PAUSE


@transaction.atomic
def unlock(user: User, *, actor: User) -> None:
    """The next try counts as the first."""
    record(Action.UNLOCK, actor=actor, subject=SUBJECT, key=user.pk, label=user.username)
