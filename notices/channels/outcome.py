"""How a try to send ends when it does not end well."""

from datetime import timedelta


class NotDelivered(Exception):
    """The receiver did not take the message, so far as we know. `reason` is kept and shown: it holds no key."""

    def __init__(
        self,
        reason: str,
        *,
        is_final: bool = False,
        blames_channel: bool = True,
        wait: timedelta | None = None,
    ) -> None:
        """`is_final`: a repeat would end the same. `blames_channel`: others would not get through either.

        `wait`: the receiver asked for silence so long; such a channel works and is busy.
        """
        super().__init__(reason)
        self.reason, self.is_final, self.wait = reason, is_final, wait
        self.blames_channel = blames_channel and wait is None
