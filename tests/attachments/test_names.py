"""What a file is called, whatever it was called: nothing that steers a path, an eye or a Windows machine."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issues.attachments.names import DEVICES, KEPT, MOST_BYTES, clean_name


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("竣工图纸（建筑）.pdf", "竣工图纸（建筑）.pdf"),
        ("IMG_0001.HEIC.JPG", "IMG_0001.HEIC.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("..\\..\\windows\\win.ini", "win.pdf"),
        ("C:\\Users\\x\\报告.docx", "报告.pdf"),
        ("报告\u202efdp.exe", "报告fdp.pdf"),
        ("a\0b.pdf", "ab.pdf"),
        ("a\r\nContent-Type: text/html", "html.pdf"),
        ("a\r\nX-Evil: 1.pdf", "a X-Evil_ 1.pdf"),
        ("零\u200b宽.pdf", "零宽.pdf"),
        ("CON.pdf", "_CON.pdf"),
        ("con", "_con.pdf"),
        ("Nul.tar.gz", "_Nul.tar.pdf"),
        ("COM1.docx", "_COM1.pdf"),
        ("lpt¹.pdf", "_lpt¹.pdf"),
        ("CONTRACT.pdf", "CONTRACT.pdf"),
        ('a<b>:"c|d?e*.pdf', "a_b___c_d_e_.pdf"),
        ("  .hidden. ", "hidden.pdf"),
        ("", "附件.pdf"),
        ("...", "附件.pdf"),
        ("\u202e\u200b", "附件.pdf"),
        (".pdf", "pdf.pdf"),
        ("a   b\tc.pdf", "a b c.pdf"),
        ("第3.5节 说明", "第3.5节 说明.pdf"),
        ("cafe\u0301.pdf", "café.pdf"),
    ],
)
def test_a_name_is_cleaned(sent, shown):
    assert clean_name(sent, ".pdf") == shown


def test_a_long_name_is_cut_and_keeps_its_extension():
    assert clean_name("x" * 300 + ".pdf", ".pdf") == "x" * 96 + ".pdf"
    long = clean_name("长" * 300, ".docx")
    assert long == "长" * 65 + ".docx"
    assert len(long.encode()) <= MOST_BYTES


@given(st.text(max_size=400))
def test_no_name_does_harm(sent):
    name = clean_name(sent, ".pdf")
    stem = name.removesuffix(".pdf")
    assert name.endswith(".pdf")
    assert stem
    assert len(name.encode()) <= MOST_BYTES
    assert not set(name) & set('<>:"|?*/\\')
    assert all(unicodedata.category(char)[0] in KEPT or char == " " for char in name)
    assert not stem.startswith((".", " "))
    assert not stem.endswith((".", " "))
    assert not DEVICES.match(name)
