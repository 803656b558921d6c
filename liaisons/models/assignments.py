"""Officers, and which platforms each looks after: from when to when."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import DatedSetting, Unit, User
from config.ledger import audited
from platforms.models import Platform


class PortfolioRule(DatedSetting):
    """How many platforms an officer carries (R2); outside the range an assignment needs a stored reason."""

    minimum = models.PositiveSmallIntegerField(_("最少平台数"))
    maximum = models.PositiveSmallIntegerField(_("最多平台数"))

    class Meta(DatedSetting.Meta):
        verbose_name = _("联点平台数")
        verbose_name_plural = _("联点平台数")
        constraints = (
            models.CheckConstraint(name="portfoliorule_minimum_up_to_maximum", condition=Q(minimum__lte=F("maximum"))),
        )
        triggers = (audited("valid_from", "note", "minimum", "maximum", label="r.valid_from"),)

    def __str__(self) -> str:
        return f"{self.minimum}-{self.maximum} ({self.valid_from})"


class OfficerQuerySet(models.QuerySet["Officer"]):
    def visible_to(self, user: User) -> Self:
        if user.sees_everything:
            return self
        if user.is_officer:
            return self.filter(user=user)
        if user.sees_unit:
            return self.filter(home_unit__in=Unit.objects.under(user.unit).values("pk"))
        return self.none()

    def editable_by(self, user: User) -> Self:
        return self if user.keeps_register else self.none()

    def with_load(self) -> Self:
        """Adds `current_platforms`, the number carried today."""
        return self.annotate(
            current_platforms=models.Count("assignments", filter=Q(assignments__ended_on=None), distinct=True)
        )


class Officer(models.Model):
    """A liaison officer (联点干部) of a home unit. `staff_no` is the key of imports."""

    user = models.OneToOneField(User, models.PROTECT, related_name="officer", verbose_name=_("账号"))
    staff_no = models.CharField(_("工号"), max_length=20, unique=True)
    home_unit = models.ForeignKey(Unit, models.PROTECT, related_name="officers", verbose_name=_("联点单位"))
    position = models.CharField(_("处室/职务"), max_length=100, blank=True, default="")

    objects = OfficerQuerySet.as_manager()

    class Meta:
        verbose_name = _("联点干部")
        verbose_name_plural = _("联点干部")
        triggers = (
            audited(
                *("user_id", "staff_no", "home_unit_id", "position"),
                label="(SELECT r.staff_no || ' ' || name FROM accounts_user WHERE id = r.user_id)",
            ),
        )

    def __str__(self) -> str:
        return self.user.name

    def get_absolute_url(self) -> str:
        return reverse("liaisons:detail", args=[self.pk])


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def visible_to(self, user: User) -> Self:
        if user.sees_everything:
            return self
        return self.filter(platform__in=Platform.objects.visible_to(user).values("pk"))

    def editable_by(self, user: User) -> Self:
        return self if user.keeps_register else self.none()

    def current(self) -> Self:
        return self.filter(ended_on=None)

    def on(self, day: date) -> Self:
        """Who was responsible on `day` (R3): from the first day on, up to and including the last."""
        return self.filter(Q(ended_on=None) | Q(ended_on__gte=day), started_on__lte=day)


class Assignment(models.Model):
    """One officer, one platform, from/to both included. Written by liaisons.services only."""

    officer = models.ForeignKey(Officer, models.PROTECT, related_name="assignments", verbose_name=_("联点干部"))
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="assignments", verbose_name=_("平台"))
    started_on = models.DateField(_("开始日期"))
    ended_on = models.DateField(_("结束日期"), null=True, blank=True)
    exception_reason = models.CharField(_("例外理由"), max_length=200, blank=True, default="")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("登记人")
    )
    created_at = models.DateTimeField(_("登记时间"))
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("结束人")
    )
    # Up to the end of which quarter its duties are written (liaisons.duties); none yet where it is new or corrected.
    duties_through = models.DateField(_("任务生成至"), null=True, editable=False)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ("-started_on", "-pk")
        verbose_name = _("联点关系")
        verbose_name_plural = _("联点关系")
        constraints = (
            models.UniqueConstraint(
                fields=["platform"], condition=Q(ended_on=None), name="assignment_one_current_officer_a_platform"
            ),
            models.CheckConstraint(
                name="assignment_ends_after_it_starts", condition=Q(ended_on=None) | Q(ended_on__gte=F("started_on"))
            ),
        )
        indexes = (
            models.Index(fields=["officer"], condition=Q(ended_on=None), name="assignment_current_of_officer"),
            # Those to which a day may bring duties: the scan that finds none reads one entry.
            models.Index(
                fields=["duties_through"],
                condition=Q(duties_through=None) | Q(ended_on=None) | Q(ended_on__gt=F("duties_through")),
                name="assignment_duties_to_come",
            ),
        )
        triggers = (
            audited(
                *("officer_id", "platform_id", "started_on", "ended_on", "exception_reason"),
                label="""SELECT u.name || ' — ' || p.name
                           FROM liaisons_officer o JOIN accounts_user u ON u.id = o.user_id, platforms_platform p
                          WHERE o.id = r.officer_id AND p.id = r.platform_id""",
            ),
        )

    def __str__(self) -> str:
        return f"{self.officer_id}-{self.platform_id} {self.started_on}"
