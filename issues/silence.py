"""A platform that says nothing is asked once more, and after a while no longer waited for (R39, T11)."""

from collections.abc import Callable

from issues.levels import Yardstick
from issues.models import HandlingRule, Issue, State
from issues.services.confirming import ask_again, take_as_unanswered
from issues.workflow import MoveRefused

# One morning's share: what is left over is found the next time.
MOST = 500


def chase(yardstick: Yardstick) -> tuple[int, int]:
    """How many were asked once more, and how many are taken as unanswered. Running it again adds nothing.

    Whoever could not be asked in time, after an outage for instance, is asked now and waited for as long as the others.
    """
    rule = HandlingRule.in_force(yardstick.today)
    waiting = Issue.objects.filter(state=State.RESOLVED).order_by("resolved_on", "pk")
    silent = waiting.filter(
        yardstick.since("resolved_on", rule.silent_after),
        yardstick.since("asked_again_at__date", rule.silent_after - rule.ask_again_after),
    )[:MOST]
    ended = sum(_done(take_as_unanswered, issue) for issue in silent)
    quiet = waiting.filter(yardstick.since("resolved_on", rule.ask_again_after), asked_again_at=None)[:MOST]
    return sum(_done(ask_again, issue) for issue in quiet), ended


def _done(act: Callable[[Issue], object], issue: Issue) -> bool:
    """Each in a transaction of its own: one that moved meanwhile does not stop the others."""
    try:
        act(issue)
    except MoveRefused:
        return False
    return True
