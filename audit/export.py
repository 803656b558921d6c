"""The log as CSV, row by row: however long it is, it costs no memory, here and in the database."""

import csv
import json
from collections.abc import Iterator
from typing import Any

from audit.models import AuditQuerySet
from config.clock import SHANGHAI, now

CHUNK = 2000
COLUMNS = {
    "number": "link__number",
    "at": "at",
    "actor_id": "actor_id",
    "actor_name": "actor_name",
    "actor_role": "actor_role",
    "source": "source",
    "action": "action",
    "subject": "subject",
    "key": "key",
    "label": "label",
    "is_success": "is_success",
    "detail": "detail",
    "hash": "link__hash",
}
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


class _Echo:
    """Gives back what is written instead of keeping it."""

    def write(self, text: str) -> str:
        return text


def lines(entries: AuditQuerySet) -> Iterator[str]:
    """A byte order mark, by which spreadsheets know the encoding, a head in the names of the API, then the entries,
    the oldest first."""
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(COLUMNS)
    for row in entries.order_by("pk").values_list(*COLUMNS.values()).iterator(chunk_size=CHUNK):
        yield writer.writerow([_cell(name, value) for name, value in zip(COLUMNS, row, strict=True)])


def _cell(name: str, value: Any) -> Any:
    match name:
        case "at":
            return value.astimezone(SHANGHAI).isoformat()
        case "detail":
            return json.dumps(value, ensure_ascii=False)
        case "hash":
            return bytes(value).hex() if value is not None else ""
    # No reader of the file takes what somebody typed for a formula.
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def file_name() -> str:
    return f"audit_{now().astimezone(SHANGHAI):%Y%m%d_%H%M}.csv"
