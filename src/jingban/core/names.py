"""Names of people as certificates write them: rare characters kept, one middle dot for all its look-alikes."""

from __future__ import annotations

import re
import unicodedata

from jingban.core.errors import DomainError

MIDDLE_DOT = "·"
_DOTS = re.compile("[\u2022\u2027\u2219\u22c5\u30fb\uff0e\uff65\u318d\u16eb\u0387\u2024.]")
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF21, 0xFF5B)}
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad]+")
LONGEST = 50


def institution_name(text: str) -> str:
    """The name of an institution without blanks, its signs in their plain form."""
    return "".join(unicodedata.normalize("NFKC", text).split())


class NameWrong(DomainError):
    """Not a name as a certificate could write it."""

    code = "name_wrong"


def person_name(text: str) -> str:
    """The name in its one written form; a name in Chinese loses its blanks, one in Latin letters keeps single ones.

    Characters beyond the basic plane (扩展B区以后) and private ones that platforms still carry stay as they are.
    """
    name = _DOTS.sub(MIDDLE_DOT, _INVISIBLE.sub("", text).translate(_FULL_WIDTH)).replace("\u3000", " ")
    latin = all(ord(sign) < 0x250 for sign in name)
    name = " ".join(name.split()) if latin else "".join(name.split())
    if not name:
        raise NameWrong("姓名没有填写，请按证件填写。")
    if len(name) > LONGEST:
        raise NameWrong(f"姓名最多{LONGEST}个字，请按证件填写。")
    if name.startswith(MIDDLE_DOT) or name.endswith(MIDDLE_DOT) or MIDDLE_DOT * 2 in name:
        raise NameWrong("间隔号“·”应在姓名的两个部分之间，请按证件核对。")
    for sign in name:
        if sign not in f"{MIDDLE_DOT} -'’" and unicodedata.category(sign)[0] != "L" and not _is_private(sign):
            raise NameWrong(f"姓名里的“{sign}”不是证件上的字，请按证件核对。")
    return name


def _is_private(sign: str) -> bool:
    """Characters that a platform keeps in the private area until a standard has them."""
    return unicodedata.category(sign) == "Co"
