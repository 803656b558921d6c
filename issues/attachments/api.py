"""/api/v1/issues/{number}/attachments/: the files of an issue, to read. They are added on the page alone, where the
word on secrets stands beside the box (R56).
"""

from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from accounts.rows import Rows, RowsViewSet
from accounts.scope import get_visible_or_404
from issues.attachments.handing_out import hand_out
from issues.models import Attachment, AttachmentKind, Issue

NUMBER = OpenApiParameter("number", OpenApiTypes.STR, OpenApiParameter.PATH, description="The issue's number.")


class AttachmentSerializer(serializers.Serializer[Any]):
    """A file as it is handed out: pictures without what the camera noted."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(AttachmentKind.choices)
    name = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes.")
    sha256 = serializers.CharField()
    content_type = serializers.CharField()
    uploaded_at = serializers.DateTimeField()
    uploaded_by = serializers.CharField(help_text="Name of the person.")


class Bytes(BaseRenderer):
    """Whatever the caller accepts, the file is what it is."""

    media_type = "*/*"
    format = "bytes"
    charset = None

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> bytes:
        return b""  # the file is no data to be rendered; a fault has a response of its own


@extend_schema(tags=["issues"], parameters=[NUMBER])
@extend_schema_view(
    list=extend_schema(summary="The attachments of an issue, the newest first"),
    retrieve=extend_schema(summary="One attachment of an issue"),
)
class AttachmentViewSet(RowsViewSet):
    """Needs the scope `issues:read`. What was withdrawn is not there."""

    queryset = Attachment.objects.none()
    scope = "issues"
    serializer_class = AttachmentSerializer
    ordering = "-id"
    columns = ("id", "kind", "name", "size", "sha256", "content_type", "uploaded_at", "uploaded_by__name")

    def get_queryset(self) -> QuerySet[Attachment]:
        """Http404 for an issue that the caller does not see: an empty list would say that it exists."""
        issue = get_visible_or_404(Issue.objects, self.user, number=self.kwargs["number"])
        return Attachment.objects.visible_to(self.user).filter(issue=issue)

    def shape(self, rows: Rows) -> Rows:
        for row in rows:
            row["uploaded_by"] = row.pop("uploaded_by__name")
        return rows

    @extend_schema(
        summary="The content of an attachment",
        operation_id="issues_attachments_content",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    @action(detail=True, url_path="content", renderer_classes=[Bytes], pagination_class=None)
    def content(self, request: Request, number: str, pk: str) -> HttpResponseBase:
        """The file, under its own content type."""
        return hand_out(get_visible_or_404(Attachment.objects.filter(issue__number=number), self.user, pk=pk))
