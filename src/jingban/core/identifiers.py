"""Numbers that people and institutions carry: read tolerantly, checked strictly, shown masked.

Only python-stdnum's check-digit functions are used: its region table refuses codes that were right when
the number was given (130284 before 2018), and its credit-code test refuses a leading letter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

from stdnum.cn import ric, uscc

from jingban.core.errors import DomainError
from jingban.core.localtime import today

CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100: no I O S V Z
_LOOKS_LIKE = {"I": "1", "O": "0", "S": "5", "V": "U", "Z": "2"}
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_BLANKS = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad]+")  # also what web pages paste along
_PROVIDER = re.compile(r"[HP][0-9]{11}")
_EARLIEST_BIRTH = date(1800, 1, 1)


class IdentifierWrong(DomainError):
    """A number that cannot be right; says which place and what to compare."""

    code = "identifier_wrong"

    def __init__(self, message: str, *, kind: str, reason: str) -> None:
        super().__init__(message, kind=kind, reason=reason)


def plain(text: str) -> str:
    """Full-width signs made half-width, blanks and invisible signs taken out, capitals.

    Not NFKC: that would also turn ① or ² into a digit, which nobody means by a number.
    """
    return _BLANKS.sub("", text.translate(_FULL_WIDTH)).upper()


@dataclass(frozen=True, slots=True)
class CitizenId:
    """公民身份号码, GB 11643-1999. The first six digits are not held against today's region table."""

    number: str

    @classmethod
    def parse(cls, text: str, *, on: date | None = None) -> CitizenId:
        """Read a number; ``on`` is the day on which it must not lie in the future (default today)."""
        number = plain(text)
        if not number:
            raise _id_wrong("身份证号没有填写，请填写18位身份证号", "empty")
        if len(number) == 15 and number.isascii() and number.isdigit():
            raise _id_wrong("这是15位的旧号码，请按现行身份证填写18位", "fifteen")
        if len(number) != 18:
            raise _id_wrong(f"身份证号应为18位，现在是{len(number)}位，请核对身份证号", "length")
        _check_id_signs(number)
        born = _birth_date(number)
        if born > (on or today()):
            raise _id_wrong(f"第7至14位的出生日期{born.isoformat()}晚于今天，请核对身份证号", "future")
        if ric.calc_check_digit(number) != number[17]:
            raise _id_wrong("第18位校验码不对，请核对身份证号", "check_digit")
        return cls(number)

    @property
    def region(self) -> str:
        """Where the number was first given; not where the person lives."""
        return self.number[:6]

    @property
    def birth_date(self) -> date:
        return date(int(self.number[6:10]), int(self.number[10:12]), int(self.number[12:14]))

    @property
    def sex(self) -> Literal["男", "女"]:
        return "男" if int(self.number[16]) % 2 else "女"

    @property
    def masked(self) -> str:
        return mask_id(self.number)

    def __str__(self) -> str:
        return self.number


def _id_wrong(message: str, reason: str) -> IdentifierWrong:
    return IdentifierWrong(f"{message}。", kind="citizen_id", reason=reason)


def _check_id_signs(number: str) -> None:
    for place, sign in enumerate(number, start=1):
        if sign in "0123456789" or (place == 18 and sign == "X"):
            continue
        hint = "只有第18位可以是字母X" if sign == "X" else "除第18位可为X外，只能是数字"
        raise _id_wrong(f"第{place}位是“{sign}”，{hint}，请核对身份证号", "sign")


def _birth_date(number: str) -> date:
    year, month, day = number[6:10], number[10:12], number[12:14]
    try:
        born = date(int(year), int(month), int(day))
    except ValueError:
        raise _id_wrong(
            f"第7至14位的出生日期{year}年{month}月{day}日不存在，请核对身份证号", "birth_date"
        ) from None
    if born < _EARLIEST_BIRTH:
        raise _id_wrong(f"第7至10位的出生年份{year}太早，请核对身份证号", "birth_date")
    return born


@dataclass(frozen=True, slots=True)
class CreditCode:
    """统一社会信用代码, GB 32100-2015. The first sign may be a letter (A1, N1, Y1 …)."""

    code: str

    @classmethod
    def parse(cls, text: str) -> CreditCode:
        code = plain(text).replace("-", "")
        if not code:
            raise _credit_wrong("统一社会信用代码没有填写，请填写18位代码", "empty")
        if len(code) != 18:
            raise _credit_wrong(f"统一社会信用代码应为18位，现在是{len(code)}位，请对照证书核对", "length")
        for place, sign in enumerate(code, start=1):
            if sign in CREDIT_ALPHABET:
                continue
            like = f"，请看是不是“{_LOOKS_LIKE[sign]}”" if sign in _LOOKS_LIKE else "，请对照证书核对"
            raise _credit_wrong(
                f"第{place}位是“{sign}”，代码只用数字和不含I、O、S、V、Z的大写字母{like}", "sign"
            )
        if uscc.calc_check_digit(code[:17]) != code[17]:
            raise _credit_wrong("第18位校验码不对，请对照证书核对统一社会信用代码", "check_digit")
        return cls(code)

    def __str__(self) -> str:
        return self.code


def _credit_wrong(message: str, reason: str) -> IdentifierWrong:
    return IdentifierWrong(f"{message}。", kind="credit_code", reason=reason)


@dataclass(frozen=True, slots=True)
class ProviderCode:
    """医保定点机构代码: H (institution) or P (pharmacy), region 6, serial 5 (reference 7.3)."""

    code: str

    @classmethod
    def parse(cls, text: str) -> ProviderCode:
        code = plain(text)
        if not _PROVIDER.fullmatch(code):
            raise IdentifierWrong(
                "定点机构代码应为H（医疗机构）或P（零售药店）加11位数字，请核对定点机构代码。",
                kind="provider_code",
                reason="form",
            )
        return cls(code)

    @property
    def kind(self) -> Literal["institution", "pharmacy"]:
        return "institution" if self.code[0] == "H" else "pharmacy"

    @property
    def region(self) -> str:
        return self.code[1:7]

    def __str__(self) -> str:
        return self.code


def _mask(text: str, first: int, last: int) -> str:
    # A text too short to hide at least as much as it shows is hidden whole.
    if len(text) < 2 * (first + last):
        return "*" * len(text)
    return text[:first] + "*" * (len(text) - first - last) + text[len(text) - last :]


def mask_id(text: str) -> str:
    """First three and last four signs (个人信息保护法 art. 28; reference 13)."""
    return _mask(plain(text), 3, 4)


def mask_phone(text: str) -> str:
    """A mobile number as 138****5678; a landline keeps its area code and the last two digits."""
    number = plain(text)
    if re.fullmatch(r"1[0-9]{10}", number):
        return f"{number[:3]}****{number[7:]}"
    area, dash, rest = number.rpartition("-")
    return f"{area}{dash}{_mask(rest, 0, 2)}"


def mask_bank(text: str) -> str:
    """Only the last four digits of an account."""
    return _mask(plain(text), 0, 4)
