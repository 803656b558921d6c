from datetime import timedelta
from typing import Any

from notices.channels.robot import Robot
from notices.models import Channel


class WeCom(Robot):
    """企业微信. The key in the address is the secret; nothing is signed."""

    code = "errcode"
    bytes_at_most = 2048
    final_codes = frozenset({40058, 93000})
    busy_codes = {45009: timedelta(minutes=1)}

    def request(self, channel: Channel, text: str) -> tuple[str, dict[str, Any]]:
        return channel.address, {"msgtype": "text", "text": {"content": text}}
