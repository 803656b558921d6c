"""A person decides on a date that a recalculation left alone (deadline kept for review)."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from issues.deadlines import ClockKeeper, Span, counted, newest
from issues.models import Cause, Clock, Deadline, EventKind, Issue
from issues.services.moves import begin, move
from issues.services.suspension import paused_days
from issues.workflow import Action, MoveRefused


@transaction.atomic
def review_deadline(issue: Issue, *, keep: bool, reason: str, actor: User) -> Issue:
    """Keeps the date as a date of its own, or takes the one the calendar gives now. A breach stays a breach.

    Raises MoveRefused where nothing waits for review or the clock has stopped, ValidationError without a reason and
    for a date that the calendar now puts into the past.
    """
    keeper = begin(issue, Action.REVIEW, actor)
    issue = keeper.issue
    if not reason.strip():
        raise ValidationError({"reason": _("请写明复核的理由。")})
    kept = newest(issue, Clock.STATUTORY)
    if kept is None or kept.working_days is None:
        raise MoveRefused(_("这个到期日没有待复核的变化。"))
    keeper.note_breach()
    issue.needs_review = False
    span = Span(kept.due_on, kept.counted_from, paused_days=kept.paused_days) if keep else recounted(kept, keeper)
    deadline = keeper.start(Clock.STATUTORY, span, Cause.REVIEWED, reason)
    return move(issue, EventKind.REVIEWED, actor=actor, at=keeper.at, note=reason, deadline=deadline)


def recounted(kept: Deadline, keeper: ClockKeeper) -> Span:
    """The same count by the calendar as it is now. Raises ValidationError where that day has passed already."""
    assert kept.working_days is not None  # noqa: S101 - for the type checker
    paused = paused_days(keeper.issue, kept, keeper)
    span = counted(keeper.calendar, kept.counted_from, kept.working_days, paused)
    if span.due_on < keeper.today:
        raise ValidationError(
            {"keep": _("按现在的日历，到期日是%(due)s，已经过去；只能保留原日期。") % {"due": span.due_on}}
        )
    return span
