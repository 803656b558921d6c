"""A receiver for development: takes mail, robot and webhook messages, keeps them in memory and shows them on a page."""

import json
import logging
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from django.template.loader import render_to_string

from config.clock import now

KEPT, BODY_BYTES = 500, 1024 * 1024
# What each of the three makers takes for a yes.
YES = json.dumps({"errcode": 0, "errmsg": "ok", "code": 0, "msg": "success"}).encode()
SHOWN_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


@dataclass(frozen=True)
class Caught:
    """One message: by which door it came, for whom, and what it says."""

    door: str
    to: str
    title: str
    text: str
    at: datetime = field(default_factory=now)


class Sink:
    """Both servers on 127.0.0.1. `serve()` stays until `stop()` is called or the process ends."""

    def __init__(self, http_port: int, smtp_port: int) -> None:
        self.caught: deque[Caught] = deque(maxlen=KEPT)
        self.http = _Pages(("127.0.0.1", http_port), self)
        self.smtp = Controller(_Mailbox(self), hostname="127.0.0.1", port=smtp_port)

    def serve(self) -> None:
        logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd reports every line of a conversation
        self.smtp.start()
        try:
            self.http.serve_forever(poll_interval=0.2)
        finally:
            self.smtp.stop()
            self.http.server_close()

    def stop(self) -> None:
        self.http.shutdown()

    def keep(self, message: Caught) -> None:
        self.caught.appendleft(message)

    def page(self) -> bytes:
        return render_to_string("sink.html", {"messages": list(self.caught)}).encode()


class _Mailbox:
    """What aiosmtpd calls."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        mail = message_from_bytes(envelope.content, policy=policy.default)
        body = mail.get_body(("plain",))
        text = body.get_content() if body else ""
        self.sink.keep(Caught("mail", ", ".join(envelope.rcpt_tos), str(mail["Subject"]), text))
        return "250 OK"


class _Pages(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], sink: Sink) -> None:
        super().__init__(address, _Handler)
        self.sink = sink


class _Handler(BaseHTTPRequestHandler):
    server: _Pages
    timeout = 10

    def do_GET(self) -> None:
        # Another site's page, whose name was made to lead here, would ask for its own name.
        if self.headers.get("Host", "").partition(":")[0] not in {"127.0.0.1", "localhost"}:
            self.answer(HTTPStatus.FORBIDDEN, b"", "text/plain")
        elif self.path != "/":
            self.answer(HTTPStatus.NOT_FOUND, b"", "text/plain")
        else:
            self.answer(HTTPStatus.OK, self.server.sink.page(), "text/html; charset=utf-8")

    def do_POST(self) -> None:
        size = self.headers.get("Content-Length", "")
        if not size.isascii() or not size.isdigit() or int(size[:9]) > BODY_BYTES:
            self.answer(HTTPStatus.BAD_REQUEST, b"", "text/plain")
            return
        body = self.rfile.read(int(size)).decode(errors="replace")
        title = "  ".join(f"{name}: {self.headers[name]}" for name in SHOWN_HEADERS if name in self.headers)
        door = self.path.partition("?")[0].strip("/")
        self.server.sink.keep(Caught(door, "", title, _readable(body)))
        self.answer(HTTPStatus.OK, YES, "application/json")

    def answer(self, status: HTTPStatus, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Says nothing: the page shows what came."""


def _readable(body: str) -> str:
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return body
