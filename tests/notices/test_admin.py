"""Channels and deliveries in the administration: nothing secret comes out again, dead letters get another chance."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Role, User
from config.clock import now
from notices.models import Channel, ChannelKind, Delivery, DeliveryState
from tests.factories import UserFactory
from tests.notices.conftest import SECRET, channel, waiting

pytestmark = pytest.mark.django_db

CHANNELS, DELIVERIES = "/admin/notices/channel/", "/admin/notices/delivery/"
ROBOT = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k-e-y"
FILLED = {"name": "工作群", "kind": "wecom", "address": ROBOT, "levels": ["overdue"], "is_enabled": "on"}


@pytest.fixture
def administrator():
    return UserFactory(role=Role.SYSTEM_ADMIN, unit=None, is_staff=True, email="admin@liandian.example")


@pytest.fixture
def as_admin(sign_in, administrator):
    return sign_in(administrator)


def text(answer) -> str:
    assert answer.status_code == 200
    return str(answer.content.decode())


class TestChannel:
    def test_a_robot_gets_twenty_a_minute_unless_told(self, as_admin):
        assert as_admin.post(f"{CHANNELS}add/", FILLED).status_code == 302
        robot = Channel.objects.get()
        assert (robot.kind, robot.address, robot.levels, robot.per_minute) == ("wecom", ROBOT, ["overdue"], 20)

    def test_a_webhooks_secret_is_made_here_and_shown_once(self, as_admin):
        hook = {**FILLED, "kind": "webhook", "address": "https://hooks.example/in"}
        page = text(as_admin.post(f"{CHANNELS}add/", hook, follow=True))
        made = Channel.objects.get()
        assert made.per_minute == 600
        assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", made.secret)
        assert made.secret in page.replace("&#x2B;", "+")
        for url in (CHANNELS, f"{CHANNELS}{made.pk}/change/", f"{CHANNELS}{made.pk}/history/"):
            assert made.secret not in text(as_admin.get(url)).replace("&#x2B;", "+")

    def test_neither_secret_nor_address_comes_out_again(self, as_admin):
        robot = channel(
            ChannelKind.DINGTALK, "https://oapi.dingtalk.com/robot/send?access_token=t-o-k-e-n", secret="SEC1"
        )
        for url in (CHANNELS, f"{CHANNELS}{robot.pk}/change/", f"{CHANNELS}{robot.pk}/history/"):
            page = text(as_admin.get(url))
            assert [word for word in ("t-o-k-e-n", "SEC1") if word in page] == []
        assert "oapi.dingtalk.com：已保存，不再显示；留空则不变。" in text(
            as_admin.get(f"{CHANNELS}{robot.pk}/change/")
        )

    def test_left_empty_they_stay_and_filled_in_they_change(self, as_admin):
        robot = channel(ChannelKind.DINGTALK, "https://oapi.dingtalk.com/robot/send?access_token=one", secret="SEC1")
        change = {"name": "新名", "address": "", "secret": "", "per_minute": "10", "is_enabled": "on"}
        assert as_admin.post(f"{CHANNELS}{robot.pk}/change/", change).status_code == 302
        robot.refresh_from_db()
        assert (robot.name, robot.secret, robot.per_minute) == ("新名", "SEC1", 10)
        assert robot.address.endswith("access_token=one")
        as_admin.post(f"{CHANNELS}{robot.pk}/change/", {**change, "secret": "SEC2", "address": "https://a.example/"})
        robot.refresh_from_db()
        assert (robot.secret, robot.address) == ("SEC2", "https://a.example/")

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"address": "https://127.0.0.1/x"}, "地址指向内部网络。"),
            ({"address": "http://qyapi.weixin.qq.com/"}, "地址须以https://开头。"),
            ({"address": ""}, "请填写地址。"),
            ({"kind": "webhook", "secret": "short"}, "须为whsec_加24至64字节的base64"),
            ({"per_minute": "0"}, "1"),
            ({"levels": ["purple"]}, "purple"),
        ],
    )
    def test_what_cannot_work_is_refused_beside_its_field(self, as_admin, change, words):
        answer = as_admin.post(f"{CHANNELS}add/", {**FILLED, **change})
        assert answer.status_code == 200
        assert words in str(answer.context["adminform"].form.errors)
        assert Channel.objects.count() == 0

    def test_there_is_one_way_by_mail(self, as_admin):
        mail = {"name": "邮件", "kind": "mail", "address": "", "is_enabled": "on"}
        assert as_admin.post(f"{CHANNELS}add/", mail).status_code == 302
        again = as_admin.post(f"{CHANNELS}add/", {**mail, "name": "又一个"})
        assert "邮件渠道已有一个，只能有一个。" in str(again.context["adminform"].form.errors)

    def test_it_is_never_deleted(self, as_admin):
        robot = channel()
        assert as_admin.post(f"{CHANNELS}{robot.pk}/delete/", {"post": "yes"}).status_code == 403

    def test_a_test_message_is_written_down_and_sent_by_the_job(self, as_admin, receiver):
        robot = channel(ChannelKind.WECOM, receiver.url())
        answer = as_admin.post(CHANNELS, {"action": "send_test", "_selected_action": [robot.pk]}, follow=True)
        assert f"“{robot.name}”的试发消息将在十几秒内发出" in text(answer)
        assert Delivery.objects.get().state == DeliveryState.WAITING
        assert receiver.got == []

    @pytest.mark.parametrize("role", [role for role in Role if role != Role.SYSTEM_ADMIN])
    def test_nobody_else_opens_it(self, sign_in, role):
        for url in (CHANNELS, DELIVERIES):
            assert sign_in(UserFactory(role=role)).get(url).status_code in (302, 403)


class TestDelivery:
    def test_the_dead_are_counted_in_the_title_and_can_be_filtered(self, as_admin):
        hook = channel()
        waiting(hook), waiting(hook, state=DeliveryState.DEAD, last_error="答复HTTP 410")
        page = text(as_admin.get(DELIVERIES))
        assert "发送记录：1条未能送达" in page
        assert as_admin.get(DELIVERIES, {"state": "dead"}).context["cl"].result_count == 1

    def test_what_it_says_is_not_shown_here(self, as_admin):
        row = waiting(channel(ChannelKind.MAIL, ""), content={"subject": "s", "body": "问题 2026-000007"})
        for url in (DELIVERIES, f"{DELIVERIES}{row.pk}/change/"):
            assert "2026-000007" not in text(as_admin.get(url))

    def test_dead_ones_are_resent_or_given_up_and_others_left_alone(self, as_admin):
        hook = channel()
        dead, given = waiting(hook, state=DeliveryState.DEAD), waiting(hook, state=DeliveryState.DEAD)
        sent = waiting(hook, state=DeliveryState.SENT, sent_at=now())
        answer = as_admin.post(DELIVERIES, {"action": "resend", "_selected_action": [dead.pk, sent.pk]}, follow=True)
        assert "1条将重新发送。" in text(answer)
        assert "这条消息现在是“已送达”。" in text(answer)
        as_admin.post(DELIVERIES, {"action": "give_up", "_selected_action": [given.pk]})
        states = dict(Delivery.objects.values_list("pk", "state"))
        assert states == {dead.pk: "waiting", given.pk: "given_up", sent.pk: "sent"}

    def test_nothing_is_added_changed_or_deleted(self, as_admin):
        row = waiting(channel())
        assert as_admin.get(f"{DELIVERIES}add/").status_code == 403
        assert as_admin.post(f"{DELIVERIES}{row.pk}/change/", {"state": "sent"}).status_code == 403
        assert as_admin.post(f"{DELIVERIES}{row.pk}/delete/", {"post": "yes"}).status_code == 403

    def test_a_hundred_cost_the_statements_of_one(self, as_admin):
        hook = channel()
        counts = []
        for more in (1, 20):
            for _ in range(more):
                waiting(hook, recipient=UserFactory())
            with CaptureQueriesContext(connection) as asked:
                as_admin.get(DELIVERIES)
            counts.append(len(asked))
        assert counts[0] == counts[1]


def test_a_users_mail_address_is_kept_in_the_administration(sign_in):
    person = UserFactory()
    as_admin = sign_in(UserFactory(role=Role.SECURITY_ADMIN, unit=None))
    page = text(as_admin.get(f"/admin/accounts/user/{person.pk}/change/"))
    assert 'name="email"' in page
    change = {
        "username": person.username,
        "name": "新名",
        "role": person.role,
        "unit": person.unit_id,
        "is_active": "on",
    }
    as_admin.post(f"/admin/accounts/user/{person.pk}/change/", {**change, "email": "new@liandian.example"})
    assert User.objects.get(pk=person.pk).email == "new@liandian.example"
    assert SECRET not in page
