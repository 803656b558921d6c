"""The bureau's own data: what a file brings, what is wrong with it by row and column, all or nothing."""

from datetime import date, datetime
from typing import Any

import pytest
from django.db import transaction

from accounts.models import Role, Unit, User
from liaisons.imports import Report, run_import
from liaisons.models import Assignment, Officer
from platforms import resources, services
from platforms.models import Platform, PlatformType
from tests.factories import (
    DistrictFactory,
    OfficerFactory,
    PlatformFactory,
    PlatformTypeFactory,
    UnitFactory,
    UserFactory,
)
from tests.liaisons.files import (
    ASSIGNMENT_HEADER,
    OFFICER_HEADER,
    PLATFORM_HEADER,
    UNITS,
    csv_file,
    platform_row,
    register,
    xlsx,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def taxonomy(db: None) -> None:
    PlatformTypeFactory()
    PlatformTypeFactory(code="SKL", name="全国重点实验室(原国家重点实验室)", level="national")
    DistrictFactory()


def take_in(content: bytes, *, apply: bool = True, name: str = "底册.xlsx", actor: User | None = None) -> Report:
    return run_import(name, content, actor=actor, apply=apply)


def counts(report: Report) -> dict[str, tuple[int, int, int]]:
    return {sheet.sheet: (sheet.new, sheet.changed, sheet.unchanged) for sheet in report.sheets}


def errors(report: Report) -> list[tuple[str, int, str, str]]:
    return [(error.sheet, error.row, error.column, error.message) for error in report.errors]


def stored() -> tuple[int, int, int, int]:
    return Unit.objects.count(), Platform.objects.count(), Officer.objects.count(), Assignment.objects.count()


def test_four_sheets_make_the_register(bureau_staff: User) -> None:
    report = take_in(xlsx(register()), actor=bureau_staff)

    assert errors(report) == []
    assert counts(report) == {"单位": (2, 0, 0), "平台": (4, 0, 0), "联点干部": (2, 0, 0), "联点安排": (4, 0, 0)}
    assert report.applied
    platform = Platform.objects.get(code="P002")
    assert (platform.name, platform.competent_unit.code, platform.district.name) == ("示例·平台2", "M-STB", "岳麓区")
    assert platform.sort_key.startswith("shi li")
    contact = platform.contacts.get()
    assert (contact.name, contact.phone, contact.is_primary) == ("王小明", "13812345678", True)
    officer = Officer.objects.get(staff_no="L002")
    assert (officer.user.username, officer.user.role, officer.user.unit) == ("L002", Role.OFFICER, officer.home_unit)
    assert not officer.user.has_usable_password()
    assignment = platform.assignments.get()
    assert (assignment.officer.staff_no, assignment.started_on, assignment.ended_on) == (
        "L001",
        date(2025, 6, 11),
        None,
    )
    assert assignment.created_by == bureau_staff
    assert Unit.objects.get(code="D-YL").path == "M-STB/D-YL/"


def test_a_check_changes_nothing() -> None:
    report = take_in(xlsx(register()), apply=False)
    assert counts(report)["平台"] == (4, 0, 0)
    assert not report.applied
    assert stored() == (0, 0, 0, 0)


def test_a_repeat_changes_nothing() -> None:
    take_in(xlsx(register()))
    before = stored()

    report = take_in(xlsx(register()))

    assert counts(report) == {"单位": (0, 0, 2), "平台": (0, 0, 4), "联点干部": (0, 0, 2), "联点安排": (0, 0, 4)}
    assert not report.changes_something
    assert stored() == before


def test_a_check_says_twice_the_same() -> None:
    take_in(xlsx(register()))
    changed = xlsx(register(平台=[PLATFORM_HEADER, platform_row(1, 依托单位="示例研究院"), platform_row(9)]))
    assert take_in(changed, apply=False).outcome == take_in(changed, apply=False).outcome


def test_a_changed_cell_is_reported_with_old_and_new_and_masks_persons() -> None:
    take_in(xlsx(register()))
    changed = platform_row(3, 依托单位="示例研究院", 联系人="李四光", 电话="13987654321")

    report = take_in(xlsx({"平台": [PLATFORM_HEADER, changed]}))

    assert counts(report) == {"平台": (0, 1, 0)}
    [change] = report.sheets[0].changes
    assert (change.row, change.name) == (2, "P003 示例·平台3")
    assert change.details == [
        ("依托单位", "示例大学", "示例研究院"),
        ("联系人", "王*", "李*"),
        ("电话", "138****5678", "139****4321"),
    ]
    platform = Platform.objects.get(code="P003")
    assert platform.host_institution == "示例研究院"
    assert platform.contacts.get().phone == "13987654321"


def test_one_error_keeps_everything_out() -> None:
    sheets = register(
        平台=[PLATFORM_HEADER, *(platform_row(n) for n in range(1, 4)), platform_row(4, 类型="没有的类型")]
    )
    report = take_in(xlsx(sheets))
    assert errors(report)[0] == ("平台", 5, "类型", "没有找到“没有的类型”，请核对名称或代码。")
    assert not report.applied
    assert stored() == (0, 0, 0, 0)


PLATFORM_ERRORS: list[tuple[dict[str, Any], str, str]] = [
    ({"编号": ""}, "编号", "不能为空。"),
    ({"编号": "Ｐ００９"}, "编号", "只能用半角的字母、数字、点、横线和下划线。"),
    ({"编号": "P" * 21}, "编号", "最多20个字，现有21个字。"),
    ({"平台名称": ""}, "平台名称", "不能为空。"),
    ({"平台名称": "\u200b"}, "平台名称", "不能为空。"),
    ({"平台名称": "名" * 201}, "平台名称", "最多200个字，现有201个字。"),
    ({"平台名称": "=1+1"}, "平台名称", "请填写内容本身，不要用公式。"),
    ({"平台名称": "＝HYPERLINK()"}, "平台名称", "请填写内容本身，不要用公式。"),
    ({"平台名称": "平台\u202e名"}, "平台名称", "含有看不见的控制字符，请删去后重新填写。"),
    ({"级别": "特级"}, "级别", "没有“特级”，请从国家级、省部级、市级中选一个。"),
    ({"级别": "国家级"}, "级别", "“湖南省重点实验室”属于省部级。"),
    ({"类型": "不存在"}, "类型", "没有找到“不存在”，请核对名称或代码。"),
    ({"归口部门": "M-XXX"}, "归口部门", "没有找到“M-XXX”，请核对名称或代码。"),
    ({"区县(市)/园区": "火星"}, "区县(市)/园区", "没有找到“火星”，请核对名称或代码。"),
    ({"依托单位": "#REF!"}, "依托单位", "单元格是错误值#REF!，请改正。"),
    ({"电话": "138****5678"}, "电话", "这是脱敏后的号码。请填写完整号码，或删去这一列。"),
    ({"电话": "无"}, "电话", "请填写电话号码，例如13812345678。"),
    ({"联系人": "王*"}, "联系人", "这是脱敏后的姓名。请填写全名，或删去这一列。"),
    ({"联系人": ""}, "联系人", "填了职务或电话，也要填姓名。"),
]


@pytest.mark.parametrize(("cells", "column", "message"), PLATFORM_ERRORS)
def test_a_wrong_platform_cell_is_named_by_row_and_column(cells: dict[str, Any], column: str, message: str) -> None:
    UnitFactory(code="M-STB", name="市科技局")
    report = take_in(xlsx({"平台": [PLATFORM_HEADER, platform_row(1), platform_row(2, **cells)]}))
    assert errors(report) == [("平台", 3, column, message)]
    assert Platform.objects.count() == 0


def test_every_wrong_cell_of_a_row_is_named_at_once() -> None:
    UnitFactory(code="M-STB", name="市科技局")
    report = take_in(xlsx({"平台": [PLATFORM_HEADER, platform_row(1, 级别="x", 类型="y", 区县="z")[:9]]}))
    assert [(row, column) for _sheet, row, column, _message in errors(report)] == [(2, "级别"), (2, "类型")]


def test_a_formula_cell_of_excel_is_refused() -> None:
    UnitFactory(code="M-STB", name="市科技局")
    report = take_in(xlsx({"平台": [PLATFORM_HEADER, platform_row(1, 依托单位="=A1&B1")]}))
    assert errors(report) == [("平台", 2, "依托单位", "请填写内容本身，不要用公式。")]


def test_a_key_twice_in_the_file_is_refused_with_the_first_row() -> None:
    UnitFactory(code="M-STB", name="市科技局")
    report = take_in(xlsx({"平台": [PLATFORM_HEADER, platform_row(1), platform_row(2), platform_row(1)]}))
    assert errors(report) == [("平台", 4, "编号", "与第2行重复。")]


def test_types_answer_to_code_full_name_and_the_name_before_the_brackets() -> None:
    UnitFactory(code="M-STB", name="市科技局")
    names = ["SKL", "全国重点实验室（原国家重点实验室）", "全国重点实验室"]
    rows = [platform_row(number, 级别="国家级", 类型=name) for number, name in enumerate(names, 1)]
    report = take_in(xlsx({"平台": [PLATFORM_HEADER, *rows]}))
    assert errors(report) == []
    assert set(Platform.objects.values_list("type__code", flat=True)) == {"SKL"}


def test_a_name_that_two_units_have_asks_for_the_code() -> None:
    for code in ("U-A", "U-B"):
        UnitFactory(code=code, name="科技部门")
    report = take_in(xlsx({"平台": [PLATFORM_HEADER, platform_row(1, 归口部门="科技部门")]}))
    assert errors(report) == [("平台", 2, "归口部门", "“科技部门”不止一个，请改填代码：U-A、U-B。")]


def test_a_title_above_the_headers_a_total_below_and_derived_columns_are_passed_over() -> None:
    UnitFactory(code="M-STB", name="市科技局")
    header = ["序号", *PLATFORM_HEADER, "电话(脱敏)", "在办问题数", "批准年份/文号"]
    rows = [["高能级平台底册"], [], header, [1, *platform_row(1), "138****5678", "=1+1", 2021], ["合计", 1]]
    report = take_in(xlsx({"底册": rows}))
    assert errors(report) == []
    assert counts(report) == {"底册": (1, 0, 0)}
    assert report.sheets[0].ignored == ["批准年份/文号"]


def test_a_blank_contact_keeps_the_one_the_pages_have() -> None:
    UnitFactory(code="M-STB", name="市科技局")
    take_in(xlsx({"平台": [PLATFORM_HEADER, platform_row(1)]}))
    report = take_in(xlsx({"平台": [PLATFORM_HEADER, platform_row(1, 联系人="", 电话="")]}))
    assert counts(report) == {"平台": (0, 0, 1)}
    assert Platform.objects.get().contacts.get().phone == "13812345678"


def test_a_column_that_is_missing_leaves_its_value() -> None:
    UnitFactory(code="M-STB", name="市科技局")
    take_in(xlsx({"平台": [[*PLATFORM_HEADER, "地址"], [*platform_row(1), "麓山南路1号"]]}))
    take_in(xlsx({"平台": [PLATFORM_HEADER, platform_row(1, 平台名称="新名称")]}))
    platform = Platform.objects.get()
    assert (platform.name, platform.address) == ("新名称", "麓山南路1号")


def test_what_the_database_refuses_is_that_rows_error_and_spoils_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    UnitFactory(code="M-STB", name="市科技局")
    save = services.save_platform

    @transaction.atomic
    def refused(platform: Platform, **how: Any) -> Platform:
        if platform.code == "P002":
            PlatformType.objects.create(code="HKL", name="重号", level="provincial")
        return save(platform, **how)

    monkeypatch.setattr(resources, "save_platform", refused)
    report = take_in(xlsx({"平台": [PLATFORM_HEADER, *(platform_row(number) for number in (1, 2, 3))]}))
    assert errors(report) == [("平台", 3, "", "数据库不接受这一行，请核对后重试。")]
    assert (counts(report), report.sheets[0].wrong) == ({"平台": (2, 0, 0)}, 1)
    assert Platform.objects.count() == 0


def test_a_slip_of_ours_is_not_reported_as_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    UnitFactory(code="M-STB", name="市科技局")
    monkeypatch.setattr(resources, "save_platform", lambda platform, **how: platform.no_such_thing)
    with pytest.raises(AttributeError, match="no_such_thing"):
        take_in(xlsx({"平台": [PLATFORM_HEADER, platform_row(1)]}))
    assert Platform.objects.count() == 0


# --- units ------------------------------------------------------------------------------------------------------------


def test_a_unit_may_stand_above_its_parent_in_the_file() -> None:
    report = take_in(xlsx({"单位": [UNITS[0], UNITS[2], UNITS[1]]}))
    assert errors(report) == []
    assert Unit.objects.get(code="D-YL").path == "M-STB/D-YL/"


def test_a_unit_that_moves_takes_what_is_below_along() -> None:
    take_in(xlsx({"单位": [*UNITS, ["D-YL-1", "科室", "区县(市)", "D-YL"], ["CO", "市委科技办", "市委科技办", ""]]}))
    take_in(xlsx({"单位": [UNITS[0], ["D-YL", "岳麓区科技部门", "区县(市)", "CO"]]}))
    assert Unit.objects.get(code="D-YL-1").path == "CO/D-YL/D-YL-1/"


def test_a_unit_below_itself_is_refused() -> None:
    take_in(xlsx({"单位": UNITS}))
    report = take_in(xlsx({"单位": [UNITS[0], ["M-STB", "市科技局", "市级部门", "D-YL"]]}))
    assert errors(report) == [("单位", 2, "上级单位", "上级单位不能是本单位，也不能是它的下属单位。")]


def test_tiers_of_a_unit_are_letters() -> None:
    header = [*UNITS[0], "承接类别"]
    report = take_in(
        xlsx({"单位": [header, ["M-A", "甲", "市级部门", "", "B、C"], ["M-B", "乙", "市级部门", "", "B、E"]]})
    )
    assert errors(report) == [("单位", 3, "承接类别", "“E”不在可填的范围内：A、B、C、D。")]


# --- officers ---------------------------------------------------------------------------------------------------------


def test_an_officer_keeps_the_account_that_was_set_up_before() -> None:
    unit = UnitFactory(code="M-STB", name="市科技局")
    account = UserFactory(username="L001", name="旧名", unit=unit)
    report = take_in(xlsx({"联点干部": [OFFICER_HEADER, ["L001", "陈思远", "M-STB", ""]]}))
    assert errors(report) == []
    account.refresh_from_db()
    assert (account.officer.staff_no, account.name, account.check_password("pass-word-1")) == ("L001", "陈思远", True)


def test_an_account_name_of_somebody_else_is_refused(bureau_staff: User) -> None:
    UnitFactory(code="M-STB", name="市科技局")
    User.objects.filter(pk=bureau_staff.pk).update(username="L001")
    report = take_in(xlsx({"联点干部": [OFFICER_HEADER, ["L001", "陈思远", "M-STB", ""]]}))
    assert errors(report) == [("联点干部", 2, "工号", "账号L001已由别人使用。")]


def test_an_officer_who_moves_moves_with_the_account() -> None:
    take_in(xlsx(register()))
    report = take_in(xlsx({"联点干部": [OFFICER_HEADER, ["L001", "陈思远", "D-YL", "基础处"]]}))
    assert report.sheets[0].changes[0].details == [("单位", "市科技局", "岳麓区科技部门")]
    officer = Officer.objects.select_related("user").get(staff_no="L001")
    assert officer.home_unit.code == "D-YL"
    assert officer.user.unit == officer.home_unit


# --- assignments ------------------------------------------------------------------------------------------------------


def assignments(*rows: list[Any]) -> bytes:
    return xlsx({"联点安排": [ASSIGNMENT_HEADER, *rows]})


@pytest.mark.parametrize(
    ("row", "column", "message"),
    [
        (["L009", "P001", "2025-06-11"], "工号", "没有找到“L009”，请核对名称或代码。"),
        (["L001", "P009", "2025-06-11"], "平台", "没有找到“P009”，请核对名称或代码。"),
        (["L002", "P001", ""], "开始日期", "新的联点安排要有开始日期。"),
        (["L002", "P001", "去年六月"], "开始日期", "“去年六月”不是2000至2099年间的日期，请写成2025-06-11。"),
        (["L002", "P001", "0001-01-01"], "开始日期", "“0001-01-01”不是2000至2099年间的日期，请写成2025-06-11。"),
        (["L002", "P001", "2026-10-16"], "开始日期", "日期不能晚于今天。"),
        (["L002", "P001", "2025-06-11"], "开始日期", "陈思远自2025-06-11起负责这家平台，请选这之后的日期。"),
        (
            ["L002", "P001", "2025-06-01", "2025-07-01"],
            "结束日期",
            "这段时间与陈思远的联点期间（2025-06-11至今）重叠。",
        ),
        (["L002", "P001", "2025-06-01", "2025-05-01"], "结束日期", "结束日期早于开始日期。"),
        (["L002", "P003", "=TODAY()"], "开始日期", "请填写内容本身，不要用公式。"),
    ],
)
def test_a_wrong_assignment_cell_is_named(row: list[Any], column: str, message: str) -> None:
    take_in(xlsx(register()))
    report = take_in(assignments(row))
    assert errors(report) == [("联点安排", 2, column, message)]
    assert Assignment.objects.count() == 4


@pytest.mark.parametrize(
    "day",
    [
        datetime(2026, 1, 5),  # noqa: DTZ001 - what Excel stores has no zone
        date(2026, 1, 5),
        "2026-01-05",
        "2026/1/5",
        "2026.1.5",
        "2026年1月5日",
        "20260105",
        20260105,
    ],
)
def test_dates_are_read_as_excel_stores_them_and_as_people_write_them(day: object) -> None:
    take_in(xlsx(register()))
    header = [*ASSIGNMENT_HEADER[:3], "例外理由"]
    take_in(xlsx({"联点安排": [header, ["L002", "P001", day, "试点"], ["L001", "P002", "2025-06-11", "交接后"]]}))
    assert Assignment.objects.get(platform__code="P001", ended_on=None).started_on == date(2026, 1, 5)


def test_a_platform_with_two_officers_in_the_file_is_refused() -> None:
    sheets = register()
    sheets["联点安排"] = [*sheets["联点安排"], ["L002", "P001", "2025-07-01", "", ""]]
    report = take_in(xlsx(sheets))
    assert errors(report) == [("联点安排", 6, "平台", "一家平台只能有一名联点干部，第2行已安排别人。")]


def test_the_same_assignment_twice_is_refused_even_by_another_name() -> None:
    sheets = register()
    sheets["联点安排"] = [*sheets["联点安排"], ["L001", "示例·平台1", "2025-06-11", "", ""]]
    report = take_in(xlsx(sheets))
    assert errors(report) == [("联点安排", 6, "平台", "与第2行重复。")]


def test_a_new_officer_relieves_the_present_one_the_day_before() -> None:
    take_in(xlsx(register(平台=[PLATFORM_HEADER, *(platform_row(n) for n in range(1, 6))])))
    report = take_in(assignments(["L002", "P001", "2026-03-11", "", ""], ["L001", "P005", "2026-03-11", "", ""]))
    assert errors(report) == []
    assert list(
        Assignment.objects.filter(platform__code="P001").values_list("officer__staff_no", "started_on", "ended_on")
    ) == [("L002", date(2026, 3, 11), None), ("L001", date(2025, 6, 11), date(2026, 3, 10))]


def test_two_officers_may_swap_their_platforms_in_one_file() -> None:
    take_in(xlsx(register()))
    day = "2026-03-11"
    rows = [["L002", "P001", day], ["L002", "P002", day], ["L001", "P003", day], ["L001", "P004", day]]
    report = take_in(assignments(*rows))
    assert errors(report) == []
    assert set(Assignment.objects.current().values_list("platform__code", "officer__staff_no")) == {
        ("P001", "L002"),
        ("P002", "L002"),
        ("P003", "L001"),
        ("P004", "L001"),
    }


def test_an_end_date_ends_the_present_assignment_and_frees_the_platform() -> None:
    take_in(xlsx(register()))
    rows = [["L002", "P001", "2026-03-11", "", "试点"], ["L001", "P001", "2025-06-11", "2026-01-31", ""]]
    report = take_in(assignments(*rows, ["L001", "P002", "2025-06-11", "", "交接后"]))
    assert errors(report) == []
    assert list(
        Assignment.objects.filter(platform__code="P001").values_list("officer__staff_no", "started_on", "ended_on")
    ) == [("L002", date(2026, 3, 11), None), ("L001", date(2025, 6, 11), date(2026, 1, 31))]
    assert not take_in(assignments(*rows, ["L001", "P002", "2025-06-11", "", "交接后"])).changes_something


def test_an_officer_outside_two_to_four_needs_a_reason() -> None:
    sheets = register(平台=[PLATFORM_HEADER, *(platform_row(n) for n in range(1, 8))])
    more = [["L001", f"P00{n}", "2025-06-11", "", ""] for n in (5, 6, 7)]
    sheets["联点安排"] = [*sheets["联点安排"], *more]
    message = "导入后陈思远联点5家平台，不在2至4家之间。请调整，或填写例外理由。"
    assert errors(take_in(xlsx(sheets))) == [("联点安排", 2, "工号", message)]

    more[0][4] = "片区相邻"
    assert errors(take_in(xlsx(sheets))) == []
    assert Assignment.objects.exclude(exception_reason="").get().exception_reason == "片区相邻"


def test_an_officer_left_with_one_platform_by_a_handover_needs_a_reason() -> None:
    take_in(xlsx(register()))
    report = take_in(assignments(["L002", "P001", "2026-03-11", "", ""]))
    message = "导入后陈思远联点1家平台，不在2至4家之间。请调整，或填写例外理由。"
    assert errors(report) == [("联点安排", 2, "工号", message)]
    assert Assignment.objects.current().filter(officer__staff_no="L001").count() == 2


def test_an_officer_without_any_platform_needs_no_reason() -> None:
    UnitFactory(code="M-STB", name="市科技局")
    report = take_in(xlsx({"联点干部": [OFFICER_HEADER, ["L001", "陈思远", "M-STB", ""]]}))
    assert errors(report) == []


def test_officers_the_file_does_not_move_are_not_judged() -> None:
    lone = OfficerFactory(staff_no="L100")
    platform = PlatformFactory(code="P100", officer=lone)
    start = platform.assignments.get().started_on
    report = take_in(assignments(["L100", "P100", start, "", ""]))
    assert errors(report) == []
    assert counts(report) == {"联点安排": (0, 0, 1)}


def test_a_name_must_fit_its_staff_number() -> None:
    take_in(xlsx(register()))
    header = ["工号", "联点干部", "平台", "开始日期"]
    report = take_in(xlsx({"联点安排": [header, ["L001", "刘嘉", "P001", "2025-06-11"]]}))
    assert errors(report) == [("联点安排", 2, "联点干部", "工号L001不是刘嘉。")]


def test_the_wide_table_says_officer_and_platforms_in_one_row() -> None:
    """The 联点安排表 as the bureau keeps it, with the staff number added."""
    take_in(xlsx({"单位": UNITS, "平台": register()["平台"]}))
    header = [
        "序号",
        "工号",
        "联点干部",
        "单位",
        "处室/职务",
        "联点平台1",
        "联点平台2",
        "联点平台3",
        "起止日期",
        "备注",
    ]
    rows = [
        [1, "L001", "陈思远", "市科技局", "基础处", "示例·平台1", "P002", "", "2025-06-11至今", ""],
        [2, "L002", "刘嘉", "D-YL", "", "P003", "P004", "", "2025年6月11日起", ""],
    ]
    content = xlsx({"联点安排表": [["长沙市联点安排表"], header, *rows]})

    report = take_in(content)

    assert errors(report) == []
    assert [(sheet.kind, sheet.new) for sheet in report.sheets] == [("联点干部", 2), ("联点安排", 4)]
    assert set(Assignment.objects.current().values_list("platform__code", "officer__staff_no", "started_on")) == {
        ("P001", "L001", date(2025, 6, 11)),
        ("P002", "L001", date(2025, 6, 11)),
        ("P003", "L002", date(2025, 6, 11)),
        ("P004", "L002", date(2025, 6, 11)),
    }
    assert not take_in(content).changes_something


def test_the_wide_table_names_its_own_columns_in_errors() -> None:
    take_in(xlsx(register()))
    header = ["工号", "联点平台1", "联点平台2", "起止日期"]
    report = take_in(xlsx({"联点安排表": [header, ["L001", "P001", "P404", "某日"], ["L002", "P003", "P003", ""]]}))
    assert errors(report) == [
        ("联点安排表", 2, "起止日期", "“某日”不是2000至2099年间的日期，请写成2025-06-11。"),
        ("联点安排表", 2, "联点平台2", "没有找到“P404”，请核对名称或代码。"),
        ("联点安排表", 3, "联点平台2", "与第3行重复。"),
    ]


# --- csv --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_a_csv_holds_one_kind_in_the_encodings_excel_writes(encoding: str) -> None:
    for rows in register().values():
        report = take_in(csv_file(rows, encoding), name="表.csv")
        assert errors(report) == []
    assert stored() == (2, 4, 2, 4)
    assert Officer.objects.get(staff_no="L001").user.name == "陈思远"


def test_a_csv_error_names_row_and_column() -> None:
    report = take_in(csv_file([*UNITS, ["M-X", "某局", "什么", ""]], "gbk"), name="单位.csv")
    kinds = "市委科技办、市级部门、区县(市)、园区、省级以上部门"
    assert errors(report) == [("单位.csv", 4, "类别", f"没有“什么”，请从{kinds}中选一个。")]


def test_a_line_break_in_a_cell_is_one_row() -> None:
    UnitFactory(code="M-STB", name="市科技局")
    rows = [[*PLATFORM_HEADER, "曾用名"], [*platform_row(1), "旧名一\n旧名二"], [*platform_row(2, 级别="x"), ""]]
    report = take_in(csv_file(rows), name="平台.csv")
    assert [(row, column) for _s, row, column, _m in errors(report)] == [(3, "级别")]
