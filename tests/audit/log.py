"""What tests ask of the log."""

from typing import Any

from django.db import connection

from audit.models import AuditEntry, AuditLink


def said(after: int = 0) -> list[tuple[Any, ...]]:
    """Action, subject, label, actor and success of the entries past one, in their order."""
    return list(
        AuditEntry.objects.filter(pk__gt=after)
        .order_by("pk")
        .values_list("action", "subject", "label", "actor", "is_success")
    )


def mark() -> int:
    """The newest entry: what follows it is what the test does."""
    newest = AuditEntry.objects.order_by("pk").last()
    return newest.pk if newest else 0


def link_now() -> None:
    """Lets a transaction that a test never commits do what its commit would."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def numbers() -> list[int]:
    return list(AuditLink.objects.order_by("number").values_list("number", flat=True))


def tamper(*statements: str) -> None:
    """Writes what no page could: as a superuser for whom no trigger and no foreign key is in force."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("SET session_replication_role = origin")
