"""A database of a given size, and the people who ask of it."""

from io import StringIO
from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.db import connection

from accounts.models import Role, Unit, User
from accounts.services import create_token
from liaisons.models import Officer


def build(issues: int) -> None:
    """Empties the database and seeds `issues` issues: a city of 290 platforms, one more for every 10,000 of them."""
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # the ledger refuses to be emptied
        cursor.execute("TRUNCATE platforms_platform, accounts_user, notices_notice, issues_issuecounter CASCADE")
        cursor.execute("SET session_replication_role = origin")
    call_command("load_calendar", stdout=StringIO())
    call_command("seed_demo", scale=max(1, issues // 10_000), issues=issues, verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def session_cookie(user: User) -> str:
    session = SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session["_auth_user_backend"] = "accounts.backends.UnitBackend"
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.save()
    return f"sessionid={session.session_key}"


def people() -> dict[str, Any]:
    """Bureau staff, an officer with open issues, and two client systems with a token each: a unit's, the city's."""
    staff = User.objects.select_related("unit").filter(role=Role.BUREAU_STAFF)[0]
    officer = Officer.objects.select_related("user__unit").filter(issues__state="accepted").order_by("pk")[0]
    district = Unit.objects.get(pk=officer.home_unit_id)
    tokens = {}
    for name, unit in (("district", district), ("city", Unit.objects.get(kind="commission_office"))):
        client = User.objects.create(username=f"bench-{name}", name=name, role=Role.API_CLIENT, unit=unit)
        scopes = ["issues:read", "visits:read", "platforms:read", "visits:write"]
        tokens[name] = create_token(user=client, name="bench", scopes=scopes, days=1)[1]
    return {
        "staff": session_cookie(staff),
        "officer": session_cookie(officer.user),
        "officer_row": officer,
        "tokens": tokens,
    }
