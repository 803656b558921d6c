"""/api/v1/workdays/due/: the arithmetic for programs."""

import re
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from workdays.calendar import CalendarCoverageError, Day, WorkCalendar, current_calendars
from workdays.forms import MOST_DAYS
from workdays.models import NATIONAL, Calendar, DayKind

ISO = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
NUMBER = re.compile(r"[0-9]{1,6}", re.ASCII)
COUNTED = "counted"
KINDS = {
    DayKind.WORKING: COUNTED,
    DayKind.MAKE_UP: "make_up",
    DayKind.WEEKEND: "weekend",
    DayKind.HOLIDAY: "holiday",
}


class DueQuery(serializers.Serializer[Any]):
    """What is asked."""

    start = serializers.CharField(help_text="The day the matter was raised, YYYY-MM-DD. It is not counted itself.")
    days = serializers.CharField(help_text=f"Working days, 1 to {MOST_DAYS}.")
    calendar = serializers.CharField(
        required=False, default=NATIONAL, max_length=10, help_text="Code of a calendar; the national one is CN."
    )
    list_days = serializers.ChoiceField(
        ["true", "false"], required=False, default="false", help_text="true: list every day up to the due date."
    )

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        errors = {name: [_("没有这个查询参数。")] for name in data if name not in self.fields}
        errors |= {name: [_("这个参数只能写一次。")] for name in data if len(data.getlist(name)) > 1}
        if errors:
            raise serializers.ValidationError(errors)
        values: dict[str, Any] = super().to_internal_value(data)
        return values

    def validate_start(self, value: str) -> date:
        try:
            return date.fromisoformat(value if ISO.fullmatch(value) else "")
        except ValueError:
            raise serializers.ValidationError(_("请写成 2027-01-01 的样子。")) from None

    def validate_days(self, value: str) -> int:
        if not NUMBER.fullmatch(value) or not 1 <= int(value) <= MOST_DAYS:
            raise serializers.ValidationError(_("请填1至%(most)d之间的整数。") % {"most": MOST_DAYS})
        return int(value)

    def validate_calendar(self, value: str) -> WorkCalendar:
        pk = Calendar.objects.filter(code=value).values_list("pk", flat=True).first()
        calendars = current_calendars()
        if pk is None or pk not in calendars:
            raise serializers.ValidationError(_("没有这个日历。"))
        return calendars[pk]


class StripDaySerializer(serializers.Serializer[Any]):
    """A day after the start, up to the due date."""

    date = serializers.DateField()
    kind = serializers.ChoiceField([*KINDS.values()])
    name = serializers.CharField(help_text="The holiday, or the one a make-up day makes up for; empty otherwise.")


class DueSerializer(serializers.Serializer[Any]):
    """A due date and what it rests on."""

    start = serializers.DateField()
    working_days = serializers.IntegerField()
    due_on = serializers.DateField()
    provisional = serializers.BooleanField(help_text="A notice that is still to come may move it.")
    calendar = serializers.CharField()
    revision = serializers.IntegerField()
    final_through = serializers.DateField(help_text="The last day that later notices no longer move.")
    days = StripDaySerializer(many=True, required=False, help_text="With list_days=true.")


class DueView(APIView):
    """Any valid token or session may ask: the calendar is public knowledge."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(
        operation_id="workdays_due",
        summary="The n-th working day after a day",
        tags=["workdays"],
        parameters=[DueQuery],
        responses=DueSerializer,
    )
    def get(self, request: Request) -> Response:
        query = DueQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        calendar: WorkCalendar = asked["calendar"]
        try:
            due = calendar.due(asked["start"], asked["days"])
        except CalendarCoverageError:
            message = _("日历从%(first)s到%(last)s，算不到这么远。") % {"first": calendar.first, "last": calendar.last}
            raise serializers.ValidationError({"start": [message]}) from None
        answer: dict[str, Any] = {
            "start": asked["start"],
            "working_days": asked["days"],
            "due_on": due.on,
            "provisional": due.is_provisional,
            "calendar": request.query_params.get("calendar", NATIONAL),
            "revision": calendar.revision,
            "final_through": calendar.final_through,
        }
        if asked["list_days"] == "true":
            answer["days"] = [_listed(day) for day in calendar.range(asked["start"], due.on)[1:]]
        return Response(DueSerializer(answer).data)


def _listed(day: Day) -> dict[str, Any]:
    return {"date": day.date, "kind": KINDS[DayKind(day.kind)], "name": day.name}
