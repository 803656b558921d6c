"""The ledger of an issue's due dates as a table: which version, why, from which date to which."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from issues.models import Cause, Clock, Deadline


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One line of templates/issues/_versions.html."""

    clock: str
    number: int
    cause: str
    old: date | None
    new: date
    counted_from: date
    days: str
    is_provisional: bool
    revision: int
    by: str
    at: datetime
    reason: str


def version_rows(deadlines: Iterable[Deadline]) -> list[VersionRow]:
    """Every version of every clock, the newest first."""
    rows = [
        VersionRow(
            clock=str(Clock(each.clock).label),
            number=each.version,
            cause=str(Cause(each.cause).label),
            old=each.previous_due_on if each.previous_due_on != each.due_on else None,
            new=each.due_on,
            counted_from=each.counted_from,
            days=_days(each),
            is_provisional=each.is_provisional,
            revision=each.calendar_revision,
            by=each.actor.name if each.actor else _("系统"),
            at=each.created_at,
            reason=each.reason,
        )
        for each in deadlines
    ]
    return rows[::-1]


def _days(version: Deadline) -> str:
    """How it was counted, in words short enough for a cell."""
    if version.working_days is None:
        return _("定日，不按工作日计算")
    days = version.working_days
    words = ngettext("%(days)s个工作日", "%(days)s个工作日", days) % {"days": days}
    if version.paused_days:
        words += _("，另还停表%(days)d天") % {"days": version.paused_days}
    return words
