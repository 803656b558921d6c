"""What one person asks and another grants or takes on: a referral, more time, a pause, another tier, a plan."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit
from config.ledger import UNCHANGEABLE, audited, change_of
from issues.models.choices import Clock, Result, State, Tier
from issues.models.issue import Issue
from issues.models.search import KEEP_PLANNED


class Referral(models.Model):
    """R30-R32: an issue given to a unit, which signs for it or gives it back. The signing has a clock of its own.

    `is_final`: given after a return was decided, so that it cannot be returned again. `ended_at`: the referral does not
    hold any more (returned, given to somebody else, or the issue left the list).
    """

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="referrals", verbose_name=_("问题"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("主办单位"))
    note = models.TextField(_("交办说明"), max_length=500, blank=True, default="")
    is_final = models.BooleanField(_("不可再退回"), default=False)
    referred_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("交办人")
    )
    referred_at = models.DateTimeField(_("交办时间"))
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("签收人")
    )
    signed_at = models.DateTimeField(_("签收时间"), null=True)
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    returned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("退回人")
    )
    return_reason = models.TextField(_("退回理由"), max_length=500, blank=True, default="")
    suggested_unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("建议的主办单位")
    )

    class Meta:
        verbose_name = _("交办")
        verbose_name_plural = _("交办")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=["issue"], condition=Q(ended_at=None), name="referral_one_open_an_issue"),
            models.CheckConstraint(
                name="referral_returned_with_reason",
                condition=Q(returned_by=None, return_reason="", suggested_unit=None)
                | Q(returned_by__isnull=False, ended_at__isnull=False) & ~Q(return_reason=""),
            ),
        )

    def __str__(self) -> str:
        return f"{self.issue_id}: {self.unit_id}"

    @property
    def is_unsigned(self) -> bool:
        return self.signed_at is None and self.ended_at is None


class SupportPart(models.Model):
    """R33: what a supporting unit (协办) has to answer the lead, by when, and its answer; `agrees` is its 会签.

    `released_at`: nobody waits for it any more, or it belongs to a round that was redone.
    """

    issue = models.ForeignKey(Issue, models.PROTECT, db_index=False, related_name="supports")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("协办单位"))
    asked_at = models.DateTimeField()
    due_on = models.DateField()
    answer = models.TextField(_("协办意见"), max_length=2000, blank=True, default="")
    agrees = models.BooleanField(_("会签意见"), null=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("pk",)
        indexes = (
            models.Index(
                fields=["due_on"], condition=Q(answered_at=None, released_at=None), name="supportpart_waiting"
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["issue", "unit"], condition=Q(released_at=None), name="supportpart_once_an_issue_and_unit"
            ),
            models.CheckConstraint(
                name="supportpart_answered_as_a_whole",
                condition=Q(answered_at=None, answered_by=None, answer="", agrees=None)
                | Q(answered_at__isnull=False, answered_by__isnull=False, agrees__isnull=False) & ~Q(answer=""),
            ),
        )

    def __str__(self) -> str:
        return f"{self.issue_id}: {self.unit_id}"

    @property
    def is_waiting(self) -> bool:
        return self.answered_at is None and self.released_at is None


class Round(models.Model):
    """R40: a round of handling that the platform did not accept, as it was when the issue was reopened.

    `settled_at` is when the statutory clock had been stopped: by the plan or by the resolution, whichever came first.
    """

    issue = models.ForeignKey(Issue, models.PROTECT, db_index=False, related_name="rounds")
    number = models.PositiveSmallIntegerField()
    result = models.CharField(max_length=10, choices=Result)
    reply = models.TextField(max_length=2000)
    settled_at = models.DateTimeField()
    resolved_at = models.DateTimeField()
    reopened_at = models.DateTimeField()
    reopened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.TextField(max_length=500)

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=["issue", "number"], name="round_number_once_an_issue"),)
        triggers = UNCHANGEABLE

    def __str__(self) -> str:
        return f"{self.issue_id} {self.number}"


class Supervision(models.Model):
    """R42: 督办 by the commission office, and what the lead unit says to it. Unanswered, it keeps the issue open."""

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="supervisions")
    text = models.TextField(_("督办要求"), max_length=500)
    reply_by = models.DateField(_("回复期限"))
    ordered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ordered_at = models.DateTimeField()
    reply = models.TextField(_("督办回复"), max_length=2000, blank=True, default="")
    replied_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    replied_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=["issue"], condition=Q(replied_at=None), name="supervision_one_unanswered_an_issue"
            ),
        )

    def __str__(self) -> str:
        return f"{self.issue_id}: {self.reply_by}"


class SuspensionQuerySet(models.QuerySet["Suspension"]):
    def to_review(self, today: date) -> Self:
        """R36: those that go on although the day to look at them again has come."""
        return self.filter(ended_on=None, review_on__lte=today)


class Suspension(models.Model):
    """R36: a span in which an issue's running clock stands still. The day it begins is used, the day it ends is not:
    working days after `began_on` up to and including `ended_on` are given back."""

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="suspensions", verbose_name=_("问题"))
    clock = models.CharField(_("时钟"), max_length=10, choices=Clock)
    state_before = models.CharField(_("挂账前状态"), max_length=16, choices=State)
    reason = models.TextField(_("挂账原因"), max_length=500)
    review_on = models.DateField(_("复查日期"))
    began_on = models.DateField(_("开始日期"))
    ended_on = models.DateField(_("结束日期"), null=True)

    objects = SuspensionQuerySet.as_manager()

    class Meta:
        verbose_name = _("挂账")
        verbose_name_plural = _("挂账")
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
    LAPSED = "lapsed", _("已失效")


class Request(models.Model):
    """Something asked by one person and decided by another: more time, a pause, another tier. It lapses undecided when
    the clock it asks about is stopped for good.

    `until` is the new due date of an extension, or the review date of a suspension; `tier` the one asked for.
    """

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="requests", verbose_name=_("问题"))
    kind = models.CharField(_("申请事项"), max_length=10, choices=RequestKind)
    reason = models.TextField(_("理由"), max_length=500)
    until = models.DateField(_("申请至"), null=True)
    tier = models.CharField(_("申请类别"), max_length=1, choices=Tier, blank=True, default="")
    state = models.CharField(_("状态"), max_length=10, choices=RequestState, default=RequestState.PENDING)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("申请人"))
    asked_at = models.DateTimeField(_("申请时间"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("审批人")
    )
    decided_at = models.DateTimeField(_("审批时间"), null=True)
    decision_note = models.TextField(_("审批意见"), max_length=500, blank=True, default="")

    class Meta:
        verbose_name = _("申请")
        verbose_name_plural = _("申请")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=["issue", "kind"], condition=Q(state=RequestState.PENDING), name="request_one_pending_a_kind"
            ),
            models.CheckConstraint(
                name="request_decided_by_a_second_person",
                condition=Q(state__in=[RequestState.PENDING, RequestState.LAPSED], decided_by=None)
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

    issue = models.OneToOneField(Issue, models.PROTECT, related_name="plan", verbose_name=_("问题"))
    text = models.TextField(_("解决方案"), max_length=2000)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("责任单位"))
    person = models.CharField(_("责任人"), max_length=50)
    promised_on = models.DateField(_("承诺日期"))
    first_promised_on = models.DateField(_("最初承诺日"), editable=False)
    told_platform_on = models.DateField(_("告知平台日期"))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("登记人"))
    created_at = models.DateTimeField(_("登记时间"))

    class Meta:
        verbose_name = _("解决方案")
        verbose_name_plural = _("解决方案")
        triggers = (KEEP_PLANNED,)
        indexes = (models.Index(fields=["first_promised_on"], name="plan_first_promised"),)

    def __str__(self) -> str:
        return f"{self.issue_id}: {self.promised_on}"
