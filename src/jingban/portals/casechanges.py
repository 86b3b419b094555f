"""What a case changes in the registers: before it does (tried and taken back), after it did, and who else means to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from jingban.access.service import Actor
from jingban.cases.procedures import procedure_of
from jingban.cases.view import CaseView
from jingban.cases.work import work_now
from jingban.core.errors import DomainError
from jingban.core.localtime import local_day
from jingban.portals import doors
from jingban.portals.middleware import is_fault
from jingban.processes.effects import REGISTRY, moves_registers
from jingban.processes.timing import Procedure
from jingban.registry import service as registry
from jingban.rulebook import publish
from jingban.rulebook.effective import EffectiveItem

WITHDRAWAL = "registry.withdraw_account"
MOST = 40
"""So many rows are shown one by one; a roster has thousands."""


@dataclass(frozen=True, slots=True)
class Rival:
    """Another open case on the same fields; ``number`` is blank where the reader may not see it."""

    number: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RegisterPanel:
    """The register part of a case page."""

    number: str
    tried: bool
    ahead: tuple[registry.Altered, ...] = ()
    fault: str = ""
    rivals: tuple[Rival, ...] = ()
    done: tuple[registry.Altered, ...] = ()
    more: int = 0
    pays: str = ""
    """What a withdrawal takes out, in yuan."""


def concerns_registers(item: EffectiveItem, process: str) -> bool:
    """Whether a case of this entry ever changes a register: no read."""
    return moves_registers(item.effects) or any(
        moves_registers(rule.effect)
        for step in item.process_named(process).steps.values()
        for rule in (*step.do.values(), *(step.receives.ways.values() if step.receives else ()))
    )


def register_panel(view: CaseView, actor: Actor, now: datetime, *, full: bool = False) -> RegisterPanel:
    """Before and after for whoever may read the case; the caller asked and told the audit."""
    item = publish.version(view.version_id).item
    procedure = procedure_of(view.version_id, view.process, local_day(now))
    done = registry.altered(registry.changes_of_case(view.id), full=full)
    names = effects_here(view, item, procedure)
    ahead: list[registry.Altered] = []
    fault, rivals = "", tuple[Rival, ...]()
    if view.is_open:
        work = work_now(view, item, actor=actor.id, at=now)
        rivals = _rivals(registry.conflicts(work), actor)
        if names:
            tried = registry.preview(work, names)
            ahead, fault = registry.altered(tried.changes, full=full), tried.fault
    return RegisterPanel(
        number=view.number,
        tried=bool(names) and view.is_open,
        pays=withdrawal_amount(view, actor, now) if WITHDRAWAL in names else "",
        ahead=tuple(ahead[:MOST]),
        fault=fault,
        rivals=rivals,
        done=tuple(done[:MOST]),
        more=max(0, len(ahead) - MOST) + max(0, len(done) - MOST),
    )


def withdrawal_amount(view: CaseView, actor: Actor, now: datetime) -> str:
    """What an open case of 个人账户一次性支取 pays, in yuan, for the act that approves it; nothing where nothing is known."""
    item = publish.version(view.version_id).item
    if WITHDRAWAL not in item.effects or not view.is_open:
        return ""
    try:
        due = registry.withdrawal_due(work_now(view, item, actor=actor.id, at=now))
    except DomainError as error:
        if is_fault(error):
            raise
        return ""  # the act says why
    return f"{due:.2f}" if due else ""


def effects_here(view: CaseView, item: EffectiveItem, procedure: Procedure) -> tuple[str, ...]:
    """The live effects of the acts of this step; at acceptance, what the entry will do in the end."""
    step = procedure.process.steps.get(view.step)
    if step is None:
        return ()
    for rule in step.do.values():
        names = tuple(e for name in rule.effect for e in (item.effects if name == "item" else (name,)))
        if moves_registers(names):
            return tuple(name for name in names if name in REGISTRY)
    is_first = view.step in {way.to for way in procedure.process.first_ways}
    if is_first and view.process == item.process.process and moves_registers(item.effects):
        return tuple(name for name in item.effects if name in REGISTRY)
    return ()


def _rivals(found: Iterable[registry.Conflict], actor: Actor) -> tuple[Rival, ...]:
    found = list(found)
    readable = doors.readable_numbers(actor, [conflict.case for conflict in found])
    return tuple(Rival(readable.get(conflict.case, ""), conflict.fields) for conflict in found)
