"""What a case would change, before it does: the effect is run and taken back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.db import transaction

from jingban.cases.work import Work
from jingban.core.errors import DomainError
from jingban.processes.effects import run_effects
from jingban.registry.changes import Changed, listening


class _TakenBack(Exception):
    """Ends the trial run."""


@dataclass(frozen=True, slots=True)
class Preview:
    """Before and after of every row that would change, or why nothing can."""

    changes: tuple[Changed, ...] = ()
    fault: str = ""
    code: str = ""

    @property
    def is_possible(self) -> bool:
        return not self.fault


def preview(work: Work, effects: Iterable[str] | None = None) -> Preview:
    """Run the item's effects (or these) on the registers as they stand, and take everything back."""
    names = work.item.effects if effects is None else tuple(effects)
    with listening() as heard:
        try:
            with transaction.atomic():
                run_effects(names, replace(work, trial=True))
                raise _TakenBack
        except _TakenBack:
            return Preview(tuple(heard))
        except DomainError as error:
            return Preview((), error.message, error.code)
