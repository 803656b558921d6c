"""The "why this date" strip: the days between a start and a due date, drawn from the calendar's table."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import formats
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from workdays.calendar import WorkCalendar
from workdays.models import DayKind

MOST_WEEKS = 16
ONE = timedelta(days=1)
FINAL_TO_YEAR_END = timedelta(days=3)  # 29-31 December wait for the next year's notice
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
    "k-held": gettext_lazy("停表，不计"),
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
    """What templates/workdays/_strip.html draws, and what it could not show."""

    lead: SafeString
    weeks: list[list[StripDay]]
    sums: list[tuple[int, str]]
    keys: list[tuple[str, str]]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """What a strip explains.

    `reached` is the day the clock came to: days up to it are past, and beyond `due` they are days late. `term` is the
    number of working days promised, where it was a number. Of `held` spans the first day is used and the last is given
    back; one without a last day goes on. `raised_on` is the day the matter came up, where the span starts anew on a
    later one. `settled_on` bears `settled_tag`, and `remarks` end the sentence.
    """

    start: date
    due: date
    is_provisional: bool
    today: date
    reached: date
    term: int | None = None
    raised_on: date | None = None
    held: Sequence[tuple[date, date | None]] = ()
    settled_on: date | None = None
    settled_tag: str = ""
    remarks: Sequence[str] = ()


def draw(span: Span, calendar: WorkCalendar) -> Strip:
    """The strip of `span` as the calendar is now. Raises CalendarCoverageError outside of it."""
    return _Drawing(span, calendar).strip()


def holiday_label(name: str) -> str:
    """A holiday's name in the reader's language; two that fall together are named together."""
    return _("、").join(_(part) for part in name.split("、")) if name else ""


def short_holiday(name: str) -> str:
    """As it fits over a day: 国庆 for 国庆节."""
    label = holiday_label(name)
    return label.removesuffix("节") if len(label) > 2 else label


class _Drawing:
    def __init__(self, span: Span, calendar: WorkCalendar) -> None:
        self.span, self.calendar = span, calendar
        self.start, self.due, self.today = span.start, span.due, span.today
        self.end = max(self.due, span.reached)
        # How many working days each day brings the clock to: what a pause holds does not count.
        self.counts: dict[date, int] = {}
        count = 0
        for entry in calendar.range(self.start, self.end)[1:]:
            count += entry.is_working and not self._is_held(entry.date)
            self.counts[entry.date] = count
        self.is_standing_still = any(ended is None for _began, ended in span.held)
        self.seen: set[str] = set()

    def strip(self) -> Strip:
        monday = self.start - ONE * self.start.weekday()
        needed = (self.end - monday).days // 7 + 1
        shown = min(needed, MOST_WEEKS)
        weeks = [[self._day(monday + ONE * (week * 7 + n)) for n in range(7)] for week in range(shown)]
        keys = [(css, str(words)) for css, words in KEYS.items() if css in self.seen]
        return Strip(self._lead(), weeks, self._sums(), keys, self._note(needed - shown))

    def _is_held(self, day: date) -> bool:
        return any(began < day and (ended is None or day <= ended) for began, ended in self.span.held)

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
            return "start", _("起"), [_("重办日") if self._is_redone else _("提出日"), _("不计")]
        if day != self.due and not self.calendar.is_working(day):
            return self._day_off(day)
        if self.calendar.is_working(day) and self._is_held(day):
            return self._as("held", "k-held"), pgettext("clock stands still", "停"), [_("停表"), _("不计")]
        if day > self.due:
            late = self.counts[day] - self.counts[self.due]
            return self._as("over", "k-over"), f"+{late}", [_("逾期第%(n)d个工作日") % {"n": late}]
        return self._counted(day)

    def _counted(self, day: date) -> tuple[str, str, list[str]]:
        number = self.counts[day]
        css, words = "run", [_("第%(n)d个工作日") % {"n": number}]
        if self.calendar.day(day).kind == DayKind.MAKE_UP:
            css = self._as("run make", "k-make")
            words.append(_("调休上班"))
        if day < self.today and day <= self.span.reached:
            css = self._as(f"{css} past", "k-run")
        elif day != self.due:
            self.seen.add("k-next")
        if day == self.due:
            is_provisional = self.span.is_provisional
            css = self._as(
                f"{css} due prov" if is_provisional else f"{css} due", "k-prov" if is_provisional else "k-due"
            )
            words.append(_("到期日，暂定") if is_provisional else _("到期日"))
        return css, str(number), words

    def _day_off(self, day: date) -> tuple[str, str, list[str]]:
        entry = self.calendar.day(day)
        if entry.kind == DayKind.HOLIDAY:
            words = _("%(holiday)s放假") % {"holiday": holiday_label(entry.name)}
            return self._as("off hol", "k-hol"), _("休"), [words, _("不计")]
        return self._as("off", "k-wk"), _("休"), [_("周末"), _("不计")]

    def _as(self, css: str, key: str) -> str:
        self.seen.add(key)
        return css

    def _tag(self, day: date) -> str:
        """The word above the dot: the first that applies, a holiday's once a run and week."""
        if day == self.start:
            return _("重办") if self._is_redone else _("提出")
        if day == self.span.settled_on:
            return self.span.settled_tag
        if any(began == day for began, _ended in self.span.held):
            return pgettext("tag", "挂账")
        if day == self.due and not self.is_standing_still:
            return pgettext("short", "暂定") if self.span.is_provisional else _("到期")
        entry = self.calendar.day(day)
        if entry.kind == DayKind.MAKE_UP:
            return _("调休班")
        if entry.kind != DayKind.HOLIDAY:
            return ""
        before = self.calendar.day(day - ONE)
        goes_on = (
            day.weekday() > 0 and day - ONE > self.start and (before.kind, before.name) == (entry.kind, entry.name)
        )
        return "" if goes_on else short_holiday(entry.name)

    def _date_label(self, day: date) -> str:
        opens = day == self.start - ONE * self.start.weekday()
        with_month = opens or day.day == 1 or day in (self.start, self.due)
        return f"{day.month}.{day.day}" if with_month else str(day.day)

    def _sums(self) -> list[tuple[int, str]]:
        """Days counted, held, holidays and weekends, which together are the calendar days of the last pair."""
        days = self.calendar.range(self.start + ONE, self.due)
        held = sum(day.is_working and self._is_held(day.date) for day in days)
        kinds = Counter(day.kind for day in days if not self._is_held(day.date))
        make_up = kinds[DayKind.MAKE_UP]
        words = _("计入的工作日")
        if make_up:
            words += _("（含调休上班%(days)d天）") % {"days": make_up}
        sums = [(kinds[DayKind.WORKING] + make_up, words)]
        kinds = Counter(day.kind for day in days)
        for count, word in (
            (held, pgettext("several days", "停表")),
            (kinds[DayKind.HOLIDAY], pgettext("several days", "节假日")),
            (kinds[DayKind.WEEKEND], pgettext("several days", "周末")),
        ):
            if count:
                sums.append((count, word))
        return [*sums, (len(days), _("个自然日"))]

    def _lead(self) -> SafeString:
        number = self.counts.get(self.due, 0)
        if self.is_standing_still and self.span.term is not None:  # the date from before the clock stood still
            number = self.span.term
        sentences = [
            self._opening() % {"start": self._words(self.start), "n": number},
            format_html(
                "<strong>{}</strong>",
                _("%(day)s（%(weekday)s）")
                % {"day": self._words(self.due), "weekday": formats.date_format(self.due, "l")},
            ),
            _("24:00前。"),
        ]
        if self.span.is_provisional:
            year = (self.due + FINAL_TO_YEAR_END).year
            sentences.append(_("%(year)d年放假安排还没有公布，这一天是暂定的。") % {"year": year})
        sentences += self.span.remarks
        return format_html("{}" * len(sentences), *sentences)

    @property
    def _is_redone(self) -> bool:
        return self.span.raised_on not in (None, self.start)

    def _opening(self) -> str:
        if self.span.raised_on is None or not self._is_redone:
            return _("%(start)s提出，次日起算，第%(n)d个工作日是")
        words = _("%(start)s重办（%(raised)s提出），次日起重新计时，第%%(n)d个工作日是")
        return words % {"raised": self._words(self.span.raised_on), "start": "%(start)s"}

    def _note(self, weeks_left_out: int) -> str:
        notes = []
        if weeks_left_out > 0 and self.end > self.due:
            late = self.counts[self.end] - self.counts.get(self.due, 0)
            notes.append(
                _("只画出前%(shown)d周，后面还有%(more)d周；到%(day)s已逾期%(late)d个工作日。")
                % {"shown": MOST_WEEKS, "more": weeks_left_out, "day": self._words(self.end), "late": late}
            )
        elif weeks_left_out > 0:
            notes.append(_("只画出前%(shown)d周，后面还有%(more)d周。") % {"shown": MOST_WEEKS, "more": weeks_left_out})
        is_as_promised = self.span.term in (None, self.counts.get(self.due, 0))
        if not (is_as_promised or self.is_standing_still):
            notes.append(
                _("到期日按登记时的日历算定，时限%(days)d个工作日；之后日历有调整，上面按现在的日历画出。")
                % {"days": self.span.term}
            )
        return "".join(notes)

    def _words(self, day: date) -> str:
        return date_words(day, self.today)


def date_words(day: date, today: date) -> str:
    """A date for running text, with its year unless that is the present one."""
    pattern = pgettext("date format", "n月j日") if day.year == today.year else pgettext("date format", "Y年n月j日")
    return formats.date_format(day, pattern)
