import base64
import hmac
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from config.clock import now
from notices.channels.robot import Robot
from notices.models import Channel


class DingTalk(Robot):
    """钉钉. Signed in the address, by the millisecond; too many messages silence the robot for ten minutes."""

    code = "errcode"
    bytes_at_most = 18_000
    final_codes = frozenset({300001, 310000, 400013, 400101, 400102})
    busy_codes = {130101: timedelta(minutes=10), 410100: timedelta(minutes=10)}

    def request(self, channel: Channel, text: str) -> tuple[str, dict[str, Any]]:
        address = channel.address
        if channel.secret:
            at = int(now().timestamp() * 1000)
            signed = urlencode({"timestamp": at, "sign": sign(channel.secret, at)})
            address = f"{address}{'&' if '?' in address else '?'}{signed}"
        return address, {"msgtype": "text", "text": {"content": text}}


def sign(secret: str, milliseconds: int) -> str:
    """Key is the secret, message the time and the secret again."""
    digest = hmac.digest(secret.encode(), f"{milliseconds}\n{secret}".encode(), "sha256")
    return base64.b64encode(digest).decode()
