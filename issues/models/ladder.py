"""What the city sets, each from a day on: the terms, and the rungs that running clocks climb."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import DatedSetting
from config.ledger import audited
from issues.models.choices import CLOCKED_TIERS, Clock, Level


class TierTerm(DatedSetting):
    """Working days a tier may take, from a day on (R5). An issue keeps the term it was registered under (R9)."""

    tier = models.CharField(_("类别"), max_length=1, choices=[(t.value, t.label) for t in CLOCKED_TIERS])
    working_days = models.PositiveSmallIntegerField(_("工作日数"))

    class Meta(DatedSetting.Meta):
        verbose_name = _("办理时限")
        verbose_name_plural = _("办理时限")
        constraints = (models.CheckConstraint(name="tierterm_at_least_a_day", condition=Q(working_days__gte=1)),)
        triggers = (audited("valid_from", "note", "tier", "working_days", label="r.tier || ' ' || r.valid_from"),)

    def __str__(self) -> str:
        return f"{self.tier}: {self.working_days} ({self.valid_from})"


class SigningTerm(DatedSetting):
    """Working days in which a unit signs for what is referred to it (R31)."""

    working_days = models.PositiveSmallIntegerField(_("工作日数"))

    class Meta(DatedSetting.Meta):
        verbose_name = _("签收时限")
        verbose_name_plural = _("签收时限")
        constraints = (models.CheckConstraint(name="signingterm_at_least_a_day", condition=Q(working_days__gte=1)),)
        triggers = (audited("valid_from", "note", "working_days", label="r.valid_from"),)

    def __str__(self) -> str:
        return f"{self.working_days} ({self.valid_from})"


class FirstReplyTerm(DatedSetting):
    """Working days in which the first person asked says what becomes of a platform's own request (R22, R23)."""

    working_days = models.PositiveSmallIntegerField(_("工作日数"))

    class Meta(DatedSetting.Meta):
        verbose_name = _("首次回复时限")
        verbose_name_plural = _("首次回复时限")
        constraints = (models.CheckConstraint(name="firstreplyterm_at_least_a_day", condition=Q(working_days__gte=1)),)
        triggers = (audited("valid_from", "note", "working_days", label="r.valid_from"),)

    def __str__(self) -> str:
        return f"{self.working_days} ({self.valid_from})"


class HandlingRule(DatedSetting):
    """What units and platforms have, in working days, beside the tiers' terms (R32, R33, R39), and when the commission
    office calls (R45, R46) and supervises (R42)."""

    return_within = models.PositiveSmallIntegerField(_("退回期限（交办后工作日数）"), default=2)
    return_decided_within = models.PositiveSmallIntegerField(_("退回裁定期限（工作日数）"), default=1)
    support_within = models.PositiveSmallIntegerField(_("协办答复期限（工作日数）"), default=3)
    ask_again_after = models.PositiveSmallIntegerField(_("未反馈再次询问（办结后工作日数）"), default=5)
    silent_after = models.PositiveSmallIntegerField(_("按未反馈办理（办结后工作日数）"), default=10)
    call_within = models.PositiveSmallIntegerField(_("评价不满意的回访期限（工作日数）"), default=1)
    follow_up_percent = models.PositiveSmallIntegerField(_("其余确认后抽取回访的比例（百分数）"), default=10)
    supervised_late = models.PositiveSmallIntegerField(_("宜督办：逾期达到的工作日数"), default=5)
    supervised_redos = models.PositiveSmallIntegerField(_("宜督办：重办达到的次数"), default=2)
    supervised_returns = models.PositiveSmallIntegerField(_("宜督办：退回达到的次数"), default=2)

    class Meta(DatedSetting.Meta):
        verbose_name = _("办理规则")
        verbose_name_plural = _("办理规则")
        constraints = (
            models.CheckConstraint(
                name="handlingrule_asks_before_it_gives_up",
                condition=Q(ask_again_after__gte=1, silent_after__gt=F("ask_again_after")),
            ),
            models.CheckConstraint(
                name="handlingrule_at_least_a_day",
                condition=Q(
                    return_within__gte=1, return_decided_within__gte=1, support_within__gte=1, call_within__gte=1
                ),
            ),
            models.CheckConstraint(
                name="handlingrule_draws_a_share", condition=Q(follow_up_percent__gte=0, follow_up_percent__lte=100)
            ),
            models.CheckConstraint(
                name="handlingrule_supervises_what_happened",
                condition=Q(supervised_late__gte=1, supervised_redos__gte=1, supervised_returns__gte=1),
            ),
        )
        triggers = (
            audited(
                "valid_from",
                "note",
                "return_within",
                "return_decided_within",
                "support_within",
                "ask_again_after",
                "silent_after",
                "call_within",
                "follow_up_percent",
                "supervised_late",
                "supervised_redos",
                "supervised_returns",
                label="r.valid_from",
            ),
        )

    def __str__(self) -> str:
        return f"{self.valid_from} {self.note}"


class WarningLadder(DatedSetting):
    """The rungs that running clocks climb, from a day on. `rungs` say when, and who is told."""

    # When the alarms of running clocks were set by this ladder: the first scan after it came into force does it.
    applied_at = models.DateTimeField(_("启用时间"), null=True, editable=False)

    class Meta(DatedSetting.Meta):
        verbose_name = _("预警规则")
        verbose_name_plural = _("预警规则")
        triggers = (audited("valid_from", "note", label="r.valid_from"),)

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

    ladder = models.ForeignKey(WarningLadder, models.CASCADE, related_name="rungs", verbose_name=_("预警规则"))
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
        triggers = (
            audited(
                *("ladder_id", "clock", "tier", "level", "step", "measure", "amount", "tells", "is_urgent"),
                label="r.clock || ' ' || r.tier || ' ' || r.level || ' ' || r.step",
            ),
        )

    def __str__(self) -> str:
        return f"{self.clock} {self.tier} {self.level} {self.step}"
