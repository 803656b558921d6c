"""The clocks of an issue as the page shows them side by side (R6, R7, R31)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from config.clock import on_date
from issues.dossier import Dossier
from issues.levels import Standing
from issues.models import Clock, Deadline, Referral, SolutionPlan, State, Suspension
from workdays.calendar import WorkCalendar


@dataclass(frozen=True, slots=True)
class ClockFace:
    """One clock: until when, how it stands, how much of it is used. `due_on` is None while it has not begun."""

    title: str
    standing: Standing
    due_on: date | None = None
    used: int = 0
    total: int = 0
    notes: tuple[str, ...] = ()


def faces(dossier: Dossier) -> list[ClockFace]:
    """The statutory clock (none for tier A), the plan's, and that of signing while nobody has signed."""
    deadline = dossier.newest(Clock.STATUTORY)
    if deadline is None:
        return []
    shown = [_statutory(dossier, deadline), _of_plan(dossier)]
    signing, unsigned = dossier.newest(Clock.SIGN), dossier.unsigned if dossier.issue.state == State.ASSIGNED else None
    if signing is not None and unsigned is not None:
        shown.append(_of_signing(dossier, signing, unsigned))
    return shown


def _statutory(dossier: Dossier, deadline: Deadline) -> ClockFace:
    issue, calendar = dossier.issue, dossier.calendar
    pauses = dossier.pauses(Clock.STATUTORY)
    runs, held = issue.clock == Clock.STATUTORY, _held_since(pauses)
    stopped_on = None if runs else held or issue.settled_on
    used = _used(calendar, deadline.counted_from, stopped_on or dossier.yardstick.today, pauses)
    total = deadline.working_days or calendar.between(deadline.counted_from, deadline.due_on) - deadline.paused_days
    notes = [_used_words(used, total), _("到期日第%(number)d版") % {"number": deadline.version}]
    notes += _paused_words(deadline, held)
    if issue.breached_on is not None and (runs or held):
        notes.append(_("%(day)s起逾期，记录保留") % {"day": _day(issue.breached_on)})
    if runs or held:
        standing = dossier.yardstick.standing(issue)
    else:
        standing = _ended(stopped_on, deadline.due_on, calendar, was_late=issue.breached_on is not None)
    return ClockFace(_("处置时限"), standing, deadline.due_on, used, total, tuple(notes))


def _of_plan(dossier: Dossier) -> ClockFace:
    issue, plan = dossier.issue, dossier.plan
    title = _("方案承诺日")
    if plan is None:
        note = (
            _("确定解决方案后，处置时限停表，由此处接着计。") if issue.is_unresolved else _("没有另定方案，直接办结。")
        )
        return ClockFace(title, Standing("stop", "pause-circle", _("未启动")), notes=(note,))
    calendar, pauses = dossier.calendar, dossier.pauses(Clock.PLAN)
    runs, held = issue.clock == Clock.PLAN, _held_since(pauses)
    stopped_on = None if runs else held or issue.resolved_on
    begun_on = on_date(plan.created_at)
    used = _used(calendar, begun_on, stopped_on or dossier.yardstick.today, pauses)
    deadline = dossier.newest(Clock.PLAN)
    paused = deadline.paused_days if deadline else 0
    total = max(calendar.between(begun_on, plan.promised_on) - paused, 0)
    notes = [_used_words(used, total)]
    notes += _first_promise(plan)
    notes += _paused_words(deadline, held) if deadline else []
    if runs or held:
        standing = dossier.yardstick.standing(issue)
    else:
        standing = _ended(stopped_on, plan.first_promised_on, calendar)
    return ClockFace(title, standing, plan.promised_on, used, total, tuple(notes))


def _of_signing(dossier: Dossier, deadline: Deadline, referral: Referral) -> ClockFace:
    today = dossier.yardstick.today
    used = max(dossier.calendar.between(deadline.counted_from, today), 0)
    return ClockFace(
        title=_("签收时限"),
        standing=_signing(deadline.due_on, today),
        due_on=deadline.due_on,
        used=used,
        total=deadline.working_days or 0,
        notes=(_("%(day)s交办给%(unit)s") % {"day": _day(on_date(referral.referred_at)), "unit": referral.unit.label},),
    )


def _signing(due_on: date, today: date) -> Standing:
    if today > due_on:
        return Standing("late", "exclamation-triangle", _("逾期未签收"))
    if today == due_on:
        return Standing("today", "alarm", _("今日应签收"))
    return Standing("soon", "hourglass-split", _("待签收"))


def _held_since(pauses: Sequence[Suspension]) -> date | None:
    """The day since which a clock stands still now."""
    return next((each.began_on for each in pauses if each.ended_on is None), None)


def _used(calendar: WorkCalendar, start: date, end: date, pauses: Sequence[Suspension]) -> int:
    """Working days from `start` to `end` without those of pauses that ended; an earlier round's do not count (R40)."""
    ended = ((each.began_on, each.ended_on) for each in pauses if each.ended_on and each.began_on >= start)
    paused = sum(calendar.between(began, last) for began, last in ended)
    return max(calendar.between(start, end) - paused, 0)


def _used_words(used: int, total: int) -> str:
    return _("已用%(used)d / %(total)d个工作日") % {"used": used, "total": total}


def _paused_words(deadline: Deadline, held: date | None) -> list[str]:
    words = []
    if deadline.paused_days:
        words.append(_("停表%(days)d个工作日已还回") % {"days": deadline.paused_days})
    if held:
        words.append(_("%(day)s挂账，恢复计时后到期日顺延") % {"day": _day(held)})
    return words


def _first_promise(plan: SolutionPlan) -> list[str]:
    """F8 goes by the date promised first."""
    if plan.promised_on == plan.first_promised_on:
        return []
    return [_("首次承诺%(day)s，兑现率按此计") % {"day": _day(plan.first_promised_on)}]


def _ended(stopped_on: date | None, due_on: date, calendar: WorkCalendar, *, was_late: bool = False) -> Standing:
    """How a stopped clock ended. A breach stays a breach, whatever moved the date afterwards."""
    if not was_late and (stopped_on is None or stopped_on <= due_on):
        return Standing("stop", "pause-circle", _("已停表·按时"))
    late = calendar.between(due_on, stopped_on) if stopped_on else 0
    if late <= 0:
        return Standing("late", "exclamation-triangle", _("已停表·逾期"))
    words = ngettext("已停表·逾期%(days)d个工作日", "已停表·逾期%(days)d个工作日", late) % {"days": late}
    return Standing("late", "exclamation-triangle", words, late)


def _day(day: date) -> str:
    return date_format(day, pgettext("date format", "n月j日"))
