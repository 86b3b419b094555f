"""What a yearly rule gives: on the cumulated amount, rounded half up, less what it gave before.

Whole numbers only: fen times millionths. So a claim can be undone and done again to the same fen, the sum of a year does
not hang on the order of its claims, and the same can be written as window sums over millions of claims.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

SCALE = 1_000_000
"""A ratio has at most six places (reference 5.1)."""


def millionths(ratio: Decimal) -> int:
    """A ratio as a whole number, kept between nothing and everything."""
    scaled = ratio * SCALE
    if scaled != int(scaled):
        raise ValueError(f"a ratio has at most six places, not {ratio}")
    return min(max(int(scaled), 0), SCALE)


def rounded(scaled: int) -> int:
    """Millionths of a fen (not below zero) as whole fen, half up."""
    return (2 * scaled + SCALE) // (2 * SCALE)


def part_of(amount: int, part: int, whole: int) -> int:
    """``amount × part ÷ whole`` in whole fen, half up; the whole is above zero."""
    return (2 * amount * part + whole) // (2 * whole)


def reach(limit: int, ratio: int, carried: int = 0) -> int:
    """The largest amount for which ``rounded(carried + amount × ratio)`` is not above ``limit``."""
    return (SCALE * (2 * limit + 1) - 1 - 2 * carried) // (2 * ratio)


@dataclass(frozen=True, slots=True)
class Band:
    """From a cumulated amount on, this many millionths of what lies above it."""

    start: int
    ratio: int


def on_bands(cumulated: int, bands: Sequence[Band]) -> int:
    """What the bands (rising starts) give on a year's cumulated amount, in fen."""
    ends = [*(band.start for band in bands[1:]), cumulated]
    parts = (
        max(min(cumulated, end) - band.start, 0) * band.ratio for band, end in zip(bands, ends, strict=True)
    )
    return rounded(sum(parts))


def gain(before: int, amount: int, bands: Sequence[Band]) -> int:
    """What ``amount`` adds to what the bands give."""
    return on_bands(before + amount, bands) - on_bands(before, bands)


def below(cap: int | None, paid: int, due: int) -> int:
    """What of ``due`` is still below a yearly cap; no cap is None."""
    return due if cap is None else min(due, max(cap - paid, 0))
