"""`manage.py verify_audit`: whether anybody rewrote the log. Exit code 1 when somebody did."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.verification import Head, verify


class Command(BaseCommand):
    help = "Looks the chain of the audit log through and prints its head, to be kept outside (docs/audit.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--head", metavar="NUMBER:HASH", help="a head printed earlier: it must still be there")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            anchor = Head.read(options["head"]) if options["head"] else None
        except ValidationError as refusal:
            raise CommandError("; ".join(refusal.messages)) from refusal
        finding = verify(anchor=anchor)
        if options["json"]:
            self.stdout.write(json.dumps(finding.as_json()))
        else:
            for fault in finding.faults:
                self.stdout.write(f"{fault.number}: {fault.kind}" + (f" ({fault.count})" if fault.count > 1 else ""))
            self.stdout.write(f"head {finding.head}")
        if not finding.is_sound:
            raise CommandError(f"{len(finding.faults)} faults: the log is not what was written.")
