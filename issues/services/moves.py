"""What every move does: lock, decide on the row as it is, save named fields, append the event."""

from collections.abc import Iterable
from datetime import datetime

from accounts.models import User
from issues.deadlines import CLOCK_FIELDS, ClockKeeper
from issues.dossier import Dossier
from issues.models import Deadline, EventKind, Issue, State
from issues.workflow import Action, allow
from liaisons.absences import stand_ins
from notices.models import NoticeKind
from notices.quiet_hours import send_after
from notices.services import tell
from workdays.services import hold_calendars_still


def locked(issue: Issue) -> Issue:
    """The issue as it is now, for this transaction alone.

    The caller may have loaded it minutes ago. The calendars come first: a publication locks in the same order.
    """
    hold_calendars_still()
    # Locked first and joined afterwards: a join that waited for the lock would look for the unit that led before.
    list(Issue.objects.select_for_update().filter(pk=issue.pk).order_by().values_list("pk"))
    return Issue.objects.select_related("term", "lead_unit", "home_unit", "officer").get(pk=issue.pk)


def begin(issue: Issue, action: Action, actor: User | None) -> ClockKeeper:
    """The locked issue, in the hands of a keeper of its clocks, once the table of transitions allows the move.

    Raises MoveRefused, or its NotYourMove, where it does not.
    """
    keeper = ClockKeeper(locked(issue), actor)
    allow(Dossier(keeper.issue, keeper.yardstick), action, actor)
    return keeper


MOVED = (
    *("state", "tier", "term", "nature", "urgency", "importance", "grading_reason", "lead_unit", "handler"),
    *("version", "updated_at", "plan_confirmed_at", "resolved_at", "result", "reply", "needs_review"),
    *("is_confirmed_solved", "confirmation", "confirmed_at", "asked_again_at", "closed_at", "reopened_count"),
    *("merged_into",),
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
    issue.version += 1
    issue.save(update_fields=MOVED)
    issue.events.create(kind=kind, at=at, actor=actor, before=before, after=issue.state, note=note, deadline=deadline)
    return issue


def inform(
    people: Iterable[User],
    issue: Issue,
    keeper: ClockKeeper,
    *,
    kind: NoticeKind,
    cause: str,
    url: str = "",
    **data: str,
) -> None:
    """A notice about the issue to each, which opens its page, and to whoever stands in for one on leave; outside the
    house it goes in office hours."""
    named = list(people)
    tell(
        [*named, *stand_ins(named)],
        kind=kind,
        cause=cause,
        url=url or issue.get_absolute_url(),
        data={"number": issue.number, **data},
        send_after=send_after(keeper.at, keeper.yardstick.calendar),
    )
