"""Loading the calendar: published years from the State Council notices, the next year from the statutory days."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from django.db import connection, transaction

from config.clock import now
from workdays.models import WORKED, CalendarDay, CalendarRevision, DayKind

DATA = Path(__file__).parent / "data"
PUBLISHED = DATA / "holidays_cn.csv"
STATUTORY = DATA / "statutory_cn.csv"


@dataclass(frozen=True)
class LoadResult:
    first: date
    last: date
    final_through: date
    changed_days: int


def read_days(published: Path = PUBLISHED, statutory: Path = STATUTORY) -> list[CalendarDay]:
    """All days of the files' years, in order and sequenced. Years without a notice hold statutory days only."""
    special: dict[date, tuple[str, str, int | None]] = {}
    for row in _rows(statutory):
        special[date.fromisoformat(row["date"])] = (DayKind.HOLIDAY, row["name_zh"], None)
    for row in _rows(published):
        noticed = DayKind.HOLIDAY if row["kind"] == "off" else DayKind.MAKE_UP
        special[date.fromisoformat(row["date"])] = (noticed, row["name_zh"], int(row["year_notice"]))
    first, last = date(min(special).year, 1, 1), date(max(special).year, 12, 31)
    days, seq = [], 0
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        usual = DayKind.WORKING if day.weekday() < 5 else DayKind.WEEKEND
        kind, name, notice = special.get(day, (str(usual), "", None))
        seq += kind in WORKED
        days.append(CalendarDay(date=day, kind=kind, name=name, year_notice=notice, seq=seq))
    return days


def final_through(days: list[CalendarDay]) -> date:
    """28 December of the last year with a notice: later notices have moved 29-31 December."""
    return date(max(day.year_notice or 0 for day in days), 12, 28)


@transaction.atomic
def load_calendar(note: str) -> LoadResult:
    """Writes the shipped years. A repeat changes nothing and makes no revision."""
    with connection.cursor() as cursor:  # two loads at once would interleave their days
        cursor.execute("LOCK TABLE workdays_calendarday IN SHARE ROW EXCLUSIVE MODE")
    days = read_days()
    known = {day.date: day for day in CalendarDay.objects.all()}
    fields = ("kind", "name", "year_notice", "seq")
    changed = [
        d for d in days if d.date not in known or any(getattr(d, f) != getattr(known[d.date], f) for f in fields)
    ]
    through = final_through(days)
    if changed:
        CalendarDay.objects.bulk_create(changed, update_conflicts=True, unique_fields=["date"], update_fields=fields)
        CalendarRevision.objects.create(final_through=through, note=note, created_at=now())
    return LoadResult(days[0].date, days[-1].date, through, len(changed))


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)
