import json
from contextlib import nullcontext
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import clock
from notices.outbox import run


class Command(BaseCommand):
    help = "Does by hand what beat does every ten seconds: writes down what has to go out, and sends it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--now",
            help="act as if it were this ISO date or instant (Asia/Shanghai without an offset): not for real data",
        )
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            instant = clock.parse(options["now"]) if options["now"] else None
        except ValueError as error:
            raise CommandError(f"--now: {error}") from error
        with clock.frozen(instant) if instant else nullcontext():
            tally = run()
        result = {name: tally[name] for name in ("gathered", "sent", "failed", "dead")}
        if options["json"]:
            self.stdout.write(json.dumps(result))
            return
        words = "{gathered} messages written, {sent} sent, {failed} to be tried again, {dead} dead"
        self.stdout.write(words.format(**result))
