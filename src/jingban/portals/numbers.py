"""Numbers out of addresses and forms: case numbers as people type them, and the whole numbers of rows and pages."""

from __future__ import annotations

from jingban.core.checkdigit import is_valid
from jingban.core.errors import DomainError
from jingban.core.identifiers import plain

_HYPHENS = dict.fromkeys(map(ord, "-‐‑‒–—―−﹣"))
_PARTS = (6, 6, 8)
"""Region, item, day; what follows is the sequence with its check digit."""
SHORTEST = 20
"""More digits than an identity number, a credit code or a telephone number has."""
LONGEST_KEY = 15
"""Digits of a row's key; a longer one is nobody's, and a database would stumble over it."""


class CaseNumberWrong(DomainError):
    """A text that cannot be a case number: the check digit tells without looking the case up."""

    code = "case_number_wrong"


def whole(text: str, otherwise: int = 0) -> int:
    """A whole number that an address or a hidden field carries; ``otherwise`` where it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_KEY else otherwise


def typed_number(text: str) -> str:
    """The number as it is stored, whatever its hyphens, or CaseNumberWrong."""
    digits = _digits(text)
    if not looks_like_number(text) or not is_valid(digits):
        raise CaseNumberWrong("办件编号不对，请核对")
    parts, rest = [], digits
    for length in _PARTS:
        parts.append(rest[:length])
        rest = rest[length:]
    return "-".join((*parts, rest))


def looks_like_number(text: str) -> bool:
    """Whether somebody who may also type a name or an identity number means a case number."""
    digits = _digits(text)
    return digits.isascii() and digits.isdecimal() and len(digits) > SHORTEST


def _digits(text: str) -> str:
    return plain(text).translate(_HYPHENS)
