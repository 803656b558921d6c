"""An issue's events as the page tells them, newest first."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from issues.comments.remarks import Remark, Remarks
from issues.models import Cause, Clock, Deadline, Event, EventKind, Issue, Request, RequestKind, Result
from issues.models import Warning as IssueWarning
from issues.raised import WarningsOf, chip_of
from issues.why import counting_words

# What an approved request of each kind becomes.
OUTCOMES = {
    RequestKind.EXTEND: EventKind.EXTENDED,
    RequestKind.SUSPEND: EventKind.SUSPENDED,
    RequestKind.RETIER: EventKind.RETIERED,
}
CLOCK_NAMES = {
    Clock.STATUTORY: gettext_lazy("到期日"),
    Clock.PLAN: gettext_lazy("方案承诺日"),
    Clock.SIGN: gettext_lazy("签收期限"),
}


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
    remark: Remark | None = None

    @property
    def touches_clock(self) -> bool:
        return self.version is not None


def build_timeline(
    issue: Issue,
    warnings: WarningsOf,
    requests: Iterable[Request] = (),
    remarks: Remarks | None = None,
    *,
    most: int | None = None,
) -> list[Entry]:
    """The newest `most` entries, or all. One statement, however long the story is, one for the names in comments and
    one for earlier rounds; `warnings`, `requests` and `remarks` bring the rest."""
    events = list(issue.events.select_related("actor", "deadline", "comment")[:most])
    warning_of = _warnings_by_event(events, warnings.rows)
    approved = {(OUTCOMES[RequestKind(each.kind)], each.decided_at): each for each in requests if each.decided_at}
    remark_of = remarks.by_event(events) if remarks else {}
    result_of = _results_by_event(issue, events)
    entries = (
        _entry(event, warning_of.get(event.pk), warnings, result_of.get(event.pk, ""), is_latest=number == 0)
        for number, event in enumerate(events)
    )
    return [
        replace(
            entry,
            text=_with_decision(entry.text, approved.get((EventKind(event.kind), event.at))),
            remark=remark_of.get(event.pk),
        )
        for entry, event in zip(entries, events, strict=True)
    ]


def _with_decision(text: str, request: Request | None) -> str:
    """What was asked and why, by whom, and what the second person said to it."""
    if request is None:
        return text
    lines = [text, _("%(name)s申请") % {"name": request.asked_by.name}]
    if request.decision_note:
        lines.append(_("审批意见：%(note)s") % {"note": request.decision_note})
    return "\n".join(lines)


def _results_by_event(issue: Issue, events: Iterable[Event]) -> Mapping[int, str]:
    """What each resolution came to: the newest is the issue's, the others those of the rounds before (R40)."""
    rounds = list(issue.rounds.values_list("result", flat=True)) if issue.reopened_count else []
    results = [*([issue.result] if issue.result else []), *reversed(rounds)]
    resolved = (event for event in events if event.kind in (EventKind.RESOLVED, EventKind.ANSWERED))
    return {event.pk: result for event, result in zip(resolved, results, strict=False)}


def _entry(event: Event, warning: IssueWarning | None, warnings: WarningsOf, result: str, *, is_latest: bool) -> Entry:
    return Entry(
        at=event.at,
        title=_title(event, warning, result),
        text="" if event.kind == EventKind.WARNED else event.note,
        actor_label=_whom(warning, warnings) if event.kind == EventKind.WARNED else _actor(event),
        version=_version(event),
        is_latest=is_latest,
    )


def _warnings_by_event(events: Iterable[Event], warnings: Sequence[IssueWarning]) -> Mapping[int, IssueWarning]:
    """Which warning each event tells of: those of one deadline and level came in the order of their steps. From the
    newest on, because the oldest events may be left out."""
    waiting: dict[tuple[int | None, str], Iterator[IssueWarning]] = {}
    by_level: dict[tuple[int | None, str], list[IssueWarning]] = defaultdict(list)
    for warning in reversed(warnings):
        by_level[warning.deadline_id, warning.level].append(warning)
    found = {}
    for event in sorted((e for e in events if e.kind == EventKind.WARNED), key=lambda event: -event.pk):
        key = (event.deadline_id, event.after)
        if warning_next := next(waiting.setdefault(key, iter(by_level[key])), None):
            found[event.pk] = warning_next
    return found


def _title(event: Event, warning: IssueWarning | None, result: str) -> str:
    if event.kind == EventKind.RESOLVED and result:
        return _("办结：%(result)s") % {"result": Result(result).label}
    if event.kind in (EventKind.WARNED, EventKind.ACKNOWLEDGED):
        clock = event.deadline.clock if event.deadline else Clock.STATUTORY
        word = chip_of(clock, event.after or event.before, warning.step if warning else 1).word
        said = _("%(level)s预警") if event.kind == EventKind.WARNED else _("已知悉%(level)s预警")
        return said % {"level": word}
    return event.get_kind_display()


def _actor(event: Event) -> str:
    return event.actor.name if event.actor else _("系统")


def _whom(warning: IssueWarning | None, warnings: WarningsOf) -> str:
    if warning is None:
        return ""
    if names := warnings.names(warning):
        return _("收件：%(names)s。") % {"names": _("、").join(names)}
    return _("同时到达更高的级次，只通知了那一级。") if warnings.was_topped(warning) else _("没有可以通知的人。")


def _version(event: Event) -> DateVersion | None:
    deadline = event.deadline
    if deadline is None or event.kind in (EventKind.WARNED, EventKind.ACKNOWLEDGED):
        return None
    name = str(CLOCK_NAMES[Clock(deadline.clock)])
    old = deadline.previous_due_on if deadline.previous_due_on != deadline.due_on else None
    return DateVersion(name, deadline.version, old, deadline.due_on, _why(deadline))


def _why(deadline: Deadline) -> str:
    return _("停表") if deadline.cause == Cause.SUSPENDED else counting_words(deadline)
