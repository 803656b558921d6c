"""What other rooms call, and what a person does about messages that did not arrive."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from accounts.models import Role
from config.clock import frozen, now
from notices import services
from notices.models import Alert, Channel, ChannelKind, Delivery, DeliveryState, Heartbeat, Notice, NoticeKind
from notices.outbox import deliver
from notices.services import NotDead, beat, close_alert, give_up, open_alert, resend, send_test, tell
from notices.tasks import deliver_outbox
from tests.concurrency import at_once
from tests.factories import UserFactory
from tests.notices.conftest import announce, channel, notify, waiting
from tests.notices.receivers import Reply

WORDS: dict[str, Any] = {
    "kind": NoticeKind.DECIDED,
    "cause": "decision/1",
    "url": "/issues/2026-000001/",
    "data": {"number": "1"},
}


@pytest.mark.django_db
class TestTell:
    def test_each_once_a_cause(self):
        people = [UserFactory(), UserFactory()]
        tell(people, **WORDS)
        tell([*people, UserFactory()], **WORDS)
        assert Notice.objects.count() == 3
        assert set(Notice.objects.values_list("send_after", flat=True)) == {now()}

    def test_it_may_wait(self):
        tell([UserFactory()], **WORDS, send_after=now() + timedelta(days=1))
        assert Notice.objects.get().send_after == now() + timedelta(days=1)

    def test_many_cost_one_statement(self, django_assert_num_queries):
        people = UserFactory.create_batch(20)
        with django_assert_num_queries(1):
            tell(people, **WORDS)


@pytest.mark.django_db
class TestAlerts:
    def test_each_active_system_administrator_is_told_once_until_it_is_over(self, administrator):
        UserFactory(role=Role.SYSTEM_ADMIN, unit=None, is_active=False)
        UserFactory(role=Role.SECURITY_ADMIN, unit=None)
        assert open_alert("something-new", {"words": "预警扫描已超过5分钟没有运行"}) is True
        assert open_alert("something-new", {"words": "预警扫描已超过6分钟没有运行"}) is False
        told = Notice.objects.get()
        assert (told.recipient, told.kind, told.cause) == (administrator, "alert", f"alert/{Alert.objects.get().pk}")
        assert told.sentence == "预警扫描已超过5分钟没有运行"
        assert close_alert("something-new") is True
        assert close_alert("something-new") is False
        assert open_alert("something-new", {"words": "又停了"}) is True
        assert Notice.objects.count() == 2

    def test_a_job_that_finished_says_so(self):
        beat("tick")
        with frozen(now() + timedelta(minutes=1)) as later:
            beat("tick")
        assert list(Heartbeat.objects.values_list("job", "beat_at")) == [("tick", later)]


def test_two_who_see_the_same_trouble_at_once_tell_it_once(committed):
    UserFactory(role=Role.SYSTEM_ADMIN, unit=None)
    opened = at_once(*[lambda: open_alert("disk-full")] * 4)
    assert sorted(opened) == [False, False, False, True]
    assert (Alert.objects.count(), Notice.objects.count()) == (1, 1)


@pytest.mark.django_db
class TestDeadLetters:
    def test_a_resent_one_keeps_its_id_and_words_and_the_alert_closes_with_the_last(self, receiver, administrator):
        hook = channel(address=receiver.url())
        receiver.reply = Reply(status=410)
        rows = [waiting(hook), waiting(hook)]
        assert deliver() == {"dead": 2}
        assert Alert.objects.filter(code="dead-letters", closed_at=None).count() == 1
        assert Notice.objects.filter(recipient=administrator).count() == 1
        receiver.reply = Reply()
        resend(rows[0])
        assert Alert.objects.filter(code="dead-letters", closed_at=None).count() == 1
        give_up(Delivery.objects.get(pk=rows[1].pk))
        assert Alert.objects.filter(closed_at=None).count() == 0
        assert deliver() == {"sent": 1}
        first, again = [got for got in receiver.got if got.headers["webhook-id"] == str(rows[0].pk)]
        assert first.body == again.body
        states = dict(Delivery.objects.values_list("pk", "state"))
        assert states == {rows[0].pk: DeliveryState.SENT, rows[1].pk: DeliveryState.GIVEN_UP}

    def test_a_corrected_address_lets_it_arrive(self, mailbox, administrator):
        person = UserFactory(email="wrong@liandian.example")
        mailbox.answers = {"wrong@liandian.example": "550 no such user"}
        notify(person)
        deliver_outbox()
        dead = Delivery.objects.get(recipient=person)
        assert dead.state == DeliveryState.DEAD
        person.email = "right@liandian.example"
        person.save(update_fields=["email"])
        resend(dead)
        assert deliver()["sent"] == 1
        assert mailbox.to == ["right@liandian.example"]
        assert mailbox.got[0]["Message-ID"] == f"<{dead.pk}@testserver>"

    @pytest.mark.parametrize("act", [resend, give_up])
    @pytest.mark.parametrize("state", [DeliveryState.WAITING, DeliveryState.SENT])
    def test_what_is_on_its_way_or_there_is_left_alone(self, act, state):
        row = waiting(channel(), state=state, sent_at=now() if state == DeliveryState.SENT else None)
        with pytest.raises(NotDead):
            act(row)

    def test_it_begins_its_tries_anew(self):
        row = resend(waiting(channel(), state=DeliveryState.DEAD, attempts=140, last_error="超时"))
        row.refresh_from_db()
        assert (row.state, row.attempts, row.next_attempt_at, row.last_error) == ("waiting", 0, now(), "")


@pytest.mark.django_db
class TestChannels:
    def test_who_enables_a_disabled_one_says_that_its_trouble_is_over(self, administrator):
        hook = channel(is_enabled=False, disabled_at=now(), failing_since=now() - timedelta(days=5))
        open_alert(f"channel-off/{hook.pk}", {"name": hook.name})
        hook.is_enabled = True
        services.save_channel(hook)
        hook.refresh_from_db()
        assert (hook.is_enabled, hook.disabled_at, hook.failing_since) == (True, None, None)
        assert Alert.objects.filter(closed_at=None).count() == 0

    def test_who_changes_one_does_not_undo_what_the_sender_has_just_noted(self):
        hook = channel()
        since, until = now(), now() + timedelta(hours=1)
        Channel.objects.update(failing_since=since, failed_at=since, paused_until=until)
        hook.name = "新名"
        services.save_channel(hook)
        hook.refresh_from_db()
        assert (hook.name, hook.failing_since, hook.failed_at, hook.paused_until) == ("新名", since, since, until)

    def test_one_that_was_put_off_after_the_person_had_looked_stays_off(self):
        hook = channel()
        Channel.objects.update(is_enabled=False, disabled_at=now())
        services.save_channel(hook)
        hook.refresh_from_db()
        assert (hook.is_enabled, hook.disabled_at) == (False, now())

    @pytest.mark.parametrize("kind", ["wecom", "dingtalk", "feishu"])
    def test_a_test_message_to_a_robot(self, receiver, administrator, kind):
        sent = send_test(channel(kind, receiver.url()), administrator)
        assert receiver.got == []  # no request sends anything itself
        assert deliver() == {"sent": 1}
        text = receiver.got[0].json["content" if kind == "feishu" else "text"]
        assert text["text" if kind == "feishu" else "content"] == (
            f"联点提醒：这是一条试发消息，收到即表示渠道可用。\n查看：http://testserver/issues/\n（编号{sent.pk.hex[:8]}）"
        )

    def test_to_a_webhook(self, receiver, administrator):
        send_test(channel(address=receiver.url()), administrator)
        deliver()
        assert receiver.got[0].json == {
            "type": "channel.test",
            "timestamp": "2026-10-15T04:00:00Z",
            "data": {"url": "http://testserver/"},
        }

    def test_by_mail_it_goes_to_who_asks(self, mailbox, administrator):
        mail = channel(ChannelKind.MAIL, "")
        with pytest.raises(ValidationError, match="您的账号没有邮箱地址"):
            send_test(mail, administrator)
        administrator.email = "admin@liandian.example"
        administrator.save(update_fields=["email"])
        send_test(mail, administrator)
        deliver()
        assert mailbox.to == ["admin@liandian.example"]

    def test_a_disabled_one_is_not_tried(self, administrator):
        with pytest.raises(ValidationError, match="已停用"):
            send_test(channel(is_enabled=False), administrator)


@pytest.mark.django_db
class TestCommand:
    def test_by_hand_it_does_what_the_job_does_and_says_what(self, receiver, capsys):
        announce(channel(address=receiver.url()))
        call_command("deliver_outbox", "--json")
        assert json.loads(capsys.readouterr().out) == {"gathered": 1, "sent": 1, "failed": 0, "dead": 0}
        call_command("deliver_outbox")
        assert capsys.readouterr().out == "0 messages written, 0 sent, 0 to be tried again, 0 dead\n"
        assert Heartbeat.objects.get().job == "outbox"

    def test_at_another_time(self, receiver, capsys):
        announce(channel(address=receiver.url()), send_after=now() + timedelta(hours=1))
        call_command("deliver_outbox", "--now", "2026-10-15T13:00", "--json")
        assert json.loads(capsys.readouterr().out)["sent"] == 1
        with pytest.raises(CommandError, match="--now"):
            call_command("deliver_outbox", "--now", "soon")

    def test_the_job_delivered_three_times_sends_once(self, receiver):
        announce(channel(address=receiver.url()))
        for _ in range(3):
            deliver_outbox()
        assert len(receiver.got) == 1

    def test_beat_calls_it_every_ten_seconds_and_lets_old_calls_lapse(self, settings):
        entry = settings.CELERY_BEAT_SCHEDULE["deliver-outbox"]
        assert entry == {"task": deliver_outbox.name, "schedule": 10.0, "options": {"expires": 9}}
