"""The development receiver: what would be sent, shown newest first, as it was and nothing more."""

import http.client
import smtplib
import threading
from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from config.servers import free_port
from config.sink import BODY_BYTES, KEPT, Caught, Sink


@pytest.fixture
def sink() -> Iterator[Sink]:
    sink = Sink(free_port(), free_port())
    thread = threading.Thread(target=sink.serve, daemon=True)
    thread.start()
    yield sink
    sink.stop()
    thread.join(10)


def ask(sink: Sink, method: str, path: str, body: bytes | None = None, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", sink.http.server_address[1], timeout=10)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    return connection.getresponse()


def page(sink: Sink) -> str:
    answer = ask(sink, "GET", "/")
    assert answer.status == 200
    return answer.read().decode()


def test_it_shows_robots_webhooks_and_mail_the_newest_first(sink):
    ask(sink, "POST", "/wecom?key=k-e-y", '{"msgtype": "text", "text": {"content": "2项逾期"}}'.encode())
    ask(sink, "POST", "/webhook", b'{"type": "issue.overdue"}', webhook_id="d-1")
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "联点：您有2条消息", "a@liandian.example", "b@liandian.example"
    mail.set_content("您有3项今日到期")
    with smtplib.SMTP("127.0.0.1", sink.smtp.port, timeout=10) as smtp:
        smtp.send_message(mail)
    assert [(one.door, one.to) for one in sink.caught] == [
        ("mail", "b@liandian.example"),
        ("webhook", ""),
        ("wecom", ""),
    ]
    shown = page(sink)
    places = [shown.index(words) for words in ("您有3项今日到期", "webhook-id: d-1", "2项逾期")]
    assert places == sorted(places)
    assert "k-e-y" not in shown


def test_robots_are_answered_as_their_makers_would(sink):
    answer = ask(sink, "POST", "/feishu", b"{}")
    assert answer.read() == b'{"errcode": 0, "errmsg": "ok", "code": 0, "msg": "success"}'


def test_what_came_is_text_and_never_markup(sink):
    ask(sink, "POST", "/<b>", b"<script>alert(1)</script>")
    shown = page(sink)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "<script" not in shown
    assert "<b>" not in shown
    policy = ask(sink, "GET", "/").getheader("Content-Security-Policy")
    assert policy == "default-src 'none'; frame-ancestors 'none'"


def test_another_sites_name_does_not_open_it(sink):
    assert ask(sink, "GET", "/", Host="evil.example").status == 403
    assert ask(sink, "GET", "/", Host="localhost:8025").status == 200
    assert ask(sink, "GET", "/x").status == 404


@pytest.mark.parametrize("size", ["", "-1", "x", "１", str(BODY_BYTES + 1), "9" * 40])
def test_a_body_without_a_sensible_length_is_refused(sink, size):
    connection = http.client.HTTPConnection("127.0.0.1", sink.http.server_address[1], timeout=10)
    connection.putrequest("POST", "/wecom")
    if size:
        connection.putheader("Content-Length", size.encode())
    connection.endheaders()
    assert connection.getresponse().status == 400
    assert list(sink.caught) == []


def test_it_keeps_the_newest_five_hundred(sink):
    for number in range(KEPT + 3):
        sink.keep(Caught("mail", "", "", str(number)))
    assert (len(sink.caught), sink.caught[0].text, sink.caught[-1].text) == (500, "502", "3")
