import json
import sys
from contextlib import nullcontext
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import clock
from issues.attachments.sweep import reconcile_attachments
from issues.reconcile import reconcile_issues
from liaisons.reconcile import reconcile_duties
from notices.reconcile import reconcile_outbox


class Command(BaseCommand):
    help = (
        "Compares the books: deadlines with the calendar, issues with their ledger, alarms and warnings with the "
        "ladder, contact duties with assignments and visits, attachments with their files, the outbox with what went "
        "out. Changes nothing; the exit code is 1 when something does not agree."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--now", help="look as if it were this ISO date or instant (Asia/Shanghai without an offset)"
        )
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            instant = clock.parse(options["now"]) if options["now"] else None
        except ValueError as error:
            raise CommandError(f"--now: {error}") from error
        with clock.frozen(instant) if instant else nullcontext():
            findings = [*reconcile_issues(), *reconcile_duties(), *reconcile_attachments(), *reconcile_outbox()]
        if options["json"]:
            self.stdout.write(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
        else:
            for finding in findings:
                self.stdout.write(f"{finding.account}: {finding.kind} {finding.id}: {finding.sentence}")
            self.stdout.write(f"{len(findings)} findings" if findings else "the books balance")
        if findings:
            sys.exit(1)
