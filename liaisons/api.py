"""/api/v1/officers/: who looks after which platforms; /api/v1/duties/: which contacts are owed."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import UnitRefSerializer
from accounts.rows import Rows, RowsViewSet, named
from liaisons.duty_filters import DutyFilter
from liaisons.filters import OfficerFilter
from liaisons.models import Assignment, Duty, DutyKind, DutyState, Officer
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


class DutySerializer(serializers.Serializer[Any]):
    """A contact that an assignment or a quarter owes."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(DutyKind.choices)
    state = serializers.ChoiceField(DutyState.choices, help_text="As of today.")
    platform = PlatformRefSerializer()
    officer = OfficerRefSerializer(allow_null=True, help_text="Whose it is; nobody where the platform has no officer.")
    from_on = serializers.DateField(help_text="Contacts from this day on meet it.")
    due_on = serializers.DateField()
    met_on = serializers.DateField(allow_null=True)
    met_by = serializers.IntegerField(allow_null=True, help_text="Id of the visit that met it.")
    waived_on = serializers.DateField(allow_null=True, help_text="The day the platform said that no visit is needed.")


DUTY = ("id", "kind", "state", "from_on", "due_on", "met_on", "waived_on")


@extend_schema(tags=["duties"])
@extend_schema_view(
    list=extend_schema(summary="Contact duties: first contact, first visit, quarterly contact"),
    retrieve=extend_schema(summary="One contact duty"),
)
class DutyViewSet(RowsViewSet):
    """Needs the scope `platforms:read`."""

    queryset = Duty.objects.none()
    scope = "platforms"
    serializer_class = DutySerializer
    filterset_class = DutyFilter
    columns = (*DUTY, "platform__id", "platform__code", "platform__name", "holder", "met_by_id")

    def get_queryset(self) -> QuerySet[Duty]:
        rows: QuerySet[Duty] = Duty.objects.visible_to(self.user).with_state().with_holder()
        return rows

    def shape(self, rows: Rows) -> Rows:
        holders = {row["holder"] for row in rows if row["holder"]}
        names = dict(Officer.objects.filter(pk__in=holders).values_list("pk", "user__name"))
        return [
            {
                **{name: row[name] for name in DUTY},
                "platform": named(row, "platform", "id", "code", "name"),
                "officer": {"id": row["holder"], "name": names[row["holder"]]} if row["holder"] else None,
                "met_by": row["met_by_id"],
            }
            for row in rows
        ]
