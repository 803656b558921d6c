"""/healthz says that the process lives: for load balancers. /readyz says how all parts stand: for monitoring."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config.api.problems import RETRY_SECONDS
from config.checks import Level, look, worst


@never_cache
def alive(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 while nothing is red, 503 otherwise. Each part has its status, a sentence and its values."""
    checks = look()
    status = worst(checks)
    parts = {check.name: {"status": check.level, "sentence": check.sentence, **check.values} for check in checks}
    answer = JsonResponse({"status": status, **parts}, json_dumps_params={"ensure_ascii": False})
    if status == Level.RED:
        answer.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        answer["Retry-After"] = str(RETRY_SECONDS)
    return answer
