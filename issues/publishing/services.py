"""A holiday notice takes effect: days change and every running deadline is counted again, in one transaction.

Whatever else makes a revision (a release that ships another year, a repair) is found by the next scan, which counts
again by it: the table says what is owed, not who remembers.
"""

from datetime import date, datetime

from django.db import transaction

from accounts.models import User
from config.clock import now, on_date, today
from issues.recalculation import Count, Report, recount, report
from workdays.models import CalendarRevision, HolidayNotice
from workdays.services import apply_notice, change_calendars


def preview(notice: HolidayNotice) -> Report:
    """What approving the notice would do to the running deadlines: it is applied, looked at and taken back.

    Raises what apply_notice and the recount raise.
    """
    with transaction.atomic():
        apply_notice(notice, actor=None)
        found = report(_count(_pending(), today()))
        transaction.set_rollback(True)
    return found


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
    """Counts again by revisions that nobody counted by yet. One small statement where there is none."""
    if not _pending():
        return Report()
    with transaction.atomic():
        change_calendars()
        return _recount(now(), None, reason="")


def _recount(at: datetime, actor: User | None, *, reason: str) -> Report:
    pending = _pending()
    found = report(_count(pending, on_date(at))).examples
    counted = recount(_count(pending, on_date(at)), at=at, actor_id=actor.pk if actor else None, reason=reason)
    CalendarRevision.objects.filter(recounted_at=None).update(recounted_at=at)
    return Report(counted.moved, counted.confirmed, counted.kept, found)


def _pending() -> list[CalendarRevision]:
    """The newest revision of every calendar that has one nobody counted by."""
    return list(
        CalendarRevision.objects.filter(recounted_at=None).order_by("calendar_id", "-pk").distinct("calendar_id")
    )


def _count(revisions: list[CalendarRevision], day: date) -> Count:
    return Count([(each.calendar_id, each.pk, each.final_through) for each in revisions], day)
