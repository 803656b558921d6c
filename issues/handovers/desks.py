"""Whose desk a person may look at and clear, when somebody leaves."""

from django.db.models import Q, QuerySet

from accounts.models import ADMINISTRATORS, Role, Unit, User
from accounts.scope import heads

# Who may have a case in hand; the bureau's staff, administrators and clients have none.
WITH_A_DESK = (Role.OFFICER, Role.CLERK, Role.UNIT_HEAD, Role.COMMISSION_OFFICE)
# Who disables accounts sees how much is in the way, but no platform and no issue.
COUNTERS = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN)


def desks_visible_to(user: User) -> QuerySet[User]:
    """One's own; those of the unit to its head; all of them to those who see everything or disable accounts."""
    desks = User.objects.filter(role__in=WITH_A_DESK)
    if user.sees_everything or user.role in COUNTERS:
        return desks
    if user.role == Role.UNIT_HEAD:
        return desks.filter(Q(unit__in=Unit.objects.under(user.unit).values("pk")) | Q(pk=user.pk))
    return desks.filter(pk=user.pk)


def may_see_names(user: User) -> bool:
    return user.role not in ADMINISTRATORS


def may_clear(person: User, user: User) -> bool:
    """The bureau, the head of the person's unit or of one above, the person."""
    return user.keeps_register or user.pk == person.pk or heads(user, person.unit)
