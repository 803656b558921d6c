"""The State Council's prose: 一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from django.utils.translation import gettext as _

from workdays.refusal import WEEKDAYS, Refusals, weekday_word

TITLE = re.compile(r"关于\s*(\d{4})\s*年[^。]{0,30}通知")
YEAR_OF = re.compile(r"(\d{4})\s*年[^。\n]{0,12}(?:节假日|放假|元旦)")
ITEM = re.compile(r"(?:^|(?<=[\n。；;]))\s*[一二三四五六七八九十]+\s*、\s*([^：:。\n]{1,20})\s*[：:]")
DATE = r"(?:(?P<{0}year>\d{{4}})\s*年\s*)?(?:(?P<{0}month>\d{{1,2}})\s*月\s*)?(?P<{0}day>\d{{1,2}})\s*日"
BRACKET = r"(?:\s*[（(](?P<{0}note>[^（）()]*)[）)])?"
SPAN = re.compile(
    (DATE + BRACKET).format("a_") + r"(?:\s*(?:至|到|—|–|-|~|～)+\s*" + (DATE + BRACKET).format("b_") + ")?"
)
VERB = re.compile(r"放假|上班")
COUNT = re.compile(r"\s*(?:调休|公休)?[，,]?\s*(?:共\s*)?(\d{1,3})\s*天")
WEEKDAY = re.compile(r"(?:周|星期|礼拜)([一二三四五六日天])")
SENTENCE_END = re.compile(r"[。；;]")
LONGEST_BLOCK = 16
NEW_YEAR = "元旦"


class Found(NamedTuple):
    date: date
    is_off: bool
    name: str
    line: int


class Item(NamedTuple):
    """一、元旦：… to the next one; `at` is where its words begin in the whole text."""

    name: str
    words: str
    at: int


def read_prose(text: str, year: int | None, refusals: Refusals) -> tuple[int | None, list[Found]]:
    """The year, from the title unless given, and the days. Complaints go to `refusals`."""
    year = _year(text, year, refusals)
    items = list(_items(text))
    if year is None:
        refusals.add(1, _("看不出是哪一年的通知，请填写年份。"))
    if not items:
        refusals.add(1, _("没有读到放假安排，应当是“一、元旦：1月1日至3日放假……”的样子。"))
    if year is None or not items:
        return year, []
    found: list[Found] = []
    lines: dict[str, int] = {}
    for item in items:
        line = _line(text, item.at)
        for name in re.split(r"[、和]", item.name):
            if lines.setdefault(name.strip(), line) != line:
                refusals.add(
                    line,
                    _("“%(name)s”出现两次，第%(line)d行已经安排过。") % {"name": name, "line": lines[name.strip()]},
                )
        found += _Reader(text, item, year, refusals).days()
    return year, found


def _year(text: str, given: int | None, refusals: Refusals) -> int | None:
    titles = list(TITLE.finditer(text))
    if len(titles) > 1:
        refusals.add(_line(text, titles[1].start()), _("有两份通知的标题，请一份一份地提交。"))
        refusals.raise_if_any()
    # Within the list a year belongs to a date: 2022年12月31日至2023年1月2日放假.
    named = [match for match in (*titles, *YEAR_OF.finditer(text)) if not _is_of_an_item(text, match.start())]
    year = given if given is not None else int(named[0][1]) if named else None
    for match in named:
        if int(match[1]) != year:
            refusals.add(
                _line(text, match.start()),
                _("这里写的是%(named)s年，不是%(year)s年。") % {"named": match[1], "year": year},
            )
    return year


def _is_of_an_item(text: str, at: int) -> bool:
    return any(item.at <= at < item.at + len(item.words) for item in _items(text))


def _items(text: str) -> Iterator[Item]:
    heads = list(ITEM.finditer(text))
    for place, head in enumerate(heads):
        end = heads[place + 1].start() if place + 1 < len(heads) else len(text)
        blank = re.search(r"\n\s*\n", text[head.end() : end]) if place + 1 == len(heads) else None
        words = text[head.end() : head.end() + blank.start() if blank else end]
        yield Item(head[1].strip(), words, head.end())


def _line(text: str, at: int) -> int:
    # A match may begin with the line end before its words.
    at += len(text[at:]) - len(text[at:].lstrip())
    return text.count("\n", 0, at) + 1


class _Reader:
    """One item: spans of dates, each followed by what happens on them."""

    def __init__(self, text: str, item: Item, year: int, refusals: Refusals) -> None:
        self.text, self.item, self.year, self.refusals = text, item, year, refusals
        self.month: int | None = None

    def days(self) -> list[Found]:
        found: list[Found] = []
        begin = 0
        for verb in VERB.finditer(self.item.words):
            # What stands before the last full stop belongs to another sentence: 鼓励…在除夕（2月9日）休息。
            stops = [stop.end() for stop in SENTENCE_END.finditer(self.item.words, begin, verb.start())]
            begin = stops[-1] if stops else begin
            spans = list(SPAN.finditer(self.item.words, begin, verb.start()))
            block = [day for span in spans for day in self._span(span, is_off=verb[0] == "放假")]
            if verb[0] == "放假":
                self._check_count(block, verb.end())
            found += block
            begin = verb.end()
        if not any(day.is_off for day in found):
            self.refusals.add(
                _line(self.text, self.item.at), _("“%(name)s”没有读到放假日期。") % {"name": self.item.name}
            )
        return found

    def _span(self, span: re.Match[str], *, is_off: bool) -> list[Found]:
        line = _line(self.text, self.item.at + span.start())
        first = self._date(span, "a_", line)
        last = self._date(span, "b_", line) if span["b_day"] else first
        if first is None or last is None:
            return []
        if last < first and not (span["a_year"] and span["b_year"]):
            # Over the New Year without its year: 元旦 begins in the year before, anything else ends in the year after.
            if self.item.name.startswith(NEW_YEAR):
                first = _in_year(first, last.year - 1) or first
            else:
                last = _in_year(last, first.year + 1) or last
        if not first <= last or (last - first).days >= LONGEST_BLOCK:
            self.refusals.add(line, _("从%(first)s到%(last)s不像一个假期。") % {"first": first, "last": last})
            return []
        self._check_weekday(first, span["a_note"], line)
        if span["b_day"]:
            self._check_weekday(last, span["b_note"], line)
        days = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
        return [Found(day, is_off, self.item.name, line) for day in days]

    def _date(self, span: re.Match[str], part: str, line: int) -> date | None:
        self.month = int(span[part + "month"] or 0) or self.month
        year = int(span[part + "year"] or 0) or self.year
        if not span[part + "year"] and self.item.name.startswith(NEW_YEAR) and self.month == 12:
            year -= 1
        try:
            if self.month is None:
                raise ValueError
            return date(year, self.month, int(span[part + "day"]))
        except ValueError:
            self.refusals.add(line, _("“%(words)s”不是有效的日期。") % {"words": span[0][:30]})
            return None

    def _check_weekday(self, day: date, note: str | None, line: int) -> None:
        said = WEEKDAY.search(note or "")
        if said and WEEKDAYS.index(said[1].replace("天", "日")) != day.weekday():
            self.refusals.add(
                line,
                _("%(day)s是%(weekday)s，通知里写的是“%(said)s”。")
                % {"day": day, "weekday": weekday_word(day), "said": said[0]},
            )

    def _check_count(self, block: list[Found], at: int) -> None:
        said = COUNT.match(self.item.words, at)
        if said and block and int(said[1]) != len(block):
            self.refusals.add(
                block[0].line,
                _("%(name)s写的是%(said)s天，从日期数出来是%(count)d天。")
                % {"name": self.item.name, "said": said[1], "count": len(block)},
            )


def _in_year(day: date, year: int) -> date | None:
    try:
        return day.replace(year=year)
    except ValueError:
        return None
