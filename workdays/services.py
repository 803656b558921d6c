"""Every change of a calendar: one at a time, sequenced, with a revision for each calendar that it changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.utils.translation import gettext as _

from config.clock import now, today
from workdays.arranging import check, check_notice, kept_days, wanted_days
from workdays.holiday_notice import parse
from workdays.models import NATIONAL, WORKED, Calendar, CalendarDay, CalendarRevision, HolidayNotice, NoticeState
from workdays.shipped import KEPT_FIELDS, Kept, final_through, shipped_days

# One key for all calendars: they change a few times a year.
CALENDARS_LOCK = 7_205_759_001


@dataclass(frozen=True)
class LoadResult:
    first: date
    last: date
    final_through: date
    changed_days: int


def hold_calendars_still() -> None:
    """No calendar changes before this transaction ends. Whoever writes a deadline calls it before anything else."""
    _lock("SELECT pg_advisory_xact_lock_shared(%s)")


def change_calendars() -> None:
    """Waits for whoever holds the calendars still, and keeps others out until this transaction ends."""
    _lock("SELECT pg_advisory_xact_lock(%s)")


def _lock(statement: str) -> None:
    if not connection.in_atomic_block:
        raise TransactionManagementError("the lock would end with its own statement: open a transaction first")
    with connection.cursor() as cursor:
        cursor.execute(statement, [CALENDARS_LOCK])


@transaction.atomic
def load_calendar(note: str) -> LoadResult:
    """Writes the shipped years into the national calendar and into those that follow it.

    What an applied notice decided stays. A repeat changes nothing and makes no revision.
    """
    change_calendars()
    national = Calendar.objects.get(code=NATIONAL)
    known = kept_days(national)
    applied = set(_applied_years(national))
    shipped = shipped_days()
    wanted = {
        day: kept
        for day, kept in shipped.items()
        if day not in known or not (known[day].notice_id or (kept.year_notice is None and day.year in applied))
    }
    through = max([final_through(shipped), *(date(year, 12, 28) for year in applied)])
    changed = rewrite(national, wanted, through, note=note)
    follow_national(note=note)
    first, *_rest, last = sorted({*known, *shipped})
    return LoadResult(first, last, through, changed)


@transaction.atomic
def create_regional_calendar(code: str, name: str, name_en: str = "") -> Calendar:
    """A calendar that starts as a copy of the nation's and follows it on every day it does not decide for itself."""
    change_calendars()
    calendar = Calendar.objects.create(code=code, name=name, name_en=name_en)
    follow_national(note="copy of the national calendar")
    return calendar


def rewrite(
    calendar: Calendar, wanted: Mapping[date, Kept], through: date, *, note: str, notice: HolidayNotice | None = None
) -> int:
    """Makes the days of `wanted` what they should be and sequences the calendar anew; the number of days it changed.

    A revision is made when a day or `final_through` changed. The caller holds `change_calendars()`.
    """
    known = kept_days(calendar)
    changed = {day: kept for day, kept in wanted.items() if known.get(day) != kept}
    newest = calendar.revisions.order_by("-pk").first()
    if not changed and newest is not None and newest.final_through == through:
        return 0
    CalendarDay.objects.bulk_create(
        [CalendarDay(calendar=calendar, date=day, seq=0, **kept._asdict()) for day, kept in changed.items()],
        update_conflicts=True,
        unique_fields=["calendar", "date"],
        update_fields=KEPT_FIELDS,
    )
    _sequence(calendar)
    CalendarRevision.objects.create(
        calendar=calendar, notice=notice, final_through=through, note=note, created_at=now()
    )
    return len(changed)


def follow_national(*, note: str, notice: HolidayNotice | None = None) -> None:
    """Every regional calendar takes the nation's days over, except those it decided itself."""
    national = Calendar.objects.get(code=NATIONAL)
    newest = national.revisions.order_by("-pk").first()
    if newest is None:
        return
    days = kept_days(national)
    for region in Calendar.objects.exclude(pk=national.pk):
        local = {day for day, kept in kept_days(region).items() if kept.is_local}
        wanted = {day: kept for day, kept in days.items() if day not in local}
        rewrite(region, wanted, newest.final_through, note=note, notice=notice)


@transaction.atomic
def propose_notice(
    calendar: Calendar, text: str, *, actor: AbstractBaseUser, year: int | None = None, document_number: str = ""
) -> HolidayNotice:
    """Keeps a notice for a second person to approve. Raises ValidationError with the lines that are wrong."""
    change_calendars()
    arrangement = parse(text, year=year, is_national=calendar.is_national)
    number = document_number.strip() or arrangement.document_number
    if calendar.notices.filter(year=arrangement.year, state=NoticeState.PROPOSED).exists():
        raise ValidationError(_("%(year)d年已有一份通知在等待复核。") % {"year": arrangement.year})
    check(calendar, arrangement.year, arrangement.days, number, today())
    return HolidayNotice.objects.create(
        calendar=calendar,
        year=arrangement.year,
        document_number=number,
        text=text,
        days=[day.as_json for day in arrangement.days],
        proposed_by_id=actor.pk,
        proposed_at=now(),
    )


@transaction.atomic
def apply_notice(notice: HolidayNotice, *, actor: AbstractBaseUser, at: datetime | None = None) -> CalendarRevision:
    """Writes the notice's days into its calendar, and from the national one into those that follow it.

    `actor` is the second person, whose approval it records. Raises ValidationError where the notice was decided before,
    comes from the same person, or no longer fits. Returns the newest revision of the calendar.
    """
    change_calendars()
    kept = _to_be_decided(notice, actor)
    calendar = kept.calendar
    check_notice(kept)
    newest = calendar.revisions.latest("pk")
    through = newest.final_through
    if calendar.is_national:
        through = max(through, date(kept.year, 12, 28))
    note = kept.document_number or str(kept.year)
    rewrite(calendar, wanted_days(kept, kept_days(calendar)), through, note=note, notice=kept)
    if calendar.is_national:
        follow_national(note=note, notice=kept)
    _decide(notice, NoticeState.APPLIED, actor, at)
    return calendar.revisions.latest("pk")


@transaction.atomic
def refuse_notice(notice: HolidayNotice, *, actor: AbstractBaseUser, at: datetime | None = None) -> None:
    """The second person does not approve; the days stay. Raises ValidationError as apply_notice does."""
    _to_be_decided(notice, actor)
    _decide(notice, NoticeState.REFUSED, actor, at)


@transaction.atomic
def withdraw_notice(notice: HolidayNotice, *, actor: AbstractBaseUser) -> None:
    """Who entered it takes it back before anybody decided. Raises ValidationError otherwise."""
    kept = HolidayNotice.objects.select_for_update().get(pk=notice.pk)
    if kept.state != NoticeState.PROPOSED or kept.proposed_by_id != actor.pk:
        raise ValidationError(_("只有载入的人在复核之前可以撤回。"))
    notice.state = NoticeState.WITHDRAWN
    notice.save(update_fields=["state"])


def _to_be_decided(notice: HolidayNotice, actor: AbstractBaseUser) -> HolidayNotice:
    """The row as it is now, locked."""
    kept = HolidayNotice.objects.select_for_update(of=("self",)).select_related("calendar").get(pk=notice.pk)
    if kept.state != NoticeState.PROPOSED:
        raise ValidationError(_("这份通知已经处理过：%(state)s。") % {"state": kept.get_state_display()})
    if actor.pk == kept.proposed_by_id:
        raise ValidationError(_("载入通知的人不能自己复核，请另一个人来复核。"))
    return kept


def _decide(notice: HolidayNotice, state: NoticeState, actor: AbstractBaseUser, at: datetime | None) -> None:
    notice.state, notice.decided_by_id, notice.decided_at = state, actor.pk, at or now()
    notice.save(update_fields=["state", "decided_by", "decided_at"])


def _applied_years(calendar: Calendar) -> list[int]:
    return list(
        calendar.notices.filter(revisions__calendar=calendar).order_by().values_list("year", flat=True).distinct()
    )


def _sequence(calendar: Calendar) -> None:
    """Only rows whose count changed are written. The index on seq is not unique: half-way two rows may agree.

    The planner learns of the new rows at once: a join that follows in this transaction takes a thousand times as long
    with statistics that know nothing of a calendar.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE workdays_calendarday AS day SET seq = counted.seq
              FROM (SELECT id, count(*) FILTER (WHERE kind = ANY(%s)) OVER (ORDER BY date) AS seq
                      FROM workdays_calendarday WHERE calendar_id = %s) AS counted
             WHERE day.id = counted.id AND day.seq <> counted.seq
            """,
            [[kind.value for kind in WORKED], calendar.pk],
        )
        cursor.execute("ANALYZE workdays_calendarday")
