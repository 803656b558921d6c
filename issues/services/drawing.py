"""Which issues are drawn for a call after they were confirmed (R46)."""

from collections.abc import Iterable
from datetime import datetime

from django.utils.crypto import salted_hmac

from issues.models import FollowUp, FollowUpCause, HandlingRule, Issue


def is_drawn(number: str, percent: int) -> bool:
    """Whether the lot falls on an issue. Nobody can tell beforehand, and drawing again gives the same."""
    lot = salted_hmac("issues.follow-up", number, algorithm="sha256").digest()
    return int.from_bytes(lot[:8]) % 100 < percent


def draw_for_calls(confirmed: Iterable[Issue], rule: HandlingRule, at: datetime) -> None:
    """Some of what was confirmed is called after; an issue is drawn once at most, however often it is redone."""
    drawn = [
        FollowUp(issue=issue, cause=FollowUpCause.DRAWN, planned_at=at)
        for issue in confirmed
        if is_drawn(issue.number, rule.follow_up_percent)
    ]
    if drawn:
        FollowUp.objects.bulk_create(drawn, ignore_conflicts=True)
