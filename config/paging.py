"""Pages of a long list by key, not by number: no count, no OFFSET, the last page as cheap as the first.

A cursor is signed: whatever else stands in `?cursor=` is a page that does not exist.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Generic, TypeVar

from django.core.signing import BadSignature, Signer
from django.db.models import F, Field, Func, IntegerField, Model, Q, QuerySet, Value
from django.db.models.lookups import GreaterThan, LessThan
from django.http import Http404

M = TypeVar("M", bound=Model)
R = TypeVar("R")

PAGE_SIZE = 20


class CursorMisread(Http404):
    """The mark of a page is not ours, or of another list."""


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
    """The page that `cursor` (from another page's links) leads to, the first one without; one statement, or two where
    the first column has nulls and the page reaches them or may: no index passes from values to nulls at a given row.

    `order` names columns, `-` for descending, `__` across foreign keys; the last one must be unique, or rows that tie
    would be skipped. Rows are model instances or dictionaries that hold these columns. Nulls stand where PostgreSQL
    puts them: last going up, first going down. Raises CursorMisread for a cursor that is not ours, or of another list.
    """
    signer = _signer(rows.model, order)
    backwards, place = _read(signer, cursor) if cursor else (False, [])
    found = _read_on(rows, order, place, backwards, size + 1)
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


def cursor_to(row: Model, order: Sequence[str]) -> str:
    """Leads to the page that begins after `row`."""
    return _write(_signer(type(row), order), order, row, backwards=False)


def _signer(model: type[Model], order: Sequence[str]) -> Signer:
    return Signer(salt=f"{model._meta.label}:{','.join(order)}")


def _read_on(rows: QuerySet[M, R], order: Sequence[str], place: Sequence[Any], backwards: bool, most: int) -> list[R]:
    """At most so many rows in reading order after the place. Those without a first value are read by themselves."""
    columns = [_turned(column) for column in order] if backwards else list(order)
    name, down = _name(columns[0]), columns[0].startswith("-")
    if not _is_nullable(rows.model, name):
        return list(_part(rows, columns, place)[:most])
    nulls = [True, False] if down else [False, True]
    if place:
        nulls = nulls[nulls.index(place[0] is None) :]
    found: list[R] = []
    for is_null in nulls:
        part, first = rows.filter(**{f"{name}__isnull": is_null}), 1 if is_null else 0
        found += _part(part, columns[first:], place[first:])[: most - len(found)]
        if len(found) == most:
            break
        place = ()  # the next part is read from its beginning
    return found


def _part(rows: QuerySet[M, R], columns: Sequence[str], place: Sequence[Any]) -> QuerySet[M, R]:
    """The rows after the place in order. The first column has no nulls among them."""
    if not place:
        return rows.order_by(*columns)
    name, down = _name(columns[0]), columns[0].startswith("-")
    is_plain = not any(column.startswith("-") != down or _is_nullable(rows.model, column) for column in columns[1:])
    if is_plain:
        # One comparison of rows: an index over the columns starts at the very place, however many rows tie before it.
        here = _row(*(F(_name(column)) for column in columns))
        there = _row(*(Value(v, _field(rows.model, c)) for c, v in zip(columns, place, strict=True)))
        return rows.filter((LessThan if down else GreaterThan)(here, there)).order_by(*columns)
    # The first says nothing new, but it is what lets an index on the first column start at the place.
    bound = Q(**{f"{name}__{'lte' if down else 'gte'}": place[0]})
    return rows.filter(bound, _beyond(rows.model, columns, place)).order_by(*columns)


def _row(*columns: Any) -> Func:
    # Rows have no type of Django's; a comparison only asks for one.
    return Func(*columns, template="(%(expressions)s)", output_field=IntegerField())


def _beyond(model: type[Model], columns: Sequence[str], place: Sequence[Any]) -> Q:
    """The first column past the place, or the same there and the second past it, and so on."""
    beyond = Q(pk__in=[])
    for column, value in zip(reversed(columns), reversed(place), strict=True):
        name, down = _name(column), column.startswith("-")
        same = Q(**{f"{name}__isnull": True}) if value is None else Q(**{name: value})
        beyond = _past(model, name, value, down) | (same & beyond)
    return beyond


def _past(model: type[Model], name: str, value: Any, down: bool) -> Q:
    if value is None:
        return Q(**{f"{name}__isnull": False}) if down else Q(pk__in=[])
    if down:
        return Q(**{f"{name}__lt": value})
    past = Q(**{f"{name}__gt": value})
    return past | Q(**{f"{name}__isnull": True}) if _is_nullable(model, name) else past


def _is_nullable(model: type[Model], column: str) -> bool:
    return any(field.null for field in _fields(model, column))


def _field(model: type[Model], column: str) -> "Field[Any, Any]":
    *_owners, field = _fields(model, column)
    return field


def _fields(model: type[Model], column: str) -> "Iterator[Field[Any, Any]]":
    """The fields on the way to a column, the column's own last."""
    owner: Any = model
    for part in _name(column).split("__"):
        field: Field[Any, Any] = owner._meta.pk if part == "pk" else owner._meta.get_field(part)
        yield field
        owner = field.related_model


def _write(signer: Signer, order: Sequence[str], row: Any, *, backwards: bool) -> str:
    place = [row[_name(c)] if isinstance(row, dict) else attrgetter(_name(c).replace("__", "."))(row) for c in order]
    return signer.sign_object([backwards, *(v if v is None or isinstance(v, int) else str(v) for v in place)])


def _read(signer: Signer, cursor: str) -> tuple[bool, list[Any]]:
    try:
        backwards, *place = signer.unsign_object(cursor)
    except (BadSignature, ValueError) as error:
        raise CursorMisread from error
    return backwards, place


def _turned(column: str) -> str:
    return _name(column) if column.startswith("-") else f"-{column}"


def _name(column: str) -> str:
    return column.removeprefix("-")
