"""The upward letter of a D issue (R30), laid out by GB/T 9704-2012."""

from io import BytesIO
from typing import Any
from urllib.parse import unquote

import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Pt

from accounts.models import Role, UnitKind
from accounts.services import save_unit
from tests.factories import UnitFactory, UserFactory, make_issue

pytestmark = pytest.mark.django_db


@pytest.fixture
def writer():
    unit = UnitFactory(code="CO", name="市委科技委办公室(市委科技办)", kind=UnitKind.COMMISSION_OFFICE)
    return UserFactory(role=Role.COMMISSION_OFFICE, unit=unit, name="何建国")


@pytest.fixture
def issue(officer):
    return make_issue(officer, tier="D", text="省级重点实验室重组的推荐名额没有下达")


@pytest.fixture
def typed():
    return {
        "kind": "request",
        "sender": "市委科技委办公室",
        "addressee": "省科技厅",
        "subject": "商请支持某重点实验室重组",
        "facts": "2026年10月15日，平台反映推荐名额没有下达。",
        "efforts": "",
        "wish": "请支持列入推荐名单。\n请于11月底前函复。",
        "contact": "何建国 0731-88886666",
    }


def test_what_is_known_stands_there_and_the_wish_is_left_to_the_writer(sign_in, writer, issue):
    form = sign_in(writer).get(f"/issues/{issue.number}/letter/").context["form"]
    assert form["sender"].value() == "市委科技委办公室"
    assert "省级重点实验室重组的推荐名额没有下达" in form["facts"].value()
    assert form["wish"].value() is None


@pytest.mark.parametrize(
    ("lead", "superior", "addressee"),
    [
        (UnitKind.PROVINCIAL, "", "省级单位甲"),
        (UnitKind.MUNICIPAL_BUREAU, UnitKind.PROVINCIAL, "上级单位"),
        (UnitKind.MUNICIPAL_BUREAU, UnitKind.MUNICIPAL_BUREAU, ""),
        (UnitKind.MUNICIPAL_BUREAU, "", ""),
    ],
)
def test_upwards_is_to_a_unit_of_the_province_or_left_to_the_writer(
    lead, superior, addressee, sign_in, writer, officer
):
    if superior:
        writer.unit.parent = UnitFactory(code="ABOVE", name="上级单位", kind=superior)
        save_unit(writer.unit)
    issue = make_issue(officer, tier="D")
    issue.lead_unit = UnitFactory(code="LEAD", name="省级单位甲" if lead == UnitKind.PROVINCIAL else "市局", kind=lead)
    issue.save(update_fields=["lead_unit"])
    form = sign_in(writer).get(f"/issues/{issue.number}/letter/").context["form"]
    assert form["addressee"].value() == addressee


def test_the_document_follows_the_standard(sign_in, writer, issue, typed):
    answer = sign_in(writer).post(f"/issues/{issue.number}/letter/", typed)
    assert answer.status_code == 200
    assert "市委科技委办公室关于商请支持某重点实验室重组的请示.docx" in unquote(answer["Content-Disposition"])
    document: Any = Document(BytesIO(b"".join(answer.streaming_content)))
    section = document.sections[0]
    assert [round(side.mm) for side in (section.page_width, section.page_height)] == [210, 297]
    assert [round(side.mm) for side in (section.top_margin, section.left_margin, section.right_margin)] == [37, 28, 26]
    texts = [paragraph.text for paragraph in document.paragraphs if paragraph.text]
    assert texts == [
        "市委科技委办公室关于商请支持某重点实验室重组的请示",
        "省科技厅：",
        "一、基本情况",
        "2026年10月15日，平台反映推荐名额没有下达。",
        "二、请求事项",
        "请支持列入推荐名单。",
        "请于11月底前函复。",
        "妥否，请批示。",
        "市委科技委办公室",
        "2026年10月15日",
        "（联系人：何建国 0731-88886666）",
    ]
    body = next(paragraph for paragraph in document.paragraphs if paragraph.text.startswith("请支持"))
    run = body.runs[0]
    assert (run.font.size, body.paragraph_format.line_spacing, body.paragraph_format.first_line_indent) == (
        (Pt(16), Pt(28), Pt(32))
    )
    assert run._element.rPr.rFonts.get(qn("w:eastAsia")) == "仿宋_GB2312"
    event = issue.events.first()
    assert (event.kind, event.actor, event.note) == ("letter", writer, f"{texts[0]}\n省科技厅")


def test_nothing_typed_is_lost_where_something_is_missing(sign_in, writer, issue, typed):
    answer = sign_in(writer).post(f"/issues/{issue.number}/letter/", {**typed, "wish": " "})
    assert (answer.status_code, answer.context["form"].errors) == (422, {"wish": ["请填写这一项。"]})
    assert "商请支持某重点实验室重组" in answer.content.decode()
    assert issue.events.count() == 1


def test_only_the_commission_office_and_only_for_d(sign_in, writer, officer, issue):
    assert sign_in(officer.user).get(f"/issues/{issue.number}/letter/").status_code == 403
    assert sign_in(writer).get(f"/issues/{make_issue(officer, tier='C').number}/letter/").status_code == 403
    assert sign_in(UserFactory(role=Role.OFFICER)).get(f"/issues/{issue.number}/letter/").status_code == 404
