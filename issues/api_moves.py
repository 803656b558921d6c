"""The moves of an issue over REST: one operation a row of the table of transitions, asked as the pages ask (R54).

Whose move it is is judged before a word of the body: 404 for an outsider, 403 for whom it never is.
Every write names the version it was decided on (`If-Match`, RFC 9110): 428 without one, 412 where the issue has moved.
"""

from collections.abc import Callable, Iterator
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action as route
from rest_framework.exceptions import APIException
from rest_framework.request import Request as Call
from rest_framework.response import Response

from accounts.bodies import BodySerializer
from accounts.models import User
from accounts.scope import get_visible_or_404
from issues import services
from issues.dossier import Dossier
from issues.forms import DecisionForm, MoveForm
from issues.levels import Yardstick
from issues.models import Issue, Request
from issues.moves_on_offer import Desk
from issues.plays import PLAYS
from issues.services.grading import last_hand
from issues.services.moves import locked
from issues.workflow import TABLE, Action, NotYourMove

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag of the issue as it was read: the move is refused with 412 where it has changed since. "
    "Also several of them, or `*` for whatever version it has.",
)


class VersionNeeded(APIException):
    status_code = 428
    default_detail = "If-Match"


class VersionPassed(APIException):
    status_code = 412
    default_detail = "If-Match"


def etag(version: int) -> str:
    """The issue's version as a strong entity tag."""
    return f'"{version}"'


def versions_named(call: Call) -> list[str]:
    """The entity tags that the caller decided on, or `*`. Raises VersionNeeded where the call names none."""
    if named := parse_etags(call.headers.get("If-Match", "")):
        return named
    raise VersionNeeded(_('请在If-Match里写明读到的ETag，例如"7"。'))


def hold(user: User, number: str, versions: list[str]) -> Issue:
    """The issue, locked, as the caller knows it. Raises Http404 for an outsider, VersionPassed where it has moved.

    Tags are compared strongly (RFC 9110, 13.1.1): a weak one says that something like it was read, and never matches.
    """
    issue = locked(get_visible_or_404(Issue.objects, user, number=number))
    if versions != ["*"] and etag(issue.version) not in versions:
        passed = _("这个问题在您读取之后已有变化（%(by)s），现在是第%(now)s版，请重新读取。")
        raise VersionPassed(passed % {"by": last_hand(issue), "now": issue.version})
    return issue


# --- what a form asks, as a serializer


def asked_by(form: type[MoveForm], name: str) -> type[BodySerializer]:
    """A serializer with a form's fields: it judges the types and speaks in the schema, the form judges the rest."""
    # What an edit leaves out stays as it is.
    is_edit = "version" in form.base_fields
    fields = {
        key: _field(field, required=field.required and not is_edit)
        for key, field in form.base_fields.items()
        if key != "version"
    }
    return type(f"{name}Serializer", (BodySerializer,), {**fields, "__doc__": (form.__doc__ or "").strip()})


def _field(field: forms.Field, *, required: bool) -> serializers.Field[Any, Any, Any, Any]:
    said: dict[str, Any] = {"required": required, "help_text": str(field.label)}
    match field:
        case forms.ModelMultipleChoiceField():
            return serializers.ListField(child=_key(), max_length=50, **said)
        case forms.ModelChoiceField():
            return _key(allow_null=not field.required, **said)
        case forms.TypedChoiceField() | forms.BooleanField():
            return serializers.BooleanField(**said)
        case forms.DateField():
            return serializers.DateField(**said)
        case forms.ChoiceField(choices=[*choices]) if choices:
            # On pages the letter of a tier stands before its words.
            words = [(value, str(label).removeprefix(f"{value} ")) for value, label in choices]
            return serializers.ChoiceField(words, allow_blank=not field.required, **said)
        case _:
            most = getattr(field, "max_length", None)
            return serializers.CharField(max_length=most, allow_blank=not field.required, trim_whitespace=False, **said)


def _key(**said: Any) -> "serializers.IntegerField":
    return serializers.IntegerField(min_value=1, max_value=2**63 - 1, **said)


def judged(form: forms.Form) -> dict[str, Any]:
    """What the form found. Raises DRF's ValidationError with its sentences by field."""
    if not form.is_valid():
        raise serializers.ValidationError(
            {name: [str(error) for error in errors] for name, errors in form.errors.items()}
        )
    return form.cleaned_data


def as_typed(values: dict[str, Any]) -> dict[str, Any]:
    """JSON values as a form would get them."""
    return {name: str(value).lower() if isinstance(value, bool) else value for name, value in values.items()}


# --- the operations


def moves() -> Iterator[tuple[str, Callable[..., Response]]]:
    """Name and method of each operation, for the viewset."""
    for action in PLAYS:
        yield f"move_{action.name.lower()}", _operation(action)


def _operation(action: Action) -> Callable[..., Response]:
    row, play = TABLE[action], PLAYS[action]
    body = asked_by(play.form, f"Move{action.name.title().replace('_', '')}")

    def operation(self: Any, request: Call, number: str) -> Response:
        versions = versions_named(request)
        refused = _meet(self.user, number).refusal(action)
        if isinstance(refused, NotYourMove):
            raise refused
        given = body(data=request.data)
        given.is_valid(raise_exception=True)
        with transaction.atomic():
            issue = hold(self.user, number, versions)
            desk = Desk(Dossier(issue, Yardstick()), self.user)
            if refused := desk.refusal(action):
                raise refused
            typed = as_typed(given.validated_data)
            if "version" in play.form.base_fields:
                typed = {**_as_it_is(play.form, desk), **typed, "version": issue.version}
            play.act(desk, judged(play.form(typed, desk=desk)))
        answer: Response = self.answer(number)
        return answer

    operation.__name__ = f"move_{action.name.lower()}"
    described = extend_schema(
        operation_id=f"issues_{action.name.lower()}",
        summary=f"{row.code} {action.name.lower().replace('_', ' ')}",
        description=f"{action.label}：{row.effect}",
        parameters=[IF_MATCH],
        request=body,
    )
    return described(route(detail=True, methods=["post"], url_path=str(action), url_name=str(action))(operation))


def _as_it_is(form: type[MoveForm], desk: Desk) -> dict[str, Any]:
    """The fields of an edit that the call leaves out stay."""
    present = form(desk=desk)
    return {name: present[name].value() for name in present.fields if name != "version"} | {
        "category": desk.issue.category_id
    }


def _meet(user: User, number: str) -> Desk:
    """Before a word of the body is judged: the issue before the caller. Raises Http404 for an outsider,
    PermissionDenied for a reader."""
    issue = get_visible_or_404(Issue.objects, user, number=number)
    if user.is_reader or not user.reads_cases:
        raise PermissionDenied(_("您可以查看，但不能修改这条记录。"))
    return Desk(Dossier(issue, Yardstick()), user)


def _decidable(desk: Desk, pk: str) -> Request:
    """What was asked for. Raises Http404 where this issue has no such request, PermissionDenied where somebody else
    decides on it."""
    asked = get_object_or_404(desk.issue.requests, pk=pk)
    asked.issue = desk.issue
    if not desk.may_decide(asked):
        raise PermissionDenied(_("这项申请不由您审批。"))
    return asked


class DecisionSerializer(BodySerializer):
    """A second person's word on a request."""

    approve = serializers.BooleanField()
    note = serializers.CharField(required=False, allow_blank=True, max_length=500, help_text="Needed for a no.")


@extend_schema(
    operation_id="issues_decide",
    summary="Approve or refuse what somebody asked for",
    parameters=[IF_MATCH],
    request=DecisionSerializer,
)
@route(detail=True, methods=["post"], url_path=r"requests/(?P<pk>[0-9]{1,18})", url_name="decide")
def decide(self: Any, request: Call, number: str, pk: str) -> Response:
    versions = versions_named(request)
    _decidable(_meet(self.user, number), pk)
    given = DecisionSerializer(data=request.data)
    given.is_valid(raise_exception=True)
    with transaction.atomic():
        issue = hold(self.user, number, versions)
        asked = _decidable(Desk(Dossier(issue, Yardstick()), self.user), pk)
        services.decide(asked, **judged(DecisionForm(as_typed(given.validated_data))), actor=self.user)
    answer: Response = self.answer(number)
    return answer
