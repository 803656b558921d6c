"""Another system, told in the form of Standard Webhooks (standardwebhooks.com): one POST an entry, signed."""

import base64
import binascii
import hmac
import json
import secrets

from config.clock import now
from notices.channels.http import send
from notices.models import Delivery

PREFIX = "whsec_"


class Webhook:
    """`webhook-id` is the delivery's id: the receiver knows a repeat by it. Any 2xx is a yes."""

    def send(self, delivery: Delivery) -> None:
        body = json.dumps(delivery.content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        at = int(now().timestamp())
        headers = {"webhook-id": str(delivery.pk), "webhook-timestamp": str(at)}
        if delivery.channel.secret:
            headers["webhook-signature"] = sign(delivery.channel.secret, str(delivery.pk), at, body)
        send(delivery.channel.address, body, headers)


def sign(secret: str, message_id: str, seconds: int, body: bytes) -> str:
    digest = hmac.digest(key_of(secret), f"{message_id}.{seconds}.".encode() + body, "sha256")
    return f"v1,{base64.b64encode(digest).decode()}"


def key_of(secret: str) -> bytes:
    """The key in `whsec_…`. Raises ValueError for anything else, or for a key of less than 24 bytes."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(PREFIX) or not 24 <= len(key) <= 64:
        raise ValueError(f"not {PREFIX} and 24 to 64 bytes in base64")
    return key


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()
