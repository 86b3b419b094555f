"""Where domain apps register what a step does; ``effects.yaml`` declares the names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

Effect = Callable[[Any], None]
"""It is handed the ``Work`` (``jingban.cases.work``): the case, who acts, when, what the application says."""

REGISTRY: dict[str, Effect] = {}
"""Live effects by name. The rulebook check refuses a live name that is not here."""

BESIDE: set[str] = set()
"""Those that change no register: what is held before registers change does not concern them."""


def effect(name: str, *, moves_registers: bool = True) -> Callable[[Effect], Effect]:
    """Register a function as the effect of this name; it runs inside the act's transaction."""

    def register(function: Effect) -> Effect:
        if name in REGISTRY:
            raise ValueError(f"effect {name} is registered twice")
        REGISTRY[name] = function
        if not moves_registers:
            BESIDE.add(name)
        return function

    return register


_DONE: ContextVar[frozenset[str]] = ContextVar("done", default=frozenset())


@contextmanager
def done_already(*names: str) -> Iterator[None]:
    """Cases that move in here find these effects done: whoever moves many at once did it for all of them before."""
    before = _DONE.set(_DONE.get() | frozenset(names))
    try:
        yield
    finally:
        _DONE.reset(before)


def is_live(names: Iterable[str]) -> bool:
    """Whether any of the names has a function that is still to be run: planned ones do nothing yet."""
    return bool(_live(names))


def moves_registers(names: Iterable[str]) -> bool:
    """Whether any of them still has a register to change: then claims are staked, and shown before and after."""
    return not BESIDE.issuperset(_live(names))


def _live(names: Iterable[str]) -> list[str]:
    return [name for name in names if name in REGISTRY and name not in _DONE.get()]


FILED: list[Effect] = []
"""Run when a case whose item has live effects is filed, and again when its papers were looked at."""
BEFORE: list[Effect] = []
"""Run before the effects of a step: what stands in their way is an error."""


def when_filed(function: Effect) -> Effect:
    """Register what a domain app does when a case is filed."""
    FILED.append(function)
    return function


def before_effects(function: Effect) -> Effect:
    """Register what a domain app holds before any effect runs."""
    BEFORE.append(function)
    return function


def run_effects(names: Iterable[str], work: Any) -> None:
    """Run the live ones in order; an error takes the whole act back."""
    names = tuple(names)
    before = tuple(BEFORE) if moves_registers(names) else ()
    for function in (*before, *(REGISTRY[name] for name in _live(names))):
        function(work)


def run_filed(work: Any) -> None:
    """What the domain apps do with a case that was filed."""
    for function in FILED:
        function(work)
