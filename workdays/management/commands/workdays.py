import json
import sys
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from workdays.calendar import CalendarCoverageError, WorkCalendar, current_calendar
from workdays.models import NATIONAL, Calendar


class Command(BaseCommand):
    help = "Working-day arithmetic: `workdays due DATE N`, or lines `DATE N` with --stdin."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("question", choices=["due"])
        parser.add_argument("start", nargs="?", metavar="DATE")
        parser.add_argument("working_days", nargs="?", metavar="N")
        parser.add_argument(
            "--calendar", default=NATIONAL, metavar="CODE", help="a regional calendar (default: %(default)s)"
        )
        parser.add_argument("--stdin", action="store_true", help="read lines `DATE N`")
        parser.add_argument("--json", action="store_true", help="one JSON object a line")

    def handle(self, *args: Any, **options: Any) -> None:
        calendar = self.calendar(options["calendar"])
        if not options["stdin"] and not (options["start"] and options["working_days"]):
            raise CommandError("give DATE and N, or --stdin")
        lines = sys.stdin if options["stdin"] else [f"{options['start']} {options['working_days']}"]
        for line in filter(str.strip, lines):
            answer = self.answer(calendar, line)
            self.stdout.write(json.dumps(answer) if options["json"] else self.sentence(answer))

    def calendar(self, code: str) -> WorkCalendar:
        try:
            return current_calendar(Calendar.objects.values_list("pk", flat=True).get(code=code))
        except (Calendar.DoesNotExist, CalendarCoverageError) as error:
            raise CommandError(f"{code}: no such calendar, or it has no days") from error

    def answer(self, calendar: WorkCalendar, line: str) -> dict[str, Any]:
        try:
            start, working_days = line.split()
            due = calendar.due(date.fromisoformat(start), int(working_days))
        except (ValueError, CalendarCoverageError) as error:
            raise CommandError(f"{line.strip()}: {error}") from error
        return {"due_on": due.on.isoformat(), "provisional": due.is_provisional}

    def sentence(self, answer: dict[str, Any]) -> str:
        return f"{answer['due_on']}{' (provisional)' if answer['provisional'] else ''}"
