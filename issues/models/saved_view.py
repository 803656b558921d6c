"""A view of the issue list that somebody keeps under a name: filters, columns and order, never rows."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User

LONGEST_QUERY = 2000
# Who may put a view before everybody.
SHARERS = (Role.BUREAU_STAFF, Role.COMMISSION_OFFICE)


class SharedWith(models.TextChoices):
    NOBODY = "nobody", _("只有自己")
    UNIT = "unit", _("本单位")
    EVERYBODY = "everybody", _("所有人")


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, user: User) -> Self:
        """The own ones and those shared with the user. What a view opens is still the reader's own scope (R58)."""
        if not user.reads_cases:
            return self.none()
        shared = Q(shared_with=SharedWith.EVERYBODY, owner__role__in=SHARERS)
        if user.unit_id is not None:
            shared |= Q(shared_with=SharedWith.UNIT, owner__unit=user.unit_id)
        return self.filter(Q(owner=user) | shared)

    def editable_by(self, user: User) -> Self:
        return self.filter(owner=user) if user.reads_cases else self.none()


class SavedView(models.Model):
    """`query` is what stands behind the question mark of the list's address, as issues.saved_views.queries has it."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, db_index=False, related_name="saved_views")
    name = models.CharField(_("名称"), max_length=30)
    query = models.CharField(max_length=LONGEST_QUERY, blank=True)
    shared_with = models.CharField(_("给谁用"), max_length=10, choices=SharedWith, default=SharedWith.NOBODY)
    updated_at = models.DateTimeField()

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ("name", "pk")
        verbose_name = _("视图")
        verbose_name_plural = _("视图")
        constraints = (models.UniqueConstraint(fields=["owner", "name"], name="savedview_name_once_an_owner"),)
        indexes = (
            models.Index(fields=["shared_with"], condition=~Q(shared_with=SharedWith.NOBODY), name="savedview_shared"),
        )

    def __str__(self) -> str:
        return self.name


class DefaultView(models.Model):
    """The view with which the list opens for one person: an own one, or one that is shared with them."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="default_view")
    view = models.ForeignKey(SavedView, models.CASCADE, related_name="default_of")

    def __str__(self) -> str:
        return f"{self.user_id}: {self.view_id}"
