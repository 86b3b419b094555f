"""The effective entries as data for others (``rulebook export --json``)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jingban.processes.model import Process
from jingban.rulebook.chinese import limit_text
from jingban.rulebook.effective import EffectiveItem, Material, Named
from jingban.rulebook.schema import Condition, Exclusion, Limit, Segment


def export(items: Iterable[EffectiveItem]) -> list[dict[str, Any]]:
    return [entry(item) for item in items]


def entry(item: EffectiveItem) -> dict[str, Any]:
    """One entry, every name in Chinese beside its id where programs need it."""
    return {
        "region": item.region,
        "tier": item.tier,
        "position": item.position,
        "number": item.number,
        "item": item.item,
        "name": item.name,
        "code": item.code,
        "main_item": item.main_item.model_dump() if item.main_item else None,
        "applicants": list(item.applicants),
        "accepted_by": _names(item.accepted_by),
        "channels": _names(item.channels),
        "steps": steps(item.process),
        "branches": branches(item.process),
        "form": [field.model_dump(mode="json") for field in item.form],
        "fixed": item.fixed,
        "fixed_words": item.fixed_words,
        "materials": [_material(m) for m in item.materials],
        "limit": _limit(item),
        "segments": [_segment(s) for s in item.segments],
        "documents": _names(item.documents),
        "legal_basis": [b.text for b in item.legal_basis],
        "address": address(item),
        "phones": list(item.phones),
        "contacts": [{"name": c.name, "title": c.title, "phones": list(c.phones)} for c in item.contacts],
        "supervision_phone": item.supervision_phone,
        "supervision": item.supervision,
        "supervision_contact": item.supervision_contact.model_dump(exclude={"id"})
        if item.supervision_contact
        else None,
        "evaluation_channels": list(item.evaluation_channels),
        "query_channels": list(item.query_channels),
        "online": [{"name": o.name, "url": o.url, "text": o.text} for o in item.online],
        "fee": item.fee,
        "conditions": [_record(c) for c in item.conditions],
        "exclusions": [_record(e) for e in item.exclusions],
        "remarks": list(item.remarks),
        "corrections": [c.model_dump() for c in item.corrections],
        "findings": [f.model_dump() for f in item.findings],
        "process": item.process.process,
        "starts": _starts(item.process),
        "effects": list(item.effects),
        "opens": item.opens.model_dump(by_alias=True) if item.opens else None,
        "number_printed": item.number_printed,
        "silent": list(item.silent),
        "defaults": list(item.defaults),
        "hash": item.hash,
    }


def steps(process: Process) -> list[dict[str, Any]]:
    """The main road as the guide prints it: how it begins, each step, and the usual end."""
    application = process.application
    found: list[dict[str, Any]] = []
    if process.starts == "application":
        found.append(_step("application", application.name, application.by, None, application.text))
    for key in process.main_path:
        if step := process.steps.get(key):
            if not step.printed:
                continue
            found.append(_step(key, step.name, step.by, step.at, step.text))
        else:
            end = process.ends[key]
            found.append(_step(key, end.name, (), None, end.text))
    return found


def branches(process: Process) -> list[dict[str, Any]]:
    """The printed steps beside the main road: other tracks, loops, what is brought later."""
    aside = {
        key: step for key, step in process.steps.items() if key not in process.main_path and step.printed
    }
    return [_step(key, step.name, step.by, step.at, step.text) for key, step in aside.items()]


def _step(key: str, name: str, by: Iterable[str], at: str | None, text: str | None) -> dict[str, Any]:
    return {"key": key, "name": name, "by": list(by), "at": at, "text": text}


def address(item: EffectiveItem) -> str | None:
    """Where to go: the offices' addresses with their windows, each once."""
    places = [f"{o.address} {o.window}" if o.window else o.address for o in item.offices if o.address]
    return "、".join(dict.fromkeys(places)) or None


def _starts(process: Process) -> Any:
    return process.starts if isinstance(process.starts, str) else process.starts.model_dump()


def _names(named: Iterable[Named]) -> list[str]:
    return [n.name for n in named]


def _material(material: Material) -> dict[str, Any]:
    return {
        "id": material.id,
        "name": material.name,
        "for_whom": material.for_whom_text,
        "when": material.when_text,
        "note": material.note,
        "any_of": _names(material.any_of),
        "original": material.original,
        "copies": material.copies,
        "seal": material.seal,
        "required": material.required,
        "one_of": material.one_of,
        "channel": "、".join(_names(material.channel)) or None,
        "legal_basis": [b.text for b in material.basis],
        "sharing": material.sharing,
    }


def _limit(item: EffectiveItem) -> dict[str, Any]:
    """The printed limit; null where none is printed, with what holds then beside it."""
    printed = item.limit or Limit()
    return {
        "working_days": printed.working_days,
        "calendar_days": printed.calendar_days,
        "calendar_months": printed.calendar_months,
        "for": printed.for_,
        "by_rule": printed.by_rule,
        "at_payment": printed.at_payment,
        "text": printed.text if item.limit else None,
        "in_force": _measured(item.promise),
        "is_default": "limit" in item.defaults,
        "statutory": _measured(item.statutory),
    }


def _measured(limit: Limit | None) -> dict[str, Any] | None:
    if limit is None:
        return None
    return {
        "unit": limit.unit,
        "amount": limit.amount,
        "text": limit.text,
        "from": limit.start,
        "legal_basis": [b.text for b in limit.basis],
    }


def _segment(segment: Segment) -> dict[str, Any]:
    limit = segment.as_limit()
    return {
        "name": segment.name,
        "working_days": segment.working_days,
        "calendar_days": segment.calendar_days,
        "calendar_months": segment.calendar_months,
        "from": segment.start,
        "at": segment.at,
        "clock": segment.clock,
        "text": limit_text(limit.unit, limit.amount),
    }


def _record(record: Condition | Exclusion) -> dict[str, Any]:
    return record.model_dump(by_alias=True, exclude_defaults=True, mode="json")
