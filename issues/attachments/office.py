"""Word, Excel and PowerPoint: a real zip with the parts its kind must have, without macros, of an honest size."""

import io
import re
import struct
import zlib
from dataclasses import dataclass
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from django.utils.translation import gettext as _

from issues.attachments.refusal import Refused

MEGABYTE = 1024 * 1024
# An ordinary file of 20 MB holds some hundred parts and little more than itself: pictures do not shrink.
MOST_PARTS, MOST_UNPACKED, MOST_RATIO = 5000, 200 * MEGABYTE, 200
# Below this a high ratio is an empty table, not a bomb.
RATIO_COUNTS_FROM = 20 * MEGABYTE
CHUNK = 256 * 1024

CONTENTS = "[Content_Types].xml"
OPEN = "application/vnd.openxmlformats-officedocument."
# The part that makes it one of them, by the type that the table of contents must give it.
MAIN_PARTS = {
    "wordprocessingml.document": (".docx", "word/"),
    "spreadsheetml.sheet": (".xlsx", "xl/"),
    "presentationml.presentation": (".pptx", "ppt/"),
}
MACROS = re.compile(r"vbaproject|vbadata|macrosheets/|activex/", re.IGNORECASE)
MACRO_TYPES = re.compile(rb"macroenabled|vbaproject|ms-excel\.(intl)?macrosheet|activex", re.IGNORECASE)
END_OF_ZIP = b"PK\x05\x06"


@dataclass(frozen=True, slots=True)
class Found:
    extension: str
    content_type: str


def examine(content: bytes) -> Found:
    """Which of the three it is. Raises Refused for anything else, for macros, and for what unpacks to too much."""
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            _refuse_bombs(parts, len(content))
            _refuse_guests(content, parts)
            types = archive.read(CONTENTS) if CONTENTS in archive.namelist() else b""
            found = _kind_of(types, parts)
            _refuse_macros(types, parts)
            _unpack(archive, parts)
    except (BadZipFile, zlib.error, struct.error, ValueError, NotImplementedError, EOFError, OSError) as error:
        raise Refused(_("文件已损坏，打不开。请在Office或WPS里重新保存后再上传")) from error
    return found


def _refuse_bombs(parts: list[ZipInfo], size: int) -> None:
    """By the table of contents, before anything is unpacked; zipfile gives no part more than is declared there."""
    unpacked = sum(part.file_size for part in parts)
    is_dense = unpacked > RATIO_COUNTS_FROM and unpacked > MOST_RATIO * size
    if len(parts) > MOST_PARTS or unpacked > MOST_UNPACKED or is_dense:
        raise Refused(_("文件解开后过大，请删去多余的内容，另存后再上传"))


def _refuse_guests(content: bytes, parts: list[ZipInfo]) -> None:
    """Another file before, behind or at the start of the zip would be a file of two kinds."""
    end = content.rfind(END_OF_ZIP)
    comment = int.from_bytes(content[end + 20 : end + 22], "little")
    starts = min((part.header_offset for part in parts), default=1)
    if starts or end + 22 + comment != len(content) or b"%PDF-" in content[:1024]:
        raise Refused(_("文件里夹带了别的内容，请在Office或WPS里重新保存后再上传"))
    if any(part.flag_bits & 1 for part in parts):
        raise Refused(_("文件加了密码，请去掉密码后再上传"))
    if any(part.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for part in parts):
        raise BadZipFile("packed as no Office packs")


def _kind_of(types: bytes, parts: list[ZipInfo]) -> Found:
    names = {part.filename for part in parts}
    for kind, (extension, folder) in MAIN_PARTS.items():
        content_type = f"{OPEN}{kind}"
        is_declared = f"{content_type}.main+xml".encode() in types
        if is_declared and any(name.startswith(folder) for name in names):
            return Found(extension, content_type)
    if MACRO_TYPES.search(types):
        raise Refused(_with_macros())
    if CONTENTS in names:
        raise Refused(_("这不是docx、xlsx或pptx文件，请另存为其中一种再上传"))
    raise Refused(_("这是压缩包，请解开后逐个上传"))


def _refuse_macros(types: bytes, parts: list[ZipInfo]) -> None:
    if MACRO_TYPES.search(types) or any(MACROS.search(part.filename) for part in parts):
        raise Refused(_with_macros())


def _with_macros() -> str:
    return _("文件含有宏，请另存为不含宏的docx、xlsx或pptx再上传")


def _unpack(archive: ZipFile, parts: list[ZipInfo]) -> None:
    """Each part to its end: it has the size and the checksum that the table of contents says. Raises BadZipFile."""
    for part in parts:
        with archive.open(part) as stream:
            while stream.read(CHUNK):
                pass
