"""When two numbers may be one number written twice: a slip of one digit, two digits exchanged, the old form.

Only what a check digit does not catch is left to look at: whoever copies a wrong number from a paper also
copies, or works out, a check digit that fits. So the check digit itself is not compared.
"""

from __future__ import annotations

import re
from itertools import combinations
from typing import Literal

Why = Literal["same-number", "one-digit", "exchanged", "old-number"]

WORDS: dict[Why, str] = {
    "same-number": "证件号码相同",
    "one-digit": "姓名、出生日期相同，证件号码相差一位",
    "exchanged": "姓名、出生日期相同，证件号码有相邻两位对调",
    "old-number": "姓名、出生日期相同，一个是15位旧号码",
}
_CITIZEN = re.compile(r"[0-9]{17}[0-9X]")
_OLD = re.compile(r"[0-9]{15}")


def near(one: str, other: str) -> Why | None:
    """Why two numbers may be one; none where they differ in more than a slip."""
    if one == other:
        return "same-number"
    first, second = body(one), body(other)
    if first == second:
        return "old-number" if len(one) != len(other) else "one-digit"
    if len(first) != len(second):
        return None
    places = [place for place in range(len(first)) if first[place] != second[place]]
    if len(places) == 1:
        return "one-digit"
    if len(places) == 2 and places[1] == places[0] + 1:
        left, right = places
        return "exchanged" if (first[left], first[right]) == (second[right], second[left]) else None
    return None


def body(number: str) -> str:
    """The part that says who: a citizen's number without its check digit, an old one with its century.

    The numbers of 15 digits were given until 1999 to people born in 1900 or later.
    """
    if _CITIZEN.fullmatch(number):
        return number[:17]
    if _OLD.fullmatch(number):
        return f"{number[:6]}19{number[6:]}"
    return number


def nearest(ones: set[str], others: set[str]) -> Why | None:
    """The strongest reason among the numbers of two people; the same number before a slip."""
    found = {why for one in ones for other in others if (why := near(one, other))}
    return next((why for why in WORDS if why in found), None)


def suspects(numbers: dict[int, set[str]]) -> list[tuple[int, int, Why]]:
    """The pairs among people of one name and birth date whose numbers are near, in the order of their keys."""
    pairs = combinations(sorted(numbers), 2)
    return [(a, b, why) for a, b in pairs if (why := nearest(numbers[a], numbers[b]))]
