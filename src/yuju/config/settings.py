"""Django settings. What differs between machines comes from the environment; everything has a safe default."""

from __future__ import annotations

import os
from ipaddress import ip_network
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from yuju.config import database, home, logs

PACKAGE_DIR = Path(__file__).resolve().parent.parent

PRODUCTION = os.environ.get("YUJU_PRODUCTION", "") == "1"
DEBUG = os.environ.get("YUJU_DEBUG", "") == "1" and not PRODUCTION
# Pages say so while this home holds the demo.
YUJU_DEMO = home.path(home.DEMO_SIGN_INS).exists()
SECRET_KEY = home.secret("django-secret-key")
ALLOWED_HOSTS = [h for h in os.environ.get("YUJU_HOSTS", "localhost,127.0.0.1,[::1]").split(",") if h]
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("YUJU_ORIGINS", "").split(",") if o]
# The proxies in front, addresses or networks: only what they say of a caller's address counts.
YUJU_PROXIES = [ip_network(p.strip(), strict=False) for p in os.environ.get("YUJU_PROXIES", "").split(",") if p.strip()]
# Who may see metrics and what a check of health found, besides this very machine: networks, or whoever brings the token.
YUJU_MONITORS = [
    ip_network(m.strip(), strict=False) for m in os.environ.get("YUJU_MONITORS", "").split(",") if m.strip()
]
YUJU_MONITORING_TOKEN = os.environ.get("YUJU_MONITORING_TOKEN", "").strip()
# Where people outside reach these pages, for the QR codes on paper; without it the address a page was asked at.
YUJU_PUBLIC_URL = os.environ.get("YUJU_PUBLIC_URL", "").strip().rstrip("/")
if YUJU_PUBLIC_URL and not YUJU_PUBLIC_URL.startswith(("https://", "http://")):
    raise ImproperlyConfigured(f"YUJU_PUBLIC_URL is {YUJU_PUBLIC_URL}: it has to begin with https:// or http://.")

INSTALLED_APPS = [
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_htmx",
    "procrastinate.contrib.django",
    "yuju.kit",
    "yuju.identity",
    "yuju.messaging",
    "yuju.premises",
    "yuju.residency",
    "yuju.workforce",
    "yuju.metering",
    "yuju.billing",
    "yuju.payments",
    "yuju.care",
    "yuju.books",
    "yuju.reporting",
    "yuju.journeys",
    "yuju.live",
    "yuju.console",
    "yuju.portal",
    "yuju.field",
    "yuju.config",
]

MIDDLEWARE = [
    "yuju.config.monitoring.answer_machines",
    "yuju.config.requests.watch_requests",
    "django.middleware.security.SecurityMiddleware",
    # Before what serves files, so that these have its headers too.
    "yuju.console.middleware.content_security_policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "yuju.config.limits.LimitMiddleware",
    # It opens the transaction around the whole response, lazily rendered templates included: only what needs it comes after.
    "yuju.identity.middleware.OperatorMiddleware",
    "yuju.console.middleware.FactorMiddleware",
    "yuju.console.middleware.PropertyMiddleware",
]

ROOT_URLCONF = "yuju.config.urls"
WSGI_APPLICATION = "yuju.config.wsgi.application"
AUTH_USER_MODEL = "identity.User"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"yuju.identity.passwords.{rule}"} for rule in ("LongEnough", "VariedEnough", "NotLikeTheUser", "NotKnown")
]
LOGIN_URL = "console:sign-in"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "yuju.console.context.shell",
            ],
        },
    },
]

DATABASES = database.databases()
DATABASE_ROUTERS: list[str] = []
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Each room's background work is in its module `jobs`.
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
LANGUAGE_COOKIE_NAME = "yuju_language"

STATIC_URL = "/static/"
# In production a folder the web server in front may read, and that keeps the files of earlier releases for open pages.
STATIC_ROOT = os.environ.get("YUJU_STATIC", "") or home.folder("static")
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": home.folder("files")},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MANIFEST_STRICT = False

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "yuju_session"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_SAVE_EVERY_REQUEST = False
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SECURE = PRODUCTION
CSRF_FAILURE_VIEW = "yuju.config.errors.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SECURE_HSTS_SECONDS = 31536000 if PRODUCTION else 0
X_FRAME_OPTIONS = "DENY"

# The key ring that encrypts personal data; without it the database can't be read.
YUJU_KEYS_DIR = str(home.path("keys") / "data")

# What became of the last backup, for whoever tells of it.
YUJU_BACKUP_STATUS = home.path("backup.json")

# Days after which uploads, reports of faults and prints, which hold personal data, are deleted.
YUJU_KEEP_FILES_DAYS = max(int(os.environ.get("YUJU_KEEP_FILES_DAYS") or 30), 1)

# Years after which the history of changes is deleted; 0 keeps all of it. The audit is always kept.
YUJU_KEEP_HISTORY_YEARS = max(int(os.environ.get("YUJU_KEEP_HISTORY_YEARS") or 0), 0)

FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

LOGGING = logs.configuration()
