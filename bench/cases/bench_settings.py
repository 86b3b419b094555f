"""The project's own settings on the bench's database; keys that protect nothing."""

from __future__ import annotations

import base64

from jingban.settings.base import *  # noqa: F403

SECRET_KEY = "bench only"
JINGBAN_KEYS = {
    "current": 1,
    "keys": {"1": {"algorithm": "aes-256-gcm", "key": base64.b64encode(b"k" * 32).decode()}},
    "index_key": base64.b64encode(b"i" * 32).decode(),
}
