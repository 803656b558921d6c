import json
from contextlib import nullcontext
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import clock
from issues.tick import tick
from liaisons.duties import write_duties


class Command(BaseCommand):
    help = (
        "Does by hand what beat does every minute: writes the contact duties that are missing, raises every warning "
        "that is due, once, and the morning digest."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--now",
            help="act as if it were this ISO date or instant (Asia/Shanghai without an offset); what a future day "
            "announces stays announced, and that day itself is then silent: not for real data",
        )
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            instant = clock.parse(options["now"]) if options["now"] else None
        except ValueError as error:
            raise CommandError(f"--now: {error}") from error
        with clock.frozen(instant) if instant else nullcontext():
            duties = write_duties()  # first, so that the digest knows them
            result = tick()
        if options["json"]:
            self.stdout.write(json.dumps(asdict(result) | {"duties": duties}))
            return
        self.stdout.write(
            f"{result.half} past half, {result.nearing} nearing, {result.due_today} due today, "
            f"{result.overdue} overdue, {result.escalated} escalated: {result.notices} notices, "
            f"{result.announcements} announcements, {result.digests} digests, {duties} duties"
        )
