"""What a notice does to the calendar it is for: whether it may, and each day before and after."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from config.clock import today
from workdays.holiday_notice import MAKE_UP, OFF, WORKING, NoticeDay
from workdays.models import WORKED, Calendar, DayKind, HolidayNotice, NoticeState
from workdays.refusal import Refusals
from workdays.shipped import KEPT_FIELDS, Kept, statutory_days, usual
from workdays.strip import holiday_label


@dataclass(frozen=True)
class DayChange:
    """One row of the diff: the day as it is, and as the notice makes it."""

    date: date
    old_kind: str
    old_name: str
    new_kind: str
    new_name: str

    @property
    def old_label(self) -> str:
        return _labelled(self.old_kind, self.old_name)

    @property
    def new_label(self) -> str:
        return _labelled(self.new_kind, self.new_name)


def kept_days(calendar: Calendar) -> dict[date, Kept]:
    """Every day of a calendar, in order."""
    rows = calendar.days.order_by("date").values_list("date", *KEPT_FIELDS)
    return {day: Kept(*kept) for day, *kept in rows}


def is_published(calendar: Calendar, year: int) -> bool:
    """Whether a notice for the year is in force: a shipped or applied one, for a region one of its own."""
    if calendar.is_national:
        return bool(year <= _last_published(calendar))
    return calendar.notices.filter(year=year, state=NoticeState.APPLIED).exists()


def check(calendar: Calendar, year: int, days: Sequence[NoticeDay], document_number: str, today: date) -> None:
    """Raises ValidationError where the notice may not change this calendar, now."""
    last = _last_published(calendar)
    if calendar.is_national and year > last + 1:
        raise ValidationError(_("%(next)d年的放假安排还没有载入，请先载入那一年的。") % {"next": last + 1})
    if not document_number and is_published(calendar, year):
        raise ValidationError(_("%(year)d年的放假安排已经载入过，再改需要填写文号。") % {"year": year})
    known = kept_days(calendar)
    by_law = {day for day, _name in statutory_days()} if calendar.is_national else set()
    refusals = Refusals()
    for each in days:
        if each.date not in known:
            refusals.add(each.line, _("%(day)s不在日历的范围内。") % {"day": each.date})
            continue
        if each.kind != OFF and each.date in by_law:
            refusals.add(each.line, _("%(day)s是法定节假日，不能安排上班。") % {"day": each.date})
        old, new = known[each.date], _as_kept(each)
        changes = (old.kind, old.name) != (new.kind, new.name)
        if each.kind == WORKING and not changes:
            refusals.add(each.line, _("%(day)s原来就没有安排，不用取消。") % {"day": each.date})
        if changes and each.date < today and not document_number:
            refusals.add(each.line, _("%(day)s已经过去，改动过去的日子需要填写文号。") % {"day": each.date})
    refusals.raise_if_any()


def wanted_days(notice: HolidayNotice, known: Mapping[date, Kept]) -> dict[date, Kept]:
    """The rows as the notice would have them.

    The first notice of a national year also takes back the substitutes that had been assumed. Days off that the law
    gives stay off whether the notice repeats them or not.
    """
    named = [NoticeDay.from_json(row) for row in notice.days]
    wanted: dict[date, Kept] = {}
    if notice.calendar.is_national and not is_published(notice.calendar, notice.year):
        by_law = {day for day, _name in statutory_days()}
        wanted = {
            day: usual(day)._replace(notice_id=notice.pk)
            for day, kept in known.items()
            if day.year == notice.year and kept.kind == DayKind.HOLIDAY and kept.year_notice is None
            if day not in by_law and kept.notice_id is None
        }
    is_local = not notice.calendar.is_national
    for each in named:
        wanted[each.date] = _as_kept(each)._replace(year_notice=notice.year, notice_id=notice.pk, is_local=is_local)
    return wanted


def diff(notice: HolidayNotice) -> list[DayChange]:
    """The days that applying the notice now would change for anybody who counts or reads them, in order."""
    known = kept_days(notice.calendar)
    wanted = wanted_days(notice, known)
    return [
        DayChange(day, known[day].kind, known[day].name, new.kind, new.name)
        for day, new in sorted(wanted.items())
        if day in known and (known[day].kind, known[day].name) != (new.kind, new.name)
    ]


def _as_kept(day: NoticeDay) -> Kept:
    if day.kind == OFF:
        return Kept(DayKind.HOLIDAY, day.name)
    if day.kind == MAKE_UP:
        return Kept(DayKind.MAKE_UP, day.name)
    return usual(day.date)


def _last_published(calendar: Calendar) -> int:
    newest = calendar.revisions.order_by("-pk").first()
    if newest is None:
        raise ValidationError(_("“%(calendar)s”还没有日子。") % {"calendar": calendar.label})
    return newest.final_through.year


def _labelled(kind: str, name: str) -> str:
    """In the reader's language: the kind, and the holiday's name behind it."""
    label = str(DayKind(kind).label)
    return f"{label}{_('（')}{holiday_label(name)}{_('）')}" if name else label


@dataclass(frozen=True)
class Planned:
    """A calendar as a notice would leave it."""

    calendar: Calendar
    days: dict[date, Kept]
    final_through: date

    def sequenced(self) -> Iterator[tuple[date, str, int]]:
        """Date, kind and sequence number of each day in order."""
        seq = 0
        for day, kept in sorted(self.days.items()):
            seq += kept.kind in WORKED
            yield day, kept.kind, seq


def planned(notice: HolidayNotice) -> Iterator[Planned]:
    """The calendar of the notice after it, and for the nation's those that follow it."""
    calendar, known = notice.calendar, kept_days(notice.calendar)
    after = {**known, **wanted_days(notice, known)}
    through = calendar.revisions.latest("pk").final_through
    if calendar.is_national:
        through = max(through, date(notice.year, 12, 28))
    yield Planned(calendar, after, through)
    for region in Calendar.objects.exclude(pk=calendar.pk) if calendar.is_national else ():
        own = {day: kept for day, kept in kept_days(region).items() if kept.is_local}
        yield Planned(region, {**after, **own}, through)


def check_notice(notice: HolidayNotice) -> None:
    """Raises ValidationError where a notice that was kept may not change its calendar now."""
    days = [NoticeDay.from_json(row) for row in notice.days]
    check(notice.calendar, notice.year, days, notice.document_number, today())


def missing_holidays(notice: HolidayNotice) -> list[tuple[date, str]]:
    """The days off by law that a national notice does not name: a paste that was cut short says too little."""
    named = {row["date"] for row in notice.days if row["kind"] == OFF}
    by_law = statutory_days() if notice.calendar.is_national else []
    return [(day, name) for day, name in by_law if day.year == notice.year and day.isoformat() not in named]
