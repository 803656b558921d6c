"""A file on its way to somebody who may see it, in headers under which it can do nothing."""

import logging

from django.http import FileResponse, Http404

from issues.attachments.storage import AttachmentStorage
from issues.models import Attachment

log = logging.getLogger(__name__)

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # Were it opened as a page all the same: no script, no form, no origin.
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def hand_out(attachment: Attachment, *, small: bool = False) -> FileResponse:
    """A picture to be looked at, everything else to be saved. Raises Http404 where the disk has lost it."""
    storage, name = AttachmentStorage(), attachment.file.name or ""
    try:
        file = storage.open(name + storage.SMALL if small else name)
    except OSError as error:
        log.exception("attachment %s has no file", attachment.pk)
        raise Http404 from error
    return FileResponse(
        file,
        as_attachment=not attachment.is_image,
        filename=attachment.name,
        content_type=attachment.content_type,
        headers=HEADERS,
    )
