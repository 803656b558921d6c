"""The contact's own door: a link without account, password or app.

What has the link is the contact, so it is treated like a password:

- Its text has 256 random bits; only the digest is stored, and the maker sees it once. There is one a person: a new one
  takes back the older ones, and whoever came by an old one is out with the next request (platforms.contact_sessions).
- Previewers of messengers and mail scanners fetch every address they see. A GET therefore opens nothing and changes
  nothing; a person presses a button, which is a POST with its token.
- A mail cannot hold the text, which nobody has any more, and what waits in the outbox must not open a door to whoever
  reads the table. The outbox keeps the bare address of the page; at the moment of sending, and nowhere else, that is
  replaced by a pass: the key of the present link and an end, signed (`way_in`). The pass dies with its link, and after
  `LinkRule.mail_days` by itself, because mails are forwarded. No link, no pass: the mail then says to open the link.
- Unknown, expired and revoked are one answer. Texts that never were a link are counted by where they come from.

`_record` is the one place that knows of everything that happens here.
"""

import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import urlencode

from django.contrib.auth import login
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts.models import Role, User
from config.addresses import address_of
from config.clock import now, today
from notices.models import NoticeKind
from notices.services import tell
from platforms.models import (
    ContactLink,
    ContactLinkEvent,
    FailedEntry,
    LinkEventKind,
    LinkRule,
    PlatformContact,
)

BYTES = 32
MOST_FAILURES, WINDOW, KEPT = 20, timedelta(minutes=15), timedelta(days=1)
# What the session of a contact holds: the link it hangs on, when it was last seen, how long it may stand still.
LINK, SEEN, IDLE = "contact_link", "contact_seen", "contact_idle"
_signer = Signer(salt="platforms.links.way_in")


class LinkRefused(ValidationError):
    """The contact is no longer in the register, has no address, or no link that could be sent."""


class MadeLink(NamedTuple):
    """`text` is in nobody's hands but the caller's."""

    link: ContactLink
    text: str

    @property
    def path(self) -> str:
        return reverse("door:enter", args=[self.text])


def rule_in_force() -> LinkRule:
    return LinkRule.objects.filter(valid_from__lte=today()).order_by("-valid_from", "-pk")[0]


@transaction.atomic
def make_link(contact: PlatformContact, *, actor: User) -> MadeLink:
    """A new link for the contact, who gets an account with the first one; older ones end. Raises LinkRefused."""
    contact = _locked(contact)
    user = contact.user or _open_account(contact)
    _revoke(user, actor)
    at, text = now(), secrets.token_urlsafe(BYTES)
    link = ContactLink.objects.create(
        user=user,
        digest=_digest(text),
        made_by=actor,
        made_at=at,
        expires_at=at + timedelta(days=rule_in_force().days),
    )
    _record(link, LinkEventKind.MADE, actor)
    return MadeLink(link, text)


@transaction.atomic
def revoke_link(contact: PlatformContact, *, actor: User) -> bool:
    """Takes the contact's link back; whether there was one. Who is inside by it is out with the next request."""
    contact = _locked(contact)
    return contact.user is not None and _revoke(contact.user, actor)


@transaction.atomic
def mail_link(contact: PlatformContact, *, actor: User) -> None:
    """Sends the way in by mail, through the outbox. Raises LinkRefused without an address or a link that is valid."""
    contact = _locked(contact)
    if not contact.email:
        raise LinkRefused(_("这位联系人还没有登记邮箱。"))
    link = ContactLink.objects.live().filter(user=contact.user).first() if contact.user else None
    if link is None:
        raise LinkRefused(_("现在没有有效的链接，请先生成一条。"))
    at = now()
    cause = f"contact-link/{link.pk}/{at:%Y%m%d%H%M%S}"
    tell([link.user], kind=NoticeKind.WAY_IN, cause=cause, url=reverse("contacts:home"), data={})
    _record(link, LinkEventKind.MAILED, actor)


def close_account(contact: PlatformContact) -> None:
    """In the caller's transaction: the person is no longer the contact. The account stays, for what it did, and opens
    nothing any more."""
    user = contact.user
    if user is None:
        return
    _revoke(user, None)
    user.is_active = False
    user.save(update_fields=["is_active"])
    contact.user = None


def look_up(text: str) -> ContactLink | None:
    """The link that this text, or the pass of a mail, stands for, live or not. Always one statement."""
    key = {"pk": _pk_in_pass(text)} if ":" in text else {"digest": _digest(text)}
    return ContactLink.objects.select_related("user").filter(**key).first()


@transaction.atomic
def enter(request: HttpRequest, link: ContactLink) -> bool:
    """Signs the contact in for as long as the link is valid; False when it ended a moment ago."""
    held = ContactLink.objects.live().select_for_update(of=("self",), no_key=True).filter(pk=link.pk).first()
    if held is None:
        return False
    _record(held, LinkEventKind.USED, held.user)
    login(request, held.user, backend="accounts.backends.UnitBackend")
    idle = rule_in_force().idle_minutes * 60
    request.session[LINK], request.session[SEEN], request.session[IDLE] = held.pk, _seconds(now()), idle
    request.session.set_expiry(idle)
    return True


def session_goes_on(request: HttpRequest, user: User) -> bool:
    """Whether this session still hangs on a live link and was not left alone; one statement, by the link's key."""
    session, at = request.session, _seconds(now())
    if LINK not in session or at - session[SEEN] > session[IDLE]:
        return False
    if not ContactLink.objects.live().filter(pk=session[LINK], user=user).exists():
        return False
    if at - session[SEEN] >= 60:  # a write a minute is enough to tell half an hour
        session[SEEN] = at
    return True


def way_in(user: User, path: str, since: datetime) -> tuple[str, datetime] | None:
    """For a mail written at `since`: the path that leads through the door to `path`, and until when. None without a
    live link. The same each time it is asked for, so that the repeat of a mail is the same mail."""
    link = ContactLink.objects.live().filter(user=user).first()
    if link is None:
        return None
    until = min(link.expires_at, since + timedelta(days=rule_in_force().mail_days))
    if until <= now():
        return None
    text = _signer.sign(f"{link.pk}.{_seconds(until)}")
    return f"{reverse('door:enter', args=[text])}?{urlencode({'next': path})}", until


def source_of(request: HttpRequest) -> str:
    """Where a request comes from, as a keyed digest: enough to count by, no address to keep."""
    return salted_hmac("platforms.links.source", address_of(request) or "", algorithm="sha256").hexdigest()


def is_barred(source: str) -> bool:
    """Whether so many wrong texts came from there that the next is not even looked up."""
    return FailedEntry.objects.filter(source=source, at__gt=now() - WINDOW).count() >= MOST_FAILURES


def note_failure(source: str) -> None:
    at = now()
    FailedEntry.objects.filter(at__lt=at - KEPT).delete()
    FailedEntry.objects.create(source=source, at=at)


def _locked(contact: PlatformContact) -> PlatformContact:
    """The contact as it is now; two who make a link at once follow each other."""
    # Without its user: after a wait for the lock the join would still miss an account that was opened meanwhile.
    held = PlatformContact.objects.select_for_update().filter(pk=contact.pk).first()
    if held is None:
        raise LinkRefused(_("这位联系人已不在底册中，请刷新页面。"))
    return held


def _open_account(contact: PlatformContact) -> User:
    """Named as the house shows contacts (R57): the name stands beside everything the account does."""
    user = User(
        username=f"contact-{contact.pk}-{secrets.token_hex(3)}",
        name=contact.masked_name,
        role=Role.PLATFORM_CONTACT,
        email=contact.email,
    )
    user.set_unusable_password()
    user.save()
    contact.user = user
    contact.save(update_fields=["user"])
    return user


def _revoke(user: User, actor: User | None) -> bool:
    """Ends the one link that is not revoked, expired or not; whether it would still have opened the door."""
    link = ContactLink.objects.select_for_update(no_key=True).filter(user=user, revoked_at=None).first()
    if link is None:
        return False
    was_live = link.is_live
    link.revoked_at = now()
    link.save(update_fields=["revoked_at"])
    if was_live:
        _record(link, LinkEventKind.REVOKED, actor)
    return was_live


def _record(link: ContactLink, kind: LinkEventKind, actor: User | None) -> None:
    ContactLinkEvent.objects.create(link=link, kind=kind, at=now(), actor=actor)


def _digest(text: str) -> str:
    return sha256(text.encode(errors="surrogatepass")).hexdigest()


def _pk_in_pass(text: str) -> int:
    """The link of a genuine pass whose end has not come, else 0, which none has."""
    try:
        pk, _dot, until = _signer.unsign(text).partition(".")
    except BadSignature:
        return 0
    return int(pk) if now() < datetime.fromtimestamp(int(until), UTC) else 0


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
