"""The filtered list as a workbook, 建设问题清单: written row by row, so that its length costs no memory."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import IO, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter

from config.clock import SHANGHAI, now
from issues.api_account import basis_of
from issues.levels import Yardstick
from issues.models import (
    Clock,
    Confirmation,
    Deadline,
    Importance,
    IssueQuerySet,
    Nature,
    Referral,
    Result,
    State,
    Suspension,
    Tier,
    Urgency,
)
from issues.why import basis_sentence

Row = dict[str, Any]
Cell = str | int | date | None

MOST_ROWS = 20_000
CHUNK = 1000
# What XML cannot hold. Everything else that people type is kept as it is.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
TEXT, DAY = "@", "yyyy-mm-dd"
A4 = 9
THIN = Side(style="thin", color="7F8B9E")
FETCHED = (
    *("pk", "number", "raised_on", "text", "nature", "urgency", "importance", "tier", "state", "due_on"),
    *("clock_due_on", "nearing_on", "calendar_id", "breached_on", "needs_review", "resolved_on", "result"),
    *("confirmation", "term__working_days", "platform__name", "officer__user__name", "category__name"),
    *("category__parent__name", "lead_unit__name", "handler__name", "plan__text", "plan__promised_on"),
)


@dataclass(frozen=True, slots=True)
class Column:
    """A header, how wide it stands, and what a row has under it."""

    header: str
    width: int
    value: Callable[[Row], Cell]


class Ledger:
    """Issues as lines of the ledger. Besides the rows themselves it takes three statements a thousand."""

    def __init__(self, issues: IssueQuerySet, yardstick: Yardstick) -> None:
        self.issues, self.yardstick = issues, yardstick
        self.columns = self._columns()

    def lines(self) -> Iterator[list[Cell]]:
        """At most MOST_ROWS, each with as many cells as there are columns."""
        rows = self.issues.order_by("-pk").values(*FETCHED)[: MOST_ROWS + 1].iterator(chunk_size=CHUNK)
        number = 0
        while chunk := list(islice(rows, CHUNK)):
            self._look_up(chunk)
            for row in chunk:
                number += 1
                if number > MOST_ROWS:
                    yield [_("只导出了前%(most)d条，后面还有；请缩小筛选范围，分几次导出。") % {"most": MOST_ROWS}]
                    return
                yield [number, *(column.value(row) for column in self.columns)]

    def _look_up(self, chunk: list[Row]) -> None:
        """Puts the newest version of the due date, the last referral and the pauses beside the rows of a chunk."""
        keys = [row["pk"] for row in chunk]
        newest = Deadline.objects.filter(issue_id__in=keys, clock=Clock.STATUTORY)
        versions = {each.issue_id: each for each in newest.order_by("issue_id", "-version").distinct("issue_id")}
        sent = Referral.objects.filter(issue_id__in=keys).order_by("issue_id", "-pk").distinct("issue_id")
        referred = dict(sent.values_list("issue_id", "referred_at"))
        pauses = defaultdict(list)
        for pause in Suspension.objects.filter(issue_id__in=keys, clock=Clock.STATUTORY):
            pauses[pause.issue_id].append(pause)
        for row in chunk:
            key = row["pk"]
            row["version"], row["referred_at"], row["pauses"] = versions.get(key), referred.get(key), pauses[key]

    def _columns(self) -> list[Column]:
        natures, urgencies, importances = _words(Nature), _words(Urgency), _words(Importance)
        states, results, tiers, words = _words(State), _words(Result), _words(Tier), _words(Confirmation)
        return [
            Column(_("编号"), 13, lambda row: row["number"]),
            Column(_("平台"), 24, lambda row: row["platform__name"]),
            Column(_("联点干部"), 10, lambda row: row["officer__user__name"]),
            Column(_("提出日期"), 11, lambda row: row["raised_on"]),
            Column(_("问题描述"), 42, lambda row: row["text"]),
            Column(_("需求类别"), 20, _category),
            Column(_("性质"), 14, lambda row: natures.get(row["nature"], "")),
            Column(_("紧急程度"), 9, lambda row: urgencies[row["urgency"]]),
            Column(_("重要性"), 9, lambda row: importances[row["importance"]]),
            Column(_("类别(A-D)"), 16, lambda row: f"{row['tier']} {tiers[row['tier']]}" if row["tier"] else ""),
            Column(_("主办单位"), 18, lambda row: row["lead_unit__name"]),
            Column(_("承办人"), 10, lambda row: row["handler__name"]),
            Column(_("交办日期"), 11, lambda row: _day(row["referred_at"])),
            Column(_("办理时限"), 12, self._term),
            Column(_("到期日"), 11, lambda row: row["due_on"]),
            Column(_("到期日依据"), 48, self._basis),
            Column(_("预警"), 16, self._standing),
            Column(_("曾逾期"), 11, lambda row: row["breached_on"]),
            Column(_("办理进展"), 10, lambda row: states[row["state"]]),
            Column(_("解决方案"), 36, lambda row: row["plan__text"]),
            Column(_("方案承诺日期"), 11, lambda row: row["plan__promised_on"]),
            Column(_("办结日期"), 11, lambda row: row["resolved_on"]),
            Column(_("处置结果"), 12, lambda row: results.get(row["result"], "")),
            Column(_("平台评价"), 14, lambda row: words.get(row["confirmation"], "")),
            Column(_("备注"), 16, lambda row: _("到期日待复核") if row["needs_review"] else ""),
        ]

    def _term(self, row: Row) -> Cell:
        days = row["term__working_days"]
        return "" if days is None else ngettext("%(days)s个工作日", "%(days)s个工作日", days) % {"days": days}

    def _basis(self, row: Row) -> Cell:
        version, calendar = row["version"], self.yardstick.calendar_of(row["calendar_id"])
        return basis_sentence(basis_of(version, row["raised_on"]), calendar, row["pauses"]) if version else ""

    def _standing(self, row: Row) -> Cell:
        running = row["clock_due_on"], row["nearing_on"], row["term__working_days"], row["calendar_id"]
        return self.yardstick.measure(row["tier"], row["state"], *running).word


def write_workbook(ledger: Ledger, stream: IO[bytes], filled_in_by: str) -> None:
    """The ledger as xlsx: a title over all columns, a line on where it comes from, a head that stays in sight."""
    workbook = Workbook(write_only=True)
    sheet: Any = workbook.create_sheet(_("建设问题清单"))
    headers = [_("序号"), *(column.header for column in ledger.columns)]
    for number, width in enumerate((6, *(column.width for column in ledger.columns)), start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.freeze_panes = "C4"
    sheet.print_title_rows = "3:3"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    last = get_column_letter(len(headers))
    for row in (1, 2):
        sheet.merged_cells.add(f"A{row}:{last}{row}")
    sheet.append([_heading(sheet, _("建设问题清单"), size=16)])
    at = now().astimezone(SHANGHAI)
    sheet.append([_source(sheet, _("填报：%(by)s　截止：%(at)s") % {"by": filled_in_by, "at": f"{at:%Y-%m-%d %H:%M}"})])
    sheet.append([_head(sheet, header) for header in headers])
    maker = CellMaker(sheet)
    for line in ledger.lines():
        sheet.append(maker.cells(line))
    workbook.save(stream)


class CellMaker:
    """Cells of one sheet. Text is text whatever it begins with: no reader of the file takes it for a formula."""

    def __init__(self, sheet: Any) -> None:
        self.sheet = sheet
        # Working a style out costs many times what its cell does: once a format, not once a cell.
        self.styles = {number_format: self._style(number_format) for number_format in (TEXT, DAY, "0")}

    def cells(self, values: Iterable[Cell]) -> list[Any]:
        return [self._cell(value) for value in values]

    def _cell(self, value: Cell) -> Any:
        if value is None or value == "":
            return self._made(None, "n", TEXT)
        if isinstance(value, str):
            return self._made(UNWRITABLE.sub("", value), "s", TEXT)
        if isinstance(value, date):
            return self._made(value, "d", DAY)
        return self._made(value, "n", "0")

    def _made(self, value: Cell, data_type: str, number_format: str) -> Any:
        cell: Any = WriteOnlyCell(self.sheet)
        cell._value, cell.data_type, cell._style = value, data_type, self.styles[number_format]
        return cell

    def _style(self, number_format: str) -> Any:
        cell: Any = WriteOnlyCell(self.sheet, "")
        cell.alignment = Alignment(vertical="top", wrap_text=True)
        cell.border = Border(left=THIN, right=THIN, top=THIN, bottom=THIN)
        cell.number_format = number_format
        return cell._style


def _heading(sheet: Any, words: str, size: int) -> Any:
    cell = WriteOnlyCell(sheet, words)
    cell.font, cell.alignment = Font(bold=True, size=size), Alignment(horizontal="center")
    return cell


def _source(sheet: Any, words: str) -> Any:
    cell = WriteOnlyCell(sheet, UNWRITABLE.sub("", words))
    cell.data_type = "s"
    return cell


def _head(sheet: Any, words: str) -> Any:
    cell = WriteOnlyCell(sheet, words)
    cell.font, cell.border = Font(bold=True), Border(left=THIN, right=THIN, top=THIN, bottom=THIN)
    cell.alignment = Alignment(vertical="center", wrap_text=True)
    return cell


def _words(choices: Any) -> dict[str, str]:
    return {value: str(label) for value, label in choices.choices}


def _category(row: Row) -> Cell:
    return " · ".join(filter(None, (row["category__parent__name"], row["category__name"])))


def _day(at: datetime | None) -> date | None:
    return at.astimezone(SHANGHAI).date() if at else None


def file_name() -> str:
    """What the browser saves it as."""
    return f"{_('建设问题清单')}_{now().astimezone(SHANGHAI):%Y%m%d}.xlsx"
