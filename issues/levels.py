"""Where an issue's running clock stands, as a word, a colour and a number of working days."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from config.clock import today
from issues.models import Issue, Level, State, Tier, WarningLadder
from workdays.calendar import WorkCalendar, current_calendar


@dataclass(frozen=True, slots=True)
class Standing:
    """What a chip shows: `css` and `icon` for the eye, `word` for everybody. `days` are working days left or late."""

    css: str
    icon: str
    word: str
    days: int | None = None


def nearing_days(on: date | None = None) -> int:
    """The working days before a due date from which an issue counts as nearing, by the rule in force."""
    return WarningLadder.objects.filter(valid_from__lte=on or today()).latest("valid_from", "pk").nearing_days


class Yardstick:
    """Measures any number of issues on one day with two small statements: the calendar's revision and the rule."""

    def __init__(self, day: date | None = None, calendar: WorkCalendar | None = None) -> None:
        self.today = day or today()
        self.calendar = calendar or current_calendar()
        self.nearing = nearing_days(self.today)

    def level_of(self, due_on: date) -> Level | None:
        """The level that is announced for a clock that runs to `due_on`, None while there is nothing to say."""
        if due_on < self.today:
            return Level.OVERDUE
        if due_on == self.today:
            return Level.DUE_TODAY
        return Level.NEARING if self.left(due_on) <= self.nearing else None

    def left(self, due_on: date) -> int:
        """Working days after today up to and including `due_on`; negative once it has passed (R15)."""
        return self.calendar.between(self.today, due_on)

    def where(self, level: Level) -> Q:
        """The issues at `level` now, as a date range over the running clock: lists, counts and the API use it."""
        return {
            Level.OVERDUE: Q(clock_due_on__lt=self.today),
            Level.DUE_TODAY: Q(clock_due_on=self.today),
            Level.NEARING: Q(clock_due_on__gt=self.today, clock_due_on__lt=self._after_nearing()),
        }[level]

    def _after_nearing(self) -> date:
        """The first due date that is not nearing any more: the working day after the last nearing one.

        In the calendar's last week that is the day behind its end: no due date lies there.
        """
        following = self.calendar.seq(self.today) + self.nearing + 1
        if following > self.calendar.seq(self.calendar.last):
            return self.calendar.last + timedelta(days=1)
        return self.calendar.worked_day(following)

    def first_warning_on(self, due_on: date) -> date:
        """The first day on which a clock to `due_on` is nearing."""
        return self.calendar.back(due_on, self.nearing)

    def standing(self, issue: Issue) -> Standing:
        """The chip of an issue."""
        return self.measure(
            issue.tier, issue.state, issue.clock_due_on, issue.term.working_days if issue.term else None
        )

    def measure(self, tier: str, state: str, due_on: date | None, term: int | None) -> Standing:
        """The chip of an issue of which no more is known: `due_on` of its running clock, `term` in working days."""
        if due_on is None:
            word = pgettext("tier A", "不计时") if tier == Tier.A else _("已停表")
            return Standing("stop", "pause-circle", word)
        prefix, left = "" if state == State.OPEN else _("方案"), self.left(due_on)
        level = self.level_of(due_on)
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
        if term is not None and state == State.OPEN and left * 2 <= term:
            words = ngettext("过半·剩%(days)d天", "过半·剩%(days)d天", left) % {"days": left}
            return Standing("half", "circle-half", words, left)
        words = ngettext("正常·剩%(days)d天", "正常·剩%(days)d天", left) % {"days": left}
        return Standing("ok", "check-circle", prefix + words, left)
