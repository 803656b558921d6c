"""Issues like one: what was done about them may spare somebody the beginning."""

from django.db.models import Q

from accounts.models import User
from issues.models import Issue


def similar_issues(issue: Issue, reader: User, limit: int = 5) -> list[Issue]:
    """The newest of the same category from the same platform or under the same lead unit, in the reader's scope. One
    statement; each of the two ways reads its own index from the new end."""
    alike = Issue.objects.visible_to(reader).filter(category=issue.category_id).exclude(pk=issue.pk)
    ways = (Q(platform=issue.platform_id), Q(lead_unit=issue.lead_unit_id))
    first, second = (alike.filter(way).order_by("-pk").values("pk")[:limit] for way in ways)
    found = Issue.objects.filter(pk__in=first.union(second)).select_related("platform")
    return list(found.order_by("-pk")[:limit])
