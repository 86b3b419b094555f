"""Case numbers: region + item + date + sequence + check digit; ``store`` takes them without a race or a gap."""

from __future__ import annotations

from datetime import date
from zlib import crc32

from jingban.core.checkdigit import with_check_digit
from jingban.rulebook.effective import EffectiveItem


def scope_of(*, admin_code: str, item_code: str, day: date) -> str:
    """What numbers are counted by: the region, the item, the day."""
    return f"{admin_code}-{item_code}-{day:%Y%m%d}"


def number_of(scope: str, sequence: int) -> str:
    """The case number with its check digit."""
    return with_check_digit(f"{scope}-{sequence:06d}")


def item_code(item: EffectiveItem) -> str:
    """Six digits for the item: the national suffix, or, for a local item, figures made from its name.

    Should two local items get the same figures they share one counter, so numbers stay unique.
    """
    suffix = (item.code or "")[-6:]
    if len(suffix) == 6 and suffix.isdigit():
        return suffix
    return f"9{crc32(item.item.encode()) % 100_000:05d}"
