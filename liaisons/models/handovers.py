"""What is offered from one to another, and accepted or declined: a platform, a case."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, Unit, User
from config.ledger import audited
from liaisons.models.assignments import Officer
from platforms.models import Platform


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
        triggers = (audited("state", label="(SELECT name FROM platforms_platform WHERE id = r.platform_id)"),)

    def __str__(self) -> str:
        return f"{self.platform_id}: {self.giver_id}-{self.receiver_id} {self.state}"

    def get_absolute_url(self) -> str:
        return reverse("handovers:platform", args=[self.pk])
