"""Accounts and tokens: made, handed out once, taken back."""

from datetime import timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Value
from django.db.models.functions import Concat, Length, Substr
from django.utils.translation import gettext as _

from accounts.models import ApiToken, Scope, Unit, User
from workdays.calendar import Calendars, WorkCalendar


@transaction.atomic
def create_user(*, username: str, name: str, role: str, unit: Unit | None, password: str, phone: str = "") -> User:
    """A new account. Raises ValidationError for a taken name, an unknown role, a missing unit or a weak password."""
    user = User(username=username, name=name, role=role, unit=unit, phone=phone)
    user.full_clean(exclude=["password"])
    validate_password(password, user)
    user.set_password(password)
    user.save()
    return user


def create_token(*, user: User, name: str, scopes: list[str], days: int) -> tuple[ApiToken, str]:
    """A bearer token for `user`, valid `days` days, and its text, which is shown once and never stored.

    Raises ValidationError for a scope that does not exist, a term outside 1-730 days, or a platform's contact, who has
    pages and no API.
    """
    if user.is_contact:
        raise ValidationError(_("平台联络员没有接口令牌。"))
    unknown = sorted(set(scopes) - set(Scope.values))
    if unknown or not scopes:
        raise ValidationError(_("未知的权限：%(scopes)s。"), params={"scopes": ", ".join(unknown) or "—"})
    if not 1 <= days <= 730:
        raise ValidationError(_("有效期须在1至730天之间。"))
    made: tuple[ApiToken, str] = ApiToken.objects.create(
        user=user, expiry=timedelta(days=days), name=name, scopes=sorted(set(scopes))
    )
    return made


def revoke_token(token_key: str) -> int:
    """Deletes the token whose text begins with `token_key` (its first 15 characters); the number deleted."""
    revoked: int = ApiToken.objects.filter(token_key=token_key[:15]).delete()[0]
    return revoked


@transaction.atomic
def save_unit(unit: Unit) -> Unit:
    """Saves a new or changed unit; everything below one that moves in the tree moves with it. Raises as find_place."""
    before, unit.parent = find_place(unit, unit.parent_id)
    unit.save()
    if before and before != unit.path:
        below = Unit.objects.filter(path__startswith=before)
        below.update(path=Concat(Value(unit.path), Substr("path", len(before) + 1)))
    return unit


def find_place(unit: Unit, parent_id: int | None) -> tuple[str, Unit | None]:
    """The path of the unit, empty for a new one, and its parent-to-be, as they are until this transaction ends.

    Raises ValidationError (key `parent`) where the unit would come to stand below itself.
    """
    _hold_tree_still()
    before = Unit.objects.filter(pk=unit.pk).values_list("path", flat=True).first() or ""
    parent = None if parent_id is None else Unit.objects.get(pk=parent_id)
    if before and parent is not None and parent.path.startswith(before):
        raise ValidationError({"parent": _("上级单位不能是本单位，也不能是它的下属单位。")})
    return before, parent


def _hold_tree_still() -> None:
    # The whole tree: each of two moves may look right by itself, and locks on their rows would be taken crosswise.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('units', 0))")


def calendar_for(unit: Unit | None, calendars: Calendars) -> WorkCalendar:
    """The calendar of the unit, or of the nearest one above it that has its own, else the nation's.

    Where there is but the nation's it costs no statement.
    """
    if unit is None or len(calendars) == 1:
        return calendars.national
    codes = unit.path.rstrip("/").split("/")
    paths = ["/".join(codes[: depth + 1]) + "/" for depth in range(len(codes))]
    own = Unit.objects.filter(path__in=paths, calendar__isnull=False).order_by(Length("path").desc())
    calendar_id = own.values_list("calendar_id", flat=True).first()
    return calendars.national if calendar_id is None else calendars[calendar_id]
