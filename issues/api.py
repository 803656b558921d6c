"""/api/v1/issues/: issues and their clocks. /api/v1/issue-categories/: what a new issue may be filed under."""

from functools import cached_property
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import UnitRefSerializer
from accounts.bodies import BodySerializer
from accounts.models import Role
from accounts.rows import Row, Rows, RowsViewSet, named
from issues.api_account import (
    ReferralSerializer,
    RequestSerializer,
    RoundSerializer,
    SupervisionSerializer,
    SupportSerializer,
    SuspensionSerializer,
    WhySerializer,
    referral_rows,
    request_rows,
    round_rows,
    supervision_rows,
    support_rows,
    suspension_rows,
    why_row,
)
from issues.api_moves import decide, etag, moves
from issues.dossier import Dossier
from issues.filters import IssueFilter
from issues.levels import PRESSING, Yardstick
from issues.models import (
    Cause,
    Clock,
    Confirmation,
    Deadline,
    EventKind,
    Importance,
    Issue,
    IssueCategory,
    Level,
    Nature,
    Result,
    State,
    Tier,
    Urgency,
    clock_in,
)
from issues.services import register_request
from platforms.api import TAXON, OfficerRefSerializer, PlatformRefSerializer, TaxonSerializer, officer_ref
from platforms.models import Platform

# Who writes down what a platform asks for; a contact does it on pages of its own.
REGISTRARS = (Role.OFFICER, Role.BUREAU_STAFF, Role.API_CLIENT)
# The chip's classes, as words that stay.
STANDINGS = {
    "stop": "stopped",
    "late": "overdue",
    "today": "due_today",
    "soon": "nearing",
    "half": "half",
    "ok": "normal",
}


DEADLINE = (
    *("clock", "version", "cause", "counted_from", "working_days", "paused_days", "previous_due_on", "due_on"),
    *("is_provisional", "calendar_revision", "reason", "created_at"),
)
WARNING = ("level", "step", "reached_on", "raised_at", "acknowledged_at")
EVENT = ("kind", "at", "before", "after", "note")


class CategorySerializer(TaxonSerializer):
    parent = serializers.CharField(  # type: ignore[assignment] # the stubs keep the name for DRF's own attribute
        allow_null=True, help_text="Code of the domain this category belongs to."
    )


class IssueSerializer(serializers.Serializer[Any]):
    """An issue and where its running clock stands on the day of the call."""

    id = serializers.IntegerField()
    number = serializers.CharField(help_text="The key of the address.")
    tier = serializers.ChoiceField([("", "—"), *Tier.choices], help_text="Empty until it is graded.")
    state = serializers.ChoiceField(State.choices)
    text = serializers.CharField()
    category = TaxonSerializer()
    nature = serializers.ChoiceField([("", "—"), *Nature.choices])
    urgency = serializers.ChoiceField(Urgency.choices)
    importance = serializers.ChoiceField(Importance.choices)
    platform = PlatformRefSerializer()
    officer = OfficerRefSerializer(help_text="The officer who was asked first.")
    home_unit = UnitRefSerializer()
    lead_unit = UnitRefSerializer()
    handler = serializers.CharField(help_text="Name of the person who handles it.")
    visit = serializers.IntegerField(allow_null=True, help_text="The visit it was heard on.")
    raised_on = serializers.DateField()
    registered_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    due_on = serializers.DateField(allow_null=True, help_text="Statutory due date; null for tier A.")
    due_is_provisional = serializers.BooleanField(help_text="The calendar of that day is not published yet.")
    clock = serializers.ChoiceField(
        Clock.choices, allow_null=True, help_text="The clock that runs; null when none does."
    )
    clock_due_on = serializers.DateField(allow_null=True, help_text="Due date of the clock that runs.")
    nearing_on = serializers.DateField(allow_null=True, help_text="First day on which the clock that runs is nearing.")
    breached_on = serializers.DateField(
        allow_null=True, help_text="First day on which the statutory clock was late; it stays, whatever moves the date."
    )
    needs_review = serializers.BooleanField(
        help_text="The calendar has changed and the date was left alone: a person decides."
    )
    working_days_left = serializers.IntegerField(
        allow_null=True, help_text="On the clock that runs; negative when late."
    )
    warning = serializers.ChoiceField(
        [(level.value, level.label) for level in PRESSING],
        allow_null=True,
        help_text="Null while there is nothing to warn of.",
    )
    settled_on = serializers.DateField(allow_null=True, help_text="The day the statutory clock was stopped.")
    resolved_on = serializers.DateField(allow_null=True)
    result = serializers.ChoiceField([("", "—"), *Result.choices])
    is_confirmed_solved = serializers.BooleanField(help_text="The platform itself says it is solved.")
    confirmation = serializers.ChoiceField(
        [("", "—"), *Confirmation.choices], help_text="Whose word it is that the matter is done."
    )
    reopened_count = serializers.IntegerField(help_text="How often it was not solved after all.")
    version = serializers.IntegerField(help_text="The ETag of the detail: what a move names in If-Match.")


class NewRequestSerializer(BodySerializer):
    """What a platform asks for, in its own words."""

    client_id = serializers.UUIDField(help_text="Made by the caller. A repeat of it gives the first result again.")
    platform = serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text="Id of the platform.")
    category = serializers.CharField(max_length=20, help_text="Code, see issue-categories.")
    text = serializers.CharField(max_length=2000)
    raised_on = serializers.DateField(required=False, help_text="The day the platform said it; today unless told.")

    def validate_platform(self, key: int) -> Platform:
        platform = Platform.objects.visible_to(self.context["request"].user).filter(pk=key).first()
        if platform is None:
            raise serializers.ValidationError(_("没有这一项，或不在您的查看范围。"))
        return platform

    def validate_category(self, code: str) -> IssueCategory:
        category = IssueCategory.objects.filter(children=None, code=code).first()
        if category is None:
            raise serializers.ValidationError(_("没有这个需求类别。"))
        return category


class StandingSerializer(serializers.Serializer[Any]):
    level = serializers.ChoiceField([(level, level) for level in STANDINGS.values()])
    word = serializers.CharField(help_text="The same in words, in the language of the call.")


class DeadlineSerializer(serializers.Serializer[Any]):
    """One version of a due date: nothing is overwritten."""

    clock = serializers.ChoiceField(Clock.choices)
    version = serializers.IntegerField()
    cause = serializers.ChoiceField(Cause.choices)
    counted_from = serializers.DateField(help_text="This day is not counted.")
    working_days = serializers.IntegerField(allow_null=True, help_text="Null for a promised date.")
    paused_days = serializers.IntegerField(help_text="Working days the clock stood still, counted on top.")
    previous_due_on = serializers.DateField(allow_null=True)
    due_on = serializers.DateField()
    is_provisional = serializers.BooleanField()
    calendar_revision = serializers.IntegerField()
    reason = serializers.CharField()
    actor = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()


class WarningSerializer(serializers.Serializer[Any]):
    """One rung of the ladder that one version of a due date reached: once."""

    clock = serializers.ChoiceField(Clock.choices)
    version = serializers.IntegerField(help_text="The version of that clock's due date.")
    level = serializers.ChoiceField(Level.choices)
    step = serializers.IntegerField(help_text="Counts the rungs of one level, 1 first.")
    reached_on = serializers.DateField(help_text="The rung's own day.")
    raised_at = serializers.DateTimeField(help_text="When it was noticed.")
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    acknowledged_by = serializers.CharField(allow_null=True, help_text="Name of the person.")


class EventSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(EventKind.choices)
    at = serializers.DateTimeField()
    actor = serializers.CharField(allow_null=True, help_text="Null when a job did it.")
    before = serializers.CharField()
    after = serializers.CharField()
    note = serializers.CharField()


class PlanSerializer(serializers.Serializer[Any]):
    text = serializers.CharField()
    unit = UnitRefSerializer()
    person = serializers.CharField()
    promised_on = serializers.DateField()
    first_promised_on = serializers.DateField()
    told_platform_on = serializers.DateField()


class IssueDetailSerializer(IssueSerializer):
    """An issue with why its date is what it is, what happened, and the plan."""

    standing = StandingSerializer()
    term_working_days = serializers.IntegerField(allow_null=True, help_text="The term it was registered under.")
    reply = serializers.CharField()
    why = WhySerializer(allow_null=True, help_text="Null for tier A.")
    deadlines = DeadlineSerializer(many=True, help_text="Oldest first.")
    suspensions = SuspensionSerializer(many=True, help_text="Oldest first.")
    referrals = ReferralSerializer(many=True, help_text="Newest first.")
    requests = RequestSerializer(many=True, help_text="Newest first.")
    warnings = WarningSerializer(many=True, help_text="Oldest first.")
    events = EventSerializer(many=True, help_text="Newest first.")
    plan = PlanSerializer(allow_null=True)
    supports = SupportSerializer(many=True, help_text="In the order in which they were asked.")
    supervisions = SupervisionSerializer(many=True, help_text="Newest first.")
    rounds = RoundSerializer(many=True, help_text="What the platform did not accept, the first round first.")
    merged_into = serializers.CharField(allow_null=True, help_text="Number of the issue it went into.")


@extend_schema(tags=["issues"])
@extend_schema_view(
    list=extend_schema(
        summary="Issues, the newest first",
        parameters=[
            # Filters by method, whose type cannot be read off a column.
            OpenApiParameter("category", int, description="Id of a category; a domain stands for all below it."),
            OpenApiParameter("period_from", OpenApiTypes.DATE, description="First day of the figure's period."),
            OpenApiParameter("period_to", OpenApiTypes.DATE, description="Last day of the figure's period."),
        ],
    ),
    retrieve=extend_schema(summary="One issue with its deadlines, events and plan", responses=IssueDetailSerializer),
)
class IssueViewSet(RowsViewSet):
    """Reading needs the scope `issues:read`, moving an issue `issues:write`."""

    queryset = Issue.objects.none()
    scope = "issues"
    serializer_class = IssueSerializer
    filterset_class = IssueFilter
    ordering = "-id"
    lookup_field = "number"
    lookup_value_regex = "[0-9]{4}-[0-9]{6,7}"
    PLAIN: ClassVar = (
        *("id", "number", "tier", "state", "text", "nature", "urgency", "importance", "raised_on", "registered_at"),
        *("updated_at", "due_on", "due_is_provisional", "clock_due_on", "nearing_on", "breached_on", "settled_on"),
        *("resolved_on", "result", "is_confirmed_solved", "confirmation", "reopened_count", "needs_review", "version"),
    )
    columns = (
        *PLAIN,
        *("platform__id", "platform__code", "platform__name", "officer__id", "officer__user__name"),
        *(f"{path}__{key}" for path in ("category", "home_unit", "lead_unit") for key in TAXON),
        *("handler__name", "visit_id", "calendar_id"),
    )

    @extend_schema(
        summary="T1 register what a platform asks for",
        description="The platform's officer grades it; until then it has no tier and no clock. `201` the first time; "
        "`200` with the first result when `client_id` was known.",
        request=NewRequestSerializer,
        responses={201: IssueDetailSerializer, 200: IssueDetailSerializer},
    )
    def create(self, request: Request) -> Response:
        if self.user.role not in REGISTRARS:
            raise PermissionDenied(_("您可以查看，但不能登记问题。"))
        given = NewRequestSerializer(data=request.data, context={"request": request})
        given.is_valid(raise_exception=True)
        registered = register_request(**given.validated_data, actor=self.user)
        response = self.answer(registered.issue.number)
        if registered.is_new:
            response.status_code = status.HTTP_201_CREATED
            address = reverse("api:issues-detail", args=[registered.issue.number])
            response["Location"] = request.build_absolute_uri(address)
        return response

    @cached_property
    def yardstick(self) -> Yardstick:
        return Yardstick()

    @property
    def filterset_kwargs(self) -> dict[str, Any]:
        return {"yardstick": self.yardstick}

    def shape(self, rows: Rows) -> Rows:
        return [self._shape(row) for row in rows]

    def _shape(self, row: Row) -> Row:
        due_on, nearing_on = row["clock_due_on"], row["nearing_on"]
        return {
            **{name: row[name] for name in self.PLAIN},
            "platform": named(row, "platform", "id", "code", "name"),
            "officer": officer_ref(row, "officer"),
            "category": named(row, "category", *TAXON),
            "home_unit": named(row, "home_unit", *TAXON),
            "lead_unit": named(row, "lead_unit", *TAXON),
            "handler": row["handler__name"],
            "visit": row["visit_id"],
            "clock": clock_in(row["state"]),
            "working_days_left": None if due_on is None else self.yardstick.left(due_on, row["calendar_id"]),
            "warning": None if due_on is None else self.yardstick.level_of(due_on, nearing_on),
        }

    def retrieve(self, request: Request, **lookup: str) -> Response:
        return self.answer(lookup["number"])

    def answer(self, number: str) -> Response:
        """The issue as it is now, with the version that a move has to name."""
        self.kwargs["number"] = number
        row = self.get_row(self.columns)
        issue = Issue.objects.select_related("term", "plan__unit", "merged_into").get(pk=row["id"])
        return Response(self._shape(row) | self._why_and_what(issue), headers={"ETag": etag(row["version"])})

    def _why_and_what(self, issue: Issue) -> Row:
        standing, dossier = self.yardstick.standing(issue), Dossier(issue, self.yardstick)
        warnings = issue.warnings.values(*WARNING, "deadline__clock", "deadline__version", "acknowledged_by__name")
        events = issue.events.values(*EVENT, "actor__name")
        return {
            "standing": {"level": STANDINGS[standing.css], "word": standing.word},
            "term_working_days": issue.term.working_days if issue.term else None,
            "reply": issue.reply,
            "why": why_row(dossier),
            "deadlines": [deadline_row(each) for each in dossier.deadlines],
            "suspensions": suspension_rows(dossier),
            "referrals": referral_rows(dossier),
            "requests": request_rows(dossier),
            "warnings": [warning_row(row) for row in warnings],
            "events": [with_actor(row) for row in events],
            "plan": plan_row(issue),
            "supports": support_rows(dossier),
            "supervisions": supervision_rows(dossier),
            "rounds": round_rows(dossier),
            "merged_into": issue.merged_into.number if issue.merged_into else None,
        }


# One operation for each row of the table of transitions that a person makes.
for name, operation in moves():
    setattr(IssueViewSet, name, extend_schema(responses=IssueDetailSerializer)(operation))
IssueViewSet.decide = extend_schema(responses=IssueDetailSerializer)(decide)  # type: ignore[attr-defined] # as above


def deadline_row(deadline: Deadline) -> Row:
    actor = deadline.actor.name if deadline.actor else None
    return {**{name: getattr(deadline, name) for name in DEADLINE}, "actor": actor}


def with_actor(row: Row) -> Row:
    row["actor"] = row.pop("actor__name")
    return row


def warning_row(row: Row) -> Row:
    row["clock"], row["version"] = row.pop("deadline__clock"), row.pop("deadline__version")
    row["acknowledged_by"] = row.pop("acknowledged_by__name")
    return row


def plan_row(issue: Issue) -> Row | None:
    plan = getattr(issue, "plan", None)
    if plan is None or issue.plan_confirmed_at is None:
        return None
    fields = ("text", "person", "promised_on", "first_promised_on", "told_platform_on")
    unit = {key: getattr(plan.unit, key) for key in TAXON}
    return {**{field: getattr(plan, field) for field in fields}, "unit": unit}


@extend_schema(tags=["issues"])
@extend_schema_view(
    list=extend_schema(summary="Categories of issues"), retrieve=extend_schema(summary="One category of issues")
)
class CategoryViewSet(RowsViewSet):
    """The same for everybody. Needs the scope `platforms:read`."""

    queryset = IssueCategory.objects.all()
    scope = "platforms"
    serializer_class = CategorySerializer
    columns = (*TAXON, "parent__code")

    def get_queryset(self) -> Any:
        return IssueCategory.objects.all()

    def shape(self, rows: Rows) -> Rows:
        for row in rows:
            row["parent"] = row.pop("parent__code")
        return rows
