"""Months of a 《信息表》 on paper as a clerk types them: a stretch a line, every line that cannot be read named.

A line has the first month, the last month, the kind, and where they are printed the base, the insurance and the
place. The months come first; the rest is known by its form, so its order does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jingban.core.errors import DomainError
from jingban.core.identifiers import plain
from jingban.core.money import to_fen, to_yuan

EXAMPLE = "2018-01 2019-12 视同\n2023-01 2024-12 实缴 5000\n2025-01 2025-12 实缴 400 居民 410900"
MOST_LINES = 600
"""What one sheet may carry (``registry.sheets``)."""
KINDS = {"实缴": False, "实际": False, "实际缴费": False, "缴费": False, "视同": True, "视同缴费": True}
INSURANCES = {
    **dict.fromkeys(("310", "职工", "职工医保", "职工基本医疗保险"), "310"),
    **dict.fromkeys(("390", "居民", "居民医保", "城乡居民基本医疗保险"), "390"),
}
_MONTH = re.compile(r"(\d{4})\D?(0?[1-9]|1[0-2])月?", re.ASCII)
_PLACE = re.compile(r"[1-9][0-9]{5}")
_BASE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")
_FROM_TO = re.compile(r"(\d{4}[-./年]?\d{1,2}月?)\s*[-–—~～至到]+\s*(?=\d{4})")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_BETWEEN = re.compile(r"[\s,，;；、|]+")
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_EMPTY = frozenset({"", "-", "—", "/", "无"})


@dataclass(frozen=True, slots=True)
class Span:
    """Months of one insurance, all alike; a month is a number that counts from year 0."""

    line: int
    months: range
    insurance: str
    deemed: bool
    base: str | None
    place: str

    def as_data(self) -> dict[str, Any]:
        """As the sheet says it."""
        return {
            "insurance": self.insurance,
            **_stretch(self.months),
            "kind": "deemed" if self.deemed else "paid",
            "base": self.base,
            "place": self.place,
        }


class _Unreadable(Exception):
    """A line that cannot be read, in words."""


def read_spans(text: str, *, insurance: str, place: str) -> tuple[list[Span], list[str]]:
    """The stretches, and what is wrong, line by line. A line that names no insurance or place is of these."""
    lines = [(n, line.strip()) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(lines) > MOST_LINES:
        return [], [f"有{len(lines)}行，一份《信息表》最多{MOST_LINES}行；相连的月份请并成一行"]
    found: list[Span] = []
    faults: list[str] = []
    for number, line in lines:
        try:
            found.append(_span(number, _parts(line), insurance, place))
        except _Unreadable as error:
            faults.append(f"第{number}行：{error}")
    return found, [*faults, *_doubled(found)]


def counted(spans: list[Span]) -> tuple[int, int]:
    """Months paid and deemed; a calendar month counts once, as paid if any insurance was paid in it."""
    paid = {month for span in spans if not span.deemed for month in span.months}
    deemed = {month for span in spans if span.deemed for month in span.months}
    return len(paid), len(deemed - paid)


def gaps(spans: list[Span]) -> list[dict[str, Any]]:
    """Months without any insurance between the first month and the last."""
    found: list[dict[str, Any]] = []
    reached = None
    for months in sorted((span.months for span in spans), key=lambda months: months.start):
        if reached is not None and months.start > reached:
            found.append(_stretch(range(reached, months.start)))
        reached = max(reached or 0, months.stop)
    return found


def _span(line: int, parts: list[str], insurance: str, place: str) -> Span:
    months = _months(parts[:2])
    said: dict[str, str] = {}
    for part in parts[2:]:
        name, value = _told(part)
        if name in said:
            raise _Unreadable(f"“{part}”和前面重复，{name}只写一个")
        said[name] = value
    if "缴费类型" not in said:
        raise _Unreadable("没有写缴费类型，请在年月后面写“实缴”或“视同”")
    return Span(
        line,
        months,
        said.get("险种", insurance),
        said["缴费类型"] == "deemed",
        said.get("基数"),
        said.get("缴费地", place),
    )


def _parts(line: str) -> list[str]:
    """What stands in a line, also as copied from a spreadsheet or printed as 2023.01-2024.12."""
    text = _THOUSANDS.sub("", line.translate(_FULL_WIDTH))
    return [part for part in _BETWEEN.split(_FROM_TO.sub(r"\1 ", text)) if part not in _EMPTY]


def _months(parts: list[str]) -> range:
    if len(parts) < 2:
        raise _Unreadable("每行至少写起始年月、终止年月和缴费类型，例如 2023-01 2024-12 实缴")
    first, last = (_month(part) for part in parts)
    if last < first:
        raise _Unreadable(f"终止年月{parts[1]}早于起始年月{parts[0]}，请核对")
    return range(first, last + 1)


def _month(text: str) -> int:
    match = _MONTH.fullmatch(plain(text))
    if match is None or not 1900 <= int(match[1]) <= 2199:
        raise _Unreadable(f"“{text}”不是年月，请写成 2023-01 这样")
    return int(match[1]) * 12 + int(match[2]) - 1


def _told(part: str) -> tuple[str, str]:
    """Which of the four things a word is, and its value."""
    word = plain(part)
    if word in KINDS:
        return "缴费类型", "deemed" if KINDS[word] else "paid"
    if word in INSURANCES:
        return "险种", INSURANCES[word]
    if _PLACE.fullmatch(word):
        return "缴费地", word
    amount = word.removesuffix("元")
    if _BASE.fullmatch(amount):
        return "基数", _amount(amount)
    raise _Unreadable(f"不认识“{part}”，年月后面可以写实缴或视同、基数、职工或居民、6位缴费地代码")


def _amount(text: str) -> str:
    try:
        return f"{to_yuan(to_fen(text)):.2f}"
    except DomainError as error:
        raise _Unreadable(error.message.rstrip("。")) from None


def _doubled(found: list[Span]) -> Iterator[str]:
    """Months that a later line says again of the same insurance."""
    for place, later in enumerate(found):
        for earlier in found[:place]:
            same = _both(later.months, earlier.months)
            if same and later.insurance == earlier.insurance:
                yield f"第{later.line}行：{_words(same)}与第{earlier.line}行重复"
                break


def _both(one: range, other: range) -> range:
    return range(max(one.start, other.start), min(one.stop, other.stop))


def _written(month: int) -> str:
    return f"{month // 12}-{month % 12 + 1:02d}"


def _words(months: range) -> str:
    first, last = _written(months.start), _written(months.stop - 1)
    return first if first == last else f"{first}至{last}"


def _stretch(months: range) -> dict[str, Any]:
    return {"first": _written(months.start), "last": _written(months.stop - 1), "months": len(months)}
