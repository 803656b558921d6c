"""The API's description, for programs and for people."""

from functools import lru_cache
from typing import Any

from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from django.utils.translation import get_language
from django.views.decorators.csrf import ensure_csrf_cookie
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.renderers import TemplateHTMLRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class PublicView(APIView):
    """Holds no figure of anybody."""

    authentication_classes = ()
    permission_classes = (AllowAny,)


class SchemaView(PublicView):
    """OpenAPI 3.1."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        return Response(schema(get_language() or ""))


@lru_cache(maxsize=4)
def schema(language: str) -> dict[str, Any]:
    """The same for every caller of a language, and a tenth of a second of work: made once a process."""
    generator: Any = SchemaGenerator
    document: dict[str, Any] = generator().get_schema(request=None, public=True)
    return document


# Swagger UI's style sheet draws its arrows from data: addresses; script and style come from files, as everywhere.
@method_decorator(csp_update({"img-src": ["data:"]}), name="dispatch")
@method_decorator(ensure_csrf_cookie, name="dispatch")
class DocsView(PublicView):
    """Swagger UI."""

    renderer_classes = (TemplateHTMLRenderer,)

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        return Response(template_name="api/docs.html")
