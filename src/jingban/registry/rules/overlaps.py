"""Days and months that two rows share: what keeps two registrations from becoming one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Protocol

from jingban.registry.rules import months as m


class Spell(Protocol):
    """Anything with a period."""

    start_on: date
    end_on: date | None


class Run(Spell, Protocol):
    """A run of months of one slot."""

    slot: int


def shared_days(one: Spell, other: Spell) -> tuple[date, date | None] | None:
    """The days of both, from and to; without an end where both go on; none where they share no day."""
    start = max(one.start_on, other.start_on)
    ends = [end for end in (one.end_on, other.end_on) if end is not None]
    end = min(ends) if ends else None
    return None if end is not None and end < start else (start, end)


def overlapping_months(ones: Iterable[Run], others: Iterable[Run]) -> list[str]:
    """The months that stand in both for the same slot, in words, in order."""
    mine, theirs = _months(ones), _months(others)
    return [
        m.words(run)
        for slot in sorted(mine.keys() & theirs.keys())
        for run in m.runs(mine[slot] & theirs[slot])
    ]


def _months(runs: Iterable[Run]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for run in runs:
        if run.end_on is not None:
            found.setdefault(run.slot, set()).update(m.span(run.start_on, run.end_on))
    return found
