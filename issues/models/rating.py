"""What a platform thinks of the service and of the result (R44)."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from issues.models.issue import Issue


class Grade(models.IntegerChoices):
    """The five levels of the national 好差评 scale, the best first."""

    VERY_SATISFIED = 5, _("非常满意")
    SATISFIED = 4, _("满意")
    FAIRLY_SATISFIED = 3, _("基本满意")
    DISSATISFIED = 2, _("不满意")
    VERY_DISSATISFIED = 1, _("非常不满意")


class RatingQuerySet(models.QuerySet["Rating"]):
    def visible_to(self, user: User) -> Self:
        """R44: a single rating is for who gave it and for the commission office, which follows up (R45); everybody
        else has the sums of issues.ratings."""
        if user.role == Role.COMMISSION_OFFICE:
            return self
        return self.filter(rated_by=user) if user.is_contact else self.none()

    def editable_by(self, user: User) -> Self:
        return self.none()


class Rating(models.Model):
    """One round's rating: a redone issue is rated anew, `round` counts as issues.models.Round does.

    A platform that was not satisfied may add one later (追评, `is_added`); the first stays, and counts (R45).
    """

    issue = models.ForeignKey(Issue, models.PROTECT, db_index=False, related_name="ratings")
    round = models.PositiveSmallIntegerField()
    is_added = models.BooleanField(_("追评"), default=False)
    service = models.PositiveSmallIntegerField(_("服务"), choices=Grade)
    result = models.PositiveSmallIntegerField(_("结果"), choices=Grade)
    rated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    rated_at = models.DateTimeField()

    objects = RatingQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        verbose_name = _("平台评价")
        verbose_name_plural = _("平台评价")
        constraints = (
            models.UniqueConstraint(fields=["issue", "round", "is_added"], name="rating_once_a_round"),
            models.CheckConstraint(
                name="rating_on_five_levels", condition=Q(service__in=Grade.values, result__in=Grade.values)
            ),
        )

    def __str__(self) -> str:
        return f"{self.issue_id}/{self.round}: {self.service} {self.result}"

    @property
    def is_dissatisfied(self) -> bool:
        return min(self.service, self.result) <= Grade.DISSATISFIED
