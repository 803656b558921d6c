"""/api/v1/officers/: who looks after which platforms."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import UnitRefSerializer
from accounts.rows import Rows, RowsViewSet, named
from liaisons.filters import OfficerFilter
from liaisons.models import Assignment, Officer
from platforms.api import TAXON, OfficerRefSerializer, PlatformRefSerializer


class OfficerSerializer(OfficerRefSerializer):
    staff_no = serializers.CharField()
    unit = UnitRefSerializer(help_text="Home unit.")
    position = serializers.CharField()
    current_platforms = serializers.IntegerField(help_text="Platforms looked after today.")


class CurrentAssignmentSerializer(serializers.Serializer[Any]):
    """A platform the officer looks after, and since when."""

    platform = PlatformRefSerializer()
    started_on = serializers.DateField()


class OfficerDetailSerializer(OfficerSerializer):
    assignments = CurrentAssignmentSerializer(many=True)


@extend_schema(tags=["officers"])
@extend_schema_view(
    list=extend_schema(summary="Liaison officers"),
    retrieve=extend_schema(summary="One officer with the platforms looked after", responses=OfficerDetailSerializer),
)
class OfficerViewSet(RowsViewSet):
    """Needs the scope `platforms:read`."""

    queryset = Officer.objects.none()
    scope = "platforms"
    serializer_class = OfficerSerializer
    filterset_class = OfficerFilter
    columns = (
        *("id", "staff_no", "position", "user__name", "current_platforms"),
        *(f"home_unit__{key}" for key in TAXON),
    )

    def get_queryset(self) -> QuerySet[Officer]:
        return Officer.objects.visible_to(self.user).with_load()

    def retrieve(self, request: Request, **lookup: str) -> Response:
        row = self.get_row(self.columns)
        current = Assignment.objects.visible_to(self.user).current().filter(officer=row["id"])
        fields = ("platform__id", "platform__code", "platform__name", "started_on")
        assignments = [
            {"platform": named(dict(each), "platform", "id", "code", "name"), "started_on": each["started_on"]}
            for each in current.order_by("started_on", "id").values(*fields)
        ]
        return Response(self.shape([row])[0] | {"assignments": assignments})

    def shape(self, rows: Rows) -> Rows:
        return [
            {
                "id": row["id"],
                "name": row["user__name"],
                "staff_no": row["staff_no"],
                "unit": named(row, "home_unit", *TAXON),
                "position": row["position"],
                "current_platforms": row["current_platforms"],
            }
            for row in rows
        ]
