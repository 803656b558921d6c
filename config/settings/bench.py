"""What `./run bench` measures: the production stack without TLS, on servers of its own."""

from config.settings.base import *  # noqa: F403 - a settings module extends its base

SECRET_KEY = "bench-only-not-a-secret"  # noqa: S105 - never leaves a bench run
ROOT_URLCONF = "bench.urls"
ALLOWED_HOSTS = ["testserver", "127.0.0.1"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
LOGGING = {"version": 1, "disable_existing_loggers": False}
