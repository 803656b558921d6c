"""Officers who are away, and who stands in for them."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, Unit, User
from config.clock import today
from config.ledger import audited
from liaisons.models.assignments import Officer


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
    cancelled_at = models.DateTimeField(_("取消时间"), null=True)

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        ordering = ("-starts_on", "-pk")
        verbose_name = _("请假代理")
        verbose_name_plural = _("请假代理")
        constraints = (
            models.CheckConstraint(name="absence_ends_after_it_starts", condition=Q(ends_on__gte=F("starts_on"))),
            models.CheckConstraint(name="absence_somebody_else_stands_in", condition=~Q(officer=F("deputy"))),
        )
        triggers = (
            audited(
                *("officer_id", "deputy_id", "starts_on", "ends_on", "reason", "cancelled_at"),
                label="""(SELECT u.name FROM liaisons_officer o JOIN accounts_user u ON u.id = o.user_id
                           WHERE o.id = r.officer_id)""",
            ),
        )

    def __str__(self) -> str:
        return f"{self.officer_id}-{self.deputy_id} {self.starts_on}"

    @property
    def has_begun(self) -> bool:
        return self.starts_on <= today()
