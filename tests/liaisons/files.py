"""Files as people upload them."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from openpyxl import Workbook

Rows = Sequence[Sequence[Any]]

UNITS = [
    ["代码", "名称", "类别", "上级单位"],
    ["M-STB", "市科技局", "市级部门", ""],
    ["D-YL", "岳麓区科技部门", "区县(市)", "市科技局"],
]
PLATFORM_HEADER = ["编号", "平台名称", "级别", "类型", "归口部门", "依托单位", "区县(市)/园区", "联系人", "电话"]
OFFICER_HEADER = ["工号", "姓名", "单位", "处室/职务"]
ASSIGNMENT_HEADER = ["工号", "平台", "开始日期", "结束日期", "例外理由"]


def platform_row(number: int, **cells: Any) -> list[Any]:
    row = dict(
        zip(
            PLATFORM_HEADER,
            [
                f"P{number:03d}",
                f"示例·平台{number}",
                "省部级",
                "湖南省重点实验室",
                "市科技局",
                "示例大学",
                "岳麓区",
                "王小明",
                "13812345678",
            ],
            strict=True,
        )
    )
    return list({**row, **cells}.values())


def register(**changes: Any) -> dict[str, Rows]:
    """A register of two units, four platforms and two officers with two platforms each; `changes` replace sheets."""
    sheets: dict[str, Rows] = {
        "单位": UNITS,
        "平台": [PLATFORM_HEADER, *(platform_row(number) for number in range(1, 5))],
        "联点干部": [OFFICER_HEADER, ["L001", "陈思远", "市科技局", "基础处"], ["L002", "刘嘉", "D-YL", ""]],
        "联点安排": [
            ASSIGNMENT_HEADER,
            ["L001", "P001", "2025-06-11", "", ""],
            ["L001", "示例·平台2", "2025-06-11", "", ""],
            ["L002", "P003", "2025-06-11", "", ""],
            ["L002", "P004", "2025-06-11", "", ""],
        ],
    }
    return {**sheets, **changes}


def xlsx(sheets: Mapping[str, Rows]) -> bytes:
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for title, rows in sheets.items():
        sheet = workbook.create_sheet(title)
        for row in rows:
            sheet.append(row)
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def csv_file(rows: Rows, encoding: str = "utf-8-sig") -> bytes:
    stream = io.StringIO()
    csv.writer(stream).writerows(rows)
    return stream.getvalue().encode(encoding)
