"""The workbook that people fill in: one sheet a kind, every column with a word on what goes into it."""

import io
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import override
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from accounts.models import UnitKind
from liaisons.services import portfolio_rule
from platforms.models import Level


@dataclass(frozen=True)
class Guide:
    """A sheet of the template: (header, hint) a column; a header that must be filled in ends with `*`."""

    title: str
    columns: tuple[tuple[str, str], ...]


def guides() -> tuple[Guide, ...]:
    rule = portfolio_rule()
    with override("zh-hans"):  # the words of the files
        kinds, levels = ("、".join(map(str, labels)) for labels in (UnitKind.labels, Level.labels))
    several = _("可填多个，用顿号隔开")
    return (
        Guide(
            "单位",
            (
                ("代码*", _("字母数字，例如M-STB")),
                ("名称*", _("单位名称")),
                ("英文名称", _("可不填")),
                ("类别*", kinds),
                ("上级单位", _("上级单位的名称或代码")),
                ("承接类别", _("A、B、C、D中的几个，用顿号隔开")),
                ("承接事项", _("问题类别的代码，用顿号隔开；*表示全部")),
            ),
        ),
        Guide(
            "平台",
            (
                ("编号*", _("本局为平台编的号，导入时凭它认出同一家平台")),
                ("平台名称*", _("全称")),
                ("级别*", levels),
                ("类型*", _("平台类型的名称或代码，级别须相符")),
                ("归口部门*", _("单位的名称或代码")),
                ("依托单位*", _("依托单位名称")),
                ("技术领域", _("技术领域的名称或代码")),
                ("区县(市)/园区*", _("区县(市)或园区的名称或代码")),
                ("地址", _("可不填")),
                ("曾用名", several),
                ("敏感平台", _("是或否；是的只登记可公开的信息")),
                ("批次", _("首批填1")),
                ("联系人", _("平台联络员的姓名；不填则保留原有联系人")),
                ("职务", _("联络员的职务")),
                ("电话", _("联络员的电话")),
                ("备注", _("不导入")),
            ),
        ),
        Guide(
            "联点干部",
            (
                ("工号*", _("同时是登录账号，导入时凭它认出同一个人")),
                ("姓名*", _("姓名")),
                ("单位*", _("联点单位的名称或代码")),
                ("处室/职务", _("可不填")),
                ("电话", _("可不填")),
                ("备注", _("不导入")),
            ),
        ),
        Guide(
            "联点安排",
            (
                ("工号*", _("联点干部的工号")),
                ("联点干部", _("姓名，与工号核对")),
                ("平台*", _("平台的编号或名称")),
                ("开始日期*", _("例如2025-06-11")),
                ("结束日期", _("现任的不填")),
                (
                    "例外理由",
                    _("一名干部联点%(minimum)d至%(maximum)d家，超出这个范围时填写")
                    % {"minimum": rule.minimum, "maximum": rule.maximum},
                ),
                ("备注", _("不导入")),
            ),
        ),
    )


def build_template() -> bytes:
    """The template as xlsx. The hints stand in a sheet of their own, so that no sample row is imported by mistake."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for guide in guides():
        _draw(workbook.create_sheet(guide.title), guide)
    _draw_hints(workbook.create_sheet(_("填表说明")))
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def _draw(sheet: Worksheet, guide: Guide) -> None:
    sheet.append([header for header, _hint in guide.columns])
    for number, (header, _hint) in enumerate(guide.columns, start=1):
        letter = get_column_letter(number)
        _as_head(sheet, number)
        sheet.column_dimensions[letter].width = max(12, 3 * len(header))
        # Text, so that Excel keeps leading zeros and long numbers as they were typed.
        sheet.column_dimensions[letter].number_format = "@"
    sheet.freeze_panes = "A2"


def _draw_hints(sheet: Worksheet) -> None:
    sheet.append([_("工作表"), _("列"), _("怎么填（带*的必填）")])
    for number, width in enumerate((14, 18, 60), start=1):
        _as_head(sheet, number)
        sheet.column_dimensions[get_column_letter(number)].width = width
    for guide in guides():
        for header, hint in guide.columns:
            sheet.append([guide.title, header, hint])


def _as_head(sheet: Worksheet, column: int) -> None:
    cell = sheet.cell(row=1, column=column)
    cell.font = Font(bold=True)
    cell.fill = PatternFill("solid", fgColor="E8F0FC")
    cell.alignment = Alignment(vertical="center")
