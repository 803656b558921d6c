import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from issues.reference import load_reference


class Command(BaseCommand):
    help = (
        "Loads units, platform types, technical domains, districts and issue categories as shipped with Liandian. "
        "Rows are known by their code: a repeat sets edited ones back, and rows of your own stay as they are."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the outcome as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        changed = load_reference()
        if options["json"]:
            self.stdout.write(json.dumps(changed))
            return
        self.stdout.write(", ".join(f"{count} {name}" for name, count in changed.items()) + " new or changed")
