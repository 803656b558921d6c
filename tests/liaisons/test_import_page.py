import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from accounts.models import Role, User
from config import clock
from liaisons import imports
from liaisons.models import Assignment, PendingImport
from liaisons.sheets import MAX_BYTES, read_sheets
from liaisons.tables import tables_of
from liaisons.tasks import forget_stale_imports
from platforms.models import Platform
from tests.factories import DistrictFactory, PlatformFactory, PlatformTypeFactory, UserFactory
from tests.liaisons.files import PLATFORM_HEADER, UNITS, csv_file, platform_row, register, xlsx

URL = "/register/import/"


@pytest.fixture
def taxonomy(db: None) -> None:
    PlatformTypeFactory()
    DistrictFactory()


def upload(client: Client, content: bytes, name: str = "底册.xlsx") -> Any:
    return client.post(URL, {"file": SimpleUploadedFile(name, content)})


def apply(client: Client, pending: PendingImport) -> Any:
    return client.post(f"{URL}{pending.pk}/apply/")


pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", [Role.OFFICER, Role.UNIT_HEAD, Role.LEADER, Role.COMMISSION_OFFICE, Role.SYSTEM_ADMIN])
def test_the_page_is_the_bureaus_alone(role: Role, bureau_staff: User, client: Client, sign_in: Any) -> None:
    pending = PendingImport.objects.create(
        owner=bureau_staff, name="x", content=b"x", digest="x", outcome="x", created_at=clock.now()
    )
    stranger = sign_in(UserFactory(role=role))
    for visitor, status in [(client, 302), (stranger, 403)]:
        assert visitor.get(URL).status_code == status
        assert upload(visitor, xlsx({"单位": UNITS})).status_code == status
        assert apply(visitor, pending).status_code == status
        assert visitor.get(f"{URL}template.xlsx").status_code == status
    assert sign_in(bureau_staff).get(URL).status_code == 200


def test_an_upload_is_shown_first_and_applied_on_confirmation(taxonomy: None, bureau_staff: User, sign_in: Any) -> None:
    client = sign_in(bureau_staff)

    shown = upload(client, xlsx(register()))

    assert shown.status_code == 200
    assert Platform.objects.count() == 0
    pending = PendingImport.objects.get()
    page = shown.content.decode()
    assert f'action="/register/import/{pending.pk}/apply/"' in page
    for words in ("P003 示例·平台3", "L002 刘嘉", "陈思远 — 示例·平台2"):
        assert words in page

    done = apply(client, pending)

    assert (done.status_code, done["Location"]) == (302, URL)
    assert "已导入：新增12行，变更0行。" in client.get(URL).content.decode()
    assert (Platform.objects.count(), Assignment.objects.count()) == (4, 4)
    assert Assignment.objects.latest("pk").created_by == bureau_staff
    assert not PendingImport.objects.exists()


def test_a_repeat_offers_nothing_to_confirm(taxonomy: None, bureau_staff: User, sign_in: Any) -> None:
    imports.run_import("x", xlsx(register()), actor=None, apply=True)
    response = upload(sign_in(bureau_staff), xlsx(register()))
    page = response.content.decode()
    assert response.status_code == 200
    assert "与现有底册一致" in page
    assert "确认导入" not in page
    assert not PendingImport.objects.exists()


def test_errors_are_listed_by_row_and_column_and_nothing_is_kept(
    taxonomy: None, bureau_staff: User, sign_in: Any
) -> None:
    wrong = register(平台=[PLATFORM_HEADER, *(platform_row(n) for n in range(1, 4)), platform_row(4, 级别="特级")])
    response = upload(sign_in(bureau_staff), xlsx(wrong))
    page = response.content.decode()
    assert response.status_code == 422
    message = "没有“特级”，请从国家级、省部级、市级中选一个。"
    assert f'<tr><td>平台</td><td class="r num">5</td><td>级别</td><td>{message}</td></tr>' in page
    assert "确认导入" not in page
    assert not PendingImport.objects.exists()
    assert Platform.objects.count() == 0


def test_what_the_file_says_is_escaped(taxonomy: None, bureau_staff: User, sign_in: Any) -> None:
    rows = [PLATFORM_HEADER, platform_row(1, 平台名称="<script>alert(1)</script>", 归口部门="<b>x</b>")]
    page = upload(sign_in(bureau_staff), xlsx({"<i>": rows})).content.decode()
    assert "<script>alert" not in page
    assert "<b>x" not in page
    assert "<i>" not in page


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04broken", "文件已损坏，读不出内容。请在Excel里重新保存为xlsx再上传。"),
        (b"a,b\n1,2\n", "没有认出可导入的表。请用下载的模板，表头不要改动。"),
        (b"", "文件是空的。"),
        (b"x" * (MAX_BYTES + 1), "文件超过5MB，请分几次导入。"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_beside_the_field(
    content: bytes, message: str, bureau_staff: User, sign_in: Any
) -> None:
    response = upload(sign_in(bureau_staff), content)
    assert response.status_code == 422
    assert response.context["form"].errors["file"][0] == message
    assert 'id="id_file_error"' in response.content.decode()


def test_no_file_is_refused_beside_the_field(bureau_staff: User, sign_in: Any) -> None:
    for data in ({}, {"file": "text"}):
        response = sign_in(bureau_staff).post(URL, data)
        assert (response.status_code, response.context["form"].errors) == (422, {"file": ["请选择文件。"]})


def test_a_csv_in_gbk_comes_in_by_the_page(bureau_staff: User, sign_in: Any) -> None:
    client = sign_in(bureau_staff)
    upload(client, csv_file(UNITS, "gbk"), "单位.csv")
    assert apply(client, PendingImport.objects.get()).status_code == 302


def test_nobody_applies_the_upload_of_a_colleague(taxonomy: None, bureau_staff: User, sign_in: Any) -> None:
    upload(sign_in(bureau_staff), xlsx(register()))
    colleague = sign_in(UserFactory(role=Role.BUREAU_STAFF))
    response = apply(colleague, PendingImport.objects.get())
    assert response.status_code == 302
    assert "这份文件已经导入，或已过期。" in colleague.get(URL).content.decode()
    assert Platform.objects.count() == 0


def test_a_confirmation_comes_too_late_after_a_day(taxonomy: None, bureau_staff: User, sign_in: Any) -> None:
    client = sign_in(bureau_staff)
    upload(client, xlsx(register()))
    pending = PendingImport.objects.get()
    with clock.frozen(clock.now() + timedelta(days=1), everywhere=True):
        assert apply(client, pending).status_code == 302
    assert Platform.objects.count() == 0


def test_unconfirmed_uploads_are_forgotten_after_a_day(taxonomy: None, bureau_staff: User, sign_in: Any) -> None:
    upload(sign_in(bureau_staff), xlsx(register()))
    with clock.frozen(clock.now() + timedelta(hours=23), everywhere=True):
        assert forget_stale_imports() == 0
    with clock.frozen(clock.now() + timedelta(hours=24), everywhere=True):
        assert forget_stale_imports() == 1
    assert not PendingImport.objects.exists()


def test_what_is_applied_is_what_was_shown(taxonomy: None, bureau_staff: User, sign_in: Any) -> None:
    """Somebody registers one of the file's platforms between the look and the word."""
    client = sign_in(bureau_staff)
    upload(client, xlsx(register()))
    pending = PendingImport.objects.get()
    PlatformFactory(code="P003", name="别人刚登记的")

    again = apply(client, pending)

    assert again.status_code == 409
    assert "还没有导入。请按现在的结果再核对一次。" in again.content.decode()
    assert ("平台名称", "别人刚登记的", "示例·平台3") in [
        detail for sheet in again.context["report"].sheets for change in sheet.changes for detail in change.details
    ]
    assert Platform.objects.count() == 1
    assert apply(client, pending).status_code == 302
    assert Platform.objects.count() == 4


def test_the_template_is_recognised_sheet_by_sheet_and_brings_nothing(bureau_staff: User, sign_in: Any) -> None:
    response = sign_in(bureau_staff).get(f"{URL}template.xlsx")
    assert response["Content-Disposition"] == 'attachment; filename="liandian-import.xlsx"'
    workbook = load_workbook(io.BytesIO(response.content))
    assert workbook.sheetnames == ["单位", "平台", "联点干部", "联点安排", "填表说明"]
    found = [table.kind.title for sheet in read_sheets("x", response.content) for table in tables_of(sheet)]
    assert [str(title) for title in found] == ["单位", "平台", "联点干部", "联点安排"]
    known = {table.sheet: table.ignored for sheet in read_sheets("x", response.content) for table in tables_of(sheet)}
    assert known == {"单位": [], "平台": [], "联点干部": [], "联点安排": []}
