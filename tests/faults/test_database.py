"""PostgreSQL and web processes are killed while clients write: what was acknowledged is there, once.

The database is one of its own that keeps its promises (the test run's forgets everything in a crash).
"""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from config.servers import DATABASE, Postgres, free_port
from tests.faults.processes import BASE_DIR, PATIENCE, kill, start, wait_until

WRITERS = 4


class Machine:
    """A database of its own with a web server in front of it."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "web.log"
        self.postgres = Postgres(folder, free_port())
        self.postgres.start()
        self.port = free_port()
        self.env = os.environ | {
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "DATABASE_URL": self.postgres.url(DATABASE),
            "PYTHONWARNINGS": "ignore",
        }
        self.run("manage", "migrate", "-v0")
        self.reach: dict[str, Any] = json.loads(self.run("tests.faults.stage"))
        self.start_web()

    def run(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", *words], cwd=BASE_DIR, env=self.env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start_web(self) -> None:
        words = ("--bind", f"127.0.0.1:{self.port}", "--workers", "2", "--threads", "2", "--preload")
        self.web = start("gunicorn", "config.wsgi", *words, "--no-control-socket", env=self.env, log=self.log)
        wait_until(lambda: self.get("/healthz")[0] == 200, "the web server answers")

    def kill_a_web_process(self) -> None:
        children = psutil.Process(self.web.pid).children()
        if children:
            children[0].kill()

    def kill_the_database(self) -> None:
        assert self.postgres.process is not None
        postmaster = psutil.Process(self.postgres.process.pid)
        everybody = [*postmaster.children(recursive=True), postmaster]
        for process in everybody:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.postgres.process.wait()
        psutil.wait_procs(everybody, timeout=PATIENCE)

    def get(self, path: str) -> tuple[int | None, dict[str, str]]:
        return self.ask("GET", path)

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int | None, dict[str, str]]:
        """Status and headers; None where nobody answered."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = {"Content-Type": "application/json"}
        if hasattr(self, "reach"):
            is_api = path.startswith("/api/")
            key, value = ("Authorization", f"Bearer {self.reach['token']}") if is_api else ("Cookie", self.cookie)
            headers[key] = value
        try:
            connection.request(method, path, json.dumps(body) if body else None, headers)
            response = connection.getresponse()
            response.read()
            return response.status, dict(response.getheaders())
        except (OSError, http.client.HTTPException):
            return None, {}
        finally:
            connection.close()

    @property
    def cookie(self) -> str:
        return f"sessionid={self.reach['session']}"

    def visit(self, number: str) -> dict[str, Any]:
        issue = {"tier": "B", "category": self.reach["category"], "text": "消防验收迟迟没有通过"}
        visit = {"client_id": number, "platform": self.reach["platform"], "visited_on": "2025-10-15", "mode": "on_site"}
        return {**visit, "text": "看了新装修的振动试验间。", "issues": [issue]}

    def logged(self) -> Counter[str]:
        """How often each visit that has its issue, its deadline and its event stands in the database."""
        with psycopg.connect(self.postgres.url(DATABASE)) as connection:
            rows = connection.execute(
                "SELECT v.client_id::text FROM visits_visit v JOIN issues_issue i ON i.visit_id = v.id"
                " JOIN issues_deadline d ON d.issue_id = i.id JOIN issues_event e ON e.deadline_id = d.id"
            )
            return Counter(number for (number,) in rows)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    machine = Machine(tmp_path_factory.mktemp("machine"))
    yield machine
    kill(machine.web)
    machine.postgres.stop()


class Writers:
    """Clients that repeat a visit until it is acknowledged; `answers` counts everything they were told."""

    def __init__(self, machine: Machine, wanted: int) -> None:
        self.machine, self.wanted = machine, wanted
        self.acknowledged: list[str] = []
        self.answers: Counter[int | None] = Counter()
        self.threads = [threading.Thread(target=self.write, daemon=True) for _ in range(WRITERS)]
        for thread in self.threads:
            thread.start()

    def write(self) -> None:
        while len(self.acknowledged) < self.wanted:
            number = str(uuid.uuid4())
            # 200 is the answer to a repeat of what was written although nobody could say so any more.
            while (status := self.machine.ask("POST", "/api/v1/visits/", self.machine.visit(number))[0]) not in (
                201,
                200,
            ):
                self.answers[status] += 1
                time.sleep(0.05)
            self.acknowledged.append(number)

    def wait_for(self, count: float) -> None:
        wait_until(lambda: len(self.acknowledged) >= count, "more visits are written")

    def join(self) -> None:
        for thread in self.threads:
            thread.join(PATIENCE)
            assert not thread.is_alive(), self.answers


def test_b1_what_was_acknowledged_outlives_kills_of_web_and_database(machine, dice, is_long):
    wanted, kills = (500, 16) if is_long else (50, 4)
    before = machine.logged()
    writers = Writers(machine, wanted)
    for number in range(1, kills + 1):
        # Anywhere between the kill before and the next share of the writes.
        writers.wait_for((number - dice.random()) * wanted / (kills + 1))
        if number % 2:
            machine.kill_a_web_process()
        else:
            machine.kill_the_database()
            time.sleep(dice.uniform(0, 0.5))
            machine.postgres.start()
    writers.join()
    logged = machine.logged() - before
    assert len(writers.acknowledged) >= wanted
    assert {number: logged[number] for number in writers.acknowledged if logged[number] != 1} == {}
    # Nobody was told anything but yes, come back later, or nothing at all: never 500.
    assert set(writers.answers) <= {None, 503}
    assert machine.run("manage", "reconcile") == "the books balance\n"


def test_b7_while_the_database_is_away_everything_says_503_and_when_and_recovers_within_a_second(machine):
    pages = ("/", "/issues/", "/platforms/", "/visits/new/", "/notices/", "/api/v1/issues/", "/api/v1/visits/")
    with ThreadPoolExecutor(WRITERS) as pool:
        assert {status for status, _headers in pool.map(machine.get, pages * WRITERS)} <= {200, 302}
        machine.postgres.stop()
        away = dict(zip(pages, pool.map(machine.get, pages), strict=True))
        assert {page: status for page, (status, _headers) in away.items() if status != 503} == {}
        assert {headers["Retry-After"] for _status, headers in away.values()} == {"5"}
        assert machine.get("/healthz")[0] == 200
        assert machine.get("/readyz")[0] == 503
        machine.postgres.start()
        time.sleep(1)
        back = list(pool.map(machine.get, pages * WRITERS * 2))
    assert {status for status, _headers in back} <= {200, 302}


def test_a_frozen_database_is_reported_within_seconds_not_waited_for(machine):
    assert machine.postgres.process is not None
    postmaster = psutil.Process(machine.postgres.process.pid)
    everybody = [postmaster, *postmaster.children(recursive=True)]
    for process in everybody:
        process.send_signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        assert machine.get("/readyz")[0] == 503
        assert time.monotonic() - began < 4
    finally:
        for process in everybody:
            process.send_signal(signal.SIGCONT)
    assert machine.get("/readyz")[0] is not None
