"""Every name that a file uses must be one that some file defines; what does not exist is told with advice."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from jingban.core.errors import FileFault
from jingban.core.yaml12 import Document
from jingban.processes.model import Message, Process
from jingban.processes.needs import CORRECTING, NEEDS
from jingban.processes.predicates import FACTS
from jingban.rulebook.book import National, Region, Rulebook
from jingban.rulebook.errors import suggestion
from jingban.rulebook.faults import Place, validated
from jingban.rulebook.overlay import overlay, raw_process
from jingban.rulebook.schema import Correction, LegalBasis, MaterialEntry
from jingban.rulebook.schema_national import FormUse, NationalItem
from jingban.rulebook.schema_region import RegionItem
from jingban.rulebook.words import Words


def unknown_names(rulebook: Rulebook) -> list[FileFault]:
    """The faults that only show when all files are read."""
    found: list[FileFault] = []
    book = rulebook.national
    _vocabulary(rulebook, Words(book), "national", book.materials, found)
    for name in book.processes:
        _process(rulebook, None, name, found)
    _forms_and_effects(rulebook, found)
    _phrases(rulebook, found)
    for slug, item in book.items.items():
        names = _Names(book, Words(book), rulebook.document("national", "items", f"{slug}.yaml"), found)
        names.known((item.process,), book.processes, ("process",), "办理程序")
        names.known(item.answers.values(), book.processes, ("answers",), "办理程序")
        names.answers(item.answers)
        names.known(item.initiators, book.roles, ("initiators",), "角色")
        names.known((*item.combined_with, *item.covers), book.items, ("combined_with",), "全国事项")
        if item.statutory:
            names.known((item.statutory.law,), book.laws, ("statutory", "law"), "法规")
        names.known(item.effect, book.effects, ("effect",), "效果")
        names.known((item.subject,), book.subjects, ("subject",), "申请表类别")
        names.form(item.form, ("form",))
        names.fixed(item)
        names.item(item.materials, item.channels, item.documents, item.basis, "basis")
    for region in rulebook.regions.values():
        _region(rulebook, region, found)
    return found


class _Names:
    """Checks the names of one file."""

    def __init__(self, book: National, words: Words, document: Document, found: list[FileFault]) -> None:
        self.book = book
        self.words = words
        self.document = document
        self.found = found

    def known(self, used: Iterable[str], defined: Collection[str], place: Place, what: str) -> None:
        for index, name in enumerate(used):
            if name not in defined:
                error = self.document.error((*place, index), f"没有{what} {name}", suggestion(name, defined))
                self.found.append(error)

    def item(
        self,
        materials: Iterable[MaterialEntry],
        channels: Iterable[str],
        documents: Iterable[str],
        basis: Iterable[LegalBasis],
        basis_key: str,
    ) -> None:
        for index, entry in enumerate(materials):
            self._material(entry, ("materials", index))
        self.known(channels, self.words.channels, ("channels",), "渠道")
        self.known(documents, self.words.documents, ("documents",), "文书")
        self.laws(basis, (basis_key,))

    def form(self, form: Iterable[FormUse], place: Place) -> None:
        seen: set[str] = set()
        for index, use in enumerate(form):
            self.known((use.use,), self.book.fields, (*place, index), "栏目")
            self.known(use.when, self.words.situations, (*place, index, "when"), "情形")
            if use.use in seen:
                self._fault((*place, index), f"栏目 {use.use} 写了两次", "请删去一处")
            seen.add(use.use)

    def fixed(self, item: NationalItem) -> None:
        """What the entry itself says: a field that exists, a value that it takes, and no question about it."""
        self.known(item.fixed, self.book.fields, ("fixed",), "栏目")
        common = self.book.subjects.get(item.subject)
        asked = {use.use for use in (*item.form, *(common.form if common else ()))}
        for key, value in item.fixed.items():
            place: Place = ("fixed", key)
            if key in asked:
                self._fault(place, f"栏目 {key} 既写在 fixed 里又在申请表里问", "请只留一处")
            choices = self.book.fields[key].choices if key in self.book.fields else {}
            if choices:
                self.known((value,), choices, place, f"{key} 的选项")

    def _fault(self, place: Place, what: str, advice: str) -> None:
        self.found.append(self.document.error(place, what, advice))

    def answers(self, answers: Mapping[str, str]) -> None:
        """The procedure that a message opens must begin with that message."""
        for message, process in answers.items():
            starts = self.book.processes.get(process, {}).get("starts")
            if process in self.book.processes and starts != {"message": message}:
                what = f"程序 {process} 不由信息 {message} 启动"
                advice = f"请在该程序中写 starts: {{message: {message}}}"
                self.found.append(self.document.error(("answers", message), what, advice))

    def laws(self, basis: Iterable[LegalBasis], place: Place) -> None:
        for index, one in enumerate(basis):
            if one.law:
                self.known((one.law,), self.book.laws, (*place, index, "law"), "法规")

    def _material(self, entry: MaterialEntry, place: Place) -> None:
        self.known((entry.use,), self.words.materials, (*place, "use"), "材料")
        for key, used in (("for_whom", entry.for_whom), ("when", entry.when), ("unless", entry.unless)):
            self.known(used, self.words.situations, (*place, key), "情形")
        self.known(entry.channel, self.words.channels, (*place, "channel"), "渠道")
        self.laws(entry.basis, (*place, "basis"))


def _forms_and_effects(rulebook: Rulebook, found: list[FileFault]) -> None:
    """The fields that forms and effects name; a field shares its place with what acts carry, so not its name."""
    book = rulebook.national

    def names(file: str) -> _Names:
        return _Names(book, Words(book), rulebook.document("national", file), found)

    for key in sorted(book.fields.keys() & (NEEDS.keys() - CORRECTING)):
        error = names("fields.yaml").document.error(
            (key,), f"栏目 {key} 与办理行为所带的内容重名", "请换一个名称"
        )
        found.append(error)
    for key, asked in book.fields.items():
        for choice, situations in asked.implies.items():
            names("fields.yaml").known(situations, book.situations, (key, "implies", choice), "情形")
        for fact, values in asked.states.items():
            place: Place = (key, "states", fact)
            names("fields.yaml").known((fact,), FACTS, place, "情况")
            if fact in FACTS:
                names("fields.yaml").known(values.values(), FACTS[fact].values, place, f"情况 {fact} 的值")
        if asked.not_before is not None:
            days = {name for name, one in book.fields.items() if one.kind in ("day", "id") and name != key}
            names("fields.yaml").known((asked.not_before,), days, (key, "not_before"), "日期或证件号码栏目")
    for key, subject in book.subjects.items():
        names("subjects.yaml").form(subject.form, (key, "form"))
    for key, effect in book.effects.items():
        names("effects.yaml").known(effect.arguments, book.fields, (key, "arguments"), "栏目")


def _phrases(rulebook: Rulebook, found: list[FileFault]) -> None:
    """A phrase is for acts that some procedure has."""
    book = rulebook.national
    acts = {
        key
        for process in book.processes.values()
        for step in _map(process.get("steps")).values()
        for key in _map(_map(step).get("do"))
    }
    names = _Names(book, Words(book), rulebook.document("national", "phrases.yaml"), found)
    for key, phrase in book.phrases.items():
        names.known(phrase.acts, acts | set(_map(book.common.get("common"))), (key, "acts"), "操作")


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _vocabulary(
    rulebook: Rulebook, words: Words, base: str, materials: Mapping[str, Any], found: list[FileFault]
) -> None:
    names = _Names(rulebook.national, words, rulebook.document(base, "materials.yaml"), found)
    for key, material in materials.items():
        names.known(material.any_of, words.materials, (key, "any_of"), "材料")
        names.laws(material.basis, (key, "basis"))


def _region(rulebook: Rulebook, region: Region, found: list[FileFault]) -> None:
    words, card = Words(rulebook.national, region), rulebook.card(region.key)
    base = f"regions/{region.key}"
    _vocabulary(rulebook, words, base, region.materials, found)
    names = _Names(rulebook.national, words, rulebook.document(base, "region.yaml"), found)
    for key, tier in card.tiers.items():
        names.known(tier.bodies, card.bodies, ("tiers", key, "bodies"), "机构")
        for index, task in enumerate(tier.does):
            if card.services:
                names.known((task.service,), card.services, ("tiers", key, "does", index), "职能（services）")
            names.known(task.at, card.online, ("tiers", key, "does", index), "网上入口（online）")
    for key, switch in card.switches.items():
        names.known(switch.items, region.items, ("switches", key, "items"), "事项")
    if card.supervision and card.supervision.contact:
        names.known((card.supervision.contact,), card.contacts, ("supervision", "contact"), "联系人")
    for index, entrusted in enumerate(card.entrustments):
        names.known(entrusted.items, region.items, ("entrustments", index, "items"), "事项")
    for item in region.items.values():
        _region_item(rulebook, region, words, item, found)


def _region_item(
    rulebook: Rulebook, region: Region, words: Words, item: RegionItem, found: list[FileFault]
) -> None:
    book, card = rulebook.national, rulebook.card(region.key)
    document = rulebook.region_item_file(region.key, item.item)
    names = _Names(book, words, document, found)
    basis = item.legal_basis or ()
    names.item(item.materials or (), item.channels or (), item.documents or (), basis, "legal_basis")
    names.known(item.accepted_by, card.bodies, ("accepted_by",), "机构（region.yaml 的 bodies）")
    names.known(item.offices, card.offices, ("offices",), "办公地点（region.yaml 的 offices）")
    names.known(item.contacts, card.contacts, ("contacts",), "联系人（region.yaml 的 contacts）")
    names.known(item.effects or (), book.effects, ("effects",), "效果")
    for index, use in enumerate(item.online):
        names.known((use.at,), card.online, ("online", index, "at"), "网上入口（region.yaml 的 online）")
    national = book.items.get(item.item)
    if national is None:
        names.known((item.item,), book.items, ("item",), "全国事项")
        return
    process = item.process or national.process
    if item.process:
        names.known((item.process,), book.processes, ("process",), "办理程序")
    if process in book.processes and (built := _process(rulebook, (region, item), process, found)):
        clocks = [s.clock for s in item.segments if s.clock]
        names.known(clocks, built.clocks, ("segments",), "时钟")
    found += _corrections(document, item)


def _process(
    rulebook: Rulebook, entry: tuple[Region, RegionItem] | None, name: str, found: list[FileFault]
) -> Process | None:
    """Build a procedure; faults of an overlay are told in the region's file, else in the procedure's."""
    book = rulebook.national
    procedure = entry[1].procedure if entry else {}
    document, start = rulebook.document("national", "processes", f"{name}.yaml"), ()  # type: tuple[Document, Place]
    if entry and procedure:
        document, start = rulebook.region_item_file(entry[0].key, entry[1].item), ("procedure",)
        found += _strange_keys(document, book.processes[name], procedure)
    faults = list(_common_words(book, document, start, {} if entry and not procedure else procedure, name))
    built: Process | None = None
    try:
        built = Process.model_validate(raw_process(book, name, procedure))
    except (ValidationError, AttributeError, TypeError):
        validated(Process, _safe_raw(book, name, procedure), document, start, faults.append)
        if not faults:
            faults.append(document.error(start, "程序写法有误", "请对照 standard.yaml 检查缩进"))
    else:
        _papers_and_effects(rulebook, built, (document, start), entry[0] if entry else None, faults)
    if not entry or procedure:  # what a region took over unchanged was told with the procedure itself
        found += faults
    return built


def _common_words(
    book: National, document: Document, start: Place, procedure: dict[str, Any], name: str
) -> Iterator[FileFault]:
    """A common act is named in common.yaml, or written out whole where it is used."""
    known = book.common.get("common", {})
    used = (procedure if start else book.processes[name]).get("common") or {}
    for key, own in used.items():
        if key not in known and own is not None and not (isinstance(own, dict) and "name" in own):
            yield document.error((*start, "common", key), f"没有共用行为 {key}", suggestion(key, known))


def _safe_raw(national: National, name: str, procedure: dict[str, Any]) -> Any:
    try:
        return raw_process(national, name, procedure)
    except (AttributeError, TypeError):
        return overlay(national.processes[name], procedure)


def _strange_keys(document: Document, base: dict[str, Any], over: dict[str, Any]) -> Iterator[FileFault]:
    """A region's step that the procedure does not have and that is no whole step either."""
    for part in ("steps", "ends"):
        known = base.get(part, {})
        for key, value in (over.get(part) or {}).items():
            whole = isinstance(value, dict) and "name" in value
            if key not in known and not whole:
                what = f"程序 {base.get('process')} 没有环节 {key}"
                yield document.error(("procedure", part, key), what, suggestion(key, known))


def _papers_and_effects(
    rulebook: Rulebook,
    process: Process,
    at: tuple[Document, Place],
    region: Region | None,
    found: list[FileFault],
) -> None:
    (document, start), words = at, Words(rulebook.national, region)
    names = _Names(rulebook.national, words, document, found)
    for place, paper, effects in _uses(process):
        names.known(paper, words.documents, (*start, *place, "document"), "文书")
        named = [e for e in effects if e != "item"]
        names.known(named, rulebook.national.effects, (*start, *place, "effect"), "效果")
    for place, messages in _messages(process):
        names.known(messages, rulebook.national.messages, (*start, *place), "信息（messages.yaml）")


def _uses(process: Process) -> Iterator[tuple[Place, tuple[str, ...], tuple[str, ...]]]:
    """Where a procedure names papers and effects."""
    for key, step in process.steps.items():
        for name, act in step.do.items():
            yield ("steps", key, "do", name), act.document, act.effect
        if step.receives:
            for name, act in step.receives.ways.items():
                yield ("steps", key, "receives", "ways", name), act.document, act.effect
        if step.after:
            yield ("steps", key, "after"), step.after.document, step.after.effect
    for key, common in process.common.items():
        yield ("common", key), common.document, common.effect
    for key, end in process.ends.items():
        for name, follow in end.follows.items():
            yield ("ends", key, "follows", name), follow.document, ()


def _corrections(document: Document, item: RegionItem) -> Iterator[FileFault]:
    """A correction must have been made: the printed slip may not still stand as a value of that field."""
    for index, correction in enumerate(item.corrections):
        place = ("corrections", index)
        if correction.printed == correction.corrected:
            yield document.error(place, "更正前后相同", "请改正 printed 或 corrected，或删去这条更正")
        elif _still_stands(document.data, correction):
            what = f"更正 {correction.field}：误写“{correction.printed}”仍在正文中"
            yield document.error(place, what, f"请把该字段改为“{correction.corrected}”")


def _still_stands(data: dict[str, Any], correction: Correction) -> bool:
    value = data.get(correction.field.split(".")[0])
    return correction.printed in _leaves(value) and correction.corrected not in _leaves(value)


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for v in value.values() for leaf in _leaves(v)]
    if isinstance(value, list):
        return [leaf for v in value for leaf in _leaves(v)]
    return [value]


def _messages(process: Process) -> Iterator[tuple[Place, tuple[str, ...]]]:
    """Where a procedure names what is sent or awaited."""
    if isinstance(process.starts, Message):
        yield ("starts", "message"), (process.starts.message,)
    for key, step in process.steps.items():
        for name, act in step.do.items():
            yield ("steps", key, "do", name, "sends"), act.sends
        if step.receives:
            yield ("steps", key, "receives"), step.receives.messages
            for name, act in step.receives.ways.items():
                yield ("steps", key, "receives", "ways", name, "sends"), act.sends
