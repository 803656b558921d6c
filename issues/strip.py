"""The "why this date" strip: the days between an issue's start and its due date, drawn from the calendar table."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import formats
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from issues.models import Deadline, Issue
from workdays.calendar import WorkCalendar
from workdays.models import DayKind

MOST_WEEKS = 16
ONE = timedelta(days=1)
WEEKDAYS = (
    *(gettext_lazy("周一"), gettext_lazy("周二"), gettext_lazy("周三"), gettext_lazy("周四")),
    *(gettext_lazy("周五"), gettext_lazy("周六"), gettext_lazy("周日")),
)

# The names in the calendar's table, marked for translation.
HOLIDAYS = (
    *(gettext_lazy("元旦"), gettext_lazy("春节"), gettext_lazy("清明节"), gettext_lazy("劳动节")),
    *(gettext_lazy("端午节"), gettext_lazy("中秋节"), gettext_lazy("国庆节")),
)

# Class of a sign in the key, and its words, in the order of the key.
KEYS: dict[str, Promise] = {
    "k-run": gettext_lazy("已过的工作日"),
    "k-next": gettext_lazy("还剩的工作日"),
    "k-make": gettext_lazy("调休上班，计入"),
    "k-wk": gettext_lazy("周末，不计"),
    "k-hol": gettext_lazy("法定节假日，不计"),
    "k-due": gettext_lazy("到期日"),
    "k-prov": gettext_lazy("到期日，暂定"),
    "k-over": gettext_lazy("逾期的工作日"),
}


@dataclass(frozen=True, slots=True)
class StripDay:
    """A cell. `css` says what the day is, `sentence` says the same to those who do not see the strip."""

    date: date
    css: str
    date_label: str
    tag: str = ""
    dot: str = ""
    sentence: str = ""
    is_today: bool = False


@dataclass(frozen=True, slots=True)
class Strip:
    """What templates/issues/_strip.html draws, and what it could not show."""

    lead: SafeString
    weeks: list[list[StripDay]]
    sums: list[tuple[int, str]]
    keys: list[tuple[str, str]]
    note: str = ""


def build_strip(issue: Issue, deadline: Deadline, calendar: WorkCalendar, today: date) -> Strip:
    """Explains `deadline`, a statutory version of `issue`, as it looks on `today`."""
    return _Builder(issue, deadline, calendar, today).build()


class _Builder:
    def __init__(self, issue: Issue, deadline: Deadline, calendar: WorkCalendar, today: date) -> None:
        self.issue, self.deadline, self.calendar, self.today = issue, deadline, calendar, today
        self.start, self.due = deadline.counted_from, deadline.due_on
        # Where the clock stands: it ran until today, or until it was stopped.
        self.reached = min(today, issue.settled_on or today)
        self.end = max(self.due, self.reached)
        self.seen: set[str] = set()

    def build(self) -> Strip:
        monday = self.start - ONE * self.start.weekday()
        needed = (self.end - monday).days // 7 + 1
        shown = min(needed, MOST_WEEKS)
        weeks = [[self._day(monday + ONE * (week * 7 + n)) for n in range(7)] for week in range(shown)]
        keys = [(css, str(words)) for css, words in KEYS.items() if css in self.seen]
        return Strip(self._lead(), weeks, self._sums(), keys, self._note(needed - shown))

    def _day(self, day: date) -> StripDay:
        label = self._date_label(day)
        if not self.start <= day <= self.end:
            return StripDay(day, "out", label)
        css, dot, what = self._count(day)
        parts = [str(WEEKDAYS[day.weekday()]), _("今天") if day == self.today else "", *what]
        sentence = pgettext("between the parts of a sentence", "，").join(part for part in parts if part)
        return StripDay(day, css, label, self._tag(day), dot, sentence, is_today=day == self.today)

    def _count(self, day: date) -> tuple[str, str, list[str]]:
        """Class, word in the dot and sentence of a day between start and end."""
        if day == self.start:
            return "start", _("起"), [_("提出日"), _("不计")]
        if day != self.due and not self.calendar.is_working(day):
            return self._day_off(day)
        number = self.calendar.between(self.start, day)
        if day > self.due:
            late = self.calendar.between(self.due, day)
            return self._as("over", "k-over"), f"+{late}", [_("逾期第%(n)d个工作日") % {"n": late}]
        css, words = "run", [_("第%(n)d个工作日") % {"n": number}]
        if self.calendar.day(day).kind == DayKind.MAKE_UP:
            css = self._as("run make", "k-make")
            words.append(_("调休上班"))
        if day < self.today and day <= self.reached:
            css = self._as(f"{css} past", "k-run")
        elif day != self.due:
            self.seen.add("k-next")
        if day == self.due:
            is_provisional = self.deadline.is_provisional
            css = self._as(
                f"{css} due prov" if is_provisional else f"{css} due", "k-prov" if is_provisional else "k-due"
            )
            words.append(_("到期日，暂定") if is_provisional else _("到期日"))
        return css, str(number), words

    def _day_off(self, day: date) -> tuple[str, str, list[str]]:
        entry = self.calendar.day(day)
        if entry.kind == DayKind.HOLIDAY:
            words = _("%(holiday)s放假") % {"holiday": _holiday(entry.name)}
            return self._as("off hol", "k-hol"), _("休"), [words, _("不计")]
        return self._as("off", "k-wk"), _("休"), [_("周末"), _("不计")]

    def _as(self, css: str, key: str) -> str:
        self.seen.add(key)
        return css

    def _tag(self, day: date) -> str:
        """The word above the dot: the first that applies, a holiday's once a run and week."""
        if day == self.start:
            return _("提出")
        if day == self.issue.settled_on:
            return _("办结") if self.issue.plan_confirmed_at is None else _("定方案")
        if day == self.due:
            return pgettext("short", "暂定") if self.deadline.is_provisional else _("到期")
        entry = self.calendar.day(day)
        if entry.kind == DayKind.MAKE_UP:
            return _("调休班")
        if entry.kind != DayKind.HOLIDAY:
            return ""
        goes_on = day.weekday() > 0 and day - ONE > self.start and self.calendar.day(day - ONE).name == entry.name
        name = _holiday(entry.name)
        return "" if goes_on else name.removesuffix("节") if len(name) > 2 else name

    def _date_label(self, day: date) -> str:
        opens = day == self.start - ONE * self.start.weekday()
        with_month = opens or day.day == 1 or day in (self.start, self.due)
        return f"{day.month}.{day.day}" if with_month else str(day.day)

    def _sums(self) -> list[tuple[int, str]]:
        days = self.calendar.range(self.start + ONE, self.due)
        kinds = Counter(day.kind for day in days)
        make_up = kinds[DayKind.MAKE_UP]
        words = _("计入的工作日")
        if make_up:
            words += _("（含调休上班%(days)d天）") % {"days": make_up}
        sums = [(kinds[DayKind.WORKING] + make_up, words)]
        for kind, word in (
            (DayKind.HOLIDAY, pgettext("several days", "节假日")),
            (DayKind.WEEKEND, pgettext("several days", "周末")),
        ):
            if kinds[kind]:
                sums.append((kinds[kind], word))
        return [*sums, (len(days), _("个自然日"))]

    def _lead(self) -> SafeString:
        number = self.calendar.between(self.start, self.due)
        sentences = [
            _("%(start)s提出，次日起算，第%(n)d个工作日是") % {"start": self._words(self.start), "n": number},
            format_html(
                "<strong>{}</strong>",
                _("%(day)s（%(weekday)s）")
                % {"day": self._words(self.due), "weekday": formats.date_format(self.due, "l")},
            ),
            _("24:00前。"),
        ]
        if self.deadline.is_provisional:
            sentences.append(_("%(year)d年放假安排还没有公布，这一天是暂定的。") % {"year": self.due.year})
        if self.issue.settled_on is not None:
            sentences.append(self._settled(self.issue.settled_on))
        return format_html("{}{}{}" + "{}" * (len(sentences) - 3), *sentences)

    def _settled(self, on: date) -> str:
        params = {"day": self._words(on)}
        if self.issue.plan_confirmed_at is None:
            return _("%(day)s办结，停表。") % params
        return _("%(day)s确定解决方案，停表。") % params

    def _note(self, weeks_left_out: int) -> str:
        notes = []
        if weeks_left_out > 0:
            late = self.calendar.between(self.due, self.end)
            notes.append(
                _("只画出前%(shown)d周，后面还有%(more)d周；到%(day)s已逾期%(late)d个工作日。")
                % {"shown": MOST_WEEKS, "more": weeks_left_out, "day": self._words(self.end), "late": late}
            )
        counted = self.calendar.between(self.start, self.due)
        if self.deadline.working_days is not None and counted != self.deadline.working_days:
            notes.append(
                _("到期日按登记时的日历算定，时限%(days)d个工作日；之后日历有调整，上面按现在的日历画出。")
                % {"days": self.deadline.working_days}
            )
        return "".join(notes)

    def _words(self, day: date) -> str:
        """The date for running text, with its year unless that is the present one."""
        pattern = (
            pgettext("date format", "n月j日") if day.year == self.today.year else pgettext("date format", "Y年n月j日")
        )
        return formats.date_format(day, pattern)


def _holiday(name: str) -> str:
    return _(name) if name else ""  # the translation of an empty text is the catalogue's head
