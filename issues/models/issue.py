"""The issue itself, who may see it and who may move it."""

from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Case, F, Func, Q, Value, When
from django.db.models.functions import Least
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import NamedInTwoLanguages, Role, Unit, User
from config.ledger import BY_A_PERSON, audited, change_of
from issues.models.choices import (
    DONE,
    ON_STATUTORY_CLOCK,
    UNRESOLVED,
    VOID,
    Clock,
    Confirmation,
    Importance,
    Nature,
    Result,
    State,
    Tier,
    Urgency,
)
from issues.models.ladder import TierTerm
from issues.models.search import KEEP_SAID, KEEP_WHAT_NEW_ONES_SAY
from liaisons.models import Absence, Officer
from platforms.models import Platform
from workdays.models import Calendar


class IssueCategory(NamedInTwoLanguages):
    """Four service domains and 其他, each with its sub-categories (CS-31)."""

    code = models.CharField(_("代码"), max_length=20, unique=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("上级类别")
    )

    class Meta:
        ordering = ("pk",)
        verbose_name = _("问题类别")
        verbose_name_plural = _("问题类别")
        triggers = (audited("code", "name", "name_en", "parent_id", label="r.code || ' ' || r.name"),)


class IssueCounter(models.Model):
    """The last number given out in a year; its row lock hands them out one writer at a time."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class IssueQuerySet(models.QuerySet["Issue"]):
    def visible_to(self, user: User) -> Self:
        """R58: officers the issues of their platforms, those they registered and those in their hand, and while they
        stand in for a colleague on leave, that one's; units what they lead, support or raised; a platform's contact
        those of the own platform."""
        if user.sees_everything:
            return self
        if user.is_officer:
            absent = Absence.objects.covered_by(user).values("officer")
            return self._by_any(*_entrusted_to(user), Q(officer__user=user), Q(officer__in=absent))
        if user.sees_unit:
            units = Unit.objects.under(user.unit).values("pk")
            return self._by_any(Q(lead_unit__in=units), Q(home_unit__in=units), Q(supports__unit__in=units))
        if user.is_contact:
            return self.filter(platform__in=Platform.objects.visible_to(user).values("pk"))
        return self.none()

    def editable_by(self, user: User) -> Self:
        """Those who handle: the handler (R22), the platform's officer of today, their stand-ins, the people of the lead
        unit, the commission office. Which move is whose is said in issues.workflow."""
        if user.role == Role.COMMISSION_OFFICE:
            return self
        if user.is_officer:
            return self._by_any(*_entrusted_to(user))
        if user.role in (Role.UNIT_HEAD, Role.CLERK):
            return self.filter(lead_unit__in=Unit.objects.under(user.unit).values("pk"))
        return self.none()

    def _by_any(self, *ways: Q) -> Self:
        # One after the other each way uses its index; an OR of them reads the whole table.
        first, *rest = (Issue.objects.order_by().filter(way).values("pk") for way in ways)
        return self.filter(pk__in=first.union(*rest))

    def unresolved(self) -> Self:
        return self.filter(state__in=UNRESOLVED)

    def to_do_of(self, user: User) -> Self:
        """What is unresolved and the user's to handle. The commission office may move every issue; its own are those
        that it leads and those in the user's hand, and its other steps wait in issues.queues."""
        if user.role == Role.COMMISSION_OFFICE:
            return self._by_any(Q(handler=user), Q(lead_unit=user.unit_id)).unresolved()
        return self.editable_by(user).unresolved()


def _entrusted_to(officer: User) -> tuple[Q, ...]:
    """How issues are an officer's today: by the platform, in hand, in the hand of whom one stands in for."""
    absent = Absence.objects.covered_by(officer).values("officer__user")
    platforms = Platform.objects.visible_to(officer).values("pk")
    return Q(platform__in=platforms), Q(handler=officer), Q(handler__in=absent)


def clock_in(state: str) -> Clock | None:
    """Which clock runs in a state; None where none does."""
    if state in ON_STATUTORY_CLOCK:
        return Clock.STATUTORY
    return Clock.PLAN if state == State.PLAN_CONFIRMED else None


# Every move writes `updated_at`, the clock's now, with the handler.
KEEP_HANDLERS = pgtrigger.Trigger(
    name="keep_handlers",
    when=pgtrigger.After,
    operation=pgtrigger.UpdateOf("handler_id"),  # type: ignore[no-untyped-call] # django-pgtrigger leaves it out
    condition=pgtrigger.Condition("OLD.handler_id <> NEW.handler_id"),
    func="""
        INSERT INTO issues_handlerchange (issue_id, before_id, after_id, at)
        VALUES (NEW.id, OLD.handler_id, NEW.handler_id, NEW.updated_at);
        RETURN NULL;
    """,
)


def _shanghai_date(field: str) -> Func:
    """The Asia/Shanghai date of an instant, in a form that a generated column may hold."""
    return Func(
        F(field), template="(%(expressions)s AT TIME ZONE 'Asia/Shanghai')::date", output_field=models.DateField()
    )


class Issue(models.Model):
    """One thing a platform needs done.

    `due_on` is the statutory due date of the newest deadline version and stays when the clock stops.
    `clock_due_on` is the date of the clock that runs now (statutory, then the plan's), null when none runs, and
    `nearing_on` the first day on which that clock is nearing. `breached_on` is the first day on which the statutory
    clock was late: once set it stays, whatever later moves the date. `judged_on` is the date the rates go by (F4, F9).
    """

    number = models.CharField(_("编号"), max_length=12, editable=False)
    # Made where a request was written: a second submit is the same issue. None for what a visit raised.
    client_id = models.UUIDField(_("提交编号"), null=True, editable=False)
    platform = models.ForeignKey(
        Platform, models.PROTECT, db_index=False, related_name="issues", verbose_name=_("平台")
    )
    visit = models.ForeignKey(
        "visits.Visit", models.PROTECT, null=True, related_name="issues", verbose_name=_("走访联系")
    )
    officer = models.ForeignKey(Officer, models.PROTECT, related_name="issues", verbose_name=_("首问干部"))
    home_unit = models.ForeignKey(
        Unit, models.PROTECT, db_index=False, related_name="home_issues", verbose_name=_("联点单位")
    )
    lead_unit = models.ForeignKey(
        Unit, models.PROTECT, db_index=False, related_name="lead_issues", verbose_name=_("主办单位")
    )
    handler = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="handled_issues", verbose_name=_("承办人")
    )
    category = models.ForeignKey(IssueCategory, models.PROTECT, related_name="issues", verbose_name=_("需求类别"))
    # Empty until somebody grades what a platform asked for itself.
    tier = models.CharField(_("类别"), max_length=1, choices=Tier, blank=True, default="")
    term = models.ForeignKey(
        TierTerm,
        models.PROTECT,
        null=True,
        editable=False,
        db_index=False,
        related_name="+",
        verbose_name=_("办理时限"),
    )
    nature = models.CharField(_("性质"), max_length=10, choices=Nature, blank=True, default="")
    urgency = models.CharField(_("紧急程度"), max_length=10, choices=Urgency, default=Urgency.NORMAL)
    importance = models.CharField(_("重要性"), max_length=10, choices=Importance, default=Importance.ORDINARY)
    grading_reason = models.CharField(_("定级依据"), max_length=500, blank=True, default="")
    text = models.TextField(_("问题描述"), max_length=2000)
    # Counts what people and recounts change: who edits an older one is shown what changed meanwhile.
    version = models.PositiveIntegerField(_("版本"), default=1, editable=False)

    raised_on = models.DateField(_("提出日期"))
    registered_at = models.DateTimeField(_("登记时间"), editable=False)
    updated_at = models.DateTimeField(_("更新时间"), editable=False)
    state = models.CharField(_("状态"), max_length=16, choices=State, default=State.REGISTERED)
    due_on = models.DateField(_("到期日"), null=True, editable=False)
    due_is_provisional = models.BooleanField(_("到期日暂定"), default=False, editable=False)
    clock_due_on = models.DateField(_("当前时钟到期日"), null=True, editable=False)
    nearing_on = models.DateField(_("临期首日"), null=True, editable=False)
    calendar = models.ForeignKey(
        Calendar, models.PROTECT, db_index=False, related_name="+", editable=False, verbose_name=_("日历")
    )
    breached_on = models.DateField(_("超期首日"), null=True, editable=False)
    judged_on = models.GeneratedField(
        expression=Case(
            When(breached_on__isnull=False, then=F("breached_on") - Value(1, models.IntegerField())),
            # The clock stands still, or the matter went off the list in time: there is no date to judge by.
            When(state=State.SUSPENDED, plan_confirmed_at=None, then=Value(None, models.DateField(null=True))),
            When(state__in=VOID, then=Value(None, models.DateField(null=True))),
            default=F("due_on"),
            output_field=models.DateField(),
        ),
        output_field=models.DateField(null=True),
        db_persist=True,
        verbose_name=_("考核日"),
    )
    # As the newest version of the statutory deadline has them: what a recalculation of all open issues reads. A date
    # set by a person after review is a date: no working days.
    counted_from = models.DateField(_("起算日"), null=True, editable=False)
    working_days = models.PositiveSmallIntegerField(_("工作日数"), null=True, editable=False)
    # A recalculation that would have moved a date already past, or into the past, leaves it and asks a person.
    needs_review = models.BooleanField(_("到期日待复核"), default=False, editable=False)

    plan_confirmed_at = models.DateTimeField(_("方案确定时间"), null=True, editable=False)
    resolved_at = models.DateTimeField(_("办结时间"), null=True, editable=False)
    settled_on = models.GeneratedField(
        expression=Least(_shanghai_date("plan_confirmed_at"), _shanghai_date("resolved_at")),
        output_field=models.DateField(null=True),
        db_persist=True,
        verbose_name=_("停表日"),
    )
    resolved_on = models.GeneratedField(
        expression=_shanghai_date("resolved_at"),
        output_field=models.DateField(null=True),
        db_persist=True,
        verbose_name=_("办结日"),
    )
    result = models.CharField(_("处置结果"), max_length=10, choices=Result, blank=True, default="")
    reply = models.TextField(_("答复"), max_length=2000, blank=True, default="")
    is_confirmed_solved = models.BooleanField(_("平台认可已解决"), default=False)
    confirmation = models.CharField(_("平台意见"), max_length=10, choices=Confirmation, blank=True, default="")
    confirmed_at = models.DateTimeField(_("平台确认时间"), null=True, editable=False)
    # R39: when the platform was asked once more, after its first silence.
    asked_again_at = models.DateTimeField(_("再次请确认时间"), null=True, editable=False)
    closed_at = models.DateTimeField(_("销号时间"), null=True, editable=False)
    reopened_count = models.PositiveSmallIntegerField(_("重办次数"), default=0, editable=False)
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        editable=False,
        db_index=False,
        related_name="merged",
        verbose_name=_("并入"),
    )

    objects = IssueQuerySet.as_manager()

    class Meta:
        verbose_name = _("问题")
        verbose_name_plural = _("问题")
        constraints = (
            # Not `unique=True`: that would add a second index, for a prefix search nobody makes.
            models.UniqueConstraint(fields=["number"], name="issue_number_once"),
            models.UniqueConstraint(
                fields=["client_id"], condition=Q(client_id__isnull=False), name="issue_client_id_once"
            ),
            models.CheckConstraint(
                name="issue_tier_known_once_graded",
                condition=Q(tier__in=Tier.values) | Q(tier="", state__in=[State.REGISTERED, *VOID]),
            ),
            models.CheckConstraint(
                name="issue_clocked_tiers_have_a_due_date",
                condition=Q(tier__in=["", Tier.A], due_on=None) | Q(due_on__isnull=False),
            ),
            models.CheckConstraint(
                name="issue_resolved_exactly_with_date_and_result",
                condition=Q(state__in=DONE, resolved_at__isnull=False) & ~Q(result="")
                | ~Q(state__in=DONE) & Q(resolved_at=None, result=""),
            ),
            models.CheckConstraint(
                name="issue_confirmed_exactly_with_date_and_word",
                condition=Q(state__in=[State.CONFIRMED, State.CLOSED], confirmed_at__isnull=False) & ~Q(confirmation="")
                | ~Q(state__in=[State.CONFIRMED, State.CLOSED]) & Q(confirmed_at=None, confirmation=""),
            ),
            models.CheckConstraint(
                name="issue_closed_exactly_with_date",
                condition=Q(state=State.CLOSED, closed_at__isnull=False) | ~Q(state=State.CLOSED) & Q(closed_at=None),
            ),
            models.CheckConstraint(
                name="issue_merged_exactly_into_another",
                condition=Q(state=State.MERGED, merged_into__isnull=False) & ~Q(merged_into=F("id"))
                | ~Q(state=State.MERGED) & Q(merged_into=None),
            ),
            models.CheckConstraint(
                name="issue_plan_state_has_its_date",
                condition=~Q(state=State.PLAN_CONFIRMED) | Q(plan_confirmed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="issue_a_clock_runs_exactly_while_in_hand",
                condition=Q(state__in=[*ON_STATUTORY_CLOCK, State.PLAN_CONFIRMED], clock_due_on__isnull=False)
                | ~Q(state__in=[*ON_STATUTORY_CLOCK, State.PLAN_CONFIRMED]) & Q(clock_due_on=None),
            ),
            models.CheckConstraint(
                name="issue_running_clock_knows_when_it_nears",
                condition=Q(clock_due_on=None, nearing_on=None)
                | Q(clock_due_on__isnull=False, nearing_on__isnull=False),
            ),
            models.CheckConstraint(
                name="issue_only_solved_is_confirmed_solved",
                condition=Q(is_confirmed_solved=False)
                | Q(result=Result.SOLVED) & ~Q(confirmation__in=["", Confirmation.SILENT]),
            ),
        )
        indexes = (
            models.Index(
                fields=["clock_due_on", "id"], condition=Q(clock_due_on__isnull=False), name="issue_running_clock"
            ),
            # The board counts what is open from this one alone.
            models.Index(
                fields=["lead_unit", "tier", "state", "clock_due_on"],
                include=["nearing_on"],
                condition=Q(state__in=UNRESOLVED),
                name="issue_unresolved",
            ),
            # R39: whom to ask once more, and whose silence has lasted.
            models.Index(fields=["resolved_on"], condition=Q(state=State.RESOLVED), name="issue_waiting_for_a_word"),
            models.Index(fields=["merged_into"], condition=Q(merged_into__isnull=False), name="issue_merged_into"),
            models.Index(fields=["platform", "-id"], name="issue_of_platform"),
            models.Index(fields=["lead_unit", "-id"], name="issue_of_lead_unit"),
            models.Index(fields=["home_unit", "-id"], name="issue_of_home_unit"),
            models.Index(fields=["state", "tier", "-id"], name="issue_state_tier"),
            models.Index(fields=["due_on"], name="issue_due_on"),
            models.Index(
                fields=["judged_on"],
                include=["settled_on", "resolved_on", "breached_on", "lead_unit"],
                name="issue_judged_on",
            ),
            models.Index(fields=["id"], condition=Q(needs_review=True), name="issue_needs_review"),
            models.Index(fields=["raised_on"], name="issue_raised_on"),
            models.Index(fields=["updated_at", "id"], name="issue_updated_at"),
        )
        triggers = (
            KEEP_HANDLERS,
            KEEP_SAID,
            KEEP_WHAT_NEW_ONES_SAY,
            # Only what a repair mends, which writes a version with it: what moves the issue is in the log by its event,
            # and what an edit changes stands in the timeline, which is not the auditor's to read (R58).
            audited(
                *("text", "category_id"),
                label="r.number",
                operation=change_of("text", "category_id"),
                condition=f"{BY_A_PERSON} AND NEW.version > OLD.version",
            ),
        )

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("issues:detail", args=[self.number])

    @property
    def is_unresolved(self) -> bool:
        return self.state in UNRESOLVED

    @property
    def clock(self) -> Clock | None:
        """Which clock runs now."""
        return clock_in(self.state)
