"""One machine, one person: what `./run` uses. Never for the internet."""

from pathlib import Path

from config.settings.base import *  # noqa: F403 - a settings module extends its base
from config.settings.base import BASE_DIR, env

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="local-only-not-a-secret")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
# Static files are served from where they lie: no collectstatic before the first page.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# Beside the database whose rows know them: two trials on one machine must not sweep each other's files away.
MEDIA_ROOT = env.str("MEDIA_ROOT", default=str(Path(env.str("RUN_DIR", default="") or BASE_DIR / ".run") / "media"))

# Messages go to the sink, which `up` starts: nothing leaves this machine unless EMAIL_URL or a channel says so.
SINK_PORT = env.int("SINK_PORT", default=8025)
EMAIL_URL = env.str("EMAIL_URL", default=f"smtp://127.0.0.1:{env.int('SINK_SMTP_PORT', default=SINK_PORT + 1)}")
MAIL_IS_ON = bool(EMAIL_URL)
vars().update(env.email_url_config(EMAIL_URL or "dummymail://"))
WEBHOOK_ALLOW_HOSTS = env.list("WEBHOOK_ALLOW_HOSTS", default=[f"127.0.0.1:{SINK_PORT}"])
SITE_URL = env.str("SITE_URL", default=f"http://127.0.0.1:{env.int('PORT', default=8000)}")
