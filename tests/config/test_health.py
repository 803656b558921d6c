"""/healthz and /readyz. Parts that are to fail really fail: a port nobody listens on, a server that stands still."""

import shutil
import socket
import tempfile
import time
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import override_settings

from config import checks
from config.checks import Level
from config.clock import now, parse
from notices.models import Channel, ChannelKind, Delivery, DeliveryState, Heartbeat, Notice
from tests.concurrency import Call
from tests.factories import UserFactory


@pytest.fixture
def ticked(db):
    Heartbeat.objects.update_or_create(job="tick", defaults={"beat_at": now() - timedelta(seconds=30)})


@pytest.fixture
def silent_port():
    """Somebody listens and never says a word."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def answer(client):
    response = client.get("/readyz")
    return response.status_code, response.json()


def levels(body):
    return {name: part["status"] for name, part in body.items() if name != "status"}


def test_healthz_answers_without_a_statement(client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")


def test_readyz_tells_of_every_part(client, ticked):
    status, body = answer(client)
    assert status == 200
    assert body.pop("disk")["free_megabytes"] > 0
    assert body == {
        "status": "green",
        "database": {"status": "green", "sentence": "数据库正常。"},
        "broker": {"status": "green", "sentence": "消息队列正常。"},
        "tick": {"status": "green", "sentence": "预警扫描在1分钟内运行过。", "age_seconds": 30},
        "outbox": {"status": "green", "sentence": "没有积压的消息。", "age_seconds": 0},
        "dead_letters": {"status": "green", "sentence": "没有未能送达的消息。", "count": 0},
        "calendar": {"status": "green", "sentence": "工作日历已公布至2026年。", "final_through": "2026-12-28"},
        "audit": {
            "status": "green",
            "sentence": "审计记录还没有核对过，每天夜里自动核对。",
            "age_seconds": None,
        },
    }


def test_readyz_asks_the_database_once(client, ticked, django_assert_num_queries):
    with django_assert_num_queries(4) as asked:
        client.get("/readyz")
    assert [statement["sql"].split()[0] for statement in asked] == ["SAVEPOINT", "SET", "SELECT", "RELEASE"]


def test_readyz_refuses_to_be_posted_to(client, db):
    assert client.post("/readyz").status_code == 405


@pytest.mark.parametrize(("late", "status", "level"), [(300, 200, "green"), (301, 503, "red")])
def test_a_scan_older_than_five_minutes_is_red(client, ticked, late, status, level):
    Heartbeat.objects.update(beat_at=now() - timedelta(seconds=late))
    code, body = answer(client)
    assert (code, body["tick"]["status"], body["tick"]["age_seconds"]) == (status, level, late)


def test_a_scan_that_never_ran_is_amber_for_the_first_five_minutes(client, db, monkeypatch):
    monkeypatch.setattr(checks, "_began", time.monotonic())
    assert answer(client)[1]["tick"]["status"] == "amber"
    monkeypatch.setattr(checks, "_began", time.monotonic() - 301)
    code, body = answer(client)
    assert (code, body["tick"]) == (503, {"status": "red", "sentence": "预警扫描还没有运行过。", "age_seconds": None})


@pytest.mark.parametrize(
    ("day", "level"),
    [
        ("2026-10-24", "green"),
        ("2026-10-25", "amber"),
        ("2026-12-10", "amber"),
        ("2026-12-11", "red"),
        ("2026-12-31", "red"),
        ("2027-01-02", "red"),
    ],
)
def test_a_missing_next_year_is_amber_from_25_october_and_red_after_10_december(day, level):
    facts = checks.Facts(None, None, 0, final_through=_day("2026-12-28"), last_day=_day("2028-12-31"))
    assert _calendar(facts, day).level == level


def test_a_published_next_year_is_green_to_the_last_day():
    facts = checks.Facts(None, None, 0, final_through=_day("2027-12-28"), last_day=_day("2028-12-31"))
    assert _calendar(facts, "2026-12-31").level == Level.GREEN


def test_less_than_a_quarter_of_calendar_is_red_whatever_is_published():
    facts = checks.Facts(None, None, 0, final_through=_day("2026-12-28"), last_day=_day("2026-12-31"))
    assert _calendar(facts, "2026-10-02").level == Level.GREEN
    assert _calendar(facts, "2026-10-03").level == Level.RED


def test_no_calendar_at_all_is_red():
    assert _calendar(checks.Facts(None, None, 0, None, None), "2026-10-15").level == Level.RED


def _day(text):
    return date.fromisoformat(text)


def _calendar(facts, day):
    return next(check for check in checks.judge(facts, parse(f"{day}T12:00")) if check.name == "calendar")


def message(**fields):
    channel = Channel.objects.create(name="群", kind=ChannelKind.WEBHOOK, address="https://example.com/hook")
    values = {"state": DeliveryState.WAITING, "next_attempt_at": now(), "created_at": now(), **fields}
    return Delivery.objects.create(channel=channel, content={}, **values)


def test_dead_letters_are_red_and_counted(client, ticked):
    message(state=DeliveryState.DEAD)
    code, body = answer(client)
    assert (code, body["dead_letters"]["status"], body["dead_letters"]["count"]) == (503, "red", 1)


@pytest.mark.parametrize(("minutes", "level"), [(5, "green"), (6, "amber"), (60, "amber"), (61, "red")])
def test_the_outbox_is_as_old_as_the_oldest_message_that_should_have_gone(client, ticked, minutes, level):
    message(next_attempt_at=now() - timedelta(minutes=minutes))
    part = answer(client)[1]["outbox"]
    assert (part["status"], part["age_seconds"]) == (level, minutes * 60)


def test_what_waits_for_its_time_its_next_try_or_an_address_is_no_backlog(client, ticked):
    hour = timedelta(hours=1)
    Channel.objects.create(name="邮件", kind=ChannelKind.MAIL)
    entry = {"kind": "nearing", "url": "/", "created_at": now() - hour}
    Notice.objects.create(recipient=UserFactory(email=""), cause="a", send_after=now() - hour, **entry)
    reader = UserFactory(email="officer@example.com")
    Notice.objects.create(recipient=reader, cause="b", send_after=now() + hour, **entry)
    Notice.objects.create(recipient=reader, cause="c", send_after=None, **entry)
    message(next_attempt_at=now() + hour)
    assert answer(client)[1]["outbox"]["age_seconds"] == 0
    Notice.objects.create(recipient=reader, cause="d", send_after=now() - hour, **entry)
    assert answer(client)[1]["outbox"]["age_seconds"] == 3600


@override_settings(REDIS_URL="redis://127.0.0.1:1/0")
def test_a_broker_that_refuses_is_named(client, ticked):
    code, body = answer(client)
    assert code == 503
    assert body["broker"] == {
        "status": "red",
        "sentence": "消息队列没有应答（ConnectionError）；恢复后定时任务自动补做。",
    }
    assert {name for name, level in levels(body).items() if level == "red"} == {"broker"}


def test_a_broker_that_says_nothing_is_not_waited_for(client, ticked, silent_port):
    with override_settings(REDIS_URL=f"redis://127.0.0.1:{silent_port}/0"):
        began = time.monotonic()
        part = answer(client)[1]["broker"]
    assert part["status"] == "red"
    assert time.monotonic() - began < 3


def test_a_database_that_says_nothing_is_not_waited_for(client, ticked, silent_port, monkeypatch):
    silent = SimpleNamespace(settings_dict={"HOST": "127.0.0.1", "PORT": str(silent_port)})
    monkeypatch.setattr(checks, "connection", silent)
    began = time.monotonic()
    response = client.get("/readyz")
    assert time.monotonic() - began < 3
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert {name: level for name, level in levels(response.json()).items() if level == "green"} == {
        "broker": "green",
        "disk": "green",
    }


def test_a_table_that_is_locked_is_not_waited_for(client, committed):
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("LOCK TABLE notices_heartbeat IN ACCESS EXCLUSIVE MODE")
        try:
            began = time.monotonic()
            body = Call(lambda: answer(client)).result()[1]
        finally:
            cursor.execute("ROLLBACK")
    assert body["database"] == {"status": "red", "sentence": "数据库没有应答（OperationalError）。"}
    assert time.monotonic() - began < 5


def test_a_disk_that_takes_nothing_is_red_and_a_short_one_amber(monkeypatch):
    def usage(free):
        monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=free))
        return checks.disk().level

    assert usage(3000 * checks.MEGABYTE) == Level.GREEN
    assert usage(2000 * checks.MEGABYTE) == Level.AMBER
    assert usage(500 * checks.MEGABYTE) == Level.RED
    monkeypatch.setattr(tempfile, "tempdir", "/proc/no-such-folder")
    assert checks.disk().level == Level.RED
