"""For the tests: fast hashing, fixed keys that protect nothing."""

from __future__ import annotations

import base64
import os
import tempfile
from pathlib import Path

from jingban.settings.base import *  # noqa: F403
from jingban.settings.base import STORAGES, TEMPLATES, database

SECRET_KEY = "tests only"
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DATABASES = {
    "default": database(os.environ.get("DATABASE_URL") or "sqlite:///:memory:"),
    "audit": database(os.environ.get("DATABASE_URL") or "sqlite:///:memory:"),
}
DATABASES["audit"]["TEST"] = {"NAME": "test_jingban_audit"} if os.environ.get("DATABASE_URL") else {}
if not os.environ.get("DATABASE_URL"):
    # SQLite's tables are made as the models are now, in a second instead of ten; the run on PostgreSQL goes through the
    # migrations, and tests/test_database.py holds what they come to against the models.
    for one in DATABASES.values():
        one["TEST"] = {**one.get("TEST", {}), "MIGRATE": False}
JINGBAN_KEYS = {
    "current": 1,
    "keys": {"1": {"algorithm": "aes-256-gcm", "key": base64.b64encode(b"k" * 32).decode()}},
    "index_key": base64.b64encode(b"i" * 32).decode(),
}
STORAGES["uploads"] = STORAGES["papers"] = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
# The test certificate of the papers is made once for all runs of this user.
JINGBAN_VAR = Path(tempfile.gettempdir()) / f"jingban-test-{os.getuid()}"
JINGBAN_SITE = "https://papers.example"
JINGBAN_SIGNING_KEYS = {
    "current": 1,
    "keys": {"1": {"algorithm": "ed25519", "key": base64.b64encode(b"s" * 32).decode()}},
}


class MissingVariable(str):
    """A template that names what the view did not give is a bug, not an empty place."""

    def __mod__(self, missing: object) -> str:
        raise AssertionError(f"template variable {missing} is not defined")

    def __contains__(self, key: object) -> bool:
        return key == "%s"


TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = MissingVariable("%s")  # type: ignore[index]

JINGBAN_SHARING = {"civil-registry": "jingban.sharing.simulated.Simulated"}
