"""What every request passes on its way in."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


def without_nul_cookies(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Drops cookies that hold a NUL (written `"\\000"`): to look for such a session in PostgreSQL is an error."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if any("\0" in value for value in request.COOKIES.values()):
            request.COOKIES = {name: value for name, value in request.COOKIES.items() if "\0" not in value}
        return get_response(request)

    return middleware
