"""A real server. Everything that must differ is read from the environment, and an unsafe value stops the start."""

from django.core.exceptions import ImproperlyConfigured

from config.settings.base import *  # noqa: F403 - a settings module extends its base
from config.settings.base import ALLOWED_HOSTS, SECRET_KEY, env


def refuse_unsafe(secret_key: str, debug: bool, hosts: list[str]) -> None:
    """Raises ImproperlyConfigured, naming each variable that would make this server unsafe."""
    faults = []
    if len(secret_key) < 50 or len(set(secret_key)) < 5 or "not-a-secret" in secret_key:
        faults.append("SECRET_KEY must be a random text of 50 characters or more")
    if debug:
        faults.append("DEBUG must be off")
    if not hosts or any("*" in host or host.startswith(".") for host in hosts):
        faults.append("ALLOWED_HOSTS must list this site's host names, without wildcards")
    if faults:
        raise ImproperlyConfigured("; ".join(faults))


refuse_unsafe(SECRET_KEY, env.bool("DEBUG", default=False), ALLOWED_HOSTS)

SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
