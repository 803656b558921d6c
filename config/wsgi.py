"""WSGI entry point: `gunicorn config.wsgi`."""

import os
import re
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def in_utf8(application: Application) -> Application:
    """Everything here is UTF-8. A charset that a caller names would be believed before any view or handler could refuse
    it, and some that Python knows (rot13, hex) decode no query: the server itself would answer, with 500."""

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if content_type := environ.get("CONTENT_TYPE"):
            environ["CONTENT_TYPE"] = re.sub(r";\s*charset\b[^;]*", "", content_type, flags=re.IGNORECASE)
        return application(environ, start_response)

    return serve


application = in_utf8(get_wsgi_application())
