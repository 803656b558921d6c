"""`./run bench`: what pages, calls and jobs cost, as statements, CPU-ms and ratios within one run.

Seconds drift with the machine, so nothing here is a test: each figure stands beside the target it is measured against.
    ./run bench                          1,000 and 100,000 issues
    ./run bench --issues 1000 1000000    other sizes
    ./run bench --open 100000            deadlines over fewer open issues than a million; 0 leaves them out
    ./run bench --search 100000          search among fewer issues than a million; 0 leaves it out
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.servers import Postgres, Server, Valkey, free_port


@contextmanager
def throwaway_servers() -> Iterator[None]:
    """Servers of the bench's own, with fsync on: what a write costs here is what it costs."""
    folder = Path(tempfile.mkdtemp(prefix="liandian-bench-"))
    servers: list[Server] = [kind(folder, free_port()) for kind in (Postgres, Valkey)]
    try:
        for server in servers:
            server.start()
            os.environ.update(server.environment)
        yield
    finally:
        for server in reversed(servers):
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--issues", type=int, nargs="*", default=[1_000, 100_000], metavar="N")
    parser.add_argument("--open", type=int, default=1_000_000, metavar="N", help="open issues of the part on deadlines")
    parser.add_argument("--search", type=int, default=1_000_000, metavar="N", help="issues of the part on search")
    parser.add_argument("--rounds", type=int, default=30, help="measured repetitions of each page or call")
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.bench"
    with throwaway_servers():
        import django  # noqa: PLC0415 - the servers come first

        django.setup()
        from bench import deadlines, searching  # noqa: PLC0415 - as above
        from bench.report import run  # noqa: PLC0415 - as above

        for issues in options.issues:
            run(issues, options.rounds)
        if options.search:
            searching.report(options.search, options.rounds)
        if options.open:
            deadlines.report(options.open)
    return 0


if __name__ == "__main__":
    sys.exit(main())
