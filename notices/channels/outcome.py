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
        is_pointless: bool = False,
        wait: timedelta | None = None,
        rest: timedelta = timedelta(0),
    ) -> None:
        """`is_final`: a repeat would end the same. `blames_channel`: others would not get through either.

        `is_pointless`: there is nobody to send it to, and nothing for a person to mend. `wait`: the receiver asked for
        silence so long; such a channel works and is busy. `rest`: no try of this message sooner: it may have arrived.
        """
        super().__init__(reason)
        self.reason, self.is_final, self.is_pointless = reason, is_final, is_pointless
        self.wait, self.rest = wait, rest
        self.blames_channel = blames_channel and wait is None
