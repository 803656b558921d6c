"""What an officer owes a platform by a day: a first contact, a first visit, a contact a quarter."""

from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Least
from django.utils.translation import gettext_lazy as _

from accounts.models import DatedSetting, User
from config.clock import today
from config.ledger import audited
from liaisons.models.assignments import Assignment, Officer
from platforms.models import Platform


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
        """Who may write the platform's word down (R18): its officer, or whoever stands in for that one, the bureau, and
        the platform's own contact."""
        if user.keeps_register:
            return self
        if user.is_officer:
            platforms = Platform.objects.contacted_by(user)
            return self.filter(platform__in=platforms.values("pk"), assignment__ended_on=None)
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
    # The day on which nobody owed it any more; null while somebody does.
    settled_on = models.GeneratedField(
        expression=Coalesce("met_on", "waived_on"),
        output_field=models.DateField(null=True),
        db_persist=True,
        null=True,
        verbose_name=_("了结日期"),
    )
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
            # The order of the list: what is owed by due day, then what is not any more, the last first.
            models.Index(fields=["-settled_on", "due_on", "id"], name="duty_owed_first"),
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
