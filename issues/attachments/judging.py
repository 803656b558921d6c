"""What an uploaded file is, told by its content: a picture, a PDF or an Office file without macros, or refused.

The name decides nothing. What is taken is either drawn anew (pictures) or has the structure that its kind must have;
puremagic helps to say what was refused.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import puremagic
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from issues.attachments import office, pdf, pictures
from issues.attachments.names import clean_name
from issues.attachments.refusal import Refused
from issues.models import AttachmentKind


@dataclass(frozen=True, slots=True)
class Judged:
    """A file as it will be kept. A picture brings its measures and a small one of itself."""

    kind: AttachmentKind
    name: str
    content_type: str
    content: bytes
    width: int | None = None
    height: int | None = None
    small: bytes | None = None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
KINDS_OF_OFFICE = {
    ".docx": AttachmentKind.DOCUMENT,
    ".xlsx": AttachmentKind.SHEET,
    ".pptx": AttachmentKind.SLIDES,
}
# What puremagic calls the commonest of what is refused, and what to do instead.
ADVICE = {
    (
        "exe",
        "dll",
        "msi",
        "scr",
        "com",
        "elf",
        "so",
        "jar",
        "apk",
        "deb",
        "rpm",
        "class",
        "bat",
        "sh",
        "ps1",
    ): gettext_lazy("这是程序文件，不能上传"),
    ("zip", "rar", "7z", "gz", "tgz", "bz2", "xz", "tar"): gettext_lazy("这是压缩包，请解开后逐个上传"),
    ("mp4", "mov", "avi", "mkv", "webm", "m4v", "3gp", "wmv", "mpg", "mpeg"): gettext_lazy(
        "视频不能上传，可以截图后上传图片"
    ),
    ("mp3", "m4a", "wav", "amr", "ogg", "flac", "aac", "wma"): gettext_lazy("录音不能上传，请写成文字"),
    ("svg", "html", "htm", "xhtml", "xml", "js", "php", "xht"): gettext_lazy(
        "网页、SVG和脚本不能上传，请截图后上传图片，或另存为PDF"
    ),
    ("bmp", "tif", "tiff", "psd", "ico", "avif", "jp2", "dib", "emf", "wmf"): gettext_lazy(
        "这种图片请另存为JPEG或PNG后再上传"
    ),
}
TAKEN = gettext_lazy("只接收图片（JPEG、PNG、WebP）、PDF，以及docx、xlsx、pptx文件")


def judge(name: str, content: bytes) -> Judged:
    """The file as it will be kept. Raises ValidationError with one sentence that begins with its name."""
    try:
        return _judge(name, content)
    except Refused as refusal:
        shown = clean_name(name, _extension_of(name))
        raise ValidationError(_("“%(name)s”：%(why)s。"), params={"name": shown, "why": refusal}) from refusal


def _judge(name: str, content: bytes) -> Judged:
    most = settings.ATTACHMENT_MEGABYTES
    if len(content) > most * 1024 * 1024:
        raise Refused(too_big())
    if not content:
        raise Refused(_("文件是空的"))
    for is_like, take in JUDGES:
        if is_like(content):
            return take(name, content)
    raise Refused(_advice(content))


def too_big() -> str:
    return _("超过%(most)dMB，请压缩或拆分后再上传") % {"most": settings.ATTACHMENT_MEGABYTES}


def _picture(name: str, content: bytes) -> Judged:
    drawn = pictures.redraw(content, settings.ATTACHMENT_MEGAPIXELS * 1_000_000)
    return Judged(
        AttachmentKind.IMAGE,
        clean_name(name, drawn.extension),
        drawn.content_type,
        drawn.content,
        drawn.width,
        drawn.height,
        drawn.small,
    )


def _pdf(name: str, content: bytes) -> Judged:
    pdf.examine(content)
    return Judged(AttachmentKind.PDF, clean_name(name, ".pdf"), "application/pdf", content)


def _office(name: str, content: bytes) -> Judged:
    found = office.examine(content)
    return Judged(KINDS_OF_OFFICE[found.extension], clean_name(name, found.extension), found.content_type, content)


def _is_old_office(content: bytes) -> bool:
    return content.startswith(OLE)


def _refuse_old_office(name: str, content: bytes) -> Judged:
    raise Refused(_("这是旧版或加密的Office文件，请另存为不加密的docx、xlsx或pptx再上传"))


def _is_heic(content: bytes) -> bool:
    return content[4:8] == b"ftyp" and content[8:12] in {b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"}


def _refuse_heic(name: str, content: bytes) -> Judged:
    raise Refused(_("这是HEIC照片，请转成JPEG后再上传（iPhone：设置、相机、格式，选“兼容性最佳”）"))


JUDGES: tuple[tuple[Callable[[bytes], bool], Callable[[str, bytes], Judged]], ...] = (
    (pictures.is_like, _picture),
    (pdf.is_like, _pdf),
    (lambda content: content.startswith(ZIP), _office),
    (_is_old_office, _refuse_old_office),
    (_is_heic, _refuse_heic),
)


def _advice(content: bytes) -> str:
    """What to do instead, as far as it can be told what this is."""
    found = _guess(content)
    for extensions, advice in ADVICE.items():
        if found in extensions:
            return str(advice)
    return str(TAKEN)


def _guess(content: bytes) -> str:
    """The extension puremagic gives to what it takes this for, without the dot; for the sentence alone."""
    start = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"mz", b"\x7felf")):  # puremagic knows them by more than every one of them has
        return "exe"
    if (
        start.startswith((b"<!doctype html", b"<html", b"<svg", b"<script", b"<?xml", b"<?php", b"#!"))
        or b"<svg" in start
    ):
        return "html"
    try:
        return puremagic.from_string(content[:65536]).lstrip(".").lower()
    except (puremagic.PureError, ValueError):
        return ""


def _extension_of(name: str) -> str:
    stem, dot, last = name.rpartition(".")
    return f".{last.lower()}" if stem and dot and last.isascii() and last.isalnum() and len(last) <= 5 else ""
