import ssl
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from accounts.models import Role, User
from config.clock import now
from notices.models import Announcement, Channel, ChannelKind, Delivery, Notice
from tests.factories import UserFactory
from tests.notices.receivers import Mailbox, Receiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
# Made for tests, valid for a hundred years, worth nothing.
CERTIFICATE = Path(__file__).parent / "tls" / "certificate.pem"
_numbers = count(1)


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    """A robot's or webhook's other end; the guard lets it through by name."""
    settings.WEBHOOK_ALLOW_HOSTS = ["127.0.0.1"]
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    mailbox = Mailbox()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", mailbox.port, 2
    yield mailbox
    mailbox.close()


@pytest.fixture
def tls_server(receiver: Receiver) -> int:
    """The receiver behind TLS, with a certificate for good.example that nobody vouches for; its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE, CERTIFICATE.with_name("key.pem"))
    receiver.server.socket = context.wrap_socket(receiver.server.socket, server_side=True)
    return receiver.port


@pytest.fixture
def hook(db: None, receiver: Receiver) -> Channel:
    return channel(address=receiver.url())


@pytest.fixture
def administrator(db: None) -> User:
    return UserFactory(role=Role.SYSTEM_ADMIN, unit=None)


def channel(kind: str = ChannelKind.WEBHOOK, address: str = "https://hooks.example/x", **fields: Any) -> Channel:
    defaults = {"name": f"渠道{next(_numbers)}", "secret": SECRET if kind == ChannelKind.WEBHOOK else ""}
    return Channel.objects.create(kind=kind, address=address, **{"per_minute": 600, **defaults, **fields})


def entry_data(kind: str, number: str = "2026-000007") -> dict[str, Any]:
    return {"number": number, "due_on": "2026-10-13", "clock": "statutory", "level": kind, "step": 1}


def announce(to: Channel, kind: str = "overdue", **fields: Any) -> Announcement:
    """An entry for a channel, due at once unless `fields` say otherwise."""
    defaults = {"cause": f"warning/{next(_numbers)}", "url": "/issues/2026-000007/", "data": entry_data(kind)}
    at = now()
    return Announcement.objects.create(
        channel=to, kind=kind, **{"created_at": at, "send_after": at, **defaults, **fields}
    )


def notify(person: Any, kind: str = "overdue", **fields: Any) -> Notice:
    defaults = {"cause": f"warning/{next(_numbers)}", "url": "/issues/2026-000007/", "data": entry_data(kind)}
    at = now()
    return Notice.objects.create(
        recipient=person, kind=kind, **{"created_at": at, "send_after": at, **defaults, **fields}
    )


def waiting(to: Channel, **fields: Any) -> Delivery:
    """A message that is written down and waits to be sent."""
    content = {"text": "联点提醒"} if to.kind != ChannelKind.WEBHOOK else {"type": "issue.overdue", "data": {}}
    at = now()
    defaults = {"content": content, "created_at": at, "next_attempt_at": at}
    return Delivery.objects.create(channel=to, **{**defaults, **fields})
