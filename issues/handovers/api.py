"""/api/v1/issues/{number}/handler/: who had an issue in hand on a day."""

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from accounts.scope import get_visible_or_404
from issues.handovers.tenures import handler_on
from issues.models import Issue
from liaisons.responsible_api import OnQuery, day_asked


class HandlerSerializer(serializers.Serializer[Any]):
    """Who had the issue in hand at the end of the day."""

    on = serializers.DateField()
    handler = serializers.CharField(allow_null=True, help_text="A name; null before the issue was registered.")


class IssueHandlerView(APIView):
    """Needs the scope `issues:read`."""

    scope = "issues"

    @extend_schema(
        operation_id="issues_handler",
        summary="Who had an issue in hand on a day",
        tags=["issues"],
        parameters=[OnQuery],
        responses=HandlerSerializer,
    )
    def get(self, request: Request, number: str) -> Response:
        reader = cast("User", request.user)  # IsAuthenticated lets nobody else in
        issue = get_visible_or_404(Issue.objects.select_related("handler"), reader, number=number)
        day = day_asked(request)
        handler = handler_on(issue, day)
        return Response({"on": day, "handler": handler.name if handler else None})
