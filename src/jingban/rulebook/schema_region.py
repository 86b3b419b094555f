"""What a region may say. Its card, region.yaml: the levels, who, where, by which ways; what stands the same in many
entries. And the entries of its guide, one file each: how they differ from the national item."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, Strict

from jingban.rulebook.schema import (
    Condition,
    Correction,
    Exclusion,
    Flag,
    GuideFinding,
    Ids,
    LegalBasis,
    Limit,
    MainItem,
    MaterialEntry,
    OpenPeriod,
    Record,
    Segment,
    Texts,
    Tier,
    Whole,
)


class Task(Record):
    """One thing that a level does: itself, by leading people to self-service, or only when entrusted."""

    service: str
    handle: Flag = False
    query: Flag = False
    assist: Flag = False
    only_when_entrusted: Flag = False
    at: Ids = ()


def _as_task(value: Any) -> Any:
    return {"service": value, "handle": True} if isinstance(value, str) else value


class TierCard(Record):
    """A level of the region and what it may do."""

    name: str
    kind: Literal["agency", "grassroots"]
    bodies: Texts = ()
    does: tuple[Annotated[Task, BeforeValidator(_as_task)], ...] = ()
    system: str | None = None
    note: str | None = None


class Body(Record):
    name: str
    also_printed: Texts = ()
    kind: str | None = None
    tier: str | None = None
    note: str | None = None


class Office(Record):
    name: str
    address: str | None = None
    window: str | None = None
    phones: Texts = ()
    note: str | None = None


class Contact(Record):
    name: str
    title: str | None = None
    phones: Texts = ()
    note: str | None = None


class OnlineAddress(Record):
    name: str
    url: str | None = None
    kind: str | None = None
    note: str | None = None


class Supervision(Record):
    phone: str | None = None
    contact: str | None = None
    text: str | None = None


class Switch(Record):
    """有条件的: on or off per office."""

    name: str
    default: Flag = False
    items: Ids = ()
    channels: Ids = ()
    note: str | None = None


class Entrustment(Record):
    """A village entrusted with named items for a time."""

    village: str
    by: str
    since: date = Field(alias="from")
    until: date | None = None
    items: Ids = ()
    note: str | None = None


class Source(Record):
    title: str
    file: str | None = None
    note: str | None = None


class RegionFile(Record):
    """The card of a region."""

    region: str
    name: str
    full_name: str
    admin_code: str
    province: str
    upper: str | None = None
    source: Source
    services: dict[str, str] = {}
    tiers: dict[str, TierCard] = {}
    bodies: dict[str, Body] = {}
    offices: dict[str, Office] = {}
    contacts: dict[str, Contact] = {}
    online: dict[str, OnlineAddress] = {}
    supervision: Supervision | None = None
    switches: dict[str, Switch] = {}
    entrustments: tuple[Entrustment, ...] = ()
    silent: Ids = ()
    corrections: tuple[Correction, ...] = ()
    findings: tuple[GuideFinding, ...] = ()
    remarks: Texts = ()


class OnlineUse(Record):
    at: str
    text: str | None = None


class RegionItem(Record):
    """One entry of a region's guide: how it differs from the national item, and what it prints."""

    item: str
    tier: Tier
    number: Whole
    position: Annotated[int, Strict(), Field(ge=1)]
    number_printed: Flag = True
    name: str
    code: str | None = None
    main_item: MainItem | None = None
    applicants: Ids | None = None
    accepted_by: Ids = ()
    offices: Ids = ()
    phones: Texts = ()
    contacts: Ids = ()
    channels: Ids | None = None
    online: tuple[OnlineUse, ...] = ()
    process: str | None = None
    procedure: dict[str, Any] = {}
    facts: dict[str, Any] = {}
    effects: Ids | None = None
    materials: tuple[MaterialEntry, ...] | None = None
    limit: Limit | None = None
    segments: tuple[Segment, ...] = ()
    fee: str | None = None
    legal_basis: tuple[LegalBasis, ...] | None = None
    conditions: tuple[Condition, ...] | None = None
    exclusions: tuple[Exclusion, ...] | None = None
    documents: Ids | None = None
    query_channels: Texts = ()
    evaluation_channels: Texts = ()
    supervision_phone: str | None = None
    opens: OpenPeriod | None = None
    remarks: Texts = ()
    corrections: tuple[Correction, ...] = ()
    findings: tuple[GuideFinding, ...] = ()
    silent: Ids = ()
    carried_down: Ids = ()
