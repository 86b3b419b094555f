"""First letters of a name's pinyin, by which a clerk finds people: 张小凤 is ZXF."""

from __future__ import annotations

import os
from functools import lru_cache
from unicodedata import normalize

from jingban.core.names import MIDDLE_DOT

LONGEST = 32
SURNAMES = {
    "曾": "Z", "单": "S", "解": "X", "查": "Z", "仇": "Q", "翟": "Z", "区": "O", "种": "C", "折": "S", "召": "S", "乐": "Y",
}  # fmt: skip
"""How these characters are read as a surname, where they are read otherwise in other words."""
DOUBLE = {"尉迟": "YC", "万俟": "MQ", "长孙": "ZS", "单于": "CY", "澹台": "TT"}


def initials(name: str) -> str:
    """A letter for each character, the surname as it is read as one; of a name in Latin letters, for each word."""
    first = DOUBLE.get(name[:2]) or SURNAMES.get(name[:1], "")
    if all(ord(sign) < 0x250 for sign in name):
        return "".join(_letter(word[0]) for word in name.replace(MIDDLE_DOT, " ").split())[:LONGEST]
    return (first + "".join(_letter(sign) for sign in name[len(first) :]))[:LONGEST]


@lru_cache(maxsize=32768)
def _letter(sign: str) -> str:
    """The letter of one character; none for a dot, or for a character that no dictionary reads."""
    # Characters one by one need no dictionary of phrases: half the start and sixty megabytes less.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    from pypinyin import Style, lazy_pinyin

    plain = normalize("NFKD", sign)[0]
    if plain.isascii():
        return plain.upper() if plain.isalpha() else ""
    read = lazy_pinyin(sign, style=Style.FIRST_LETTER, errors="ignore")
    return read[0][:1].upper() if read else ""
