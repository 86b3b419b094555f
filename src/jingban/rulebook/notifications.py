"""The words of messages to people: ``national/notifications.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from jingban.core.paths import rulebook_root
from jingban.core.yaml12 import read_data
from jingban.rulebook.digest import file_signature
from jingban.rulebook.schema_national import Notification


def notifications(root: Path | None = None) -> Mapping[str, Notification]:
    """Every kind of message with its title and text."""
    root = root or rulebook_root()
    return _read(root, file_signature(root))


@lru_cache(maxsize=4)
def _read(root: Path, signature: str) -> dict[str, Notification]:
    data = read_data(root / "national" / "notifications.yaml")
    return {key: Notification.model_validate(value) for key, value in data.items()}
