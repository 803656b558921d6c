"""What is measured, in what order, and how it is printed."""

from collections.abc import Callable
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from bench import jobs, smallest, world, writes
from bench.measure import HEADER, cost, line
from bench.server import Server


def run(issues: int, rounds: int) -> None:
    """Builds a world of about `issues` issues and prints every figure for it."""
    print(f"\n== {issues:,} issues ==", flush=True)
    world.build(issues)
    people = world.people()
    whole = Server(WSGIHandler())
    with override_settings(MIDDLEWARE=[]):
        floor = Server(WSGIHandler())
    reads(whole, floor, people, rounds)
    writes.report(whole, floor, people, rounds)
    jobs.report(issues)
    jobs.report_memory(people["tokens"]["city"])


def reads(whole: Server, floor: Server, people: dict[str, Any], rounds: int) -> None:
    print(HEADER)
    district, city = (f"Bearer {people['tokens'][name]}" for name in ("district", "city"))
    for title, path, token in (
        ("API issues, 50 rows, city client", "/api/v1/issues/?tier=B&clock=statutory&limit=50", city),
        ("API issues, 50 rows, district client", "/api/v1/issues/?tier=B&limit=50", district),
    ):
        call = asked(whole, path, HTTP_AUTHORIZATION=token)
        smallest.use(*data_statement(call, "issues_issue"))
        base = cost(asked(floor, "/bench/rows/"), rounds)
        line("smallest view, the SQL of the next line", base)
        line(title, cost(call, rounds), base, 3)
    for title, path in (("API platforms", "/api/v1/platforms/"), ("API visits", "/api/v1/visits/")):
        line(title, cost(asked(whole, path, HTTP_AUTHORIZATION=city), rounds))
    pages(whole, floor, people, rounds)


def pages(whole: Server, floor: Server, people: dict[str, Any], rounds: int) -> None:
    staff, officer = people["staff"], people["officer"]
    issue_list = asked(whole, "/issues/?open=true", HTTP_COOKIE=staff)
    smallest.use(*data_statement(issue_list, "issues_issue"))
    base = cost(asked(floor, "/bench/rows/"), rounds)
    line("smallest view, the SQL of the next line", base)
    line("page: issue list, 20 rows", cost(issue_list, rounds), base, 4)
    empty = cost(asked(whole, "/notices/", HTTP_COOKIE=staff), rounds)
    line("page: the inbox, the emptiest page", empty)
    board = cost(asked(whole, "/board/", HTTP_COOKIE=staff), max(5, rounds // 5))
    line("page: board", board, empty, 5)
    print(f"{'':44}<= 8 statements {'met' if board.statements <= 8 else 'MISSED'}")
    line("page: workbench", cost(asked(whole, "/workbench/", HTTP_COOKIE=officer), rounds))
    line("page: visit form", cost(asked(whole, "/visits/new/", HTTP_COOKIE=officer), rounds))
    line("page: visits", cost(asked(whole, "/visits/", HTTP_COOKIE=staff), rounds))
    line("page: platforms", cost(asked(whole, "/platforms/", HTTP_COOKIE=staff), rounds))
    number = people["officer_row"].issues.filter(state="accepted").values_list("number", flat=True)[0]
    line("page: issue", cost(asked(whole, f"/issues/{number}/", HTTP_COOKIE=officer), rounds))


def asked(server: Server, path: str, **headers: str) -> Callable[[], bytes]:
    return lambda: server.call(path, headers=headers)


def data_statement(call: Callable[[], object], table: str) -> tuple[str, None]:
    """The longest statement over `table` that a call runs: the one that fetches its rows, with its values in place."""
    with CaptureQueriesContext(connection) as captured:
        call()
    statements = [query["sql"] for query in captured if f'FROM "{table}"' in query["sql"]]
    return max(statements, key=len), None
