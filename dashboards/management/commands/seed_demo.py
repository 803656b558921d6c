import json
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from dashboards.demo.seeding import SeedRefused, seed
from workdays.calendar import CalendarCoverageError


class Command(BaseCommand):
    help = (
        "Fills an empty register with an invented city: 290 platforms, 89 officers, their visits and issues since June "
        "2025. The same scale, seed and day give the same rows."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--scale", type=int, default=1, help="how many times 290 platforms (default 1)")
        parser.add_argument("--seed", type=int, default=1, help="another number gives another city (default 1)")
        parser.add_argument("--issues", type=int, help="exactly so many issues, whatever the scale")
        parser.add_argument("--yes-in-production", action="store_true", help="do it under production settings too")
        parser.add_argument("--json", action="store_true", help="print the outcome as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["scale"] < 1 or (options["issues"] is not None and options["issues"] < 0):
            raise CommandError("--scale must be at least 1, --issues at least 0")
        if settings.SETTINGS_MODULE.endswith(".production") and not options["yes_in_production"]:
            raise CommandError(
                "these are production settings, and the demo invents people who can sign in with a known password; "
                "--yes-in-production does it all the same"
            )
        try:
            seeded = seed(scale=options["scale"], seed=options["seed"], issues=options["issues"])
        except (SeedRefused, CalendarCoverageError) as refusal:
            raise CommandError(str(refusal)) from refusal
        if options["json"]:
            self.stdout.write(json.dumps(asdict(seeded), default=str))
        elif options["verbosity"] > 0:
            for table, rows in seeded.rows.items():
                self.stdout.write(f"{rows:>12,} {table}")
            said = seeded.announced
            self.stdout.write(
                f"announced now: {said.nearing} nearing, {said.due_today} due today, {said.overdue} overdue, "
                f"{said.escalated} escalated"
            )
            self.stdout.write(f"as of {seeded.day}, in {seeded.seconds:.1f} s")
