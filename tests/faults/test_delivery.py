"""Delivery is killed at every point: nothing is lost, and what arrives again is recognised by its id."""

import json
import signal
from collections import Counter
from datetime import timedelta
from itertools import product

import pytest

from config import clock
from notices.models import Delivery, DeliveryState, Notice
from tests.concurrency import real_commits, wait_until_blocked
from tests.faults.processes import end_whoever_waits, gate, kill_at, wait_until, wait_until_alone
from tests.faults.world import MORNINGS, build, rows, sent

MORNING, END = "2026-10-30T09:00", "2026-11-30T12:00"
# In the order in which mails and calls of the hook are written down; the commit that is on its way is the last.
GATHERING = (
    *("before INSERT notices_delivery", "after UPDATE notices_notice", "at the commit of INSERT notices_delivery"),
    *("before UPDATE notices_announcement", "at the commit of UPDATE notices_announcement"),
)
CLAIMING = "before UPDATE notices_delivery"


def after(seconds, instant=MORNING):
    return (clock.parse(instant) + timedelta(seconds=seconds)).isoformat()


def deliver(zygote, seconds):
    return json.loads(zygote.run("deliver_outbox", "--now", after(seconds), "--json"))


@pytest.fixture
def announced(zygote, receiver):
    """A morning's warnings wait to be sent: one mail a person, one call of the hook each."""
    build(receiver)
    zygote.run("tick", "--now", MORNING)


@pytest.fixture
def expected(zygote, receiver):
    """What comes out when nothing goes wrong."""
    with real_commits():
        build(receiver)
        zygote.run("tick", "--now", MORNING)
        deliver(zygote, 1)
        quiet = rows()
    receiver.arrived.clear()
    return quiet


def test_a_quiet_delivery_sends_everything_once(announced, zygote, receiver):
    result = deliver(zygote, 1)
    assert (result["failed"], result["dead"]) == (0, 0)
    assert len(receiver.arrived) == result["sent"] == Delivery.objects.count() > 5
    assert receiver.ids == sent()
    assert not Notice.objects.filter(delivery=None, send_after__lte=after(1)).exists()
    assert zygote.run("reconcile", "--now", END) == "the books balance\n"


def test_killed_at_any_point_before_it_sent_anything_it_loses_nothing(expected, announced, zygote, receiver):
    for point in (*GATHERING, CLAIMING):
        kill_at(point, lambda: zygote.begin("deliver_outbox", "--now", after(1)))
        assert receiver.arrived == [], point
    deliver(zygote, 2)
    assert rows() == expected
    assert receiver.repeats == 0
    assert receiver.ids == sent()


def test_killed_while_the_receiver_thinks_it_is_sent_again_under_the_same_id_when_the_lease_is_out(
    expected, announced, zygote, receiver
):
    with receiver.silent():
        victim = zygote.begin("deliver_outbox", "--now", after(1))
        wait_until(lambda: receiver.arrived, "the receiver has the first message")
        victim.kill()
        assert victim.wait() == -signal.SIGKILL
    (first,) = receiver.ids
    deliver(zygote, 30)
    assert Delivery.objects.get(pk=first).state == DeliveryState.WAITING
    deliver(zygote, 62)
    assert Counter(number for number, _said in receiver.arrived)[first] == 2
    assert (receiver.repeats, receiver.contradictions) == (1, [])
    assert receiver.ids == sent()
    assert rows() == expected


def test_killed_between_the_receivers_yes_and_its_own_note_it_is_sent_again_under_the_same_id(
    expected, announced, zygote, receiver
):
    with receiver.silent():
        victim = zygote.begin("deliver_outbox", "--now", after(1))
        wait_until(lambda: receiver.arrived, "the receiver has the first message")
        with gate("before UPDATE notices_delivery"):
            receiver.may_answer.set()
            wait_until_blocked()
            victim.kill()
            assert victim.wait() == -signal.SIGKILL
            end_whoever_waits()  # else the server would finish the note of the dead
    deliver(zygote, 62)
    assert receiver.repeats == 1
    assert receiver.contradictions == []
    assert receiver.ids == sent()
    assert rows() == expected


def test_three_deliveries_at_once_send_everything_once(expected, announced, zygote, receiver):
    with gate("before INSERT notices_delivery"):
        commands = [zygote.begin("deliver_outbox", "--now", after(1)) for _ in range(3)]
        wait_until_blocked(3)
    assert [command.wait() for command in commands] == [0, 0, 0]
    assert rows() == expected
    assert receiver.repeats == 0
    assert receiver.ids == sent()


def test_random_kills_lose_and_double_nothing(zygote, receiver, dice, is_long):
    """Every command of a month is killed at random moments until it comes through; 50 kills, or a handful."""
    wanted, mornings = (50, MORNINGS) if is_long else (6, MORNINGS[1:4])
    with real_commits():
        build(receiver)
        for morning in mornings:
            zygote.run("tick", "--now", morning)
            zygote.run("deliver_outbox", "--now", after(5, morning))
        expected = rows()
    receiver.arrived.clear()

    build(receiver)
    kills = 0
    for number, (morning, name) in enumerate(product(mornings, ("tick", "deliver_outbox")), start=1):
        # A dead sender's lease runs out before its successor comes.
        passed, pause = (0, 0) if name == "tick" else (5, 70)
        while kills < wanted * number // (2 * len(mornings)):
            kills += _begin_and_kill(zygote, dice, name, after(passed, morning))
            passed += pause
        zygote.run(name, "--now", after(passed, morning))
    assert kills == wanted
    assert rows() == expected
    assert receiver.repeats <= kills
    assert receiver.contradictions == []
    assert receiver.ids == sent()
    assert zygote.run("reconcile", "--now", END) == "the books balance\n"


def _begin_and_kill(zygote, dice, name, instant):
    """1 if the kill came in time, 0 if the command was faster."""
    victim = zygote.begin(name, "--now", instant)
    try:
        wait_until(lambda: not victim.is_running(), "it is done", seconds=dice.uniform(0.02, 0.5))
    except AssertionError:
        victim.kill()
    code = victim.wait()
    assert code in (0, -signal.SIGKILL), victim.output.read_text()
    wait_until_alone()
    return int(code != 0)
