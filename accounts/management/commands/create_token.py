import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Scope, User
from accounts.services import create_token


class Command(BaseCommand):
    help = "Makes a bearer token for a user and prints it once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="", help="what the token is for")
        parser.add_argument(
            "--scope", action="append", choices=Scope.values, help="repeatable; default: every read scope"
        )
        parser.add_argument("--days", type=int, default=90, help="days until it expires (1-730)")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"no user is called {options['username']}")
        scopes = options["scope"] or [scope for scope in Scope.values if scope.endswith(":read")]
        try:
            token, text = create_token(user=user, name=options["name"], scopes=scopes, days=options["days"])
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        if options["json"]:
            answer = {
                "token": text,
                "key": token.token_key,
                "expires": token.expiry.isoformat(),
                "scopes": token.scopes,
            }
            self.stdout.write(json.dumps(answer))
        else:
            self.stdout.write(text)
