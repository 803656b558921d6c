"""What every page's shell shows: the counters of the navigation, unread notices, the date."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from config.clock import today
from issues.models import Issue
from notices.models import Notice


def shell(request: HttpRequest) -> dict[str, Any]:
    """Lazy: a fragment that shows no shell costs no statement."""
    user = getattr(request, "user", None)
    context: dict[str, Any] = {
        "today": today(),
        "filing_number": settings.FILING_NUMBER,
        "bureau_name": settings.BUREAU_NAME,
    }
    if user is not None and user.is_authenticated:
        context["unread_notices"] = SimpleLazyObject(lambda: Notice.objects.visible_to(user).unread().count())
        context["nav"] = {"todo": SimpleLazyObject(lambda: Issue.objects.to_do_of(user).count())}
    return context
