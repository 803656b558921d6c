"""pytest plugin (`-p tests.servers`): throwaway PostgreSQL and Valkey for one run, before Django reads its settings.

DATABASE_URL and REDIS_URL, where both are set, point a run at other servers.
"""

import os
import random
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from config.servers import Postgres, Server, Valkey, free_port

_servers: list[Server] = []
_folder: Path | None = None


def pytest_addoption(parser: pytest.Parser) -> None:
    """Here, because options of a conftest deep in the tree would be unknown to a run of everything."""
    group = parser.getgroup("faults")
    group.addoption("--faults", action="store_true", help="only the fault tests, in their long form: 50 random kills")
    group.addoption("--faults-seed", type=int, metavar="N", help="the random kills of an earlier run, which printed N")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if config.option.faults and config.args_source is not pytest.Config.ArgsSource.ARGS:
        config.args = ["tests/faults"]
    if config.option.faults_seed is None:  # the workers of a run get it with their options
        config.option.faults_seed = random.randrange(2**32)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.option.faults:
        terminalreporter.write_line(f"the random kills of this run: --faults-seed {config.option.faults_seed}")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is not None:
        # The servers are the main process's; pytest-django names the databases, the broker's are numbered here.
        number = int(worker.removeprefix("gw")) + 1
        os.environ["REDIS_URL"] = urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{number}").geturl()
    elif not ("DATABASE_URL" in os.environ and "REDIS_URL" in os.environ):
        _start()


def _start() -> None:
    global _folder
    _folder = Path(tempfile.mkdtemp(prefix="liandian-test-"))
    for kind in (Postgres, Valkey):
        server = kind(_folder, free_port(), throwaway=True)
        _servers.append(server)
        server.start()
        os.environ.update(server.environment)


def pytest_unconfigure() -> None:
    while _servers:
        _servers.pop().stop()
    if _folder:
        shutil.rmtree(_folder, ignore_errors=True)
