"""The years shipped with Liandian: published ones from their notices, later ones from the statutory days."""

import csv
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from workdays.models import DayKind

DATA = Path(__file__).parent / "data"
PUBLISHED = DATA / "holidays_cn.csv"
STATUTORY = DATA / "statutory_cn.csv"


class Kept(NamedTuple):
    """What a row of the calendar says of its day; `seq` follows from the rows before it."""

    kind: str
    name: str = ""
    year_notice: int | None = None
    notice_id: int | None = None
    is_local: bool = False


KEPT_FIELDS = Kept._fields


def usual(day: date) -> Kept:
    """The day as it is when no notice and no law says anything."""
    return Kept(DayKind.WORKING if day.weekday() < 5 else DayKind.WEEKEND)


def published_days(path: Path = PUBLISHED) -> dict[date, Kept]:
    """The days that the shipped notices name."""
    kinds = {"off": DayKind.HOLIDAY, "work": DayKind.MAKE_UP}
    return {
        date.fromisoformat(row["date"]): Kept(kinds[row["kind"]], row["name_zh"], int(row["year_notice"]))
        for row in _rows(path)
    }


def statutory_days(path: Path = STATUTORY) -> list[tuple[date, str]]:
    """The days off that the law gives, in order. Two may fall on one date: 中秋节 on 3 October 2028."""
    return [(date.fromisoformat(row["date"]), row["name_zh"]) for row in _rows(path)]


def unpublished_days(statutory: list[tuple[date, str]]) -> dict[date, Kept]:
    """What can be known before the notice: the statutory days, and the next free working day for each one that falls
    on a weekend or on another one. Which weekends will be worked for longer holidays nobody can know."""
    days: dict[date, Kept] = {}
    lost: list[tuple[date, str]] = []
    for day, name in statutory:
        if day in days or day.weekday() >= 5:
            lost.append((day, name))
        days.setdefault(day, Kept(DayKind.HOLIDAY, name))
    for day, name in lost:
        substitute = day + timedelta(days=1)
        while substitute in days or substitute.weekday() >= 5:
            substitute += timedelta(days=1)
        days[substitute] = Kept(DayKind.HOLIDAY, name)
    return days


def shipped_days(published: Path = PUBLISHED, statutory: Path = STATUTORY) -> dict[date, Kept]:
    """Every day from the first shipped year to the last, in order; years without a notice as `unpublished_days`."""
    noticed = published_days(published)
    special = {**unpublished_days(statutory_days(statutory)), **noticed}
    first, last = date(min(special).year, 1, 1), date(max(special).year, 12, 31)
    days = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
    return {day: special.get(day, usual(day)) for day in days}


def final_through(days: Mapping[date, Kept]) -> date:
    """28 December of the last year with a notice: later notices have moved 29-31 December."""
    return date(max(kept.year_notice or 0 for kept in days.values()), 12, 28)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)
