"""What a search and a page far down cost among many issues, against a scan of their texts.

The texts are words of a dictionary by Zipf's law, 200 characters each; what is looked for is planted in known numbers.
"""

import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any
from urllib.parse import quote

import numpy
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from pypinyin.phrases_dict import phrases_dict

from accounts.models import Role, User
from accounts.services import create_token
from bench.jobs import undone, verdict
from bench.measure import HEADER, cost, line
from bench.report import asked
from bench.server import Server
from bench.world import build, people
from bench.writes import post_json
from config.api.paging import make_cursor
from config.paging import PAGE_SIZE, cursor_to, page_of
from issues.models import Issue
from issues.order import BY_DUE_DATE, NEWEST_FIRST
from issues.search import mentioning, similar_issues
from platforms.models import Platform

WORDS_A_TEXT = 85
# By word: in how many of how many issues it stands, and how many times as fast as the scan it has to be found.
PLANTED: dict[str, tuple[int, int, float]] = {
    "镥镱": (0, 1, 500),
    "氦气": (1, 1_000_000, 500),
    "液氮": (10, 1_000_000, 500),
    "停电": (1, 1_000, 100),
    "基金": (5, 1_000, 10),
    "故障": (20, 1_000, 10),
    "设备": (200, 1_000, 1),
}
LONGER = ("停电故障", "设备故障")


def report(count: int, rounds: int) -> None:
    """Builds a small world, copies its issues `count` times under new texts and prints every figure of this file."""
    print(f"\n== search, {count:,} issues ==", flush=True)
    build(1_000)
    fill(count)
    sizes(count)
    reader = User.objects.filter(role=Role.BUREAU_STAFF)[0]
    for word, (times, of, target) in PLANTED.items():
        search(reader, word, f"in {times:,} of {of:,}" if times else "in none", target)
    for word in (*LONGER, "障", "，", "90000002345"):
        search(reader, word, "", 1)
    similar(reader)
    somebody = people()
    inserts(somebody, rounds)
    pages(count, somebody, rounds)


def vocabulary() -> list[str]:
    """Words of two to four characters, in a fixed random order, none of which can be half of a planted one."""
    ends = {end for word in PLANTED for end in word[1:]}
    words = sorted(word for word in phrases_dict if 2 <= len(word) <= 4)
    kept = [word for word in words if word[0] not in ends and not any(planted in word for planted in PLANTED)]
    random.Random(7).shuffle(kept)
    kept.sort(key=len)  # the short ones are the frequent ones
    return kept


def texts(count: int) -> Iterator[str]:
    dice = numpy.random.default_rng(7)
    words = numpy.array(vocabulary(), dtype=object)
    weights = 1 / (numpy.arange(len(words)) + 2.7)
    steps = numpy.cumsum(weights / weights.sum())
    planted = [(word, times / of) for word, (times, of, _) in reversed(PLANTED.items())]
    for start in range(0, count, 10_000):
        rows = min(10_000, count - start)
        chosen = words[numpy.searchsorted(steps, dice.random((rows, WORDS_A_TEXT))).clip(max=len(words) - 1)]
        chosen[:, 6::7] += "，"
        chosen[:, -1] += "。"
        for word, share in planted:
            first, last = round(start * share), round((start + rows) * share)
            for row in dice.choice(rows, last - first, replace=False):
                chosen[row, dice.integers(WORDS_A_TEXT - 1)] = word
        yield from ("".join(row) for row in chosen)


@contextmanager
def without_triggers() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            yield
        finally:
            cursor.execute("SET session_replication_role = origin")


OWN = ("id", "number", "text", "reply")


def copied_columns() -> list[str]:
    fields = Issue._meta.local_concrete_fields
    return [str(field.column) for field in fields if not field.generated and field.column not in OWN]


def fill(count: int) -> None:
    """Every issue of the world in turn, each copy with a number and a text of its own; the index is built last."""
    columns = copied_columns()
    with without_triggers(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE written (n serial, text text)")
        with cursor.copy("COPY written (text) FROM STDIN") as copy:
            for text in texts(count):
                copy.write_row((text,))
        cursor.execute(
            f"""
            INSERT INTO issues_issue (number, text, reply, {", ".join(columns)})
            SELECT '9' || lpad(w.n::text, 10, '0'), w.text, '', {", ".join(f"old.{name}" for name in columns)}
              FROM written w
              JOIN (SELECT *, row_number() OVER () - 1 AS place FROM issues_issue) old
                ON old.place = w.n % (SELECT count(*) FROM issues_issue)
             ORDER BY w.n
            """
        )
        cursor.execute("DROP TABLE written; DROP INDEX issue_search_pairs")
        cursor.execute(
            "INSERT INTO issues_issuesearch (issue_id, said, planned) "
            "SELECT id, concat_ws(E'\\n', number, search_fold(text), search_fold(reply), ''), '' "
            "FROM issues_issue WHERE number LIKE '9%' ORDER BY id"
        )
        begun = time.monotonic()
        cursor.execute(
            "CREATE INDEX issue_search_pairs ON issues_issuesearch USING gin (pairs) WITH (fastupdate = off)"
        )
        print(f"the index is built in {time.monotonic() - begun:.0f} s", flush=True)
        cursor.execute("VACUUM ANALYZE")


def sizes(count: int) -> None:
    for name, size in (
        ("index of pairs", "pg_relation_size('issue_search_pairs')"),
        ("its table, with the folded texts and the pairs", "pg_table_size('issues_issuesearch')"),
        ("for comparison, the issues themselves", "pg_table_size('issues_issue')"),
    ):
        mb = execute(f"SELECT {size} / 1048576.0")[0][0]
        print(f"{name}: {mb:,.0f} MB, {float(mb) * 1e6 / count:,.0f} MB a million issues")


def execute(sql: str, params: Any = None) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else None


def milliseconds(call: Callable[[], object], rounds: int) -> float:
    """The best of so many: of time, since a scan is shared among workers whose CPU nobody sums up."""
    spent = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        spent.append((time.perf_counter() - start) * 1000)
    return min(spent)


SCAN = "SELECT number, text FROM issues_issue WHERE text LIKE %s ORDER BY id DESC LIMIT 50"


def search(reader: User, word: str, how_often: str, target: float) -> None:
    """The first fifty with the word in both orders, found by the list's own code, against a scan of the texts.

    The target is for the newest fifty; by due date, where a page may take two statements, none is slower than the scan.
    """
    for order in (NEWEST_FIRST, BY_DUE_DATE):
        ours = milliseconds(partial(newest, reader, word, order), 100)
        execute("SET enable_indexscan = off; SET enable_bitmapscan = off")
        scan = milliseconds(lambda: execute(SCAN, [f"%{word}%"]), 2)
        execute("RESET enable_indexscan; RESET enable_bitmapscan")
        name = f"{word} {how_often}, {'newest first' if order == NEWEST_FIRST else 'by due date'}"
        least = target if order == NEWEST_FIRST else 1
        met = f">= {least:g}x {verdict(scan >= least * ours)}"
        print(f"{name:44}{ours:9.2f} ms  scan {scan:7.0f} ms {scan / ours:7.0f}x  {met}", flush=True)


def newest(reader: User, word: str, order: tuple[str, ...]) -> list[Any]:
    rows = mentioning(Issue.objects.visible_to(reader), word)
    return list(page_of(rows.values("pk", "number", "text", "clock_due_on"), order, size=50))


def similar(reader: User) -> None:
    issues = list(Issue.objects.filter(number__startswith="9").order_by("-pk")[:2000:200])
    spent = [milliseconds(partial(similar_issues, issue, reader), 3) for issue in issues]
    print(f"similar issues of an issue: {statistics.median(spent):.1f} ms, at most {max(spent):.1f} ms")


@contextmanager
def not_findable() -> Iterator[None]:
    name = execute("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'pgtrigger_keep_what_new_ones_say_%'")[0][0]
    execute(f"ALTER TABLE issues_issue DISABLE TRIGGER {name}")
    try:
        yield
    finally:
        execute(f"ALTER TABLE issues_issue ENABLE TRIGGER {name}")


def inserts(somebody: dict[str, Any], rounds: int) -> None:
    """What it costs to keep issues findable: in a statement of many, and in the one call that writes most of them."""
    columns = ", ".join((*copied_columns(), "text", "reply"))
    statement = (
        f"INSERT INTO issues_issue (number, {columns}) SELECT '8' || number, {columns} "
        f"FROM issues_issue WHERE number LIKE '9%' ORDER BY id LIMIT 2000"
    )
    officer, whole = somebody["officer_row"], Server(WSGIHandler())
    platform = Platform.objects.filter(assignments__officer=officer, assignments__ended_on=None)[0]
    token = create_token(user=officer.user, name="bench", scopes=["visits:write", "visits:read"], days=1)[1]
    spent = []
    for way in (not_findable, nullcontext):
        with way():
            a_row = min(undone(partial(execute, statement)) for _ in range(3)) / 2000 * 1000
            spent.append((a_row, cost(partial(post_json, whole, platform, token), rounds).cpu_ms))
    for name, bare, findable in zip(("insert an issue", "API: visit + 3 issues"), *spent, strict=True):
        print(f"{name}: {bare:.2f} CPU-ms, findable {findable:.2f}, ratio {findable / bare:.2f}x")


def pages(count: int, somebody: dict[str, Any], rounds: int) -> None:
    """A page far down costs what the first one costs."""
    whole = Server(WSGIHandler())
    print(HEADER)
    for title, query, order in (
        ("page: issues, newest first", "", NEWEST_FIRST),
        ("page: open issues by due date", "open=true", BY_DUE_DATE),
    ):
        first = cost(asked(whole, f"/issues/?{query}", HTTP_COOKIE=somebody["staff"]), rounds)
        line(title, first)
        skipped = min(1000 * PAGE_SIZE, count // 4)
        rows = Issue.objects.unresolved() if query else Issue.objects.all()
        cursor = cursor_to(rows.order_by(*order)[skipped], order)
        path = f"/issues/?{query}&cursor={cursor}"
        line("  the same, page 1,000", cost(asked(whole, path, HTTP_COOKIE=somebody["staff"]), rounds), first, 1.3)
    token = f"Bearer {somebody['tokens']['city']}"
    path = "/api/v1/issues/?limit=50"
    first = cost(asked(whole, path, HTTP_AUTHORIZATION=token), rounds)
    line("API issues, 50 rows", first)
    key = Issue.objects.order_by("-pk").values_list("pk", flat=True)[min(1000 * 50, count // 4)]
    far = asked(whole, f"{path}&cursor={make_cursor(key)}", HTTP_AUTHORIZATION=token)
    line("  the same, page 1,000", cost(far, rounds), first, 1.3)
    for word in PLANTED:
        path = f"/issues/?q={quote(word)}"
        line(f"page: search for {word}", cost(asked(whole, path, HTTP_COOKIE=somebody["staff"]), rounds))
