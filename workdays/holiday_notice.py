"""What a holiday notice says, read from its text: lines `date,kind,name`, or the State Council's own prose.

Whatever contradicts itself is refused with the line it stands on; nothing is guessed.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from config.fields import UNSTORABLE
from workdays.prose import Found, read_prose
from workdays.refusal import Refusals, weekday_word

LONGEST = 20_000
NAME_LENGTH = 20
OFF, MAKE_UP, WORKING = "off", "make_up", "working"
# `work` is what the shipped file calls a make-up day.
KINDS = {
    **dict.fromkeys(("off", "holiday", "休", "放假"), OFF),
    **dict.fromkeys(("make_up", "work", "班", "上班", "调休上班"), MAKE_UP),
    **dict.fromkeys(("working", "工作日", "取消"), WORKING),
}
HEADER = {"date", "日期"}
STARTS_WITH_A_DATE = re.compile(r"\s*\d{4}-\d{1,2}-\d{1,2}\s*(?:[,，\t;]|$)")
ISO = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
DOCUMENT_NUMBER = re.compile(r"国办发\w*\s*[〔\[（(]\s*\d{4}\s*[〕\]）)]\s*第?\d+号")
# Real notices reached this far over the New Year: 30 December 2006 was worked, 31 December 2022 was off.
OVER_NEW_YEAR = timedelta(days=7)


class NoticeDay(NamedTuple):
    """One day as the notice has it. `kind` is off, make_up, or working where an earlier notice is taken back."""

    date: date
    kind: str
    name: str
    line: int

    @property
    def as_json(self) -> dict[str, Any]:
        return {**self._asdict(), "date": self.date.isoformat()}

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> "NoticeDay":
        return cls(date.fromisoformat(row["date"]), row["kind"], row["name"], row["line"])


@dataclass(frozen=True)
class Arrangement:
    """A notice that agrees with itself. `document_number` is the one its text bears, if any."""

    year: int
    days: list[NoticeDay]
    document_number: str


def read_upload(content: bytes) -> str:
    """The text of an uploaded file: UTF-8, or GB18030 as older office programs save it. ValidationError otherwise."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not re.search("[\x00-\x08\x0e-\x1f]", text):
            return text
    raise ValidationError(_("这个文件不是文本文件。请上传通知的文字（.txt 或 .csv），或者直接粘贴。"))


def parse(text: str, *, year: int | None = None, is_national: bool = True) -> Arrangement:
    """Reads the notice of `year`, or of the year it names. Raises ValidationError with every complaint and its line.

    A holiday of the nation comes once a year; what a region closes for may come again.
    """
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    _check_text(text)
    refusals = Refusals()
    if any(STARTS_WITH_A_DATE.match(line) for line in text.splitlines()):
        days, named = _read_lines(text, refusals)
        if year is None:
            year = named or _most_common_year(days)
        if named and named != year:
            refusals.add(1, _("通知写的是%(named)s年，不是%(year)s年。") % {"named": named, "year": year})
    else:
        year, found = read_prose(text, year, refusals)
        days = [_noticed(each) for each in found]
    refusals.raise_if_any()
    if not days or year is None:
        raise ValidationError(_("没有读到任何日期。请粘贴通知原文，或者每行写一天：2027-01-01,off,元旦。"))
    _check_days(days, year, refusals)
    if is_national:
        _check_names(sorted(days), refusals)
    refusals.raise_if_any()
    number = DOCUMENT_NUMBER.search(text)
    return Arrangement(year, sorted(days), number.group().replace(" ", "") if number else "")


def _check_text(text: str) -> None:
    if not text.strip():
        raise ValidationError(_("通知内容不能为空。"))
    if len(text) > LONGEST:
        raise ValidationError(
            _("通知内容最多%(most)d个字，现在有%(count)d个字。") % {"most": LONGEST, "count": len(text)}
        )
    if UNSTORABLE.search(text):
        raise ValidationError(_("含有无法保存的字符，请删去后再提交。"))


def _read_lines(text: str, refusals: Refusals) -> tuple[list[NoticeDay], int | None]:
    """The days, and the year that a fourth column names."""
    days: list[NoticeDay] = []
    years: dict[int, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        cells = [cell.strip() for cell in next(csv.reader([re.sub(r"[，\t;]", ",", line)]), [])]
        if not any(cells) or (not days and cells[0].lower() in HEADER):
            continue
        day = _read_line(number, cells, refusals)
        if day is not None:
            days.append(day)
        if len(cells) > 3 and cells[3]:
            _note_year(number, cells[3], years, refusals)
    return days, next(iter(years), None)


def _note_year(number: int, cell: str, years: dict[int, int], refusals: Refusals) -> None:
    if not re.fullmatch(r"\d{4}", cell, re.ASCII):
        refusals.add(number, _("年份“%(cell)s”不是四位数。") % {"cell": cell[:20]})
        return
    years.setdefault(int(cell), number)
    if len(years) > 1:
        (first, line), *_rest = years.items()
        refusals.add(
            number,
            _("写了两个年份：第%(line)d行是%(first)d年，这里是%(cell)s年。一份通知只管一年。")
            % {"line": line, "first": first, "cell": cell},
        )


def _read_line(number: int, cells: list[str], refusals: Refusals) -> NoticeDay | None:
    day, kind, name = [*cells, "", ""][:3]
    try:
        on = date.fromisoformat(day if ISO.fullmatch(day) else "")
    except ValueError:
        refusals.add(number, _("“%(day)s”不是日期，请写成 2027-01-01 的样子。") % {"day": day[:20]})
        return None
    if kind.lower() not in KINDS:
        refusals.add(
            number,
            _("“%(kind)s”不是日子的种类。可以写 off（放假）、make_up（调休上班）、working（取消原来的安排）。")
            % {"kind": kind[:20]},
        )
        return None
    if not name and KINDS[kind.lower()] == OFF:
        refusals.add(number, _("请写明是什么假。"))
    if len(name) > NAME_LENGTH:
        refusals.add(number, _("名称最多%(most)d个字。") % {"most": NAME_LENGTH})
    return NoticeDay(on, KINDS[kind.lower()], name, number)


def _noticed(found: Found) -> NoticeDay:
    return NoticeDay(found.date, OFF if found.is_off else MAKE_UP, found.name[:NAME_LENGTH], found.line)


def _most_common_year(days: list[NoticeDay]) -> int | None:
    return Counter(day.date.year for day in days).most_common(1)[0][0] if days else None


def _check_days(days: list[NoticeDay], year: int, refusals: Refusals) -> None:
    """A day stands once, within its year, and a make-up day is one that is otherwise off."""
    seen: dict[date, NoticeDay] = {}
    try:
        first, last = date(year, 1, 1) - OVER_NEW_YEAR, date(year, 12, 31) + OVER_NEW_YEAR
    except (ValueError, OverflowError):
        raise ValidationError(_("%(year)s年不在可以安排的范围内。") % {"year": year}) from None
    for day in days:
        other = seen.setdefault(day.date, day)
        if other is not day:
            refusals.add(day.line, _overlap(day, other))
        if not first <= day.date <= last:
            refusals.add(day.line, _("%(day)s不在%(year)d年。") % {"day": day.date, "year": year})
        if day.kind == MAKE_UP and day.date.weekday() < 5:
            refusals.add(
                day.line,
                _("%(day)s是%(weekday)s，本来就上班，不能作调休上班日。")
                % {"day": day.date, "weekday": weekday_word(day.date)},
            )


def _overlap(day: NoticeDay, other: NoticeDay) -> str:
    words = {"day": day.date, "line": other.line}
    if day.kind != other.kind:
        return _("%(day)s在第%(line)d行是另一种安排，同一天不能又放假又上班。") % words
    return _("%(day)s在第%(line)d行已经写过。") % words


def _check_names(days: list[NoticeDay], refusals: Refusals) -> None:
    """A holiday is one run of days: a second one of the same name is an error of copying."""
    ended: dict[str, NoticeDay] = {}
    for block in _blocks([day for day in days if day.kind == OFF]):
        for name in {day.name: day for day in block}:
            earlier = ended.get(name)
            if name and earlier is not None:
                refusals.add(
                    next(day.line for day in block if day.name == name),
                    _("“%(name)s”出现两次，第%(line)d行已经安排过。") % {"name": name, "line": earlier.line},
                )
            ended[name] = block[-1]


def _blocks(days: list[NoticeDay]) -> Iterator[list[NoticeDay]]:
    block: list[NoticeDay] = []
    for day in days:
        if block and day.date - block[-1].date > timedelta(days=1):
            yield block
            block = []
        block.append(day)
    if block:
        yield block
