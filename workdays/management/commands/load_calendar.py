import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from workdays.services import load_calendar


class Command(BaseCommand):
    help = "Loads the working calendar shipped with Liandian; a repeat changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the outcome as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        result = load_calendar("shipped years")
        if options["json"]:
            self.stdout.write(json.dumps(vars(result), default=str))
            return
        self.stdout.write(
            f"calendar {result.first} to {result.last}, final through {result.final_through}: "
            f"{result.changed_days} days changed"
        )
