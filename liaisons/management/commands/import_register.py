"""`manage.py import_register FILE`: units, platforms, officers and assignments from one xlsx or csv, all or nothing."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from liaisons.imports import Report, run_import
from liaisons.sheets import MAX_BYTES, Unreadable

SHOWN_ERRORS = 50


class Command(BaseCommand):
    help = "Imports the bureau's units, platforms, officers and assignments (docs/import.md). A repeat changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="only say what would happen")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            with path.open("rb") as file:
                content = file.read(MAX_BYTES + 1)
            report = run_import(path.name, content, actor=None, apply=not options["dry_run"])
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        except Unreadable as refusal:
            raise CommandError("\n".join(refusal.messages)) from refusal
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False))
        else:
            self._print(report)
        if report.errors:
            raise CommandError(f"{len(report.errors)} errors; nothing was imported.")

    def _print(self, report: Report) -> None:
        for sheet in report.sheets:
            counts = f"{sheet.new} new, {sheet.changed} changed, {sheet.unchanged} unchanged"
            self.stdout.write(f"{sheet.sheet} ({sheet.kind}): {counts}")
            if sheet.ignored:
                self.stdout.write(f"  not imported: {'、'.join(sheet.ignored)}")
        for notice in report.notices:
            self.stdout.write(notice)
        for error in report.errors[:SHOWN_ERRORS]:
            self.stdout.write(f"{error.sheet}, row {error.row}, {error.column or '—'}: {error.message}")
        if len(report.errors) > SHOWN_ERRORS:
            self.stdout.write(f"… and {len(report.errors) - SHOWN_ERRORS} more")
        self.stdout.write("Imported." if report.applied else "Nothing was changed.")
