import base64
import hmac
from datetime import timedelta
from typing import Any

from config.clock import now
from notices.channels.robot import Robot
from notices.models import Channel


class Feishu(Robot):
    """飞书. Signed in the body, by the second, with key and message the other way round than 钉钉."""

    code = "code"
    # The body may have 20 KB; JSON writes a line break or a quotation mark as two bytes.
    bytes_at_most = 9_000
    final_codes = frozenset({19001, 19021, 19022, 19024})
    busy_codes = {11232: timedelta(minutes=1)}

    def request(self, channel: Channel, text: str) -> tuple[str, dict[str, Any]]:
        body: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
        if channel.secret:
            at = int(now().timestamp())
            body = {"timestamp": str(at), "sign": sign(channel.secret, at), **body}
        return channel.address, body


def sign(secret: str, seconds: int) -> str:
    """Key is the time and the secret, the message empty."""
    return base64.b64encode(hmac.digest(f"{seconds}\n{secret}".encode(), b"", "sha256")).decode()
