"""The call to a platform after its issue was resolved, by somebody outside the unit that handled it (R45, R46)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from issues.models.issue import Issue


class FollowUpCause(models.TextChoices):
    DISSATISFIED = "dissatisfied", _("评价不满意")
    DRAWN = "drawn", _("随机抽取")
    CHOSEN = "chosen", _("主动回访")


class FollowUp(models.Model):
    """回访, one an issue at most. Planned with its cause, and waiting until it is called; then `is_true` says whether
    the platform found the recorded result true (属实), `words` what it said.

    `call_by` is the day by which a dissatisfied platform hears from the office (R45).
    """

    issue = models.OneToOneField(Issue, models.PROTECT, related_name="follow_up")
    cause = models.CharField(_("回访原因"), max_length=12, choices=FollowUpCause)
    planned_at = models.DateTimeField()
    call_by = models.DateField(_("最迟回访日期"), null=True)
    is_true = models.BooleanField(_("结果属实"), null=True)
    words = models.TextField(_("回访记录"), max_length=500, blank=True, default="")
    called_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    called_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("pk",)
        indexes = (models.Index(fields=["issue"], condition=Q(called_at=None), name="followup_waiting"),)
        constraints = (
            models.CheckConstraint(
                name="followup_called_as_a_whole",
                condition=Q(called_at=None, called_by=None, words="", is_true=None)
                | Q(called_at__isnull=False, called_by__isnull=False, is_true__isnull=False) & ~Q(words=""),
            ),
        )

    def __str__(self) -> str:
        return f"{self.issue_id}: {self.cause}"
