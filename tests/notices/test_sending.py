"""Claims, leases, limits, back-off: whatever fails, the message goes out, and a repeat can be told by its id."""

import logging
import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from accounts.models import User
from config.clock import frozen, now
from notices import sending
from notices.models import Channel, ChannelKind, Delivery, DeliveryState, Notice, Try
from notices.outbox import deliver, gather
from notices.sending import claim
from notices.services import resend
from tests.concurrency import Call, at_once, wait_until_blocked
from tests.factories import UserFactory
from tests.notices.conftest import channel, notify, waiting
from tests.notices.receivers import Reply

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DOWN = Reply(status=503, body=b"")


def only() -> Delivery:
    return Delivery.objects.get()


class TestSuccess:
    def test_it_is_recorded_with_its_moment_and_not_sent_again(self, hook, receiver):
        waiting(hook)
        assert deliver() == {"sent": 1}
        sent = only()
        assert (sent.state, sent.sent_at, sent.leased_until, sent.attempts) == (DeliveryState.SENT, now(), None, 1)
        assert deliver() == {}
        assert receiver.ids() == [str(sent.pk)]

    def test_mail_arrives_with_the_deliverys_id(self, db, mailbox):
        person = UserFactory(name="陈思远", email="chen@liandian.example")
        notify(person)
        gather()
        assert deliver() == {"sent": 1}
        (mail,) = mailbox.got
        assert mailbox.to == ["chen@liandian.example"]
        assert mail["Message-ID"] == f"<{only().pk}@testserver>"
        assert mail["Subject"].strip() == "联点：问题 2026-000007 逾期，到期日是10月13日"
        assert mail["To"] == "陈思远 <chen@liandian.example>"
        assert mail.get_content().splitlines()[0] == "陈思远："

    def test_nothing_to_do_costs_two_statements(self, hook, django_assert_num_queries):
        with django_assert_num_queries(2):
            assert deliver() == {}


class TestLease:
    def test_what_somebody_is_sending_is_left_alone_for_a_minute(self, hook, receiver):
        row = waiting(hook)
        taken = claim()
        assert taken is not None
        assert (taken.pk, taken.leased_until, taken.attempts) == (row.pk, now() + MINUTE, 1)
        assert deliver() == {}
        with frozen(now() + MINUTE - SECOND):
            assert deliver() == {}
        with frozen(now() + MINUTE):
            assert deliver() == {"sent": 1}
        assert receiver.ids() == [str(row.pk)]
        assert only().attempts == 2

    def test_who_comes_back_after_the_lease_does_not_undo_the_others_success(self, hook):
        waiting(hook)
        late = claim()
        assert late is not None
        with frozen(now() + MINUTE) as later:
            deliver()
        late.channel.address = "http://127.0.0.1:9/"  # nobody listens there
        with frozen(now() + 2 * MINUTE):
            assert sending.attempt(late) == "failed"
        assert (only().state, only().sent_at) == (DeliveryState.SENT, later)

    def test_who_fails_after_the_lease_does_not_end_the_lease_of_the_next(self, hook, receiver):
        waiting(hook)
        late = claim()
        assert late is not None
        receiver.reply = DOWN
        with frozen(now() + MINUTE) as later:
            assert claim() is not None
            assert sending.attempt(late) == "failed"
            assert claim() is None
        assert (only().leased_until, only().attempts) == (later + MINUTE, 2)

    def test_what_is_just_being_recorded_is_neither_waited_for_nor_taken(self, committed):
        row = waiting(channel(), leased_until=now() - SECOND, attempts=1)
        locked, go_on = threading.Event(), threading.Event()

        def record() -> None:
            with transaction.atomic():
                mine = Delivery.objects.select_for_update().get(pk=row.pk)
                locked.set()
                go_on.wait(20)
                mine.state, mine.sent_at = DeliveryState.SENT, now()
                mine.save(update_fields=["state", "sent_at"])

        recorder = Call(record)
        assert locked.wait(20)
        assert claim() is None
        go_on.set()
        recorder.result()
        assert claim() is None
        assert only().attempts == 1

    def test_the_message_is_sent_outside_any_transaction(self, committed, receiver):
        waiting(channel(address=receiver.url()))
        during = []
        receiver.on_request = lambda got: during.append((connection.in_atomic_block, only().attempts))
        deliver()
        assert during == [(False, 1)]  # on the receiver's own connection the claim is committed already


class TestLimit:
    def test_no_more_than_the_channels_number_in_any_minute(self, hook, receiver):
        Channel.objects.update(per_minute=20)
        for _ in range(50):
            waiting(hook)
        assert deliver() == {"sent": 20}
        with frozen(now() + MINUTE - SECOND):
            assert deliver() == {}
        with frozen(now() + MINUTE):
            assert deliver() == {"sent": 20}
        with frozen(now() + 2 * MINUTE):
            assert deliver() == {"sent": 10}
        assert len(set(receiver.ids())) == 50

    def test_a_failed_try_counts_too(self, hook, receiver):
        Channel.objects.update(per_minute=1)
        first, second = waiting(hook), waiting(hook)
        receiver.reply = DOWN
        assert deliver() == {"failed": 1}
        assert [row.attempts for row in Delivery.objects.order_by("-attempts")] == [1, 0]
        assert {first.pk, second.pk} == set(Delivery.objects.values_list("pk", flat=True))

    def test_three_deliverers_at_once_keep_it_and_send_nothing_twice(self, committed, receiver):
        hook = channel(address=receiver.url(), per_minute=20)
        for _ in range(30):
            waiting(hook)
        tallies = at_once(deliver, deliver, deliver)
        assert sum(tally["sent"] for tally in tallies) == 20
        assert len(receiver.ids()) == len(set(receiver.ids())) == 20

    def test_two_who_claim_at_once_count_one_after_the_other(self, committed):
        hook = channel(per_minute=1)
        waiting(hook), waiting(hook)
        with transaction.atomic():
            Channel.objects.select_for_update().get(pk=hook.pk)
            claims = [Call(claim), Call(claim)]
            wait_until_blocked(2)
        assert sorted(one.result() is None for one in claims) == [False, True]

    def test_without_the_channels_lock_both_would_find_room(self, committed, monkeypatch):
        """The control: the same two claims where nothing makes them count one after the other."""
        hook = channel(per_minute=1)
        waiting(hook), waiting(hook)
        both_have_counted, has_room = threading.Barrier(2), sending._has_room

        def count_and_meet(*args):
            answer = has_room(*args)
            both_have_counted.wait(20)
            return answer

        monkeypatch.setattr(sending, "_locked", lambda pk: Channel.objects.get(pk=pk))
        monkeypatch.setattr(sending, "_has_room", count_and_meet)
        assert [one is None for one in at_once(claim, claim)] == [False, False]
        assert Try.objects.count() == 2

    def test_every_try_counts_also_those_of_one_message(self, hook, receiver):
        Channel.objects.update(per_minute=2)
        waiting(hook)
        receiver.reply = DOWN
        assert deliver() == {"failed": 1}
        with frozen(now() + 5 * SECOND):
            assert deliver() == {"failed": 1}
        resend_of_a_dead_one = waiting(hook)
        with frozen(now() + MINUTE - SECOND):
            assert deliver() == {}
        receiver.reply = Reply()
        with frozen(now() + MINUTE):
            assert deliver() == {"sent": 1}
        assert receiver.ids()[-1] == str(resend_of_a_dead_one.pk)

    def test_dead_letters_sent_anew_keep_to_it(self, receiver, administrator):
        robot = channel(ChannelKind.DINGTALK, receiver.url(), per_minute=20)
        receiver.reply = Reply(body=b'{"errcode": 310000}')
        rows = [waiting(robot) for _ in range(20)]
        assert deliver() == {"dead": 20}
        for row in rows:
            resend(row)
        with frozen(now() + 30 * SECOND):
            assert deliver() == {}
        with frozen(now() + MINUTE):
            assert deliver() == {"dead": 20}
        assert len(receiver.got) == 40
        assert Try.objects.count() == 20  # no more is kept than the minute asks for

    def test_one_full_channel_does_not_hold_up_another(self, hook, receiver):
        Channel.objects.update(per_minute=1)
        waiting(hook), waiting(hook)
        other = channel(address=receiver.url("/other"))
        for _ in range(3):
            waiting(other)
        assert deliver() == {"sent": 4}


class TestDeadAtOnce:
    @pytest.mark.parametrize(("kind", "code"), [("wecom", 93000), ("dingtalk", 310000), ("feishu", 19021)])
    def test_a_robot_that_refuses_the_key(self, receiver, administrator, kind, code):
        robot = channel(kind, receiver.url("/robot?key=k-e-y"), secret="s-e-c-r-e-t")
        receiver.reply = Reply(body=b'{"errcode": %d, "code": %d}' % (code, code))
        waiting(robot)
        assert deliver() == {"dead": 1}
        assert only().last_error == f"机器人答复{'code' if kind == 'feishu' else 'errcode'}={code}"

    @pytest.mark.parametrize(
        ("kind", "code", "pause"),
        [("wecom", 45009, MINUTE), ("dingtalk", 130101, 10 * MINUTE), ("feishu", 11232, MINUTE)],
    )
    def test_one_that_is_told_too_much_is_left_alone_as_long_as_its_maker_says(self, db, receiver, kind, code, pause):
        robot = channel(kind, receiver.url())
        receiver.reply = Reply(body=b'{"errcode": %d, "code": %d}' % (code, code))
        waiting(robot)
        assert deliver() == {"failed": 1}
        robot.refresh_from_db()
        assert (robot.paused_until, robot.failing_since) == (now() + pause, None)

    def test_an_address_the_mail_server_refuses_for_good_and_the_channel_works_on(self, mailbox, administrator):
        mailbox.answers = {"gone@liandian.example": "550 no such user"}
        for address in ("gone@liandian.example", "here@liandian.example"):
            notify(UserFactory(email=address))
        gather()
        assert deliver() == {"sent": 1, "dead": 1}
        assert Delivery.objects.get(state=DeliveryState.DEAD).last_error == "邮箱地址被拒绝（550）"
        assert Channel.objects.get().failing_since is None
        assert Notice.objects.get(recipient=administrator).data == {"code": "dead-letters"}

    def test_one_it_refuses_for_now_is_tried_again(self, db, mailbox):
        mailbox.answers = {"busy@liandian.example": "450 greylisted"}
        notify(UserFactory(email="busy@liandian.example"))
        gather()
        assert deliver() == {"failed": 1}
        mailbox.answers = {}
        with frozen(now() + 5 * SECOND):
            assert deliver() == {"sent": 1}

    def test_a_receiver_that_is_gone(self, hook, receiver, administrator):
        receiver.reply = Reply(status=410)
        waiting(hook)
        assert deliver() == {"dead": 1}

    def test_an_address_inside_our_network(self, administrator):
        waiting(channel(address="https://10.0.0.8/hook"))
        assert deliver() == {"dead": 1}
        assert only().last_error == "地址指向内部网络"


class TestTrouble:
    def test_a_mail_server_that_is_away(self, db, settings):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
        notify(UserFactory(email="a@liandian.example"))
        gather()
        assert deliver() == {"failed": 1}
        assert only().last_error == "邮件服务器连接失败：ConnectionRefusedError"
        assert Channel.objects.get().failing_since == now()

    @pytest.mark.parametrize("fields", [{"is_active": False}, {"email": ""}])
    def test_mail_to_somebody_who_cannot_be_reached_any_more_is_given_up_and_calls_nobody(
        self, mailbox, administrator, fields
    ):
        person = UserFactory(email="a@liandian.example")
        notify(person)
        gather()
        User.objects.filter(pk=person.pk).update(**fields)
        assert deliver() == {"given_up": 1}
        assert (only().state, only().last_error) == (DeliveryState.GIVEN_UP, "收件人没有邮箱地址或已停用")
        assert not Notice.objects.filter(recipient=administrator).exists()

    def test_a_mail_of_which_nobody_knows_whether_it_arrived_is_not_repeated_for_five_minutes(
        self, db, mailbox, monkeypatch
    ):
        notify(UserFactory(email="a@liandian.example"))
        gather()

        def falls_silent(seconds, call):
            raise TimeoutError

        with monkeypatch.context() as patch:
            patch.setattr("notices.channels.mail.within", falls_silent)
            assert deliver() == {"failed": 1}
        assert only().next_attempt_at == now() + 5 * MINUTE
        with frozen(now() + 5 * MINUTE - SECOND):
            assert deliver() == {}
        with frozen(now() + 5 * MINUTE):
            assert deliver() == {"sent": 1}

    def test_a_fault_of_ours_stops_nobody_else_and_tells_no_secret(self, hook, receiver, caplog):
        broken = waiting(channel(ChannelKind.WECOM, receiver.url("/?key=k-e-y")), content={})
        good = waiting(hook)
        with caplog.at_level(logging.INFO):
            assert deliver() == {"sent": 1, "failed": 1}
        broken.refresh_from_db()
        good.refresh_from_db()
        assert (broken.state, broken.last_error) == (DeliveryState.WAITING, "内部错误：KeyError")
        assert good.state == DeliveryState.SENT
        assert "robot.py" in caplog.text
        assert "k-e-y" not in caplog.text

    def test_no_error_and_no_log_line_holds_a_key(self, db, caplog):
        robot = channel(ChannelKind.DINGTALK, "https://robot.invalid/send?access_token=t-o-k-e-n", secret="s-e-c-r-e-t")
        waiting(robot)
        with caplog.at_level(logging.DEBUG):
            deliver()
        said = caplog.text + only().last_error
        assert only().last_error == "域名解析不到"
        assert [word for word in ("t-o-k-e-n", "s-e-c-r-e-t", "robot.invalid") if word in said] == []

    def test_the_time_for_one_call_is_limited(self, hook):
        waiting(hook)
        assert deliver(seconds=0) == {}
        assert deliver() == {"sent": 1}
