"""An issue as its platform is told of it: where it stands and what happened, in plain words.

Only what is listed here is told. Notes, comments, names and numbers of those who handle it, warnings, requests among
colleagues and other platforms are the house's own, and a new kind of event is told once somebody writes its words here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import User
from config.clock import today
from issues.models import Cause, Clock, Event, EventKind, Issue, State

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Standing:
    """`css` and `icon` as the chips have them. By `due_on` there is a result, or, `is_plan`, what the plan
    promises; `is_late` says whether that day has gone."""

    word: Words
    css: str
    icon: str
    says: Words = ""
    due_on: date | None = None
    is_plan: bool = False
    is_late: bool = False
    is_provisional: bool = False


WORDS: dict[str, tuple[Words, str, str]] = {
    State.REGISTERED: (pgettext_lazy("to the platform", "已收到"), "half", "inbox"),
    State.GRADED: (pgettext_lazy("to the platform", "正在安排"), "half", "clock-history"),
    State.ASSIGNED: (pgettext_lazy("to the platform", "正在安排"), "half", "clock-history"),
    State.RETURNED: (pgettext_lazy("to the platform", "正在安排"), "half", "clock-history"),
    State.ACCEPTED: (pgettext_lazy("to the platform", "正在办理"), "half", "circle-half"),
    State.PLAN_CONFIRMED: (pgettext_lazy("to the platform", "已有方案"), "half", "list-check"),
    State.SUSPENDED: (pgettext_lazy("to the platform", "暂时搁置"), "stop", "pause-circle"),
    State.RESOLVED: (pgettext_lazy("to the platform", "等您确认"), "soon", "question-circle"),
    State.CONFIRMED: (pgettext_lazy("to the platform", "已办结"), "ok", "check-circle"),
    State.CLOSED: (pgettext_lazy("to the platform", "已办结"), "ok", "check-circle"),
    State.MERGED: (pgettext_lazy("to the platform", "合并办理"), "stop", "diagram-3"),
    State.WITHDRAWN: (pgettext_lazy("to the platform", "已撤回"), "stop", "x-lg"),
}
SAYS: dict[str, Words] = {
    State.REGISTERED: gettext_lazy("联点干部会先看，再告诉您由谁办、多久办。"),
    State.SUSPENDED: gettext_lazy("目前的政策或条件还办不了，会定期再看。"),
    State.RESOLVED: gettext_lazy("请看一看结果，告诉我们是否解决。"),
    State.MERGED: gettext_lazy("同样的问题合在一起办，结果也会答复您。"),
}


def standing_of(issue: Issue) -> Standing:
    """Where it stands; no statement."""
    word, css, icon = WORDS[issue.state]
    day = issue.clock_due_on
    return Standing(
        word=word,
        css=css,
        icon=icon,
        says=SAYS.get(issue.state, ""),
        due_on=day,
        is_plan=issue.clock == Clock.PLAN,
        is_late=day is not None and day < today(),
        is_provisional=issue.due_is_provisional and issue.clock == Clock.STATUTORY,
    )


@dataclass(frozen=True, slots=True)
class Line:
    """One step, and the day it set. `text` is only ever the reader's own words."""

    at: datetime
    title: str
    text: str = ""
    due_on: date | None = None
    is_plan: bool = False
    is_latest: bool = False


TOLD: dict[str, Words] = {
    EventKind.GRADED: gettext_lazy("看过您的需求，开始办理"),
    EventKind.ANSWERED: gettext_lazy("当场答复"),
    EventKind.REFERRED: gettext_lazy("交给办理单位"),
    EventKind.REASSIGNED: gettext_lazy("交给另一个办理单位"),
    EventKind.SIGNED: gettext_lazy("办理单位已接收"),
    EventKind.RETURNED: gettext_lazy("重新安排办理单位"),
    EventKind.RETIERED: gettext_lazy("调整了办理方式"),
    EventKind.PLAN_CONFIRMED: gettext_lazy("定下解决方案"),
    EventKind.PLAN_MOVED: gettext_lazy("方案的日期有调整"),
    EventKind.EXTENDED: gettext_lazy("办理日期有调整"),
    EventKind.CALENDAR_REVISED: gettext_lazy("按放假安排调整日期"),
    EventKind.SUSPENDED: gettext_lazy("暂时搁置"),
    EventKind.RESUMED: gettext_lazy("恢复办理"),
    EventKind.RESOLVED: gettext_lazy("有了结果，请您确认"),
    EventKind.FOLLOWED_UP: gettext_lazy("打电话回访"),
    EventKind.UNANSWERED: gettext_lazy("没有等到您的答复，按“未反馈”登记"),
    EventKind.CLOSED: gettext_lazy("办理完毕，归档"),
    EventKind.MERGED: gettext_lazy("与同样的问题合并办理"),
}
# What the platform itself does: said as the reader's own where it was.
OWN: dict[str, tuple[Words, Words]] = {
    EventKind.REGISTERED: (gettext_lazy("您提出这项需求"), gettext_lazy("联点干部记下这项需求")),
    EventKind.CONFIRMED: (gettext_lazy("您确认了结果"), gettext_lazy("按平台的话确认了结果")),
    EventKind.REOPENED: (gettext_lazy("您说还没有解决，重新办理"), gettext_lazy("重新办理")),
    EventKind.WITHDRAWN: (gettext_lazy("您撤回了这项需求"), gettext_lazy("按平台的话撤回")),
}
DATED = {Clock.STATUTORY, Clock.PLAN}


def story_of(issue: Issue, reader: User) -> list[Line]:
    """What happened, newest first, in one statement."""
    events = issue.events.filter(kind__in=[*TOLD, *OWN]).select_related("deadline")
    told = [line for event in events for line in _told(event, reader)]
    return [replace(line, is_latest=place == 0) for place, line in enumerate(told)]


def _told(event: Event, reader: User) -> Iterator[Line]:
    day = _day(event)
    if event.kind == EventKind.CALENDAR_REVISED and day is None:
        return
    is_own = event.actor_id == reader.pk
    title = OWN[event.kind][not is_own] if event.kind in OWN else TOLD[event.kind]
    has_words = is_own and event.kind in (EventKind.REOPENED, EventKind.WITHDRAWN)
    is_plan = event.deadline is not None and event.deadline.clock == Clock.PLAN
    yield Line(event.at, str(title), event.note if has_words else "", day, is_plan)


def _day(event: Event) -> date | None:
    """The day that this step set, where it is another than before."""
    deadline = event.deadline
    if deadline is None or deadline.clock not in DATED or deadline.cause == Cause.SUSPENDED:
        return None
    return deadline.due_on if deadline.due_on != deadline.previous_due_on else None
