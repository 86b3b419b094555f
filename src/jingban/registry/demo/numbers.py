"""Invented numbers that pass every check and belong to nobody: on region codes that were never issued."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from stdnum.cn import ric, uscc

AREA = "999"
"""No province has 99: a number that begins so was never given to anybody."""
_ORDER = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_A_DAY = 490
"""People of one sex, area and birth date that have room (the sequence has three digits, odd for men)."""


@dataclass(slots=True)
class Numbers:
    """Numbers of one region, each once; the same in the same order of asking."""

    place: int
    _given: Counter[date] = field(default_factory=Counter)

    def citizen(self, born_on: date, sex: str) -> str:
        """公民身份号码 of somebody born on the day."""
        area, turn = divmod(self._given[born_on], _A_DAY)
        self._given[born_on] += 1
        sequence = 2 * turn + (1 if sex == "male" else 2)
        head = f"{AREA}{self.place % 10}{area % 100:02d}{born_on:%Y%m%d}{sequence:03d}"
        return head + str(ric.calc_check_digit(head + "0"))


def credit_code(place: int, seed: int, turn: int) -> str:
    """统一社会信用代码 of the unit so many of this seed."""
    own, left = "", seed % 31**4 * 31**4 + turn
    for _ in range(8):
        left, sign = divmod(left, len(_ORDER))
        own = _ORDER[sign] + own
    head = f"91{AREA}{place % 10:03d}{own}0"
    return head + str(uscc.calc_check_digit(head))


def phone(turn: int) -> str:
    """A number of eleven digits in a range (100…) in which no mobile phone has one."""
    return f"100{turn % 10**8:08d}"
