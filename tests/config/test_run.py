"""The entry script, as far as it can be tried without installing anything."""

import os
import subprocess
from pathlib import Path

import pytest

BASE_DIR = Path(__file__).resolve().parent.parent.parent


def run(*words: str, cwd: Path = BASE_DIR, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(cwd / "run"), *words],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def bare_checkout(tmp_path):
    (tmp_path / "run").write_bytes((BASE_DIR / "run").read_bytes())
    (tmp_path / "run").chmod(0o755)
    return tmp_path


def test_help_names_every_command():
    answer = run("help")
    assert answer.returncode == 0
    for command in ("test", "lint", "bench", "manage", "lock", "setup"):
        assert f"./run {command}" in answer.stdout


def test_an_unknown_command_is_named_and_refused():
    answer = run("tset")
    assert answer.returncode == 1
    assert answer.stderr.endswith('run: there is no command "tset"\n')


def test_too_old_a_python_is_refused_with_the_version_it_takes(bare_checkout):
    old = bare_checkout / "python3.9"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2"\nexit 1\n')
    old.chmod(0o755)
    answer = run("setup", cwd=bare_checkout, PYTHON=str(old))
    assert answer.returncode == 1
    assert "Python 3.11 or newer is needed; found: Python 3.9.2" in answer.stderr
    assert not (bare_checkout / ".venv").exists()
