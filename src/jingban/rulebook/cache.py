"""The effective rulebook without merging it anew: kept in ``var/cache`` under the digest of its sources.

The cache is JSON read through the same models, never pickle: whoever can write the file can at most
change data, not run code; and pydantic reads it fast enough.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from jingban.core.paths import rulebook_root
from jingban.rulebook.digest import file_signature, look_again, rulebook_digest
from jingban.rulebook.effective import EffectiveItem, RegionCard
from jingban.rulebook.errors import UnknownEntry, suggestion
from jingban.rulebook.schema import Record


class Published(Record):
    """All that the other apps need of a rulebook."""

    digest: str
    regions: dict[str, RegionCard]
    items: tuple[EffectiveItem, ...]

    @cached_property
    def by_key(self) -> dict[tuple[str, str, str], EffectiveItem]:
        return {(i.region, i.tier, i.item): i for i in self.items}


@dataclass(frozen=True, slots=True)
class _Stamp:
    root: Path
    digest: str


_READER = TypeAdapter(Published)
_kept: dict[_Stamp, Published] = {}
_seen: dict[Path, tuple[str, _Stamp]] = {}


def current(root: Path | None = None, folder: Path | None = None) -> Published:
    """The effective rulebook of these files: from memory, from the cache, or merged now."""
    root = root or rulebook_root()
    stamp = _stamp(root)
    if stamp not in _kept:
        _kept.clear()  # an edited rulebook replaces the one before; two at once are not needed
        place = folder or cache_folder(root)
        _kept[stamp] = _from_cache(stamp, place) or _rebuilt(stamp, place)
    return _kept[stamp]


def _stamp(root: Path) -> _Stamp:
    """The digest; within one process files are read again only when their times or sizes change."""
    signature = file_signature(root)
    if root not in _seen or _seen[root][0] != signature:
        _seen[root] = (signature, _Stamp(root, rulebook_digest(root)))
    return _seen[root][1]


def effective_all(root: Path | None = None) -> tuple[EffectiveItem, ...]:
    """Every entry in guide order: region, tier, position."""
    return current(root).items


def regions(root: Path | None = None) -> dict[str, RegionCard]:
    return current(root).regions


def effective_item(region: str, tier: str, item: str, root: Path | None = None) -> EffectiveItem:
    """One entry, or UnknownEntry with what was probably meant."""
    book = current(root)
    if found := book.by_key.get((region, tier, item)):
        return found
    if region not in book.regions:
        raise UnknownEntry(f"没有地区“{region}”，{suggestion(region, book.regions)}。", region=region)
    known = [i.item for i in book.items if i.region == region and i.tier == tier]
    name = book.regions[region].name
    raise UnknownEntry(f"{name}没有事项“{item}”，{suggestion(item, known)}。", region=region, item=item)


def cache_folder(root: Path) -> Path:
    """``var/cache`` beside the rulebook; JINGBAN_CACHE names another place."""
    named = os.environ.get("JINGBAN_CACHE")
    return Path(named) if named else root.parent / "var" / "cache"


def forget() -> None:
    """Drop what is kept in memory (tests)."""
    _kept.clear()
    _seen.clear()
    look_again()


def _from_cache(stamp: _Stamp, folder: Path) -> Published | None:
    try:
        found = _READER.validate_json((folder / "rulebook.json").read_bytes())
    except (OSError, ValidationError):
        return None  # absent, cut off or of another format: it is only a copy and is built anew
    return found if found.digest == stamp.digest else None


def _rebuilt(stamp: _Stamp, folder: Path) -> Published:
    from jingban.rulebook.load import load  # the reading code is not needed when the cache serves
    from jingban.rulebook.merge import effective_all as merged
    from jingban.rulebook.merge import region_card

    rulebook = load(stamp.root)
    cards = {key: region_card(rulebook, key) for key in rulebook.regions}
    found = Published(digest=stamp.digest, regions=cards, items=merged(rulebook))
    with suppress(OSError):  # a read-only installation works without the cache
        _write(folder, _READER.dump_json(found, by_alias=True, exclude_defaults=True))
    return found


def _write(folder: Path, content: bytes) -> None:
    """Whole or not at all: several processes may start at once."""
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, prefix="rulebook-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(name, folder / "rulebook.json")
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
