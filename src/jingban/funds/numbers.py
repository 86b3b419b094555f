"""Numbers without gaps: batches and requests of a day, serials of a fund and year (基金流水号)."""

from __future__ import annotations

import unicodedata
from datetime import date

from django.db import connection

from jingban.funds.models import Counter
from jingban.rulebook.cache import regions


def taken(scope: str, count: int = 1) -> int:
    """The first of ``count`` new numbers; held until the transaction ends, so that none is lost or given twice."""
    sql = (
        f"INSERT INTO {Counter._meta.db_table} (scope, last) VALUES (%s, %s) ON CONFLICT (scope) "  # noqa: S608
        f"DO UPDATE SET last = {Counter._meta.db_table}.last + EXCLUDED.last RETURNING last"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [scope, count])
        return int(cursor.fetchone()[0]) - count + 1


def day_number(letter: str, region: str, day: date) -> str:
    """``P999001202611220001``: what it is, the place's code, the day, the number of the day."""
    place = regions()[region].admin_code
    return f"{letter}{place}{day:%Y%m%d}{taken(f'{letter}:{region}:{day:%Y%m%d}'):04d}"


def receipt_mark(text: str) -> str:
    """A receipt's number as it is kept: however its digits were typed, it is the same receipt."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def serials(region: str, fund: str, year: int, count: int) -> range:
    """So many serials of a fund and year, in order."""
    first = taken(f"serial:{region}:{fund}:{year}", count)
    return range(first, first + count)
