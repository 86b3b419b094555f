"""Django's settings for the peer: its own tables in a database of its own, the same server and driver."""

from __future__ import annotations

import os

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


# Django's own options: with server-side prepared statements the peer gains about a fifth (docs/bench.md).
DATABASES = {"default": {**dj_database_url.parse(os.environ["DATABASE_URL"]), "NAME": "viewflow"}}
