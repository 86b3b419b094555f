"""Where domain apps register what a step does; ``effects.yaml`` declares the names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Effect = Callable[[Any], None]
"""It is handed the ``Work`` (``jingban.cases.work``): the case, who acts, when, what the application says."""

REGISTRY: dict[str, Effect] = {}
"""Live effects by name. The rulebook check refuses a live name that is not here."""


def effect(name: str) -> Callable[[Effect], Effect]:
    """Register a function as the effect of this name; it runs inside the act's transaction."""

    def register(function: Effect) -> Effect:
        if name in REGISTRY:
            raise ValueError(f"effect {name} is registered twice")
        REGISTRY[name] = function
        return function

    return register


def is_live(names: Iterable[str]) -> bool:
    """Whether any of the names has a function: planned ones do nothing yet."""
    return not REGISTRY.keys().isdisjoint(names)


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
    live = [REGISTRY[name] for name in names if name in REGISTRY]
    for function in (*BEFORE, *live) if live else ():
        function(work)


def run_filed(work: Any) -> None:
    """What the domain apps do with a case that was filed."""
    for function in FILED:
        function(work)
