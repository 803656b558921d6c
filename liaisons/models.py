"""Officers, and which platforms each looks after: from when to when."""

from datetime import date, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import DatedSetting, Role, Unit, User
from config.clock import now, today
from platforms.models import Platform

IMPORT_WAITS = timedelta(days=1)


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

    user = models.OneToOneField(User, models.PROTECT, related_name="officer")
    staff_no = models.CharField(_("工号"), max_length=20, unique=True)
    home_unit = models.ForeignKey(Unit, models.PROTECT, related_name="officers", verbose_name=_("联点单位"))
    position = models.CharField(_("处室/职务"), max_length=100, blank=True, default="")

    objects = OfficerQuerySet.as_manager()

    class Meta:
        verbose_name = _("联点干部")
        verbose_name_plural = _("联点干部")

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
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

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
        indexes = (models.Index(fields=["officer"], condition=Q(ended_on=None), name="assignment_current_of_officer"),)

    def __str__(self) -> str:
        return f"{self.officer_id}-{self.platform_id} {self.started_on}"


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def visible_to(self, user: User) -> Self:
        """Those of the officers whom the reader may see, and those in which the reader stands in."""
        if user.sees_everything:
            return self
        return self.filter(Q(officer__in=Officer.objects.visible_to(user).values("pk")) | Q(deputy__user=user))

    def editable_by(self, user: User) -> Self:
        """The officer's own, the home unit's head's, the bureau's to arrange and to end."""
        if user.keeps_register:
            return self
        if user.is_officer:
            return self.filter(officer__user=user)
        if user.role == Role.UNIT_HEAD:
            return self.filter(officer__home_unit__in=Unit.objects.under(user.unit).values("pk"))
        return self.none()

    def valid(self) -> Self:
        return self.filter(cancelled_at=None)

    def on(self, day: date) -> Self:
        return self.valid().filter(starts_on__lte=day, ends_on__gte=day)

    def not_over(self) -> Self:
        """Those that go on today or have yet to begin."""
        return self.valid().filter(ends_on__gte=today())

    def covered_by(self, user: User) -> Self:
        """Those in which the user stands in today."""
        return self.on(today()).filter(deputy__user=user)


class Absence(models.Model):
    """An officer is on leave and a deputy acts, from/to both included. Over by itself the day after its last.

    An officer has one at a time, and a deputy is not on leave meanwhile. Written by liaisons.absences only.
    """

    officer = models.ForeignKey(Officer, models.PROTECT, related_name="absences", verbose_name=_("联点干部"))
    deputy = models.ForeignKey(Officer, models.PROTECT, related_name="stand_ins", verbose_name=_("代理人"))
    starts_on = models.DateField(_("第一天"))
    ends_on = models.DateField(_("最后一天"))
    reason = models.CharField(_("事由"), max_length=200)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    # Called off before anybody acted.
    cancelled_at = models.DateTimeField(null=True)

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        ordering = ("-starts_on", "-pk")
        verbose_name = _("请假代理")
        verbose_name_plural = _("请假代理")
        constraints = (
            models.CheckConstraint(name="absence_ends_after_it_starts", condition=Q(ends_on__gte=F("starts_on"))),
            models.CheckConstraint(name="absence_somebody_else_stands_in", condition=~Q(officer=F("deputy"))),
        )

    def __str__(self) -> str:
        return f"{self.officer_id}-{self.deputy_id} {self.starts_on}"

    @property
    def has_begun(self) -> bool:
        return self.starts_on <= today()


class OfferState(models.TextChoices):
    WAITING = "waiting", _("待接受")
    ACCEPTED = "accepted", _("已接受，待生效")
    DONE = "done", _("已移交")
    DECLINED = "declined", _("未接受")
    WITHDRAWN = "withdrawn", _("已撤回")
    FAILED = "failed", _("未能生效")


# Still on its way: one at a time of a platform or case.
OPEN_OFFERS = (OfferState.WAITING, OfferState.ACCEPTED)


class Offer(models.Model):
    """What one person is asked to take over from another. Until it is `done` the giver has it (R3, R22).

    `decided_at` is when it was accepted, declined or withdrawn; `note` why it was declined, or why nothing came of it.
    """

    reason = models.CharField(_("移交原因"), max_length=200)
    state = models.CharField(_("状态"), max_length=10, choices=OfferState, default=OfferState.WAITING)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        abstract = True
        ordering = ("-pk",)

    @property
    def is_waiting(self) -> bool:
        return self.state == OfferState.WAITING

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_OFFERS


class HandoverQuerySet(models.QuerySet["Handover"]):
    def visible_to(self, user: User) -> Self:
        """Those of the officers whom the reader may see, on either side."""
        if user.sees_everything:
            return self
        officers = Officer.objects.visible_to(user).values("pk")
        return self.filter(Q(giver__in=officers) | Q(receiver__in=officers))

    def editable_by(self, user: User) -> Self:
        """Those that the user may withdraw."""
        if user.keeps_register:
            return self
        if user.role == Role.UNIT_HEAD:
            return self.filter(giver__home_unit__in=Unit.objects.under(user.unit).values("pk"))
        return self.filter(giver__user=user) if user.is_officer else self.none()

    def open(self) -> Self:
        return self.filter(state__in=OPEN_OFFERS)

    def waiting_for(self, user: User) -> Self:
        return self.filter(state=OfferState.WAITING, receiver__user=user)

    def due(self, day: date) -> Self:
        """Accepted, their day has come, nothing done yet: state, not a time window."""
        return self.filter(state=OfferState.ACCEPTED, effective_on__lte=day)


class Handover(Offer):
    """A platform passes to another officer on a day, once the receiver has accepted (R3).

    `planned_on` is the day asked for, `effective_on` the one it comes to: known once accepted, not before that day.
    Written by liaisons.handovers only.
    """

    platform = models.ForeignKey(Platform, models.PROTECT, db_index=False, related_name="handovers")
    giver = models.ForeignKey(Officer, models.PROTECT, related_name="+", verbose_name=_("移交人"))
    receiver = models.ForeignKey(Officer, models.PROTECT, related_name="+", verbose_name=_("接收人"))
    planned_on = models.DateField(_("生效日期"))
    effective_on = models.DateField(null=True)
    exception_reason = models.CharField(_("例外理由"), max_length=200, blank=True, default="")

    objects = HandoverQuerySet.as_manager()

    class Meta(Offer.Meta):
        verbose_name = _("平台移交")
        verbose_name_plural = _("平台移交")
        constraints = (
            models.UniqueConstraint(
                fields=["platform"], condition=Q(state__in=OPEN_OFFERS), name="handover_one_open_a_platform"
            ),
            models.CheckConstraint(name="handover_to_somebody_else", condition=~Q(giver=F("receiver"))),
            models.CheckConstraint(
                name="handover_accepted_for_a_day",
                condition=~Q(state__in=[OfferState.ACCEPTED, OfferState.DONE]) | Q(effective_on__gte=F("planned_on")),
            ),
        )
        indexes = (
            models.Index(fields=["platform", "-id"], name="handover_of_platform"),
            models.Index(fields=["effective_on"], condition=Q(state=OfferState.ACCEPTED), name="handover_to_apply"),
        )

    def __str__(self) -> str:
        return f"{self.platform_id}: {self.giver_id}-{self.receiver_id} {self.state}"

    def get_absolute_url(self) -> str:
        return reverse("handovers:platform", args=[self.pk])


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
