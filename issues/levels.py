"""Where an issue's running clock stands, as a word, a colour and a number of working days."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from config.clock import today
from issues.ladder import ladder_in_force
from issues.models import Issue, Level, State, Tier
from workdays.calendar import Calendars, WorkCalendar, current_calendars

# What somebody has to do something about; past its half a clock is merely shown so.
PRESSING = (Level.NEARING, Level.DUE_TODAY, Level.OVERDUE)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a chip shows: `css` and `icon` for the eye, `word` for everybody. `days` are working days left or late."""

    css: str
    icon: str
    word: str
    days: int | None = None


class Yardstick:
    """Measures any number of issues on one day with two small statements: the calendars' revisions and the ladder."""

    def __init__(self, day: date | None = None, calendars: Calendars | None = None) -> None:
        self.today = day or today()
        self.calendars = current_calendars() if calendars is None else calendars
        self.ladder = ladder_in_force(self.today)

    def calendar_of(self, calendar_id: int | None = None) -> WorkCalendar:
        """The calendar an issue counts by, the national one where none is named."""
        return self.calendars.national if calendar_id is None else self.calendars[calendar_id]

    @property
    def calendar(self) -> WorkCalendar:
        """The national calendar."""
        return self.calendars.national

    def level_of(self, due_on: date, nearing_on: date) -> Level | None:
        """Where a clock stands that runs to `due_on` and nears from `nearing_on` on; None while it is far."""
        if due_on < self.today:
            return Level.OVERDUE
        if due_on == self.today:
            return Level.DUE_TODAY
        return Level.NEARING if nearing_on <= self.today else None

    def left(self, due_on: date, calendar_id: int | None = None) -> int:
        """Working days after today up to and including `due_on`; negative once it has passed (R15)."""
        return self.calendar_of(calendar_id).between(self.today, due_on)

    def since(self, field: str, working_days: int) -> Q:
        """The issues of which the day in `field` is at least so many working days past, each by its own calendar."""
        found = Q()
        for calendar_id, calendar in self.calendars.items():
            found |= Q(calendar=calendar_id, **{f"{field}__lte": last_day(calendar, self.today, working_days)})
        return found

    def where(self, level: Level) -> Q:
        """The issues at a PRESSING `level` now, by the dates kept with the running clock."""
        return {
            Level.OVERDUE: Q(clock_due_on__lt=self.today),
            Level.DUE_TODAY: Q(clock_due_on=self.today),
            Level.NEARING: Q(clock_due_on__gt=self.today, nearing_on__lte=self.today),
        }[level]

    def standing(self, issue: Issue) -> Standing:
        """The chip of an issue."""
        term = issue.term.working_days if issue.term else None
        return self.measure(issue.tier, issue.state, issue.clock_due_on, issue.nearing_on, term, issue.calendar_id)

    def measure(
        self,
        tier: str,
        state: str,
        due_on: date | None,
        nearing_on: date | None,
        term: int | None,
        calendar_id: int | None = None,
    ) -> Standing:
        """The chip of an issue of which no more is known: both dates of its running clock, `term` in working days."""
        if due_on is None or nearing_on is None:
            return _stopped(tier, state)
        prefix, left = _("方案") if state == State.PLAN_CONFIRMED else "", self.left(due_on, calendar_id)
        level = self.level_of(due_on, nearing_on)
        if level == Level.OVERDUE:
            late = max(-left, 0)
            words = ngettext("逾期%(days)d个工作日", "逾期%(days)d个工作日", late) % {"days": late}
            word = words if late else _("逾期")
            return Standing("late", "exclamation-triangle", prefix + word, late)
        if level == Level.DUE_TODAY:
            return Standing("today", "alarm", prefix + _("今日到期"), 0)
        if level == Level.NEARING:
            words = ngettext("临期·剩%(days)d天", "临期·剩%(days)d天", left) % {"days": left}
            return Standing("soon", "hourglass-split", prefix + words, left)
        if term is not None and state != State.PLAN_CONFIRMED and left <= self.ladder.half_left(tier, term):
            words = ngettext("过半·剩%(days)d天", "过半·剩%(days)d天", left) % {"days": left}
            return Standing("half", "circle-half", words, left)
        words = ngettext("正常·剩%(days)d天", "正常·剩%(days)d天", left) % {"days": left}
        return Standing("ok", "check-circle", prefix + words, left)


def last_day(calendar: WorkCalendar, today: date, working_days: int) -> date:
    """The last day after which `working_days` working days have come by today."""
    return calendar.worked_day(calendar.seq(today) - working_days + 1) - timedelta(days=1)


def _stopped(tier: str, state: str) -> Standing:
    word = _("已停表")
    if tier == Tier.A:
        word = pgettext("tier A", "不计时")
    elif state == State.SUSPENDED:
        word = _("挂账·停表")
    elif not tier:
        word = _("待定级·未计时")
    return Standing("stop", "pause-circle", word)
