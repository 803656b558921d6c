"""PDF: begins and ends as one, is nothing else besides, and starts nothing by itself as far as can be told cheaply."""

import io
import re
import zlib
from collections.abc import Iterator
from zipfile import is_zipfile

from django.utils.translation import gettext as _

from issues.attachments.refusal import Refused

START = b"%PDF-"
# The trailer stands at the end; printers' drivers put some lines after it.
TAIL = 2048
# JavaScript of any kind names itself so; /JS alone occurs by chance in what is compressed.
ACTIVE = re.compile(rb"/(JavaScript|Launch|RichMedia)(?![A-Za-z0-9])")
ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
# Names may be hidden in compressed lists of objects: each is looked into, up to a bound for all.
OBJECTS = re.compile(rb"/ObjStm(?![A-Za-z0-9])[^\xff]{0,500}?stream\r?\n")
MOST_UNPACKED = 32 * 1024 * 1024


def is_like(content: bytes) -> bool:
    return content.startswith(START)


def examine(content: bytes) -> None:
    """Raises Refused."""
    tail = content[-TAIL:]
    if b"%%EOF" not in tail or b"startxref" not in tail:
        raise Refused(_("PDF不完整，请重新导出后再上传"))
    if is_zipfile(io.BytesIO(content)):
        raise Refused(_("文件里夹带了别的内容，请重新导出PDF后再上传"))
    if any(ACTIVE.search(_plain(text)) for text in (content, *_lists_of_objects(content))):
        raise Refused(_("PDF含有脚本或会启动程序的动作，请用“打印为PDF”重新生成后再上传"))


def _plain(text: bytes) -> bytes:
    """Names as they are read: /J#61vaScript is /JavaScript."""
    return ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), text) if b"#" in text else text


def _lists_of_objects(content: bytes) -> Iterator[bytes]:
    left = MOST_UNPACKED
    for found in OBJECTS.finditer(content):
        packed = content[found.end() : content.find(b"endstream", found.end())]
        try:
            text = zlib.decompressobj().decompress(packed, left)
        except zlib.error:
            continue  # packed in another way, or encrypted
        left -= len(text)
        yield text
        if left <= 0:
            return
