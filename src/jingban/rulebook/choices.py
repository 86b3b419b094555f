"""The answers of the forms' choices in words, also for what is kept long after the form was handed in."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from jingban.core.paths import rulebook_root
from jingban.core.yaml12 import read_data
from jingban.rulebook.digest import file_signature


def choices(field: str, root: Path | None = None) -> dict[str, str]:
    """The choices of a field of ``fields.yaml``: ``id_kind`` has 01, 居民身份证（户口簿）. None: an empty one."""
    root = root or rulebook_root()
    return _read(root, file_signature(root)).get(field, {})


@lru_cache(maxsize=4)
def _read(root: Path, signature: str) -> dict[str, dict[str, str]]:
    data = read_data(root / "national" / "fields.yaml")
    return {key: dict(value["choices"]) for key, value in data.items() if value.get("choices")}
