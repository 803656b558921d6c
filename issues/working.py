"""What the page of an issue has for those who work on it, beside what stands in its own row: the timeline with comments
and files, the visit it was heard on, issues like it.
"""

from collections.abc import Sequence
from typing import Any

from accounts.models import User
from issues.comments.forms import CommentForm
from issues.comments.remarks import Remarks
from issues.comments.services import may_comment
from issues.models import Issue, Request
from issues.raised import WarningsOf
from issues.search import similar_issues
from issues.timeline import build_timeline

# What is read when somebody opens the page; the rest is one click away.
NEWEST = 50
# The list of files names so many, and folds the others up.
FILES_IN_SIGHT = 6


def working_parts(
    issue: Issue,
    reader: User,
    warnings: WarningsOf,
    requests: Sequence[Request],
    *,
    composer: CommentForm | None = None,
    is_whole: bool = False,
) -> dict[str, Any]:
    """The context of templates/issues/detail.html beyond the issue itself. A fixed number of statements."""
    remarks = Remarks(issue, reader)
    parts = timeline_context(issue, warnings, requests, remarks, is_whole=is_whole)
    if may_comment(reader):
        parts["composer"] = composer or CommentForm()
    return {
        **parts,
        "attachments": remarks.attachments[:FILES_IN_SIGHT],
        "more_attachments": remarks.attachments[FILES_IN_SIGHT:],
        "visit": visit_of(issue, reader),
        "similar": similar_issues(issue, reader),
    }


def timeline_context(
    issue: Issue, warnings: WarningsOf, requests: Sequence[Request], remarks: Remarks, *, is_whole: bool
) -> dict[str, Any]:
    """`events`, newest first, and whether the page leaves out `has_earlier` ones."""
    events = build_timeline(issue, warnings, requests, remarks, most=None if is_whole else NEWEST + 1)
    has_earlier = not is_whole and len(events) > NEWEST
    return {"events": events[:NEWEST] if has_earlier else events, "has_earlier": has_earlier}


def visit_of(issue: Issue, reader: User) -> Any:
    """The visit it was heard on, where the reader may see that one; visits are a room above this one."""
    if issue.visit_id is None:
        return None
    visits: Any = Issue._meta.get_field("visit").related_model
    return visits.objects.visible_to(reader).filter(pk=issue.visit_id).only("visited_on", "mode").first()
