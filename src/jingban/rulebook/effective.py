"""One entry as it holds in its region: the national item, the region's overlay, everything resolved."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from functools import cached_property
from typing import Any

from jingban.processes.model import Process
from jingban.processes.predicates import PREDICATES
from jingban.rulebook.schema import (
    Condition,
    Correction,
    Exclusion,
    GuideFinding,
    LegalBasis,
    Limit,
    MainItem,
    OpenPeriod,
    Record,
    Segment,
    Texts,
    Tier,
)
from jingban.rulebook.schema_region import Body, Entrustment, Switch, TierCard


class Named(Record):
    """An id and its Chinese words."""

    id: str
    name: str


class OfficeCard(Named):
    address: str | None = None
    window: str | None = None
    phones: Texts = ()


class ContactCard(Named):
    title: str | None = None
    phones: Texts = ()


class Online(Named):
    url: str | None = None
    text: str | None = None


class Material(Record):
    """A material of this entry with everything a page or a checklist needs."""

    id: str
    name: str
    national_name: str
    kind: str | None = None
    any_of: tuple[Named, ...] = ()
    for_whom: tuple[Named, ...] = ()
    when: tuple[Named, ...] = ()
    unless: tuple[Named, ...] = ()
    channel: tuple[Named, ...] = ()
    original: int | None = None
    copies: int | None = None
    seal: str | None = None
    required: bool = True
    one_of: str | None = None
    note: str | None = None
    basis: tuple[LegalBasis, ...] = ()
    sharing: str | None = None
    proves: Texts = ()

    @property
    def for_whom_text(self) -> str | None:
        return _joined(self.for_whom)

    @property
    def when_text(self) -> str | None:
        """When it is asked: all of ``when`` hold, and none of ``unless``."""
        parts = [n.name for n in self.when] + [f"{n.name}的除外" for n in self.unless]
        return "；".join(parts) or None


def _joined(names: Iterable[Named]) -> str | None:
    return "、".join(n.name for n in names) or None


class FormField(Record):
    """A question of the entry's form, resolved."""

    key: str
    label: str
    kind: str
    hint: str | None = None
    required: bool = True
    choices: dict[str, str] = {}
    when: Texts = ()
    find: str | None = None
    key_info: bool = False
    implies: dict[str, Texts] = {}
    states: dict[str, dict[str, str]] = {}
    past: bool = False
    not_before: Named | None = None

    @property
    def left_open(self) -> str:
        """What is said beside it where it had to be answered."""
        return f"请{'选择' if self.kind in ('choice', 'diseases') else '填写'}{self.label}"

    @property
    def tells(self) -> bool:
        """Whether an answer says a situation by itself."""
        return self.key_info or bool(self.implies)

    def asked_of(self, situations: Collection[str]) -> bool:
        """Whether the question is put at all in this person's situation."""
        return not self.when or not set(self.when).isdisjoint(situations)


class SwitchCard(Named):
    """A way of handling that an office has only where it has the means (有条件的)."""

    channels: Texts = ()
    default: bool = False


class EffectiveItem(Record):
    """What is published and frozen under ``hash``.

    A default of a field is part of the format: fields at their default are left out of the canonical
    text, so a new optional field leaves published hashes as they are, and a default never changes.
    """

    region: str
    region_name: str
    region_full_name: str
    province: str
    admin_code: str
    tier: Tier
    position: int
    number: int
    number_printed: bool = True
    item: str
    name: str
    national_name: str
    code: str | None = None
    main_item: MainItem | None = None
    applicants: Texts = ()
    accepted_by: tuple[Named, ...] = ()
    offices: tuple[OfficeCard, ...] = ()
    phones: Texts = ()
    contacts: tuple[ContactCard, ...] = ()
    channels: tuple[Named, ...] = ()
    online: tuple[Online, ...] = ()
    process: Process
    answers: tuple[Process, ...] = ()
    effects: Texts = ()
    sealed: bool = False
    facts: dict[str, Any] = {}
    initiators: Texts = ()
    subject: str = "person"
    form: tuple[FormField, ...] = ()
    fixed: dict[str, str] = {}
    fixed_words: dict[str, str] = {}
    """What ``fixed`` says, as people read it: label to answer."""
    combined_with: Texts = ()
    covers: Texts = ()
    aliases: Texts = ()
    life: Texts = ()
    opens: OpenPeriod | None = None
    switches: tuple[SwitchCard, ...] = ()
    materials: tuple[Material, ...] = ()
    limit: Limit | None = None
    promise: Limit | None = None
    statutory: Limit | None = None
    segments: tuple[Segment, ...] = ()
    clocks: dict[str, Limit] = {}
    fee: str | None = None
    legal_basis: tuple[LegalBasis, ...] = ()
    national_basis: tuple[LegalBasis, ...] = ()
    conditions: tuple[Condition, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    documents: tuple[Named, ...] = ()
    query_channels: Texts = ()
    evaluation_channels: Texts = ()
    supervision_phone: str | None = None
    supervision: str | None = None
    supervision_contact: ContactCard | None = None
    remarks: Texts = ()
    corrections: tuple[Correction, ...] = ()
    findings: tuple[GuideFinding, ...] = ()
    silent: Texts = ()
    defaults: Texts = ()
    hash: str = ""

    @property
    def limits_named(self) -> frozenset[str]:
        """Every limit that a procedure of the entry names."""
        return frozenset().union(*(process.limits for process in (self.process, *self.answers)))

    def process_named(self, key: str) -> Process:
        """The entry's own procedure, or one that another agency's message opens."""
        return next(process for process in (self.process, *self.answers) if process.process == key)

    @property
    def key(self) -> str:
        return f"{self.region}/{self.tier}/{self.item}"

    @cached_property
    def facts_asked(self) -> tuple[str, ...]:
        """Names of the facts that the procedure's branches ask for, in reading order."""
        asked = [PREDICATES[e.when].fact for e in self.process.edges if e.when in PREDICATES]
        asked += self.process.asks
        return tuple(dict.fromkeys(asked))

    def canonical(self) -> bytes:
        """The text that is hashed and stored; ``model_validate_json`` reads it back.

        Keys are not sorted: the order of steps and acts is meant (the first act is the main road).
        """
        data = self.model_dump(mode="json", by_alias=True, exclude={"hash"}, exclude_defaults=True)
        return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()

    def sealed_with_hash(self) -> EffectiveItem:
        """The same entry carrying its own content hash."""
        return self.model_copy(update={"hash": hashlib.sha256(self.canonical()).hexdigest()})


class RegionCard(Record):
    """A region as lists and headings show it."""

    region: str
    name: str
    full_name: str
    admin_code: str
    province: str
    upper: str | None = None
    guide: str
    services: dict[str, str] = {}
    tiers: dict[str, TierCard] = {}
    switches: dict[str, Switch] = {}
    entrustments: tuple[Entrustment, ...] = ()
    bodies: dict[str, Body] = {}
    offices: tuple[OfficeCard, ...] = ()
    corrections: tuple[Correction, ...] = ()
    findings: tuple[GuideFinding, ...] = ()
    remarks: Texts = ()
    silent: Texts = ()
