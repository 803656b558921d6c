"""回访: which platforms are called after a resolution, and what they say (R45, R46)."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Role, User
from issues.deadlines import ClockKeeper
from issues.models import Confirmation, EventKind, FollowUp, FollowUpCause, Issue, Rating, State
from issues.services.confirming import redo, take_word
from issues.services.moves import begin, inform, move
from issues.workflow import Action
from notices.models import NoticeKind
from notices.services import settle


def plan_a_call(rating: Rating, keeper: ClockKeeper) -> None:
    """R45: a platform that is not satisfied is called within the time of the rule. The office hears of it each time,
    where the one call of R46 was made already, too."""
    issue, call_by = keeper.issue, keeper.calendar.due(keeper.today, keeper.handling_rule.call_within).on
    planned, is_new = FollowUp.objects.get_or_create(
        issue=issue,
        defaults={"cause": FollowUpCause.DISSATISFIED, "planned_at": keeper.at, "call_by": call_by},
    )
    if not is_new and planned.called_at is None:
        planned.cause, planned.call_by = FollowUpCause.DISSATISFIED, call_by
        planned.save(update_fields=["cause", "call_by"])
    inform(
        User.objects.filter(role=Role.COMMISSION_OFFICE, is_active=True),
        issue,
        keeper,
        kind=NoticeKind.CALL_ASKED,
        cause=_cause(rating),
        call_by=call_by.isoformat(),
    )


def _cause(rating: Rating) -> str:
    return f"follow-up/{rating.pk}"


@transaction.atomic
def follow_up(issue: Issue, *, is_true: bool, words: str, actor: User) -> Issue:
    """R46: somebody outside the handling unit has called the platform. True, and it is as good as the platform's word
    where there was none; not true, and the issue is redone (R40).

    Raises MoveRefused where the table of transitions does not allow it, ValidationError without a record.
    """
    keeper = begin(issue, Action.FOLLOW_UP, actor)
    issue = keeper.issue
    if not words.strip():
        raise ValidationError({"words": _("请写明平台谁接的电话、怎么说的。")})
    FollowUp.objects.update_or_create(
        issue=issue,
        defaults={"is_true": is_true, "words": words, "called_by": actor, "called_at": keeper.at},
        create_defaults={
            "cause": FollowUpCause.CHOSEN,
            "planned_at": keeper.at,
            "is_true": is_true,
            "words": words,
            "called_by": actor,
            "called_at": keeper.at,
        },
    )
    for rating in issue.ratings.all():
        settle(_cause(rating), keeper.at)
    note = "\n".join((_("属实") if is_true else _("不属实"), words))
    if is_true and issue.confirmation in ("", Confirmation.SILENT):
        take_word(issue, keeper, Confirmation.FOLLOW_UP)
    to = State.CONFIRMED if is_true and issue.state == State.RESOLVED else None
    move(issue, EventKind.FOLLOWED_UP, to=to, actor=actor, at=keeper.at, note=note)
    return issue if is_true else redo(issue, keeper, words)
