"""Nobody leaves work behind that nobody has: what an account still answers for, asked before it is disabled or changed.

Rooms above say what that is. Which ones do stands in the settings (`WORK_CHECKS`), since this room imports none of
them.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.models import User

# Takes a user, gives the words for what is in that user's hands, "2家平台"; holds what it counts until the transaction
# ends, so that nothing is added between look and write.
WorkCheck = Callable[[User], list[str]]
# A change of one of these takes an account away from its work.
FIELDS = ("is_active", "role", "unit")


class StillInCharge(ValidationError):
    """The account answers for work that has to be handed over first; the message lists it."""


@cache
def _checks() -> tuple[WorkCheck, ...]:
    return tuple(import_string(path) for path in settings.WORK_CHECKS)


def work_of(user: User) -> list[str]:
    """What the user answers for now, in words; empty where nothing is in the way. In a transaction it stays true."""
    return [words for check in _checks() for words in check(user)]


def refuse_orphaning(user: User) -> None:
    """Raises StillInCharge where disabling the account, or another role or unit, would leave work without anybody."""
    if work := work_of(user):
        raise StillInCharge(
            _("%(name)s手上还有%(work)s，请先在“工作移交”里交给别人。"),
            params={"name": user.name or user.username, "work": _("、").join(work)},
        )


def check_form(form: Any) -> None:
    """The same for a form that changes an account: the sentence stands beside the field that would do it."""
    user: User = form.instance
    loses = [name for name in FIELDS if name in form.changed_data and not _keeps(form, name)]
    if loses:
        try:
            refuse_orphaning(user)
        except StillInCharge as refusal:
            form.add_error(loses[0], refusal)


def _keeps(form: Any, name: str) -> bool:
    """An account that is enabled leaves nothing."""
    return name == "is_active" and bool(form.cleaned_data.get(name))


@transaction.atomic
def disable_user(user: User) -> User:
    """Nobody signs in with the account any more; it is never deleted. Raises StillInCharge."""
    user = User.objects.select_for_update(no_key=True, of=("self",)).get(pk=user.pk)
    refuse_orphaning(user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    return user
