"""Which servers a command talks to: those of its environment, those of a running `./run`, or temporary ones.

RUN_DIR (default `.run`) holds the data. Whoever holds the lock on `RUN_DIR/lock` may start servers there; `up` also
publishes their addresses, so that other commands use them.
"""

import atexit
import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import psycopg

from config.servers import CannotStart, Postgres, Server, Valkey, port_from_environment, secret

BASE_DIR = Path(__file__).resolve().parent.parent
WITHOUT_SERVERS = {
    *("check", "check_translations", "collectstatic", "compilemessages", "diffsettings", "findstatic", "makemessages"),
    *("sink", "spectacular", "startapp", "help", "version", "--help", "--version", "-h"),
}
# They make or replace the tables themselves.
WITHOUT_TABLES = {"up", "makemigrations", "migrate", "restore", "showmigrations", "sqlmigrate"}


def run_dir() -> Path:
    return Path(os.environ.get("RUN_DIR") or BASE_DIR / ".run").resolve()


def ensure_environment(argv: Sequence[str]) -> None:
    """Before the settings load: sets DATABASE_URL, REDIS_URL and SECRET_KEY where they are not set.

    A command that finds no server running starts temporary ones, which end with it.
    """
    command = argv[1] if len(argv) > 1 else "help"
    if command in WITHOUT_SERVERS or "--help" in argv:
        return
    try:
        os.environ.setdefault("SECRET_KEY", secret(run_dir() / "secret_key", 48))
        if not ("DATABASE_URL" in os.environ and "REDIS_URL" in os.environ):
            _find_or_start(command)
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except CannotStart as refusal:
        raise SystemExit(f"{command}: {refusal}") from None
    except OSError as error:
        raise SystemExit(f"{command}: {run_dir()} cannot be used ({error}); set RUN_DIR to another folder") from None


def _find_or_start(command: str) -> None:
    lease = Lease.take(run_dir(), command)
    told = False
    end = time.monotonic() + 120
    while lease is None:
        holder = Lease.holder(run_dir())
        if command == "up":
            raise CannotStart(f"already running{holder.words}; Ctrl-C there stops it")
        if holder.servers:
            os.environ.update(holder.servers)
            return
        if time.monotonic() > end:
            raise CannotStart(f"the servers in {run_dir()} are in use{holder.words}")
        if not told:
            told = True
            print(f"Waiting for the servers in {run_dir()}, in use{holder.words} …", file=sys.stderr)
        time.sleep(0.1)
        lease = Lease.take(run_dir(), command)
    lease.start_servers()
    if command not in WITHOUT_TABLES:
        lease.make_tables()


@dataclass(frozen=True)
class Holder:
    """Who holds the lock, as far as the files tell."""

    pid: int | None
    command: str
    address: str
    servers: Mapping[str, str]

    @property
    def words(self) -> str:
        if self.pid is None:
            return ""
        return f"{self.address and ' at '}{self.address} (process {self.pid}, {self.command})"


@dataclass
class Lease:
    """The right to run servers in a RUN_DIR, and the servers; the right ends with this process, however it ends."""

    folder: Path
    lock: TextIO
    servers: list[Server] = field(default_factory=list)

    @classmethod
    def take(cls, folder: Path, command: str) -> "Lease | None":
        """None when another process has it. The process's one lease is kept in `current`."""
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            return None
        (folder / "servers.json").unlink(missing_ok=True)
        lock.truncate(0)
        lock.write(f"{os.getpid()} {command}")
        lock.flush()
        lease = cls(folder, lock)
        global current
        current = lease
        atexit.register(lease.end)
        return lease

    @staticmethod
    def holder(folder: Path) -> Holder:
        pid, _, command = (folder / "lock").read_text().partition(" ")
        if not pid.isdigit():  # just being written
            return Holder(None, "", "", {})
        try:
            content = json.loads((folder / "servers.json").read_text())
        except (FileNotFoundError, ValueError):
            content = {}
        if content.get("pid") != int(pid):  # left by a process that was killed
            return Holder(int(pid), command, "", {})
        return Holder(int(pid), command, content["address"], content["servers"])

    @property
    def has_own_database(self) -> bool:
        return any(isinstance(server, Postgres) for server in self.servers)

    def start_servers(self) -> None:
        """Those that the environment does not name; their addresses go into the environment."""
        wanted: list[tuple[str, type[Server], int]] = [("DATABASE_URL", Postgres, 54329), ("REDIS_URL", Valkey, 63799)]
        for variable, kind, default in wanted:
            if variable in os.environ:
                continue
            server = kind(self.folder, port_from_environment(kind.variable, default))
            self.servers.append(server)
            server.start()
            os.environ.update(server.environment)

    def make_tables(self) -> None:
        """On a database that was never migrated."""
        with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
            row = connection.execute("SELECT to_regclass('django_migrations') IS NULL").fetchone()
        if row and row[0]:
            made = subprocess.run([sys.executable, str(BASE_DIR / "manage.py"), "migrate", "-v0"], check=False)
            if made.returncode:
                raise CannotStart("the tables could not be made (see above)")

    def publish(self, address: str) -> None:
        """Other commands use these servers from now on."""
        names = ("DATABASE_URL", "REDIS_URL", *(name for name in ("SINK_SMTP_PORT",) if name in os.environ))
        servers = {name: os.environ[name] for name in names}
        path = self.folder / "servers.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps({"pid": os.getpid(), "address": address, "servers": servers}))

    def end(self) -> None:
        while self.servers:
            self.servers.pop().stop()
        (self.folder / "servers.json").unlink(missing_ok=True)
        self.lock.close()
        atexit.unregister(self.end)


# manage.py takes it before Django exists, `up` finds it here.
current: Lease | None = None
