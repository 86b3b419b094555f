"""The table of expenses as it is typed: cells to lines, each judged with what the catalogue of its day says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from jingban.benefits import service as benefits
from jingban.benefits.service import CatalogueEntry, Item, LineDraft
from jingban.cases.forms import checked_answer
from jingban.core.errors import DomainError
from jingban.core.identifiers import plain
from jingban.core.money import round_fen, show_yuan, to_fen
from jingban.portals.desk.register.forms import field as question

TITLES = {
    "day": "日期", "code": "目录编码", "name": "项目名称", "quantity": "数量", "price": "单价（元）",
    "amount": "金额（元）", "fits": "限定支付", "excluded": "不予支付的原因",
}  # fmt: skip
FITS = {"": "—", "yes": "符合", "no": "不符合"}
EXCLUDED = {"": "—", **{key: reason.text for key, reason in benefits.EXCLUSIONS.items()}}
CHOICES: Mapping[str, Mapping[str, str]] = {"fits": FITS, "excluded": EXCLUDED}
MODES = {"day": "numeric", "quantity": "decimal", "price": "decimal", "amount": "decimal"}
CLASSES = {"A": "甲类", "B": "乙类", "C": "丙类"}
LONGEST = 120
DAY = question("day", "日期", "day")
_FIGURE = re.compile(r"[+-]?[0-9]{1,12}(?:\.[0-9]{1,4})?")


@dataclass(frozen=True, slots=True)
class Typed:
    """A line as it was typed: its number on the page and its cells by column."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Judged:
    """A line with what is wrong in it by cell, and what the catalogue says."""

    typed: Typed
    draft: LineDraft | None
    faults: Mapping[str, str]
    entry: CatalogueEntry | None = None

    @property
    def line(self) -> int:
        return self.typed.line

    @property
    def note(self) -> str:
        return entry_words(self.entry) if self.entry else ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as an input."""

    line: int
    key: str
    value: str
    fault: str = ""

    @property
    def id(self) -> str:
        return f"line.{self.line}.{self.key}"

    @property
    def title(self) -> str:
        return TITLES[self.key]

    @property
    def mode(self) -> str:
        return MODES.get(self.key, "")

    @property
    def choices(self) -> Mapping[str, str]:
        known = CHOICES.get(self.key, {})
        return known if not known or self.value in known else {**known, self.value: self.value}

    @property
    def text(self) -> str:
        return (
            CHOICES[self.key].get(self.value, self.value)
            if self.key in CHOICES and self.value
            else self.value
        )

    @property
    def shown(self) -> str:
        """The same to be read: sums of money with their thousands apart."""
        is_money = self.key in ("price", "amount") and _FIGURE.fullmatch(self.value)
        return f"{Decimal(self.value):,}" if is_money else self.text


@dataclass(frozen=True, slots=True)
class Row:
    """A line as the page shows it."""

    line: int
    cells: tuple[Cell, ...]
    faults: tuple[str, ...] = ()
    note: str = ""
    limited: str = ""


@dataclass(slots=True)
class _Reading:
    """The figures of a line while they are read."""

    cells: Mapping[str, str]
    faults: dict[str, str] = field(default_factory=dict)

    def figure(self, key: str, most: int) -> Decimal | None:
        """A number with at most so many places; nothing where the cell is empty or wrong."""
        text = plain(self.cells.get(key, "")).replace(",", "")
        if not text:
            return None
        number = Decimal(text) if _FIGURE.fullmatch(text) else None
        places = -int(number.as_tuple().exponent) if number is not None else most + 1
        if places > most:
            self.faults[key] = f"{TITLES[key]}“{text[:20]}”应为数字，最多{most}位小数"
            return None
        return number


def judged(region: str, typed: Sequence[Typed], began_on: date | None) -> list[Judged]:
    """Every line by itself. A day left blank is that of the line before; the first one's is the day of admission."""
    days, wrong = _days(typed, began_on)
    wanted = {
        (code_of(line.cells), day)
        for line, day in zip(typed, days, strict=True)
        if day and code_of(line.cells)
    }
    known = benefits.find_in_catalogue(region, wanted) if wanted else {}
    found = []
    for line, day in zip(typed, days, strict=True):
        entry = known.get((code_of(line.cells), day)) if day else None
        found.append(_judged(line, day, wrong.get(line.line, ""), entry))
    return found


def code_of(cells: Mapping[str, str]) -> str:
    """The code as the catalogue has it, however it is typed: in small letters it would be found in no list."""
    return plain(cells.get("code", "").replace("\0", ""))


def _days(typed: Sequence[Typed], began_on: date | None) -> tuple[list[date | None], dict[int, str]]:
    days: list[date | None] = []
    wrong: dict[int, str] = {}
    last = began_on
    for line in typed:
        text = line.cells.get("day", "")
        try:
            last = day_of(text) if text else last
            days.append(last)
        except DomainError as error:
            days.append(None)
            wrong[line.line] = error.message
    return days, wrong


def day_of(text: str) -> date:
    """A day as people write it. Raises AnswerWrong."""
    return date.fromisoformat(checked_answer(DAY, text, {}, date.max))


def _judged(typed: Typed, day: date | None, wrong_day: str, entry: CatalogueEntry | None) -> Judged:
    cells, reading = typed.cells, _Reading(typed.cells)
    quantity, price = reading.figure("quantity", 4), reading.figure("price", 4)
    amount = _amount(reading, quantity, price)
    name = cells.get("name", "") or (entry.name if entry else "")
    faults = reading.faults
    if wrong_day or day is None:
        faults["day"] = wrong_day or "请填写日期"
    if not name and (day or not cells.get("code")):  # without a day the catalogue was not asked
        unknown = "这一天的目录里没有这个编码，请核对编码，或填写项目名称"
        faults["name"] = unknown if cells.get("code") else "请填写项目名称，或填写目录编码"
    limited = bool(entry and entry.limited_use and not cells.get("excluded"))
    if limited and cells.get("fits", "") not in ("yes", "no"):
        faults["fits"] = f"限定支付：{entry.limited_use if entry else ''}。请选择符合或不符合"
    if faults or day is None or amount is None:
        return Judged(typed, None, faults, entry)
    draft = LineDraft(
        name=name,
        amount=amount,
        day=day,
        code=code_of(cells),
        quantity=quantity if quantity is not None else Decimal(1),
        price=price,
        excluded=cells.get("excluded", ""),
        fits_limit={"yes": True, "no": False}.get(cells.get("fits", "")),
    )
    try:
        benefits.check_line(draft)
    except DomainError as error:
        return Judged(typed, None, {"amount": error.message}, entry)
    return Judged(typed, draft, {}, entry)


def _amount(reading: _Reading, quantity: Decimal | None, price: Decimal | None) -> int | None:
    """In fen; one left blank is quantity × price."""
    said = reading.figure("amount", 2)
    if said is not None:
        return to_fen(said)
    if "amount" not in reading.faults:
        if price is not None:
            return round_fen((price * (1 if quantity is None else quantity)).scaleb(2))
        reading.faults["amount"] = "请填写金额，或填写数量和单价"
    return None


def entry_words(entry: CatalogueEntry) -> str:
    """乙类，先行自付10%，限价380.00元."""
    share = f"，先行自付{(entry.own_share * 100).normalize():f}%" if entry.klass == "B" else ""
    limit = f"，限价{entry.price_limit.normalize():,f}元" if entry.price_limit is not None else ""
    return f"{CLASSES[entry.klass]}{share}{limit}"


def cells_of(draft: LineDraft) -> dict[str, str]:
    """A line as it stands in the table, for correcting it."""
    said = {
        "day": draft.day.isoformat(),
        "code": draft.code,
        "name": draft.name,
        "quantity": f"{draft.quantity.normalize():f}",
        "price": f"{draft.price:f}" if draft.price is not None else "",
        "amount": yuan_text(draft.amount),
        "fits": {True: "yes", False: "no", None: ""}[draft.fits_limit],
        "excluded": draft.excluded,
    }
    return {key: text for key, text in said.items() if text}


def cells_of_item(item: Item, day: str) -> dict[str, str]:
    """A line of an electronic receipt; a price with more places than a line takes is left out."""
    said = {
        "day": day,
        "code": item.code,
        "name": item.name,
        "quantity": f"{item.quantity.normalize():f}",
        "price": f"{item.price.normalize():f}",
        "amount": yuan_text(item.amount),
    }
    if int(item.price.normalize().as_tuple().exponent) < -4:
        del said["price"]
    return {key: text[:LONGEST] for key, text in said.items() if text}


def yuan_text(fen: int) -> str:
    """1234.50, as it is typed."""
    return show_yuan(fen).replace(",", "")


def row_of(one: Judged, *, told: bool = True) -> Row:
    """The line as inputs; ``told``: with what is wrong in it."""
    faults = one.faults if told else {}
    return Row(
        one.line,
        _cells(one.line, one.typed.cells, faults),
        tuple(faults.values()),
        one.note or ("不在目录内，按全自费" if one.typed.cells.get("code") and not one.faults else ""),
        one.entry.limited_use if one.entry else "",
    )


def blank_rows(first: int, count: int) -> tuple[Row, ...]:
    return tuple(Row(line, _cells(line, {}, {})) for line in range(first, first + count))


def _cells(line: int, said: Mapping[str, str], faults: Mapping[str, str]) -> tuple[Cell, ...]:
    return tuple(Cell(line, key, said.get(key, ""), faults.get(key, "")) for key in TITLES)


def total_of(found: Iterable[Judged]) -> int:
    return sum(one.draft.amount for one in found if one.draft is not None)
