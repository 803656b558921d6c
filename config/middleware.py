"""What every request passes on its way in."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from config.api.problems import Problem
from config.errors import address_too_long, is_api, too_large

Handler = Callable[[HttpRequest], HttpResponse]
MOST_QUERY = 16 * 1024


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


class AddressLimit:
    """Refuses a query longer than all that our forms and the API's parameters make together, and in the administration
    one with a NUL: its lists are Django's, which look for what stands there without a form that would say so.

    A field that is too long by itself gets its sentence beside it: 500 Chinese characters are 4,500 bytes here.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """With everything about the request known: the page speaks the reader's language."""
        query = request.META.get("QUERY_STRING", "")
        if "%00" in query and "admin" in request.resolver_match.app_names:
            raise BadRequest("NUL in the query")
        return address_too_long(request) if len(query) > MOST_QUERY else None


class BodyLimit:
    """Refuses a body by its declared length before a byte of it is looked at or kept; the web server counts along.

    A view that takes more than BODY_MEGABYTES has `body_megabytes`, which gives how much.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Before the CSRF check, which reads the body."""
        most: int = view.body_megabytes() if hasattr(view, "body_megabytes") else settings.BODY_MEGABYTES
        length = request.META.get("CONTENT_LENGTH") or ""
        is_too_long = length.isdecimal() and int(length[:19]) > most * 1024 * 1024
        return too_large(request) if is_too_long else None
