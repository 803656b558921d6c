"""CPU and statements of a call: Python's own and PostgreSQL's, as the operating system accounts for them."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.db import connection
from django.test.utils import CaptureQueriesContext


@dataclass(frozen=True)
class Cost:
    """One call: SQL statements, and CPU-ms of Python and of the database backend that served it."""

    statements: int
    python_ms: float
    database_ms: float

    @property
    def cpu_ms(self) -> float:
        return self.python_ms + self.database_ms


def backend_cpu() -> float:
    """Seconds of CPU used so far by this connection's backend (Linux: the scheduler's own account)."""
    connection.ensure_connection()
    account = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat").read_text()
    return int(account.split()[0]) / 1e9


def cost(call: Callable[[], object], rounds: int) -> Cost:
    """The medians over `rounds` calls, after two unmeasured ones."""
    call()
    with CaptureQueriesContext(connection) as captured:
        call()
    statements = len(captured)  # the next request forgets them
    python, database = [], []
    for _ in range(rounds):
        start, backend = time.process_time(), backend_cpu()
        call()
        python.append((time.process_time() - start) * 1000)
        database.append((backend_cpu() - backend) * 1000)
    return Cost(statements, statistics.median(python), statistics.median(database))


def seconds(call: Callable[[], object]) -> float:
    """Python and database CPU-seconds of a single call, for jobs that take long enough to be counted once."""
    python, database = time.process_time(), backend_cpu()
    call()
    return time.process_time() - python + backend_cpu() - database


HEADER = f"{'':44}{'SQL':>5}{'Python':>9}{'database':>10}{'CPU-ms':>9}{'ratio':>8}  target"


def line(name: str, spent: Cost, base: Cost | None = None, target: float | None = None) -> None:
    """One row: statements, CPU-ms, the ratio to `base`, and whether the target ratio is met."""
    ratio = f"{spent.cpu_ms / base.cpu_ms:7.1f}x" if base else f"{'':8}"
    verdict = ""
    if base and target:
        verdict = f"  <= {target:g}x {'met' if spent.cpu_ms <= target * base.cpu_ms else 'MISSED'}"
    figures = f"{spent.statements:5}{spent.python_ms:9.2f}{spent.database_ms:10.2f}{spent.cpu_ms:9.2f}"
    print(f"{name:44}{figures}{ratio}{verdict}", flush=True)
