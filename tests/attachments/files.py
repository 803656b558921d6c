"""Real files, made where they are needed: good ones, and each kind of bad one."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

from PIL import Image
from PIL.TiffImagePlugin import IFDRational

RED, BLUE = (200, 30, 30), (30, 30, 200)
OPEN = "application/vnd.openxmlformats-officedocument"
MAIN = {
    "word/document.xml": f"{OPEN}.wordprocessingml.document.main+xml",
    "xl/workbook.xml": f"{OPEN}.spreadsheetml.sheet.main+xml",
    "ppt/presentation.xml": f"{OPEN}.presentationml.presentation.main+xml",
}
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"
EXE = b"MZ\x90\x00" + bytes(58) + b"\x80\x00\x00\x00" + bytes(64) + b"PE\x00\x00" + bytes(400)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1024)
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(64)


def halves(width: int = 80, height: int = 40, mode: str = "RGB") -> Image.Image:
    """The left half red, the right half blue: one sees which way up it is."""
    image = Image.new(mode, (width, height), RED)
    image.paste(Image.new(mode, (width // 2, height), BLUE), (width // 2, 0))
    return image


def written(image: Image.Image, kind: str, **how: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **how)
    return stream.getvalue()


def jpeg(width: int = 80, height: int = 40, **how: Any) -> bytes:
    return written(halves(width, height), "JPEG", quality=95, **how)


def png(width: int = 80, height: int = 40, mode: str = "RGB") -> bytes:
    return written(halves(width, height, mode), "PNG")


def photo_of_a_phone(orientation: int = 6) -> bytes:
    """With place, owner, a comment, XMP and an ICC profile, lying on its side."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F], exif[0x0110], exif[0x013B] = "Maker", "Phone 12", "王小明"
    place = exif.get_ifd(0x8825)
    place[1], place[2] = "N", (IFDRational(28), IFDRational(13), IFDRational(41))
    place[3], place[4] = "E", (IFDRational(112), IFDRational(56), IFDRational(20))
    return jpeg(
        exif=exif, comment=b"SECRET-COMMENT", xmp=b"<x:xmpmeta>SECRET-XMP</x:xmpmeta>", icc_profile=b"SECRET-ICC" * 20
    )


def animated(kind: str) -> bytes:
    frames = [halves(), Image.new("RGB", (80, 40), (0, 255, 0))]
    return written(frames[0], kind, save_all=True, append_images=frames[1:], duration=100, loop=0)


def png_bomb(side: int = 30_000) -> bytes:
    """Some hundred kilobytes that unpack to `side` × `side` pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    packer, row = zlib.compressobj(9), bytes(side // 8 + 2)
    data = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def zipped(parts: Mapping[str, bytes], packed: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", packed) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        archive.comment = comment
    return stream.getvalue()


def office_parts(part: str = "word/document.xml", extra: Mapping[str, bytes] | None = None) -> dict[str, bytes]:
    types = "".join(f'<Override PartName="/{part}" ContentType="{MAIN[part]}"/>')
    contents = f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{types}</Types>'
    return {
        "[Content_Types].xml": contents.encode(),
        "_rels/.rels": b"<r/>",
        part: b"<d>\xe7\x94\xb2</d>",
        **(extra or {}),
    }


def office(part: str = "word/document.xml", extra: Mapping[str, bytes] | None = None) -> bytes:
    return zipped(office_parts(part, extra))


def docm() -> bytes:
    parts = office_parts(extra={"word/vbaProject.bin": b"\xd0\xcf"})
    contents = b'<Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/>'
    return zipped({**parts, "[Content_Types].xml": contents})


def with_password() -> bytes:
    """A zip whose parts say that they are encrypted."""
    content = bytearray(office())
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(signature)
        while place >= 0:
            content[place + at] |= 1
            place = content.find(signature, place + 1)
    return bytes(content)


def zip_bomb(megabytes: int = 300) -> bytes:
    return office(extra={"word/media/image1.bmp": bytes(megabytes * 1024 * 1024)})


def lying_zip() -> bytes:
    """A part of 5 MB that says it has 5 bytes."""
    real = 5 * 1024 * 1024
    content = bytearray(office(extra={"word/long.xml": bytes(real)}))
    honest = struct.pack("<I", real)
    place = content.find(honest)
    while place >= 0:
        content[place : place + 4] = struct.pack("<I", 5)
        place = content.find(honest, place + 1)
    return bytes(content)


def pdf(body: bytes = b"", tail: bytes = b"") -> bytes:
    catalogue = b"1 0 obj\n<< /Type /Catalog " + body + b" >>\nendobj\n"
    start = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
    xref = b"xref\n0 2\n0000000000 65535 f \n0000000015 00000 n \ntrailer << /Size 2 /Root 1 0 R >>\n"
    return start + catalogue + xref + b"startxref\n%d\n%%%%EOF\n" % (len(start) + len(catalogue)) + tail


def pdf_with_hidden(names: bytes) -> bytes:
    """The names stand in a compressed list of objects only."""
    packed = zlib.compress(b"2 0 << " + names + b" >>")
    head = b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n" % len(packed)
    return pdf(b">>\nendobj\n2 0 obj\n<< " + head + packed + b"\nendstream\nendobj\n3 0 obj\n<<")


def noise(width: int, height: int) -> Image.Image:
    """What no coder makes small."""
    return Image.effect_noise((width, height), 120).convert("RGB")
