import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.services import revoke_token


class Command(BaseCommand):
    help = "Takes a token back: give the token or its first 15 characters."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("token")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        revoked = revoke_token(options["token"])
        if not revoked:
            raise CommandError("no such token")
        self.stdout.write(json.dumps({"revoked": revoked}) if options["json"] else "revoked")
