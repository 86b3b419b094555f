"""Where domain apps register what a step does; ``effects.yaml`` declares the names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Effect = Callable[..., None]

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


def run_effects(names: list[str], **context: Any) -> None:
    """Run the live ones in order; an error takes the whole act back. Planned ones do nothing yet."""
    for name in names:
        if name in REGISTRY:
            REGISTRY[name](**context)
