import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from platforms.models import Platform
from tests.factories import DistrictFactory, PlatformTypeFactory
from tests.liaisons.files import PLATFORM_HEADER, platform_row, register, xlsx

pytestmark = pytest.mark.django_db

NOTHING = "没有认出可导入的表。请用下载的模板，表头不要改动。\n"


@pytest.fixture
def register_file(tmp_path: Path) -> Path:
    PlatformTypeFactory()
    DistrictFactory()
    path = tmp_path / "底册.xlsx"
    path.write_bytes(xlsx(register()))
    return path


def run(*arguments: object) -> str:
    out = io.StringIO()
    call_command("import_register", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_a_dry_run_says_what_would_happen_and_changes_nothing(register_file: Path) -> None:
    assert run(register_file, "--dry-run").splitlines() == [
        "单位 (单位): 2 new, 0 changed, 0 unchanged",
        "平台 (平台): 4 new, 0 changed, 0 unchanged",
        "联点干部 (联点干部): 2 new, 0 changed, 0 unchanged",
        "联点安排 (联点安排): 4 new, 0 changed, 0 unchanged",
        "Nothing was changed.",
    ]
    assert Platform.objects.count() == 0


def test_a_run_imports_and_a_second_one_finds_nothing_new(register_file: Path) -> None:
    assert json.loads(run(register_file, "--json"))["applied"] is True
    assert Platform.objects.count() == 4
    again = json.loads(run(register_file, "--json"))
    assert [(sheet["new"], sheet["changed"]) for sheet in again["sheets"]] == [(0, 0)] * 4


def test_errors_are_listed_and_end_the_command_with_a_failure(register_file: Path) -> None:
    register_file.write_bytes(xlsx(register(平台=[PLATFORM_HEADER, platform_row(1, 级别="特级")])))
    out = io.StringIO()
    with pytest.raises(CommandError, match=r"5 errors; nothing was imported\."):
        call_command("import_register", str(register_file), "--json", stdout=out)
    answer = json.loads(out.getvalue())
    assert answer["applied"] is False
    assert answer["errors"][0] == {
        "sheet": "平台",
        "row": 2,
        "column": "级别",
        "message": "没有“特级”，请从国家级、省部级、市级中选一个。",
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "文件是空的。"),
        (b"a,b\n1,2\n", NOTHING + "“底册.xlsx”不是要导入的表，没有读取。"),
        (
            "编号,平台名称\nP1,名\n".encode(),
            NOTHING + "“底册.xlsx”像是平台表，但缺少这些列，没有读取：级别、类型、归口部门、依托单位、区县(市)/园区。",
        ),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_with_the_reason(
    register_file: Path, content: bytes, message: str
) -> None:
    register_file.write_bytes(content)
    with pytest.raises(CommandError) as refused:
        run(register_file)
    assert str(refused.value) == message


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        run(tmp_path / "none.xlsx")
