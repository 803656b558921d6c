"""/api/v1/platforms/{id}/responsible/: who answered for a platform on a day."""

from datetime import date
from typing import Any, cast

from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from accounts.scope import get_visible_or_404
from config.clock import today
from liaisons.models import Officer
from liaisons.services import responsible_on
from platforms.api import OfficerRefSerializer
from platforms.models import Platform

NOT_A_DAY = gettext_lazy("请写成 2027-01-01 的样子。")


class OnQuery(serializers.Serializer[Any]):
    """The day that is asked about."""

    on = serializers.CharField(required=False, help_text="YYYY-MM-DD; today unless given.")

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        errors = {name: [_("没有这个查询参数。")] for name in data if name not in self.fields}
        errors |= {name: [_("这个参数只能写一次。")] for name in data if len(data.getlist(name)) > 1}
        if data.get("on") == "":  # DRF takes an empty parameter for one that was left out
            errors["on"] = [str(NOT_A_DAY)]
        if errors:
            raise serializers.ValidationError(errors)
        values: dict[str, Any] = super().to_internal_value(data)
        return values

    def validate_on(self, value: str) -> date:
        try:
            return date.fromisoformat(value if value.isascii() and len(value) == 10 else "")
        except ValueError:
            raise serializers.ValidationError(NOT_A_DAY) from None


def day_asked(request: Request) -> date:
    """The day of `?on=`. Raises ValidationError for anything that is no day."""
    query = OnQuery(data=request.query_params)
    query.is_valid(raise_exception=True)
    day: date = query.validated_data.get("on") or today()
    return day


class ResponsibleSerializer(serializers.Serializer[Any]):
    """Who answered for the platform that day."""

    on = serializers.DateField()
    officer = OfficerRefSerializer(allow_null=True, help_text="None: the platform had no officer that day.")
    deputy = OfficerRefSerializer(allow_null=True, help_text="Who stood in where the officer was on leave that day.")


class PlatformResponsibleView(APIView):
    """Needs the scope `platforms:read`."""

    scope = "platforms"

    @extend_schema(
        operation_id="platforms_responsible",
        summary="Who was responsible for a platform on a day",
        tags=["platforms"],
        parameters=[OnQuery],
        responses=ResponsibleSerializer,
    )
    def get(self, request: Request, pk: int) -> Response:
        if pk >= 2**63:
            raise Http404
        platform = get_visible_or_404(Platform.objects, cast("User", request.user), pk=pk)
        day = day_asked(request)
        answer = responsible_on(platform, day)
        return Response({"on": day, "officer": _ref(answer.officer), "deputy": _ref(answer.deputy)})


def _ref(officer: Officer | None) -> dict[str, Any] | None:
    return None if officer is None else {"id": officer.pk, "name": officer.user.name}
