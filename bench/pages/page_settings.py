"""The bench's settings (bench/cases) with hosts to answer to; the audit lies in a database of its own beside."""

from __future__ import annotations

from bench_settings import *  # noqa: F403

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
