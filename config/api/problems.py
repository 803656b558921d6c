"""Every fault under /api/ in one shape: application/problem+json (RFC 9457) with `errors` by field."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson
from django.core.exceptions import (
    NON_FIELD_ERRORS,
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    ValidationError,
)
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.encoding import escape_uri_path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.settings import api_settings

from issues.services import MoveRefused, NotYourMove
from workdays.calendar import CalendarCoverageError

log = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
RETRY_SECONDS = 5

# The last word of `type`, which a program may rely on, and the title, which is for people.
KINDS = {
    HTTPStatus.BAD_REQUEST: ("invalid", _("请求内容有误")),
    HTTPStatus.UNAUTHORIZED: ("not-authenticated", _("没有有效的登录或令牌")),
    HTTPStatus.FORBIDDEN: ("forbidden", _("没有这项权限")),
    HTTPStatus.NOT_FOUND: ("not-found", _("没有找到")),
    HTTPStatus.METHOD_NOT_ALLOWED: ("method-not-allowed", _("这个地址不支持这种请求方法")),
    HTTPStatus.NOT_ACCEPTABLE: ("not-acceptable", _("只能以JSON答复")),
    HTTPStatus.CONFLICT: ("conflict", _("与现在的状态不符")),
    HTTPStatus.LENGTH_REQUIRED: ("length-required", _("请求没有写明长度")),
    HTTPStatus.PRECONDITION_FAILED: ("precondition-failed", _("内容在读取之后已有变化")),
    HTTPStatus.PRECONDITION_REQUIRED: ("precondition-required", _("没有写明依据的版本")),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("too-large", _("请求内容过大")),
    HTTPStatus.REQUEST_URI_TOO_LONG: ("uri-too-long", _("网址过长")),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: ("unsupported-media-type", _("只接收JSON")),
    HTTPStatus.TOO_MANY_REQUESTS: ("too-many-requests", _("请求过于频繁")),
    HTTPStatus.INTERNAL_SERVER_ERROR: ("server-error", _("服务器出错")),
    HTTPStatus.SERVICE_UNAVAILABLE: ("unavailable", _("暂时无法提供服务")),
}


@dataclass(frozen=True)
class Problem:
    """A fault as it is told to the caller."""

    status: int
    detail: str = ""
    errors: dict[str, list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self, request: HttpRequest) -> HttpResponse:
        known = HTTPStatus(self.status)
        code, title = KINDS.get(known, (known.name.lower().replace("_", "-"), known.phrase))
        body: dict[str, Any] = {
            "type": f"urn:liandian:problem:{code}",
            "title": str(title),
            "status": self.status,
            "detail": self.detail or str(title),
            "instance": escape_uri_path(request.path),
        }
        if self.errors:
            body["errors"] = self.errors
        return HttpResponse(orjson.dumps(body), CONTENT_TYPE, self.status, headers=self.headers)


class BodyTooLarge(exceptions.APIException):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_detail = _("请求内容过大，请分几次提交。")


def problem_handler(error: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """DRF's EXCEPTION_HANDLER. What is no caller's fault goes on to config.errors, where it is logged."""
    problem = problem_of(error)
    return problem.response(context["request"]) if problem else None


def problem_of(error: BaseException) -> Problem | None:
    """What an exception says to the caller; None for a fault of ours."""
    match error:
        case exceptions.ValidationError():
            return _invalid(dict(_flat(error.detail)))
        case exceptions.APIException():
            return Problem(error.status_code, str(error.detail), headers=_headers(error))
        case MoveRefused():
            status = HTTPStatus.FORBIDDEN if isinstance(error, NotYourMove) else HTTPStatus.CONFLICT
            return Problem(status, " ".join(error.messages))
        case ValidationError():
            return _invalid(dict(_flat(_by_field(error))))
        case Http404():
            return Problem(HTTPStatus.NOT_FOUND, gettext("没有这条记录，或您无权查看。"))
        case PermissionDenied():
            return Problem(HTTPStatus.FORBIDDEN, str(error))
        case RequestDataTooBig():
            return problem_of(BodyTooLarge())
        case BadRequest() | SuspiciousOperation() | MultiPartParserError() | UnreadablePostError():
            return Problem(HTTPStatus.BAD_REQUEST, gettext("请求无法解读，请检查后重新提交。"))
        case OperationalError() | InterfaceError() | CalendarCoverageError():
            log.error("answered 503", exc_info=error)
            return Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                gettext("系统暂时无法处理请求，请稍后再试。"),
                headers={"Retry-After": str(RETRY_SECONDS)},
            )
    return None


def _invalid(errors: dict[str, list[str]]) -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, gettext("请按提示修改后重新提交。"), errors)


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if auth_header := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait))
    return headers


def _by_field(error: ValidationError) -> Any:
    return error.message_dict if hasattr(error, "error_dict") else error.messages


def _flat(detail: Any, path: str = "") -> Iterator[tuple[str, list[str]]]:
    """Nested messages as `issues.1.text` → list; what belongs to no field stands under its parent's name."""
    everywhere = {NON_FIELD_ERRORS, api_settings.NON_FIELD_ERRORS_KEY}
    if isinstance(detail, Mapping):
        for key, value in detail.items():
            yield from _flat(value, path if key in everywhere else f"{path}.{key}".lstrip("."))
    elif isinstance(detail, list) and any(isinstance(part, Mapping | list) for part in detail):
        for index, part in enumerate(detail):
            yield from _flat(part, f"{path}.{index}".lstrip("."))
    else:
        messages = detail if isinstance(detail, list) else [detail]
        if messages:
            yield path or api_settings.NON_FIELD_ERRORS_KEY, [str(message) for message in messages]
