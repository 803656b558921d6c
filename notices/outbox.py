"""The outbox at work: what beat calls every ten seconds, and `manage.py deliver_outbox` by hand."""

from collections import Counter

from notices.gathering import gather
from notices.sending import deliver
from notices.services import beat

__all__ = ["deliver", "gather", "run"]


def run() -> Counter[str]:
    """Writes down what has to go out and sends it: how many were "gathered", "sent", "failed", "dead"."""
    tally = Counter(gathered=gather())
    tally += deliver()
    beat("outbox")
    return tally
