"""Pictures are drawn anew: what is kept are pixels, and nothing that came with them.

Where the camera stood, whose it is, a thumbnail of what was cut off, a script behind the last byte: nothing of that
survives.
"""

import io
import threading
from dataclasses import dataclass

from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from issues.attachments.refusal import Refused

# A page of A4 is legible at that, and a photo has 600 KB; the small one stands in the timeline.
LONGEST_SIDE, SMALL_SIDE = 2560, 480
QUALITY, SMALL_QUALITY = 85, 78
# MPO is what many phones call a JPEG with a second picture in it.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")
ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)

# A picture of 50 megapixels takes 200 MB while it is drawn: one at a time in each process, not one a thread.
_easel = threading.Lock()


@dataclass(frozen=True, slots=True)
class Drawn:
    content: bytes
    small: bytes
    content_type: str
    extension: str
    width: int
    height: int


def is_like(content: bytes) -> bool:
    return content.startswith(STARTS) or (content[:4] == b"RIFF" and content[8:12] == b"WEBP")


def redraw(content: bytes, most_pixels: int) -> Drawn:
    """The first frame, upright, no longer than LONGEST_SIDE. Raises Refused for what is too large or broken.

    JPEG stays JPEG; what may have transparent or hard edges becomes PNG, and a WebP without them JPEG, which every
    program opens.
    """
    try:
        with _easel, Image.open(io.BytesIO(content), formats=FORMATS) as image:
            # Known before a pixel is decoded: a bomb of 60 KB unpacks to gigabytes.
            if image.width * image.height > most_pixels:
                raise Refused(_too_many(most_pixels))
            return _draw(image)
    except Refused:
        raise
    except BOMBS as error:
        raise Refused(_too_many(most_pixels)) from error
    except UnidentifiedImageError as error:
        raise Refused(_("图片已损坏，打不开。请重新拍摄或另存后再上传")) from error
    except Exception as error:  # a broken picture is met with whatever exception lies on its decoder's way
        raise Refused(_("图片已损坏，打不开。请重新拍摄或另存后再上传")) from error


def _draw(image: Image.Image) -> Drawn:
    is_flat = image.format in ("JPEG", "MPO") or (image.format == "WEBP" and not _is_transparent(image))
    # A JPEG can be decoded at a half, a quarter, an eighth: 50 megapixels never stand in memory whole.
    image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    mode = "RGB" if is_flat else "RGBA" if _is_transparent(image) else "L" if image.mode in ("1", "L") else "RGB"
    turn = TURNS.get(_orientation(image))
    pixels = image.convert(mode)
    pixels.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    upright = pixels if turn is None else pixels.transpose(turn)
    # A fresh canvas: Pillow writes comments, XMP and profiles of the first one along.
    fresh = Image.new(mode, upright.size)
    fresh.paste(upright)
    content = _written(fresh, QUALITY if is_flat else None)
    small = fresh.copy()
    small.thumbnail((SMALL_SIDE, SMALL_SIDE))
    content_type, extension = ("image/jpeg", ".jpg") if is_flat else ("image/png", ".png")
    return Drawn(content, _written(small, SMALL_QUALITY if is_flat else None), content_type, extension, *fresh.size)


def _orientation(image: Image.Image) -> int:
    """As the camera noted it; 1, upright, where its notes cannot be read."""
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:  # whatever is wrong with the notes, the picture may be good
        return 1


def _is_transparent(image: Image.Image) -> bool:
    return image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info


def _written(image: Image.Image, quality: int | None) -> bytes:
    """As JPEG of a quality, without one as PNG."""
    stream = io.BytesIO()
    if quality is None:
        image.save(stream, "PNG", optimize=True)
    else:
        image.save(stream, "JPEG", quality=quality, optimize=True, progressive=True)
    return stream.getvalue()


def _too_many(most_pixels: int) -> str:
    return _("图片超过%(most)d百万像素，请缩小后再上传") % {"most": most_pixels // 1_000_000}
