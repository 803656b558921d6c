"""Issues, their deadlines and what happened to them. A state or a date moves only through issues.services."""

from datetime import date
from typing import Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, F, Func, Q, Value, When
from django.db.models.functions import Least
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import DatedSetting, NamedInTwoLanguages, Role, Unit, User
from liaisons.models import Officer
from platforms.models import Platform
from workdays.models import Calendar


class Tier(models.TextChoices):
    """R5. The letter never stands without its words: other cities use the letters differently."""

    A = "A", _("当场解决")
    B = "B", _("本单位办理")
    C = "C", _("跨部门协调")
    D = "D", _("市级调度")


CLOCKED_TIERS = (Tier.B, Tier.C, Tier.D)


class State(models.TextChoices):
    OPEN = "open", _("办理中")
    PLAN_CONFIRMED = "plan_confirmed", _("已定方案")
    SUSPENDED = "suspended", _("挂账")
    RESOLVED = "resolved", _("已办结")


UNRESOLVED = (State.OPEN, State.PLAN_CONFIRMED, State.SUSPENDED)


class Result(models.TextChoices):
    """R38: what a resolution came to."""

    SOLVED = "solved", _("已解决")
    PARTLY = "partly", _("部分解决")
    EXPLAINED = "explained", _("解释说明")
    NOT_NOW = "not_now", _("暂不能解决")


class Clock(models.TextChoices):
    """R6, R7: the statutory clock, and the one a confirmed plan starts; R31: the day a referred unit has to sign."""

    STATUTORY = "statutory", _("处置时限")
    PLAN = "plan", _("方案承诺日")
    SIGN = "sign", _("签收时限")


class Level(models.TextChoices):
    """Warning levels in the order in which a clock meets them: blue, yellow, orange, red."""

    HALF = "half", _("过半")
    NEARING = "nearing", _("临期")
    DUE_TODAY = "due_today", _("今日到期")
    OVERDUE = "overdue", _("逾期")


class Nature(models.TextChoices):
    EXPLAIN = "explain", _("咨询解释")
    OWN_UNIT = "own_unit", _("本单位可办")
    CROSS_UNIT = "cross_unit", _("跨部门跨区域")
    UPWARD = "upward", _("市级调度或省级以上")


class Urgency(models.TextChoices):
    NORMAL = "normal", _("一般")
    PRESSING = "pressing", _("较急")
    URGENT = "urgent", _("紧急")


class Importance(models.TextChoices):
    ORDINARY = "ordinary", _("一般")
    IMPORTANT = "important", _("重要")
    MAJOR = "major", _("重大")


class TierTerm(DatedSetting):
    """Working days a tier may take, from a day on (R5). An issue keeps the term it was registered under (R9)."""

    tier = models.CharField(_("类别"), max_length=1, choices=[(t.value, t.label) for t in CLOCKED_TIERS])
    working_days = models.PositiveSmallIntegerField(_("工作日数"))

    class Meta(DatedSetting.Meta):
        verbose_name = _("办理时限")
        verbose_name_plural = _("办理时限")
        constraints = (models.CheckConstraint(name="tierterm_at_least_a_day", condition=Q(working_days__gte=1)),)

    def __str__(self) -> str:
        return f"{self.tier}: {self.working_days} ({self.valid_from})"


class SigningTerm(DatedSetting):
    """Working days in which a unit signs for what is referred to it (R31)."""

    working_days = models.PositiveSmallIntegerField(_("工作日数"))

    class Meta(DatedSetting.Meta):
        verbose_name = _("签收时限")
        verbose_name_plural = _("签收时限")
        constraints = (models.CheckConstraint(name="signingterm_at_least_a_day", condition=Q(working_days__gte=1)),)

    def __str__(self) -> str:
        return f"{self.working_days} ({self.valid_from})"


class WarningLadder(DatedSetting):
    """The rungs that running clocks climb, from a day on. `rungs` say when, and who is told."""

    # When the alarms of running clocks were set by this ladder: the first scan after it came into force does it.
    applied_at = models.DateTimeField(null=True, editable=False)

    class Meta(DatedSetting.Meta):
        verbose_name = _("预警规则")
        verbose_name_plural = _("预警规则")

    def __str__(self) -> str:
        return f"{self.valid_from} {self.note}"


class Measure(models.TextChoices):
    """What a rung's `amount` counts."""

    SHARE_LEFT = "share_left", _("时限剩余百分比")
    DAYS_LEFT = "days_left", _("剩余工作日")
    DAYS_LATE = "days_late", _("逾期工作日")


class Audience(models.TextChoices):
    """Who is told when a clock reaches a rung."""

    HANDLER = "handler", _("承办人")
    OFFICER = "officer", _("平台的联点干部")
    UNIT_HEAD = "unit_head", _("主办单位负责人")
    BUREAU = "bureau", _("市科技局")
    COMMISSION_OFFICE = "commission_office", _("市委科技办")


class Rung(models.Model):
    """One step of a ladder, for one clock and tier.

    It is reached on the first day on which at most `amount` per cent of the term (rounded down to working days) or
    `amount` working days are left, or at least `amount` working days are late; late by 0 is the day after the due date.
    """

    ladder = models.ForeignKey(WarningLadder, models.CASCADE, related_name="rungs")
    clock = models.CharField(_("时钟"), max_length=10, choices=Clock)
    tier = models.CharField(_("类别"), max_length=1, choices=[(t.value, t.label) for t in CLOCKED_TIERS])
    level = models.CharField(_("级别"), max_length=10, choices=Level)
    step = models.PositiveSmallIntegerField(_("级次"), default=1)
    measure = models.CharField(_("计算方式"), max_length=10, choices=Measure)
    amount = models.PositiveSmallIntegerField(_("数值"))
    tells = ArrayField(models.CharField(max_length=20, choices=Audience), verbose_name=_("通知对象"))
    is_urgent = models.BooleanField(_("夜间和休息日也立即发送"), default=False)

    class Meta:
        ordering = ("clock", "tier", "pk")
        verbose_name = _("预警级次")
        verbose_name_plural = _("预警级次")
        constraints = (
            models.UniqueConstraint(fields=["ladder", "clock", "tier", "level", "step"], name="rung_once_a_ladder"),
            models.CheckConstraint(
                name="rung_share_is_of_a_hundred", condition=~Q(measure=Measure.SHARE_LEFT) | Q(amount__lte=100)
            ),
            models.CheckConstraint(
                name="rung_only_overdue_is_late",
                condition=Q(level=Level.OVERDUE, measure=Measure.DAYS_LATE)
                | ~Q(level=Level.OVERDUE) & ~Q(measure=Measure.DAYS_LATE),
            ),
        )

    def __str__(self) -> str:
        return f"{self.clock} {self.tier} {self.level} {self.step}"


class IssueCategory(NamedInTwoLanguages):
    """Four service domains and 其他, each with its sub-categories (CS-31)."""

    code = models.CharField(_("代码"), max_length=20, unique=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")

    class Meta:
        ordering = ("pk",)
        verbose_name = _("问题类别")
        verbose_name_plural = _("问题类别")


class IssueCounter(models.Model):
    """The last number given out in a year; its row lock hands them out one writer at a time."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class IssueQuerySet(models.QuerySet["Issue"]):
    def visible_to(self, user: User) -> Self:
        """R58: officers the issues of their platforms and those they registered; units what they lead or raised."""
        if user.sees_everything:
            return self
        if user.is_officer:
            own = Platform.objects.visible_to(user).values("pk")
            ways = (Q(platform__in=own), Q(officer__user=user), Q(handler=user))
            # One after the other each way uses its index; an OR of them reads the whole table.
            first, *rest = (Issue.objects.order_by().filter(way).values("pk") for way in ways)
            return self.filter(pk__in=first.union(*rest))
        if user.sees_unit:
            units = Unit.objects.under(user.unit).values("pk")
            return self.filter(Q(lead_unit__in=units) | Q(home_unit__in=units))
        return self.none()

    def editable_by(self, user: User) -> Self:
        """Those who handle: the handler, the platform's officer, the officer first asked until another has accepted
        it (R22), the lead unit's head, the commission office."""
        if user.role == Role.COMMISSION_OFFICE:
            return self
        if user.is_officer:
            return self.visible_to(user)
        if user.role == Role.UNIT_HEAD:
            return self.filter(lead_unit__in=Unit.objects.under(user.unit).values("pk"))
        return self.none()

    def unresolved(self) -> Self:
        return self.filter(state__in=UNRESOLVED)


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
    platform = models.ForeignKey(
        Platform, models.PROTECT, db_index=False, related_name="issues", verbose_name=_("平台")
    )
    visit = models.ForeignKey("visits.Visit", models.PROTECT, null=True, related_name="issues")
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
    tier = models.CharField(_("类别"), max_length=1, choices=Tier)
    term = models.ForeignKey(TierTerm, models.PROTECT, null=True, editable=False, db_index=False, related_name="+")
    nature = models.CharField(_("性质"), max_length=10, choices=Nature, blank=True, default="")
    urgency = models.CharField(_("紧急程度"), max_length=10, choices=Urgency, default=Urgency.NORMAL)
    importance = models.CharField(_("重要性"), max_length=10, choices=Importance, default=Importance.ORDINARY)
    text = models.TextField(_("问题描述"), max_length=2000)

    raised_on = models.DateField(_("提出日期"))
    registered_at = models.DateTimeField(_("登记时间"), editable=False)
    updated_at = models.DateTimeField(editable=False)
    state = models.CharField(_("状态"), max_length=16, choices=State, default=State.OPEN)
    due_on = models.DateField(_("到期日"), null=True, editable=False)
    due_is_provisional = models.BooleanField(default=False, editable=False)
    clock_due_on = models.DateField(null=True, editable=False)
    nearing_on = models.DateField(null=True, editable=False)
    calendar = models.ForeignKey(
        Calendar, models.PROTECT, db_index=False, related_name="+", editable=False, verbose_name=_("日历")
    )
    breached_on = models.DateField(null=True, editable=False)
    judged_on = models.GeneratedField(
        expression=Case(
            When(breached_on__isnull=False, then=F("breached_on") - Value(1, models.IntegerField())),
            # The clock stands still: there is no date to judge by.
            When(state=State.SUSPENDED, plan_confirmed_at=None, then=Value(None, models.DateField(null=True))),
            default=F("due_on"),
            output_field=models.DateField(),
        ),
        output_field=models.DateField(null=True),
        db_persist=True,
    )
    # As the newest version of the statutory deadline has them: what a recalculation of all open issues reads. A date
    # set by a person after review is a date: no working days.
    counted_from = models.DateField(null=True, editable=False)
    working_days = models.PositiveSmallIntegerField(null=True, editable=False)
    # A recalculation that would have moved a date already past, or into the past, leaves it and asks a person.
    needs_review = models.BooleanField(_("到期日待复核"), default=False, editable=False)

    plan_confirmed_at = models.DateTimeField(null=True, editable=False)
    resolved_at = models.DateTimeField(null=True, editable=False)
    settled_on = models.GeneratedField(
        expression=Least(_shanghai_date("plan_confirmed_at"), _shanghai_date("resolved_at")),
        output_field=models.DateField(null=True),
        db_persist=True,
    )
    resolved_on = models.GeneratedField(
        expression=_shanghai_date("resolved_at"), output_field=models.DateField(null=True), db_persist=True
    )
    result = models.CharField(_("处置结果"), max_length=10, choices=Result, blank=True, default="")
    reply = models.TextField(_("答复"), max_length=2000, blank=True, default="")
    is_confirmed_solved = models.BooleanField(_("平台认可已解决"), default=False)

    objects = IssueQuerySet.as_manager()

    class Meta:
        verbose_name = _("问题")
        verbose_name_plural = _("问题")
        constraints = (
            # Not `unique=True`: that would add a second index, for a prefix search nobody makes.
            models.UniqueConstraint(fields=["number"], name="issue_number_once"),
            models.CheckConstraint(name="issue_tier_known", condition=Q(tier__in=Tier.values)),
            models.CheckConstraint(
                name="issue_clocked_tiers_have_a_due_date", condition=Q(tier=Tier.A) | Q(due_on__isnull=False)
            ),
            models.CheckConstraint(
                name="issue_resolved_exactly_with_date_and_result",
                condition=Q(state=State.RESOLVED, resolved_at__isnull=False) & ~Q(result="")
                | ~Q(state=State.RESOLVED) & Q(resolved_at=None, result=""),
            ),
            models.CheckConstraint(
                name="issue_plan_state_has_its_date",
                condition=~Q(state=State.PLAN_CONFIRMED) | Q(plan_confirmed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="issue_no_clock_runs_once_resolved_or_suspended",
                condition=~Q(state__in=[State.RESOLVED, State.SUSPENDED]) | Q(clock_due_on=None),
            ),
            models.CheckConstraint(
                name="issue_running_clock_knows_when_it_nears",
                condition=Q(clock_due_on=None, nearing_on=None)
                | Q(clock_due_on__isnull=False, nearing_on__isnull=False),
            ),
            models.CheckConstraint(
                name="issue_only_solved_is_confirmed_solved",
                condition=Q(is_confirmed_solved=False) | Q(result=Result.SOLVED),
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
                condition=~Q(state=State.RESOLVED),
                name="issue_unresolved",
            ),
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
        if self.clock_due_on is None:
            return None
        return Clock.STATUTORY if self.state == State.OPEN else Clock.PLAN


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


# What a ledger row says is said for good: the database refuses to change or remove it, whoever asks.
UNCHANGEABLE = (
    pgtrigger.Protect(name="refuse_update", operation=pgtrigger.Update),
    pgtrigger.Protect(name="refuse_delete", operation=pgtrigger.Delete),
)


class Deadline(models.Model):
    """One version of one clock's due date. Never changed, never deleted.

    `due_on` is the (`working_days` + `paused_days`)-th working day after `counted_from`; a promised date is a date and
    has no `working_days`. `paused_days` are the working days the clock stood still before this version.
    """

    issue = models.ForeignKey(Issue, models.PROTECT, db_index=False, related_name="deadlines")
    clock = models.CharField(max_length=10, choices=Clock)
    version = models.PositiveSmallIntegerField()
    cause = models.CharField(max_length=20, choices=Cause)
    counted_from = models.DateField()
    working_days = models.PositiveSmallIntegerField(null=True)
    paused_days = models.PositiveSmallIntegerField(default=0)
    previous_due_on = models.DateField(null=True)
    due_on = models.DateField()
    is_provisional = models.BooleanField(default=False)
    calendar_revision = models.PositiveIntegerField()
    reason = models.TextField(blank=True, default="")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
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


class Referral(models.Model):
    """R30, R31: an issue given to a unit, which signs for it. The signing has a clock of its own."""

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="referrals")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("主办单位"))
    note = models.TextField(_("交办说明"), max_length=500, blank=True, default="")
    referred_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    referred_at = models.DateTimeField()
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=["issue"], condition=Q(signed_at=None), name="referral_one_unsigned_an_issue"
            ),
        )

    def __str__(self) -> str:
        return f"{self.issue_id}: {self.unit_id}"


class SuspensionQuerySet(models.QuerySet["Suspension"]):
    def to_review(self, today: date) -> Self:
        """R36: those that go on although the day to look at them again has come."""
        return self.filter(ended_on=None, review_on__lte=today)


class Suspension(models.Model):
    """R36: a span in which an issue's running clock stands still. The day it begins is used, the day it ends is not:
    working days after `began_on` up to and including `ended_on` are given back."""

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="suspensions")
    clock = models.CharField(max_length=10, choices=Clock)
    state_before = models.CharField(max_length=16, choices=State)
    reason = models.TextField(_("挂账原因"), max_length=500)
    review_on = models.DateField(_("复查日期"))
    began_on = models.DateField()
    ended_on = models.DateField(null=True)

    objects = SuspensionQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=["issue"], condition=Q(ended_on=None), name="suspension_one_open_an_issue"),
            models.CheckConstraint(
                name="suspension_ends_after_it_begins", condition=Q(ended_on=None) | Q(ended_on__gte=F("began_on"))
            ),
        )

    def __str__(self) -> str:
        return f"{self.issue_id}: {self.began_on}"


class RequestKind(models.TextChoices):
    EXTEND = "extend", _("申请延期")
    SUSPEND = "suspend", _("申请挂账")
    RETIER = "retier", _("申请调整类别")


class RequestState(models.TextChoices):
    PENDING = "pending", _("待审批")
    APPROVED = "approved", _("已同意")
    REFUSED = "refused", _("未同意")


class Request(models.Model):
    """Something asked by one person and decided by another: more time, a pause, another tier.

    `until` is the new due date of an extension, or the review date of a suspension; `tier` the one asked for.
    """

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="requests")
    kind = models.CharField(max_length=10, choices=RequestKind)
    reason = models.TextField(_("理由"), max_length=500)
    until = models.DateField(null=True)
    tier = models.CharField(max_length=1, choices=Tier, blank=True, default="")
    state = models.CharField(max_length=10, choices=RequestState, default=RequestState.PENDING)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_note = models.TextField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=["issue", "kind"], condition=Q(state=RequestState.PENDING), name="request_one_pending_a_kind"
            ),
            models.CheckConstraint(
                name="request_decided_by_a_second_person",
                condition=Q(state=RequestState.PENDING, decided_by=None)
                | Q(decided_by__isnull=False) & ~Q(decided_by=F("asked_by")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.issue_id} {self.kind} {self.state}"


class SolutionPlan(models.Model):
    """R7: text, unit and person, promised date, platform told. Stops the statutory clock, starts its own."""

    issue = models.OneToOneField(Issue, models.PROTECT, related_name="plan")
    text = models.TextField(_("解决方案"), max_length=2000)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("责任单位"))
    person = models.CharField(_("责任人"), max_length=50)
    promised_on = models.DateField(_("承诺日期"))
    first_promised_on = models.DateField(editable=False)
    told_platform_on = models.DateField(_("告知平台日期"))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["first_promised_on"], name="plan_first_promised"),)

    def __str__(self) -> str:
        return f"{self.issue_id}: {self.promised_on}"


class EventKind(models.TextChoices):
    REGISTERED = "registered", _("登记")
    ANSWERED = "answered", _("当场答复")
    PLAN_CONFIRMED = "plan_confirmed", _("确定解决方案")
    PLAN_MOVED = "plan_moved", _("调整方案承诺日")
    REFERRED = "referred", _("交办")
    SIGNED = "signed", _("签收")
    RETIERED = "retiered", _("调整类别")
    EXTENDED = "extended", _("延期")
    SUSPENDED = "suspended", _("挂账")
    RESUMED = "resumed", _("恢复计时")
    REQUESTED = "requested", _("提出申请")
    REQUEST_REFUSED = "request_refused", _("申请未同意")
    CALENDAR_REVISED = "calendar_revised", _("日历调整，到期日重算")
    REVIEWED = "reviewed", _("到期日复核")
    RESOLVED = "resolved", _("办结")
    WARNED = "warned", _("预警已送达")
    ACKNOWLEDGED = "acknowledged", _("已知悉预警")


class Event(models.Model):
    """What happened, append-only: the issue's timeline. `actor` is null when a job did it."""

    issue = models.ForeignKey(Issue, models.PROTECT, db_index=False, related_name="events")
    kind = models.CharField(max_length=16, choices=EventKind)
    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="+")
    before = models.CharField(max_length=16, blank=True, default="")
    after = models.CharField(max_length=16, blank=True, default="")
    note = models.TextField(blank=True, default="")
    deadline = models.ForeignKey(Deadline, models.PROTECT, null=True, db_index=False, related_name="events")

    class Meta:
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=["issue", "-at"], name="event_timeline"),)
        triggers = UNCHANGEABLE

    def __str__(self) -> str:
        return f"{self.issue_id} {self.kind}"


class Warning(models.Model):  # noqa: A001 - the domain's word; the builtin is not used here
    """That a deadline version reached a rung: once, held by the constraint. `reached_on` is the rung's own day,
    `raised_at` when the scan saw it. Acknowledged, this rung is not brought up again; the next one still comes."""

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="warnings")
    deadline = models.ForeignKey(Deadline, models.PROTECT, db_index=False, related_name="warnings")
    level = models.CharField(max_length=10, choices=Level)
    step = models.PositiveSmallIntegerField(default=1)
    reached_on = models.DateField()
    raised_at = models.DateTimeField()
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=["deadline", "level", "step"], name="warning_once_a_deadline_and_level"),
        )

    def __str__(self) -> str:
        return f"{self.deadline_id} {self.level} {self.step}"
