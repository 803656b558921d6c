"""JSON in: bounded in size and depth, and without the characters PostgreSQL cannot store."""

from collections.abc import Iterator, Mapping
from typing import IO, Any

import orjson
from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from config.api.problems import BodyTooLarge

# The deepest body of any call nests three times; more is a mistake or an attack.
MAX_DEPTH = 20


class JSONParser(BaseParser):
    """UTF-8 JSON. orjson refuses invalid UTF-8, lone surrogates, NaN and endless nesting by itself."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = read_body(stream, (parser_context or {})["request"])
        try:
            data = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError(_("不是有效的JSON（UTF-8）：%(reason)s") % {"reason": error}) from error
        if errors := dict(_faults(data)):
            raise ValidationError(errors)
        return data


def read_body(stream: IO[bytes], request: Request) -> bytes:
    """The body. Raises BodyTooLarge before a byte of it is read."""
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if int(request.META["CONTENT_LENGTH"]) > limit:  # DRF has read it as a number, or there would be no stream
        raise BodyTooLarge
    return stream.read(limit)


def _faults(data: Any) -> Iterator[tuple[str, str]]:
    """The fields whose name or text holds a NUL, and the first that lies too deep. A loop: callers choose it."""
    waiting = [(data, "", 1)]
    while waiting:
        value, path, depth = waiting.pop()
        if isinstance(value, str):
            if "\0" in value:
                yield path, _("不能含有空字符（NUL）。")
            continue
        if not isinstance(value, dict | list):
            continue
        if depth > MAX_DEPTH:
            yield path, _("嵌套过深。")
            return
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(key, str) and "\0" in key:
                yield path, _("字段名不能含有空字符（NUL）。")
            waiting.append((part, f"{path}.{key}".lstrip("."), depth + 1))
