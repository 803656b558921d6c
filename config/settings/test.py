"""The test run: real PostgreSQL and Valkey from tests.servers, cheap password hashes."""

from config.settings.base import *  # noqa: F403 - a settings module extends its base

SECRET_KEY = "test-only-not-a-secret"  # noqa: S105 - never leaves a test run
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Nowhere: a test that keeps files names a folder of its own (`media`).
MEDIA_ROOT = "/nonexistent/liandian-test-media"
WHITENOISE_USE_FINDERS = True
LOGGING = {"version": 1, "disable_existing_loggers": False}
# Kept in memory by the test runner; a test of mail itself names a server of its own.
MAIL_IS_ON = True
SITE_URL = "http://testserver"
