"""What every environment shares. No secret lives here and DEBUG is off; see local, test and production."""

from pathlib import Path

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _
from whitenoise.compress import Compressor

from config.icons import ICONS

BASE_DIR = Path(__file__).resolve().parent.parent.parent

env = environ.Env()

DEBUG = False
SECRET_KEY = env.str("SECRET_KEY", default="")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
# How many proxies of our own stand in front and add to X-Forwarded-For; 0: nobody's word on it is taken.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "config",
    "dashboards",
    "visits",
    "issues",
    "liaisons",
    "platforms",
    "notices",
    "audit",
    "accounts",
    "workdays",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "csp",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "import_export",
    "knox",
    "pgtrigger",
    "rest_framework",
    "template_partials",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.middleware.without_nul_cookies",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "config.middleware.with_known_length",
    "config.middleware.AddressLimit",
    "config.middleware.BodyLimit",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "audit.origin.remember_origin",
    "platforms.contact_sessions.ContactSessions",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
FORM_RENDERER = "config.forms.LdFormRenderer"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "config.context.shell",
            ],
        },
    },
]

# Persistent connections with a health check: the default, a new connection per request, costs 13-19 CPU-ms,
# and without the check errors go on after a database restart.
DATABASES = {
    "default": {
        **env.db("DATABASE_URL", default="postgres://liandian@127.0.0.1:5432/liandian"),
        "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=600),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 5,
            # The planner tries every order of up to 8 joined tables: 25-40 ms for a list with its names, 2 ms with 5.
            "options": "-c join_collapse_limit=5",
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")

# Mail goes out where EMAIL_URL says through whom, e.g. smtp+tls://user:password@mail.example:587.
EMAIL_URL = env.str("EMAIL_URL", default="")
MAIL_IS_ON = bool(EMAIL_URL)
vars().update(env.email_url_config(EMAIL_URL or "dummymail://"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="liandian@localhost")
# Where readers of a mail or of a group find the pages.
SITE_URL = env.str("SITE_URL", default=f"https://{ALLOWED_HOSTS[0]}" if ALLOWED_HOSTS else "http://127.0.0.1:8000")
# Receivers of robot and webhook messages inside our own network, by `host` or `host:port`; see notices/outgoing.py.
WEBHOOK_ALLOW_HOSTS = env.list("WEBHOOK_ALLOW_HOSTS", default=[])
# How a mail to a platform's contact, who has no password, leads to a page: asked at the moment of sending.
CONTACT_WAY_IN = "platforms.links.way_in"
# Where `up` shows the messages instead of sending them; development only.
SINK_PORT: int | None = None

AUTH_USER_MODEL = "accounts.User"
# What an account answers for, asked of the rooms that know before it is disabled (accounts.leaving).
WORK_CHECKS = ["liaisons.leaving.work_of", "issues.handovers.leaving.work_of"]
# The first lets nobody in, but may say that nobody gets in: see audit.sign_ins.
AUTHENTICATION_BACKENDS = ["audit.sign_ins.PauseAfterFailures", "accounts.backends.UnitBackend"]
LOGIN_URL = "accounts:sign-in"
LOGIN_REDIRECT_URL = "dashboards:home"
LOGOUT_REDIRECT_URL = "accounts:sign-in"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 60 * 60

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("中文")), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "config.vendor.VendorFinder",
]
NODE_MODULES = BASE_DIR / "node_modules"
VENDOR_FILES = {
    "vendor/bootstrap.min.css": "bootstrap/dist/css/bootstrap.min.css",
    "vendor/htmx.min.js": "htmx.org/dist/htmx.min.js",
    "vendor/echarts.min.js": "echarts/dist/echarts.common.min.js",
}
VENDOR_ICONS = ICONS
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
# Source maps are for developers; compressing those of the API docs takes longer than all the rest.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = [*Compressor.SKIP_COMPRESS_EXTENSIONS, "map"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.storage.StaticStorage"},
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"

# A visit with every field full is below 200 KB.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# Fields and files together: a register to import has 5 MB. Views that take more say so (config.middleware.BodyLimit).
BODY_MEGABYTES = 6
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# Attachments lie here, one folder an installation, away from everything a web server serves: they are handed out by a
# view that knows who may see them.
MEDIA_ROOT = env.str("MEDIA_ROOT", default=str(BASE_DIR / "media"))
# What the disk holds and the line carries is known to those who run the installation: settings, and no numbers of the
# bureau's with a history, because no date and no decision depends on them. nginx has the third one, too.
ATTACHMENT_MEGABYTES = env.int("ATTACHMENT_MEGABYTES", default=20)
ATTACHMENT_MEGAPIXELS = env.int("ATTACHMENT_MEGAPIXELS", default=50)
ATTACHMENTS_MEGABYTES_AT_ONCE = env.int("ATTACHMENTS_MEGABYTES_AT_ONCE", default=60)
ATTACHMENTS_PER_ISSUE = env.int("ATTACHMENTS_PER_ISSUE", default=200)
ATTACHMENT_MEGABYTES_PER_ISSUE = env.int("ATTACHMENT_MEGABYTES_PER_ISSUE", default=500)

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_DB_REUSE_MAX = 1_000_000
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_timeout": 1,
    "socket_connect_timeout": 1,
}
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE = {
    # An expiring message: after an outage one tick catches up, a queue full of old ones adds nothing.
    "tick": {"task": "issues.tasks.tick", "schedule": 60.0, "options": {"expires": 55}},
    "write-duties": {"task": "liaisons.tasks.write_duties", "schedule": 60.0, "options": {"expires": 55}},
    "deliver-outbox": {"task": "notices.tasks.deliver_outbox", "schedule": 10.0, "options": {"expires": 9}},
    "watch": {"task": "config.tasks.watch", "schedule": 60.0, "options": {"expires": 55}},
    # At night: it reads the whole log.
    "verify-audit": {
        "task": "audit.tasks.verify_audit",
        "schedule": crontab(hour=3, minute=20),
        "options": {"expires": 20 * 3600},
    },
    "forget-stale-imports": {
        "task": "liaisons.tasks.forget_stale_imports",
        "schedule": 3600.0,
        "options": {"expires": 3500},
    },
    "sweep-attachments": {
        "task": "issues.tasks.sweep_attachments",
        "schedule": crontab(hour="3", minute="20"),
        "options": {"expires": 3600},
    },
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.BearerToken", "accounts.authentication.PageSession"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated", "accounts.authentication.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["config.api.rendering.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.api.parsing.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "config.api.paging.KeysetPagination",
    "DEFAULT_FILTER_BACKENDS": ["config.api.filtering.FilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "config.api.schema.Schema",
    "EXCEPTION_HANDLER": "config.api.problems.problem_handler",
    "UNAUTHENTICATED_USER": None,
    # OPTIONS and ?format= would open a second way to ask; the schema describes the API.
    "DEFAULT_METADATA_CLASS": None,
    "URL_FORMAT_OVERRIDE": None,
}
REST_KNOX = {
    "AUTH_HEADER_PREFIX": "Bearer",
    "TOKEN_MODEL": "accounts.ApiToken",
    "TOKEN_TTL": None,
    "AUTO_REFRESH": False,
}
KNOX_TOKEN_MODEL = "accounts.ApiToken"  # noqa: S105 - the name of a model
# Its migrations would make a second token table, which no model of ours knows and no flush empties.
MIGRATION_MODULES = {"knox": None}
SPECTACULAR_SETTINGS = {
    "TITLE": "Liandian 联点 API",
    "DESCRIPTION": "Platforms, officers, units, visits and issues with their statutory clocks.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "PlatformLevelEnum": "platforms.models.Level.choices",
        "WarningLevelEnum": "issues.models.Level.choices",
        "StateEnum": "issues.models.State.choices",
        "RequestStateEnum": "issues.models.RequestState.choices",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"without_links": {"()": "config.logs.WithoutLinks"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["without_links"]}},
    "root": {"handlers": ["console"], "level": "INFO"},
}

# Shown in the footer of every page once the bureau has filed the site (备案号).
FILING_NUMBER = env.str("FILING_NUMBER", default="")
BUREAU_NAME = env.str("BUREAU_NAME", default="长沙市科学技术局")
IMPORT_EXPORT_USE_TRANSACTIONS = True
