"""Mails to those who have no password: the way in is put into the words while they are sent, and never kept.

The room that keeps the door stands above this one; the settings name it (CONTACT_WAY_IN).
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.formats import date_format
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from config.clock import on_date
from notices.links import absolute


def body_for(person: User, content: dict[str, Any], written_at: datetime) -> str:
    """The mail's words. Addresses that stand in `paths` lead through the door, while the person has a key to it."""
    body = str(content["body"])
    paths: list[str] = content.get("paths", [])
    if not paths:
        return body
    way_in = import_string(settings.CONTACT_WAY_IN)
    opened: dict[str, tuple[str, datetime] | None] = {
        absolute(path): way_in(person, path, written_at) for path in paths
    }
    with override(settings.LANGUAGE_CODE):
        return "\n".join(_line(line, opened) for line in body.split("\n"))


def _line(line: str, opened: dict[str, tuple[str, datetime] | None]) -> str:
    if line not in opened:
        return line
    way = opened[line]
    if way is None:
        return _("请打开您的专用链接查看；找不到或打不开时，请向联点干部再要一条。")
    path, until = way
    day = date_format(on_date(until), "Y年n月j日")
    return f"{absolute(path)}\n{_('（%(day)s前有效）') % {'day': day}}"
