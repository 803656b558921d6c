"""What goes outside, as it is kept in Delivery.content: written once, so that a repeat is the same."""

import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from accounts.models import User
from notices.links import absolute
from notices.models import Announcement, Notice, NoticeKind
from notices.sentences import counted

Content = dict[str, Any]

# A mail after a long outage names so many and says how many more there are.
LINES_AT_MOST = 50
# Worst first, what is not named last; what a digest says is said again by the entries it counts.
ORDER = (
    *(NoticeKind.WAY_IN, NoticeKind.ALERT, NoticeKind.OVERDUE, NoticeKind.DUE_TODAY, NoticeKind.SUPERVISED),
    *(NoticeKind.REMINDED, NoticeKind.PROMISE, NoticeKind.FEEDBACK, NoticeKind.REFERRED, NoticeKind.REQUESTED),
    *(NoticeKind.RETURNED, NoticeKind.REOPENED, NoticeKind.RAISED, NoticeKind.DISAGREED, NoticeKind.SUPPORT_ASKED),
    *(NoticeKind.CONFIRM_ASKED, NoticeKind.HANDOVER, NoticeKind.MENTIONED, NoticeKind.UNCONFIRMED),
    *(NoticeKind.FEEDBACK_ANSWERED, NoticeKind.SUPPORT_ANSWERED, NoticeKind.SUPERVISION_ANSWERED),
    *(NoticeKind.CALL_ASKED, NoticeKind.ANSWERED, NoticeKind.RESOLVED, NoticeKind.WITHDRAWN, NoticeKind.MERGED),
    *(NoticeKind.MOVED_ON, NoticeKind.PLANNED, NoticeKind.NEARING, NoticeKind.HALF, NoticeKind.DECIDED),
    *(NoticeKind.DEADLINE_MOVED,),
    NoticeKind.DIGEST,
)
RANK: dict[str, int] = {kind: place for place, kind in enumerate(ORDER)}


def mail_content(person: User, notices: Sequence[Notice]) -> Content:
    """One mail with all of them. Nobody's language is known here: it is the house's."""
    if person.is_contact:
        return contact_mail(person, notices)
    with override(settings.LANGUAGE_CODE):
        ranked = sorted(notices, key=lambda notice: (RANK.get(notice.kind, len(RANK)), notice.pk))
        ranked.sort(key=lambda notice: notice.kind != NoticeKind.DIGEST)  # the overview on top
        lines = [_("%(name)s：") % {"name": person.name}, ""]
        for notice in ranked[:LINES_AT_MOST]:
            values = {"kind": notice.get_kind_display(), "sentence": notice.sentence}
            lines += [_("【%(kind)s】%(sentence)s。") % values, f"  {_link_to(notice)}", ""]
        more = len(ranked) - LINES_AT_MOST
        if more > 0:
            lines += [ngettext("另有%(n)s条。", "另有%(n)s条。", more) % {"n": more}, ""]
        lines += [_("全部消息：%(url)s") % {"url": absolute(reverse("notices:list"))}]
        lines += [_("这封邮件由系统发出，不用回复。")]
        return {"subject": _subject(ranked), "body": "\n".join(lines) + "\n"}


def contact_mail(person: User, notices: Sequence[Notice]) -> Content:
    """A mail to a platform's contact, who has no password and no inbox: each line leads to the contact's own page.

    What is kept here has the bare addresses, and in `paths` which they are: notices.ways_in opens them when it is sent.
    """
    with override(settings.LANGUAGE_CODE):
        lines, paths = [_("您好："), ""], []
        for notice in sorted(notices, key=lambda notice: -notice.pk)[:LINES_AT_MOST]:
            paths.append(_page_of_contact(notice))
            lines += [f"{notice.sentence}{_('。')}", absolute(paths[-1]), ""]
        lines += [_("打开后点“进入”，不用密码。请不要转发这封邮件。"), _("这封邮件由系统发出，不用回复。")]
        newest = max(notices, key=lambda notice: notice.pk)
        subject = _("联点：%(words)s") % {"words": newest.sentence}
        return {"subject": subject, "body": "\n".join(lines) + "\n", "paths": list(dict.fromkeys(paths))}


def _page_of_contact(notice: Notice) -> str:
    number = notice.data.get("number")
    return reverse("contacts:issue", args=[number]) if number else reverse("contacts:home")


def robot_content(entries: Counter[str], delivery_id: uuid.UUID) -> Content:
    """Counts by kind and a link: a group reads it, so no issue's text, no phone, no person's name."""
    with override(settings.LANGUAGE_CODE):
        levels = counted(entries)
        others = {kind: n for kind, n in entries.items() if kind not in {"overdue", "due_today", "nearing", "half"}}
        parts = [levels] if levels else []
        parts += [
            ngettext("%(kind)s%(n)s条", "%(kind)s%(n)s条", n) % {"kind": NoticeKind(kind).label, "n": n}
            for kind, n in sorted(others.items())
        ]
        return _robot_text(_("、").join(parts), delivery_id)


def webhook_content(announcement: Announcement) -> Content:
    """As Standard Webhooks wants it: type, timestamp, data. The data are the entry's and its address."""
    return {
        "type": f"issue.{announcement.kind}",
        "timestamp": _in_utc(announcement.created_at),
        "data": {**announcement.data, "url": absolute(announcement.url)},
    }


def test_content(kind: str, delivery_id: uuid.UUID, at: datetime) -> Content:
    """What an administrator sends to see whether a channel works. The robots' word for it is 试发."""
    with override(settings.LANGUAGE_CODE):
        words = _("这是一条试发消息，收到即表示渠道可用")
        if kind == "mail":
            return {"subject": _("联点：%(words)s") % {"words": words}, "body": f"{words}。\n{absolute('/')}\n"}
        if kind == "webhook":
            return {"type": "channel.test", "timestamp": _in_utc(at), "data": {"url": absolute("/")}}
        return _robot_text(words, delivery_id)


def _robot_text(words: str, delivery_id: uuid.UUID) -> Content:
    # A robot has no place for an id of ours; a repeat shows the same number to whoever reads the group.
    values = {"words": words, "url": absolute(reverse("issues:list")), "id": delivery_id.hex[:8]}
    return {"text": _("联点提醒：%(words)s。\n查看：%(url)s\n（编号%(id)s）") % values}


def _in_utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _subject(ranked: Sequence[Notice]) -> str:
    """Of one its sentence, of many the overview or their number."""
    if len(ranked) == 1 or ranked[0].kind == NoticeKind.DIGEST:
        return _("联点：%(words)s") % {"words": ranked[0].sentence}
    n = len(ranked)
    return _("联点：%(words)s") % {"words": ngettext("您有%(n)s条消息", "您有%(n)s条消息", n) % {"n": n}}


def _link_to(notice: Notice) -> str:
    return absolute(reverse("notices:open", args=[notice.pk]))
