"""The minute's watch: one notice a trouble, whoever runs it how often; and the page that shows the same."""

from datetime import timedelta

import pytest

from accounts.models import Role
from audit.models import Verification
from audit.tasks import verify_audit
from config import checks
from config.clock import frozen, now, parse
from config.watch import watch
from notices.models import Alert, Channel, ChannelKind, Delivery, DeliveryState, Heartbeat, Notice
from tests.concurrency import at_once
from tests.factories import OfficerFactory, UserFactory

MINUTE = timedelta(minutes=1)


@pytest.fixture
def administrator(db):
    UserFactory(role=Role.SECURITY_ADMIN, unit=None)
    UserFactory(role=Role.SYSTEM_ADMIN, unit=None, is_active=False)
    return UserFactory(role=Role.SYSTEM_ADMIN, unit=None)


def run(start, times, *, ticks=True):
    """Every minute from `start` on, with or without a scan before it."""
    for minute in range(times):
        with frozen(parse(start) + minute * MINUTE):
            if ticks:
                Heartbeat.objects.update_or_create(job="tick", defaults={"beat_at": now()})
            watch()


def told(user):
    return [notice.sentence for notice in Notice.objects.filter(recipient=user).order_by("pk")]


def alerts():
    """Code and whether it is open."""
    return [(alert.code, alert.closed_at is None) for alert in Alert.objects.order_by("pk")]


def test_a_system_that_runs_tells_nobody_anything(administrator):
    run("2026-10-15T12:00", 3)
    assert (alerts(), Notice.objects.count()) == ([], 0)


def test_a_hundred_runs_tell_each_administrator_once_of_a_missing_year(administrator):
    run("2026-12-11T08:00", 100)
    assert alerts() == [("calendar-missing", True)]
    assert told(administrator) == ["工作日历缺少2027年的放假安排，跨年的到期日无法确定，请尽快录入"]
    assert Notice.objects.count() == 1


def test_the_reminder_of_october_becomes_a_trouble_in_december(administrator):
    run("2026-10-24T23:59", 2)
    run("2026-12-10T23:59", 2)
    assert [each for each in alerts() if each[0] != "tick-late"] == [
        ("calendar-due", False),
        ("calendar-missing", True),
    ]


def test_dead_letters_are_told_once_and_again_when_they_come_back(administrator):
    channel = Channel.objects.create(name="群", kind=ChannelKind.WEBHOOK, address="https://example.com/hook")
    Delivery.objects.create(
        channel=channel, content={}, state=DeliveryState.DEAD, next_attempt_at=now(), created_at=now()
    )
    run("2026-10-15T12:00", 5)
    Delivery.objects.update(state=DeliveryState.GIVEN_UP)
    run("2026-10-15T12:05", 5)
    assert alerts() == [("dead-letters", False)]
    Delivery.objects.update(state=DeliveryState.DEAD)
    run("2026-10-15T12:10", 5)
    assert alerts() == [("dead-letters", False), ("dead-letters", True)]
    assert len(told(administrator)) == 2


def test_a_scan_that_stops_is_told_with_the_moment_it_stopped(administrator):
    run("2026-10-15T12:00", 2)
    run("2026-10-15T12:02", 10, ticks=False)
    assert alerts() == [("tick-late", True)]
    assert told(administrator) == ["预警扫描自2026-10-15 12:01起没有按时运行，恢复后自动补做"]
    run("2026-10-15T12:12", 2)
    assert alerts() == [("tick-late", False)]


def test_a_weekend_without_any_job_is_told_once_after_it(administrator):
    run("2026-10-15T18:00", 3)
    run("2026-10-18T09:00", 30)
    assert alerts() == [("tick-late", False)]
    assert told(administrator) == ["预警扫描自2026-10-15 18:02起没有按时运行，恢复后自动补做"]


def test_a_full_disk_is_told_once(administrator, monkeypatch):
    monkeypatch.setattr(checks, "DISK_IS_SHORT", 2**60)
    run("2026-10-15T12:00", 4)
    assert told(administrator) == ["磁盘空间不足，请清理或扩容"]


def test_the_first_run_of_all_is_no_gap(administrator, monkeypatch):
    monkeypatch.setattr(checks, "uptime", lambda: timedelta(minutes=1))  # later on a tick would be missing
    with frozen("2026-10-15T12:00"):
        watch()
    assert alerts() == []


def test_two_watchers_at_once_tell_once(committed):
    UserFactory(role=Role.SYSTEM_ADMIN, unit=None)
    with frozen("2026-12-11T08:00", everywhere=True):
        Heartbeat.objects.create(job="tick", beat_at=now())
        assert at_once(*[watch] * 4) == [None] * 4
    assert alerts() == [("calendar-missing", True)]
    assert Notice.objects.count() == 1


def test_nothing_is_decided_without_the_database(administrator, monkeypatch):
    def away():
        raise OSError

    run("2026-12-11T08:00", 1)
    monkeypatch.setattr(checks, "ask_database", away)
    with frozen("2026-12-20T08:00"):
        watch()
    assert alerts() == [("calendar-missing", True)]
    assert Heartbeat.objects.get(job="watch").beat_at == parse("2026-12-11T08:00")


class TestStatusPage:
    def test_it_shows_every_part_and_the_alerts(self, administrator, sign_in):
        run("2026-10-15T18:00", 3)
        run("2026-12-11T08:00", 2)
        with frozen("2026-12-11T08:02"):
            page = sign_in(administrator).get("/status/")
        assert page.status_code == 200
        text = page.content.decode()
        for words in ("数据库正常。", "消息队列正常。", "2027年的放假安排仍未录入。", "工作日历缺少2027年的放假安排"):
            assert words in text
        assert [sentence for _alert, sentence in page.context["past_alerts"]] == [
            "预警扫描自2026-10-15 18:02起没有按时运行，恢复后自动补做"
        ]
        assert page.context["level"]["css"] == "late"

    def test_it_is_the_system_administrators_alone(self, administrator, sign_in, client):
        for user in (OfficerFactory().user, UserFactory(role=Role.BUREAU_STAFF), UserFactory(role=Role.AUDIT_ADMIN)):
            assert sign_in(user).get("/status/").status_code == 403
        assert client.get("/status/")["Location"] == "/sign-in/?next=/status/"
        assert sign_in(administrator).post("/status/").status_code == 405


class TestAuditChain:
    def test_a_broken_chain_is_told_once_until_it_is_sound_again(self, administrator):
        faults = [{"number": 3, "kind": "altered", "count": 1}]
        Verification.objects.create(at=now(), number=7, hash=b"", is_sound=False, faults=faults, milliseconds=1)
        run("2026-10-15T12:00", 5)
        assert alerts() == [("audit-broken", True)]
        assert told(administrator) == ["审计记录核对时发现改动，请保留现场并联系审计管理员"]
        Verification.objects.create(at=now(), number=7, hash=b"", is_sound=True, milliseconds=1)
        run("2026-10-15T12:05", 2)
        assert alerts() == [("audit-broken", False)]

    def test_the_nightly_job_keeps_what_it_found(self, db):
        verify_audit()
        assert (Verification.objects.get().number, Verification.objects.get().is_sound) == (0, True)
