"""Where the unresolved issues stand now, read in one statement from the partial index on running clocks."""

from collections.abc import Iterator
from typing import NamedTuple

from django.db.models import Count, Value

from issues.levels import PRESSING, Yardstick
from issues.models import Clock, IssueQuerySet, Level, Tier, clock_in

# Counts rows without reading a column, so that the index alone can answer.
_ROW = Value(1)


class _Cell(NamedTuple):
    """The levels in the order of PRESSING."""

    unit: int
    tier: str
    state: str
    total: int
    nearing: int
    due_today: int
    overdue: int


class Running:
    """Counts of unresolved issues by lead unit, tier, running clock and warning level; no filter means all."""

    def __init__(self, issues: IssueQuerySet, yardstick: Yardstick) -> None:
        rows = (
            issues.unresolved()
            .order_by()
            .values("lead_unit", "tier", "state")
            .annotate(
                total=Count(_ROW),
                **{level.value: Count(_ROW, filter=yardstick.where(level)) for level in PRESSING},
            )
            .values_list("lead_unit", "tier", "state", "total", *PRESSING)
        )
        self._cells = [_Cell(*row) for row in rows]

    def count(
        self,
        *,
        unit: int | None = None,
        tier: Tier | None = None,
        clock: Clock | None = None,
        level: Level | None = None,
    ) -> int:
        what = "total" if level is None else level.value
        return sum(getattr(cell, what) for cell in self._matching(unit, tier, clock))

    @property
    def units(self) -> set[int]:
        return {cell.unit for cell in self._cells}

    def _matching(self, unit: int | None, tier: Tier | None, clock: Clock | None) -> Iterator[_Cell]:
        for cell in self._cells:
            if unit in (None, cell.unit) and tier in (None, cell.tier) and clock in (None, clock_in(cell.state)):
                yield cell
