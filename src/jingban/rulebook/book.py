"""The rulebook as it was read: what holds everywhere, each region's own, and the files that know the lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jingban.core.parameters import Parameter
from jingban.core.yaml12 import Document
from jingban.rulebook import schema_national as national
from jingban.rulebook.schema_region import RegionFile, RegionItem


@dataclass(slots=True)
class Catalogue:
    """The vocabulary files, national or of one region."""

    materials: dict[str, national.NationalMaterial] = field(default_factory=dict)
    situations: dict[str, national.Situation] = field(default_factory=dict)
    documents: dict[str, national.Paper] = field(default_factory=dict)


@dataclass(slots=True)
class National(Catalogue):
    """What holds everywhere."""

    effects: dict[str, national.Effect] = field(default_factory=dict)
    roles: dict[str, national.Role] = field(default_factory=dict)
    laws: dict[str, national.Law] = field(default_factory=dict)
    channels: dict[str, national.Channel] = field(default_factory=dict)
    messages: dict[str, national.MessageKind] = field(default_factory=dict)
    fields: dict[str, national.FormField] = field(default_factory=dict)
    subjects: dict[str, national.Subject] = field(default_factory=dict)
    diseases: dict[str, national.Disease] = field(default_factory=dict)
    phrases: dict[str, national.Phrase] = field(default_factory=dict)
    notifications: dict[str, national.Notification] = field(default_factory=dict)
    items: dict[str, national.NationalItem] = field(default_factory=dict)
    processes: dict[str, dict[str, Any]] = field(default_factory=dict)
    common: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, Parameter] = field(default_factory=dict)


@dataclass(slots=True)
class Region(Catalogue):
    """One region: its card, its own vocabulary, its entries by slug."""

    key: str = ""
    card: RegionFile | None = None
    items: dict[str, RegionItem] = field(default_factory=dict)
    parameters: dict[str, Parameter] = field(default_factory=dict)

    def in_guide_order(self) -> list[RegionItem]:
        return sorted(self.items.values(), key=lambda i: (i.tier, i.position, i.item))


@dataclass(slots=True)
class Rulebook:
    """Everything read, and the documents that know the lines."""

    root: Path
    national: National = field(default_factory=National)
    regions: dict[str, Region] = field(default_factory=dict)
    files: dict[str, Document] = field(default_factory=dict)

    def card(self, region: str) -> RegionFile:
        card = self.regions[region].card
        if card is None:  # read() keeps no region without its card
            raise KeyError(region)
        return card

    def document(self, *parts: str) -> Document:
        """The file of that name, or an empty one so that an error can still name it."""
        name = "/".join(parts)
        return self.files.get(name) or Document(name)

    def region_item_file(self, region: str, slug: str) -> Document:
        return self.document("regions", region, "items", f"{slug}.yaml")
