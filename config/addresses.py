"""Where a request comes from: the one answer, for the audit log as for the door of the contacts."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str | None:
    """The client's address. X-Forwarded-For is anybody's to write: only what our own TRUSTED_PROXIES proxies added is
    believed, and nothing of it unless that is set."""
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    trusted = settings.TRUSTED_PROXIES
    text = hops[-trusted] if 0 < trusted <= len(hops) else request.META.get("REMOTE_ADDR", "")
    try:
        return str(ip_address(text.strip().partition("%")[0]))
    except ValueError:
        return None  # a socket of this machine has no address
