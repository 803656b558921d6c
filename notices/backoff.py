"""How long a delivery waits after its n-th failure: 5 s, 5 min, 30 min, then every hour, each a little less."""

import hashlib
import uuid
from datetime import timedelta

AFTER = (timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=1))
# About five days of them.
ATTEMPTS_AT_MOST = 140
# The jitter shortens: what is asked for is an hour at most. It keeps a thousand failures from coming back together.
SHORTEST, LONGEST = 0.80, 0.95


def wait_after(failures: int, delivery_id: uuid.UUID) -> timedelta:
    """The same for the same delivery and number, so that a test, or a reader of the log, can say what comes."""
    step = AFTER[min(failures, len(AFTER)) - 1]
    dice = int.from_bytes(hashlib.sha256(f"{delivery_id}/{failures}".encode()).digest()[:4])
    return step * (SHORTEST + (LONGEST - SHORTEST) * dice / 2**32)
