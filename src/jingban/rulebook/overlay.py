"""How a region's file lies over a national one, and what a procedure is after that."""

from __future__ import annotations

import json
from typing import Any

from jingban.processes.model import Process
from jingban.rulebook.book import National


def overlay(base: Any, over: Any) -> Any:
    """Maps merge by key, null removes the key, anything else (lists too) is replaced whole."""
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    merged = dict(base)
    for key, value in over.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = overlay(base[key], value) if key in base else _without_nulls(value)
    return merged


def _without_nulls(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {k: _without_nulls(v) for k, v in value.items() if v is not None}


def raw_process(national: National, name: str, procedure: dict[str, Any]) -> dict[str, Any]:
    """The procedure's data: file, region's overlay, then the common acts and their ends written out."""
    merged: dict[str, Any] = overlay(national.processes[name], procedure)
    acts, ends = national.common.get("common", {}), national.common.get("ends", {})
    if used := merged.get("common"):
        merged["common"] = {key: overlay(acts.get(key, {}), own) for key, own in used.items()}
        targets = [act.get("to") for act in merged["common"].values() if isinstance(act, dict)]
        missing = {to: ends[to] for to in targets if to in ends and to not in merged.get("ends", {})}
        if missing:
            merged["ends"] = {**merged.get("ends", {}), **missing}
    return merged


class Processes:
    """Merged procedures, each built once: most entries share theirs."""

    def __init__(self, national: National) -> None:
        self.national = national
        self.built: dict[str, Process] = {}

    def of(self, name: str, procedure: dict[str, Any]) -> Process:
        key = name + json.dumps(procedure, ensure_ascii=False) if procedure else name
        if key not in self.built:
            self.built[key] = Process.model_validate(raw_process(self.national, name, procedure))
        return self.built[key]
