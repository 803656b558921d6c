"""/api/v1/visits/: what was heard, and the way in for visits logged elsewhere."""

from collections import defaultdict
from datetime import UTC, date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import BooleanFilter, ChoiceFilter
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.bodies import BodySerializer
from accounts.filters import InstantFilter
from accounts.models import User
from accounts.rows import Row, Rows, RowsViewSet, named
from config.fields import WordsField
from issues.grading import suggested_tier
from issues.models import Importance, Issue, IssueCategory, Nature, State, Tier, Urgency
from issues.services import NewIssue
from issues.services.registration import check_reason
from platforms.api import OfficerRefSerializer, PlatformRefSerializer, officer_ref
from platforms.models import Platform
from visits.filters import VisitFilter
from visits.models import Mode, NeedDomain, Visit, VisitNeed
from visits.services import Need, NewVisit, check_visited_on, log_visit

MOST_ISSUES = 50
WORDS = WordsField(required=False)


class Words(serializers.CharField):
    """Text for people: what nobody can see counts as nothing, as in the forms."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return super().run_validation(WORDS.to_python(data) if isinstance(data, str) else data)


class Key(serializers.IntegerField):
    """The id of a row, as a JSON number."""

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


class Day(serializers.DateField):
    """YYYY-MM-DD in ASCII."""

    def to_internal_value(self, value: Any) -> date:
        if not isinstance(value, str) or not value.isascii():
            self.fail("invalid", format="YYYY-MM-DD")
        day: date = super().to_internal_value(value)
        return day


def optional_words(most: int) -> Words:
    return Words(max_length=most, required=False, allow_blank=True, default="")


class NeedSerializer(BodySerializer):
    """What is hard and what is needed in one of the four domains; one of the two texts is enough."""

    domain = serializers.ChoiceField(NeedDomain.choices)
    difficulty = optional_words(1000)
    need = optional_words(1000)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not (attrs["difficulty"] or attrs["need"]):
            raise serializers.ValidationError(_("困难和需求至少写一项。"))
        return attrs


class NewIssueSerializer(BodySerializer):
    """An issue as heard. Tier A carries the answer given on the spot; the other tiers carry none."""

    tier = serializers.ChoiceField(
        Tier.choices, error_messages={"invalid_choice": gettext_lazy("类别只能是A、B、C、D。")}
    )
    category = serializers.CharField(max_length=20, help_text="Code, see issue-categories.")
    text = Words(max_length=2000)
    answer = optional_words(2000)
    platform_agrees = serializers.BooleanField(default=False, help_text="Tier A: the platform called it solved.")
    nature = serializers.ChoiceField(Nature.choices, required=False, allow_blank=True, default="")
    urgency = serializers.ChoiceField(Urgency.choices, default=Urgency.NORMAL.value)
    importance = serializers.ChoiceField(Importance.choices, default=Importance.ORDINARY.value)
    grading_reason = optional_words(500)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        check_reason(
            attrs["tier"],
            suggested_tier(attrs["nature"], attrs["urgency"], attrs["importance"]),
            attrs["grading_reason"],
        )
        if attrs["tier"] == Tier.A and not attrs["answer"]:
            raise serializers.ValidationError({"answer": _("当场解决的，请写下当场怎么答复的。")})
        if attrs["tier"] != Tier.A and (attrs["answer"] or attrs["platform_agrees"]):
            raise serializers.ValidationError({"answer": _("只有A类（当场解决）才有当场答复。")})
        return attrs


class NewVisitSerializer(BodySerializer):
    """A visit to be logged, for a platform of the caller's own."""

    client_id = serializers.UUIDField(help_text="Made by the caller. A repeat of it gives the first result again.")
    platform = Key(min_value=1, max_value=2**63 - 1, help_text="Id of the platform.")
    visited_on = Day(validators=[check_visited_on])
    mode = serializers.ChoiceField(Mode.choices)
    is_reached = serializers.BooleanField(default=True, help_text="False: nobody answered.")
    people_met = optional_words(200)
    companions = optional_words(200)
    text = Words(max_length=5000)
    needs = NeedSerializer(many=True, required=False, default=list, max_length=len(NeedDomain))  # type: ignore[call-arg] # the list takes it
    issues = NewIssueSerializer(many=True, required=False, default=list, max_length=MOST_ISSUES)  # type: ignore[call-arg] # as above

    def validate_platform(self, key: int) -> Platform:
        platform = Platform.objects.contacted_by(self.context["request"].user).filter(pk=key).first()
        if platform is None:
            raise serializers.ValidationError(_("您只能为自己联点的平台记录联系。"))
        return platform

    def validate_needs(self, needs: list[dict[str, str]]) -> dict[str, Need]:
        by_domain = {need["domain"]: Need(difficulty=need["difficulty"], need=need["need"]) for need in needs}
        if len(by_domain) < len(needs):
            raise serializers.ValidationError(_("每个方面只写一次。"))
        return by_domain

    def validate_issues(self, issues: list[dict[str, Any]]) -> list[NewIssue]:
        codes = {issue["category"] for issue in issues}
        categories = IssueCategory.objects.filter(children=None).in_bulk(codes, field_name="code") if codes else {}
        if codes - set(categories):
            unknown = {"category": [_("没有这个需求类别。")]}
            raise serializers.ValidationError([{} if issue["category"] in categories else unknown for issue in issues])
        return [NewIssue(**{**issue, "category": categories[issue["category"]]}) for issue in issues]


class VisitIssueSerializer(serializers.Serializer[Any]):
    """An issue the visit raised."""

    number = serializers.CharField()
    tier = serializers.ChoiceField([("", "—"), *Tier.choices])
    state = serializers.ChoiceField(State.choices)
    due_on = serializers.DateField(allow_null=True)
    due_is_provisional = serializers.BooleanField()


class VisitSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    client_id = serializers.UUIDField()
    platform = PlatformRefSerializer()
    officer = OfficerRefSerializer(help_text="Responsible for the platform that day.")
    deputy = OfficerRefSerializer(allow_null=True, help_text="Who went while that officer was on leave.")
    visited_on = serializers.DateField()
    mode = serializers.ChoiceField(Mode.choices)
    is_reached = serializers.BooleanField()
    people_met = serializers.CharField()
    companions = serializers.CharField()
    text = serializers.CharField()
    created_at = serializers.DateTimeField()
    needs = NeedSerializer(many=True)
    issues = VisitIssueSerializer(
        many=True, help_text="In the order in which they were heard; those the caller may see."
    )


PLAIN = ("id", "client_id", "visited_on", "mode", "is_reached", "people_met", "companions", "text", "created_at")
NEED = ("domain", "difficulty", "need")
RAISED = ("number", "tier", "state", "due_on", "due_is_provisional")


class ClientVisitFilter(VisitFilter):
    """The page's filters, and what only programs ask."""

    reached = BooleanFilter(field_name="is_reached", label=gettext_lazy("联系上了"))
    need = ChoiceFilter(choices=NeedDomain.choices, method="needing", label=gettext_lazy("需求方面"))
    logged_since = InstantFilter(field_name="created_at", lookup_expr="gte", label=gettext_lazy("登记于此后"))

    def needing(self, rows: QuerySet[Visit], name: str, value: str) -> QuerySet[Visit]:
        return rows.filter(Exists(VisitNeed.objects.filter(visit=OuterRef("pk"), domain=value)))


@extend_schema(tags=["visits"])
@extend_schema_view(
    list=extend_schema(summary="Visits, the last logged first"), retrieve=extend_schema(summary="One visit")
)
class VisitViewSet(RowsViewSet):
    """Reading needs the scope `visits:read`, logging a visit `visits:write`."""

    queryset = Visit.objects.none()
    scope = "visits"
    serializer_class = VisitSerializer
    filterset_class = ClientVisitFilter
    ordering = "-id"
    columns = (
        *(*PLAIN, "platform__id", "platform__code", "platform__name", "officer__id", "officer__user__name"),
        *("deputy__id", "deputy__user__name"),
    )

    @extend_schema(
        summary="Log a visit with its needs and issues",
        description="All or nothing. `201` the first time; `200` with the first result when `client_id` was known.",
        request=NewVisitSerializer,
        responses={201: VisitSerializer, 200: VisitSerializer},
    )
    def create(self, request: Request) -> Response:
        refuse_readers(self.user)
        given = NewVisitSerializer(data=request.data, context={"request": request})
        given.is_valid(raise_exception=True)
        logged = log_visit(NewVisit(**given.validated_data), actor=self.user)
        if not logged.is_new:
            return Response(as_logged(logged.visit))
        address = request.build_absolute_uri(reverse("api:visits-detail", args=[logged.visit.pk]))
        return Response(as_logged(logged.visit), status.HTTP_201_CREATED, headers={"Location": address})

    def shape(self, rows: Rows) -> Rows:
        keys = [row["id"] for row in rows]
        needs = by_visit(VisitNeed.objects.filter(visit__in=keys), *NEED)
        issues = by_visit(Issue.objects.visible_to(self.user).filter(visit__in=keys), *RAISED)
        return [
            {
                **{name: row[name] for name in PLAIN},
                "platform": named(row, "platform", "id", "code", "name"),
                "officer": officer_ref(row, "officer"),
                "deputy": officer_ref(row, "deputy"),
                "needs": needs[row["id"]],
                "issues": issues[row["id"]],
            }
            for row in rows
        ]


def refuse_readers(user: User) -> None:
    """Raises PermissionDenied for whoever logs no visits at all."""
    if not (user.is_officer or user.keeps_register):
        raise PermissionDenied(_("您可以查看，但不能记录走访联系。"))


def by_visit(rows: QuerySet[Any], *fields: str) -> dict[int, Rows]:
    """What belongs to each visit, in one statement."""
    found: dict[int, Rows] = defaultdict(list)
    for row in rows.order_by("pk").values(*fields, "visit_id"):
        found[row.pop("visit_id")].append(row)
    return found


def as_logged(visit: Visit) -> Row:
    """The answer to whoever logged it: as `shape` has it, without asking the database for what is at hand."""
    return {
        **{name: getattr(visit, name) for name in PLAIN},
        "created_at": visit.created_at.astimezone(UTC),
        "platform": {key: getattr(visit.platform, key) for key in ("id", "code", "name")},
        "officer": {"id": visit.officer_id, "name": visit.officer.user.name},
        "deputy": {"id": visit.deputy_id, "name": visit.deputy.user.name} if visit.deputy else None,
        "needs": list(visit.needs.order_by("pk").values(*NEED)),
        "issues": list(visit.issues.order_by("pk").values(*RAISED)),
    }
