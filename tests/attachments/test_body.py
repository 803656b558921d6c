"""A body that is too large, sent to the real web server: the sender hears the sentence and is not cut off."""

import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from config.servers import free_port

FORM = "application/x-www-form-urlencoded"

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Of a web process as `up` starts it; nothing here needs the database."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", "-b", f"127.0.0.1:{port}", "-w", "1", "--threads", "4"]
    env = {"DJANGO_SETTINGS_MODULE": "config.settings.test"}
    web = subprocess.Popen([*command, "--no-control-socket", *[f"--env={key}={value}" for key, value in env.items()]])
    try:
        _wait_until_it_answers(port)
        yield port
    finally:
        web.terminate()
        web.wait(20)


def _wait_until_it_answers(port: int) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            asked = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            asked.request("GET", "/healthz")
            assert asked.getresponse().status == 200
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the web server does not answer")


def test_a_length_that_no_body_has_is_refused_as_well(port):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as sender:
        sender.sendall(b"POST /sign-in/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " + b"9" * 40 + b"\r\n\r\nx=1")
        sender.shutdown(socket.SHUT_WR)
        assert sender.recv(100).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    ("path", "megabytes"), [("/sign-in/", 8), ("/sign-in/", 40), ("/issues/2026-000001/comments/", 70)]
)
def test_the_answer_arrives_although_the_sender_is_still_sending(port, path, megabytes):
    sender = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    sender.request("POST", path, b"text=" + bytes(megabytes * 1024 * 1024), {"Content-Type": FORM})
    answer = sender.getresponse()
    assert answer.status == 413
    assert "这次提交的内容太大" in answer.read().decode()
