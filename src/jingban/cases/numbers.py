"""Case numbers without a race: region + item + date + sequence + check digit."""

from __future__ import annotations

from datetime import date
from zlib import crc32

from django.db import connection

from jingban.core.checkdigit import with_check_digit
from jingban.rulebook.effective import EffectiveItem

_NEXT = (
    "INSERT INTO cases_casecounter (scope, last) VALUES (%s, 1) "
    "ON CONFLICT (scope) DO UPDATE SET last = cases_casecounter.last + 1 RETURNING last"
)


def next_number(*, admin_code: str, item_code: str, day: date) -> str:
    """The next number of the day; the counter row is locked until the opening commits."""
    scope = f"{admin_code}-{item_code}-{day:%Y%m%d}"
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [scope])
        row = cursor.fetchone()
    return with_check_digit(f"{scope}-{row[0]:06d}")


def item_code(item: EffectiveItem) -> str:
    """Six digits for the item: the national suffix, or, for a local item, figures made from its name.

    Should two local items get the same figures they share one counter, so numbers stay unique.
    """
    suffix = (item.code or "")[-6:]
    if len(suffix) == 6 and suffix.isdigit():
        return suffix
    return f"9{crc32(item.item.encode()) % 100_000:05d}"
