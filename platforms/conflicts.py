"""Two people at one entry of the register: the slower one sees both versions and submits once more."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from audit.services import last_write
from config.clock import to_the_minute
from platforms.forms import ContactFormSet, PlatformForm
from platforms.models import Platform, PlatformContact
from platforms.services import RegisterChanged, fingerprint

MASKED = ("name", "phone", "email")


@dataclass(frozen=True, slots=True)
class Difference:
    """A field in which what stands in the register is not what was typed."""

    label: str
    theirs: str
    mine: str


def refusal(platform: Platform, typed: QueryDict) -> RegisterChanged:
    """Says who changed the entry and when, as far as the log knows: an import or a job leaves no name."""
    contacts = {*platform.contacts.values_list("pk", flat=True), *(row.get("id", "") for row in _rows(typed))}
    change = last_write({Platform: [platform.pk], PlatformContact: contacts})
    if change is None:
        return RegisterChanged(_("这家平台的登记在您打开之后已被修改，请核对后再保存。"))
    by = f"{change.actor_name} {to_the_minute(change.at)}".strip()
    return RegisterChanged(_("这家平台的登记在您打开之后已被修改（%(by)s），请核对后再保存。") % {"by": by})


def on_top_of(platform: Platform, typed: QueryDict) -> QueryDict:
    """What was typed, ready to be saved over the platform as it is now.

    A mask that was left alone stands for what the register has now, a contact who was added meanwhile stays, one who
    was deleted meanwhile stays only if typed in full.
    """
    data = typed.copy()
    data["seen"] = fingerprint(platform)
    known = {str(row["id"]): row for row in _rows(typed) if row.get("id")}
    rows = [_over(contact, known.pop(str(contact.pk), None)) for contact in platform.contacts.all()]
    kept = len(rows)
    rows += [row for row in known.values() if not any("*" in row.get(name, "") for name in MASKED)]
    rows += [row for row in _rows(typed) if not row.get("id")]
    for name in [name for name in data if name.startswith("contacts-")]:
        del data[name]
    data["contacts-TOTAL_FORMS"], data["contacts-INITIAL_FORMS"] = str(len(rows)), str(kept)
    for number, row in enumerate(rows):
        is_theirs = number < kept
        data.update({f"contacts-{number}-{name}": value for name, value in row.items() if is_theirs or name != "id"})
    return data


def _rows(typed: QueryDict) -> list[dict[str, str]]:
    """The contacts as they came, by the names of their fields."""
    rows: dict[int, dict[str, str]] = {}
    for name in typed:
        prefix, _dash, rest = name.partition("-")
        number, dash, field = rest.partition("-")
        if prefix == "contacts" and dash and number.isascii() and number.isdecimal():
            rows.setdefault(int(number[:4]), {})[field] = str(typed[name])
    return [rows[number] for number in sorted(rows)]


def _over(contact: PlatformContact, row: dict[str, str] | None) -> dict[str, str]:
    masks = {name: str(getattr(contact, f"masked_{name}")) for name in MASKED}
    if row is None:
        is_primary = {"is_primary": "on"} if contact.is_primary else {}
        return {"id": str(contact.pk), "position": contact.position, **masks, **is_primary}
    return {**row, **{name: mask for name, mask in masks.items() if "*" in row.get(name, "*")}}


def differences(platform: Platform, data: QueryDict) -> list[Difference]:
    """Field by field, in the order of the form. `data` comes from on_top_of."""
    theirs: Any = ContactFormSet(instance=platform)
    mine: Any = ContactFormSet(data, instance=platform)
    found = list(_between("", PlatformForm(instance=platform), PlatformForm(data, instance=platform)))
    for here, there in zip(theirs.initial_forms, mine.initial_forms, strict=True):
        found += _between(f"{here.title} · ", here, there)
    return found


def _between(prefix: str, theirs: forms.BaseForm, mine: forms.BaseForm) -> Iterator[Difference]:
    for here in theirs.visible_fields():
        old, new = _said(here), _said(mine[here.name])
        if old != new:
            yield Difference(f"{prefix}{here.label}", old or "—", new or "—")


def _said(field: forms.BoundField) -> str:
    """A value as people read it: the words of a choice, yes or no for a tick."""
    value: Any = field.value()
    if isinstance(field.field.widget, forms.CheckboxInput):
        return _("是") if value else _("否")
    choices: Iterable[Sequence[Any]] | None = getattr(field.field, "choices", None)
    if choices is None:
        return str("" if value is None else value).replace("\r", "").strip()
    return next((str(label) for key, label in choices if value and str(key) == str(value)), "")
