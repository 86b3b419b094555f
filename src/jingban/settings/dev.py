"""On a fresh machine: SQLite, keys made once and kept under ``var``, and pages that show their errors."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from jingban.core.crypto import new_setting
from jingban.core.signing import new_signing_setting
from jingban.settings.base import *  # noqa: F403
from jingban.settings.base import VAR

DEBUG = os.environ.get("JINGBAN_DEBUG") == "1"
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", "testserver"]


def _own_secrets(path: Path, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The installation's own keys; losing them loses the personal data, so they are never remade."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(make()))
        with suppress(FileExistsError):  # of two first starts at once, one wins and both read it
            os.link(fresh, path)
        fresh.unlink()
    return cast(dict[str, Any], json.loads(path.read_text()))


_secrets = _own_secrets(
    VAR / "keys.json", lambda: {"secret_key": secrets.token_urlsafe(50), "keys": new_setting()}
)
SECRET_KEY = _secrets["secret_key"]
JINGBAN_KEYS = _secrets["keys"]
JINGBAN_SIGNING_KEYS = _own_secrets(VAR / "signing.json", new_signing_setting)

JINGBAN_SHARING = dict.fromkeys(
    (
        "birth-registry",
        "civil-affairs",
        "civil-registry",
        "company-registry",
        "insurance-platform",
        "marriage-registry",
        "tax",
    ),
    "jingban.sharing.simulated.Simulated",
)
