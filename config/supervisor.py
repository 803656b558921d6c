"""Starts the web server, the worker and the beat, watches them, and stops them together."""

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType

from config.embedded import BASE_DIR
from config.servers import CannotStart, Server, die_with_parent

PATIENCE = 8  # seconds for the children to end by themselves
# Known and harmless here: running as root in a container, and static files that are served from where they lie.
QUIET = ("-W", "ignore:You're running the worker:UserWarning", "-W", "ignore:No directory at:UserWarning")
# Reads the process groups of the children, one a line. When the pipe closes without the word "done", the supervisor was
# killed: a worker whose broker ends at the same moment may hang in its own shutdown.
GUARD = f"""
trap '' HUP INT TERM
groups=
while read -r line; do
  if [ "$line" = done ]; then exit; fi
  groups="$groups -$line"
done
if [ -n "$groups" ]; then kill -TERM $groups; sleep {PATIENCE}; kill -KILL $groups; fi
"""


class Stop(BaseException):  # not an Exception: nothing on the way may swallow it
    """Somebody asked the supervisor to stop."""


def say(text: str, name: str = "up") -> None:
    with suppress(OSError):  # the terminal may be gone
        print(f"{name:6} | {text}", flush=True)


@dataclass
class Supervisor:
    """The children of one `up`. `watch()` returns when one of them ends; Stop ends it from outside."""

    children: dict[str, subprocess.Popen[str]] = field(default_factory=dict)
    servers: list[Server] = field(default_factory=list)
    stopping: bool = False
    guard: subprocess.Popen[str] = field(init=False)

    def __post_init__(self) -> None:
        self.guard = start_guard()

    def listen_for_stop(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.on_signal)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # ignored under nohup, which stays in force
            signal.signal(signal.SIGHUP, self.on_signal)

    def on_signal(self, number: int, frame: FrameType | None) -> None:
        if not self.stopping:
            raise Stop
        for child in self.children.values():  # a second Ctrl-C: no more waiting
            kill_group(child, signal.SIGKILL)

    def spawn(self, name: str, *words: str) -> None:
        """Runs a Python module; its output appears line by line under its name."""
        child = subprocess.Popen(
            [sys.executable, *QUIET, "-m", *words],
            cwd=BASE_DIR,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C reaches the supervisor alone, which stops them in order
            preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - one prctl call, which takes no lock
        )
        self.children[name] = child
        tell(self.guard, str(child.pid))
        threading.Thread(target=show_output, args=(name, child), daemon=True).start()

    def ended(self) -> str | None:
        """What to say of the first part that is no longer running."""
        for name, child in self.children.items():
            if child.poll() is not None:
                return f"{name} ended with exit code {child.returncode}"
        for server in self.servers:
            if server.process is None or server.process.poll() is not None:
                return f"{server.name} ended; see {server.log}"
        return None

    def wait_until_web_answers(self, host: str, port: int, seconds: float = 120) -> None:
        end = time.monotonic() + seconds
        while (status := health(host, port)) != http.client.OK:
            if status is not None:
                raise CannotStart(f"web answers /healthz with the status {status}; the reason stands above")
            if reason := self.ended():
                raise CannotStart(f"{reason} before the first page was served")
            if time.monotonic() > end:
                raise CannotStart(f"web did not answer /healthz on port {port} within {seconds:.0f} seconds")
            time.sleep(0.1)

    def watch(self) -> str:
        while True:
            if reason := self.ended():
                return reason
            time.sleep(0.2)

    def stop(self) -> None:
        """All children together; whoever needs longer than PATIENCE is killed, with its own children."""
        self.stopping = True
        for child in self.children.values():
            if child.poll() is None:
                child.terminate()
        end = time.monotonic() + PATIENCE
        for name, child in self.children.items():
            try:
                child.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                say(f"{name} did not stop within {PATIENCE} seconds: killed")
            kill_group(child, signal.SIGKILL)
            child.wait()
        tell(self.guard, "done")
        self.guard.wait()


def start_guard() -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["/bin/sh", "-c", GUARD],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


def tell(guard: subprocess.Popen[str], line: str) -> None:
    with suppress(OSError):  # somebody ended the guard
        if guard.stdin:
            guard.stdin.write(f"{line}\n")
            guard.stdin.flush()


def kill_group(child: subprocess.Popen[str], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):  # all gone; macOS says "not permitted" of a group of zombies
        os.killpg(child.pid, number)


def show_output(name: str, child: subprocess.Popen[str]) -> None:
    for line in child.stdout or ():
        say(line.rstrip("\n"), name)


def health(host: str, port: int) -> int | None:
    """The status of /healthz; None while nobody answers."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": f"127.0.0.1:{port}"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
