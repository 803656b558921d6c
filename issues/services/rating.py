"""The platform rates what was done (R44, R45)."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from issues.deadlines import ClockKeeper
from issues.models import Grade, Issue, Rating, RatingQuerySet, State
from issues.parties import Party, parties_of
from issues.services.following_up import plan_a_call
from issues.services.moves import locked
from issues.workflow import MoveRefused, NotYourMove

RATED_IN = (State.CONFIRMED, State.CLOSED)


def ratings_now(issue: Issue) -> RatingQuerySet:
    """Those of the present round: none, one, or the first and the one added to it."""
    return Rating.objects.filter(issue=issue, round=issue.reopened_count + 1).order_by("is_added")


def takes_rating(issue: Issue, given: Sequence[Rating]) -> bool:
    """Whether the platform may rate now, `given` being what it has: once, and where that was no praise once more."""
    return issue.state in RATED_IN and (not given or (len(given) == 1 and given[0].is_dissatisfied))


@transaction.atomic
def rate(issue: Issue, *, service: int, result: int, is_added: bool = False, actor: User) -> Rating:
    """The contact's rating of the present round, or what is added to one that was not satisfied (R45 追评). It moves
    nothing: no state, no event that others could read; a platform that is not satisfied is called (R45). By `is_added`
    whoever rates says which of the two it is: a second click on the first is none.

    Raises NotYourMove for anybody but the platform's contact, MoveRefused before the platform's word and for one rating
    too many, ValidationError for anything but the five levels.
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
    given = list(ratings_now(issue))
    if is_added != bool(given) or not takes_rating(issue, given):
        raise MoveRefused(_("这一次已经评价过了，谢谢您。"))
    rating = Rating.objects.create(
        issue=issue,
        round=issue.reopened_count + 1,
        is_added=is_added,
        service=service,
        result=result,
        rated_by=actor,
        rated_at=keeper.at,
    )
    if rating.is_dissatisfied:
        plan_a_call(rating, keeper)
    return rating
