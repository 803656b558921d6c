"""Rows into empty tables by COPY, a few thousand at a time, so that memory stays flat at any scale."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.models import Max, Model

FLUSH_AT = 5000


class Table:
    """One table being filled. Columns not named in a row take their field's default; ids are counted here."""

    def __init__(self, model: type[Model]) -> None:
        fields = [f for f in model._meta.concrete_fields if not f.generated]
        self.name = model._meta.db_table
        self.columns = [str(f.column) for f in fields]
        self.defaults: dict[str, Any] = {str(f.column): f.get_default() for f in fields}
        self.last_id: int = model._default_manager.aggregate(last=Max("pk"))["last"] or 0
        self.written = 0
        self._rows: list[tuple[Any, ...]] = []

    def add(self, **row: Any) -> int:
        """Keeps the row for the next flush; its id."""
        self.last_id += 1
        whole = {**self.defaults, "id": self.last_id, **row}
        if len(whole) != len(self.columns):
            raise KeyError(f"{self.name} has no column {sorted(set(whole) - set(self.columns))}")
        self._rows.append(tuple(map(whole.__getitem__, self.columns)))
        if len(self._rows) >= FLUSH_AT:
            self.flush()
        return self.last_id

    def flush(self) -> None:
        if not self._rows:
            return
        columns = ", ".join(f'"{column}"' for column in self.columns)
        with connection.cursor() as cursor, cursor.copy(f'COPY "{self.name}" ({columns}) FROM STDIN') as copy:
            for row in self._rows:
                copy.write_row(row)
        self.written += len(self._rows)
        self._rows.clear()


class Loader:
    """The tables that the demo fills."""

    def __init__(self, models: Sequence[type[Model]]) -> None:
        self.tables = {model: Table(model) for model in models}

    def __getitem__(self, model: type[Model]) -> Table:
        return self.tables[model]

    @property
    def counts(self) -> dict[str, int]:
        return {table.name: table.written for table in self.tables.values()}

    def finish(self) -> None:
        """Writes what is left and lets the sequences go on after the last id."""
        for table in self.tables.values():
            table.flush()
        with connection.cursor() as cursor:
            for table in self.tables.values():
                if table.last_id:
                    cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table.name, table.last_id])

    def analyze(self) -> None:
        """Tells the planner what is in the tables: a table it believes empty gives absurd plans for hours."""
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE " + ", ".join(f'"{table.name}"' for table in self.tables.values()))

    @contextmanager
    def without_keys_and_indexes(self) -> Iterator[None]:
        """Foreign keys and plain indexes are built once afterwards: row by row they cost most of a large load.

        Unique constraints stay. Rows are checked all the same, when the keys come back.
        """
        names = [table.name for table in self.tables.values()]
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks still to make cannot be altered
            cursor.execute(FOREIGN_KEYS, [names])
            keys = cursor.fetchall()
            cursor.execute(PLAIN_INDEXES, [names])
            indexes = cursor.fetchall()
            for table, key, _definition in keys:
                cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{key}"')
            for index, _definition in indexes:
                cursor.execute(f'DROP INDEX "{index}"')
            yield
            for _index, definition in indexes:
                cursor.execute(definition)
            for table, key, definition in keys:
                cursor.execute(f'ALTER TABLE "{table}" ADD CONSTRAINT "{key}" {definition}')
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")


FOREIGN_KEYS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
  FROM pg_constraint WHERE contype = 'f' AND conrelid = ANY (%s::regclass[]) ORDER BY 1, 2
"""
PLAIN_INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
  FROM pg_index i WHERE i.indrelid = ANY (%s::regclass[]) AND NOT i.indisunique ORDER BY 1
"""
