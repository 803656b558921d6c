"""What is answered when no view answers: problem+json under /api/, the pages' own templates elsewhere."""

import sys
from contextlib import suppress
from http import HTTPStatus

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views import defaults
from django.views.csrf import csrf_failure as csrf_page

from accounts.guards import NotOpen
from config.api.problems import RETRY_SECONDS, BodyTooLarge, Problem, problem_of
from config.paging import CursorMisread

CHUNK = 64 * 1024
MOST_DISCARDED = 256 * 1024 * 1024


def is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return (problem_of(exception) or Problem(HTTPStatus.BAD_REQUEST)).response(request)
    if isinstance(exception, RequestDataTooBig):
        return too_large(request)
    return defaults.bad_request(request, exception)


def too_large(request: HttpRequest) -> HttpResponse:
    """More was sent than the address takes."""
    _let_finish(request)
    if is_api(request):
        problem = problem_of(BodyTooLarge())
        assert problem is not None  # noqa: S101 - for the type checker
        return problem.response(request)
    return render(request, "413.html", status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def address_too_long(request: HttpRequest) -> HttpResponse:
    """More stands in the address than any form puts there."""
    if is_api(request):
        return Problem(HTTPStatus.REQUEST_URI_TOO_LONG, _("查询参数过长，请缩短查找文字或减少筛选条件。")).response(
            request
        )
    return render(request, "414.html", status=HTTPStatus.REQUEST_URI_TOO_LONG)


def _let_finish(request: HttpRequest) -> None:
    """Reads what still comes and keeps nothing of it: a browser that is cut off while it sends shows no sentence."""
    with suppress(OSError, OverflowError, AssertionError):
        for _count in range(MOST_DISCARDED // CHUNK):
            if not request.read(CHUNK):
                return


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return Problem(HTTPStatus.FORBIDDEN).response(request)
    is_open = not isinstance(exception, NotOpen) and getattr(getattr(request, "user", None), "reads_cases", True)
    if not is_open:
        return render(request, "not_open.html", {"exception": str(exception)}, status=HTTPStatus.FORBIDDEN)
    return defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return Problem(HTTPStatus.NOT_FOUND, _("没有这个地址；地址以“/”结尾。")).response(request)
    if isinstance(exception, CursorMisread):
        return render(request, "bad_cursor.html", {"first_page": first_page(request)}, status=HTTPStatus.NOT_FOUND)
    return defaults.page_not_found(request, exception)


def first_page(request: HttpRequest) -> str:
    """The same list with its filter, from its beginning."""
    query = request.GET.copy()
    query.pop("cursor", None)
    return f"{request.path}?{query.urlencode()}".rstrip("?")


def server_error(request: HttpRequest) -> HttpResponse:
    """A fault of ours, which Django logs; 503 where it may have passed by the next try."""
    error = sys.exc_info()[1]
    problem = (problem_of(error) if error else None) or Problem(HTTPStatus.INTERNAL_SERVER_ERROR)
    if is_api(request):
        return problem.response(request)
    response = defaults.server_error(request)
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.status_code = problem.status
        response["Retry-After"] = str(RETRY_SECONDS)
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if is_api(request):
        return Problem(HTTPStatus.FORBIDDEN, _("缺少或不符的CSRF令牌。")).response(request)
    return csrf_page(request, reason)
