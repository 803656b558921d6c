"""A receiver that is away, slow or refuses: when it is asked again, and who is told."""

from datetime import timedelta

import pytest

from config.clock import frozen, now
from notices.backoff import AFTER, ATTEMPTS_AT_MOST, wait_after
from notices.models import Alert, Channel, ChannelKind, Delivery, DeliveryState, Notice
from notices.outbox import deliver, gather
from notices.sending import claim
from tests.notices.conftest import announce, channel, waiting
from tests.notices.receivers import Reply

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DOWN = Reply(status=503, body=b"")


def only() -> Delivery:
    return Delivery.objects.get()


class TestBackOff:
    def test_the_waits_are_five_seconds_five_minutes_half_an_hour_and_then_an_hour_each_a_little_less(
        self, hook, receiver
    ):
        receiver.reply = DOWN
        row = waiting(hook)
        at, waits = now(), []
        for _ in range(6):
            with frozen(at):
                assert deliver() == {"failed": 1}
                with frozen(at + SECOND / 1000):
                    assert deliver() == {}
            waits.append(only().next_attempt_at - at)
            at = only().next_attempt_at
        assert waits == [wait_after(n, row.pk) for n in range(1, 7)]
        full = [*AFTER, HOUR, HOUR]
        assert full == [5 * SECOND, 5 * MINUTE, 30 * MINUTE, HOUR, HOUR, HOUR]
        assert [0.80 * most <= wait < 0.95 * most for wait, most in zip(waits, full, strict=True)] == [True] * 6
        assert len({wait / most for wait, most in zip(waits, full, strict=True)}) == 6
        assert receiver.ids() == [str(row.pk)] * 6
        assert len({got.body for got in receiver.got}) == 1

    def test_the_receivers_own_wish_for_silence_counts_for_its_whole_channel(self, hook, receiver):
        receiver.replies = [Reply(status=429, headers={"Retry-After": "7200"})]
        first = waiting(hook)
        assert deliver() == {"failed": 1}
        waiting(hook)
        first.refresh_from_db()
        assert (first.next_attempt_at, first.last_error) == (now() + 2 * HOUR, "答复HTTP 429")
        hook.refresh_from_db()
        assert (hook.failing_since, hook.paused_until) == (None, now() + 2 * HOUR)
        with frozen(now() + 2 * HOUR - SECOND):
            assert deliver() == {}
        with frozen(now() + 2 * HOUR):
            assert deliver() == {"sent": 2}

    def test_a_date_in_retry_after_is_understood_and_a_day_is_the_longest(self, hook, receiver):
        receiver.replies = [Reply(status=503, headers={"Retry-After": "Thu, 15 Oct 2026 05:30:00 GMT"})]
        waiting(hook)
        deliver()
        assert only().next_attempt_at == now() + 90 * MINUTE
        receiver.replies = [Reply(status=503, headers={"Retry-After": "9" * 30})]
        with frozen(now() + 90 * MINUTE) as later:
            deliver()
        assert only().next_attempt_at == later + DAY

    @pytest.mark.parametrize("words", ["", "soon", "-5", "１２０"])
    def test_nonsense_in_it_is_not(self, hook, receiver, words):
        row = waiting(hook)
        receiver.replies = [Reply(status=503, headers={"Retry-After": words.encode().decode("latin-1")})]
        deliver()
        assert only().next_attempt_at == now() + wait_after(1, row.pk)

    def test_a_message_that_never_gets_through_is_given_up_after_five_days_of_tries(
        self, hook, receiver, administrator
    ):
        receiver.reply = Reply(status=500)
        waiting(hook, attempts=ATTEMPTS_AT_MOST - 1)
        assert deliver() == {"dead": 1}
        assert only().state == DeliveryState.DEAD

    def test_one_bad_message_does_not_hold_up_the_others(self, hook, receiver):
        poison = waiting(hook)
        for _ in range(3):
            waiting(hook)
        bad = str(poison.pk)
        receiver.on_request = lambda got: setattr(
            receiver, "reply", DOWN if got.headers["webhook-id"] == bad else Reply()
        )
        assert deliver() == {"sent": 3, "failed": 1}
        poison.refresh_from_db()
        assert poison.state == DeliveryState.WAITING
        assert receiver.ids().count(bad) == 1


class TestOutage:
    def test_what_a_receiver_missed_in_24_hours_is_there_within_an_hour_of_its_return_each_once(self, hook, receiver):
        receiver.reply = DOWN
        start, at = now(), now()
        while at < start + DAY:  # a message an hour, and beat every five minutes
            with frozen(at):
                if (at - start) % HOUR == timedelta(0):
                    announce(hook)
                gather(), deliver()
            at += 5 * MINUTE
        assert Delivery.objects.filter(state=DeliveryState.WAITING).count() == 24
        missed, receiver.reply = len(receiver.got), Reply()
        back = at
        while Delivery.objects.filter(state=DeliveryState.WAITING).exists():
            assert at <= back + HOUR
            with frozen(at):
                deliver()
            at += MINUTE
        arrived = receiver.ids()[missed:]
        assert sorted(arrived) == sorted(str(pk) for pk in Delivery.objects.values_list("pk", flat=True))

    def test_one_at_a_time_finds_out_whether_a_failing_channel_is_back(self, hook, receiver):
        Channel.objects.update(failing_since=now())
        waiting(hook), waiting(hook)
        assert claim() is not None
        assert claim() is None

    def test_its_end_brings_forward_what_waits_for_its_next_hour(self, hook, receiver, administrator):
        Channel.objects.update(failing_since=now() - 2 * HOUR)
        for _ in range(5):
            waiting(hook, attempts=4, next_attempt_at=now() + 50 * MINUTE)
        waiting(hook)
        assert deliver() == {"sent": 6}
        hook.refresh_from_db()
        assert hook.failing_since is None

    def test_a_hitch_of_seconds_brings_nothing_forward(self, hook):
        Channel.objects.update(failing_since=now() - MINUTE)
        waiting(hook, attempts=4, next_attempt_at=now() + 50 * MINUTE), waiting(hook)
        assert deliver() == {"sent": 1}

    def test_administrators_are_told_once_after_an_hour_and_again_only_after_a_recovery(
        self, hook, receiver, administrator
    ):
        receiver.reply = DOWN
        waiting(hook)
        deliver()
        with frozen(now() + HOUR - SECOND):
            deliver()
        assert Alert.objects.count() == 0
        for hours in (1, 2, 3):
            with frozen(now() + hours * HOUR):
                deliver()
        told = Notice.objects.get()
        assert (told.recipient, told.kind, told.send_after) == (administrator, "alert", now() + HOUR)
        assert told.sentence == f"通知渠道“{hook.name}”连续1小时发送失败，仍在重试"
        receiver.reply = Reply()
        with frozen(now() + 5 * HOUR):
            deliver()
        assert Alert.objects.filter(closed_at=None).count() == 0
        assert Notice.objects.count() == 1

    def test_after_five_days_it_is_disabled_its_messages_are_dead_and_administrators_are_told(
        self, hook, receiver, administrator
    ):
        receiver.reply = DOWN
        row = waiting(hook)
        for days in (0, 2, 4):
            with frozen(now() + days * DAY):
                assert deliver() == {"failed": 1}
        with frozen(now() + 5 * DAY):  # five days have passed; whether it still fails, this try will tell
            assert deliver() == {"failed": 1}
        hook.refresh_from_db()
        assert hook.is_enabled
        with frozen(now() + 5 * DAY + MINUTE) as later:
            deliver()
        hook.refresh_from_db()
        row.refresh_from_db()
        assert (hook.is_enabled, hook.disabled_at) == (False, later)
        assert (row.state, row.last_error) == (DeliveryState.DEAD, "渠道已停用")
        codes = Alert.objects.filter(closed_at=None).order_by("code").values_list("code", flat=True)
        assert list(codes) == [f"channel-off/{hook.pk}", "dead-letters"]
        assert [n.sentence for n in Notice.objects.filter(data__code__startswith="channel-off")] == [
            f"通知渠道“{hook.name}”连续5天发送失败，已停用，未送达的消息可在恢复后重新发送"
        ]


class TestBlame:
    """A channel fails while something that waits fails: neither a message that ended nor a silence is its fault."""

    def test_a_message_that_ends_at_once_leaves_the_channel_in_good_standing(self, receiver, administrator):
        robot = channel(ChannelKind.DINGTALK, receiver.url())
        receiver.reply = Reply(body=b'{"errcode": 310000}')
        waiting(robot)
        assert deliver() == {"dead": 1}
        with frozen(now() + 6 * DAY):
            deliver()
        robot.refresh_from_db()
        assert (robot.is_enabled, robot.failing_since) == (True, None)

    def test_a_fault_of_ours_is_not_the_channels(self, receiver, administrator):
        robot = channel(ChannelKind.WECOM, receiver.url())
        waiting(robot, content={})
        assert deliver() == {"failed": 1}
        robot.refresh_from_db()
        assert robot.failing_since is None

    def test_it_does_not_fail_on_when_nothing_that_failed_waits_any_more(self, hook, administrator):
        Channel.objects.update(failing_since=now() - 6 * DAY, failed_at=now())
        waiting(hook, next_attempt_at=now() + HOUR), waiting(hook, state=DeliveryState.DEAD, attempts=9)
        deliver()
        hook.refresh_from_db()
        assert (hook.is_enabled, hook.failing_since, hook.failed_at) == (True, None, None)
        assert Alert.objects.count() == 0

    def test_days_on_which_nobody_tried_are_no_failure(self, receiver, administrator):
        """Fails on the eve of a long holiday: the first try after it begins a new count."""
        robot = channel(ChannelKind.WECOM, receiver.url())
        receiver.reply = DOWN
        with frozen("2026-09-30T17:50"):
            waiting(robot)
            assert deliver() == {"failed": 1}
        with frozen("2026-10-06T12:00"):
            assert deliver() == {}
        robot.refresh_from_db()
        assert robot.is_enabled
        with frozen("2026-10-08T09:00") as back:
            assert deliver() == {"failed": 1}
        robot.refresh_from_db()
        assert (robot.is_enabled, robot.failing_since) == (True, back)
