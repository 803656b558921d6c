"""The platform rates what was done (R44)."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from issues.deadlines import ClockKeeper
from issues.models import Grade, Issue, Rating, State
from issues.parties import Party, parties_of
from issues.services.following_up import plan_a_call
from issues.services.moves import locked
from issues.workflow import MoveRefused, NotYourMove

RATED_IN = (State.CONFIRMED, State.CLOSED)


@transaction.atomic
def rate(issue: Issue, *, service: int, result: int, actor: User) -> Rating:
    """The contact's rating of the present round, once. It moves nothing: no state, no event that others could read; a
    platform that is not satisfied is called (R45).

    Raises NotYourMove for anybody but the platform's contact, MoveRefused before the platform's word and for a second
    rating, ValidationError for anything but the five levels.
    """
    keeper = ClockKeeper(locked(issue), actor)
    issue = keeper.issue
    if Party.CONTACT not in parties_of(issue, actor):
        raise NotYourMove(_("评价由平台联络员填写。"))
    if issue.state not in RATED_IN:
        raise MoveRefused(_("这个问题现在是“%(state)s”，确认以后再评价。"), params={"state": issue.get_state_display()})
    unknown = [name for name, value in (("service", service), ("result", result)) if value not in Grade.values]
    if unknown:
        raise ValidationError({name: _("请从五档中选一档。") for name in unknown})
    this_round = issue.reopened_count + 1
    if issue.ratings.filter(round=this_round).exists():
        raise MoveRefused(_("这一次已经评价过了，谢谢您。"))
    if min(service, result) <= Grade.DISSATISFIED:
        plan_a_call(issue, keeper)
    return Rating.objects.create(
        issue=issue, round=this_round, service=service, result=result, rated_by=actor, rated_at=keeper.at
    )
