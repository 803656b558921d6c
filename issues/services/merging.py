"""One matter raised twice becomes one issue (R37, T17)."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from issues.deadlines import ClockKeeper
from issues.models import UNRESOLVED, EventKind, Issue, State
from issues.services.confirming import leave_the_list
from issues.services.moves import begin, inform, move
from issues.workflow import Action
from notices.models import NoticeKind
from workdays.services import hold_calendars_still


@transaction.atomic
def merge(issue: Issue, *, target: Issue, reason: str = "", actor: User) -> Issue:
    """T17: `issue` goes into `target`, which goes on by its own clock; what went into `issue` before follows it.

    Raises MoveRefused where the table of transitions does not allow it, ValidationError for a target that is the issue
    itself or not in hand any more.
    """
    _lock_both(issue, target)
    keeper = begin(issue, Action.MERGE, actor)
    issue = keeper.issue
    target = Issue.objects.get(pk=target.pk)
    if target.pk == issue.pk:
        raise ValidationError({"target": _("不能并入自己。")})
    if target.state not in UNRESOLVED:
        raise ValidationError({"target": _("%(number)s现在是“%(state)s”，不能并入。") % _words_of(target)})
    leave_the_list(issue, keeper)
    issue.merged_into = target
    note = "\n".join(filter(None, (target.number, reason)))
    move(issue, EventKind.MERGED, to=State.MERGED, actor=actor, at=keeper.at, note=note)
    Issue.objects.filter(merged_into=issue).update(merged_into=target)
    _tell_target(target, issue, actor, keeper)
    return issue


def _lock_both(issue: Issue, target: Issue) -> None:
    # In the order of their keys, so that two people who merge the pair both ways queue up.
    hold_calendars_still()
    list(Issue.objects.select_for_update(of=("self",)).filter(pk__in=[issue.pk, target.pk]).order_by("pk"))


def _words_of(issue: Issue) -> dict[str, str]:
    return {"number": issue.number, "state": str(issue.get_state_display())}


def _tell_target(target: Issue, issue: Issue, actor: User, keeper: ClockKeeper) -> None:
    target.events.create(
        kind=EventKind.TOOK_IN,
        at=keeper.at,
        actor=actor,
        before=target.state,
        after=target.state,
        note=f"{issue.number} {issue.text[:60]}",
    )
    inform(
        {each.pk: each for each in (issue.handler, target.handler) if each.pk != actor.pk}.values(),
        target,
        keeper,
        kind=NoticeKind.MERGED,
        cause=f"merged/{issue.pk}",
        merged=issue.number,
    )
