"""A group's robot: text in, a code in the answer's body. Codes, and where the signature goes, are each maker's own."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from notices.channels.http import send
from notices.channels.outcome import NotDelivered
from notices.models import Channel, Delivery

ANSWER_BYTES = 64 * 1024


class Robot(ABC):
    """`send` returns when the robot said 0: its HTTP status is 200 for refusals, too."""

    code: ClassVar[str]
    # Of the text, in UTF-8.
    bytes_at_most: ClassVar[int]
    # Of the key, the signature or the robot's own settings: the same for every message.
    final_codes: ClassVar[frozenset[int]]
    # Too many messages: how long the maker lets one wait.
    busy_codes: ClassVar[Mapping[int, timedelta]]

    @abstractmethod
    def request(self, channel: Channel, text: str) -> tuple[str, dict[str, Any]]:
        """Address and body, signed as of now."""

    def send(self, delivery: Delivery) -> None:
        text = fit(delivery.content["text"], self.bytes_at_most)
        address, body = self.request(delivery.channel, text)
        answer = send(address, json.dumps(body, ensure_ascii=False).encode(), want=ANSWER_BYTES)
        try:
            code = json.loads(answer.body)[self.code]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise NotDelivered(_("答复中没有%(code)s") % {"code": self.code}) from None
        if code == 0 and code is not False:
            return
        known = code if isinstance(code, int) else -1
        reason = _("机器人答复%(code)s=%(value)s") % {"code": self.code, "value": known}
        raise NotDelivered(reason, is_final=known in self.final_codes, wait=self.busy_codes.get(known))


def fit(text: str, size: int) -> str:
    """The text, cut to so many bytes of UTF-8 between two characters and ended with "…" where it was longer."""
    encoded = text.encode()
    if len(encoded) <= size:
        return text
    end = "…"
    return encoded[: size - len(end.encode())].decode(errors="ignore") + end
