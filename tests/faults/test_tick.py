"""The minute's scan is killed, runs twice at once and stands still for days: the rows are those of a quiet run."""

import json

from issues.models import Issue
from notices.models import Heartbeat
from tests.concurrency import real_commits, wait_until_blocked
from tests.faults.processes import gate, kill_at
from tests.faults.world import build, rows, warnings

MORNING, END = "2026-10-30T09:00", "2026-10-30T12:00"
# In the order in which one statement, its heartbeat and the commit come by.
POINTS = (
    *("before INSERT issues_warning", "before INSERT issues_event", "before INSERT notices_notice"),
    *("after UPDATE issues_alarm", "before INSERT notices_heartbeat"),
)
COMMITTED = "at the commit of INSERT issues_warning"


def quiet(zygote):
    """What one scan leaves behind when nothing goes wrong, and what it says that it did."""
    with real_commits():
        build()
        said = json.loads(zygote.run("tick", "--now", MORNING, "--json"))
        return rows(), said


def test_a_scan_killed_at_any_point_leaves_everything_to_the_next(zygote):
    expected, _ = quiet(zygote)
    build()
    untouched = rows()
    for point in POINTS:
        kill_at(point, lambda: zygote.begin("tick", "--now", MORNING))
        assert rows() == untouched, point
        assert not Heartbeat.objects.exists()
    zygote.run("tick", "--now", MORNING)
    assert rows() == expected
    assert zygote.run("reconcile", "--now", END) == "the books balance\n"


def test_a_scan_killed_while_its_commit_is_on_the_way_is_not_done_twice(zygote):
    expected, _ = quiet(zygote)
    build()
    kill_at(COMMITTED, lambda: zygote.begin("tick", "--now", MORNING))
    # The server had the commit in hand: only the answer was lost. The digests are written after it, by the next scan.
    assert rows()["warnings"] == expected["warnings"]
    again = json.loads(zygote.run("tick", "--now", MORNING, "--json"))
    assert {what for what, count in again.items() if count} == {"digests"}
    assert rows() == expected


def test_two_scans_at_once_say_everything_once(zygote):
    expected, said_alone = quiet(zygote)
    build()
    with gate("before INSERT issues_warning"):
        both = [zygote.begin("tick", "--now", MORNING, "--json") for _ in range(2)]
        wait_until_blocked(2)
    assert [command.wait() for command in both] == [0, 0]
    assert rows() == expected
    # Which of the two comes first to a part (duties, warnings, the morning's round) is chance: each is done once.
    one, other = (json.loads(command.output.read_text()) for command in both)
    assert {what: one[what] + other[what] for what in said_alone} == said_alone
    assert 0 in (one["notices"], other["notices"])


def test_three_days_without_a_scan_are_caught_up_by_the_first_one(zygote):
    friday, monday = "2026-10-23T18:00", "2026-10-26T09:00"
    hours = [f"2026-10-{day}T{hour:02}:00" for day in (24, 25) for hour in (0, 8, 16)]
    with real_commits():
        build()
        for instant in (friday, *hours, "2026-10-26T00:00", monday):
            zygote.run("tick", "--now", instant)
        every_day = warnings()
    build()
    zygote.run("tick", "--now", friday)
    before = sum(warnings().values())
    zygote.run("tick", "--now", monday)
    assert warnings() == every_day
    assert sum(every_day.values()) > before
    assert Issue.objects.filter(warnings__isnull=False).exists()
    assert zygote.run("reconcile", "--now", END) == "the books balance\n"
