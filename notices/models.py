"""The in-app inbox. A notice is a row written in the transaction of its cause."""

from datetime import date, datetime
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class NoticeKind(models.TextChoices):
    """What happened; the words shown to the reader are made from the kind and the notice's data."""

    NEARING = "nearing", _("临期")
    DUE_TODAY = "due_today", _("今日到期")
    OVERDUE = "overdue", _("逾期")


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(recipient=user)

    def editable_by(self, user: User) -> Self:
        return self.visible_to(user)

    def unread(self) -> Self:
        return self.filter(read_at=None)

    def mark_read(self, at: datetime) -> int:
        return self.unread().update(read_at=at)


class Notice(models.Model):
    """One message to one person. `data` holds what the sentence needs: number, due_on, text, clock.

    `cause` makes it unique: the same cause never tells the same person twice.
    """

    recipient = models.ForeignKey(User, models.CASCADE, db_index=False, related_name="notices")
    kind = models.CharField(max_length=20, choices=NoticeKind)
    cause = models.CharField(max_length=60)
    url = models.CharField(max_length=200)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        constraints = (models.UniqueConstraint(fields=["cause", "recipient"], name="notice_once_a_cause_and_person"),)
        indexes = (
            models.Index(fields=["recipient", "-id"], name="notice_inbox"),
            models.Index(fields=["recipient"], condition=models.Q(read_at=None), name="notice_unread"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.data.get('number', '')}"

    @property
    def due_on(self) -> date | None:
        """The date it speaks of, where it speaks of one."""
        return date.fromisoformat(self.data["due_on"]) if self.data.get("due_on") else None
