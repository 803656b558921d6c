"""Lists by keyset: the next page begins after the last row seen, at the same cost on page 1 and page 2,000."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
CURSOR, LIMIT = "cursor", "limit"
LARGEST_KEY = 2**63 - 1


class KeysetPagination(BasePagination):
    """Pages rows of `.values()` that hold `id`; the view's `ordering` is `id` or `-id`.

    Rows that come or go meanwhile move nothing: each row that stays is met exactly once.
    """

    parameters = (CURSOR, LIMIT)

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        ordering: str = getattr(view, "ordering", "id")
        limit, after = read_limit(request), read_cursor(request.query_params.get(CURSOR))
        if after is not None:
            queryset = queryset.filter(**{"pk__lt" if ordering.startswith("-") else "pk__gt": after})
        rows = list(queryset.order_by(ordering)[: limit + 1])
        self.next = _next_url(request, rows[limit - 1]["id"]) if len(rows) > limit else None
        return rows[:limit]

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.next, "results": data})

    def get_paginated_response_schema(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        next_page = {
            "type": ["string", "null"],
            "format": "uri",
            "description": "Address of the next page; null on the last one.",
            "examples": ["https://liandian.example/api/v1/issues/?cursor=MTIz"],
        }
        properties = {"next": next_page, "results": schema}
        return {"type": "object", "required": ["next", "results"], "properties": properties}

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        limit = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
        return [
            {
                "name": CURSOR,
                "in": "query",
                "schema": {"type": "string"},
                "description": "Opaque, taken from `next`; the other parameters must stay the same.",
            },
            {"name": LIMIT, "in": "query", "schema": limit, "description": "Rows a page."},
        ]


def read_limit(request: Request) -> int:
    text = request.query_params.get(LIMIT)
    if text is None:
        return DEFAULT_LIMIT
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= MAX_LIMIT:
        raise ValidationError({LIMIT: _("请填1至%(most)d之间的整数。") % {"most": MAX_LIMIT}})
    return int(text)


def read_cursor(text: str | None) -> int | None:
    """The key of the last row seen. Raises ValidationError for anything this class did not make."""
    if text is None:
        return None
    try:
        plain = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True).decode("ascii")
    except (UnicodeError, binascii.Error):
        plain = ""
    if not re.fullmatch(r"[1-9][0-9]{0,18}", plain) or int(plain) > LARGEST_KEY:
        raise ValidationError({CURSOR: _("翻页标记无效，请从第一页重新开始。")})
    return int(plain)


def make_cursor(key: int) -> str:
    return base64.urlsafe_b64encode(str(key).encode()).decode()


def _next_url(request: Request, key: int) -> str:
    query = request.query_params.copy()
    query[CURSOR] = make_cursor(key)
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
