"""Why a due date is this date, as facts: the days one by one, and one sentence for the API and for tables."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Protocol

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from issues.models import Cause, Suspension
from workdays.calendar import WorkCalendar
from workdays.models import WORKED, DayKind

START, COUNTED, MAKE_UP, WEEKEND, HOLIDAY, SUSPENDED = "start", "counted", "make_up", "weekend", "holiday", "suspended"
KINDS = {
    DayKind.WORKING: COUNTED,
    DayKind.MAKE_UP: MAKE_UP,
    DayKind.WEEKEND: WEEKEND,
    DayKind.HOLIDAY: HOLIDAY,
}
Pause = tuple[date, date]


@dataclass(frozen=True, slots=True)
class WhyDay:
    """A day between start and due date. `n` counts the working days that are used up; a holiday has its name."""

    date: date
    kind: str
    name: str = ""
    n: int | None = None


@dataclass(frozen=True, slots=True)
class Basis:
    """What a version of a due date says about itself, and when the matter was raised: a redo counts anew."""

    raised_on: date
    counted_from: date
    due_on: date
    working_days: int | None
    is_provisional: bool
    version: int
    cause: str


def pauses_of(suspensions: Iterable[Suspension]) -> list[Pause]:
    """Begin and end of each; one that has not ended goes on."""
    return [(each.began_on, each.ended_on or date.max) for each in suspensions]


def days_of(counted_from: date, due_on: date, pauses: Sequence[Pause], calendar: WorkCalendar) -> list[WhyDay]:
    """Every day from `counted_from` to `due_on`, both included, as the calendar is now.

    A pause uses the day on which it begins, not the one on which it ends.
    """
    days, n = [WhyDay(counted_from, START)], 0
    for entry in calendar.range(counted_from, due_on)[1:]:
        if entry.kind in WORKED and any(began < entry.date <= ended for began, ended in pauses):
            days.append(WhyDay(entry.date, SUSPENDED, entry.name))
            continue
        counts = entry.kind in WORKED
        n += counts
        days.append(WhyDay(entry.date, KINDS[DayKind(entry.kind)], entry.name, n if counts else None))
    return days


@lru_cache(maxsize=4096)
def _tally(calendar: WorkCalendar, counted_from: date, due_on: date, pauses: tuple[Pause, ...]) -> dict[str, int]:
    """How many days of each kind lie after `counted_from` up to `due_on`."""
    return Counter(day.kind for day in days_of(counted_from, due_on, pauses, calendar)[1:])


def basis_sentence(basis: Basis, calendar: WorkCalendar, suspensions: Iterable[Suspension] = ()) -> str:
    """One sentence with the whole account: where it starts, what was counted and what was not, which version.

    `suspensions` are those of this clock; one that goes on has given nothing back yet.
    """
    params = {"start": basis.counted_from, "due": basis.due_on, "n": basis.working_days}
    if basis.working_days is None:
        clauses = [_("%(start)s起，由人确定为%(due)s，不按工作日计算") % params]
    else:
        given_back = tuple((each.began_on, each.ended_on) for each in suspensions if each.ended_on)
        tally = _tally(calendar, basis.counted_from, basis.due_on, given_back)
        is_redone = basis.counted_from != basis.raised_on
        begun = _("%(start)s重办，次日起第%(n)d个工作日") if is_redone else _("%(start)s提出，次日起第%(n)d个工作日")
        clauses = [begun % params, _counted(tally, basis.working_days)]
    clauses.append(_("第%(version)d版 %(cause)s") % {"version": basis.version, "cause": Cause(basis.cause).label})
    clauses.append(_("暂定") if basis.is_provisional else _("确定"))
    return pgettext("between the clauses of a sentence", "；").join(clauses)


def _counted(tally: dict[str, int], working_days: int) -> str:
    counted = tally[COUNTED] + tally[MAKE_UP]
    words = _("计入%(days)d天") % {"days": counted}
    if tally[MAKE_UP]:
        words += _("（含调休%(days)d天）") % {"days": tally[MAKE_UP]}
    parts = [words]
    if tally[SUSPENDED]:
        parts.append(_("停表%(days)d天") % {"days": tally[SUSPENDED]})
    if tally[HOLIDAY]:
        parts.append(_("节假日%(days)d天") % {"days": tally[HOLIDAY]})
    if tally[WEEKEND]:
        parts.append(_("周末%(days)d天") % {"days": tally[WEEKEND]})
    account = pgettext("between the parts of a sentence", "，").join(parts)
    if counted != working_days:
        account += _("（日历后来有调整，到期日没有随之变化）")
    return account


class Counting(Protocol):
    """What both a version in the ledger and a span that is only proposed say of their date."""

    @property
    def counted_from(self) -> date: ...

    @property
    def working_days(self) -> int | None: ...

    @property
    def paused_days(self) -> int: ...

    @property
    def is_provisional(self) -> bool: ...


def counting_words(span: Counting) -> str:
    """How a date came about, in a few words beside it; empty for a date that a person set."""
    if span.working_days is None:
        return ""
    words = _("%(start)s次日起第%(n)d个工作日") % {"start": f"{span.counted_from:%Y-%m-%d}", "n": span.working_days}
    if span.paused_days:
        words += _("，另还停表%(days)d天") % {"days": span.paused_days}
    return f"{words} {_('暂定')}" if span.is_provisional else words
