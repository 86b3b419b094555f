"""What of a decision is health data, sealed: what it was worked out from, each step, and what it adds to the year.

Names of accumulators and of figures carry codes of diseases, days of births are those of patients. Whoever opens them
asked ``may`` and told the audit. Sums by fund and by kind of amount stay readable, for reports.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import TypeAdapter

from jingban.benefits.models import Decision
from jingban.core.crypto import open_sealed, reseal, seal


@dataclass(frozen=True, slots=True)
class Facts:
    """What other decisions of the person look at. ``before``: what the year had added up to; ``event``: of maternity."""

    before: dict[str, int] = field(default_factory=dict)
    increments: dict[str, int] = field(default_factory=dict)
    event: str = ""
    event_on: date | None = None


_FACTS = TypeAdapter(Facts)


def inputs_of(decision: Decision) -> str:
    """What a decision was worked out from."""
    return open_sealed(bytes(decision.inputs), context=_context(decision.case_id, decision.turn))


def results_of(decision: Decision) -> list[dict[str, Any]]:
    """Each result with its amounts, its steps and the figures that it used."""
    context = _context(decision.case_id, decision.turn, "working")
    found: list[dict[str, Any]] = json.loads(open_sealed(bytes(decision.working), context=context))
    return found


def facts_of(decision: Decision) -> Facts:
    """What a decision adds to the year, what it saw of it, and the event that it is about."""
    context = _context(decision.case_id, decision.turn, "facts")
    return _FACTS.validate_json(open_sealed(bytes(decision.facts), context=context))


def sealed(
    case_id: int, turn: int, *, inputs: str, results: list[dict[str, Any]], facts: Facts
) -> dict[str, bytes]:
    """The sealed columns of a turn."""
    working = json.dumps(results, ensure_ascii=False, separators=(",", ":"))
    return {
        "inputs": seal(inputs, context=_context(case_id, turn)),
        "working": seal(working, context=_context(case_id, turn, "working")),
        "facts": seal(_FACTS.dump_json(facts).decode(), context=_context(case_id, turn, "facts")),
    }


def reseal_decisions() -> int:
    """Seal what an older key sealed again by the current one; how many rows changed."""
    changed = 0
    for row in Decision.objects.order_by("id").iterator(chunk_size=200):
        old = {"inputs": bytes(row.inputs), "working": bytes(row.working), "facts": bytes(row.facts)}
        parts = {"inputs": "", "working": "working", "facts": "facts"}
        new = {
            name: reseal(old[name], context=_context(row.case_id, row.turn, part))
            for name, part in parts.items()
        }
        if new != old:
            changed += Decision.objects.filter(pk=row.pk).update(**new)
    return changed


def _context(case_id: int, turn: int, part: str = "") -> bytes:
    """Where a sealed column of a turn belongs: none opens in the place of another."""
    return f"decision:{case_id}:{turn}{':' if part else ''}{part}".encode()
