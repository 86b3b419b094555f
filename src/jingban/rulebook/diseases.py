"""The chronic and special diseases (门诊慢特病) by code; which of them a region recognises is its own figure."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from jingban.core.paths import rulebook_root
from jingban.core.yaml12 import read_data
from jingban.rulebook.digest import file_signature
from jingban.rulebook.schema_national import Disease


def diseases(root: Path | None = None) -> dict[str, str]:
    """Every code with its name: M03900 is 高血压."""
    root = root or rulebook_root()
    return _read(root, file_signature(root))


@lru_cache(maxsize=4)
def _read(root: Path, signature: str) -> dict[str, str]:
    data = read_data(root / "national" / "diseases.yaml")
    return {key.upper(): Disease.model_validate(value).name for key, value in data.items()}
