"""Data that every installation begins with: rows known by their code, read from the CSV files beside each room."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from django.db import transaction
from django.db.models import Model

from accounts.models import Unit, UnitKind

UNITS = Path(__file__).parent / "data" / "units.csv"

M = TypeVar("M", bound=Model)


def read_csv(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a CSV file with a header line, as the words of the file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def upsert_by_code(model: type[M], rows: Iterable[M], fields: tuple[str, ...]) -> int:
    """Writes the rows that are new or differ in `fields` from the row of the same code; how many those were."""
    known = {row.code: row for row in model._default_manager.all()}  # type: ignore[attr-defined] # each has a code
    changed = [
        row
        for row in rows
        if (old := known.get(row.code)) is None  # type: ignore[attr-defined] # as above
        or any(getattr(row, f) != getattr(old, f) for f in fields)
    ]
    model._default_manager.bulk_create(changed, update_conflicts=True, unique_fields=["code"], update_fields=fields)
    return len(changed)


@transaction.atomic
def load_units(path: Path = UNITS) -> int:
    """The organisation tree: city units below the commission office, provincial ones on their own."""
    rows = list(read_csv(path))
    fields = ("name", "name_en", "kind", "parent_id", "path", "takes_tiers", "takes_categories")
    roots = [r for r in rows if r["kind"] in (UnitKind.COMMISSION_OFFICE, UnitKind.PROVINCIAL)]
    changed = upsert_by_code(Unit, [_unit(row, None) for row in roots], fields)
    office = Unit.objects.get(kind=UnitKind.COMMISSION_OFFICE, parent=None)
    return changed + upsert_by_code(Unit, [_unit(row, office) for row in rows if row not in roots], fields)


def _unit(row: dict[str, str], parent: Unit | None) -> Unit:
    return Unit(
        code=row["code"],
        name=row["name_zh"],
        name_en=row["name_en"],
        kind=row["kind"],
        parent=parent,
        path=f"{parent.path if parent else ''}{row['code']}/",
        takes_tiers=[tier for tier in row["takes_tiers"].split(";") if tier],
        takes_categories=[code for code in row["takes_categories"].split(";") if code],
    )
