"""A slip of the pen is mended: nothing moves by it, and the log has what stood there before."""

from django.db import transaction

from config.clock import now
from issues.models import Issue, IssueCategory
from issues.services.moves import locked


@transaction.atomic
def mend(issue: Issue, *, text: str | None = None, category: IssueCategory | None = None) -> Issue:
    """Writes the text, the category or both, as given, over those of the issue as it is now.

    Whoever edits it meanwhile is told: it is another version. By that number, written in the same statement, the log
    tells a repair from an edit.
    """
    issue = locked(issue)
    issue.text, issue.category, issue.updated_at = text or issue.text, category or issue.category, now()
    issue.version += 1
    issue.save(update_fields=["text", "category", "updated_at", "version"])
    return issue
