"""/issues/export/: the filtered list as a workbook, opened again."""

import io
import tracemalloc
from datetime import date, datetime
from tempfile import TemporaryFile
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from accounts.models import Role
from config.clock import frozen
from issues import export
from issues.export import Ledger, write_workbook
from issues.levels import Yardstick
from issues.models import Issue
from issues.services import resolve, sign_for
from tests.factories import CategoryFactory, OfficerFactory, UserFactory, make_issue
from tests.issues.acts import extend, fresh, head_of, plan, refer_on, resume, suspend

pytestmark = pytest.mark.django_db

URL = "/issues/export/"


def sheet_of(answer: Any) -> Any:
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    (sheet,) = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).worksheets
    return sheet


def rows_of(sheet: Any) -> list[dict[str, Any]]:
    """The lines under the head, by header."""
    _title, _source, head, *lines = sheet.iter_rows(values_only=True)
    return [dict(zip(head, map(_plain, line), strict=True)) for line in lines]


def _plain(value: Any) -> Any:
    """openpyxl reads a day as a moment."""
    return value.date() if isinstance(value, datetime) else value


@pytest.fixture
def desk(sign_in, bureau_staff):
    return sign_in(bureau_staff)


class TestWhatItHolds:
    @pytest.mark.at("2025-09-26T19:30")
    def test_the_basis_of_the_date_is_one_sentence(self, desk):
        make_issue()
        (row,) = rows_of(sheet_of(desk.get(URL)))
        assert row["到期日"] == date(2025, 10, 16)
        assert row["到期日依据"] == (
            "2025-09-26提出，次日起第10个工作日；计入10天（含调休2天），节假日8天，周末2天；第1版 登记；确定"
        )

    def test_a_line_has_what_the_bureaus_ledger_asks_for(self, desk, officer):
        parent = CategoryFactory(code="COND", name="条件建设")
        category = CategoryFactory(code="COND-1", name="用房", parent=parent)
        issue = make_issue(officer, category=category, nature="own_unit", urgency="urgent", importance="major")
        head = head_of(refer_on(issue, actor=officer.user).unit)
        sign_for(issue, actor=head)
        extend(fresh(issue), date(2026, 11, 5))
        plan(fresh(issue), date(2026, 11, 20))
        (row,) = rows_of(sheet_of(desk.get(URL)))
        assert row == {
            "序号": 1,
            "编号": issue.number,
            "平台": issue.platform.name,
            "联点干部": officer.user.name,
            "提出日期": date(2026, 10, 15),
            "问题描述": "实验楼消防验收迟迟没有通过",
            "需求类别": "条件建设 · 用房",
            "性质": "本单位可办",
            "紧急程度": "紧急",
            "重要性": "重大",
            "类别(A-D)": "B 本单位办理",
            "主办单位": "市住建局",
            "承办人": head.name,
            "交办日期": date(2026, 10, 15),
            "办理时限": "10个工作日",
            "到期日": date(2026, 11, 5),
            "到期日依据": "2026-10-15提出，次日起第15个工作日；计入15天，周末6天；第2版 延期；确定",
            "预警": "方案正常·剩26天",
            "曾逾期": None,
            "办理进展": "已定方案",
            "解决方案": "分两批进场。",
            "方案承诺日期": date(2026, 11, 20),
            "办结日期": None,
            "处置结果": None,
            "平台评价": None,
            "备注": None,
        }

    def test_a_pause_and_a_provisional_date_say_so(self, desk, officer):
        issue = make_issue(officer)
        suspend(issue)
        with frozen("2026-10-20T12:00"):
            resume(issue)
        with frozen("2026-12-18T12:00"):
            make_issue(officer)
        late, paused = rows_of(sheet_of(desk.get(URL)))
        assert paused["到期日依据"] == (
            "2026-10-15提出，次日起第10个工作日；计入10天，停表3天，周末6天；第3版 恢复计时；确定"
        )
        assert late["到期日依据"].endswith("；第1版 登记；暂定")

    def test_an_answer_on_the_spot_has_no_date(self, desk):
        make_issue(tier="A")
        (row,) = rows_of(sheet_of(desk.get(URL)))
        assert (row["到期日"], row["到期日依据"], row["办理时限"], row["处置结果"]) == (None, None, None, "已解决")

    def test_a_date_to_review_is_marked(self, desk):
        Issue.objects.filter(pk=make_issue().pk).update(needs_review=True)
        (row,) = rows_of(sheet_of(desk.get(URL)))
        assert row["备注"] == "到期日待复核"


class TestWhoseRows:
    def test_the_filters_of_the_list_hold(self, desk, officer):
        kept = make_issue(officer, tier="C")
        resolve(make_issue(officer), result="solved", reply="办好了。", actor=officer.user)
        rows = rows_of(sheet_of(desk.get(URL, {"open": "true", "tier": "C"})))
        assert [row["编号"] for row in rows] == [kept.number]

    def test_an_officer_gets_own_rows_only(self, sign_in, officer):
        mine, _other = make_issue(officer), make_issue(OfficerFactory())
        assert [row["编号"] for row in rows_of(sheet_of(sign_in(officer.user).get(URL)))] == [mine.number]

    def test_a_wrong_filter_leads_back_to_the_list_that_names_it(self, desk):
        answer = desk.get(URL, {"tier": "E"})
        assert (answer.status_code, answer.url) == (302, "/issues/?tier=E")

    def test_administrators_and_the_anonymous_get_none(self, sign_in, client):
        assert sign_in(UserFactory(role=Role.AUDIT_ADMIN)).get(URL).status_code == 403
        assert client.get(URL).url == f"/sign-in/?next={URL}"
        assert client.post(URL).status_code in (302, 405)

    def test_the_list_links_to_it_with_its_filters(self, desk):
        make_issue(tier="C")
        html = desk.get("/issues/", {"tier": "C", "sort": "due"}).content.decode()
        assert 'href="/issues/export/?tier=C"' in html
        assert "/issues/export/" not in desk.get("/issues/", {"tier": "D"}).content.decode()


class TestTheSheet:
    @pytest.mark.parametrize(
        "text",
        [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "＝1+1",
            "=cmd|' /C calc'!A0",
            "a\x0bb\x1fc",
            "'=1",
            "１２",
            "x\ufffe",
        ],
    )
    def test_text_stays_text_whatever_it_begins_with(self, desk, text):
        make_issue(text=text)
        (row,) = sheet_of(desk.get(URL)).iter_rows(min_row=4)
        cell = row[5]
        assert (cell.data_type, cell.number_format) == ("s", "@")
        assert cell.value == text.replace("\x0b", "").replace("\x1f", "").replace("\ufffe", "")

    def test_it_has_a_title_a_frozen_head_and_fits_a_landscape_page(self, desk, bureau_staff):
        make_issue()
        sheet = sheet_of(desk.get(URL))
        assert (sheet["A1"].value, sheet.title) == ("建设问题清单", "建设问题清单")
        assert [str(each) for each in sheet.merged_cells.ranges] == ["A1:Z1", "A2:Z2"]
        assert sheet["A2"].value == f"填报：{bureau_staff.unit.name} {bureau_staff.name}　截止：2026-10-15 12:00"
        assert (sheet["A3"].value, sheet["Z3"].value) == ("序号", "备注")
        assert (sheet.freeze_panes, sheet.print_title_rows) == ("C4", "$3:$3")
        assert (sheet.page_setup.orientation, str(sheet.page_setup.paperSize)) == ("landscape", "9")
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage

    def test_its_name_says_what_and_when(self, desk):
        name = desk.get(URL)["Content-Disposition"]
        assert name.startswith("attachment; filename*=utf-8''")
        assert name.endswith("_20261015.xlsx")

    def test_beyond_the_cap_a_sentence_says_so(self, desk, monkeypatch):
        monkeypatch.setattr(export, "MOST_ROWS", 2)
        officer = OfficerFactory()
        for _ in range(3):
            make_issue(officer)
        *_head, first, second, last = sheet_of(desk.get(URL)).iter_rows(min_row=1, values_only=True)
        assert (first[0], second[0]) == (1, 2)
        assert last[0] == "只导出了前2条，后面还有；请缩小筛选范围，分几次导出。"


def copies(issue: Issue, count: int) -> None:
    """As many rows like `issue`, without the services."""
    fields = [field for field in Issue._meta.concrete_fields if not field.primary_key and not field.generated]
    rows = [Issue(**{field.attname: getattr(issue, field.attname) for field in fields}) for _ in range(count)]
    for number, row in enumerate(rows):
        row.number = f"2025-{number:06d}"
    Issue.objects.bulk_create(rows)


def test_statements_and_memory_do_not_grow_with_the_rows(officer, monkeypatch):
    monkeypatch.setattr(export, "CHUNK", 100)
    copies(make_issue(officer), 600)

    def cost(most: int) -> tuple[int, int]:
        ledger = Ledger(Issue.objects.filter(number__lt=f"2025-{most:06d}"), Yardstick())
        with TemporaryFile() as stream, CaptureQueriesContext(connection) as found:
            tracemalloc.start()
            write_workbook(ledger, stream, "x")
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return len(found), peak

    cost(10)
    (few, small), (many, large) = cost(200), cost(600)
    assert (few, many) == (1 + 3 * 2, 1 + 3 * 6)
    assert large < 1.2 * small
