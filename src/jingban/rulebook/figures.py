"""The dated figures as a region has them: its own parameter files before the national ones."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from jingban.core.parameters import Parameter, load_parameters
from jingban.core.paths import rulebook_root
from jingban.rulebook.digest import file_signature


def figures(region: str, root: Path | None = None) -> dict[str, Parameter]:
    """Every parameter by name. What it was on a day is asked of the parameter itself."""
    root = root or rulebook_root()
    return _read(root, region, file_signature(root))


@lru_cache(maxsize=64)
def _read(root: Path, region: str, signature: str) -> dict[str, Parameter]:
    folder, national = (
        root / "regions" / region / "parameters",
        load_parameters(root / "national" / "parameters"),
    )
    own = load_parameters(folder) if folder.is_dir() else {}
    return {**national, **{name: found.named_as(national.get(name)) for name, found in own.items()}}
