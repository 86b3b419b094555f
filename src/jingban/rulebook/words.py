"""The vocabulary as one region sees it: its own words before the national ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from jingban.rulebook.book import National, Region
from jingban.rulebook.effective import Named
from jingban.rulebook.schema_national import Channel, NationalMaterial, Paper, Situation


class HasName(Protocol):
    @property
    def name(self) -> str: ...


class Words:
    """Materials, situations, papers and channels by id."""

    def __init__(self, national: National, region: Region | None = None) -> None:
        own = region or Region()
        self.materials: dict[str, NationalMaterial] = {**national.materials, **own.materials}
        self.situations: dict[str, Situation] = {**national.situations, **own.situations}
        self.documents: dict[str, Paper] = {**national.documents, **own.documents}
        self.channels: dict[str, Channel] = national.channels

    @staticmethod
    def named(ids: Iterable[str], known: Mapping[str, HasName]) -> tuple[Named, ...]:
        return tuple(Named(id=i, name=known[i].name) for i in ids)
