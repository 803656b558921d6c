"""What every request passes on its way in."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from config.api.problems import Problem
from config.errors import is_api

Handler = Callable[[HttpRequest], HttpResponse]


def without_nul_cookies(get_response: Handler) -> Handler:
    """Drops cookies that hold a NUL (written `"\\000"`): to look for such a session in PostgreSQL is an error."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if any("\0" in value for value in request.COOKIES.values()):
            request.COOKIES = {name: value for name, value in request.COOKIES.items() if "\0" not in value}
        return get_response(request)

    return middleware


def with_known_length(get_response: Handler) -> Handler:
    """Refuses a body in chunks: Django would read it as empty, and a client be told that every field is missing."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if is_api(request) and "HTTP_TRANSFER_ENCODING" in request.META and not request.META.get("CONTENT_LENGTH"):
            return Problem(HTTPStatus.LENGTH_REQUIRED, _("请在请求头中写明Content-Length，不要分块发送。")).response(
                request
            )
        return get_response(request)

    return middleware
