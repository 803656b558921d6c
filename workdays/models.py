"""The working calendar as data: one row a day and calendar, one revision a change, one notice as its reason."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from config.ledger import audited, change_of

NATIONAL = "CN"


class DayKind(models.TextChoices):
    WORKING = "working", _("工作日")
    WEEKEND = "weekend", _("周末")
    HOLIDAY = "holiday", _("节假日")
    MAKE_UP = "make_up", _("调休上班")


WORKED = (DayKind.WORKING, DayKind.MAKE_UP)


class Calendar(models.Model):
    """The national calendar, or a regional one that follows it and overrides single days both ways.

    Every calendar holds all its days, those it shares with the nation too: arithmetic needs one table and no rule.
    """

    code = models.CharField(_("代码"), max_length=10, unique=True)
    name = models.CharField(_("名称"), max_length=50)
    name_en = models.CharField(_("英文名称"), max_length=50, blank=True, default="")

    class Meta:
        ordering = ("pk",)
        verbose_name = _("日历")
        verbose_name_plural = _("日历")

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return (self.name_en if (get_language() or "").startswith("en") else "") or self.name

    @property
    def is_national(self) -> bool:
        return self.code == NATIONAL


class NoticeState(models.TextChoices):
    PROPOSED = "proposed", _("待复核")
    APPLIED = "applied", _("已生效")
    REFUSED = "refused", _("未通过")
    WITHDRAWN = "withdrawn", _("已撤回")


class HolidayNotice(models.Model):
    """A published arrangement of days, as somebody entered it. A second person's approval applies it.

    `days` holds one object a day: date, kind (off or make_up, or working where an earlier notice is taken back),
    name and the line it stands on. `report` is what applying it did to the deadlines that were running.
    """

    calendar = models.ForeignKey(Calendar, models.PROTECT, related_name="notices", verbose_name=_("日历"))
    year = models.PositiveSmallIntegerField(_("年份"))
    document_number = models.CharField(_("文号"), max_length=60, blank=True, default="")
    text = models.TextField(_("通知内容"), max_length=20_000)
    days = models.JSONField(default=list)
    state = models.CharField(_("状态"), max_length=10, choices=NoticeState, default=NoticeState.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    report = models.JSONField(default=dict)

    class Meta:
        ordering = ("-pk",)
        verbose_name = _("放假安排通知")
        verbose_name_plural = _("放假安排通知")
        constraints = (
            models.CheckConstraint(
                name="holidaynotice_decided_by_a_second_person",
                condition=models.Q(state__in=[NoticeState.PROPOSED, NoticeState.WITHDRAWN], decided_by=None)
                | models.Q(decided_by__isnull=False) & ~models.Q(decided_by=models.F("proposed_by")),
            ),
            models.UniqueConstraint(
                fields=["calendar", "year"],
                condition=models.Q(state=NoticeState.PROPOSED),
                name="holidaynotice_one_proposed_a_year",
            ),
        )
        triggers = (
            audited(
                *("year", "document_number", "state"),
                label="r.year || ' ' || r.document_number",
                action="CASE TG_OP WHEN 'INSERT' THEN 'create' ELSE 'decide' END",
                operation=pgtrigger.Insert | change_of("state"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.calendar_id} {self.year} {self.document_number}"


class CalendarRevision(models.Model):
    """One change of one calendar. A deadline remembers the revision it was computed with.

    `final_through`: the last day that later notices no longer move, 28 December of the last published year (R6 of
    working-day counting: later notices have moved 29-31 December).
    """

    calendar = models.ForeignKey(Calendar, models.PROTECT, related_name="revisions", verbose_name=_("日历"))
    notice = models.ForeignKey(
        HolidayNotice, models.PROTECT, null=True, related_name="revisions", verbose_name=_("放假安排通知")
    )
    final_through = models.DateField(_("确定至"))
    note = models.CharField(_("说明"), max_length=200)
    created_at = models.DateTimeField(_("生成时间"))
    # When the deadlines that were running were counted again by it: at once by a publication, else by the next scan.
    recounted_at = models.DateTimeField(_("重算时间"), null=True, editable=False)

    class Meta:
        verbose_name = _("日历修订")
        verbose_name_plural = _("日历修订")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.pk}: {self.note}"


class CalendarDay(models.Model):
    """A day of a calendar.

    `seq` counts the working days up to and including the day: the n-th working day after D is the working day with
    `seq(D) + n`. The index on it is plain, not unique, because re-sequencing passes through equal values.
    `is_local`: a regional calendar's own decision, which a national notice does not touch.
    """

    calendar = models.ForeignKey(Calendar, models.PROTECT, db_index=False, related_name="days", verbose_name=_("日历"))
    date = models.DateField(_("日期"))
    kind = models.CharField(_("种类"), max_length=8, choices=DayKind)
    name = models.CharField(_("名称"), max_length=20, blank=True, default="")
    year_notice = models.PositiveSmallIntegerField(_("通知年度"), null=True, blank=True)
    notice = models.ForeignKey(
        HolidayNotice, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("放假安排通知")
    )
    is_local = models.BooleanField(_("本地调整"), default=False)
    seq = models.PositiveIntegerField(_("工作日序号"))

    class Meta:
        verbose_name = _("日历日")
        verbose_name_plural = _("日历日")
        ordering = ("calendar", "date")
        constraints = (models.UniqueConstraint(fields=["calendar", "date"], name="calendarday_once"),)
        indexes = (models.Index(fields=["calendar", "seq"], name="calendarday_seq"),)

    def __str__(self) -> str:
        return f"{self.date} {self.kind}"
