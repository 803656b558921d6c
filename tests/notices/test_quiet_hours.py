"""At night and on days off nothing rings but what is urgent, whenever it was written; machines are told at any hour."""

from datetime import timedelta

import pytest

from config.clock import frozen, now
from notices.models import Announcement, Channel, ChannelKind, Delivery, DeliveryState, Notice
from notices.outbox import deliver, gather
from notices.reconcile import reconcile_outbox
from notices.services import open_alert, send_test
from tests.factories import UserFactory
from tests.notices.conftest import announce, channel, notify, waiting
from tests.notices.receivers import Reply

FRIDAY, NIGHT, MONDAY = "2026-10-16T17:59", "2026-10-17T02:30", "2026-10-19T08:30"
DOWN = Reply(status=503, body=b"")
NO = Reply(body=b'{"errcode": 0}')


@pytest.fixture
def person(db):
    return UserFactory(email="chen@liandian.example")


@pytest.fixture
def robot(db, receiver):
    receiver.reply = NO
    return channel(ChannelKind.WECOM, receiver.url())


def test_what_was_written_in_office_hours_and_found_nobody_at_work_waits_for_the_morning(
    person, robot, mailbox, receiver
):
    with frozen(FRIDAY):
        notify(person), announce(robot)
    for closed in ("2026-10-16T18:00", NIGHT, "2026-10-18T12:00", "2026-10-19T08:29:59"):
        with frozen(closed):
            assert (gather(), deliver()) == (0, {})
            assert list(reconcile_outbox()) == []
    with frozen(MONDAY):
        assert (gather(), deliver()) == (2, {"sent": 2})


def test_what_was_gathered_in_office_hours_and_not_sent_waits_too(person, robot, mailbox, receiver):
    with frozen(FRIDAY):
        notify(person), announce(robot)
        assert gather() == 2
    with frozen(NIGHT):
        assert deliver() == {}
        assert list(reconcile_outbox()) == []
    with frozen(MONDAY):
        assert deliver() == {"sent": 2}


def test_what_is_urgent_rings_at_night_and_takes_nothing_else_along(person, robot, mailbox, receiver):
    with frozen(FRIDAY):
        notify(person), announce(robot)
        gather()  # one of each waits, and does not stand in the way
        notify(person), announce(robot)
    with frozen(NIGHT):
        urgent = notify(person, is_urgent=True), announce(robot, is_urgent=True)
        assert (gather(), deliver()) == (2, {"sent": 2})
        sent = Delivery.objects.filter(state=DeliveryState.SENT)
        assert set(sent.values_list("is_urgent", flat=True)) == {True}
        assert [Notice.objects.get(delivery__in=sent), Announcement.objects.get(delivery__in=sent)] == list(urgent)
    with frozen(MONDAY):
        gather()
        assert deliver() == {"sent": 2}
        assert (gather(), deliver()) == (2, {"sent": 2})


def test_another_system_is_told_at_any_hour(hook, receiver):
    with frozen(NIGHT):
        announce(hook)
        receiver.replies = [DOWN]
        assert (gather(), deliver()) == (1, {"failed": 1})
        with frozen(now() + timedelta(seconds=5)):
            assert deliver() == {"sent": 1}


def test_a_try_that_fails_at_closing_time_is_followed_by_one_in_the_morning(robot, receiver):
    receiver.reply = DOWN
    with frozen("2026-10-16T17:59:58"):
        waiting(robot)
        assert deliver() == {"failed": 1}
    with frozen(MONDAY) as morning:
        assert Delivery.objects.get().next_attempt_at == morning


def test_the_end_of_an_outage_at_night_brings_forward_only_what_is_urgent(robot, receiver):
    with frozen(NIGHT) as night, frozen(MONDAY) as morning, frozen(night):
        Channel.objects.update(failing_since=night - timedelta(hours=9), failed_at=night)
        held = waiting(robot, next_attempt_at=morning, attempts=5)
        urgent = waiting(robot, next_attempt_at=night + timedelta(hours=1), attempts=2, is_urgent=True)
        first = waiting(robot, is_urgent=True)
        assert deliver() == {"sent": 2}
    states = dict(Delivery.objects.values_list("pk", "state"))
    assert states == {held.pk: "waiting", urgent.pk: "sent", first.pk: "sent"}
    held.refresh_from_db()
    assert held.next_attempt_at == morning


@pytest.mark.at(NIGHT)
def test_administrators_hear_of_trouble_and_of_their_own_test_at_once(administrator, robot, mailbox, receiver):
    administrator.email = "admin@liandian.example"
    administrator.save(update_fields=["email"])
    open_alert("something-new", {"words": "预警扫描已超过5分钟没有运行"})
    send_test(robot, administrator)
    assert (gather(), deliver()) == (1, {"sent": 2})


@pytest.mark.at("2026-10-10T12:00")
def test_a_saturday_that_is_worked_is_no_day_off(person, mailbox):
    notify(person)
    assert (gather(), deliver()) == (1, {"sent": 1})


@pytest.mark.at("2026-10-01T12:00")
def test_a_thursday_that_is_a_holiday_is(person, mailbox):
    notify(person)
    assert gather() == 0
