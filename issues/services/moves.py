"""What every move does: lock, decide on the row as it is, save named fields, append the event."""

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError

from accounts.models import User
from issues.deadlines import CLOCK_FIELDS, ClockKeeper
from issues.models import Deadline, EventKind, Issue, State
from liaisons.absences import stand_ins
from notices.models import NoticeKind
from notices.quiet_hours import send_after
from notices.services import tell
from workdays.services import hold_calendars_still


class MoveRefused(ValidationError):
    """The issue's present state does not allow the requested move, or it is not this person's to make."""


def locked(issue: Issue) -> Issue:
    """The issue as it is now, for this transaction alone.

    The caller may have loaded it minutes ago. The calendars come first: a publication locks in the same order.
    """
    hold_calendars_still()
    return Issue.objects.select_for_update(of=("self",)).select_related("term").get(pk=issue.pk)


MOVED = (
    *("state", "tier", "term", "lead_unit", "handler", "updated_at", "plan_confirmed_at", "resolved_at", "result"),
    *("reply", "is_confirmed_solved", "needs_review"),
    *CLOCK_FIELDS,
)


def move(
    issue: Issue,
    kind: EventKind,
    *,
    actor: User | None,
    at: datetime,
    to: State | None = None,
    note: str = "",
    deadline: Deadline | None = None,
) -> Issue:
    """Saves a locked issue and what happened to it; `to` where its state changes."""
    before = issue.state
    issue.state, issue.updated_at = to or before, at
    issue.save(update_fields=MOVED)
    issue.events.create(kind=kind, at=at, actor=actor, before=before, after=issue.state, note=note, deadline=deadline)
    return issue


def inform(
    people: Iterable[User], issue: Issue, keeper: ClockKeeper, *, kind: NoticeKind, cause: str, **data: str
) -> None:
    """A notice about the issue to each, and to whoever stands in for one on leave; outside the house it goes in office
    hours."""
    named = list(people)
    tell(
        [*named, *stand_ins(named)],
        kind=kind,
        cause=cause,
        url=issue.get_absolute_url(),
        data={"number": issue.number, **data},
        send_after=send_after(keeper.at, keeper.yardstick.calendar),
    )
