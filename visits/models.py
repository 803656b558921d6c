"""Contacts and visits (走访联系): when, how, with whom, what was heard, what is needed."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import DatedSetting, Role, Unit, User
from config.ledger import audited
from liaisons.models import Officer
from platforms.models import Platform


class Mode(models.TextChoices):
    ON_SITE = "on_site", _("上门")
    PHONE = "phone", _("电话")
    WECHAT = "wechat", _("微信")
    VIDEO = "video", _("视频")
    MEETING = "meeting", _("会议")


MODE_ICONS = {
    Mode.ON_SITE: "geo-alt",
    Mode.PHONE: "telephone",
    Mode.WECHAT: "wechat",
    Mode.VIDEO: "camera-video",
    Mode.MEETING: "people",
}


class NeedDomain(models.TextChoices):
    """R24."""

    CONDITIONS = "conditions", _("条件建设")
    INNOVATION = "innovation", _("技术创新")
    TRANSFER = "transfer", _("成果转化")
    TALENT = "talent", _("人才培育")


class VisitQuerySet(models.QuerySet["Visit"]):
    def visible_to(self, user: User) -> Self:
        if user.sees_everything:
            return self
        if user.is_officer:
            own = Platform.objects.visible_to(user).values("pk")
            ways = (Q(platform__in=own), Q(officer__user=user), Q(deputy__user=user))
            # One after the other each way uses its index; an OR of them reads the whole table.
            first, *rest = (Visit.objects.order_by().filter(way).values("pk") for way in ways)
            return self.filter(pk__in=first.union(*rest))
        if user.sees_unit:
            units = Unit.objects.under(user.unit).values("pk")
            officers = Officer.objects.filter(home_unit__in=units).values("pk")
            return self.filter(Q(platform__in=Platform.objects.visible_to(user).values("pk")) | Q(officer__in=officers))
        return self.none()

    def editable_by(self, user: User) -> Self:
        """A logged visit is a record: it is added to by new visits, not rewritten."""
        return self.none()


class Visit(models.Model):
    """One contact with a platform. `client_id` is made where the form was opened: a second submit is the same visit.

    It counts for the platform and for `officer`, who was responsible that day (R51); `deputy` is who went where the
    officer was on leave.
    """

    client_id = models.UUIDField(_("提交编号"), unique=True)
    platform = models.ForeignKey(
        Platform, models.PROTECT, db_index=False, related_name="visits", verbose_name=_("平台")
    )
    officer = models.ForeignKey(
        Officer, models.PROTECT, db_index=False, related_name="visits", verbose_name=_("联点干部")
    )
    deputy = models.ForeignKey(
        Officer, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("代理人")
    )
    visited_on = models.DateField(_("日期"))
    mode = models.CharField(_("方式"), max_length=8, choices=Mode)
    is_reached = models.BooleanField(_("联系上了"), default=True)
    people_met = models.CharField(_("见了谁"), max_length=200, blank=True, default="")
    companions = models.CharField(_("同行人员"), max_length=200, blank=True, default="")
    text = models.TextField(_("谈了什么"), max_length=5000)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+", verbose_name=_("登记人")
    )
    created_at = models.DateTimeField(_("登记时间"))

    objects = VisitQuerySet.as_manager()

    class Meta:
        ordering = ("-visited_on", "-pk")
        verbose_name = _("走访联系")
        verbose_name_plural = _("走访联系")
        indexes = (
            models.Index(fields=["platform", "-visited_on"], name="visit_of_platform"),
            models.Index(fields=["officer", "-visited_on"], name="visit_of_officer"),
            models.Index(fields=["-visited_on", "-id"], name="visit_newest"),
            models.Index(fields=["deputy"], condition=Q(deputy__isnull=False), name="visit_by_deputy"),
        )
        triggers = (
            audited(
                *("visited_on", "mode"),
                amended=("text",),
                hidden=("people_met", "companions"),
                label="(SELECT name FROM platforms_platform WHERE id = r.platform_id)",
            ),
        )

    def __str__(self) -> str:
        return f"{self.visited_on} {self.platform_id}"

    def get_absolute_url(self) -> str:
        return reverse("visits:detail", args=[self.pk])

    @property
    def mode_icon(self) -> str:
        return MODE_ICONS[Mode(self.mode)]


class VisitNeed(models.Model):
    """What a platform finds hard and what it needs in one of the four domains (R24)."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="needs", verbose_name=_("走访联系"))
    domain = models.CharField(_("方面"), max_length=12, choices=NeedDomain)
    difficulty = models.TextField(_("困难"), max_length=1000, blank=True, default="")
    need = models.TextField(_("需求"), max_length=1000, blank=True, default="")

    class Meta:
        verbose_name = _("困难和需求")
        verbose_name_plural = _("困难和需求")
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=["visit", "domain"], name="visitneed_once_a_domain"),
            models.CheckConstraint(name="visitneed_says_something", condition=~Q(difficulty="", need="")),
        )

    def __str__(self) -> str:
        return f"{self.visit_id} {self.domain}"


class FeedbackTerm(DatedSetting):
    """Working days in which the commission office answers what a platform complains of or suggests (R55)."""

    working_days = models.PositiveSmallIntegerField(_("工作日数"))

    class Meta(DatedSetting.Meta):
        verbose_name = _("投诉建议答复时限")
        verbose_name_plural = _("投诉建议答复时限")
        constraints = (models.CheckConstraint(name="feedbackterm_at_least_a_day", condition=Q(working_days__gte=1)),)
        triggers = (audited("valid_from", "note", "working_days", label="r.valid_from"),)

    def __str__(self) -> str:
        return f"{self.working_days} ({self.valid_from})"


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    def visible_to(self, user: User) -> Self:
        """R55: the commission office alone, never the unit complained of; and who gave it."""
        if user.role == Role.COMMISSION_OFFICE:
            return self
        return self.filter(given_by=user) if user.is_contact else self.none()

    def editable_by(self, user: User) -> Self:
        return self if user.role == Role.COMMISSION_OFFICE else self.none()


class Feedback(models.Model):
    """A complaint or a suggestion (投诉建议). Without `given_by` it is anonymous: then there is no platform either, and
    no hour, and who wrote it finds the answer by the code."""

    code = models.CharField(_("查询码"), max_length=12, unique=True)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    platform = models.ForeignKey(Platform, models.PROTECT, null=True, related_name="+", verbose_name=_("平台"))
    text = models.TextField(_("内容"), max_length=2000)
    given_on = models.DateField(_("提出日期"))
    answer_by = models.DateField(_("答复期限"))
    answer = models.TextField(_("答复"), max_length=2000, blank=True, default="")
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = FeedbackQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("投诉建议")
        verbose_name_plural = _("投诉建议")
        constraints = (
            models.CheckConstraint(
                name="feedback_named_with_its_platform_or_not_at_all",
                condition=Q(given_by=None, platform=None) | Q(given_by__isnull=False, platform__isnull=False),
            ),
            models.CheckConstraint(
                name="feedback_answered_by_somebody_at_a_moment",
                condition=Q(answered_at=None, answered_by=None, answer="")
                | Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(answer=""),
            ),
        )
        indexes = (models.Index(fields=["answer_by"], condition=Q(answered_at=None), name="feedback_to_answer"),)

    def __str__(self) -> str:
        return self.code
