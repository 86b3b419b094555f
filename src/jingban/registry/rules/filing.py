"""Where care elsewhere is filed for, and whether a filing reaches a place; codes of GB/T 2260 (reference 3).

A filing goes to a city or a province, never to a hospital; some provinces are one place as a whole.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from jingban.registry.rules.months import later

LONG_TERM, TEMPORARY = "long-term", "temporary"
GROUPS = {
    "retiree": LONG_TERM,
    "long-term": LONG_TERM,
    "posted-worker": LONG_TERM,
    "referral": TEMPORARY,
    "emergency": TEMPORARY,
    "other-temporary": TEMPORARY,
}
"""The group of each category (医保发〔2022〕22号)."""

PROVINCES = frozenset(
    str(code)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 66))
    for code in range(first, last + 1)
)
"""First two digits of the mainland's provinces. Care beyond is nothing that the fund pays (社会保险法第三十条)."""

_UNDER_THE_PROVINCE = "90"
"""Third and fourth digit of counties and cities that stand directly under their province."""


def filing_place(code: str, whole: Collection[str]) -> str:
    """The place that is filed for when somebody names this one: the city, or the province where it is one place.

    ``whole``: first two digits of the provinces that are one place. 110105 is 110000, 130203 is 130200.
    """
    if code[:2] in whole:
        return f"{code[:2]}0000"
    if code[2:] == "0000" or code[2:4] == _UNDER_THE_PROVINCE:
        return code
    return f"{code[:4]}00"


def covers(filed: str, place: str) -> bool:
    """Whether a filing for one place reaches another: 110000 reaches 110105, 130200 reaches 130203."""
    if filed[2:] == "0000":
        return filed[:2] == place[:2]
    if filed[4:] == "00":
        return filed[:4] == place[:4]
    return filed == place


def is_home(place: str, home: str, whole: Collection[str]) -> bool:
    """Whether a place lies where the person is insured; the own province as a whole does not."""
    return filing_place(place, whole) == filing_place(home, whole)


def last_day(start: date, months: int) -> date:
    """The last day of a term of so many months: 2 March and six months end on 1 September."""
    return later(start, months) - timedelta(days=1)


def starts_fitly(start: date, *, applied: date, admitted: date | None, before_admission: int) -> bool:
    """Whether a filing may begin on the day: not before it was applied for, unless care has begun already.

    Then from the admission, or so many days before it, on (备案可在出院结算前补办).
    """
    if start >= applied:
        return True
    return admitted is not None and admitted <= applied and start >= admitted - timedelta(before_admission)
