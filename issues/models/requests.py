"""What one person asks and another grants or takes on: a referral, more time, a pause, another tier, a plan."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit
from config.ledger import audited, change_of
from issues.models.choices import Clock, State, Tier
from issues.models.issue import Issue


class Referral(models.Model):
    """R30, R31: an issue given to a unit, which signs for it. The signing has a clock of its own."""

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="referrals")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("主办单位"))
    note = models.TextField(_("交办说明"), max_length=500, blank=True, default="")
    referred_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    referred_at = models.DateTimeField()
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=["issue"], condition=Q(signed_at=None), name="referral_one_unsigned_an_issue"
            ),
        )

    def __str__(self) -> str:
        return f"{self.issue_id}: {self.unit_id}"


class SuspensionQuerySet(models.QuerySet["Suspension"]):
    def to_review(self, today: date) -> Self:
        """R36: those that go on although the day to look at them again has come."""
        return self.filter(ended_on=None, review_on__lte=today)


class Suspension(models.Model):
    """R36: a span in which an issue's running clock stands still. The day it begins is used, the day it ends is not:
    working days after `began_on` up to and including `ended_on` are given back."""

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="suspensions")
    clock = models.CharField(max_length=10, choices=Clock)
    state_before = models.CharField(max_length=16, choices=State)
    reason = models.TextField(_("挂账原因"), max_length=500)
    review_on = models.DateField(_("复查日期"))
    began_on = models.DateField()
    ended_on = models.DateField(null=True)

    objects = SuspensionQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=["issue"], condition=Q(ended_on=None), name="suspension_one_open_an_issue"),
            models.CheckConstraint(
                name="suspension_ends_after_it_begins", condition=Q(ended_on=None) | Q(ended_on__gte=F("began_on"))
            ),
        )

    def __str__(self) -> str:
        return f"{self.issue_id}: {self.began_on}"


class RequestKind(models.TextChoices):
    EXTEND = "extend", _("申请延期")
    SUSPEND = "suspend", _("申请挂账")
    RETIER = "retier", _("申请调整类别")


class RequestState(models.TextChoices):
    PENDING = "pending", _("待审批")
    APPROVED = "approved", _("已同意")
    REFUSED = "refused", _("未同意")


class Request(models.Model):
    """Something asked by one person and decided by another: more time, a pause, another tier.

    `until` is the new due date of an extension, or the review date of a suspension; `tier` the one asked for.
    """

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="requests")
    kind = models.CharField(max_length=10, choices=RequestKind)
    reason = models.TextField(_("理由"), max_length=500)
    until = models.DateField(null=True)
    tier = models.CharField(max_length=1, choices=Tier, blank=True, default="")
    state = models.CharField(max_length=10, choices=RequestState, default=RequestState.PENDING)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_note = models.TextField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=["issue", "kind"], condition=Q(state=RequestState.PENDING), name="request_one_pending_a_kind"
            ),
            models.CheckConstraint(
                name="request_decided_by_a_second_person",
                condition=Q(state=RequestState.PENDING, decided_by=None)
                | Q(decided_by__isnull=False) & ~Q(decided_by=F("asked_by")),
            ),
        )
        triggers = (
            # That it was asked for is in the log by its event.
            audited(
                "state",
                label="(SELECT number FROM issues_issue WHERE id = r.issue_id)",
                action="'decide'",
                operation=change_of("state"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.issue_id} {self.kind} {self.state}"


class SolutionPlan(models.Model):
    """R7: text, unit and person, promised date, platform told. Stops the statutory clock, starts its own."""

    issue = models.OneToOneField(Issue, models.PROTECT, related_name="plan")
    text = models.TextField(_("解决方案"), max_length=2000)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("责任单位"))
    person = models.CharField(_("责任人"), max_length=50)
    promised_on = models.DateField(_("承诺日期"))
    first_promised_on = models.DateField(editable=False)
    told_platform_on = models.DateField(_("告知平台日期"))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["first_promised_on"], name="plan_first_promised"),)

    def __str__(self) -> str:
        return f"{self.issue_id}: {self.promised_on}"
