"""pytest plugin (`-p tests.servers`): throwaway PostgreSQL and Valkey for one run, before Django reads its settings.

DATABASE_URL and REDIS_URL, where both are set, point a run at other servers.
"""

import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from config.servers import Postgres, Server, Valkey, free_port

_servers: list[Server] = []
_folder: Path | None = None


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
