"""Filter fields that lists of every room share."""

from datetime import UTC, datetime

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django_filters import CharFilter, Filter, FilterSet, IsoDateTimeFilter
from django_filters.fields import IsoDateTimeField
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from config.fields import WordsField

MOST_NAMED, LONGEST_NAME = 3, 30


def stray(given: QueryDict, filters: type[FilterSet], *others: str) -> str:
    """What to tell the reader of a list about parameters in its address that nobody reads; empty without any.

    A misspelt filter would otherwise show rows that nobody asked for. `others` are what the page itself knows.
    """
    known = {*filters.base_filters, *others, "cursor"}  # type: ignore[attr-defined] # the stubs leave it out
    names = [name[:LONGEST_NAME] for name in given if name not in known]
    if not names:
        return ""
    return _("网址中的“%(names)s”不是这里的筛选条件，已略去。") % {"names": _("、").join(names[:MOST_NAMED])}


class InstantField(IsoDateTimeField):
    """An ISO instant as UTC: PostgreSQL takes no offset beyond ±15:59, and the ends of the calendar have no UTC."""

    def clean(self, value: str) -> datetime | None:
        try:
            instant: datetime | None = super().clean(value)
            return instant and instant.astimezone(UTC)
        except OverflowError as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error


class InstantFilter(IsoDateTimeFilter):
    field_class = InstantField


class WordsFilter(CharFilter):
    """Words to look for; too many of them are refused in the words of every form."""

    field_class = WordsField


@extend_schema_field(OpenApiTypes.INT)
class KeyFilter(Filter):
    """The id of a row of a room above this one: not looked up, a list that finds nothing is the answer."""

    field_class = forms.IntegerField
