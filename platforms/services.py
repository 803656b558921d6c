"""The register of platforms: what a platform is and whom to call there, written together."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms.models import model_to_dict
from django.utils.translation import gettext as _

from platforms.links import close_account
from platforms.models import Platform, PlatformContact


class RegisterChanged(ValidationError):
    """Somebody else changed the platform after the form had been opened."""


@dataclass(frozen=True, kw_only=True)
class ContactEntry:
    """A contact as entered; `pk` is that of the row it changes, None for a new one."""

    pk: int | None = None
    name: str
    position: str = ""
    phone: str = ""
    is_primary: bool = False
    # None leaves the address in the register as it is: not every form and file has one.
    email: str | None = None


def fingerprint(platform: Platform) -> str:
    """Stands for everything a form shows of the platform: equal as long as nothing of it changed."""
    contacts = list(
        platform.contacts.order_by("pk").values_list("pk", "name", "position", "phone", "email", "is_primary")
    )
    shown = json.dumps([model_to_dict(platform), contacts], sort_keys=True)
    return sha256(shown.encode()).hexdigest()[:32]


@transaction.atomic
def save_platform(
    platform: Platform,
    contacts: Sequence[ContactEntry] | None = None,
    *,
    primary: ContactEntry | None = None,
    seen: str | None = None,
) -> Platform:
    """Saves a new or changed platform and, where given, exactly these contacts, or its contact person (联络员) alone.

    `seen` is the fingerprint the writer started from. Raises RegisterChanged when the platform has moved on since.
    """
    is_new = platform._state.adding
    if not is_new:
        present = Platform.objects.select_for_update(no_key=True).get(pk=platform.pk)
        if seen is not None and fingerprint(present) != seen:
            raise RegisterChanged(_("这家平台的登记在您打开之后已被修改，请核对后再保存。"))
    platform.save()
    if contacts is not None:
        _save_contacts(platform, contacts)
    if primary is not None:
        known = None if is_new else platform.contacts.filter(is_primary=True).first()
        _save_contact(known or PlatformContact(platform=platform), primary)
    return platform


def _save_contacts(platform: Platform, contacts: Sequence[ContactEntry]) -> None:
    present = platform.contacts.in_bulk()
    for entry in contacts:
        contact = present.pop(entry.pk, None) if entry.pk else None
        _save_contact(contact or PlatformContact(platform=platform), entry)
    for gone in present.values():
        close_account(gone)
    PlatformContact.objects.filter(pk__in=list(present)).delete()


def _save_contact(contact: PlatformContact, entry: ContactEntry) -> None:
    if contact.user_id and entry.name != contact.name:
        close_account(contact)  # somebody else now: the link in the other one's hands must not be theirs
    contact.name, contact.position = entry.name, entry.position
    contact.phone, contact.is_primary = entry.phone, entry.is_primary
    contact.email = contact.email if entry.email is None else entry.email
    contact.save()
    if contact.user is not None and contact.user.email != contact.email:
        contact.user.email = contact.email
        contact.user.save(update_fields=["email"])
