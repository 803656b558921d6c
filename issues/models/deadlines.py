"""The ledger of due dates, and what its clocks announce."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from config.ledger import UNCHANGEABLE
from issues.models.choices import Clock, Level
from issues.models.issue import Issue


class Cause(models.TextChoices):
    """Why a deadline version exists."""

    REGISTERED = "registered", _("登记")
    PLAN_CONFIRMED = "plan_confirmed", _("确定解决方案")
    PLAN_MOVED = "plan_moved", _("调整方案承诺日")
    REFERRED = "referred", _("交办")
    RETIERED = "retiered", _("调整类别")
    EXTENDED = "extended", _("延期")
    SUSPENDED = "suspended", _("挂账停表")
    RESUMED = "resumed", _("恢复计时")
    CALENDAR_REVISED = "calendar_revised", _("日历调整")
    KEPT_FOR_REVIEW = "kept_for_review", _("日历调整后待复核")
    REVIEWED = "reviewed", _("人工复核")
    GRADED = "graded", _("定级")
    REOPENED = "reopened", _("重办")


class Deadline(models.Model):
    """One version of one clock's due date. Never changed, never deleted.

    `due_on` is the (`working_days` + `paused_days`)-th working day after `counted_from`; a promised date is a date and
    has no `working_days`. `paused_days` are the working days the clock stood still before this version.
    """

    issue = models.ForeignKey(Issue, models.PROTECT, db_index=False, related_name="deadlines", verbose_name=_("问题"))
    clock = models.CharField(_("时钟"), max_length=10, choices=Clock)
    version = models.PositiveSmallIntegerField(_("版本"))
    cause = models.CharField(_("起因"), max_length=20, choices=Cause)
    counted_from = models.DateField(_("起算日"))
    working_days = models.PositiveSmallIntegerField(_("工作日数"), null=True)
    paused_days = models.PositiveSmallIntegerField(_("停表工作日"), default=0)
    previous_due_on = models.DateField(_("原到期日"), null=True)
    due_on = models.DateField(_("到期日"))
    is_provisional = models.BooleanField(_("暂定"), default=False)
    calendar_revision = models.PositiveIntegerField(_("日历修订"))
    reason = models.TextField(_("理由"), blank=True, default="")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("人员")
    )
    created_at = models.DateTimeField(_("生成时间"))

    class Meta:
        verbose_name = _("到期日")
        verbose_name_plural = _("到期日")
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=["issue", "clock", "version"], name="deadline_version_once_a_clock"),
        )
        triggers = UNCHANGEABLE

    def __str__(self) -> str:
        return f"{self.issue_id} {self.clock} v{self.version}: {self.due_on}"


class Alarm(models.Model):
    """The next day on which a running clock has something to announce: what `tick` looks for.

    A table of its own, because it changes with every announcement: the issue itself has many indexes to keep up.
    `deadline` is the newest version of the clock. No clock, or nothing left to announce: no row.
    """

    issue = models.ForeignKey(Issue, models.PROTECT, db_index=False, related_name="alarms")
    clock = models.CharField(max_length=10, choices=Clock)
    deadline = models.ForeignKey(Deadline, models.PROTECT, db_index=False, related_name="+")
    rings_on = models.DateField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["issue", "clock"], name="alarm_once_a_clock"),)
        indexes = (models.Index(fields=["rings_on"], name="alarm_rings_on"),)

    def __str__(self) -> str:
        return f"{self.issue_id} {self.clock}: {self.rings_on}"


class Warning(models.Model):  # noqa: A001 - the domain's word; the builtin is not used here
    """That a deadline version reached a rung: once, held by the constraint. `reached_on` is the rung's own day,
    `raised_at` when the scan saw it. Acknowledged, this rung is not brought up again; the next one still comes."""

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="warnings", verbose_name=_("问题"))
    deadline = models.ForeignKey(
        Deadline, models.PROTECT, db_index=False, related_name="warnings", verbose_name=_("到期日")
    )
    level = models.CharField(_("级别"), max_length=10, choices=Level)
    step = models.PositiveSmallIntegerField(_("级次"), default=1)
    reached_on = models.DateField(_("到达日期"))
    raised_at = models.DateTimeField(_("发出时间"))
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("知悉人"),
    )
    acknowledged_at = models.DateTimeField(_("知悉时间"), null=True)

    class Meta:
        verbose_name = _("预警")
        verbose_name_plural = _("预警")
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=["deadline", "level", "step"], name="warning_once_a_deadline_and_level"),
        )

    def __str__(self) -> str:
        return f"{self.deadline_id} {self.level} {self.step}"
