"""Pages of a long list by key, not by number: no count, no OFFSET, the last page as cheap as the first.

A cursor is signed: whatever else stands in `?cursor=` is a page that does not exist.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Generic, TypeVar

from django.core.signing import BadSignature, Signer
from django.db.models import Field, Model, Q, QuerySet
from django.http import Http404

M = TypeVar("M", bound=Model)
R = TypeVar("R")

PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """What a list page shows. An empty cursor: there is nothing on that side."""

    rows: Sequence[R]
    previous_cursor: str = ""
    next_cursor: str = ""

    def __iter__(self) -> Iterator[R]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def page_of(rows: QuerySet[M, R], order: Sequence[str], cursor: str = "", size: int = PAGE_SIZE) -> Page[R]:
    """The page that `cursor` (from another page's links) leads to, the first one without; one statement.

    `order` names columns, `-` for descending, `__` across foreign keys; the last one must be unique, or rows that tie
    would be skipped. Rows are model instances or dictionaries that hold these columns. Nulls stand where PostgreSQL
    puts them: last going up, first going down. Raises Http404 for a cursor that is not ours, or of another list.
    """
    signer = Signer(salt=f"{rows.model._meta.label}:{','.join(order)}")
    backwards, place = _read(signer, cursor) if cursor else (False, [])
    beyond = _beyond(rows.model, order, place, backwards) if place else Q()
    ordered = rows.filter(beyond).order_by(*(map(_turned, order) if backwards else order))
    found = list(ordered[: size + 1])
    if cursor and not found:  # the rows on that side have gone since the link was made
        return page_of(rows, order, size=size)
    more, shown = len(found) > size, found[:size]
    if backwards:
        shown.reverse()
    has_previous, has_next = (more, True) if backwards else (bool(cursor), more)
    return Page(
        shown,
        _write(signer, order, shown[0], backwards=True) if has_previous else "",
        _write(signer, order, shown[-1], backwards=False) if has_next else "",
    )


def _beyond(model: type[Model], order: Sequence[str], place: Sequence[Any], backwards: bool) -> Q:
    """The first column past the place, or the same there and the second past it, and so on."""
    columns = [(_name(column), column.startswith("-") != backwards) for column in order]
    beyond = Q(pk__in=[])
    for (name, down), value in zip(reversed(columns), reversed(place), strict=True):
        same = Q(**{f"{name}__isnull": True}) if value is None else Q(**{name: value})
        beyond = _past(model, name, value, down) | (same & beyond)
    (name, down), value = columns[0], place[0]
    if value is None or (not down and _is_nullable(model, name)):
        return beyond
    # Says nothing new, but it is what lets an index on the first column start at the place.
    return Q(**{f"{name}__{'lte' if down else 'gte'}": value}) & beyond


def _past(model: type[Model], name: str, value: Any, down: bool) -> Q:
    if value is None:
        return Q(**{f"{name}__isnull": False}) if down else Q(pk__in=[])
    if down:
        return Q(**{f"{name}__lt": value})
    past = Q(**{f"{name}__gt": value})
    return past | Q(**{f"{name}__isnull": True}) if _is_nullable(model, name) else past


def _is_nullable(model: type[Model], name: str) -> bool:
    is_nullable = False
    owner: Any = model
    for part in name.split("__"):
        field: Field[Any, Any] = owner._meta.pk if part == "pk" else owner._meta.get_field(part)
        is_nullable, owner = is_nullable or field.null, field.related_model
    return is_nullable


def _write(signer: Signer, order: Sequence[str], row: Any, *, backwards: bool) -> str:
    place = [row[_name(c)] if isinstance(row, dict) else attrgetter(_name(c).replace("__", "."))(row) for c in order]
    return signer.sign_object([backwards, *(v if v is None or isinstance(v, int) else str(v) for v in place)])


def _read(signer: Signer, cursor: str) -> tuple[bool, list[Any]]:
    try:
        backwards, *place = signer.unsign_object(cursor)
    except (BadSignature, ValueError) as error:
        raise Http404 from error
    return backwards, place


def _turned(column: str) -> str:
    return _name(column) if column.startswith("-") else f"-{column}"


def _name(column: str) -> str:
    return column.removeprefix("-")
