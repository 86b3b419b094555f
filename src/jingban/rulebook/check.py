"""Everything that must hold before a rulebook is published, and everything the law would say to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jingban.core.errors import FileFault
from jingban.core.parameters import Parameter
from jingban.core.paths import rulebook_root
from jingban.core.yaml12 import Document
from jingban.processes.check import problems as structure_problems
from jingban.processes.model import Process
from jingban.rulebook.book import Region, Rulebook
from jingban.rulebook.effective import EffectiveItem
from jingban.rulebook.errors import UnknownEntry, suggestion
from jingban.rulebook.law import Finding, all_findings
from jingban.rulebook.load import read
from jingban.rulebook.merge import effective_sound

_TIME_UNITS = frozenset({"working_days", "calendar_days", "calendar_months", "months"})


@dataclass(slots=True)
class Report:
    """What the check found; ``errors`` forbid publishing, ``findings`` do not."""

    errors: list[FileFault]
    findings: list[Finding]
    items: list[EffectiveItem]
    planned: Counter[str] = field(default_factory=Counter)
    unused: list[str] = field(default_factory=list)

    def as_data(self) -> dict[str, Any]:
        return {
            "ok": not self.errors,
            "entries": len(self.items),
            "errors": [e.as_data() for e in self.errors],
            "findings": [f.model_dump() for f in self.findings],
            "planned_effects": dict(sorted(self.planned.items())),
            "unused": self.unused,
        }


def check(root: Path | None = None, region: str | None = None) -> Report:
    """Read and check everything; ``region`` narrows what is told, not what is read."""
    rulebook, errors = read(root or rulebook_root())
    if region is not None and not (rulebook.root / "regions" / region).is_dir():
        raise UnknownEntry(f"没有地区“{region}”，{suggestion(region, rulebook.regions)}。", region=region)
    items = effective_sound(rulebook)
    errors += [*_order(rulebook), *_structure(rulebook, items), *_vocabulary(rulebook)]
    errors += [*_effects(rulebook), *_arguments(rulebook, items)]
    found = all_findings(items, rulebook.national.laws)
    if region is not None:
        mine = ("national/", f"regions/{region}/")
        errors = [e for e in errors if e.file.startswith(mine)]
        items = [i for i in items if i.region == region]
        found = [f for f in found if f.region == region]
    errors.sort(key=lambda e: (e.file, e.line))
    return Report(errors, found, items, _planned(rulebook, items), _unused(rulebook, items))


def _order(rulebook: Rulebook) -> Iterator[FileFault]:
    """Positions run from 1 without gaps per tier."""
    for region in rulebook.regions.values():
        for tier in ("agency", "grassroots"):
            entries = [i for i in region.in_guide_order() if i.tier == tier]
            for place, item in enumerate(entries, start=1):
                if item.position != place:
                    document = rulebook.region_item_file(region.key, item.item)
                    what = f"{tier} 的顺序应从1连续编排，此处应为{place}，写作{item.position}"
                    yield document.error(("position",), what, "请检查是否缺事项或重号")
                    break


def _structure(rulebook: Rulebook, items: Iterable[EffectiveItem]) -> Iterator[FileFault]:
    """Every procedure, national and as merged in each region; what is the same is told once."""
    told: set[int] = set()
    book = rulebook.national
    limits, roles = book.parameters.keys(), book.roles.keys()
    for item in items:
        for process in (item.process, *item.answers):
            if id(process) in told:  # entries share the procedures that no region changed
                continue
            told.add(id(process))
            document = _where(rulebook, item, process)
            for text in structure_problems(process, limits=limits, roles=roles):
                yield document.error(("procedure",), f"程序 {process.process}：{text}", "请改正该程序")
            for place, name in _time_limits(process):
                parameter = book.parameters.get(name)
                if parameter is not None and parameter.unit not in _TIME_UNITS:
                    what = f"程序 {process.process} 的 {place} 用 {name} 作期限，其单位是 {parameter.unit}"
                    yield document.error(("procedure",), what, "请换用以日或月计的参数")


def _where(rulebook: Rulebook, item: EffectiveItem, process: Process) -> Any:
    own: Region = rulebook.regions[item.region]
    if process is item.process and own.items[item.item].procedure:
        return rulebook.region_item_file(item.region, item.item)
    return rulebook.document("national", "processes", f"{process.process}.yaml")


def _time_limits(process: Process) -> Iterator[tuple[str, str]]:
    for key, step in process.steps.items():
        if step.after:
            yield key, step.after.limit
        if step.notice:
            yield key, step.notice.limit
    for key, clock in process.clocks.items():
        yield key, clock.limit


def _effects(rulebook: Rulebook) -> Iterator[FileFault]:
    """A live effect must have been registered by its app."""
    registered = _registry()
    document = rulebook.document("national", "effects.yaml")
    for name, effect in rulebook.national.effects.items():
        if effect.status == "live" and name not in registered:
            what = f"效果 {name} 标为 live，但没有程序登记"
            yield document.error((name,), what, "请改回 planned，或登记实现")
        if effect.status == "planned" and name in registered:
            yield document.error((name,), f"效果 {name} 已有程序登记，仍标为 planned", "请改为 live")


def _arguments(rulebook: Rulebook, items: Iterable[EffectiveItem]) -> Iterator[FileFault]:
    """What a live effect takes from the application is asked by the form of every entry that can run it."""
    book, told = rulebook.national, set[tuple[str, str, str]]()
    for item in items:
        known = {field.key for field in item.form} | item.fixed.keys()
        for name in sorted(used_effects(item) & book.effects.keys()):
            effect, document = book.effects[name], _names_effect(rulebook, item, name)
            if effect.status != "live":
                continue
            for argument in effect.arguments:
                key = (document.name, name, argument)
                if argument in book.fields and argument not in known and key not in told:
                    told.add(key)
                    label = book.fields[argument].name
                    what = f"效果 {name} 要用“{label}”（{argument}），事项 {item.item} 的申请表没有问"
                    advice = f"请在全国事项的 form 里加上 {argument}，或在 fixed 里写明"
                    yield document.error(_first(document, "form", "effect", "effects"), what, advice)


def _first(document: Document, *keys: str) -> tuple[str, ...]:
    """The place of the first key that the file has."""
    return next(((key,) for key in keys if key in document.data), ())


def _names_effect(rulebook: Rulebook, item: EffectiveItem, effect: str) -> Document:
    """The file that makes the entry run the effect: the region's where only that one names it."""
    own, base = rulebook.regions[item.region].items[item.item], rulebook.national.items[item.item]
    if effect not in base.effect and effect in (own.effects or ()):
        return rulebook.region_item_file(item.region, item.item)
    return rulebook.document("national", "items", f"{item.item}.yaml")


def _registry() -> set[str]:
    try:
        from jingban.processes import effects
    except ImportError:  # no app has effects yet
        return set()
    return set(effects.REGISTRY)


def _vocabulary(rulebook: Rulebook) -> Iterator[FileFault]:
    """A parameter for days or months is a whole number; a region's own figure has the national one's unit."""
    national = rulebook.national.parameters
    for name, parameter in national.items():
        yield from _whole_time(rulebook, ("national",), name, parameter)
    for key, region in rulebook.regions.items():
        place = ("regions", key)
        for name, parameter in region.parameters.items():
            yield from _whole_time(rulebook, place, name, parameter)
            if name in national and national[name].unit != parameter.unit:
                what = f"参数 {name} 的单位是 {parameter.unit}，全国参数是 {national[name].unit}"
                yield _at_parameter(rulebook, place, name, what, "请使两者一致")
            elif name in national and (unknown := _not_offered(parameter, national[name])):
                what = f"参数 {name} 的选项“{'”“'.join(unknown)}”不认识"
                yield _at_parameter(
                    rulebook, place, name, what, f"可用的有：{'、'.join(national[name].choices)}"
                )


def _not_offered(own: Parameter, national: Parameter) -> list[str]:
    """Codes of a region's choice that the national parameter does not offer: a rule would not know them."""
    texts = [value.value for value in own.values.values() if value is not None]
    codes = dict.fromkeys(code for text in texts for code in text.split())
    return [code for code in codes if code not in national.choices] if national.choices else []


def _whole_time(
    rulebook: Rulebook, place: tuple[str, ...], name: str, parameter: Parameter
) -> Iterator[FileFault]:
    if parameter.unit in _TIME_UNITS and not _whole(parameter):
        yield _at_parameter(rulebook, place, name, f"参数 {name} 以日或月计，应为整数", "请改正数值")


def _at_parameter(rulebook: Rulebook, place: tuple[str, ...], name: str, what: str, advice: str) -> FileFault:
    """A fault of a parameter, at its row where it stands in a table."""
    file, _, row = name.partition(".")
    document = rulebook.document(*place, "parameters", f"{file}.yaml")
    return document.error(("rows", row, "values") if row else ("values",), what, advice)


def _whole(parameter: Parameter) -> bool:
    values = [v.value for v in parameter.values.values() if v is not None]
    return all(v.isdecimal() for v in values)


def _planned(rulebook: Rulebook, items: Iterable[EffectiveItem]) -> Counter[str]:
    """How many entries use each effect that is only planned."""
    effects = rulebook.national.effects
    counted: Counter[str] = Counter()
    for item in items:
        counted.update(e for e in used_effects(item) if e in effects and effects[e].status == "planned")
    return counted


def used_effects(item: EffectiveItem) -> set[str]:
    """Effects that an entry's procedure can run; ``item`` stands for the entry's own."""
    found: set[str] = set()
    for process in (item.process, *item.answers):
        for step in process.steps.values():
            acts = [*step.do.values(), *(step.receives.ways.values() if step.receives else ())]
            found |= {e for act in acts for e in act.effect} | set(step.after.effect if step.after else ())
        found |= {e for common in process.common.values() for e in common.effect}
    return (found - {"item"}) | (set(item.effects) if "item" in found else set())


def _unused(rulebook: Rulebook, items: Iterable[EffectiveItem]) -> list[str]:
    """Procedures that no entry uses: not wrong, but worth a look."""
    used = {p.process for i in items for p in (i.process, *i.answers)}
    return sorted(f"processes/{name}" for name in rulebook.national.processes if name not in used)
