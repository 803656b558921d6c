"""The embedded servers and the helpers they stand on."""

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from config import servers
from config.servers import CannotStart, Postgres, Valkey, free_port, port_from_environment, require_free_port, secret


def test_a_secret_is_made_once_and_readable_by_its_owner_only(tmp_path):
    path = tmp_path / "deep" / "password"
    first = secret(path)
    assert secret(path) == first
    assert len(first) >= 40
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["password"]


def test_two_secrets_differ(tmp_path):
    assert secret(tmp_path / "a") != secret(tmp_path / "b")


@pytest.mark.parametrize("text", ["web", "0", "65536", "-1", "８０００", "80.0"])
def test_a_port_variable_that_names_no_port_is_refused(monkeypatch, text):
    monkeypatch.setenv("PGPORT", text)
    with pytest.raises(CannotStart, match="PGPORT must be a port number"):
        port_from_environment("PGPORT", 54329)


@pytest.mark.parametrize(("text", "port"), [("", 54329), ("1", 1), ("65535", 65535)])
def test_a_port_variable_overrides_the_default(monkeypatch, text, port):
    monkeypatch.setenv("PGPORT", text)
    assert port_from_environment("PGPORT", 54329) == port


def test_a_busy_port_is_refused_and_a_free_one_is_not(busy_port):
    require_free_port(free_port(), "web", "PORT")
    with pytest.raises(CannotStart, match=rf"port {busy_port} \(web\) is in use or not allowed; set PORT"):
        require_free_port(busy_port, "web", "PORT", patience=0)


def test_a_reused_process_number_in_a_pid_file_is_left_alone(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "postmaster.pid").write_text(f"{os.getpid()}\n")
    servers.stop_leftover(folder / "postmaster.pid", folder)
    assert psutil.Process().is_running()


@pytest.mark.parametrize("content", ["", "what\n", "999999999\n"])
def test_a_pid_file_of_nobody_is_ignored(tmp_path, content):
    (tmp_path / "x.pid").write_text(content)
    servers.stop_leftover(tmp_path / "x.pid", tmp_path)
    assert (tmp_path / "x.pid").read_text() == content


def test_a_process_of_somebody_else_that_got_the_number_is_left_alone(tmp_path):
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], cwd=tmp_path.parent)
    (tmp_path / "x.pid").write_text(f"{bystander.pid}\n")
    servers.stop_leftover(tmp_path / "x.pid", tmp_path)
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait(5)


def test_a_leftover_server_is_stopped(tmp_path):
    # A run in the background of a shell hands down that the signal is ignored.
    program = "import signal, time; signal.signal(2, signal.SIG_DFL); print(flush=True); time.sleep(60)"
    sleeper = subprocess.Popen([sys.executable, "-c", program], cwd=tmp_path, stdout=subprocess.PIPE)
    assert sleeper.stdout
    sleeper.stdout.readline()  # it listens now
    (tmp_path / "x.pid").write_text(f"{sleeper.pid}\n")
    servers.stop_leftover(tmp_path / "x.pid", tmp_path)
    assert not psutil.pid_exists(sleeper.pid)
    sleeper.wait(1)


@pytest.mark.processes
def test_postgres_keeps_its_data_asks_for_a_password_and_knows_chinese_letters(tmp_path):
    server = Postgres(tmp_path, free_port(), throwaway=True)
    server.start()
    try:
        with psycopg.connect(server.environment["DATABASE_URL"]) as connection:
            connection.execute("CREATE TABLE kept (word text)")
            connection.execute("INSERT INTO kept VALUES ('联点')")
            # What full-text search and pg_trgm ask of the locale: a Chinese character is a letter.
            assert connection.execute("SELECT '联' ~ '[[:alpha:]]'").fetchone() == (True,)
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(server.environment["DATABASE_URL"].replace(server.password, "wrong"))
    finally:
        server.stop()
    again = Postgres(tmp_path, free_port(), throwaway=True)
    again.start()
    try:
        with psycopg.connect(again.environment["DATABASE_URL"]) as connection:
            assert connection.execute("SELECT word FROM kept").fetchone() == ("联点",)
    finally:
        again.stop()


@pytest.mark.processes
def test_a_cluster_that_was_only_half_made_is_made_again(tmp_path):
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("18\n")
    server = Postgres(tmp_path, free_port(), throwaway=True)
    server.start()
    server.stop()
    assert (tmp_path / "postgres.made").exists()


@pytest.mark.processes
@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another account")
def test_postgres_runs_as_nobody_where_user_namespaces_are_off(tmp_path, monkeypatch):
    tmp_path.chmod(0o700)
    which = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "unshare" else which(name))
    servers.unprivileged.cache_clear()
    server = Postgres(tmp_path / "closed", free_port(), throwaway=True)
    try:
        server.start()
        assert server.process is not None
        assert psutil.Process(server.process.pid).uids().effective == servers.NOBODY
    finally:
        server.stop()
        servers.unprivileged.cache_clear()


@pytest.mark.processes
def test_valkey_asks_for_a_password_that_no_command_line_shows(tmp_path):
    server = Valkey(tmp_path, free_port(), throwaway=True)
    server.start()
    try:
        assert redis.Redis.from_url(server.environment["REDIS_URL"]).ping()
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=server.port).ping()
        assert server.process is not None
        assert server.password not in " ".join(psutil.Process(server.process.pid).cmdline())
        assert stat.S_IMODE((tmp_path / "valkey" / "valkey.conf").stat().st_mode) == 0o600
    finally:
        server.stop()


@pytest.mark.processes
def test_a_server_that_cannot_start_shows_the_end_of_its_log(tmp_path, monkeypatch):
    server = Valkey(tmp_path, free_port(), throwaway=True)
    monkeypatch.setattr(server, "write_configuration", lambda path: path.write_text("no such directive\n"))
    with pytest.raises(CannotStart, match="Valkey did not start") as refusal:
        server.start()
    assert "no such directive" in str(refusal.value)


def finding(command: str, run_dir: Path, **environment: str) -> subprocess.Popen[str]:
    """A process that prints what ensure_environment leaves in its environment."""
    names = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")
    code = (
        "import json, os; from config.embedded import ensure_environment;"
        f"ensure_environment(['manage.py', {command!r}]);"
        f"print(json.dumps({{name: os.environ.get(name) for name in {names}}}))"
    )
    kept = {name: value for name, value in os.environ.items() if name not in names}
    ports = {"PGPORT": str(free_port()), "REDIS_PORT": str(free_port()), "RUN_DIR": str(run_dir)}
    return subprocess.Popen(
        [sys.executable, "-c", code], env=kept | ports | environment, stdout=subprocess.PIPE, text=True
    )


def answer_of(process: subprocess.Popen[str]) -> dict[str, str]:
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    found: dict[str, str] = json.loads(output)
    return found


def test_a_command_that_needs_no_server_starts_none(tmp_path):
    found = answer_of(finding("collectstatic", tmp_path))
    assert found == {"DATABASE_URL": None, "REDIS_URL": None, "SECRET_KEY": None}
    assert list(tmp_path.iterdir()) == []


def test_servers_named_by_the_environment_are_used(tmp_path):
    given = {"DATABASE_URL": "postgres://db/x", "REDIS_URL": "redis://broker/0"}
    found = answer_of(finding("migrate", tmp_path, **given))
    assert found | given == found
    assert sorted(path.name for path in tmp_path.iterdir()) == ["secret_key"]


@pytest.mark.processes
def test_two_commands_at_once_each_get_servers_which_end_with_them(tmp_path):
    first, second = [answer_of(process) for process in [finding("migrate", tmp_path), finding("migrate", tmp_path)]]
    assert first["DATABASE_URL"].startswith("postgres://liandian:")
    assert first["SECRET_KEY"] == second["SECRET_KEY"] == (tmp_path / "secret_key").read_text()
    for found in (first, second):
        with pytest.raises(psycopg.OperationalError, match="refused"):
            psycopg.connect(found["DATABASE_URL"])
        with pytest.raises(redis.ConnectionError):
            redis.Redis.from_url(found["REDIS_URL"]).ping()
