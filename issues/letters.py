"""The upward request letter (请示, 函) of a D issue as a Word document, laid out by GB/T 9704-2012 (DOMAIN §8, R30)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO

from django.db import models
from django.utils.translation import gettext_lazy as _
from docx import Document
from docx.document import Document as DocumentObject
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

# Type area 156 × 225 mm: 22 lines of 28 characters in 3号 (16 pt), fixed line height.
MARGINS = {"top_margin": 37, "left_margin": 28, "right_margin": 26, "bottom_margin": 35}
TITLE, BODY, HEAD, PAGE = "方正小标宋简体", "仿宋_GB2312", "黑体", "宋体"
TITLE_SIZE, BODY_SIZE, PAGE_SIZE, LINE = Pt(22), Pt(16), Pt(14), Pt(28)
CHARACTER = Pt(16)


class LetterKind(models.TextChoices):
    """Upwards in the own line 请示, to whoever is not above one 函."""

    REQUEST = "request", _("请示")
    LETTER = "letter", _("函")


CLOSINGS = {LetterKind.REQUEST: "妥否，请批示。", LetterKind.LETTER: "请予支持为盼，并请函复。"}


@dataclass(frozen=True, slots=True)
class Letter:
    """What the letter says. `facts` is what was heard, `efforts` what was done, `wish` what is asked for; one
    paragraph a line. `sender` signs, on `day`."""

    kind: LetterKind
    sender: str
    addressee: str
    subject: str
    facts: str
    efforts: str
    wish: str
    contact: str
    day: date

    @property
    def title(self) -> str:
        return f"{self.sender}关于{self.subject}的{LetterKind(self.kind).label}"

    @property
    def sections(self) -> Sequence[tuple[str, str]]:
        """Headings and their text; what was left empty is left out."""
        every = (("基本情况", self.facts), ("已做工作", self.efforts), ("请求事项", self.wish))
        return [(head, text) for head, text in every if text.strip()]


def docx_of(letter: Letter) -> bytes:
    """The document, ready to be opened and corrected in Word or WPS."""
    document = Document()
    _lay_out(document)
    _paragraph(document, letter.title, TITLE, TITLE_SIZE, align=WD_ALIGN_PARAGRAPH.CENTER, indent=False)
    _paragraph(document, "")
    _paragraph(document, f"{letter.addressee}：", indent=False)
    for number, (head, text) in zip("一二三", letter.sections, strict=False):
        _paragraph(document, f"{number}、{head}", HEAD)
        for line in text.splitlines():
            _paragraph(document, line.strip())
    _paragraph(document, CLOSINGS[letter.kind])
    _paragraph(document, "")
    _signed(document, letter.sender)
    _signed(document, f"{letter.day.year}年{letter.day.month}月{letter.day.day}日")
    _paragraph(document, f"（联系人：{letter.contact}）")
    stream = BytesIO()
    document.save(stream)
    return stream.getvalue()


def _lay_out(document: DocumentObject) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    for name, millimetres in MARGINS.items():
        setattr(section, name, Mm(millimetres))
    document.settings.odd_and_even_pages_header_footer = True
    _page_number(section.footer.paragraphs[0], WD_ALIGN_PARAGRAPH.RIGHT)
    _page_number(section.even_page_footer.paragraphs[0], WD_ALIGN_PARAGRAPH.LEFT)


def _paragraph(
    document: DocumentObject,
    text: str,
    font: str = BODY,
    size: Pt = BODY_SIZE,
    *,
    align: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.JUSTIFY,
    indent: bool = True,
) -> Paragraph:
    paragraph = document.add_paragraph()
    paragraph.alignment = align
    layout = paragraph.paragraph_format
    layout.line_spacing, layout.space_before, layout.space_after = LINE, Pt(0), Pt(0)
    if indent and text:
        layout.first_line_indent = 2 * CHARACTER
    _run(paragraph, text, font, size)
    return paragraph


def _signed(document: DocumentObject, text: str) -> None:
    """Right, four characters in: room for the seal."""
    paragraph = _paragraph(document, text, align=WD_ALIGN_PARAGRAPH.RIGHT, indent=False)
    paragraph.paragraph_format.right_indent = 4 * CHARACTER


def _run(paragraph: Paragraph, text: str, font: str, size: Pt) -> None:
    run = paragraph.add_run(text)
    run.font.name, run.font.size = font, size
    # Word takes Chinese characters' font from this attribute; it is named, never embedded.
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)


def _page_number(paragraph: Paragraph, align: WD_ALIGN_PARAGRAPH) -> None:
    """— 1 —, one character in from the edge."""
    paragraph.alignment = align
    layout = paragraph.paragraph_format
    layout.left_indent = layout.right_indent = Pt(14)
    _run(paragraph, "— ", PAGE, PAGE_SIZE)
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        run = paragraph.add_run()
        run.font.name, run.font.size = PAGE, PAGE_SIZE
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.text = text
        run._element.append(mark)
    _run(paragraph, " —", PAGE, PAGE_SIZE)
