"""The query of a list: only parameters that exist, only values that mean something."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django_filters import FilterSet, MultipleChoiceFilter
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView

from config.api.paging import KeysetPagination

# int() and date parsing take full-width digits and 1_000 for numbers; nobody means them.
PLAIN_FIELDS = {
    forms.DateField: "invalid",
    forms.DateTimeField: "invalid",
    forms.IntegerField: "invalid",
    forms.ModelChoiceField: "invalid_choice",
}


class FilterBackend(DjangoFilterBackend):
    """The view's `filterset_class`, of which only the filters that were asked for are built."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        given = request.query_params
        filterset_class = self.get_filterset_class(view, queryset)
        known = filterset_class.base_filters if filterset_class else {}
        refuse_misnamed(given, known)
        asked = frozenset(name for name in given if name in known)
        if not asked:
            return queryset
        filterset = narrowed(filterset_class, asked)(**self.get_filterset_kwargs(request, queryset, view))
        if errors := _misread(filterset.form, given) or filterset.errors:
            raise ValidationError(errors)
        rows: QuerySet[Any] = filterset.qs
        return rows

    def get_filterset_kwargs(self, request: Request, queryset: QuerySet[Any], view: APIView) -> dict[str, Any]:
        """A view may add what it has at hand already: its `filterset_kwargs`."""
        kwargs: dict[str, Any] = super().get_filterset_kwargs(request, queryset, view)
        return kwargs | getattr(view, "filterset_kwargs", {})


def refuse_misnamed(given: QueryDict, known: Mapping[str, Any]) -> None:
    """A filter misspelt and ignored, or given twice and read once, would answer with rows nobody asked for."""
    errors = {}
    for name in sorted(given):
        if name not in known and name not in KeysetPagination.parameters:
            errors[name] = _("没有这个查询参数。")
        elif len(given.getlist(name)) > 1 and not isinstance(known.get(name), MultipleChoiceFilter):
            errors[name] = _("这个参数只能写一次。")
    if errors:
        raise ValidationError(errors)


@lru_cache(maxsize=256)
def narrowed(filterset_class: type[FilterSet], names: frozenset[str]) -> type[FilterSet]:
    """The FilterSet with these filters only: building all of them costs more than the rows of the list."""
    narrow: Any = type(filterset_class.__name__, (filterset_class,), {})
    narrow.base_filters = {name: each for name, each in narrow.base_filters.items() if name in names}
    return narrow  # type: ignore[no-any-return] # a class made here has no name a checker could know


def _misread(form: forms.Form, given: QueryDict) -> dict[str, list[str]]:
    """The values that the fields would take for something else: full-width digits, or anything as "unknown"."""
    errors = {}
    for name, field in form.fields.items():
        text = "".join(given.getlist(name))
        word = next((word for kind, word in PLAIN_FIELDS.items() if isinstance(field, kind)), None)
        if word and ("_" in text or not text.isascii()):
            errors[name] = [str(field.error_messages[word]) % {"value": text}]
        if isinstance(field, forms.NullBooleanField) and text not in ("true", "false", ""):
            errors[name] = [_("请填true或false。")]
    return errors
