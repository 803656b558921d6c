"""Where the files lie: under MEDIA_ROOT, which no web server serves, each whole or not there at all."""

import os
import secrets
from pathlib import Path
from typing import Any, ClassVar

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage
from django.utils.deconstruct import deconstructible


@deconstructible
class AttachmentStorage(FileSystemStorage):
    """A file appears under its name when all of it is on the disk. Whatever stops it before leaves nothing behind."""

    FOLDER: ClassVar = "attachments"
    # Of a picture the small one; of any file what is being written.
    SMALL: ClassVar = ".small"
    PART: ClassVar = ".part"

    def __init__(self) -> None:
        # Without a location it follows MEDIA_ROOT.
        super().__init__(file_permissions_mode=0o640, directory_permissions_mode=0o750)

    def fresh_name(self) -> str:
        """A name that nobody can guess and that tells nothing, in one of 256 folders."""
        key = secrets.token_hex(16)
        return f"{self.FOLDER}/{key[:2]}/{key}"

    def _save(self, name: str, content: "File[Any]") -> str:
        path = Path(self.path(name))
        self._make_folder(path.parent)
        part = path.with_name(path.name + self.PART)
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640), "wb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            part.rename(path)
            sync_folder(path.parent)
        except BaseException:
            part.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            raise
        return name

    def _make_folder(self, folder: Path) -> None:
        if not folder.is_dir():
            folder.mkdir(mode=0o750, parents=True, exist_ok=True)
            sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """A name is on the disk once its folder is."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
