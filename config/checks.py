"""What the system needs for its work, as it is now: read by monitoring, the status page and the watch job."""

import shutil
import socket
import struct
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

import redis
from django.conf import settings
from django.db import Error, connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.clock import now, on_date
from notices.backlog import BACKLOG
from workdays.models import NATIONAL

PATIENCE = 1  # seconds for any single answer
TICK_IS_LATE = timedelta(minutes=5)
OUTBOX_IS_SLOW, OUTBOX_STANDS = timedelta(minutes=5), timedelta(hours=1)
ASK_FOR_CALENDAR, CALENDAR_IS_MISSING = (10, 25), (12, 10)
# The longest term is 30 working days: with less than a quarter ahead, registering an issue will soon be refused.
CALENDAR_REACHES = timedelta(days=90)
AUDIT_IS_OLD = timedelta(days=2)
MEGABYTE = 1024 * 1024
DISK_IS_SHORT, DISK_IS_FULL = 2048 * MEGABYTE, 512 * MEGABYTE
# The first words of a PostgreSQL client that asks for TLS: the server answers one letter, whether it has TLS or not.
SSL_REQUEST = struct.pack("!ii", 8, 80877103)
_began = time.monotonic()


class Level(StrEnum):
    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True)
class Check:
    """One part: how it stands, the sentence for people, the values for programs."""

    name: str
    level: Level
    sentence: str
    values: dict[str, Any] = field(default_factory=dict)


class Facts(NamedTuple):
    """What the database says of the rest, in one statement."""

    ticked_at: datetime | None
    oldest_due_at: datetime | None
    dead_letters: int
    final_through: date | None
    last_day: date | None
    verified_at: datetime | None = None
    verified_number: int | None = None
    is_sound: bool | None = None


FACTS = f"""
SELECT (SELECT beat_at FROM notices_heartbeat WHERE job = 'tick'),
       (SELECT min(late_since) FROM ({BACKLOG}) backlog),
       (SELECT count(*) FROM notices_delivery WHERE state = 'dead'),
       (SELECT final_through FROM workdays_calendarrevision WHERE calendar_id = national.id ORDER BY id DESC LIMIT 1),
       (SELECT max(date) FROM workdays_calendarday WHERE calendar_id = national.id),
       verification.at, verification.number, verification.is_sound
  FROM (SELECT min(id) AS id FROM workdays_calendar WHERE code = %(national)s) national
  LEFT JOIN LATERAL (SELECT * FROM audit_verification ORDER BY id DESC LIMIT 1) verification ON true
"""  # noqa: S608 - a constant


def look() -> list[Check]:
    """Every part, the database first. No single answer is waited for longer than PATIENCE."""
    try:
        facts = ask_database()
    except (Error, OSError) as error:
        kind = type(error).__name__
        silent = _("数据库没有应答，未能查看。")
        database = Check("database", Level.RED, _("数据库没有应答（%(error)s）。") % {"error": kind})
        rest = [Check(name, Level.RED, silent) for name in ("tick", "outbox", "dead_letters", "calendar", "audit")]
    else:
        database = Check("database", Level.GREEN, _("数据库正常。"))
        rest = list(judge(facts, now()))
    return [database, broker(), disk(), *rest]


def worst(checks: list[Check]) -> Level:
    return max((check.level for check in checks), key=list(Level).index)


def ask_database() -> Facts:
    """Raises django.db.Error or OSError where it does not answer in time."""
    _ping(connection.settings_dict["HOST"], connection.settings_dict["PORT"])
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = {PATIENCE * 1000}")
        cursor.execute(FACTS, {"now": now(), "national": NATIONAL})
        return Facts(*cursor.fetchone())


def _ping(host: str, port: str) -> None:
    """Asks the server for a sign of life first: to connect, the client library waits two seconds at least."""
    if not host or host.startswith("/"):
        return  # a socket of this machine refuses at once
    with socket.create_connection((host, int(port or 5432)), PATIENCE) as probe:
        probe.sendall(SSL_REQUEST)
        if not probe.recv(1):
            raise OSError("closed")


def broker() -> Check:
    waits = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE}
    try:
        with redis.Redis.from_url(settings.REDIS_URL, **waits, retry=Retry(NoBackoff(), 0)) as client:
            client.ping()
    except redis.RedisError as error:
        words = _("消息队列没有应答（%(error)s）；恢复后定时任务自动补做。") % {"error": type(error).__name__}
        return Check("broker", Level.RED, words)
    return Check("broker", Level.GREEN, _("消息队列正常。"))


def disk() -> Check:
    """Where uploads are kept while they are read, where attachments lie, and the system."""
    try:
        with tempfile.TemporaryFile() as file:  # a disk may have room and yet take nothing
            file.write(bytes(4096))
            file.flush()
        free = min(shutil.disk_usage(folder).free for folder in _folders())
    except OSError as error:
        return Check("disk", Level.RED, _("磁盘无法写入（%(error)s）。") % {"error": error.strerror or ""})
    level = Level.RED if free < DISK_IS_FULL else Level.AMBER if free < DISK_IS_SHORT else Level.GREEN
    megabytes = free // MEGABYTE
    return Check("disk", level, _("磁盘剩余%(free)d MB。") % {"free": megabytes}, {"free_megabytes": megabytes})


def _folders() -> Iterator[str | Path]:
    yield from (tempfile.gettempdir(), settings.BASE_DIR)
    if Path(settings.MEDIA_ROOT).is_dir():  # made with the first attachment
        yield settings.MEDIA_ROOT


def judge(facts: Facts, at: datetime) -> Iterator[Check]:
    yield _tick(facts.ticked_at, at)
    yield _outbox(facts.oldest_due_at, at)
    yield _dead_letters(facts.dead_letters)
    yield _calendar(facts.final_through, facts.last_day, on_date(at))
    yield _audit(facts, at)


def _tick(ticked_at: datetime | None, at: datetime) -> Check:
    if ticked_at is None:  # a new installation: its first minutes are no trouble yet
        is_late = uptime() > TICK_IS_LATE
        words = _("预警扫描还没有运行过。")
        return Check("tick", Level.RED if is_late else Level.AMBER, words, {"age_seconds": None})
    age = max(at - ticked_at, timedelta())
    if age > TICK_IS_LATE:
        level, words = Level.RED, _("预警扫描已%(minutes)d分钟没有运行。") % {"minutes": _minutes(age)}
    else:
        level, words = Level.GREEN, _("预警扫描在%(minutes)d分钟内运行过。") % {"minutes": _minutes(age) + 1}
    return Check("tick", level, words, {"age_seconds": round(age.total_seconds())})


def _outbox(oldest: datetime | None, at: datetime) -> Check:
    if oldest is None:
        return Check("outbox", Level.GREEN, _("没有积压的消息。"), {"age_seconds": 0})
    age = at - oldest
    level = Level.RED if age > OUTBOX_STANDS else Level.AMBER if age > OUTBOX_IS_SLOW else Level.GREEN
    words = _("最早一条待发消息已等待%(minutes)d分钟。") % {"minutes": _minutes(age)}
    return Check("outbox", level, words, {"age_seconds": round(age.total_seconds())})


def _dead_letters(count: int) -> Check:
    if not count:
        return Check("dead_letters", Level.GREEN, _("没有未能送达的消息。"), {"count": 0})
    words = ngettext(
        "%(count)d条消息未能送达，请重新发送或标为不再发送。",
        "%(count)d条消息未能送达，请重新发送或标为不再发送。",
        count,
    ) % {"count": count}
    return Check("dead_letters", Level.RED, words, {"count": count})


def _calendar(final_through: date | None, last_day: date | None, today: date) -> Check:
    """The notice for the next year comes out in autumn; without it no deadline over New Year is sure."""
    if final_through is None or last_day is None:
        return Check("calendar", Level.RED, _("还没有载入工作日历。"), {"final_through": None})
    missing = final_through.year + 1
    level, words = Level.GREEN, _("工作日历已公布至%(year)d年。") % {"year": final_through.year}
    if last_day < today + CALENDAR_REACHES:
        level, words = Level.RED, _("工作日历只到%(last)s，很快将无法登记问题。") % {"last": last_day}
    elif missing <= today.year or (missing == today.year + 1 and _month_and_day(today) > CALENDAR_IS_MISSING):
        level, words = Level.RED, _("%(year)d年的放假安排仍未录入。") % {"year": missing}
    elif missing == today.year + 1 and _month_and_day(today) >= ASK_FOR_CALENDAR:
        level, words = Level.AMBER, _("%(year)d年的放假安排还没有录入，请在12月10日前录入。") % {"year": missing}
    return Check("calendar", level, words, {"final_through": final_through.isoformat()})


def _audit(facts: Facts, at: datetime) -> Check:
    """Whether anybody rewrote the log, as of the last night."""
    if facts.verified_at is None:
        return Check("audit", Level.GREEN, _("审计记录还没有核对过，每天夜里自动核对。"), {"age_seconds": None})
    age = at - facts.verified_at
    values = {"age_seconds": round(age.total_seconds()), "number": facts.verified_number}
    day = on_date(facts.verified_at)
    if not facts.is_sound:
        return Check(
            "audit", Level.RED, _("审计记录在%(day)s核对时发现改动，请联系审计管理员。") % {"day": day}, values
        )
    if age > AUDIT_IS_OLD:
        return Check("audit", Level.AMBER, _("审计记录自%(day)s起没有核对过。") % {"day": day}, values)
    words = _("审计记录在%(day)s核对到第%(number)d号，完整。") % {"day": day, "number": facts.verified_number}
    return Check("audit", Level.GREEN, words, values)


def _month_and_day(day: date) -> tuple[int, int]:
    return day.month, day.day


def uptime() -> timedelta:
    """How long this process has been looking."""
    return timedelta(seconds=time.monotonic() - _began)


def _minutes(age: timedelta) -> int:
    return int(age.total_seconds()) // 60
