"""Fills the database of its environment with what a client needs to write visits, and prints how to reach it."""

import json
import sys

import django


def main() -> None:
    django.setup()
    from django.test import Client

    from accounts.models import Scope
    from accounts.services import create_token
    from tests.factories import CategoryFactory, OfficerFactory, PlatformFactory
    from workdays.services import load_calendar

    load_calendar("shipped years")
    officer = OfficerFactory()
    platform = PlatformFactory(officer=officer)
    client = Client()
    client.force_login(officer.user)
    reach = {
        "platform": platform.pk,
        "category": CategoryFactory().code,
        "token": create_token(user=officer.user, name="faults", scopes=list(Scope.values), days=30)[1],
        "session": client.cookies["sessionid"].value,
    }
    sys.stdout.write(json.dumps(reach))


if __name__ == "__main__":
    main()
