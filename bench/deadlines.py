"""What a deadline costs: counted once, counted again for a million, announced out of a million."""

import random
import time
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

import chinese_calendar  # type: ignore[import-untyped] # has no stubs
import numpy
from django.db import connection, transaction

from bench.jobs import Undo, execute, undone, verdict
from bench.many import make_open_issues
from bench.measure import seconds
from config import clock
from issues.models import ON_STATUTORY_CLOCK, Alarm, Cause, Deadline, EventKind, Issue, IssueCategory
from issues.publishing.services import catch_up
from issues.recalculation import Count, recount
from issues.tick import tick
from liaisons.models import Officer
from platforms.models import Platform
from workdays.calendar import current_calendar
from workdays.models import NATIONAL, Calendar, CalendarRevision
from workdays.services import change_calendars, rewrite
from workdays.shipped import Kept

N = 15


def report(count: int) -> None:
    """Prints every figure of this file; `count` open issues are made for it on top of what is there."""
    print(f"\n== deadlines, {count:,} open issues ==", flush=True)
    arithmetic()
    officer = Officer.objects.order_by("pk")[0]
    assert IssueCategory.objects.exists()
    # Raised within nine working days before the Tuesday that becomes a day off: every due date moves.
    make_open_issues(count, platform=Platform.objects.all()[0], officer=officer, first=date(2026, 3, 5), days=12)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    recounting(count)
    announcing()


def arithmetic() -> None:
    calendar = current_calendar()
    dice = random.Random(7)
    first = date(2023, 1, 1)
    days = [first + timedelta(days=dice.randrange(4 * 365 - 90)) for _ in range(2000)]
    ours = per_call(lambda day: calendar.due(day, N), days, 50)
    loop = per_call(loop_of_chinesecalendar, days, 1)
    holidays = [day.date for day in calendar.days if day.kind == "holiday" and day.date.weekday() < 5]
    table = numpy.busdaycalendar(holidays=holidays)
    plain = per_call(lambda day: numpy.busday_offset(day, N, roll="backward", busdaycal=table), days, 5)
    print(f"due date in Python, n = {N}: {ours * 1e6:.2f} µs a call")
    print(f"  chinesecalendar's loop: {loop / ours:,.0f}x (>= 1,500x {verdict(loop >= 1500 * ours)})")
    print(f"  numpy.busday_offset one by one: {plain / ours:.0f}x (>= 15x {verdict(plain >= 15 * ours)})")


def per_call(call: Callable[[date], object], days: list[date], rounds: int) -> float:
    """CPU-seconds of one call, the best of five."""
    spent = []
    for _ in range(5):
        start = time.process_time()
        for _round in range(rounds):
            for day in days:
                call(day)
        spent.append((time.process_time() - start) / rounds / len(days))
    return min(spent)


def loop_of_chinesecalendar(day: date, days: int = N) -> date:
    while days:
        day += timedelta(days=1)
        days -= chinese_calendar.is_workday(day)
    return day


@clock.frozen("2026-03-17T10:00")
def recounting(count: int) -> None:
    CalendarRevision.objects.update(recounted_at=clock.now())
    try:
        with transaction.atomic():
            change_calendars()
            national = Calendar.objects.get(code=NATIONAL)
            rewrite(national, {date(2026, 3, 18): Kept("holiday", "", 2026)}, date(2026, 12, 28), note="bench")
            all_moved = seconds(again)
            moved = Deadline.objects.filter(cause=Cause.CALENDAR_REVISED).count()
            unchanged = seconds(again)
            raise Undo
    except Undo:
        pass
    print(f"counted again, {moved:,} of {count:,} moved, one statement: {all_moved:.1f} CPU-s")
    print(f"  nothing changed: {unchanged:.2f} CPU-s, {unchanged / all_moved:.1%} (<= 10 % "
          f"{verdict(unchanged <= 0.1 * all_moved)})")  # fmt: skip
    for name, arithmetic_of_row in (("chinesecalendar's loop", loop_of_chinesecalendar), ("our array", array_of_ours)):
        a_row = undone(partial(row_loop, arithmetic_of_row, 300)) / 300
        ratio = a_row * count / all_moved
        print(f"  one row at a time with {name}: {a_row * count:,.0f} CPU-s, {ratio:.0f}x", end="")
        print(f" (>= 50x {verdict(ratio >= 50)})" if name != "our array" else "")


def again() -> None:
    revision = CalendarRevision.objects.latest("pk")
    of_nation = Count([(revision.calendar_id, revision.pk, revision.final_through)], clock.today())
    recount(of_nation, at=clock.now(), actor_id=None, reason="bench")


def array_of_ours(day: date, days: int = N) -> date:
    return current_calendar().due(day, days).on


def row_loop(count_up: Callable[[date, int], date], rows: int) -> None:
    """What systems do that recompute each ticket by itself: load, count, save, note."""
    for pk in (
        Issue.objects.filter(state__in=ON_STATUTORY_CLOCK, working_days__isnull=False)
        .order_by("-pk")
        .values_list("pk", flat=True)[:rows]
    ):
        with transaction.atomic():
            issue = Issue.objects.select_for_update().get(pk=pk)
            before = issue.deadlines.order_by("-version")[0]
            due_on = count_up(issue.counted_from or issue.raised_on, issue.working_days or 0) + timedelta(days=1)
            issue.due_on = issue.clock_due_on = due_on
            issue.updated_at = clock.now()
            issue.save(update_fields=["due_on", "clock_due_on", "updated_at"])
            version = Deadline.objects.create(
                issue=issue, clock=before.clock, version=before.version + 1, cause=Cause.CALENDAR_REVISED,
                counted_from=before.counted_from, working_days=before.working_days, previous_due_on=before.due_on,
                due_on=due_on, calendar_revision=before.calendar_revision, created_at=clock.now(),
            )  # fmt: skip
            issue.events.create(kind=EventKind.CALENDAR_REVISED, at=clock.now(), deadline=version)
            Alarm.objects.filter(issue=issue).update(deadline=version, rings_on=clock.today())


CROSSING = 1000
FIND = "SELECT a.id, i.* FROM issues_alarm a JOIN issues_issue i ON i.id = a.issue_id WHERE a.rings_on <= %s"


def announcing() -> None:
    """A thousand of a million cross on one day; the others have nothing to say yet."""
    day = date(2026, 3, 20)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM issues_alarm WHERE rings_on <= %s AND issue_id NOT IN "
                       "(SELECT id FROM issues_issue WHERE length(number) = 11)", [day])  # fmt: skip
        cursor.execute(
            "UPDATE issues_alarm SET rings_on = %s WHERE rings_on <= %s AND id NOT IN "
            "(SELECT id FROM issues_alarm WHERE rings_on <= %s ORDER BY id LIMIT %s)",
            [date(2026, 12, 1), day, day, CROSSING],
        )
        cursor.execute("VACUUM ANALYZE issues_alarm")
    with clock.frozen(f"{day}T10:00"):
        tick()
        idle = min(seconds(tick) for _ in range(5)) * 1000
        print(f"tick over {Alarm.objects.count():,} alarms, nothing to do: {idle:.1f} CPU-ms (<= 10 ms "
              f"{verdict(idle <= 10)})")  # fmt: skip
        Alarm.objects.filter(pk__in=Alarm.objects.order_by("-pk").values("pk")[:CROSSING]).update(rings_on=day)
        found = min(seconds(lambda: execute(FIND, [day])) for _ in range(5)) * 1000
        spent = min(undone(tick) for _ in range(3)) * 1000
    print(f"tick, {CROSSING:,} newly crossing: {spent:.1f} CPU-ms, the bare index scan {found:.1f} CPU-ms, "
          f"{spent / found:.1f}x (<= 3x {verdict(spent <= 3 * found)})")  # fmt: skip
    catch_up()
