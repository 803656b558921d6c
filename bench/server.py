"""The application called in this process, as a WSGI server calls it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from types import MappingProxyType
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory


@dataclass(frozen=True)
class Server:
    handle: WSGIHandler

    def call(
        self,
        path: str,
        *,
        method: str = "GET",
        body: bytes = b"",
        kind: str = "application/json",
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> bytes:
        """The body of the answer. Raises AssertionError for anything but a success, with what was answered."""
        request = RequestFactory().generic(method, path, body, kind)
        status: list[str] = []

        def start_response(
            line: str, headers: list[tuple[str, str]], exc_info: Any = None, /
        ) -> Callable[[bytes], Any]:
            status.append(line)
            return lambda data: None

        response = self.handle(request.environ | dict(headers) | {"wsgi.input": BytesIO(body)}, start_response)
        text = b"".join(response)
        response.close()
        if status[0][:1] not in "23":
            raise AssertionError(f"{method} {path}: {status[0]} {text[:300]!r}")
        return text
