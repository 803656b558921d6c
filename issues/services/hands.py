"""Into whose hands an issue comes back (R22): nobody's work lies with an account that is closed."""

from itertools import chain

from accounts.models import Role, User
from issues.models import Issue
from platforms.models import Platform


def officers_of(platform: Platform) -> list[User]:
    """Who looks after it now."""
    return list(User.objects.filter(officer__assignments__in=platform.assignments.current(), is_active=True))


def hands_for(issue: Issue, wanted: User) -> User:
    """`wanted`, or where that account is closed the platform's officer of today, or a head of the lead unit.

    Of the home unit's own matter the officer comes first, of another unit's its head.
    """
    if wanted.is_active:
        return wanted
    heads = User.objects.filter(role=Role.UNIT_HEAD, unit=issue.lead_unit_id, is_active=True).order_by("pk")
    officers = officers_of(issue.platform)
    is_own = issue.lead_unit_id == issue.home_unit_id
    return next(chain(officers, heads) if is_own else chain(heads, officers), wanted)
