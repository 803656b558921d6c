"""Each night: files that no row knows go, rows whose file is gone are reported. The folder is compared with the table
as both are now; what is younger than a day may belong to a transaction that is still on its way.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from config.clock import now
from issues.attachments.storage import AttachmentStorage
from issues.models import Attachment
from notices.reconcile import Finding
from notices.services import close_alert, open_alert

log = logging.getLogger(__name__)

PATIENCE = timedelta(days=1)
LOST = "attachments-lost"
FOLDERS = [f"{number:02x}" for number in range(256)]


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep came to: files that were removed, rows whose file is not there."""

    removed: int
    lost: int


def sweep() -> Swept:
    """Removes what no row knows, and tells the system administrators of rows without their file, until it is mended."""
    removed = lost = 0
    for folder in FOLDERS:
        stale, missing = _compare(folder)
        for path in stale:
            path.unlink(missing_ok=True)
            log.warning("removed %s, which no row knows", path.name)
        removed, lost = removed + len(stale), lost + len(missing)
    if lost:
        open_alert(LOST, {"count": lost})
    else:
        close_alert(LOST)
    return Swept(removed, lost)


def reconcile_attachments() -> Iterator[Finding]:
    """The same comparison for the books. It changes nothing."""
    for folder in FOLDERS:
        stale, missing = _compare(folder)
        for path in stale:
            yield Finding(
                "no-file-without-a-row", "file", path.name, "no attachment knows it, and it is older than a day"
            )
        for row in missing:
            yield Finding(
                "attachment-has-its-file", "attachment", str(row.pk), f"{row.file.name} is not as it was kept"
            )


def _compare(folder: str) -> tuple[list[Path], list[Attachment]]:
    """Of one of the folders the files that no row knows, and the rows whose file is missing or of another size."""
    storage = AttachmentStorage()
    prefix = f"{storage.FOLDER}/{folder}/"
    place = Path(storage.path(prefix))
    files = sorted(place.iterdir()) if place.is_dir() else []
    rows = list(Attachment.objects.filter(file__startswith=prefix).only("file", "size", "kind").order_by("pk"))
    known = {name for row in rows for name in _names_of(row)}
    stale = [path for path in files if path.name not in known and _is_old(path)]
    return stale, [row for row in rows if not _is_whole(row, storage)]


def _names_of(row: Attachment) -> list[str]:
    name = Path(row.file.name or "").name
    return [name, name + AttachmentStorage.SMALL] if row.is_image else [name]


def _is_old(path: Path) -> bool:
    try:
        return path.stat().st_mtime < (now() - PATIENCE).timestamp()
    except FileNotFoundError:  # it was there a moment ago, under the name of something being written
        return False


def _is_whole(row: Attachment, storage: AttachmentStorage) -> bool:
    path = Path(storage.path(row.file.name or ""))
    places = [path.with_name(name) for name in _names_of(row)]
    return all(place.is_file() for place in places) and path.stat().st_size == row.size
