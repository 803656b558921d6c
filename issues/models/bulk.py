"""One move made for many issues: what was asked once, and what came of it for each."""

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit, User
from issues.models.issue import Issue


class BulkQuerySet(models.QuerySet["Bulk"]):
    def visible_to(self, user: User) -> Self:
        """Who made it reads what came of it; the issues say so to everybody else."""
        return self.filter(actor=user) if user.reads_cases else self.none()

    def editable_by(self, user: User) -> Self:
        return self.none() if user.is_reader else self.visible_to(user)


class Bulk(models.Model):
    """A confirmed preview. Its id was given with the preview: a second submit finds this row and starts nothing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    action = models.CharField(max_length=20)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    supports = models.ManyToManyField(Unit, related_name="+")
    words = models.TextField(max_length=500, blank=True, default="")

    objects = BulkQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.action} {self.id}"


class LineState(models.TextChoices):
    WAITING = "waiting", _("待办")
    DONE = "done", _("已办")
    REFUSED = "refused", _("没有办成")


class BulkLine(models.Model):
    """One issue of it. It leaves WAITING in the transaction that moves the issue, so that it is moved once."""

    bulk = models.ForeignKey(Bulk, models.CASCADE, db_index=False, related_name="lines")
    issue = models.ForeignKey(Issue, models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=LineState, default=LineState.WAITING)
    said = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=["bulk", "issue"], name="bulkline_once_an_issue"),
            models.CheckConstraint(
                name="bulkline_refused_with_reason",
                condition=Q(state=LineState.REFUSED) & ~Q(said="") | ~Q(state=LineState.REFUSED) & Q(said=""),
            ),
        )

    def __str__(self) -> str:
        return f"{self.bulk_id} {self.issue_id}: {self.state}"
