"""Standard opinions are loaded with the rulebook, and held against the inputs and acts that there are."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from jingban.core.paths import rulebook_root
from jingban.rulebook.book import Rulebook
from jingban.rulebook.load import read
from jingban.rulebook.phrases import phrases


def test_every_phrase_fits_some_input(real: Rulebook) -> None:
    assert real.national.phrases
    for phrase in real.national.phrases.values():
        for fits in phrase.fits:
            assert phrase.text in phrases(fits, next(iter(phrase.acts), ""))


def test_a_phrase_for_one_act_is_not_offered_for_another() -> None:
    assert set(phrases("reason", "return")).isdisjoint(phrases("reason", "refuse"))
    assert phrases("basis") == ()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("bad: {text: 同意, fits: opinion, acts: no-such-act}", "没有操作 no-such-act"),
        ("bad: {text: 同意, fits: amount}", "fits"),
        ("bad: {text: 同意, fits: []}", "fits"),
        ("bad: {fits: opinion}", "text"),
    ],
)
def test_a_faulty_phrase_is_told_with_its_line(tmp_path: Path, line: str, says: str) -> None:
    root = tmp_path / "rulebook"
    shutil.copytree(rulebook_root(), root)
    (root / "national" / "phrases.yaml").write_text(f"{line}\n", "utf-8")
    _, faults = read(root)
    assert [f.file for f in faults] == ["national/phrases.yaml"]
    assert says in str(faults[0])
