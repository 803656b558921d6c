"""Chips of issues on the pages of rooms that must not import this one."""

from django import template

from issues.levels import Standing, Yardstick
from issues.models import Issue

register = template.Library()


@register.simple_tag
def yardstick() -> Yardstick:
    """`{% yardstick as measure %}`, once a page: the day, the calendar and the rule that its chips are measured by."""
    return Yardstick()


@register.inclusion_tag("issues/_level.html")
def standing(issue: Issue, measure: Yardstick) -> dict[str, Standing]:
    """The chip of an issue that was fetched with its `term`."""
    return {"level": measure.standing(issue)}
