"""Comments as the timeline shows them: words with the names set off, files, and what became of it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import prefetch_related_objects

from accounts.models import User
from issues.comments.mentions import pieces
from issues.comments.services import may_comment
from issues.models import Attachment, Comment, Event, Issue


@dataclass(frozen=True, slots=True)
class Remark:
    """What a comment adds to its entry. Withdrawn, it has neither pieces nor attachments."""

    pk: int
    pieces: Sequence[tuple[str, bool]] = ()
    pictures: Sequence[Attachment] = ()
    papers: Sequence[Attachment] = ()
    withdrawn_at: datetime | None = None
    may_withdraw: bool = False


class Remarks:
    """The files of an issue, in one statement, and the comments of any number of its events, in one more."""

    def __init__(self, issue: Issue, reader: User) -> None:
        self.reader = reader
        self.attachments = list(Attachment.objects.visible_to(reader).filter(issue=issue))
        self._files: dict[int | None, list[Attachment]] = defaultdict(list)
        for attachment in reversed(self.attachments):  # in the order in which they were chosen
            attachment.issue = issue
            self._files[attachment.comment_id].append(attachment)

    def by_event(self, events: Iterable[Event]) -> dict[int, Remark]:
        """The events come with their comments."""
        comments = [comment for event in events if (comment := getattr(event, "comment", None)) is not None]
        prefetch_related_objects(comments, "mentioned")
        return {comment.event_id: self._remark(comment) for comment in comments}

    def _remark(self, comment: Comment) -> Remark:
        if comment.withdrawn_at is not None:
            return Remark(comment.pk, withdrawn_at=comment.withdrawn_at)
        files = self._files[comment.pk]
        return Remark(
            comment.pk,
            list(pieces(comment.text, (person.name for person in comment.mentioned.all()))),
            [each for each in files if each.is_image],
            [each for each in files if not each.is_image],
            may_withdraw=comment.author_id == self.reader.pk and may_comment(self.reader),
        )
