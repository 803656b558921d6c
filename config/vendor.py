"""Third-party files under names of our own: nothing of theirs is committed, nothing unused is collected.

VENDOR_FILES names single files in node_modules; whole dist folders would fail on source maps that are not shipped.
VENDOR_ICONS names Bootstrap icons, which become the symbols `i-<name>` of one sprite, `vendor/icons.svg`.
"""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage, Error
from django.core.files.storage import FileSystemStorage, Storage

SPRITE = "vendor/icons.svg"


def source(name: str) -> Path | None:
    """The file behind a vendor name; None for other names."""
    if name == SPRITE:
        return sprite()
    relative: str | None = settings.VENDOR_FILES.get(name)
    return settings.NODE_MODULES / relative if relative else None


def icon_file(icon: str) -> Path:
    folder: Path = settings.NODE_MODULES / "bootstrap-icons" / "icons"
    return folder / f"{icon}.svg"


def sprite() -> Path:
    """Writes the sprite where its content has changed, and says where it lies."""
    symbols = []
    for icon in getattr(settings, "VENDOR_ICONS", ()):
        drawing = icon_file(icon).read_text()
        shape = drawing[drawing.index(">") + 1 : drawing.rindex("</svg>")].strip()
        box = re.search(r'viewBox="[^"]*"', drawing)
        symbols.append(f'<symbol id="i-{icon}" {box[0] if box else ""}>{shape}</symbol>')
    text = f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>\n'
    path: Path = settings.NODE_MODULES / ".cache" / "liandian-icons.svg"
    if not path.is_file() or path.read_text() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.write_text(text)
        draft.replace(path)  # two web processes may start together
    return path


class VendorStorage(FileSystemStorage):
    """node_modules seen under the vendor names."""

    def path(self, name: str) -> str:
        found = source(name)
        if found is None:
            raise FileNotFoundError(name)
        return str(found)


class VendorFinder(BaseFinder):
    storage: Storage

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        self.storage = VendorStorage(location=settings.NODE_MODULES)

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        wanted = [settings.NODE_MODULES / file for file in settings.VENDOR_FILES.values()]
        wanted += map(icon_file, getattr(settings, "VENDOR_ICONS", ()))
        return [
            Error(f"{file} is missing", hint="Run ./run setup, and compare the name.", id="vendor.E001")
            for file in wanted
            if not file.is_file()
        ]

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        found = source(path)
        hits = [str(found)] if found and found.is_file() else []
        return hits if find_all else (hits[0] if hits else [])

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        for name in (*settings.VENDOR_FILES, SPRITE):
            yield name, self.storage
