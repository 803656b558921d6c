"""/healthz says the process lives; /readyz says whether what it needs is there."""

from datetime import timedelta
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache

from config.clock import today
from workdays.calendar import CalendarCoverageError, current_calendar


@never_cache
def alive(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """200 when every part answers, 503 naming the one that does not."""
    parts = {"database": _database(), "broker": _broker(), "calendar": _calendar()}
    is_ready = all(part["ok"] for part in parts.values())
    return JsonResponse({"ok": is_ready, **parts}, status=200 if is_ready else 503)


def _database() -> dict[str, Any]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return {"ok": False, "error": type(error).__name__}
    return {"ok": True}


def _broker() -> dict[str, Any]:
    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1).ping()
    except redis.RedisError as error:
        return {"ok": False, "error": type(error).__name__}
    return {"ok": True}


def _calendar() -> dict[str, Any]:
    try:
        calendar = current_calendar()
    except (CalendarCoverageError, DatabaseError) as error:
        return {"ok": False, "error": type(error).__name__}
    # The longest term is 30 working days: with less than a quarter ahead, registering an issue will soon be refused.
    reaches = calendar.last >= today() + timedelta(days=90)
    return {"ok": reaches, "final_through": calendar.final_through.isoformat()}
