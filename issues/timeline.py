"""An issue's events as the page tells them, newest first."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from config.clock import on_date
from issues.levels import Yardstick
from issues.models import Clock, Deadline, Event, EventKind, Issue, Level, Result
from notices.models import Notice


@dataclass(frozen=True, slots=True)
class DateVersion:
    """A due date that an event set: `old` is None for the first version of a clock."""

    clock: str
    number: int
    old: date | None
    new: date
    why: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of templates/issues/_timeline.html."""

    at: datetime
    title: str
    text: str = ""
    actor_label: str = ""
    version: DateVersion | None = None
    is_latest: bool = False

    @property
    def touches_clock(self) -> bool:
        return self.version is not None


def build_timeline(issue: Issue, yardstick: Yardstick) -> list[Entry]:
    """Two statements, however long the story is: the events, and whom the warnings told."""
    events = list(issue.events.select_related("actor", "deadline"))
    told = _told(events)
    return [
        Entry(
            at=event.at,
            title=_title(issue, event),
            text="" if event.kind == EventKind.WARNED else event.note,
            actor_label=_told_whom(event, told, yardstick) if event.kind == EventKind.WARNED else _actor(event),
            version=_version(event),
            is_latest=number == 0,
        )
        for number, event in enumerate(events)
    ]


def warning_cause(event: Event) -> str:
    """The cause that the notices of a warning share (issues.tick)."""
    return f"warning/{event.deadline_id}/{event.after}"


def _told(events: Iterable[Event]) -> dict[str, list[str]]:
    causes = [warning_cause(event) for event in events if event.kind == EventKind.WARNED]
    told: dict[str, list[str]] = defaultdict(list)
    if causes:
        notices = Notice.objects.filter(cause__in=causes).order_by("recipient_id")
        for cause, name in notices.values_list("cause", "recipient__name"):
            told[cause].append(name)
    return told


def _title(issue: Issue, event: Event) -> str:
    if event.kind == EventKind.RESOLVED and issue.result:
        return _("办结：%(result)s") % {"result": Result(issue.result).label}
    if event.kind == EventKind.WARNED:
        plan = event.deadline is not None and event.deadline.clock == Clock.PLAN
        word = Level(event.after).label
        return (_("方案%(level)s预警已送达") if plan else _("%(level)s预警已送达")) % {"level": word}
    return event.get_kind_display()


def _actor(event: Event) -> str:
    return event.actor.name if event.actor else _("系统")


def _told_whom(event: Event, told: dict[str, list[str]], yardstick: Yardstick) -> str:
    names = told.get(warning_cause(event))
    whom = _("收件：%(names)s。") % {"names": _("、").join(names)} if names else _("没有可以通知的人。")
    if event.deadline is None:
        return whom
    left = yardstick.calendar.between(on_date(event.at), event.deadline.due_on)
    if event.after == Level.NEARING:
        return whom + _("剩%(days)d个工作日。") % {"days": left}
    if event.after == Level.OVERDUE and left < 0:
        return whom + _("逾期第%(days)d个工作日。") % {"days": -left}
    return whom


def _version(event: Event) -> DateVersion | None:
    deadline = event.deadline
    if deadline is None or event.kind == EventKind.WARNED:
        return None
    name = _("方案承诺日") if deadline.clock == Clock.PLAN else _("到期日")
    return DateVersion(name, deadline.version, deadline.previous_due_on, deadline.due_on, _why(deadline))


def _why(deadline: Deadline) -> str:
    if deadline.working_days is None:
        return ""
    words = _("%(start)s次日起第%(n)d个工作日") % {
        "start": f"{deadline.counted_from:%Y-%m-%d}",
        "n": deadline.working_days,
    }
    return f"{words} {_('暂定')}" if deadline.is_provisional else words
