"""What the house says to itself about an issue."""

from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from config.ledger import UNCHANGEABLE
from issues.models.issue import Issue
from issues.models.timeline import Event


class CommentQuerySet(models.QuerySet["Comment"]):
    def visible_to(self, user: User) -> Self:
        """Those of the house who see the issue; a platform's contact sees none, whatever else it sees."""
        return self.filter(issue__in=Issue.objects.visible_to(user).values("pk")) if user.reads_cases else self.none()

    def editable_by(self, user: User) -> Self:
        """Nothing of it changes; its author may withdraw it."""
        return self.none() if user.is_reader else self.visible_to(user).filter(author=user)


class Comment(models.Model):
    """Words, files or both, with a place of its own in the timeline. Said for good, except that its author may withdraw
    it: then nobody is shown what it said, only who said something and when.

    `client_id` is made where the form was opened: what is sent a second time is the same comment.
    """

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="comments")
    event = models.OneToOneField(Event, models.PROTECT, related_name="comment")
    client_id = models.UUIDField(unique=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+", verbose_name=_("留言人")
    )
    text = models.TextField(_("留言"), max_length=2000, blank=True, default="")
    mentioned = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", verbose_name=_("提到的人"))
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        verbose_name = _("留言")
        verbose_name_plural = _("留言")
        triggers = (
            pgtrigger.ReadOnly(name="say_for_good", exclude=["withdrawn_at"]),
            pgtrigger.Protect(
                name="withdraw_once", operation=pgtrigger.Update, condition=pgtrigger.Q(old__withdrawn_at__isnull=False)
            ),
            *UNCHANGEABLE[1:],
        )
        constraints = (
            models.CheckConstraint(
                name="comment_withdrawn_after_it_was_made",
                condition=Q(withdrawn_at=None) | Q(withdrawn_at__gte=models.F("at")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.issue_id}: {self.author_id}"
