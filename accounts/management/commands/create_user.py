import getpass
import json
import os
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Role, Unit
from accounts.services import create_user


class Command(BaseCommand):
    help = "Creates an account. The password is asked for, or read from LIANDIAN_PASSWORD."

    def asked_password(self) -> str:
        try:
            return getpass.getpass()
        except EOFError as error:
            raise CommandError("nobody is there to type a password: set LIANDIAN_PASSWORD") from error

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", required=True, help="the person's name as shown")
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument("--unit", help="code of the unit, e.g. M-STB")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        unit = Unit.objects.filter(code=options["unit"]).first() if options["unit"] else None
        if options["unit"] and unit is None:
            raise CommandError(f"no unit has the code {options['unit']}")
        password = os.environ.get("LIANDIAN_PASSWORD") or self.asked_password()
        try:
            user = create_user(
                username=options["username"], name=options["name"], role=options["role"], unit=unit, password=password
            )
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        if options["json"]:
            self.stdout.write(json.dumps({"id": user.pk, "username": user.username, "role": user.role}))
        else:
            self.stdout.write(f"{user.username} ({user.get_role_display()})")
