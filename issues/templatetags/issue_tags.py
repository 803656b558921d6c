"""Chips of issues on the pages of rooms that must not import this one, and what pages of this room ask of one."""

from django import template

from issues import turn
from issues.levels import Standing, Yardstick
from issues.models import Issue, Rating
from issues.ratings import RatingSum, summed
from liaisons.models import Officer

register = template.Library()


@register.simple_tag
def yardstick() -> Yardstick:
    """`{% yardstick as measure %}`, once a page: the day, the calendar and the rule that its chips are measured by."""
    return Yardstick()


@register.inclusion_tag("issues/_level.html")
def standing(issue: Issue, measure: Yardstick) -> dict[str, Standing]:
    """The chip of an issue that was fetched with its `term`."""
    return {"level": measure.standing(issue)}


@register.simple_tag
def ratings_of(officer: Officer) -> RatingSum | None:
    """`{% ratings_of officer as rated %}`: what platforms think of what this officer was first asked for (R44, R51)."""
    return summed(Rating.objects.filter(issue__officer=officer))


@register.filter
def has_lead(issue: Issue) -> bool:
    """As issues.turn.has_lead says."""
    return turn.has_lead(issue)
