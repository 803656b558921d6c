"""The warnings of an issue as its page shows them: what was raised, who was told and how, and what is still to come."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from accounts.models import User
from issues.ladder import RungDay
from issues.levels import Standing, Yardstick
from issues.models import Alarm, Audience, Clock, Issue, Level
from issues.models import Warning as IssueWarning
from issues.warnings import cause_of
from notices.models import DeliveryState, Notice

CHIPS = {
    Level.HALF: ("half", "circle-half"),
    Level.NEARING: ("soon", "hourglass-split"),
    Level.DUE_TODAY: ("today", "alarm"),
    Level.OVERDUE: ("late", "exclamation-triangle"),
}
MOST_TOLD = 12


@dataclass(frozen=True, slots=True)
class Told:
    """One person a warning was told to. `mail` is a word, empty where no mail goes out; `mail_at` its moment."""

    name: str
    read_at: datetime | None
    mail: str = ""
    mail_at: datetime | None = None
    is_dead: bool = False


@dataclass(frozen=True, slots=True)
class Raised:
    """One rung that was reached. `more` are the told ones who are not listed one by one."""

    pk: int
    chip: Standing
    reached_on: date
    raised_at: datetime
    told: Sequence[Told]
    more: int
    was_topped: bool
    acknowledged_by: str
    acknowledged_at: datetime | None
    may_acknowledge: bool


@dataclass(frozen=True, slots=True)
class Coming:
    """A rung that the present clock has yet to reach, and whom it will tell."""

    chip: Standing
    on: date
    whom: str


class WarningsOf:
    """The warnings of one issue in a fixed number of statements, however many there are."""

    def __init__(self, issue: Issue, reader: User, yardstick: Yardstick) -> None:
        self.issue, self.reader, self.yardstick = issue, reader, yardstick
        self.calendar = yardstick.calendar_of(issue.calendar_id)
        self.rows = list(issue.warnings.select_related("deadline", "acknowledged_by").order_by("pk"))
        self._notices = self._told()

    @cached_property
    def raised(self) -> list[Raised]:
        """Newest first. Of each deadline the reader can acknowledge the newest rung they were told of."""
        asked: set[int] = set()
        found = []
        for warning in reversed(self.rows):
            is_told = any(notice.recipient_id == self.reader.pk for notice in self._notices[cause_of(warning)])
            is_newest = is_told and warning.deadline_id not in asked
            if is_told:
                asked.add(warning.deadline_id)
            found.append(self._raised(warning, may_acknowledge=is_newest and warning.acknowledged_at is None))
        return found

    @cached_property
    def coming(self) -> list[Coming]:
        """The rungs ahead of the clocks that run, the next one first."""
        today = self.yardstick.today
        days = [(alarm, day) for alarm in self._alarms() for day in self._days(alarm) if day.on > today]
        days.sort(key=lambda pair: pair[1].on)
        return [Coming(chip_of(a.clock, d.rung.level, d.rung.step), d.on, _audience(d.rung.tells)) for a, d in days]

    def names(self, warning: IssueWarning) -> list[str]:
        """Whom the scan told of it."""
        return [notice.recipient.name for notice in self._notices[cause_of(warning)]]

    def was_topped(self, warning: IssueWarning) -> bool:
        """Whether a higher rung of the same clock was reached in the same run, so that only that one was told."""
        same = (w for w in self.rows if w.deadline_id == warning.deadline_id and w.raised_at == warning.raised_at)
        return max(w.pk for w in same) != warning.pk

    def _told(self) -> dict[str, list[Notice]]:
        told: dict[str, list[Notice]] = defaultdict(list)
        if self.rows:
            notices: QuerySet[Notice] = Notice.objects.filter(cause__in=[cause_of(row) for row in self.rows])
            for notice in notices.select_related("recipient", "delivery").order_by("recipient_id"):
                told[notice.cause].append(notice)
        return told

    def _raised(self, warning: IssueWarning, *, may_acknowledge: bool) -> Raised:
        notices = self._notices[cause_of(warning)]
        by = warning.acknowledged_by
        return Raised(
            pk=warning.pk,
            chip=chip_of(warning.deadline.clock, warning.level, warning.step),
            reached_on=warning.reached_on,
            raised_at=warning.raised_at,
            told=[told_by(notice) for notice in notices[:MOST_TOLD]],
            more=max(len(notices) - MOST_TOLD, 0),
            was_topped=not notices and self.was_topped(warning),
            acknowledged_by=by.name if by else "",
            acknowledged_at=warning.acknowledged_at,
            may_acknowledge=may_acknowledge,
        )

    def _alarms(self) -> Sequence[Alarm]:
        return list(self.issue.alarms.select_related("deadline"))

    def _days(self, alarm: Alarm) -> Iterator[RungDay]:
        deadline = alarm.deadline
        term = deadline.working_days or self.calendar.between(deadline.counted_from, deadline.due_on)
        return self.yardstick.ladder.days(self.calendar, alarm.clock, self.issue.tier, deadline.due_on, term)


def chip_of(clock: str, level: str, step: int = 1) -> Standing:
    """A rung in words: the level, whose clock, and how often it has been raised past red."""
    css, icon = CHIPS[Level(level)]
    word = str(Level(level).label)
    if clock == Clock.PLAN:
        word = _("方案%(level)s") % {"level": word}
    elif clock == Clock.SIGN:
        word = _("签收%(level)s") % {"level": word}
    if step > 1:
        word = _("%(level)s·第%(step)d级") % {"level": word, "step": step}
    return Standing(css, icon, word)


def told_by(notice: Notice) -> Told:
    """How one person was told, and what is known of it."""
    delivery = notice.delivery
    if delivery is None:
        waits = notice.send_after is not None
        return Told(notice.recipient.name, notice.read_at, _("邮件待发送") if waits else "", notice.send_after)
    words = {
        DeliveryState.WAITING: _("邮件发送中"),
        DeliveryState.SENT: _("邮件已送达"),
        DeliveryState.DEAD: _("邮件未能送达"),
        DeliveryState.GIVEN_UP: _("邮件未送达，不再发送"),
    }
    state = DeliveryState(delivery.state)
    at = delivery.sent_at or delivery.next_attempt_at
    return Told(notice.recipient.name, notice.read_at, words[state], at, state == DeliveryState.DEAD)


def _audience(tells: Sequence[str]) -> str:
    return _("、").join(str(Audience(each).label) for each in tells)
