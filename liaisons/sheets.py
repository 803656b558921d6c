"""Reads what a person uploads as xlsx or csv into rows of cells, and refuses everything else in a sentence.

The kind of file is told by its content, never by its name; limits are checked before anything is unpacked.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zipfile import BadZipFile, ZipFile

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from openpyxl import load_workbook

from accounts.columns import Cell

MAX_BYTES = 5 * 1024 * 1024
MAX_UNPACKED = 40 * 1024 * 1024
MAX_PARTS = 1000
MAX_SHEETS = 20
MAX_ROWS = 5000
MAX_COLUMNS = 60
# A column formatted to the bottom of the sheet has a million empty rows; beyond this they are not walked through.
MAX_ROWS_WALKED = 50_000

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
WORKBOOK = "xl/workbook.xml"


class Unreadable(ValidationError):
    """The file as a whole cannot be taken; the message says why and what to do."""


@dataclass(frozen=True)
class Sheet:
    """The rows of a sheet that are not empty, each with its number in the file."""

    name: str
    rows: list[tuple[int, list[Cell]]]


def read_sheets(name: str, content: bytes) -> list[Sheet]:
    """The sheets of an xlsx, or the one of a csv. Raises Unreadable."""
    if len(content) > MAX_BYTES:
        raise Unreadable(_("文件超过%(size)dMB，请分几次导入。") % {"size": MAX_BYTES // 1024 // 1024})
    if not content.strip():
        raise Unreadable(_("文件是空的。"))
    if content.startswith(OLE):
        raise Unreadable(_("这是旧版xls或加密的文件，请在Excel里另存为不加密的xlsx再上传。"))
    if content.startswith(ZIP):
        return _read_xlsx(content)
    return [Sheet(name, _filled(name, _csv_rows(content)))]


def _read_xlsx(content: bytes) -> list[Sheet]:
    _refuse_bombs(content)
    try:
        # Read-only walks through the file and builds no model of it; formulas are kept, to be refused by name.
        workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        if len(workbook.worksheets) > MAX_SHEETS:
            raise Unreadable(_("工作表超过%(count)d张，请分几次导入。") % {"count": MAX_SHEETS})
        return [Sheet(sheet.title, _filled(sheet.title, _xlsx_rows(sheet))) for sheet in workbook.worksheets]
    except Unreadable:
        raise
    except Exception as error:  # openpyxl meets a broken file with whatever exception lies on its way
        raise Unreadable(_("文件已损坏，读不出内容。请在Excel里重新保存为xlsx再上传。")) from error


def _refuse_bombs(content: bytes) -> None:
    """Looks at the table of contents only. zipfile gives no part more bytes than are declared there."""
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise Unreadable(_("文件已损坏，读不出内容。请在Excel里重新保存为xlsx再上传。")) from error
    if WORKBOOK not in {part.filename for part in parts}:
        raise Unreadable(_("这不是xlsx文件，只是压缩包。请上传xlsx或csv。"))
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise Unreadable(_("文件解开后过大，请只保留要导入的工作表再上传。"))


def _xlsx_rows(sheet: Any) -> Iterator[list[Cell]]:
    for row in sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True):
        filled = len(row)
        while filled and row[filled - 1] is None:
            filled -= 1
        yield [_cell(value) for value in row[:filled]]


def _cell(value: Any) -> Cell:
    """A cell's value as the person sees it; a formula as text that begins with `=`."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return value.date() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, int | float | time) else f"={getattr(value, 'text', '')}"


def _csv_rows(content: bytes) -> Iterator[list[Cell]]:
    text = _decoded(content)
    first = text.lstrip().partition("\n")[0]
    delimiter = max(",\t;", key=first.count)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            yield list(row[:MAX_COLUMNS])
    except csv.Error as error:
        raise Unreadable(_("csv的引号或换行不完整，读不下去。请在Excel里重新保存再上传。")) from error


def _decoded(content: bytes) -> str:
    """UTF-8 with or without a mark, the UTF-16 Excel calls Unicode text, or GB 18030, which Excel in China writes."""
    encodings = ("utf-16",) if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Unreadable(_("这不是xlsx或csv文件。请用下载的模板填写，存为xlsx，或存为UTF-8或GBK编码的csv。"))


def _filled(name: str, rows: Iterable[list[Cell]]) -> list[tuple[int, list[Cell]]]:
    filled = []
    for number, row in enumerate(rows, start=1):
        if any(cell if isinstance(cell, date) else cell.strip() for cell in row):
            filled.append((number, row))
        # Some lines stand above the table.
        if len(filled) > MAX_ROWS + 10:
            raise Unreadable(_("“%(sheet)s”超过%(rows)d行，请分几次导入。") % {"sheet": name, "rows": MAX_ROWS})
        if number > MAX_ROWS_WALKED:
            raise Unreadable(_("“%(sheet)s”有几万行空行，请删除空行后再上传。") % {"sheet": name})
    return filled
