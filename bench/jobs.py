"""What tick costs against the bare statement and the row loop; a web process's memory while a list is pulled."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from bench.measure import seconds
from config import clock
from config.servers import free_port
from issues import models
from issues.levels import Yardstick
from issues.models import Alarm, Deadline, EventKind, Issue, Level
from issues.tick import tick
from notices.models import Notice
from notices.services import beat

BARE = """
INSERT INTO issues_warning (issue_id, deadline_id, level, step, reached_on, raised_at)
SELECT i.id, d.id, 'overdue', 1, i.clock_due_on + 1, now()
  FROM issues_issue i JOIN issues_deadline d ON d.issue_id = i.id AND d.clock = 'statutory'
 WHERE i.state = 'accepted' AND i.clock_due_on < %s
ON CONFLICT (deadline_id, level, step) DO NOTHING
"""


class Undo(Exception):
    """Rolls a measured write back, so that the next one meets the same rows."""


def report(issues: int) -> None:
    running = Issue.objects.filter(clock_due_on__isnull=False).count()
    tick()
    idle = min(seconds(tick) for _ in range(5)) * 1000
    print(f"\ntick over {running:,} clocks, nothing new: {idle:.1f} CPU-ms (<= 10 ms {verdict(idle <= 10)})")
    later = clock.now() + timedelta(days=60)
    with clock.frozen(later):
        crossing = Alarm.objects.filter(rings_on__lte=clock.today()).count()
        spent, whole = undone(tick_after_the_round), undone(tick)
    bare = undone(lambda: execute(BARE, [clock.on_date(later)]))
    per_row = row_loop(200)
    print(
        f"tick with {crossing:,} newly crossing: {spent:.2f} CPU-s = {spent / max(crossing, 1) * 1e5:.2f} s per 100,000"
    )
    print(
        f"  the bare statement, warnings alone: {bare:.2f} CPU-s, "
        f"ratio {spent / bare:.1f}x (<= 1.5x {verdict(spent <= 1.5 * bare)})"
    )
    print(
        f"  the same one row at a time: {per_row * crossing:.1f} CPU-s, ratio {per_row * crossing / spent:.0f}x "
        f"(>= 150x {verdict(per_row * crossing >= 150 * spent)})"
    )
    print(f"  with the morning's round of that day (asking again, promises, digests): {whole:.2f} CPU-s")


def tick_after_the_round() -> None:
    """As every minute but the first of the morning: what is asked and told once a day has its own line."""
    beat("digest")
    tick()


def verdict(met: bool) -> str:
    return "met" if met else "MISSED"


def undone(call: Callable[[], object]) -> float:
    spent = 0.0
    try:
        with transaction.atomic():
            spent = seconds(call)
            raise Undo
    except Undo:
        return spent


def execute(sql: str, params: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def row_loop(rows: int) -> float:
    """CPU-seconds a row when each issue is loaded, judged and warned about by itself, measured on `rows` of them."""

    def one_by_one() -> None:
        yardstick = Yardstick()
        for pk in Issue.objects.filter(clock_due_on__isnull=False).values_list("pk", flat=True)[:rows]:
            issue = Issue.objects.select_related("term", "handler").get(pk=pk)
            yardstick.standing(issue)
            deadline = Deadline.objects.filter(issue=issue).latest("pk")
            models.Warning.objects.get_or_create(
                deadline=deadline,
                level=Level.OVERDUE,
                step=1,
                defaults={"issue": issue, "reached_on": clock.today(), "raised_at": clock.now()},
            )
            issue.events.create(kind=EventKind.WARNED, at=clock.now(), after=Level.OVERDUE, deadline=deadline)
            Notice.objects.get_or_create(
                recipient=issue.handler, cause=f"bench/{deadline.pk}", defaults={"created_at": clock.now()}
            )
            Alarm.objects.filter(issue=issue).update(rings_on=clock.today())

    return undone(one_by_one) / rows


def report_memory(token: str) -> None:
    """Peak memory of one web process while a client pages through every issue, 200 at a time."""
    port = free_port()
    argv = [sys.executable, "-m", "gunicorn", "config.wsgi", "-b", f"127.0.0.1:{port}", "-w", "1",
            "--log-level", "error",
            "--no-control-socket"]  # fmt: skip
    server = subprocess.Popen(argv, env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings.bench"})
    try:
        rows = pull(f"http://127.0.0.1:{port}/api/v1/issues/?limit=200", token)
        peak = max(peak_mb(pid) for pid in workers(server.pid))
    finally:
        server.terminate()
        server.wait()
    print(f"\nweb process while {rows:,} rows were pulled: peak {peak:.0f} MB (<= 200 MB {verdict(peak <= 200)})")


def pull(url: str | None, token: str) -> int:
    rows = 0
    while url:
        page = fetch(url, token)
        rows += len(page["results"])
        url = page["next"]
    return rows


def fetch(url: str, token: str) -> dict[str, Any]:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})  # noqa: S310 - our own loopback
    for _ in range(100):
        try:
            with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310 - as above
                page: dict[str, Any] = json.load(response)
                return page
        except ConnectionError:
            time.sleep(0.1)
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ConnectionError):
                raise
            time.sleep(0.1)
    raise TimeoutError(url)


def workers(parent: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def peak_mb(pid: int) -> float:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0
