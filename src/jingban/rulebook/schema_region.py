"""What region.yaml may say: the levels, who, where, by which ways; what stands the same in many entries."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from jingban.rulebook.schema import Correction, Flag, GuideFinding, Ids, Record, Texts


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
