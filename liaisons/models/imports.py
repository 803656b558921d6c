"""A sheet that was read and waits to be confirmed."""

from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models

from accounts.models import User
from config.clock import now

IMPORT_WAITS = timedelta(days=1)


class PendingImportQuerySet(models.QuerySet["PendingImport"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(owner=user) if user.keeps_register else self.none()

    def editable_by(self, user: User) -> Self:
        return self.visible_to(user)

    def fresh(self) -> Self:
        return self.filter(created_at__gt=now() - IMPORT_WAITS)

    def stale(self) -> Self:
        return self.exclude(created_at__gt=now() - IMPORT_WAITS)


class PendingImport(models.Model):
    """A checked upload that waits for its owner's word. In the database, so that any web process can apply it and no
    personal data lies about in files; deleted once applied, or after a day (liaisons.tasks)."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    content = models.BinaryField()
    digest = models.CharField(max_length=64)
    # What the owner was shown would happen: applied as shown, or shown again.
    outcome = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    objects = PendingImportQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["owner", "digest"], name="pendingimport_once_an_owner_and_file"),
        )

    def __str__(self) -> str:
        return self.name
