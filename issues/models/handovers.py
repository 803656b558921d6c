"""Who has an issue in hand: what is passed on with a platform, one case alone, and every change of hands."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, Unit, User
from config.ledger import UNCHANGEABLE
from issues.models.issue import Issue
from liaisons.models import OPEN_OFFERS, Handover, Offer, OfferState


class HandoverChoice(models.Model):
    """Whether an open issue goes with its platform to the new officer, or stays with who has it now."""

    handover = models.ForeignKey(Handover, models.CASCADE, db_index=False, related_name="choices")
    issue = models.ForeignKey(Issue, models.PROTECT, related_name="+")
    moves = models.BooleanField(default=True)

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=["handover", "issue"], name="handoverchoice_once_an_issue"),)

    def __str__(self) -> str:
        return f"{self.handover_id}: {self.issue_id} {self.moves}"


class CaseHandoverQuerySet(models.QuerySet["CaseHandover"]):
    def visible_to(self, user: User) -> Self:
        """The two it is between, the heads of their units, and those who see the issue."""
        if user.sees_everything:
            return self
        if not user.reads_cases:
            return self.none()
        own = Q(giver=user) | Q(receiver=user) | Q(asked_by=user)
        if user.role == Role.UNIT_HEAD:
            units = Unit.objects.under(user.unit).values("pk")
            own |= Q(giver__unit__in=units) | Q(receiver__unit__in=units)
        return self.filter(own | Q(issue__in=Issue.objects.visible_to(user).values("pk")))

    def editable_by(self, user: User) -> Self:
        """Those that the user may withdraw."""
        if user.keeps_register:
            return self
        if user.role == Role.UNIT_HEAD:
            return self.filter(Q(giver__unit__in=Unit.objects.under(user.unit).values("pk")) | Q(asked_by=user))
        return self.filter(Q(giver=user) | Q(asked_by=user))

    def open(self) -> Self:
        return self.filter(state__in=OPEN_OFFERS)

    def waiting_for(self, user: User) -> Self:
        return self.filter(state=OfferState.WAITING, receiver=user)

    def waiting_of(self, issue: Issue) -> "CaseHandover | None":
        """The one by which the present handler would give the issue away."""
        waiting = self.filter(state=OfferState.WAITING, issue=issue, giver=issue.handler_id)
        return waiting.select_related("receiver").first()


class CaseHandover(Offer):
    """R22: one issue passes to another person, who has accepted it. Until then the first one keeps it.

    Written by issues.handovers only.
    """

    issue = models.ForeignKey(Issue, models.PROTECT, db_index=False, related_name="handovers")
    giver = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("移交人"))
    receiver = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("接收人"))

    objects = CaseHandoverQuerySet.as_manager()

    class Meta(Offer.Meta):
        verbose_name = _("问题移交")
        verbose_name_plural = _("问题移交")
        constraints = (
            models.UniqueConstraint(
                fields=["issue"], condition=Q(state__in=OPEN_OFFERS), name="casehandover_one_open_an_issue"
            ),
            models.CheckConstraint(name="casehandover_to_somebody_else", condition=~Q(giver=F("receiver"))),
        )
        indexes = (models.Index(fields=["issue", "-id"], name="casehandover_of_issue"),)

    def __str__(self) -> str:
        return f"{self.issue_id}: {self.giver_id}-{self.receiver_id} {self.state}"

    def get_absolute_url(self) -> str:
        return reverse("handovers:case", args=[self.pk])


class HandlerChange(models.Model):
    """That an issue came into other hands, and when. The database writes it (KEEP_HANDLERS), whoever moves the issue:
    with the issue's present handler it answers who had it on any day."""

    issue = models.ForeignKey(Issue, models.PROTECT, db_index=False, related_name="handler_changes")
    before = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+")
    after = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("at", "pk")
        indexes = (models.Index(fields=["issue", "at"], name="handlerchange_of_issue"),)
        triggers = UNCHANGEABLE

    def __str__(self) -> str:
        return f"{self.issue_id}: {self.before_id}-{self.after_id}"
