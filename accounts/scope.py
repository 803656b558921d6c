"""The two doors through which a request reaches a row."""

from typing import Any, Protocol, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import CharField, ExpressionWrapper, F, Model, QuerySet, Value
from django.db.models.expressions import Combinable
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from accounts.models import Role, Unit, User

M_co = TypeVar("M_co", bound=Model, covariant=True)


def heads(user: User, unit: Unit | None) -> bool:
    """Whether the user is the head of the unit or of one above it."""
    if user.role != Role.UNIT_HEAD or user.unit is None or unit is None:
        return False
    return unit.path.startswith(user.unit.path)


def heads_above(path: str | Combinable) -> "QuerySet[User]":
    """The active heads of the unit with this path and of those above it; `path` may be an expression."""
    # A bare OuterRef knows no lookups.
    below = Value(path) if isinstance(path, str) else ExpressionWrapper(path, output_field=CharField())
    heads = User.objects.filter(role=Role.UNIT_HEAD, is_active=True)
    return heads.annotate(below=below).filter(below__startswith=F("unit__path"))


class Scoped(Protocol[M_co]):
    """A manager or queryset with the two scopes every table of cases has."""

    def visible_to(self, user: User) -> "QuerySet[M_co]": ...

    def editable_by(self, user: User) -> "QuerySet[M_co]": ...


def get_visible_or_404(rows: Scoped[M_co], user: User, **lookup: Any) -> M_co:
    """The row, or Http404: to an outsider it does not exist."""
    return get_object_or_404(rows.visible_to(user), **lookup)


def get_editable_or_refuse(rows: Scoped[M_co], user: User, **lookup: Any) -> M_co:
    """The row, Http404 for an outsider, PermissionDenied for one who may read it but not change it."""
    row = get_object_or_404(rows.visible_to(user), **lookup)
    if not rows.editable_by(user).filter(pk=row.pk).exists():
        raise PermissionDenied(_("您可以查看，但不能修改这条记录。"))
    return row
