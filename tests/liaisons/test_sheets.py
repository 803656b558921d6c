"""Reading uploads: what is not an honest xlsx or csv is refused in a sentence, and costs little time and memory."""

import io
import struct
import time
import tracemalloc
from datetime import date
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook

from liaisons import sheets
from liaisons.sheets import Unreadable, read_sheets
from tests.liaisons.files import csv_file, xlsx


def refusal(content: bytes, name: str = "表.xlsx") -> str:
    with pytest.raises(Unreadable) as refused:
        read_sheets(name, content)
    return refused.value.messages[0]


def repacked(content: bytes, **parts: bytes) -> bytes:
    """The workbook with some parts replaced; `xl_sharedStrings_xml` stands for xl/sharedStrings.xml."""
    new = {name.replace("__", ".").replace("_", "/"): data for name, data in parts.items()}
    stream = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as old, ZipFile(stream, "w", ZIP_DEFLATED) as packed:
        for part in old.infolist():
            packed.writestr(part.filename, new.pop(part.filename, b"") or old.read(part))
        for name, data in new.items():
            packed.writestr(name, data)
    return stream.getvalue()


def archive(**parts: bytes) -> bytes:
    stream = io.BytesIO()
    with ZipFile(stream, "w", ZIP_DEFLATED) as packed:
        for name, data in parts.items():
            packed.writestr(name.replace("__", ".").replace("_", "/"), data)
    return stream.getvalue()


SHEET = '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
ONE = xlsx({"单位": [["代码", "名称"], ["M-STB", "市科技局"]]})
BROKEN = "文件已损坏，读不出内容。请在Excel里重新保存为xlsx再上传。"
NEITHER = "这不是xlsx或csv文件。请用下载的模板填写，存为xlsx，或存为UTF-8或GBK编码的csv。"


def test_cells_come_as_people_see_them_with_the_row_of_the_file() -> None:
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = "表"
    sheet.append(["代码", "电话", "日期", "是", "率"])
    sheet.append([])
    sheet.append([1001, 13812345678.0, date(2025, 6, 11), True, 0.5])
    stream = io.BytesIO()
    workbook.save(stream)
    [read] = read_sheets("底册.xlsx", stream.getvalue())
    assert read.name == "表"
    assert read.rows == [
        (1, ["代码", "电话", "日期", "是", "率"]),
        (3, ["1001", "13812345678", date(2025, 6, 11), "是", "0.5"]),
    ]


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_a_csv_may_be_divided_by_commas_tabs_or_semicolons(delimiter: str) -> None:
    [read] = read_sheets("单位.csv", f"代码{delimiter}名称\r\nM-STB{delimiter}市科技局\r\n".encode())
    assert read.rows == [(1, ["代码", "名称"]), (2, ["M-STB", "市科技局"])]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "文件是空的。"),
        (b" \r\n ", "文件是空的。"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
            "这是旧版xls或加密的文件，请在Excel里另存为不加密的xlsx再上传。",
        ),
        (archive(readme__txt=b"hello"), "这不是xlsx文件，只是压缩包。请上传xlsx或csv。"),
        (archive(xl_workbook__xml=b"<workbook/>"), BROKEN),
        (b"PK\x03\x04" + bytes(100), BROKEN),
        (ONE[: len(ONE) // 2], BROKEN),
        (repacked(ONE, xl_worksheets_sheet1__xml=SHEET.encode() + b"<sheetData><row r='1'><c r='A1'"), BROKEN),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), NEITHER),
        (b"a,b\n\x00,1\n", NEITHER),
        (b"\xff\xfe\x00", NEITHER),
        ('代码,名称\n"M-STB,市科技局\n'.encode(), "csv的引号或换行不完整，读不下去。请在Excel里重新保存再上传。"),
    ],
    ids=[
        "empty",
        "blank",
        "xls",
        "zip",
        "bare-book",
        "pk",
        "cut",
        "torn-xml",
        "png",
        "nul",
        "half-utf16",
        "open-quote",
    ],
)
def test_what_is_no_sheet_is_refused_in_a_sentence(content: bytes, message: str) -> None:
    assert refusal(content) == message


def test_a_file_too_large_is_refused_before_it_is_read() -> None:
    assert refusal(b"a,b\n" * (sheets.MAX_BYTES // 4 + 1)) == "文件超过5MB，请分几次导入。"


def test_a_zip_bomb_is_refused_by_its_table_of_contents() -> None:
    bomb = repacked(ONE, xl_worksheets_sheet1__xml=bytes(sheets.MAX_UNPACKED + 1))
    assert len(bomb) < 100_000
    tracemalloc.start()
    assert refusal(bomb) == "文件解开后过大，请只保留要导入的工作表再上传。"
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()


def test_a_zip_bomb_that_lies_about_its_size_is_not_unpacked() -> None:
    bomb = bytearray(repacked(ONE, xl_worksheets_sheet1__xml=b"<" + bytes(sheets.MAX_UNPACKED)))
    true_size, said = struct.pack("<I", sheets.MAX_UNPACKED + 1), struct.pack("<I", 1000)
    lying = bytes(bomb.replace(true_size, said))
    assert lying != bytes(bomb)
    tracemalloc.start()
    assert refusal(lying) == BROKEN
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


def test_entities_that_multiply_are_refused() -> None:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    laughs = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{levels}]>' + SHEET.partition("?>")[2]
    cell = '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&l9;</t></is></c></row></sheetData></worksheet>'
    started = time.process_time()
    assert refusal(repacked(ONE, xl_worksheets_sheet1__xml=(laughs + cell).encode())) == BROKEN
    assert time.process_time() - started < 10


def test_a_cell_at_the_far_corner_does_not_unroll_the_sheet() -> None:
    far = f'{SHEET}<sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    tracemalloc.start()
    message = refusal(repacked(ONE, xl_worksheets_sheet1__xml=far.encode()))
    assert message == "“单位”有几万行空行，请删除空行后再上传。"
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def test_more_rows_than_one_import_takes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_ROWS", 20)
    rows = [["代码", "名称"], *([f"U{n}", "单位"] for n in range(30))]
    assert refusal(csv_file(rows), "单位.csv") == "“单位.csv”超过20行，请分几次导入。"
    assert refusal(xlsx({"单位": rows})) == "“单位”超过20行，请分几次导入。"


def test_more_sheets_than_one_import_takes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MAX_SHEETS", 2)
    assert refusal(xlsx({"一": [["a"]], "二": [["a"]], "三": [["a"]]})) == "工作表超过2张，请分几次导入。"
