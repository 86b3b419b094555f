"""The check digit of case numbers, and the query code that goes with a number.

A case number is digits (hyphens are for the eye), so that it can be typed on a telephone and a kiosk.
Its check digit is Damm's: one decimal digit that finds *every* single wrong digit and *every* exchange of
two neighbours. ISO 7064 MOD 11,10 (also one digit) lets about one exchange in fifty pass, and MOD 37,36
may answer with a letter O or I, which nobody can tell from 0 or 1 over the telephone.
"""

from __future__ import annotations

import secrets

from jingban.core.errors import DomainError

# Damm (2004), the totally anti-symmetric quasigroup of order 10.
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)

# Without signs that look alike (0 O D Q, 1 I L, B beside 8, S beside 5, Z beside 2, G beside 6) or sound
# alike when read out (B P T E V, N beside M): twenty signs are left, and nine of them are 39 bits.
QUERY_ALPHABET = "23456789ACFHJKMRUWXY"
QUERY_LENGTH = 9


class QueryCodeWrong(DomainError):
    """A text that cannot be a query code."""

    code = "query_code_wrong"


def _digits(text: str) -> str:
    digits = text.replace("-", "")
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError(f"a case number is digits and hyphens: {text!r}")
    return digits


def _damm(digits: str) -> int:
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][ord(digit) - 48]
    return interim


def check_digit(body: str) -> str:
    """The digit that follows ``body``."""
    return str(_damm(_digits(body)))


def with_check_digit(body: str) -> str:
    """``body`` with its check digit at the end."""
    return body + check_digit(body)


def is_valid(number: str) -> bool:
    """Whether a number (as a person typed it, hyphens or not) carries the right check digit."""
    try:
        digits = _digits(number.strip())
    except ValueError:
        return False
    return len(digits) > 1 and _damm(digits) == 0


def query_code() -> str:
    """A fresh random query code; with the case number it opens the progress page."""
    drawn = secrets.randbelow(len(QUERY_ALPHABET) ** QUERY_LENGTH)  # drawn at once: each draw asks the kernel
    signs: list[str] = []
    for _ in range(QUERY_LENGTH):
        drawn, sign = divmod(drawn, len(QUERY_ALPHABET))
        signs.append(QUERY_ALPHABET[sign])
    return "".join(signs)


def normalise_query_code(text: str) -> str:
    """A query code as a person typed it: case, blanks and hyphens do not matter."""
    from jingban.core.identifiers import plain

    code = plain(text).replace("-", "").upper()
    if len(code) != QUERY_LENGTH or any(sign not in QUERY_ALPHABET for sign in code):
        raise QueryCodeWrong(
            f"查询码应为{QUERY_LENGTH}位，只含数字2-9和字母{QUERY_ALPHABET[8:]}，请对照受理通知书重新输入。"
        )
    return code
