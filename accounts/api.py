"""/api/v1/units/: the organisation tree."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_filters import CharFilter, ChoiceFilter, FilterSet, ModelChoiceFilter
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from accounts.models import Unit, UnitKind
from accounts.rows import Rows, RowsViewSet


class UnitRefSerializer(serializers.Serializer[Any]):
    """A unit as it stands beside another record."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    name_en = serializers.CharField(help_text="Empty where the unit has no English name.")


class UnitSerializer(UnitRefSerializer):
    kind = serializers.ChoiceField(UnitKind.choices)
    parent = serializers.CharField(  # type: ignore[assignment] # the stubs keep the name for DRF's own attribute
        allow_null=True, help_text="Code of the unit above."
    )
    path = serializers.CharField(help_text="Codes from the root down, each followed by `/`.")


class UnitFilter(FilterSet):
    kind = ChoiceFilter(choices=UnitKind.choices, label=pgettext_lazy("sort", "类别"))
    under = ModelChoiceFilter(queryset=Unit.objects.all(), label=_("本级及下级"), method="at_or_under")
    q = CharFilter(label=_("名称或代码"), method="called", max_length=100)

    class Meta:
        model = Unit
        fields: list[str] = []

    def at_or_under(self, rows: QuerySet[Unit], name: str, value: Unit) -> QuerySet[Unit]:
        return rows.filter(path__startswith=value.path)

    def called(self, rows: QuerySet[Unit], name: str, value: str) -> QuerySet[Unit]:
        return rows.filter(Q(name__icontains=value) | Q(name_en__icontains=value) | Q(code__icontains=value))


@extend_schema(tags=["units"])
@extend_schema_view(
    list=extend_schema(summary="Units of the organisation tree"), retrieve=extend_schema(summary="One unit")
)
class UnitViewSet(RowsViewSet):
    """Needs the scope `platforms:read`."""

    queryset = Unit.objects.none()
    scope = "platforms"
    serializer_class = UnitSerializer
    filterset_class = UnitFilter
    columns = ("id", "code", "name", "name_en", "kind", "parent__code", "path")

    def shape(self, rows: Rows) -> Rows:
        for row in rows:
            row["parent"] = row.pop("parent__code")
        return rows
