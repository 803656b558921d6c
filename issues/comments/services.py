"""A comment is made, a comment is withdrawn: the two things that happen to one."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Role, User
from config.clock import now
from issues.attachments.keeping import Kept, kept, write_rows
from issues.comments.mentions import Mention, mentions_in
from issues.models import Comment, EventKind, Issue
from notices.models import NoticeKind
from notices.quiet_hours import send_after
from notices.services import settle, tell


def may_comment(user: User) -> bool:
    """Whether this person may say something on the issues that they see: everybody of the house but readers. A client
    system says nothing, and a platform's contact has pages of its own."""
    return user.reads_cases and not user.is_reader and user.role != Role.API_CLIENT


def write_comment(
    issue: Issue,
    *,
    text: str,
    attachments: "Sequence[UploadedFile[Any]]" = (),
    client_id: uuid.UUID | None = None,
    actor: User,
) -> Comment:
    """Words, files or both, in the timeline; whoever is mentioned gets a notice. Sent a second time with the same
    `client_id` it is the same comment.

    Raises PermissionDenied for who may not comment; ValidationError under `text` and `attachments` for nothing at all,
    for a mention that reaches nobody, for files that are not taken and for limits; DiskRefused where the disk takes no
    more.
    """
    if not may_comment(actor):
        raise PermissionDenied(_("您可以查看，但不能留言。"))
    if not text.strip() and not attachments:
        raise ValidationError({"text": _("请写留言，或选择附件。")})
    mentions = mentions_in(text, issue)
    if client_id is not None and (earlier := Comment.objects.filter(client_id=client_id).first()):
        if _is_same(earlier, issue, text, attachments, actor):
            return earlier
        client_id = None  # the browser kept the form's number, but this is something new
    try:
        # The files first, outside the transaction: what takes long must not hold the issue.
        with kept(attachments) as papers, transaction.atomic(durable=True):
            return _write(_locked(issue), text, papers, mentions, client_id or uuid.uuid4(), actor)
    except IntegrityError:
        # The same form was sent twice at once, and the other came first.
        earlier = Comment.objects.filter(client_id=client_id).first() if client_id else None
        if earlier is None or not _is_same(earlier, issue, text, attachments, actor):
            raise
        return earlier


def _is_same(
    comment: Comment, issue: Issue, text: str, attachments: "Sequence[UploadedFile[Any]]", actor: User
) -> bool:
    said = (comment.issue_id, comment.author_id, comment.text, comment.attachments.count())
    return said == (issue.pk, actor.pk, text, len(attachments))


def _locked(issue: Issue) -> Issue:
    """The issue as it is now; the next comment on it waits, so that two cannot share the last room for files."""
    return Issue.objects.select_for_update(of=("self",), no_key=True).get(pk=issue.pk)


def _write(
    issue: Issue, text: str, papers: Sequence[Kept], mentions: Sequence[Mention], client_id: uuid.UUID, actor: User
) -> Comment:
    at = now()
    kind = EventKind.COMMENTED if text.strip() else EventKind.ATTACHED
    # The words are not the event's: they can be withdrawn, and an event stays as it is.
    event = issue.events.create(kind=kind, at=at, actor=actor)
    comment = Comment.objects.create(issue=issue, event=event, client_id=client_id, author=actor, text=text, at=at)
    write_rows(papers, comment)
    people = {mention.person.pk: mention.person for mention in mentions}
    comment.mentioned.add(*people)
    tell(
        [person for person in people.values() if person.pk != actor.pk],
        kind=NoticeKind.MENTIONED,
        cause=cause_of(comment),
        url=f"{issue.get_absolute_url()}#comment-{comment.pk}",
        data={"number": issue.number, "name": actor.name},
        send_after=send_after(at),
    )
    _touch(issue, at)
    return comment


@transaction.atomic
def withdraw(comment: Comment, *, actor: User) -> Comment:
    """What it said is shown to nobody any more, its files neither; that it was made, by whom and when, stays. A second
    time changes nothing. Raises PermissionDenied for anybody but its author."""
    # The issue first, as everybody locks it.
    issue = _locked(comment.issue)
    comment = Comment.objects.select_for_update(of=("self",)).get(pk=comment.pk)
    if comment.author_id != actor.pk or not may_comment(actor):
        raise PermissionDenied(_("只有留言人可以撤回。"))
    if comment.withdrawn_at is None:
        comment.withdrawn_at = now()
        comment.save(update_fields=["withdrawn_at"])
        settle(cause_of(comment), comment.withdrawn_at)
        _touch(issue, comment.withdrawn_at)
    return comment


def cause_of(comment: Comment) -> str:
    """The cause that the notices of a comment share."""
    return f"comment/{comment.pk}"


def _touch(issue: Issue, at: datetime) -> None:
    """Whoever reads along by `updated_since` is to see it."""
    Issue.objects.filter(pk=issue.pk).update(updated_at=at)
