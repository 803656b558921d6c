"""How each receiver is addressed, signed for and understood."""

import base64
import hashlib
import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from config.clock import now
from notices.channels import dingtalk, feishu, mail, webhook
from notices.channels.outcome import NotDelivered
from notices.channels.senders import SENDERS
from notices.models import ChannelKind
from tests.notices.conftest import SECRET, channel, waiting
from tests.notices.receivers import Reply, raw_server

pytestmark = pytest.mark.django_db

ROBOTS = ["wecom", "dingtalk", "feishu"]
LIMITS = {"wecom": 2048, "dingtalk": 20_000, "feishu": 20 * 1024}
SECONDS = 1792036800  # noon of 2026-10-15 in Shanghai


def send(to, **fields):
    SENDERS[to.kind].send(waiting(to, **fields))


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """RFC 2104 by hand, so that a signature is not checked against the library that made it."""
    block = key.ljust(64, b"\0") if len(key) <= 64 else hashlib.sha256(key).digest().ljust(64, b"\0")
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in block) + message).digest()
    return hashlib.sha256(bytes(b ^ 0x5C for b in block) + inner).digest()


class TestSignatures:
    """Against values made by others: the specification's own example, and openssl's dgst."""

    def test_standard_webhooks(self):
        message_id, body = "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}'
        made = webhook.sign(SECRET, message_id, 1614265330, body)
        assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    def test_dingtalk(self):
        secret = "SEC175ff0376a2551f1e785fab47fe2bb4264247724657f85f622bded53565e95ff"
        assert dingtalk.sign(secret, 1760500800000) == "iWJxHay6sXuarHdbNb3pTlHiCd36QKkIssH5JJD8wjE="

    def test_feishu_has_key_and_message_the_other_way_round(self):
        assert feishu.sign("feishu-secret", 1760500800) == "R3QvBGaelNxl+md0gbJyTXegOj4950gY80R23kwBjGU="

    @pytest.mark.parametrize(
        "secret", ["", "whsec_", "whsec_!!!", "whsec_c2hvcnQ=", SECRET.removeprefix("whsec_"), "x" * 40]
    )
    def test_a_webhook_secret_is_a_key_of_24_to_64_bytes(self, secret):
        with pytest.raises(ValueError, match="24 to 64 bytes"):
            webhook.key_of(secret)
        assert len(webhook.key_of(webhook.new_secret())) == 32


class TestRequests:
    def test_wecom(self, receiver):
        send(channel("wecom", receiver.url("/cgi-bin/webhook/send?key=KEY")))
        (got,) = receiver.got
        assert got.path == "/cgi-bin/webhook/send?key=KEY"
        assert got.json == {"msgtype": "text", "text": {"content": "联点提醒"}}

    def test_dingtalk_signs_in_the_address_by_the_millisecond(self, receiver):
        send(channel("dingtalk", receiver.url("/robot/send?access_token=TOKEN"), secret="SEC1"))
        (got,) = receiver.got
        query = {name: values[0] for name, values in parse_qs(urlsplit(got.path).query).items()}
        signed = base64.b64encode(hmac_sha256(b"SEC1", f"{SECONDS}000\nSEC1".encode())).decode()
        assert query == {"access_token": "TOKEN", "timestamp": f"{SECONDS}000", "sign": signed}
        assert got.json == {"msgtype": "text", "text": {"content": "联点提醒"}}

    def test_feishu_signs_in_the_body_by_the_second(self, receiver):
        send(channel("feishu", receiver.url("/open-apis/bot/v2/hook/ID"), secret="SEC2"))
        signed = base64.b64encode(hmac_sha256(f"{SECONDS}\nSEC2".encode(), b"")).decode()
        assert receiver.got[0].json == {
            "timestamp": str(SECONDS),
            "sign": signed,
            "msg_type": "text",
            "content": {"text": "联点提醒"},
        }

    @pytest.mark.parametrize("kind", ["dingtalk", "feishu"])
    def test_without_a_secret_nothing_is_signed(self, receiver, kind):
        send(channel(kind, receiver.url("/x")))
        (got,) = receiver.got
        assert got.path == "/x"
        assert set(got.json) & {"timestamp", "sign"} == set()

    def test_a_webhook(self, receiver):
        row = waiting(channel("webhook", receiver.url("/in")), content={"type": "issue.overdue", "data": {"n": "逾期"}})
        SENDERS["webhook"].send(row)
        (got,) = receiver.got
        assert got.json == row.content
        signed = hmac_sha256(base64.b64decode(SECRET[6:]), f"{row.pk}.{SECONDS}.".encode() + got.body)
        assert {name: value for name, value in got.headers.items() if name.startswith("webhook-")} == {
            "webhook-id": str(row.pk),
            "webhook-timestamp": str(SECONDS),
            "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
        }
        assert int(now().timestamp()) == SECONDS

    @pytest.mark.parametrize("kind", ROBOTS)
    @pytest.mark.parametrize("words", ["逾期" * 20_000, '"\n' * 20_000, "𠮷" * 20_000])
    def test_a_text_of_any_length_stays_within_the_robots_limit(self, receiver, kind, words):
        send(channel(kind, receiver.url()), content={"text": words})
        (got,) = receiver.got
        text = got.json["content"]["text"] if kind == "feishu" else got.json["text"]["content"]
        assert words.startswith(text.removesuffix("…"))
        assert text.endswith("…")
        assert len(got.body if kind == "feishu" else text.encode()) <= LIMITS[kind]


class TestAnswers:
    @pytest.mark.parametrize("kind", ROBOTS)
    @pytest.mark.parametrize(
        "body",
        [
            *(b"", b"ok", b"[]", b"null", b'"0"', b"{}", b'{"errcode": null, "code": null}', b"\xff\xfe"),
            *(b'{"errcode": "0", "code": "0"}', b'{"errcode": false, "code": false}', b'{"errcode": -1, "code": -1}'),
            *(b'{"errcode": 1e999, "code": 1e999}', b"[" * 100_000),
        ],
    )
    def test_a_robot_that_does_not_say_zero_did_not_take_it_whatever_its_http_status(self, receiver, kind, body):
        receiver.reply = Reply(body=body)
        with pytest.raises(NotDelivered) as trouble:
            send(channel(kind, receiver.url("/?key=k-e-y")))
        assert (trouble.value.is_final, trouble.value.blames_channel) == (False, True)
        assert "k-e-y" not in trouble.value.reason

    @pytest.mark.parametrize("kind", ROBOTS)
    def test_zero_is_a_yes(self, receiver, kind):
        receiver.reply = Reply(body=b'{"errcode": 0, "errmsg": "ok"}' if kind != "feishu" else b'{"code": 0}')
        send(channel(kind, receiver.url()))
        assert len(receiver.got) == 1

    @pytest.mark.parametrize(
        ("status", "is_final"), [(301, False), (302, False), (400, False), (404, False), (410, True), (500, False)]
    )
    def test_any_status_but_2xx_is_a_no(self, receiver, status, is_final):
        receiver.reply = Reply(status=status, headers={"Location": receiver.url("/elsewhere")})
        with pytest.raises(NotDelivered) as trouble:
            send(channel("webhook", receiver.url()))
        assert (trouble.value.reason, trouble.value.is_final) == (f"答复HTTP {status}", is_final)
        assert len(receiver.got) == 1

    @pytest.mark.parametrize("status", [200, 201, 202, 204])
    def test_any_2xx_is_a_yes_to_a_webhook(self, receiver, status):
        receiver.reply = Reply(status=status, body=b"")
        send(channel("webhook", receiver.url()))
        assert len(receiver.got) == 1


class TestMail:
    def test_a_mail_server_that_was_taken_away_is_no_success(self, settings, bureau_staff, mailoutbox):
        settings.MAIL_IS_ON = False
        bureau_staff.email = "li@liandian.example"
        row = waiting(channel(ChannelKind.MAIL, ""), recipient=bureau_staff, content={"subject": "s", "body": "b"})
        with pytest.raises(NotDelivered, match="没有设置邮件服务器"):
            SENDERS["mail"].send(row)
        assert mailoutbox == []

    def test_the_persons_present_address_counts(self, mailbox, bureau_staff):
        row = waiting(channel(ChannelKind.MAIL, ""), recipient=bureau_staff, content={"subject": "s", "body": "b"})
        with pytest.raises(NotDelivered) as trouble:
            SENDERS["mail"].send(row)
        assert (trouble.value.is_pointless, trouble.value.blames_channel) == (True, False)
        bureau_staff.email = "li@liandian.example"  # the row holds the same person
        SENDERS["mail"].send(row)
        assert mailbox.to == ["li@liandian.example"]

    @pytest.mark.parametrize(
        ("answer", "reason", "is_final"),
        [("554 spam", "邮件被拒绝（554）", True), ("452 full", "邮件被拒绝（452）", False)],
    )
    def test_a_message_that_is_refused_says_nothing_about_the_channel(
        self, mailbox, bureau_staff, answer, reason, is_final
    ):
        bureau_staff.email, mailbox.data_answer = "li@liandian.example", answer
        row = waiting(channel(ChannelKind.MAIL, ""), recipient=bureau_staff, content={"subject": "s", "body": "b"})
        with pytest.raises(NotDelivered) as trouble:
            SENDERS["mail"].send(row)
        assert (trouble.value.reason, trouble.value.is_final, trouble.value.blames_channel) == (reason, is_final, False)

    def test_a_server_that_never_finishes_its_greeting_is_given_up(self, settings, monkeypatch, bureau_staff):
        def drip(connection):
            for _ in range(100):
                connection.sendall(b"2")
                time.sleep(0.05)

        monkeypatch.setattr(mail, "WHOLE_SECONDS", 0.5)
        bureau_staff.email = "li@liandian.example"
        row = waiting(channel(ChannelKind.MAIL, ""), recipient=bureau_staff, content={"subject": "s", "body": "b"})
        with raw_server(drip) as port:
            settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
            settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
            began = time.monotonic()
            with pytest.raises(NotDelivered, match="邮件服务器超时") as trouble:
                SENDERS["mail"].send(row)
            assert trouble.value.rest == timedelta(minutes=5)
            assert time.monotonic() - began < 3


def test_every_kind_of_channel_has_its_sender():
    assert set(SENDERS) == set(ChannelKind)
