"""The one clock: nothing in deadline logic asks the database or the operating system for the time."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

SHANGHAI = ZoneInfo("Asia/Shanghai")

_frozen: ContextVar[datetime | None] = ContextVar("frozen_clock", default=None)
# The whole process, threads included: a browser test moves the clock of the server it drives.
_frozen_everywhere: datetime | None = None


def now() -> datetime:
    """The present instant, aware."""
    return _frozen.get() or _frozen_everywhere or timezone.now()


def today() -> date:
    """The present date in Asia/Shanghai, the only zone in which a deadline has a date."""
    return on_date(now())


def on_date(instant: datetime) -> date:
    """The Asia/Shanghai date of an aware instant."""
    return instant.astimezone(SHANGHAI).date()


def to_the_minute(instant: datetime) -> str:
    """2026-10-15 12:00 in Shanghai: for a sentence in any language."""
    return f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def parse(text: str) -> datetime:
    """An ISO date or instant as an aware datetime; without an offset it is Asia/Shanghai time.

    Raises ValueError for anything else.
    """
    instant = datetime.fromisoformat(text)
    return instant.replace(tzinfo=SHANGHAI) if instant.tzinfo is None else instant


@contextmanager
def frozen(instant: datetime | str, *, everywhere: bool = False) -> Iterator[datetime]:
    """Within the block now() stands still at `instant` (aware, or ISO text as in parse()).

    `everywhere` stops it for all threads of the process instead of this context only.
    """
    global _frozen_everywhere
    instant = parse(instant) if isinstance(instant, str) else instant
    if everywhere:
        before, _frozen_everywhere = _frozen_everywhere, instant
        try:
            yield instant
        finally:
            _frozen_everywhere = before
        return
    token = _frozen.set(instant)
    try:
        yield instant
    finally:
        _frozen.reset(token)
