"""A rulebook to break: a copy of the real one in a temporary folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from jingban.core.paths import rulebook_root
from jingban.rulebook import cache
from jingban.rulebook.effective import EffectiveItem
from jingban.rulebook.load import Rulebook, load
from jingban.rulebook.merge import effective_all


@pytest.fixture(scope="session")
def real() -> Rulebook:
    return load(rulebook_root())


@pytest.fixture(scope="session")
def entries(real: Rulebook) -> dict[str, EffectiveItem]:
    """The real rulebook's entries by region/item."""
    return {f"{i.region}/{i.item}": i for i in effective_all(real)}


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The real rulebook copied; commands and the cache use the copy."""
    target = tmp_path / "rulebook"
    shutil.copytree(rulebook_root(), target)
    monkeypatch.setenv("JINGBAN_RULEBOOK", str(target))
    monkeypatch.setenv("JINGBAN_CACHE", str(tmp_path / "cache"))
    cache.forget()
    yield target
    cache.forget()


@pytest.fixture
def edit(copy: Path) -> Callable[[str, str, str], None]:
    """Replace a text in a file of the copy; the text must be there."""

    def change(name: str, old: str, new: str) -> None:
        path = copy / name
        text = path.read_text("utf-8")
        assert old in text, f"{old!r} is not in {name}"
        path.write_text(text.replace(old, new, 1), "utf-8")

    return change
