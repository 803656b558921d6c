"""Officers, and which platforms each looks after: from when to when."""

from datetime import date, timedelta
from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Least
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import DatedSetting, Role, Unit, User
from config.clock import now, today
from config.ledger import audited
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

    user = models.OneToOneField(User, models.PROTECT, related_name="officer")
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
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # Up to the end of which quarter its duties are written (liaisons.duties); none yet where it is new or corrected.
    duties_through = models.DateField(null=True, editable=False)

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


class DutyRule(DatedSetting):
    """Which contacts an assignment owes, and by when (R16-R20). A duty keeps the rule it arose under (R9)."""

    owes_first_contact = models.BooleanField(_("要求首次联系"), default=True)
    week_ends_on = models.PositiveSmallIntegerField(
        _("首次联系截至星期几"),
        default=7,
        validators=[MinValueValidator(1), MaxValueValidator(7)],
        help_text=_("1至7，7为星期日；安排当周的这一天24:00前联系到位。"),
    )
    contact_days = models.PositiveSmallIntegerField(
        _("首次联系至少留几天"),
        default=3,
        validators=[MaxValueValidator(6)],
        help_text=_("安排日之后不足这些天的，顺延到下一周的同一天。"),
    )
    owes_first_visit = models.BooleanField(_("要求首次走访"), default=True)
    visit_days = models.PositiveSmallIntegerField(
        _("首次走访至少留几天"),
        default=10,
        validators=[MaxValueValidator(27)],
        help_text=_("安排当月的最后一天前完成；安排日之后不足这些天的，顺延到下月最后一天。"),
    )
    owes_quarterly_contact = models.BooleanField(_("要求每季度主动联系一次"), default=True)
    quarter_days = models.PositiveSmallIntegerField(
        _("季度联系至少留几个工作日"),
        default=15,
        validators=[MaxValueValidator(60)],
        help_text=_("本季安排、其后不足这些工作日的，本季免。"),
    )
    remind_days = models.PositiveSmallIntegerField(
        _("首次联系和走访提前几个工作日提醒"), default=5, validators=[MaxValueValidator(60)]
    )
    remind_quarter_days = models.PositiveSmallIntegerField(
        _("季度联系提前几个工作日提醒"), default=15, validators=[MaxValueValidator(60)]
    )

    class Meta(DatedSetting.Meta):
        verbose_name = _("联系走访要求")
        verbose_name_plural = _("联系走访要求")
        constraints = (
            models.CheckConstraint(
                name="dutyrule_week_ends_on_a_weekday", condition=Q(week_ends_on__range=(1, 7), contact_days__lte=6)
            ),
            models.CheckConstraint(name="dutyrule_visit_within_a_month", condition=Q(visit_days__lte=27)),
        )
        triggers = (
            audited(
                "valid_from",
                "note",
                "owes_first_contact",
                "week_ends_on",
                "contact_days",
                "owes_first_visit",
                "visit_days",
                "owes_quarterly_contact",
                "quarter_days",
                "remind_days",
                "remind_quarter_days",
                label="r.valid_from",
            ),
        )

    def __str__(self) -> str:
        return str(self.valid_from)


class DutyKind(models.TextChoices):
    FIRST_CONTACT = "first_contact", _("首次联系")
    FIRST_VISIT = "first_visit", _("首次走访")
    QUARTERLY_CONTACT = "quarterly_contact", _("季度联系")


class DutyState(models.TextChoices):
    """Every duty is at exactly one of these on a day; DutyQuerySet.with_state says at which."""

    OPEN = "open", _("待完成")
    OVERDUE = "overdue", _("过期未完成")
    MET = "met", _("按期完成")
    MET_LATE = "met_late", _("过期后完成")
    WAIVED = "waived", _("无需走访")
    LAPSED = "lapsed", _("联点已结束")


class DutyQuerySet(models.QuerySet["Duty"]):
    def visible_to(self, user: User) -> Self:
        if user.sees_everything:
            return self
        return self.filter(platform__in=Platform.objects.visible_to(user).values("pk"))

    def editable_by(self, user: User) -> Self:
        """Who may write the platform's word down (R18): its officer, the bureau, and the platform's own contact."""
        if user.keeps_register:
            return self
        if user.is_officer:
            return self.filter(assignment__officer__user=user, assignment__ended_on=None)
        return self.visible_to(user) if user.is_contact else self.none()

    def with_state(self) -> Any:
        """Adds `state`, a DutyState as of today."""
        day = today()
        return self.annotate(
            state=Case(
                When(waived_on__isnull=False, then=Value(DutyState.WAIVED.value)),
                When(met_on__lte=F("due_on"), then=Value(DutyState.MET.value)),
                When(met_on__isnull=False, then=Value(DutyState.MET_LATE.value)),
                When(~_held(), then=Value(DutyState.LAPSED.value)),
                When(due_on__lt=day, then=Value(DutyState.OVERDUE.value)),
                default=Value(DutyState.OPEN.value),
                output_field=models.CharField(),
            )
        )

    def with_holder(self) -> Any:
        """Adds `holder`, the key of the officer whose it is (R51): of a quarterly contact the platform's officer of the
        day, in the end of the due day; nobody where the platform had none."""
        quarterly = Subquery(_in_force().values("officer")[:1])
        return self.annotate(
            holder=Case(
                When(kind=DutyKind.QUARTERLY_CONTACT, then=quarterly),
                default=F("assignment__officer"),
                output_field=models.BigIntegerField(),
            )
        )

    def held_by(self, officers: "models.QuerySet[Officer]") -> Self:
        """Those whose `holder` is one of these."""
        keys = officers.values("pk")
        is_quarterly = Q(kind=DutyKind.QUARTERLY_CONTACT)
        return self.filter(
            is_quarterly & Exists(_in_force().filter(officer__in=keys))
            | ~is_quarterly & Q(assignment__officer__in=keys)
        )

    def still_to_do(self) -> Self:
        """What somebody can still do: a quarter that has gone cannot be made good, a first contact can."""
        quarter_runs = Q(kind=DutyKind.QUARTERLY_CONTACT, due_on__gte=today()) & _held()
        return self.filter(
            quarter_runs | ~Q(kind=DutyKind.QUARTERLY_CONTACT) & Q(assignment__ended_on=None),
            met_on=None,
            waived_on=None,
        )


class Duty(models.Model):
    """One contact that is owed: a first contact or first visit by an assignment, a quarterly contact by a platform.

    `assignment` is the one it arose from. Contacts from `from_on` on meet it, a quarterly one up to `due_on`; `met_on`
    is the earliest day of one. Written by liaisons.duties only.
    """

    kind = models.CharField(_("任务"), max_length=20, choices=DutyKind)
    platform = models.ForeignKey(
        Platform, models.PROTECT, db_index=False, related_name="duties", verbose_name=_("平台")
    )
    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="duties", verbose_name=_("联点关系"))
    rule = models.ForeignKey(DutyRule, models.PROTECT, db_index=False, related_name="+")
    from_on = models.DateField(_("起算日"))
    due_on = models.DateField(_("期限"))
    met_on = models.DateField(_("完成日期"), null=True)
    # The room of visits lies above this one.
    met_by = models.ForeignKey("visits.Visit", models.PROTECT, null=True, related_name="duties")
    # The day on which the platform said that no visit is needed; null again once it says otherwise.
    waived_on = models.DateField(_("平台表示无需走访"), null=True)
    created_at = models.DateTimeField()

    objects = DutyQuerySet.as_manager()

    class Meta:
        ordering = ("-due_on", "-pk")
        verbose_name = _("联系任务")
        verbose_name_plural = _("联系任务")
        constraints = (
            models.UniqueConstraint(
                fields=["assignment", "kind"],
                condition=~Q(kind=DutyKind.QUARTERLY_CONTACT),
                name="duty_first_ones_once_an_assignment",
            ),
            models.UniqueConstraint(
                fields=["platform", "from_on"],
                condition=Q(kind=DutyKind.QUARTERLY_CONTACT),
                name="duty_quarterly_once_a_platform_and_quarter",
            ),
            models.CheckConstraint(name="duty_falls_due_after_it_begins", condition=Q(due_on__gte=F("from_on"))),
            models.CheckConstraint(
                name="duty_met_by_a_visit",
                condition=Q(met_on=None, met_by=None) | Q(met_on__gte=F("from_on"), met_by__isnull=False),
            ),
            models.CheckConstraint(
                name="duty_only_a_first_visit_is_waived",
                condition=Q(waived_on=None) | Q(kind=DutyKind.FIRST_VISIT, met_on=None),
            ),
        )
        indexes = (
            models.Index(fields=["platform", "-due_on"], name="duty_of_platform"),
            models.Index(fields=["-due_on", "-id"], name="duty_newest"),
            models.Index(fields=["kind", "due_on"], condition=Q(met_on=None, waived_on=None), name="duty_owed"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.platform_id} {self.due_on}"


def _in_force() -> "models.QuerySet[Assignment]":
    """Within a query of duties: the assignment of the platform that holds today, of a duty past on its due day."""
    day = Least(OuterRef("due_on"), Value(today()))
    return Assignment.objects.filter(
        Q(ended_on=None) | Q(ended_on__gte=day), platform=OuterRef("platform"), started_on__lte=day
    )


def _held() -> Q:
    """Within a query of duties: somebody still had it when it fell due, or has it today."""
    is_quarterly = Q(kind=DutyKind.QUARTERLY_CONTACT)
    own = Q(assignment__ended_on=None) | Q(assignment__ended_on__gte=Least(F("due_on"), Value(today())))
    return is_quarterly & Exists(_in_force()) | ~is_quarterly & own


class WordChannel(models.TextChoices):
    PHONE = "phone", _("电话")
    WECHAT = "wechat", _("微信")
    VIDEO = "video", _("视频")
    MEETING = "meeting", _("会议")
    LETTER = "letter", _("书面")
    ONLINE = "online", _("平台在线填写")


class PlatformWord(models.Model):
    """What the platform itself said of its first visit (R18): not needed, or needed after all. Only ever added to."""

    class Says(models.TextChoices):
        NOT_NEEDED = "not_needed", _("无需走访")
        WANTED = "wanted", _("仍需走访")

    duty = models.ForeignKey(Duty, models.PROTECT, related_name="words")
    says = models.CharField(max_length=12, choices=Says)
    said_by = models.CharField(_("平台方说的人"), max_length=50)
    said_on = models.DateField(_("哪一天说的"))
    channel = models.CharField(_("通过什么方式"), max_length=10, choices=WordChannel)
    note = models.CharField(_("说明"), max_length=200, blank=True, default="")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        verbose_name = _("平台表示")
        verbose_name_plural = _("平台表示")

    def __str__(self) -> str:
        return f"{self.duty_id} {self.says} {self.said_on}"

    @property
    def masked_name(self) -> str:
        """R57."""
        return f"{self.said_by[:1]}*"


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
