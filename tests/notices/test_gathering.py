"""What goes out together, to whom, and in which words: entries become messages once."""

import json
from datetime import timedelta

import pytest

from accounts.models import Role
from config.clock import frozen, now
from notices.channels.robot import fit
from notices.models import Announcement, Channel, ChannelKind, Delivery, DeliveryState, Notice
from notices.outbox import gather
from tests.concurrency import at_once
from tests.factories import UserFactory
from tests.notices.conftest import announce, channel, entry_data, notify, waiting


def officer(**fields):
    return UserFactory(**{"name": "陈思远", "email": "chen@liandian.example", **fields})


@pytest.mark.django_db
class TestMail:
    def test_one_person_gets_one_mail_with_all_that_is_due(self):
        person = officer()
        digest = {"overdue": 1, "due_today": 3, "nearing": 0, "held": 2}
        first = notify(person, "nearing", data={**entry_data("nearing"), "due_on": "2026-10-19"})
        second = notify(person, "overdue")
        third = notify(person, "digest", data=digest, url="/")
        assert gather() == 1
        sent = Delivery.objects.get()
        assert (sent.recipient, sent.channel.kind, sent.channel.name) == (person, ChannelKind.MAIL, "邮件")
        assert sent.content == {
            "subject": "联点：您有1项逾期、3项今日到期，非工作时间的提醒2条",
            "body": (
                "陈思远：\n\n"
                f"【每日摘要】您有1项逾期、3项今日到期，非工作时间的提醒2条。\n  http://testserver/notices/{third.pk}/\n\n"
                f"【逾期】问题 2026-000007 逾期，到期日是10月13日。\n  http://testserver/notices/{second.pk}/\n\n"
                f"【临期】问题 2026-000007 临期，10月19日到期。\n  http://testserver/notices/{first.pk}/\n\n"
                "全部消息：http://testserver/notices/\n这封邮件由系统发出，不用回复。\n"
            ),
        }
        assert set(Notice.objects.values_list("delivery", flat=True)) == {sent.pk}

    def test_the_subject_of_one_entry_is_its_sentence_and_of_many_their_number(self):
        alone, many = officer(), officer()
        notify(alone)
        notify(many), notify(many)
        gather()
        subjects = [Delivery.objects.get(recipient=person).content["subject"] for person in (alone, many)]
        assert subjects == ["联点：问题 2026-000007 逾期，到期日是10月13日", "联点：您有2条消息"]

    def test_after_a_long_outage_a_mail_names_fifty_and_counts_the_rest(self):
        person = officer()
        for _ in range(53):
            notify(person)
        gather()
        body = Delivery.objects.get().content["body"]
        assert body.count("【逾期】") == 50
        assert "\n另有3条。\n" in body
        assert Notice.objects.filter(delivery=None).count() == 0

    def test_it_leaves_only_when_its_time_has_come(self):
        notify(officer(), send_after=now() + timedelta(hours=1))
        notify(officer(), send_after=None)
        assert gather() == 0
        with frozen(now() + timedelta(hours=1)):
            assert gather() == 1
        assert Notice.objects.filter(delivery=None).count() == 1

    @pytest.mark.parametrize("fields", [{"email": ""}, {"is_active": False}])
    def test_who_cannot_be_reached_keeps_it_in_the_inbox_and_is_not_looked_at_again(self, fields):
        notify(officer(**fields))
        assert gather() == 0
        assert Notice.objects.get().send_after is None
        assert Delivery.objects.count() == 0

    def test_without_a_mail_server_everything_stays_in_the_inbox(self, settings):
        settings.MAIL_IS_ON = False
        notify(officer())
        assert gather() == 0
        assert (Notice.objects.get().send_after, Channel.objects.count()) == (None, 0)

    def test_a_channel_that_bears_the_name_of_the_mail_channel_does_not_stop_the_mail(self):
        channel(ChannelKind.WECOM, name="邮件")
        notify(officer())
        assert gather() == 1
        assert Channel.objects.get(kind=ChannelKind.MAIL).name == "邮件 (EMAIL_URL)"

    def test_an_entry_with_nonsense_in_its_data_does_not_stop_the_others(self):
        notify(officer(), data={"number": ["x"], "due_on": "tomorrow", "clock": 7})
        notify(officer())
        assert gather() == 2

    def test_who_has_a_mail_waiting_gets_the_next_one_after_it_with_all_that_came_meanwhile(self):
        person, other = officer(), officer()
        notify(person)
        gather()
        notify(person), notify(person), notify(other)
        assert gather() == 1
        assert Delivery.objects.filter(recipient=other).count() == 1
        Delivery.objects.filter(recipient=person).update(state=DeliveryState.SENT, sent_at=now())
        assert gather() == 1
        assert [d.notices.count() for d in Delivery.objects.filter(recipient=person).order_by("state")] == [1, 2]

    def test_what_belongs_to_a_disabled_channel_waits_until_it_is_enabled_again(self):
        mail = channel(ChannelKind.MAIL, "", is_enabled=False)
        notify(officer())
        assert gather() == 0
        assert Notice.objects.get().send_after == now()
        Channel.objects.filter(pk=mail.pk).update(is_enabled=True)
        assert gather() == 1

    def test_a_thousand_people_cost_a_constant_number_of_statements_each_batch(self, django_assert_max_num_queries):
        for _ in range(30):
            notify(officer())
        with django_assert_max_num_queries(24):
            assert gather() == 30
        with django_assert_max_num_queries(4):  # nothing to do
            assert gather() == 0


@pytest.mark.django_db
class TestRobots:
    def test_one_message_with_counts_and_a_link_and_nothing_of_any_issue_or_person(self):
        robot = channel(ChannelKind.WECOM)
        for kind in ("nearing", "overdue", "overdue", "due_today", "half", "alert"):
            announce(robot, kind)
        assert gather() == 1
        sent = Delivery.objects.get()
        assert sent.content == {
            "text": (
                "联点提醒：2项逾期、1项今日到期、1项临期、1项时限过半、系统提醒1条。\n"
                f"查看：http://testserver/issues/\n（编号{sent.pk.hex[:8]}）"
            )
        }
        assert sent.announcements.count() == 6

    def test_what_comes_while_a_message_waits_is_merged_into_the_next_one(self):
        robot = channel(ChannelKind.DINGTALK)
        announce(robot)
        assert gather() == 1
        for _ in range(25):
            announce(robot)
        assert gather() == 0
        Delivery.objects.update(state=DeliveryState.SENT, sent_at=now())
        assert gather() == 1
        assert "25项逾期" in Delivery.objects.get(state=DeliveryState.WAITING).content["text"]

    def test_each_channel_has_its_own(self):
        first, second = channel(ChannelKind.WECOM), channel(ChannelKind.FEISHU)
        announce(first), announce(second), announce(second)
        assert gather() == 2
        assert [d.announcements.count() for d in Delivery.objects.order_by("channel")] == [1, 2]

    @pytest.mark.parametrize("size", range(20, 60))
    def test_a_cut_never_goes_through_a_character(self, size):
        text = "逾期a" * 10
        cut = fit(text, size)
        assert len(cut.encode()) <= size
        assert size - len(cut.encode()) < 3
        assert cut == text[: len(cut) - 1] + "…"
        assert fit("逾期", 6) == "逾期"


@pytest.mark.django_db
class TestWebhooks:
    def test_one_message_an_entry(self):
        hook = channel()
        entry = announce(hook, "due_today")
        announce(hook)
        assert gather() == 2
        assert Delivery.objects.get(announcements=entry).content == {
            "type": "issue.due_today",
            "timestamp": "2026-10-15T04:00:00Z",
            "data": {**entry_data("due_today"), "url": "http://testserver/issues/2026-000007/"},
        }

    def test_more_than_a_batch(self, monkeypatch):
        monkeypatch.setattr("notices.gathering.BATCH", 3)
        hook = channel()
        for _ in range(7):
            announce(hook)
        assert gather() == 7
        assert Announcement.objects.filter(delivery=None).count() == 0

    def test_a_disabled_channel_keeps_them(self):
        hook = channel(is_enabled=False)
        announce(hook)
        assert gather() == 0


def test_two_at_once_put_every_entry_into_one_message(committed):
    hook, robot = channel(), channel(ChannelKind.WECOM)
    person = officer(role=Role.BUREAU_STAFF)
    for _ in range(40):
        announce(hook), announce(robot), notify(person)
    made = at_once(gather, gather, gather)
    assert sum(made) == Delivery.objects.count()
    assert Delivery.objects.filter(channel=hook).count() == 40
    assert Delivery.objects.filter(channel=robot).count() == 1
    assert Delivery.objects.filter(recipient=person).count() == 1
    assert json.dumps(Delivery.objects.get(channel=robot).content, ensure_ascii=False).count("40项逾期") == 1


@pytest.mark.django_db
def test_a_repeat_of_the_row_reads_the_same(receiver):
    hook = channel(address=receiver.url())
    first = waiting(hook, content={"type": "issue.overdue", "data": {"b": 1, "a": "逾期"}})
    from notices.channels.webhook import Webhook

    for _ in range(2):
        Webhook().send(Delivery.objects.get(pk=first.pk))
    assert receiver.got[0].body == receiver.got[1].body == '{"data":{"a":"逾期","b":1},"type":"issue.overdue"}'.encode()
