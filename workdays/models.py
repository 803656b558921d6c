"""The working calendar as data: one row a day, one revision a change."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DayKind(models.TextChoices):
    WORKING = "working", _("工作日")
    WEEKEND = "weekend", _("周末")
    HOLIDAY = "holiday", _("节假日")
    MAKE_UP = "make_up", _("调休上班")


WORKED = (DayKind.WORKING, DayKind.MAKE_UP)


class CalendarRevision(models.Model):
    """One change of the calendar. A deadline remembers the revision it was computed with.

    `final_through`: the last day that later notices no longer move, 28 December of the last published year.
    """

    final_through = models.DateField()
    note = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.pk}: {self.note}"


class CalendarDay(models.Model):
    """A day of the national calendar.

    `seq` counts the working days up to and including the day: the n-th working day after D is the working day with
    `seq(D) + n`. The index on it is plain, not unique, because re-sequencing passes through equal values.
    """

    date = models.DateField(primary_key=True)
    kind = models.CharField(max_length=8, choices=DayKind)
    name = models.CharField(max_length=20, blank=True, default="")
    year_notice = models.PositiveSmallIntegerField(null=True, blank=True)
    seq = models.PositiveIntegerField()

    class Meta:
        ordering = ("date",)
        indexes = (models.Index(fields=["seq"], name="calendarday_seq"),)

    def __str__(self) -> str:
        return f"{self.date} {self.kind}"
