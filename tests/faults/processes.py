"""Real processes against the database of the test: they are started, killed and waited for."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
from django.db import connection

from config.servers import die_with_parent
from tests.concurrency import wait_until_blocked

BASE_DIR = Path(__file__).resolve().parent.parent.parent
# Generous: a busy machine is no failure.
PATIENCE = 60.0
GATE = 424_242


def environment(**more: str) -> dict[str, str]:
    """What a process needs to work on the database and the broker of this test."""
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    fixed = {"DJANGO_SETTINGS_MODULE": "config.settings.test", "DATABASE_URL": url.geturl(), "PYTHONWARNINGS": "ignore"}
    return os.environ | fixed | more


def start(*words: str, env: Mapping[str, str], log: Path, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    """A Python module in a session of its own, which ends with this process at the latest."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=BASE_DIR,
            env=dict(env),
            stdin=stdin,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGKILL),  # noqa: PLW1509 - one prctl call, which takes no lock
        )


def kill(process: subprocess.Popen[bytes]) -> None:
    """kill -9, its children as well, all at once."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_until(condition: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited in vain until {what}"
        time.sleep(0.02)


@dataclass
class Command:
    """A management command at work."""

    zygote: "Zygote"
    pid: int
    output: Path

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> int:
        return self.zygote.ask(wait=self.pid)

    def is_running(self) -> bool:
        with suppress(psutil.NoSuchProcess):
            return psutil.Process(self.pid).status() != psutil.STATUS_ZOMBIE
        return False


class Zygote:
    """See tests.faults.zygote."""

    def __init__(self, folder: Path, **more: str) -> None:
        self.folder, self.count = folder, 0
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.zygote"],
            cwd=BASE_DIR,
            env=environment(**more),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=die_with_parent(signal.SIGKILL),  # noqa: PLW1509 - one prctl call, which takes no lock
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def ask(self, **asked: object) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{json.dumps(asked)}\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def begin(self, *words: str) -> Command:
        self.count += 1
        output = self.folder / f"{self.count}.out"
        return Command(self, self.ask(run=words, output=str(output)), output)

    def run(self, *words: str) -> str:
        """To the end, which must be a good one; what it printed."""
        command = self.begin(*words)
        code = command.wait()
        assert code == 0, command.output.read_text()
        return command.output.read_text()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


# --- places in the database where whoever comes by waits

FUNCTION = f"""
CREATE OR REPLACE FUNCTION fault_gate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_advisory_xact_lock_shared({GATE}); RETURN NEW; END $$
"""
# By the words that say when: the beginning of a statement, or the commit of a transaction that touched a row.
TRIGGERS = {
    "before": "CREATE TRIGGER fault_gate BEFORE {event} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION fault_gate()",
    "after": "CREATE TRIGGER fault_gate AFTER {event} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION fault_gate()",
    "at the commit of": (
        "CREATE CONSTRAINT TRIGGER fault_gate AFTER {event} ON {table} DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION fault_gate()"
    ),
}


@contextmanager
def gate(point: str) -> Iterator[None]:
    """Within the block everybody waits at `point`, e.g. "before INSERT issues_warning"; its end lets them go on."""
    when, event, table = point.rsplit(" ", 2)
    params = {name: value for name, value in connection.get_connection_params().items() if name != "context"}
    params.pop("cursor_factory", None)
    with psycopg.connect(**params, autocommit=True, application_name="gate") as keeper:
        keeper.execute(FUNCTION)
        keeper.execute(TRIGGERS[when].format(event=event, table=table).encode())
        try:
            keeper.execute(f"SELECT pg_advisory_lock({GATE})")
            yield
        finally:
            keeper.execute("SELECT pg_advisory_unlock_all()")
            wait_until_alone()
            keeper.execute(f"DROP TRIGGER fault_gate ON {table}")
            keeper.execute("DROP FUNCTION fault_gate")


def wait_until_alone() -> None:
    """Until the server has finished what those whom we killed had asked of it."""

    def is_alone() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'"
                " AND application_name <> 'gate' AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
            return bool(cursor.fetchone() == (0,))

    wait_until(is_alone, "the database is idle")


def end_whoever_waits() -> None:
    """The server drops the statements that stand at a gate, as it does when it dies together with who sent them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )


def kill_at(point: str, command: Callable[[], Command]) -> None:
    """Lets the command run up to `point` and kills it there."""
    with gate(point):
        victim = command()
        wait_until_blocked()
        assert victim.is_running()
        victim.kill()
        assert victim.wait() == -signal.SIGKILL
