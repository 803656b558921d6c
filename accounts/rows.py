"""The reading side of the API: rows in the caller's scope, from SQL to JSON without model instances."""

from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from django.http import Http404
from django.utils.decorators import method_decorator
from django.views.decorators.common import no_append_slash
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.models import User

Row = dict[str, Any]
Rows = list[Row]


# A redirect to the address with its slash would make a POST a GET, and a client take the list for its answer.
@method_decorator(no_append_slash, name="dispatch")
class RowsViewSet(GenericViewSet[Any]):
    """A list and a detail over `.values(*columns)`, in a number of statements that does not grow with the rows.

    A subclass names `queryset` (for its model), `scope` (of the tokens), `columns` and `ordering`, and turns the
    fetched rows into what is answered in `shape`. Its serializer works for the schema alone; a test holds the answers
    to it.
    """

    queryset: Any
    scope: ClassVar[str]
    columns: ClassVar[tuple[str, ...]]
    ordering: ClassVar[str] = "id"
    lookup_value_regex = "[0-9]{1,18}"

    @property
    def user(self) -> User:
        return cast("User", self.request.user)  # IsAuthenticated lets nobody else in

    def get_queryset(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.queryset.model.objects.visible_to(self.user)
        return rows

    def list(self, request: Request, **lookup: str) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()).values(*self.columns))
        response: Response = self.get_paginated_response(self.shape(page or []))
        response.add_post_render_callback(_let_go)
        return response

    def retrieve(self, request: Request, **lookup: str) -> Response:
        return Response(self.shape([self.get_row(self.columns)])[0])

    def get_row(self, columns: tuple[str, ...]) -> Row:
        """The row the address names. Raises Http404 where there is none in the caller's scope."""
        field = self.lookup_field
        row: Row | None = self.get_queryset().filter(**{field: self.kwargs[field]}).values(*columns).first()
        if row is None:
            raise Http404
        return row

    def shape(self, rows: Rows) -> Rows:
        return rows


def _let_go(response: Response) -> None:
    """Cuts the rings between view, request and response: until the collector's rarest round each would hold a page of
    rows and its JSON, 180 KB at 200 rows.
    """
    context = response.renderer_context  # type: ignore[attr-defined] # set by the view before rendering
    context["view"].response = None
    context.clear()


def named(row: Row, path: str, *keys: str) -> Row | None:
    """The joined row under `path` as an object of `keys`, None where there is none."""
    if row[f"{path}__{keys[0]}"] is None:
        return None
    return {key: row[f"{path}__{key}"] for key in keys}
