"""The worker, beat and the broker between them: killed, doubled, away.

They live by the real clock. So what they find is long due: issues of autumn 2025, whenever the test runs.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from celery import Celery
from django.db.models import F
from django.test import override_settings
from django.utils import timezone

from config.checks import Level, broker
from config.clock import frozen
from config.servers import Valkey, free_port
from issues.models import Warning as IssueWarning
from issues.tasks import tick
from issues.tick import tick as scan
from notices.models import Announcement, Delivery, DeliveryState, Heartbeat, Notice, NoticeKind
from notices.outbox import gather
from notices.tasks import deliver_outbox
from tests.concurrency import real_commits, wait_until_blocked
from tests.factories import OfficerFactory, make_visit
from tests.faults.processes import environment, gate, kill, start, wait_until, wait_until_alone
from tests.faults.world import build, sent, told, warnings

LONG_AGO = "2025-10-16T12:00"
WORKER = ("celery", "-A", "config", "worker", "--concurrency", "2", "--loglevel", "WARNING")
BEAT = ("celery", "-A", "config", "beat", "--loglevel", "WARNING", "--pidfile=", "--schedule")


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    """A broker of its own, which keeps its queue."""
    server = Valkey(tmp_path, free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def work(committed, valkey, receiver, tmp_path) -> Callable[..., Any]:
    """`work()` is a worker, `work(*words)` another process, for the length of the block."""
    env = environment(**valkey.environment, **receiver.environment)

    @contextmanager
    def working(*words: str) -> Iterator[Any]:
        process = start(*(words or WORKER), env=env, log=tmp_path / "processes.log")
        try:
            yield process
        finally:
            kill(process)

    return working


@pytest.fixture
def post(valkey) -> Callable[[Any], None]:
    """Puts a task into the queue, as beat does."""
    app = Celery(broker=valkey.environment["REDIS_URL"], set_as_current=False)

    def send(task: Any) -> None:
        with app.connection_for_write() as connection:
            app.send_task(task.name, connection=connection)

    return send


@pytest.fixture
def waiting(valkey) -> Callable[[], int]:
    """How many tasks nobody has taken."""

    def count() -> int:
        with redis.Redis.from_url(valkey.environment["REDIS_URL"]) as client:
            return int(client.llen("celery"))

    return count


def said() -> tuple[Counter[Any], ...]:
    """What was announced, and who was told: all but the digests, which are written in office hours only."""
    who = Counter(
        {line: n for line, n in told()["notices"].items() if f" {NoticeKind.DIGEST} " not in line},
    )
    return warnings(), who, told()["announcements"]


@pytest.fixture
def expected(committed, receiver) -> tuple[Counter[Any], ...]:
    """What comes out when nothing goes wrong."""
    with real_commits():
        build(receiver, begins=LONG_AGO)
        with frozen(timezone.now()):
            scan()
        return said()


def beats(job: str) -> int:
    return Heartbeat.objects.filter(job=job, beat_at__gt=timezone.now() - timedelta(minutes=1)).count()


def office_hours() -> None:
    """What waits for the morning may go, whatever the hour of this run."""
    for entries in (Notice.objects, Announcement.objects):
        waiting = entries.filter(send_after__isnull=False)
        waiting.update(send_after=timezone.now() - timedelta(minutes=1), is_urgent=True)


def test_the_same_scan_delivered_three_times_says_everything_once(expected, work, post, waiting, receiver):
    build(receiver, begins=LONG_AGO)
    for _ in range(3):
        post(tick)
    with work():
        with gate("before INSERT issues_warning"):
            wait_until_blocked(2)  # each of the worker's processes has one
        wait_until(lambda: not waiting(), "the third one is taken, too")
        wait_until(lambda: beats("tick"), "the scans are done")
        wait_until_alone()
        assert said() == expected


def test_a_worker_killed_in_a_scan_and_in_a_delivery_loses_and_doubles_nothing(expected, work, post, receiver):
    build(receiver, begins=LONG_AGO)
    post(tick)
    with gate("before INSERT notices_notice"), work():
        wait_until_blocked()
    assert not IssueWarning.objects.exists()
    post(tick)  # beat's next
    with receiver.silent(), work():
        wait_until(lambda: beats("tick"), "the scan is done")
        office_hours()
        post(deliver_outbox)
        wait_until(lambda: receiver.arrived, "the receiver has the first message")
    assert said() == expected
    interrupted = receiver.ids
    Delivery.objects.filter(leased_until__isnull=False).update(leased_until=F("leased_until") - timedelta(minutes=1))
    post(deliver_outbox)
    with work():
        wait_until(lambda: not Delivery.objects.exclude(state=DeliveryState.SENT).exists(), "everything is sent")
        wait_until(lambda: beats("outbox"), "the delivery is done")
    assert said() == expected
    assert receiver.ids == sent() > interrupted
    assert (receiver.repeats, receiver.contradictions) == (len(interrupted), [])


def test_with_two_beats_and_a_broker_that_dies_everything_goes_out_once_after_its_return(
    expected, work, valkey, receiver, tmp_path
):
    build(receiver, begins=LONG_AGO)
    with frozen(timezone.now()):
        scan()
    office_hours()
    with work(), work(*BEAT, str(tmp_path / "one")), work(*BEAT, str(tmp_path / "two")):
        valkey.process.kill()
        valkey.process.wait()
        with override_settings(REDIS_URL=valkey.environment["REDIS_URL"]):
            assert broker().level == Level.RED
            make_visit(OfficerFactory())  # nobody who writes asks the broker for anything
            valkey.start()
            assert broker().level == Level.GREEN
        wait_until(lambda: beats("outbox"), "beat, broker and worker have found each other again", seconds=120)
        wait_until(lambda: not Delivery.objects.exclude(state=DeliveryState.SENT).exists(), "everything is sent")
    assert said() == expected
    assert receiver.ids == sent() != set()
    assert receiver.repeats == 0
    assert gather() == 0
