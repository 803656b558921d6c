"""Who is told outside: a web server and a mail server that remember what reached them, and can be slow to say yes."""

import hashlib
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller

from config.servers import free_port


class Receiver:
    def __init__(self) -> None:
        # The id of each message in the order of arrival, and a digest of what it said.
        self.arrived: list[tuple[str, str]] = []
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.http = _Hooks(("127.0.0.1", 0), self)
        self.smtp = Controller(_Mailbox(self), hostname="127.0.0.1", port=free_port())
        self.smtp.start()
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    @property
    def environment(self) -> dict[str, str]:
        """The settings under which a process may send to it."""
        return {"WEBHOOK_ALLOW_HOSTS": f"127.0.0.1:{self.port}", "EMAIL_URL": f"smtp://127.0.0.1:{self.smtp.port}"}

    @property
    def port(self) -> int:
        return self.http.server_port

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def ids(self) -> set[str]:
        return {number for number, _said in self.arrived}

    @property
    def repeats(self) -> int:
        return len(self.arrived) - len(self.ids)

    @property
    def contradictions(self) -> list[str]:
        """Ids under which different things were said."""
        said = Counter(number for number, _digest in set(self.arrived))
        return [number for number, count in said.items() if count > 1]

    @contextmanager
    def silent(self) -> Iterator[None]:
        """It takes messages and does not answer until the end of the block."""
        self.may_answer.clear()
        try:
            yield
        finally:
            self.may_answer.set()

    def take(self, number: str, said: bytes) -> None:
        self.arrived.append((number, hashlib.sha256(said).hexdigest()))
        self.may_answer.wait(30)

    def stop(self) -> None:
        self.http.shutdown()
        self.http.server_close()
        self.smtp.stop()


class _Hooks(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], receiver: Receiver) -> None:
        self.receiver = receiver
        super().__init__(address, _Hook)


class _Hook(BaseHTTPRequestHandler):
    server: _Hooks

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.receiver.take(self.headers["webhook-id"], body)
        with suppress(OSError):  # who asked may be dead
            self.send_response(204)
            self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        return


class _Mailbox:
    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        number = str(mail["Message-ID"]).strip("<>").partition("@")[0]
        self.receiver.take(number, f"{mail['Subject']}\n{mail.get_content()}".encode())
        return "250 OK"
