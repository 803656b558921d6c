"""B2, B3, B5: the process that sends is really killed, at the worst moment, and the next one carries on."""

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from config.clock import frozen, now
from notices.models import Delivery, DeliveryState
from notices.outbox import deliver
from tests.notices.conftest import SECRET, announce, channel

pytestmark = pytest.mark.processes
BASE_DIR = Path(__file__).resolve().parent.parent.parent
SECONDS = 60


def start_sender(at) -> subprocess.Popen[str]:
    """`manage.py deliver_outbox` on this test's database, as a process of its own."""
    database = connection.settings_dict
    url = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    changes = {
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "WEBHOOK_ALLOW_HOSTS": "127.0.0.1",
        "DATABASE_URL": url,
    }
    return subprocess.Popen(
        [sys.executable, "manage.py", "deliver_outbox", "--json", "--now", at.isoformat()],
        cwd=BASE_DIR,
        env={**os.environ, **changes, "DATABASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_killed_while_the_receiver_has_it_the_message_goes_out_again_with_the_same_id_and_words(committed, receiver):
    announce(channel(address=receiver.url(), secret=SECRET))
    arrived, go_on = threading.Event(), threading.Event()

    def take_and_keep_silent(got):
        arrived.set()
        go_on.wait(SECONDS)

    receiver.on_request = take_and_keep_silent
    sender = start_sender(now())
    assert arrived.wait(SECONDS), sender.communicate()[0]
    sender.send_signal(signal.SIGKILL)
    sender.wait(SECONDS)
    go_on.set()
    receiver.on_request = lambda got: None

    left = Delivery.objects.get()
    assert (left.state, left.attempts, left.leased_until) == (
        DeliveryState.WAITING,
        1,
        now() + timedelta(seconds=60),
    )
    assert deliver() == {}  # still its lease
    with frozen(now() + timedelta(seconds=60)):
        assert deliver() == {"sent": 1}
    first, second = receiver.got
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == str(left.pk)
    assert first.body == second.body


def test_killed_before_it_sent_anything_nothing_is_lost_and_nothing_comes_twice(committed, receiver):
    hook = channel(address=receiver.url())
    for _ in range(3):
        announce(hook)
    with connection.cursor() as cursor:  # the sender stops before its first row
        cursor.execute("BEGIN; LOCK TABLE notices_delivery IN ACCESS EXCLUSIVE MODE")
        sender = start_sender(now())
        with pytest.raises(subprocess.TimeoutExpired):
            sender.wait(6)
        sender.send_signal(signal.SIGKILL)
        sender.wait(SECONDS)
        cursor.execute("ROLLBACK")
    assert receiver.got == []
    finisher = start_sender(now())
    assert finisher.communicate(timeout=SECONDS)[0].strip().splitlines()[-1] == (
        '{"gathered": 3, "sent": 3, "failed": 0, "dead": 0}'
    )
    assert sorted(receiver.ids()) == sorted(str(pk) for pk in Delivery.objects.values_list("pk", flat=True))
    assert len(receiver.got) == 3
