"""OpenAPI: what drf-spectacular cannot read off the views. Loaded with DEFAULT_SCHEMA_CLASS."""

from http import HTTPStatus
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from accounts.bodies import BodySerializer
from config.api.problems import CONTENT_TYPE

SAFE = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_ACCEPTABLE)
LISTS = (HTTPStatus.BAD_REQUEST,)
ROWS = (HTTPStatus.NOT_FOUND,)
VERSIONS = (HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED, HTTPStatus.PRECONDITION_REQUIRED)
BODIES = (HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457. `type` is for programs and stays; `title`, `detail` and `errors` are in the language of the call."""

    type = serializers.CharField(help_text="urn:liandian:problem:…")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField(help_text="The path that was called.")
    errors = serializers.DictField(  # type: ignore[assignment] # the stubs keep the name for DRF's own attribute
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="Messages by field or parameter; nested fields as `issues.0.text`.",
    )


class Schema(AutoSchema):
    """Declares the problems each operation may answer with."""

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        responses: dict[str, Any] = super()._get_response_bodies(direction)
        schema = self.resolve_serializer(ProblemSerializer, direction).ref
        problems = {str(int(status)): status.phrase for status in sorted(self._problems())} | {
            "default": "Any other fault"
        }
        for status, phrase in problems.items():
            responses[status] = {"description": phrase, "content": {CONTENT_TYPE: {"schema": schema}}}
        return responses

    def _problems(self) -> set[HTTPStatus]:
        problems = {*SAFE}
        if self._is_list_view():
            problems |= {*LISTS}
        if "{" in self.path:
            problems |= {*ROWS}
        if self.method not in ("GET", "HEAD"):
            problems |= {*BODIES}
        if any(parameter["name"] == "If-Match" for parameter in self._get_parameters()):
            problems |= {*VERSIONS}
        return problems

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        schema = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call] # spectacular has no types here
        if direction == "request" and isinstance(serializer, BodySerializer):
            schema["additionalProperties"] = False
        return schema


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # registers itself
    target_class = "accounts.authentication.BearerToken"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "Made by `manage.py create_token`."}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # registers itself
    target_class = "accounts.authentication.PageSession"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "A person signed in on the pages; writing also needs the X-CSRFToken header.",
        }
