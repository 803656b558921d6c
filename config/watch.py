"""Each minute: what the checks show becomes an alert, told to the administrators once, until it is over.

The jobs that could tell of a standstill stand still with it. So this one looks at its own last run too: after a gap the
first run says since when nothing ran, and the next one closes that alert.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from config.checks import TICK_IS_LATE, Check, Level, look, uptime
from config.clock import SHANGHAI, now
from notices.models import Heartbeat
from notices.services import DEAD_LETTERS, beat, close_alert, open_alert, warn_of_dead_letters

JOB = "watch"
CODES = ("calendar-due", "calendar-missing", "tick-late", "outbox-stands", "disk-short", "audit-broken")


def watch() -> None:
    """Opens alerts for what is wrong and closes those of what is over. Nothing can be told without the database."""
    at = now()
    checks = {check.name: check for check in look()}
    if checks["database"].level == Level.RED:
        return
    last = Heartbeat.objects.filter(job=JOB).values_list("beat_at", flat=True).first()
    troubles = dict(_troubles(checks, last, at))
    for code in CODES:
        if code in troubles:
            open_alert(code, troubles[code], url=reverse("status"))
        else:
            close_alert(code)
    if checks["dead_letters"].level == Level.RED:
        warn_of_dead_letters()
    else:
        close_alert(DEAD_LETTERS)
    beat(JOB)


def _troubles(checks: Mapping[str, Check], last: datetime | None, at: datetime) -> Iterator[tuple[str, dict[str, Any]]]:
    calendar, tick, outbox = checks["calendar"], checks["tick"], checks["outbox"]
    if calendar.level != Level.GREEN:
        final_through = calendar.values["final_through"] or ""
        missing = int(final_through[:4]) + 1 if final_through else at.year
        yield "calendar-missing" if calendar.level == Level.RED else "calendar-due", {"year": missing}
    if tick.level == Level.RED:
        age = tick.values["age_seconds"]
        yield "tick-late", _since(at - (uptime() if age is None else timedelta(seconds=age)))
    elif last is not None and at - last > TICK_IS_LATE:
        yield "tick-late", _since(last)
    if outbox.level == Level.RED:
        yield "outbox-stands", _since(at - timedelta(seconds=outbox.values["age_seconds"]))
    if checks["disk"].level != Level.GREEN:
        yield "disk-short", {}
    if checks["audit"].level == Level.RED:
        yield "audit-broken", {}


def _since(moment: datetime) -> dict[str, str]:
    return {"since": f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"}
