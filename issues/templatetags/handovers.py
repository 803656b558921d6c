"""What the page of an issue says of its passing to other hands."""

from typing import Any

from django import template

from accounts.models import User
from accounts.scope import heads
from issues.models import CaseHandover, Issue

register = template.Library()


@register.inclusion_tag("handovers/_of_case.html")
def case_handover(issue: Issue, user: User) -> dict[str, Any]:
    """The handover that is under way, or the way to ask for one; one statement for an open issue."""
    if not issue.is_unresolved:
        return {}
    handover = CaseHandover.objects.waiting_of(issue)
    may_ask = issue.handler_id == user.pk or user.keeps_register or heads(user, issue.lead_unit)
    return {"issue": issue, "handover": handover, "may_ask": handover is None and may_ask}
