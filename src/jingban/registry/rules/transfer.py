"""Months that move between agencies: which are new to a register, and where insurance was interrupted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from jingban.registry.rules import months as m


@dataclass(frozen=True, slots=True)
class Run:
    """Months of one insurance, all alike: paid or deemed, on one base, at one place."""

    insurance: str
    months: range
    deemed: bool
    base: str | None
    place: str


@dataclass(frozen=True, slots=True)
class Sorted:
    """What a sheet brings: months to add, and months that the register has from elsewhere."""

    fresh: tuple[Run, ...]
    elsewhere: tuple[Run, ...]


def sort_out(sheet: Iterable[Run], known: Mapping[str, Mapping[int, str]]) -> Sorted:
    """Months of a sheet held against what the register knows: insurance to month to place.

    A month counts once for an insurance. Known from the same place it is the same month and is left; known from
    another place the register's stands, and the sheet's is reported as doubled.
    """
    fresh: list[Run] = []
    elsewhere: list[Run] = []
    for run in sheet:
        places = known.get(run.insurance, {})
        fresh += _parts(run, (n for n in run.months if n not in places))
        elsewhere += _parts(run, (n for n in run.months if places.get(n, run.place) != run.place))
    return Sorted(tuple(fresh), tuple(elsewhere))


def _parts(run: Run, chosen: Iterable[int]) -> list[Run]:
    return [replace(run, months=part) for part in m.runs(chosen)]


def interruptions(runs: Iterable[Run]) -> list[range]:
    """Months without any insurance between the first month and the last."""
    covered = {month for run in runs for month in run.months}
    if not covered:
        return []
    return m.runs(set(range(min(covered), max(covered))) - covered)


def doubled(runs: Iterable[Run]) -> list[range]:
    """Months that a sheet says twice of one insurance."""
    seen: dict[str, set[int]] = {}
    twice: set[int] = set()
    for run in runs:
        own = seen.setdefault(run.insurance, set())
        twice |= own & set(run.months)
        own |= set(run.months)
    return m.runs(twice)


def count(runs: Iterable[Run]) -> tuple[int, int]:
    """Months paid and deemed; over all insurances a calendar month counts once, as paid if any was paid."""
    paid: set[int] = set()
    deemed: set[int] = set()
    for run in runs:
        (deemed if run.deemed else paid).update(run.months)
    return len(paid), len(deemed - paid)


def within(months: range, latest: int) -> bool:
    """Whether the months lie in the past, the current one included."""
    return bool(months) and months.stop - 1 <= latest
