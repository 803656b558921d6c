"""The two clocks of an issue as the page shows them side by side (R6, R7)."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.clock import on_date
from issues.levels import Standing, Yardstick
from issues.models import Clock, Deadline, Issue, SolutionPlan


@dataclass(frozen=True, slots=True)
class ClockFace:
    """One clock: until when, how it stands, how much of it is used. `due_on` is None while it has not begun."""

    title: str
    standing: Standing
    due_on: date | None = None
    used: int = 0
    total: int = 0
    notes: tuple[str, ...] = ()


def faces(issue: Issue, deadline: Deadline | None, plan: SolutionPlan | None, yardstick: Yardstick) -> list[ClockFace]:
    """The statutory clock by its newest `deadline` (none for tier A), then the plan's."""
    if deadline is None:
        return []
    return [_statutory(issue, deadline, yardstick), _of_plan(issue, plan, yardstick)]


def _statutory(issue: Issue, deadline: Deadline, yardstick: Yardstick) -> ClockFace:
    runs = issue.clock == Clock.STATUTORY
    stopped_on = None if runs else issue.settled_on
    used = yardstick.calendar.between(deadline.counted_from, stopped_on or yardstick.today)
    total = deadline.working_days or yardstick.calendar.between(deadline.counted_from, deadline.due_on)
    notes = [_("已用%(used)d / %(total)d个工作日") % {"used": max(used, 0), "total": total}]
    notes.append(_("到期日第%(number)d版") % {"number": deadline.version})
    return ClockFace(
        title=_("处置时限"),
        standing=yardstick.standing(issue) if runs else _ended(stopped_on, deadline.due_on, yardstick),
        due_on=deadline.due_on,
        used=max(used, 0),
        total=total,
        notes=tuple(notes),
    )


def _of_plan(issue: Issue, plan: SolutionPlan | None, yardstick: Yardstick) -> ClockFace:
    title = _("方案承诺日")
    if plan is None:
        note = (
            _("确定解决方案后，处置时限停表，由此处接着计。") if issue.is_unresolved else _("没有另定方案，直接办结。")
        )
        return ClockFace(title, Standing("stop", "pause-circle", _("未启动")), notes=(note,))
    runs = issue.clock == Clock.PLAN
    begun_on = on_date(plan.created_at)
    stopped_on = None if runs else issue.resolved_on
    used = max(yardstick.calendar.between(begun_on, stopped_on or yardstick.today), 0)
    total = max(yardstick.calendar.between(begun_on, plan.promised_on), 0)
    return ClockFace(
        title=title,
        standing=yardstick.standing(issue) if runs else _ended(stopped_on, plan.first_promised_on, yardstick),
        due_on=plan.promised_on,
        used=used,
        total=total,
        notes=(_("已用%(used)d / %(total)d个工作日") % {"used": used, "total": total},),
    )


def _ended(stopped_on: date | None, due_on: date, yardstick: Yardstick) -> Standing:
    """How a stopped clock ended. A breach stays a breach."""
    if stopped_on is None or stopped_on <= due_on:
        return Standing("stop", "pause-circle", _("已停表·按时"))
    late = yardstick.calendar.between(due_on, stopped_on)
    if late <= 0:
        return Standing("late", "exclamation-triangle", _("已停表·逾期"))
    words = ngettext("已停表·逾期%(days)d个工作日", "已停表·逾期%(days)d个工作日", late) % {"days": late}
    return Standing("late", "exclamation-triangle", words, late)
