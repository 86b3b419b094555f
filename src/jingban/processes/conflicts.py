"""Conflicts of interest: domain apps say who may not decide a case, and why (回避).

Asked for votes of a panel, for findings of a household's means, and for acts of a checking step that change a
register. The procedure itself only knows that whoever made something may not check it (``not_by``); whose kin the
applicant is, the registers know.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, TypeVar

from jingban.core.roles import OWNER_ROLES
from jingban.processes.effects import is_live
from jingban.processes.errors import ConflictOfInterest
from jingban.processes.needs import HOUSEHOLD_NEEDS
from jingban.processes.state import State
from jingban.processes.timing import Procedure

Said = Mapping[str, str] | None
"""What is said in the case, opened, where whoever asks has read it; a rule reads it itself otherwise."""
Conflict = Callable[[Any, int, datetime, Said], str | None]
"""It is handed the case (``jingban.cases.view.CaseView``), the actor and the instant; it says why not, or nothing."""

CONFLICTS: list[Conflict] = []
"""Every rule that the domain apps registered, in the order of registration."""


def conflict(function: Conflict) -> Conflict:
    """Register a rule about who may not decide a case."""
    CONFLICTS.append(function)
    return function


T = TypeVar("T")
_ASKED: ContextVar[dict[Hashable, Any] | None] = ContextVar("asked", default=None)


@contextmanager
def asked_once() -> Iterator[None]:
    """Within it a rule reads once what it reads of whoever acts: one person, many cases, one transaction."""
    before = _ASKED.set({})
    try:
        yield
    finally:
        _ASKED.reset(before)


def of_actor(key: Hashable, read: Callable[[], T]) -> T:
    """What a rule reads of whoever acts."""
    known = _ASKED.get()
    if known is None:
        return read()
    if key not in known:
        known[key] = read()
    found: T = known[key]
    return found


def decides(procedure: Procedure, state: State, act: str) -> bool:
    """Whether the act settles somebody's matter: a vote, a finding of means, a checker's act with live effects.

    Where whoever filed the case may do it too (naming an own account) nothing is settled.
    """
    step = procedure.process.steps.get(state.step)
    if step is None:
        return False
    if step.panel and act == "vote":
        return True
    rule = step.do.get(act)
    if rule is None:
        return False
    if not HOUSEHOLD_NEEDS.isdisjoint(rule.needs):
        return True
    return (
        bool(step.not_by)
        and OWNER_ROLES.isdisjoint(step.by)
        and is_live(e for name in rule.effect for e in (procedure.effect if name == "item" else (name,)))
    )


def concern(view: Any, actor: int, at: datetime, said: Said = None) -> str:
    """Why a rule keeps the actor from deciding anything of the case; nothing where none does."""
    return next((why for rule in CONFLICTS if (why := rule(view, actor, at, said))), "")


def kept_from(view: Any, procedure: Procedure, act: str, actor: int, at: datetime, said: Said = None) -> str:
    """Why a rule keeps the actor from deciding the case by this act; nothing where none does."""
    if not CONFLICTS or not decides(procedure, view.state, act):
        return ""
    return concern(view, actor, at, said)


def hold_apart(view: Any, procedure: Procedure, act: str, actor: int, at: datetime) -> None:
    """Raise ConflictOfInterest where a rule keeps the actor from deciding the case."""
    if why := kept_from(view, procedure, act, actor, at):
        raise ConflictOfInterest(why)
