"""/api/v1/platforms/: the register."""

from typing import Any

from django.db.models import FilteredRelation, Q, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import UnitRefSerializer
from accounts.rows import Row, Rows, RowsViewSet, named
from platforms.filters import PlatformFilter
from platforms.models import Level, Platform, PlatformContact


class TaxonSerializer(serializers.Serializer[Any]):
    """A type, district or technical domain."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    name_en = serializers.CharField()


class PlatformRefSerializer(serializers.Serializer[Any]):
    """A platform as it stands beside another record."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()


class OfficerRefSerializer(serializers.Serializer[Any]):
    """A liaison officer as he or she stands beside another record."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class PlatformSerializer(PlatformRefSerializer):
    level = serializers.ChoiceField(Level.choices)
    type = TaxonSerializer()
    competent_unit = UnitRefSerializer()
    host_institution = serializers.CharField()
    district = TaxonSerializer()
    tech_domain = TaxonSerializer(allow_null=True)
    address = serializers.CharField()
    is_sensitive = serializers.BooleanField()
    batch = serializers.IntegerField()
    officer = OfficerRefSerializer(allow_null=True, help_text="The current liaison officer.")


class ContactSerializer(serializers.Serializer[Any]):
    """The platform's own person, masked."""

    name = serializers.CharField()
    position = serializers.CharField()
    phone = serializers.CharField()
    is_primary = serializers.BooleanField()


class PlatformDetailSerializer(PlatformSerializer):
    former_names = serializers.ListField(child=serializers.CharField())
    contacts = ContactSerializer(many=True)


TAXON = ("id", "code", "name", "name_en")
TAXA = ("type", "district", "tech_domain", "competent_unit")


@extend_schema(tags=["platforms"])
@extend_schema_view(
    list=extend_schema(summary="Platforms of the register"),
    retrieve=extend_schema(summary="One platform with its contacts", responses=PlatformDetailSerializer),
)
class PlatformViewSet(RowsViewSet):
    """Needs the scope `platforms:read`."""

    queryset = Platform.objects.none()
    scope = "platforms"
    serializer_class = PlatformSerializer
    filterset_class = PlatformFilter
    columns = (
        *("id", "code", "name", "level", "host_institution", "address", "is_sensitive", "batch"),
        *(f"{path}__{key}" for path in TAXA for key in TAXON),
        *("current__officer__id", "current__officer__user__name"),
    )

    def get_queryset(self) -> QuerySet[Platform]:
        # At most one assignment is current, so that the join adds no row.
        current = FilteredRelation("assignments", condition=Q(assignments__ended_on=None))
        return Platform.objects.visible_to(self.user).annotate(current=current)

    def retrieve(self, request: Request, **lookup: str) -> Response:
        row = self.get_row((*self.columns, "former_names"))
        contacts = PlatformContact.objects.filter(platform=row["id"])
        return Response(
            self.shape([row])[0]
            | {
                "former_names": row["former_names"],
                "contacts": [
                    {"name": c.masked_name, "position": c.position, "phone": c.masked_phone, "is_primary": c.is_primary}
                    for c in contacts
                ],
            }
        )

    def shape(self, rows: Rows) -> Rows:
        return [
            {
                "id": row["id"],
                "code": row["code"],
                "name": row["name"],
                "level": row["level"],
                "type": named(row, "type", *TAXON),
                "competent_unit": named(row, "competent_unit", *TAXON),
                "host_institution": row["host_institution"],
                "district": named(row, "district", *TAXON),
                "tech_domain": named(row, "tech_domain", *TAXON),
                "address": row["address"],
                "is_sensitive": row["is_sensitive"],
                "batch": row["batch"],
                "officer": officer_ref(row, "current__officer"),
            }
            for row in rows
        ]


def officer_ref(row: Row, path: str) -> Row | None:
    if row[f"{path}__id"] is None:
        return None
    return {"id": row[f"{path}__id"], "name": row[f"{path}__user__name"]}
