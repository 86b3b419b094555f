"""Settings that hold everywhere; dev, test and production say only how they differ."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import dj_database_url

ROOT = Path(os.environ.get("JINGBAN_HOME", Path.cwd()))
VAR = Path(os.environ.get("JINGBAN_VAR", ROOT / "var"))

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    "jingban.access",
    "jingban.audit",
    "jingban.sharing",
    "jingban.tickets",
    "jingban.uploads",
    "jingban.rulebook",
    "jingban.cases",
    "jingban.documents",
    "jingban.ledger",
    "jingban.registry",
    "jingban.benefits",
    "jingban.funds",
    "jingban.exchange",
    "jingban.visits",
    "jingban.messaging",
    "jingban.supervision",
    "jingban.portals",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "jingban.portals.kiosk.device.ShortSessions",
    "jingban.portals.middleware.DomainErrors",
    "jingban.portals.ownpassword.OwnPasswordFirst",
    "jingban.portals.unsent.Unsent",
]
CSRF_FAILURE_VIEW = "jingban.portals.unsent.token_refused"
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 << 20
"""Bytes of a form without its files: a unit's table of ten thousand lines comes back as one."""
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
"""A bill of 3,000 lines or of a hundred receipts is one form."""
ROOT_URLCONF = "jingban.portals.urls"
WSGI_APPLICATION = "jingban.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "jingban.portals.context.site",
            ],
        },
    }
]


def database(url: str) -> dict[str, Any]:
    """One database by its address. SQLite serves a county office: WAL, and writers queue (IMMEDIATE)."""
    config: dict[str, Any] = dict(dj_database_url.parse(url, conn_max_age=600))
    if config["ENGINE"].endswith("sqlite3"):
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        }
    else:
        # Prepared on the server: the two statements of an act are always the same two.
        config["OPTIONS"] = {"server_side_binding": True, "prepare_threshold": 1}
        config["CONN_HEALTH_CHECKS"] = True
    return config


DATABASES = {
    "default": database(os.environ.get("DATABASE_URL") or f"sqlite:///{VAR}/jingban.sqlite3"),
    # Reads and refused acts: outlives a rolled-back act and blocks nobody (design, section 7).
    "audit": database(os.environ.get("AUDIT_DATABASE_URL") or f"sqlite:///{VAR}/audit.sqlite3"),
}
DATABASE_ROUTERS = ["jingban.audit.router.AuditRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "access.User"
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
WHITENOISE_USE_FINDERS = True


def upload_storage(place: str) -> dict[str, Any]:
    """Where uploads lie: a folder, or ``s3://bucket/prefix`` (docs/operations.md)."""
    if place.startswith("s3://"):
        bucket, _, prefix = place.removeprefix("s3://").partition("/")
        options = {"bucket_name": bucket, "location": prefix, "file_overwrite": False, "default_acl": None}
        return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    modes = {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700}
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": place, **modes},
    }


STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "uploads": upload_storage(os.environ.get("JINGBAN_UPLOADS") or str(VAR / "uploads")),
    "papers": upload_storage(os.environ.get("JINGBAN_PAPERS") or str(VAR / "papers")),
}
JINGBAN_UPLOAD_LIMITS: dict[str, int] = {}
"""What differs from ``jingban.uploads.limits.Limits``."""
JINGBAN_DRAFT_DAYS = 30
"""For how long a draft is kept after it was last saved."""

JINGBAN_VAR = VAR
"""Fonts of the deployer's own (``fonts``) and the test certificate of the papers lie here."""
JINGBAN_SITE = (
    os.environ.get("JINGBAN_SITE") or f"http://{os.environ.get('JINGBAN_SERVED', '127.0.0.1:8000')}"
)
"""The address that the QR codes on papers lead to; ``jingban serve`` says where it serves."""
JINGBAN_TRUSTED_PROXY = os.environ.get("JINGBAN_TRUSTED_PROXY", "127.0.0.1")
"""The address from which the web server with TLS reaches ``jingban serve``."""
JINGBAN_PAPER_SIGNER = os.environ.get("JINGBAN_PAPER_SIGNER", "jingban.documents.signing.OwnCertificate")
"""The class that signs papers: ``jingban.documents.signing.Pkcs12``, or a provider's own."""
JINGBAN_PAPER_CERTIFICATE = os.environ.get("JINGBAN_PAPER_CERTIFICATE", "")
JINGBAN_PAPER_PASSPHRASE = os.environ.get("JINGBAN_PAPER_PASSPHRASE", "")

JINGBAN_SMS = os.environ.get("JINGBAN_SMS", "jingban.messaging.backends.Console")
JINGBAN_MAIL = os.environ.get("JINGBAN_MAIL", "jingban.messaging.backends.Console")
"""The classes that send text messages and e-mail (``jingban.messaging.backends.Line``)."""

JINGBAN_SHARING: dict[str, str] = {}
"""Register of another department to the class that reaches it (``jingban.sharing.registers.Register``)."""

JINGBAN_FUNDS_LIVE = os.environ.get("JINGBAN_FUNDS_LIVE", "1") != "0"
"""Whether money must really move where a case says so. Off, a procedure can be tried out: what has no decision or no
account is not paid, and the bank's answer to what was never sent is let pass; the books say what is true all the same.
On a server the environment says it (``settings.production``)."""

JINGBAN_PAYS_ILLUSTRATIVE = True
"""Whether benefits are decided and levies made by illustrative figures; production refuses (design, section 6)."""

JINGBAN_RULEBOOK = os.environ.get("JINGBAN_RULEBOOK")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    # Without this a failed page writes nothing where DEBUG is off.
    "loggers": {"django": {"handlers": [], "level": "WARNING", "propagate": True}},
}
