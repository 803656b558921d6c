"""Whose address a request has: what our own proxies say, and nobody else's word."""

import pytest

from config.addresses import address_of


@pytest.mark.parametrize(
    ("trusted", "forwarded", "address"),
    [
        (0, "1.1.1.1", "10.0.0.9"),
        (1, "1.1.1.1", "1.1.1.1"),
        (1, "6.6.6.6, 1.1.1.1", "1.1.1.1"),
        (2, "6.6.6.6, 1.1.1.1, 2.2.2.2", "1.1.1.1"),
        (2, "1.1.1.1", "10.0.0.9"),
        (1, "nonsense'; --", None),
    ],
)
def test_only_what_our_own_proxies_added_is_believed(settings, rf, trusted, forwarded, address):
    settings.TRUSTED_PROXIES = trusted
    assert address_of(rf.get("/", HTTP_X_FORWARDED_FOR=forwarded, REMOTE_ADDR="10.0.0.9")) == address
