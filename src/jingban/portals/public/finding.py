"""How people find an entry: life situations, kinds of applicant, and a search in their own words.

The words are data: aliases and life situations of the items, other ways of saying them in ``finding.yaml``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from jingban.core.identifiers import plain
from jingban.core.paths import rulebook_root
from jingban.core.yaml12 import read_yaml
from jingban.portals import book
from jingban.portals.book import Entry
from jingban.rulebook.effective import EffectiveItem
from jingban.rulebook.schema import Record, Texts

LETTERS = 2
"""One letter is no initials yet."""


class Life(Record):
    """A situation of life in which people need an entry, its sign on the home page, and what else it is called."""

    sign: str
    also: Texts = ()


class Kind(Record):
    """A kind of applicant, and the words by which a printed applicant belongs to it."""

    name: str
    words: Texts


class Finding(Record):
    """The whole of ``finding.yaml``, in the order of the home page."""

    life: dict[str, Life]
    kinds: dict[str, Kind]


def finding() -> Finding:
    """The words by which people find entries, as the rulebook has them now."""
    return _read(rulebook_root(), book.rulebook().digest)


@lru_cache(maxsize=4)
def _read(root: Path, digest: str) -> Finding:
    return Finding.model_validate(read_yaml(root / "national" / "finding.yaml").data)


def is_for(item: EffectiveItem, kind: Kind) -> bool:
    """Whether the guide serves this kind of applicant."""
    return any(word in applicant for applicant in item.applicants for word in kind.words)


@dataclass(frozen=True, slots=True)
class Called:
    """Everything that an entry is called, the name first, and the situations of life in which it is needed."""

    names: tuple[str, ...]
    life: frozenset[str]

    @property
    def text(self) -> str:
        return " ".join((*self.names, *self.life))

    @property
    def spelt(self) -> tuple[tuple[str, str], ...]:
        """Full pinyin and initials of each name: ``shengyujintie``, ``syjt``."""
        return tuple(_spelt(name) for name in self.names)


def found(entries: Iterable[Entry], query: str) -> list[Entry]:
    """The entries that the query means, the likeliest first; entries that mean it equally stay in guide order."""
    asked = _Asked.of(query)
    ranked = [(asked.rank(_called(e.item)), e) for e in entries] if asked.text else []
    hits = [pair for pair in ranked if pair[0]]
    hits.sort(key=lambda pair: -pair[0])
    # Whoever hit a name does not want all that merely shares a situation with it.
    least = LIKELY if hits and hits[0][0] >= LIKELY else 1
    return [entry for rank, entry in hits if rank >= least]


def warm() -> None:
    """Spell all names before the first visitor searches: the tables of pinyin take half a second to load."""
    for item in book.rulebook().items:
        _ = _called(item).spelt


NAMED, NAME_BEGINS, ALIAS, IN_NAME, IN_ALIAS, SPELT_IN, ALL_WORDS = range(80, 10, -10)
"""Ranks: how sure it is that the query means the entry."""
LIKELY = ALL_WORDS
"""From here on the query is a name; below it is a sentence, and each thing that it touches counts one."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query, made comparable."""

    text: str
    words: tuple[str, ...]
    life: frozenset[str]

    @classmethod
    def of(cls, query: str) -> _Asked:
        text = plain(query).lower()
        said = {
            name for name, life in finding().life.items() if any(word in text for word in (name, *life.also))
        }
        return cls(text, tuple(plain(word).lower() for word in query.split()), frozenset(said))

    def rank(self, called: Called) -> int:
        """How sure it is that this entry is meant; 0: it is not."""
        spelling = self.text.isascii() and self.text.isalpha()
        return (self._rank_spelt(called) if spelling else 0) or self._rank_text(called)

    def _rank_text(self, called: Called) -> int:
        name, text = called.names[0], self.text
        checks = (
            (NAMED, text == name),
            (NAME_BEGINS, name.startswith(text)),
            (ALIAS, text in called.names),
            (IN_NAME, text in name),
            (IN_ALIAS, any(text in other for other in called.names)),
            (ALL_WORDS, len(self.words) > 1 and all(word in called.text for word in self.words)),
        )
        touched = any(len(other) > 1 and other in text for other in called.names)
        return next((rank for rank, holds in checks if holds), touched + len(self.life & called.life))

    def _rank_spelt(self, called: Called) -> int:
        if len(self.text) < LETTERS:
            return 0
        whole, short = zip(*called.spelt, strict=True)
        text = self.text
        checks = (
            (NAMED, text in (whole[0], short[0])),
            (NAME_BEGINS, whole[0].startswith(text) or short[0].startswith(text)),
            (ALIAS, text in whole or text in short),
            (IN_ALIAS, any(other.startswith(text) for other in (*whole, *short))),
            (SPELT_IN, any(text in other for other in (*whole, *short))),
        )
        return next((rank for rank, holds in checks if holds), 0)


def _called(item: EffectiveItem) -> Called:
    main = (item.main_item.name,) if item.main_item else ()
    names = dict.fromkeys((item.name, item.national_name, *item.aliases, *main))
    return Called(tuple(plain(name).lower() for name in names), frozenset(item.life))


@lru_cache(maxsize=8192)
def _spelt(name: str) -> tuple[str, str]:
    """Full pinyin and initials. The tables take a moment to load, and only a search needs them."""
    from pypinyin import lazy_pinyin

    syllables = [part for part in lazy_pinyin(name) if part.isascii() and part.isalnum()]
    return "".join(syllables), "".join(syllable[0] for syllable in syllables)
