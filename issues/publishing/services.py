"""A holiday notice takes effect: days change and every running deadline is counted again, in one transaction.

Whatever else makes a revision (a release that ships another year, a repair) is found by the next scan, which counts
again by it: the table says what is owed, not who remembers.
"""

from datetime import date, datetime

from django.db import connection, transaction
from django.urls import reverse

from accounts.models import CALENDAR_KEEPERS, User
from config.clock import now, on_date, today
from issues.recalculation import Count, Report, check_coverage, recount, report
from notices.models import NoticeKind
from notices.quiet_hours import send_after
from notices.services import close_alert, open_alert, tell
from workdays.arranging import check_notice, planned
from workdays.calendar import CalendarCoverageError, current_calendar
from workdays.models import Calendar, CalendarRevision, HolidayNotice
from workdays.services import apply_notice, change_calendars, propose_notice


@transaction.atomic
def propose(
    calendar: Calendar, text: str, *, actor: User, year: int | None = None, document_number: str = ""
) -> HolidayNotice:
    """Keeps a notice and tells those who may approve it. Raises ValidationError with the lines that are wrong."""
    notice = propose_notice(calendar, text, actor=actor, year=year, document_number=document_number)
    at = now()
    tell(
        User.objects.filter(role__in=CALENDAR_KEEPERS, is_active=True).exclude(pk=actor.pk),
        kind=NoticeKind.ALERT,
        cause=f"holiday-notice/{notice.pk}",
        url=reverse("publishing:detail", args=[notice.pk]),
        data={"code": "holiday-notice", "year": notice.year},
        send_after=send_after(at, current_calendar()),
    )
    return notice


@transaction.atomic
def preview(notice: HolidayNotice) -> Report:
    """What approving the notice would do to the running deadlines. Writes nothing that stays and keeps nobody waiting.

    Raises ValidationError where the notice does not fit any more, CalendarCoverageError as the recount does.
    """
    check_notice(notice)
    plans = list(planned(notice))
    with connection.cursor() as cursor:
        cursor.execute(PROPOSED)
        with cursor.copy("COPY proposed_days FROM STDIN") as copy:
            for plan in plans:
                for row in plan.sequenced():
                    copy.write_row((plan.calendar.pk, *row))
        cursor.execute("ANALYZE proposed_days")
    # Nothing is stamped with a revision here, so any number will do.
    count = Count([(plan.calendar.pk, 0, plan.final_through) for plan in plans], today(), "proposed_days")
    check_coverage(count)
    found = report(count)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE proposed_days")
    return found


TOO_SHORT = "calendar-too-short"
PROPOSED = """
CREATE TEMPORARY TABLE proposed_days (calendar_id bigint, date date, kind text, seq integer) ON COMMIT DROP
"""


@transaction.atomic
def publish(notice: HolidayNotice, *, actor: User) -> Report:
    """The second person's approval: days, deadlines, ledger and report together, or nothing.

    Raises ValidationError where the notice cannot be applied any more or the actor may not, CalendarCoverageError where
    a running deadline would lie beyond the calendar.
    """
    apply_notice(notice, actor=actor)
    counted = _recount(now(), actor, reason=notice.document_number or str(notice.year))
    notice.report = counted.as_json
    notice.save(update_fields=["report"])
    return counted


def catch_up() -> Report:
    """Counts again by revisions that nobody counted by yet. One small statement where there is none.

    Where a deadline would lie beyond its calendar nothing is written, the revision stays owed and administrators are
    told: the scan must not stop for it.
    """
    if not _pending():
        return Report()
    try:
        with transaction.atomic():
            change_calendars()
            report = _recount(now(), None, reason="")
    except CalendarCoverageError as error:
        open_alert(TOO_SHORT, {"words": str(error)})
        return Report()
    close_alert(TOO_SHORT)
    return report


def _recount(at: datetime, actor: User | None, *, reason: str) -> Report:
    count = _count(_pending(), on_date(at))
    check_coverage(count)
    found = report(count).examples
    counted = recount(count, at=at, actor_id=actor.pk if actor else None, reason=reason)
    CalendarRevision.objects.filter(recounted_at=None).update(recounted_at=at)
    return Report(counted.moved, counted.confirmed, counted.kept, found)


def _pending() -> list[CalendarRevision]:
    """The newest revision of every calendar that has one nobody counted by."""
    return list(
        CalendarRevision.objects.filter(recounted_at=None).order_by("calendar_id", "-pk").distinct("calendar_id")
    )


def _count(revisions: list[CalendarRevision], day: date) -> Count:
    return Count([(each.calendar_id, each.pk, each.final_through) for each in revisions], day)
