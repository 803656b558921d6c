"""From an upload to files on disk that stay only if their rows do."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import InterfaceError, OperationalError
from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from issues.attachments.judging import Judged, judge, too_big
from issues.attachments.storage import AttachmentStorage
from issues.models import Attachment, Comment, Issue

log = logging.getLogger(__name__)

MEGABYTE = 1024 * 1024


class DiskRefused(Exception):
    """The disk took no more; what had been written of these files is gone again."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A judged file that lies on disk, without a row yet. Its content is not held in memory any more."""

    file: str
    kind: str
    name: str
    size: int
    sha256: str
    content_type: str
    width: int | None
    height: int | None

    @classmethod
    def of(cls, judged: Judged, file: str) -> "Kept":
        size, content_type = len(judged.content), judged.content_type
        return cls(file, judged.kind, judged.name, size, judged.sha256, content_type, judged.width, judged.height)


@contextmanager
def kept(uploads: "Sequence[UploadedFile[Any]]") -> Iterator[list[Kept]]:
    """The uploads on disk, whole and durable, for the transaction within the block: it writes their rows.

    Where the block raises, or a file is refused, none of them stays. Raises ValidationError with a sentence for each
    refused file under `attachments`, DiskRefused where the disk takes no more.
    """
    storage, files = AttachmentStorage(), list[Kept]()
    try:
        _keep_all(uploads, storage, files)
        yield files
    except (OperationalError, InterfaceError):
        # The connection broke, perhaps while the commit was on its way: nobody knows whether the rows stand. The
        # nightly sweep will.
        log.warning("left %d files to the sweep", len(files))
        raise
    except BaseException:
        _remove(storage, files)
        raise


def _keep_all(uploads: "Sequence[UploadedFile[Any]]", storage: AttachmentStorage, files: list[Kept]) -> None:
    faults = []
    for upload in uploads:
        try:
            judged = _judged(upload)
        except ValidationError as refusal:
            faults.append(refusal)
        else:
            files.append(_keep(judged, storage))
    if faults:
        raise ValidationError({"attachments": faults})


def _judged(upload: "UploadedFile[Any]") -> Judged:
    if (upload.size or 0) > settings.ATTACHMENT_MEGABYTES * MEGABYTE:  # it is not even read
        raise ValidationError(_("“%(name)s”：%(why)s。"), params={"name": upload.name, "why": too_big()})
    upload.seek(0)
    return judge(upload.name or "", upload.read())


def _keep(judged: Judged, storage: AttachmentStorage) -> Kept:
    name = storage.fresh_name()
    try:
        storage.save(name, ContentFile(judged.content))
        if judged.small is not None:
            storage.save(name + storage.SMALL, ContentFile(judged.small))
    except OSError as error:
        log.exception("an attachment could not be kept")
        _forget(storage, name)
        raise DiskRefused from error
    return Kept.of(judged, name)


def _remove(storage: AttachmentStorage, files: Sequence[Kept]) -> None:
    for each in files:
        _forget(storage, each.file)


def _forget(storage: AttachmentStorage, name: str) -> None:
    for each in (name, name + storage.SMALL):
        try:
            storage.delete(each)
        except OSError:  # the sweep tries again
            log.exception("a file without a row could not be removed")


def write_rows(files: Sequence[Kept], comment: Comment) -> None:
    """In the transaction that holds the issue's lock: the limits are those of the issue as it is now. Raises
    ValidationError under `attachments`."""
    if files:
        _refuse_beyond_limits(files, comment.issue)
        Attachment.objects.bulk_create(
            Attachment(
                issue=comment.issue,
                comment=comment,
                kind=each.kind,
                name=each.name,
                size=each.size,
                sha256=each.sha256,
                content_type=each.content_type,
                width=each.width,
                height=each.height,
                file=each.file,
                uploaded_by=comment.author,
                uploaded_at=comment.at,
            )
            for each in files
        )


def _refuse_beyond_limits(files: Sequence[Kept], issue: Issue) -> None:
    """What was withdrawn counts: it takes its room."""
    there = Attachment.objects.filter(issue=issue).aggregate(count=Count("pk"), size=Sum("size", default=0))
    most, room = settings.ATTACHMENTS_PER_ISSUE, settings.ATTACHMENT_MEGABYTES_PER_ISSUE
    if there["count"] + len(files) > most:
        words = _("一个问题最多%(most)d个附件，已有%(count)d个。")
        raise ValidationError({"attachments": ValidationError(words, params={"most": most, "count": there["count"]})})
    if there["size"] + sum(each.size for each in files) > room * MEGABYTE:
        words = _("一个问题的附件合计最多%(room)dMB，现已占用%(used)dMB。")
        params = {"room": room, "used": -(-there["size"] // MEGABYTE)}
        raise ValidationError({"attachments": ValidationError(words, params=params)})
