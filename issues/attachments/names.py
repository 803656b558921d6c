"""What a file is called, for people. The name never becomes a path; even so it does no harm where it is saved."""

import re
import unicodedata

# As long as people can read and every file system takes: most allow 255 bytes.
LONGEST, MOST_BYTES = 100, 200
# Letters, marks, numbers, punctuation, symbols; of the spaces only the plain one. The others are invisible or steer the
# eye: NUL, line ends, U+200B, and U+202E, behind which "exe" reads as "txt".
KEPT = frozenset("LMNPS")
UNSAFE = re.compile(r'[<>:"|?*/\\]')
# Windows opens these as devices, whatever follows the first dot.
DEVICES = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(\.|$)", re.IGNORECASE)
NAMELESS = "附件"


def clean_name(name: str, extension: str) -> str:
    """The last part of what the browser sent, without what cannot be seen, ending as its content demands."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    seen = "".join(char if unicodedata.category(char)[0] in KEPT else " " * char.isspace() for char in last)
    stem = _without_extension(UNSAFE.sub("_", seen), extension)
    stem = " ".join(stem.split()).strip(". ")
    if DEVICES.match(stem):
        stem = f"_{stem}"
    room = MOST_BYTES - len(extension)
    stem = stem[: LONGEST - len(extension)].encode()[:room].decode(errors="ignore").rstrip(". ")
    return f"{stem or NAMELESS}{extension}"


def _without_extension(name: str, extension: str) -> str:
    """IMG_1.HEIC.jpg stays IMG_1.HEIC: only what the content's own extension replaces goes."""
    stem, dot, last = name.rpartition(".")
    return stem if dot and stem and (last.isascii() and last.isalnum() and len(last) <= 5) else name
