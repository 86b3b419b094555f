"""The region's overlay over the national list: what an entry is in its place, and what was filled in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from jingban.processes.model import Process
from jingban.rulebook.book import Region, Rulebook
from jingban.rulebook.effective import (
    ContactCard,
    EffectiveItem,
    FormField,
    Material,
    Named,
    OfficeCard,
    Online,
    RegionCard,
    SwitchCard,
)
from jingban.rulebook.errors import UnknownEntry, suggestion
from jingban.rulebook.overlay import Processes
from jingban.rulebook.schema import LegalBasis, Limit, MainItem, MaterialEntry, Segment
from jingban.rulebook.schema_national import FormUse, NationalItem
from jingban.rulebook.schema_region import RegionFile, RegionItem
from jingban.rulebook.words import Words

# 公共服务20、医疗保障部门36：事项编码在省代码之后的四位（参考资料第1节第4项）。
NATIONAL_PREFIX = "2036"

AGENCY = Named(id="agency", name="医疗保障经办机构")
"""Who accepts where a guide names nobody (社会保险经办条例第二条)."""


def effective(rulebook: Rulebook, region: str, tier: str, slug: str) -> EffectiveItem:
    """One entry, merged; the rulebook must be sound (``load``)."""
    found = rulebook.regions.get(region)
    if found is None:
        raise UnknownEntry(f"没有地区“{region}”，{suggestion(region, rulebook.regions)}。", region=region)
    item = found.items.get(slug)
    if item is None or item.tier != tier:
        known = [i.item for i in found.items.values() if i.tier == tier]
        what = f"{region} 的 {tier} 清单里没有“{slug}”，{suggestion(slug, known)}。"
        raise UnknownEntry(what, region=region, item=slug)
    return _Merge(rulebook, found, Processes(rulebook.national)).entry(item)


def effective_all(rulebook: Rulebook) -> tuple[EffectiveItem, ...]:
    """Every entry in guide order: region, tier, position."""
    processes = Processes(rulebook.national)
    found: list[EffectiveItem] = []
    for region in rulebook.regions.values():
        merge = _Merge(rulebook, region, processes)
        found += [merge.entry(item) for item in region.in_guide_order()]
    return tuple(found)


def effective_sound(rulebook: Rulebook) -> list[EffectiveItem]:
    """The entries that can be merged; why the others cannot is told by references.py, with the line."""
    processes = Processes(rulebook.national)
    found: list[EffectiveItem] = []
    for region in rulebook.regions.values():
        merge = _Merge(rulebook, region, processes)
        for item in region.in_guide_order():
            try:
                found.append(merge.entry(item))
            except (ValidationError, KeyError, TypeError, AttributeError):
                continue
    return found


class _Merge:
    """Merges the entries of one region."""

    def __init__(self, rulebook: Rulebook, region: Region, processes: Processes) -> None:
        self.region = region
        self.national = rulebook.national
        self.card: RegionFile = rulebook.card(region.key)
        self.processes = processes
        self.words = Words(self.national, region)

    def entry(self, item: RegionItem) -> EffectiveItem:
        base = self.national.items[item.item]
        defaults: list[str] = []
        process = self.processes.of(item.process or base.process, item.procedure)
        merged = EffectiveItem(
            **self._identity(item, base, defaults),
            **self._places(item, base, defaults),
            **self._times(item, base, process, defaults),
            **self._content(item, base, process, defaults),
            process=process,
            answers=tuple(self.processes.of(name, {}) for name in base.answers.values()),
            defaults=tuple(sorted({*defaults, *self._lost_steps(item)})),
        )
        return merged.sealed_with_hash()

    def _lost_steps(self, item: RegionItem) -> tuple[str, ...]:
        """Where the chart is lost, the procedure is the national one （只印标题的流程图）."""
        lost = {"steps", "procedure", "chart"} & {*item.silent, *self.card.silent}
        return ("steps",) if lost and "steps" not in item.procedure else ()

    def _identity(self, item: RegionItem, base: NationalItem, defaults: list[str]) -> dict[str, Any]:
        code, main = item.code, item.main_item
        if code is None and base.suffix:
            code = f"{self.card.province}{NATIONAL_PREFIX}{base.suffix}"
            defaults.append("code")
        return {
            "region": self.region.key,
            "region_name": self.card.name,
            "region_full_name": self.card.full_name,
            "province": self.card.province,
            "admin_code": self.card.admin_code,
            "tier": item.tier,
            "position": item.position,
            "number": item.number,
            "number_printed": item.number_printed,
            "item": item.item,
            "name": item.name,
            "national_name": base.name,
            "code": code,
            "main_item": _given(item, "main_item", main, self._main_item(base), defaults),
            "applicants": _given(item, "applicants", item.applicants, base.applicants, defaults) or (),
            "effects": item.effects if item.effects is not None else base.effect,
            "sealed": base.sealed,
            "facts": item.facts,
            "initiators": base.initiators,
            "subject": base.subject,
            "form": tuple(self._field(use) for use in self._form(base)),
            "fixed": base.fixed,
            "fixed_words": dict(self._said(key, value) for key, value in base.fixed.items()),
            "combined_with": base.combined_with,
            "covers": base.covers,
            "aliases": base.aliases,
            "life": base.life,
            "switches": self._switches(item),
            "opens": _given(item, "opens", item.opens, base.opens, defaults),
        }

    def _form(self, base: NationalItem) -> tuple[FormUse, ...]:
        """What every form of the subject asks, then what the entry asks; the entry's word on a field stands.

        Remarks that may be left out come last.
        """
        own = {use.use: use for use in base.form}
        common = self.national.subjects[base.subject].form
        kept = tuple(own.pop(use.use, use) for use in common)
        return tuple(sorted((*kept, *own.values()), key=self._is_remark))

    def _is_remark(self, use: FormUse) -> bool:
        return self.national.fields[use.use].kind == "long" and not use.required

    def _field(self, use: FormUse) -> FormField:
        known = self.national.fields[use.use]
        return FormField(
            key=use.use,
            label=use.label or known.name,
            kind=known.kind,
            hint=known.hint,
            required=use.required,
            choices=known.choices,
            when=use.when,
            find=known.find,
            key_info=known.key_info,
            implies=known.implies,
            states=known.states,
            past=known.past,
            not_before=self._day_before(known.not_before),
        )

    def _day_before(self, key: str | None) -> Named | None:
        """The field whose day comes first, in the words of a fault."""
        if key is None:
            return None
        known = self.national.fields[key]
        return Named(id=key, name=f"{known.name}里的出生日期" if known.kind == "id" else known.name)

    def _said(self, key: str, value: str) -> tuple[str, str]:
        """What the entry itself fixes, in words."""
        known = self.national.fields[key]
        return known.name, known.choices.get(value, value)

    def _switches(self, item: RegionItem) -> tuple[SwitchCard, ...]:
        return tuple(
            SwitchCard(id=key, name=found.name, channels=found.channels, default=found.default)
            for key, found in self.card.switches.items()
            if item.item in found.items
        )

    def _main_item(self, base: NationalItem) -> MainItem:
        suffix = base.main.suffix
        code = f"{self.card.province}{NATIONAL_PREFIX}{suffix}" if suffix else None
        return MainItem(name=base.main.name, code=code)

    def _places(self, item: RegionItem, base: NationalItem, defaults: list[str]) -> dict[str, Any]:
        card, channels = self.card, _given(item, "channels", item.channels, base.channels, defaults) or ()
        supervision = None if "supervision" in item.silent else card.supervision
        phone = item.supervision_phone or (supervision.phone if supervision else None)
        contact = supervision.contact if supervision and not item.supervision_phone else None
        return {
            "accepted_by": self._accepted_by(item, defaults),
            "offices": tuple(_office(card, o) for o in item.offices),
            "phones": self._phones(item),
            "contacts": tuple(_contact(card, c) for c in item.contacts),
            "channels": self.words.named(channels, self.words.channels),
            "online": tuple(
                Online(id=o.at, name=card.online[o.at].name, url=card.online[o.at].url, text=o.text)
                for o in item.online
            ),
            "query_channels": item.query_channels,
            "evaluation_channels": item.evaluation_channels,
            "supervision_phone": phone,
            "supervision": supervision.text if supervision else None,
            "supervision_contact": _contact(card, contact) if contact else None,
        }

    def _accepted_by(self, item: RegionItem, defaults: list[str]) -> tuple[Named, ...]:
        if item.accepted_by:
            return tuple(Named(id=b, name=self.card.bodies[b].name) for b in item.accepted_by)
        defaults.append("accepted_by")
        return (AGENCY,)

    def _phones(self, item: RegionItem) -> tuple[str, ...]:
        """The offices' own numbers, then those printed for this entry, each once."""
        numbers = [p for o in item.offices for p in self.card.offices[o].phones] + [*item.phones]
        return tuple(dict.fromkeys(numbers))

    def _times(
        self, item: RegionItem, base: NationalItem, process: Process, defaults: list[str]
    ) -> dict[str, Any]:
        promise = _promised(item.limit)
        statutory = base.statutory.as_limit() if base.statutory else None
        if statutory:
            statutory = statutory.model_copy(update={"basis": self._bases(statutory.basis)})
        if promise is None and (promise := _promised(base.promise) or statutory):
            defaults.append("limit")
        segments = clocked(item.segments, process)
        return {
            "limit": item.limit,
            "promise": promise,
            "statutory": statutory,
            "segments": segments,
            "clocks": {s.clock: s.as_limit() for s in segments if s.clock},
        }

    def _content(
        self, item: RegionItem, base: NationalItem, process: Process, defaults: list[str]
    ) -> dict[str, Any]:
        materials = _given(item, "materials", item.materials, base.materials, defaults) or ()
        basis = _given(item, "legal_basis", item.legal_basis, base.basis, defaults) or ()
        issued = process.documents
        usual = tuple(name for name in base.documents if name in issued)
        documents = _given(item, "documents", item.documents, usual, defaults) or ()
        return {
            "materials": tuple(self._material(m) for m in materials),
            "fee": item.fee,
            "legal_basis": self._bases(basis),
            "national_basis": self._bases(base.basis),
            "conditions": _given(item, "conditions", item.conditions, base.conditions, defaults) or (),
            "exclusions": _given(item, "exclusions", item.exclusions, base.exclusions, defaults) or (),
            "documents": self.words.named(documents, self.words.documents),
            "remarks": item.remarks,
            "corrections": item.corrections,
            "findings": item.findings,
            "silent": item.silent,
        }

    def _material(self, entry: MaterialEntry) -> Material:
        known = self.words.materials[entry.use]
        named, situations = self.words.named, self.words.situations
        return Material(
            id=entry.use,
            name=entry.name or known.name,
            national_name=known.name,
            kind=known.kind,
            any_of=named(known.any_of, self.words.materials),
            for_whom=named(entry.for_whom, situations),
            when=named(entry.when, situations),
            unless=named(entry.unless, situations),
            channel=named(entry.channel, self.words.channels),
            original=entry.original,
            copies=entry.copies,
            seal=entry.seal,
            required=entry.required,
            one_of=entry.one_of,
            note=entry.note,
            basis=self._bases(entry.basis or known.basis),
            sharing=known.sharing.register_ if known.sharing and known.sharing.replaces else None,
            proves=known.sharing.proves if known.sharing else (),
        )

    def _bases(self, bases: Iterable[LegalBasis]) -> tuple[LegalBasis, ...]:
        """Each with the title and number that laws.yaml gives, unless its own are written."""
        found = []
        for basis in bases:
            law = self.national.laws.get(basis.law or "")
            if law is not None:
                update = {"title": basis.title or law.title, "number": basis.number or law.number}
                basis = basis.model_copy(update=update)
            found.append(basis)
        return tuple(found)


def _given(item: RegionItem, name: str, own: Any, default: Any, defaults: list[str]) -> Any:
    """The region's value where its file says anything (null too: none), else the national one, marked."""
    if name in item.model_fields_set:
        return own
    if default:
        defaults.append(name)
    return default


def _promised(printed: Limit | None) -> Limit | None:
    """A printed limit that binds the whole item: one for a part of it (举报受理), or one that only points
    to a rule, promises nothing that can be counted."""
    return printed if printed and printed.amount is not None and not printed.for_ else None


def clocked(segments: tuple[Segment, ...], process: Process) -> tuple[Segment, ...]:
    """Each segment with its clock of the procedure: as named, else in order."""
    free = [name for name in process.clocks if name not in {s.clock for s in segments}]
    found = []
    for segment in segments:
        if segment.clock is None and free:
            segment = segment.model_copy(update={"clock": free.pop(0)})
        found.append(segment)
    return tuple(found)


def _office(card: RegionFile, key: str) -> OfficeCard:
    office = card.offices[key]
    return OfficeCard(
        id=key, name=office.name, address=office.address, window=office.window, phones=office.phones
    )


def _contact(card: RegionFile, key: str) -> ContactCard:
    contact = card.contacts[key]
    return ContactCard(id=key, name=contact.name, title=contact.title, phones=contact.phones)


def region_card(rulebook: Rulebook, key: str) -> RegionCard:
    """A region as lists and headings show it."""
    card = rulebook.card(key)
    return RegionCard(
        region=key,
        name=card.name,
        full_name=card.full_name,
        admin_code=card.admin_code,
        province=card.province,
        upper=card.upper,
        guide=card.source.title,
        services=card.services,
        tiers=card.tiers,
        switches=card.switches,
        entrustments=card.entrustments,
        bodies=card.bodies,
        offices=tuple(_office(card, o) for o in card.offices),
        corrections=card.corrections,
        findings=card.findings,
        remarks=card.remarks,
        silent=card.silent,
    )
