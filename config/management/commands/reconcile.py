import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from issues.reconcile import reconcile_issues
from notices.reconcile import reconcile_outbox


class Command(BaseCommand):
    help = (
        "Compares the books: deadlines with the calendar, issues with their ledger, alarms and warnings with the "
        "ladder, the outbox with what went out. Changes nothing; the exit code is 1 when something does not agree."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = [*reconcile_issues(), *reconcile_outbox()]
        if options["json"]:
            self.stdout.write(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
        else:
            for finding in findings:
                self.stdout.write(f"{finding.account}: {finding.kind} {finding.id}: {finding.sentence}")
            self.stdout.write(f"{len(findings)} findings" if findings else "the books balance")
        if findings:
            sys.exit(1)
