"""`manage.py up` as it is used: real processes, a folder and ports of their own."""

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg
import pytest

from config.servers import free_port

pytestmark = pytest.mark.processes
BASE_DIR = Path(__file__).resolve().parent.parent.parent
# Generous: a busy machine is no failure.
SECONDS_TO_START = 180
SECONDS_TO_STOP = 40


@dataclass
class Up:
    """One `up` and what it printed."""

    process: subprocess.Popen[str]
    port: int
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self) -> None:
        self.lines.extend(self.process.stdout or ())

    @property
    def output(self) -> str:
        return "".join(self.lines)

    def wait_until_ready(self) -> "Up":
        end = time.monotonic() + SECONDS_TO_START
        while "ready after" not in self.output:
            assert self.process.poll() is None, self.output
            assert time.monotonic() < end, self.output
            time.sleep(0.05)
        return self

    def wait_for_exit(self) -> int:
        code = self.process.wait(SECONDS_TO_STOP)
        self.reader.join(5)
        return code

    def parts(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One folder for all of this file: the second start finds the first one's tables."""
    run_dir = tmp_path_factory.mktemp("up")
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    ports = {name: str(free_port()) for name in ("PORT", "PGPORT", "REDIS_PORT", "SINK_PORT")}
    return (
        kept
        | ports
        | {"RUN_DIR": str(run_dir), "DJANGO_SETTINGS_MODULE": "config.settings.local", "WEB_CONCURRENCY": "1"}
    )


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator[object]:
    started: list[Up] = []

    def start_up(**changes: str) -> Up:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--no-demo"],
            cwd=BASE_DIR,
            env=environment | changes,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(Up(process, int(environment["PORT"])))
        return started[-1]

    yield start_up
    for up in started:
        if up.process.poll() is None:
            up.process.terminate()
            up.process.wait(SECONDS_TO_STOP + 10)


def manage(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(
        command, check=False, cwd=BASE_DIR, env=environment, capture_output=True, text=True, timeout=60
    )


def test_up_serves_pages_refuses_a_second_start_lends_its_database_and_stops_on_ctrl_c(start, environment):
    up = start().wait_until_ready()
    address = f"http://127.0.0.1:{up.port}/"
    assert address in up.output

    connection = http.client.HTTPConnection("127.0.0.1", up.port, timeout=10)
    connection.request("GET", "/healthz")
    assert connection.getresponse().status == 200
    connection.close()

    second = manage(environment, "up")
    assert second.returncode == 1
    assert second.stderr.strip() == (
        f"up: already running at {address} (process {up.process.pid}, up); Ctrl-C there stops it"
    )

    code = "import os; from config.embedded import ensure_environment as e; e(['', 'x'])"
    code += "; print(os.environ['DATABASE_URL'])"
    other = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=BASE_DIR, capture_output=True, text=True, check=True
    )
    with psycopg.connect(other.stdout.strip()) as connection_of_other:
        assert connection_of_other.info.port == int(environment["PGPORT"])

    parts = up.parts()
    up.process.send_signal(signal.SIGINT)
    assert up.wait_for_exit() == 0, up.output
    assert [part for part in parts if part.is_running()] == []
    assert "up     | stopped in" in up.output


def test_a_part_that_dies_stops_the_rest_and_is_named(start):
    up = start().wait_until_ready()
    parts = up.parts()
    next(part for part in parts if "beat" in part.cmdline()).kill()
    assert up.wait_for_exit() == 1, up.output
    assert "up     | beat ended with exit code -9: stopping the rest" in up.output
    assert [part for part in parts if part.is_running()] == []


def test_a_killed_supervisor_leaves_nobody_behind_not_even_who_ignores_a_request_to_end(start):
    up = start().wait_until_ready()
    parts = up.parts()
    stubborn = next(part for part in parts if "beat" in part.cmdline())
    stubborn.suspend()  # a stopped process reacts to nothing but SIGKILL
    up.process.kill()
    _gone, alive = psutil.wait_procs(parts, timeout=SECONDS_TO_STOP)
    assert [part.cmdline() for part in alive] == []


@pytest.mark.parametrize(
    ("variable", "owner"),
    [("PORT", "web"), ("PGPORT", "PostgreSQL"), ("REDIS_PORT", "Valkey"), ("SINK_PORT", "sink")],
)
def test_a_busy_port_is_named_with_the_variable_that_changes_it(start, busy_port, variable, owner):
    up = start(**{variable: str(busy_port)})
    assert up.wait_for_exit() == 1
    assert f"port {busy_port} ({owner}) is in use or not allowed; set {variable} to a free one" in up.output


def test_a_port_that_is_no_number_is_refused(environment):
    refused = manage(environment | {"PGPORT": "web"}, "up")
    assert refused.returncode == 1
    assert refused.stderr.strip() == "up: PGPORT must be a port number from 1 to 65535, not 'web'"
