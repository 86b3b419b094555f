"""Django's settings for the peer: its own tables in a database of its own, the same server and driver."""

from __future__ import annotations

import os
from typing import Any

import dj_database_url

SECRET_KEY = "bench only"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "viewflow",
    "viewflow.workflow",
    "standard_flow",
]
MIDDLEWARE: tuple[str, ...] = ()


def _database() -> dict[str, Any]:
    config: dict[str, Any] = {**dj_database_url.parse(os.environ["DATABASE_URL"]), "NAME": "viewflow"}
    # Prepared statements as our own side has them.
    config["OPTIONS"] = {"server_side_binding": True, "prepare_threshold": 1}
    return config


DATABASES = {"default": _database()}
