"""Standard opinions (常用意见): what a clerk writes often, by the input that it fits."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from jingban.core.paths import rulebook_root
from jingban.core.yaml12 import read_data
from jingban.rulebook.digest import file_signature
from jingban.rulebook.schema_national import Phrase


def phrases(fits: str, act: str = "", root: Path | None = None) -> tuple[str, ...]:
    """The texts for an input, in the order of the file; ``act`` leaves out those for other acts."""
    root = root or rulebook_root()
    known = _read(root, file_signature(root))
    return tuple(p.text for p in known if fits in p.fits and (not p.acts or act in p.acts))


@lru_cache(maxsize=4)
def _read(root: Path, signature: str) -> tuple[Phrase, ...]:
    data = read_data(root / "national" / "phrases.yaml")
    return tuple(Phrase.model_validate(value) for value in data.values())
