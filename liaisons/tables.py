"""Recognises which sheets of an upload are units, platforms, officers or assignments, by their headers."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from django.utils.translation import gettext as _

from accounts.columns import Cell, key_of
from accounts.resources import Line, SheetResource, UnitResource
from liaisons.resources import AssignmentResource, OfficerResource
from liaisons.sheets import Sheet, Unreadable
from platforms.resources import PlatformResource

# In the order in which they are written: each refers to those before it.
KINDS: tuple[type[SheetResource], ...] = (UnitResource, PlatformResource, OfficerResource, AssignmentResource)
# A title and a line on who reports may stand above the headers.
HEADER_WITHIN = 10
# Filled in by the system or there for the reader's eye: known, and not taken in.
DERIVED = {
    *("序号", "备注", "联点干部", "联点单位", "单位", "姓名", "处室/职务", "电话(脱敏)"),
    *("最近联系日期", "本季是否已联系", "在办问题数", "成果数"),
}


@dataclass(frozen=True)
class Table:
    """A sheet understood as one kind."""

    sheet: str
    kind: type[SheetResource]
    lines: list[Line]
    ignored: list[str]


def tables_of(sheet: Sheet) -> Iterator[Table]:
    """The sheet as every kind whose headers it has: an officer's row may also say which platforms are assigned."""
    for at, (_number, cells) in enumerate(sheet.rows[:HEADER_WITHIN]):
        headers = [_header(cell) for cell in cells]
        kinds = [kind for kind in KINDS if not kind.missing(_canonical(kind, headers))]
        for kind in kinds:
            yield _table(sheet, kind, headers, sheet.rows[at + 1 :])
        if kinds:
            return


def _table(sheet: Sheet, kind: type[SheetResource], headers: list[str], rows: list[tuple[int, list[Cell]]]) -> Table:
    names = _canonical(kind, headers)
    twice = {name for name in names if kind.knows(name) and names.count(name) > 1}
    if twice:
        words = {"sheet": sheet.name, "names": "、".join(sorted(twice))}
        raise Unreadable(_("“%(sheet)s”里这些列出现了两次，请只留一列：%(names)s。") % words)
    shown = {name: header for name, header in zip(names, headers, strict=True) if name != header}
    lines = [
        Line(number, {name: cell for name, cell in zip_longest(names, cells, fillvalue="") if kind.knows(name)}, shown)
        for number, cells in rows
        if not _is_total(cells)
    ]
    ignored = [h for h, name in zip(headers, names, strict=True) if h and not kind.knows(name) and h not in DERIVED]
    return Table(sheet.name, kind, kind.arrange(lines), ignored)


def _header(cell: Cell) -> str:
    """A header without the marks that templates and people put to it."""
    text = "" if not isinstance(cell, str) else "".join(cell.split()).replace("（", "(").replace("）", ")")
    return text.strip("*＊:：")


def _canonical(kind: type[SheetResource], headers: list[str]) -> list[str]:
    return [kind.aliases.get(header, header) if not kind.knows(header) else header for header in headers]


def _is_total(cells: list[Cell]) -> bool:
    return any(isinstance(cell, str) and key_of(cell) in ("合计", "总计") for cell in cells[:2])


def unrecognised(sheet: Sheet) -> str:
    """Names the kind that the sheet comes nearest to, and what is missing for it."""
    best: tuple[int, str, list[str]] = (0, "", [])
    for _number, cells in sheet.rows[:HEADER_WITHIN]:
        headers = [_header(cell) for cell in cells]
        for kind in KINDS:
            missing = kind.missing(_canonical(kind, headers))
            best = max(best, (len(kind.required) - len(missing), str(kind.title), missing), key=lambda each: each[0])
    if not best[0]:
        return _("“%(sheet)s”不是要导入的表，没有读取。") % {"sheet": sheet.name}
    words = {"sheet": sheet.name, "kind": best[1], "missing": "、".join(best[2])}
    return _("“%(sheet)s”像是%(kind)s表，但缺少这些列，没有读取：%(missing)s。") % words
