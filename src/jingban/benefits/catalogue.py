"""The catalogue (三大目录) by region and day: loaded from a table, looked up by the day of the expense.

A file takes the place of what holds from its days on: an entry that goes on is ended the day before its new version
begins. The same file twice changes nothing. A region's own entry goes before the national one.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from django.db import transaction
from django.db.models import Q

from jingban.benefits.errors import CatalogueWrong
from jingban.benefits.models import CatalogueEntry
from jingban.core.identifiers import plain
from jingban.core.paths import rulebook_root

COLUMNS = ("code", "name", "class", "own_share", "price_limit", "limited_use", "start_on", "end_on")
HEADINGS = {
    "编码": "code", "名称": "name", "类别": "class", "先行自付比例": "own_share", "限价": "price_limit",
    "限定支付范围": "limited_use", "起": "start_on", "止": "end_on",
}  # fmt: skip
"""A file may be headed in either way."""
CLASSES = {
    "甲": "A",
    "乙": "B",
    "丙": "C",
    "甲类": "A",
    "乙类": "B",
    "丙类": "C",
    "A": "A",
    "B": "B",
    "C": "C",
}
SHARES = {"A": Decimal(0), "C": Decimal(1)}
MOST_FAULTS = 50
DAY = timedelta(days=1)
LONGEST = {"code": 32, "name": 120, "limited_use": 300}


@dataclass(frozen=True, slots=True)
class Row:
    """A checked line of a file."""

    line: int
    code: str
    name: str
    klass: str
    own_share: Decimal
    price_limit: Decimal | None
    limited_use: str
    start_on: date
    end_on: date | None


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a file changed."""

    made: int
    ended: int
    same: int


def read(text: str) -> list[Row]:
    """The lines of a CSV file; raises CatalogueWrong with every fault and its line."""
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    names = [HEADINGS.get((name or "").strip(), (name or "").strip()) for name in reader.fieldnames or ()]
    missing = [name for name in (*COLUMNS[:3], "start_on") if name not in names]
    if missing:
        raise CatalogueWrong(f"目录文件第一行缺少栏目：{'、'.join(missing)}；应有：{'、'.join(COLUMNS)}。")
    reader.fieldnames = names
    rows: list[Row] = []
    faults: list[str] = []
    for line, raw in enumerate(reader, start=2):
        try:
            rows.append(_row(line, {k: (v or "").strip() for k, v in raw.items() if isinstance(k, str)}))
        except ValueError as error:
            faults.append(f"第{line}行：{error}")
    faults += _doubled(rows)
    if not rows and not faults:
        faults.append("文件里没有目录条目")
    if faults:
        more = f"（共{len(faults)}处，只列前{MOST_FAULTS}处）" if len(faults) > MOST_FAULTS else ""
        raise CatalogueWrong(f"目录没有装入：{'；'.join(faults[:MOST_FAULTS])}{more}。", faults=faults)
    return rows


def load(text: str, *, region: str, source: str, now: datetime) -> Loaded:
    """Take a file in, whole or not at all; ``region`` blank is the national catalogue."""
    rows = sorted(read(text), key=lambda row: (row.code, row.start_on))
    made = ended = same = 0
    with transaction.atomic():
        known = _standing(region, {row.code for row in rows})
        for row in rows:
            entries = known.setdefault(row.code, [])
            if any(_is_same(entry, row) for entry in entries):
                same += 1
                continue
            ended += _made_room(entries, row)
            entries.append(_created(region, row, source, now))
            made += 1
    return Loaded(made, ended, same)


def load_demo(now: datetime) -> Loaded:
    """The small invented catalogue of the rulebook, for the demo and the tests."""
    text = (rulebook_root() / "national" / "catalogue-demo.csv").read_text(encoding="utf-8")
    return load(text, region="", source="示例目录（虚构）", now=now)


def find(region: str, wanted: Collection[tuple[str, date]]) -> dict[tuple[str, date], CatalogueEntry]:
    """The entry of each code on its day; what is in no catalogue is left out. One statement for all."""
    codes = {code for code, _ in wanted}
    entries = list(
        CatalogueEntry.objects.filter(Q(region=region) | Q(region=""), code__in=codes).order_by(
            "region", "start_on"
        )
    )
    found: dict[tuple[str, date], CatalogueEntry] = {}
    for code, day in wanted:
        holding = [e for e in entries if e.code == code and _holds(e, day)]
        if holding:
            found[code, day] = holding[-1]  # the region's own sorts after the national (blank)
    return found


def _holds(entry: CatalogueEntry, day: date) -> bool:
    return entry.start_on <= day and (entry.end_on is None or day <= entry.end_on)


def _row(line: int, raw: dict[str, str]) -> Row:
    klass = CLASSES.get(raw["class"])
    if klass is None:
        raise ValueError(f"类别“{raw['class']}”不认识，应为甲类、乙类、丙类")
    for name, most in LONGEST.items():
        if len(raw.get(name, "")) > most:
            raise ValueError(f"{name}超过{most}个字")
    if not raw["code"] or not raw["name"]:
        raise ValueError("编码和名称都要填写")
    start_on, end_on = _day(raw["start_on"]), _day(raw["end_on"]) if raw.get("end_on") else None
    if end_on is not None and end_on < start_on:
        raise ValueError("止期早于起期")
    limit = _decimal(raw.get("price_limit", ""), "限价")
    if limit is not None and limit <= 0:
        raise ValueError(f"限价应大于零，填的是{limit}")
    return Row(
        line, plain(raw["code"]), raw["name"], klass, _share(klass, raw.get("own_share", "")), limit,
        raw.get("limited_use", ""), start_on, end_on,
    )  # fmt: skip


def _share(klass: str, text: str) -> Decimal:
    said = _decimal(text, "先行自付比例")
    if klass in SHARES:
        if said not in (None, SHARES[klass]):
            raise ValueError(
                f"{'甲类' if klass == 'A' else '丙类'}的先行自付比例应为{SHARES[klass]}，填的是{said}"
            )
        return SHARES[klass]
    if said is None or not 0 < said < 1:
        raise ValueError(f"乙类的先行自付比例应大于0、小于1，填的是“{text}”")
    return said


def _decimal(text: str, what: str) -> Decimal | None:
    if not text:
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{what}“{text}”不是数") from None
    exponent = found.as_tuple().exponent
    if not found.is_finite() or not isinstance(exponent, int) or exponent < -4 or abs(found) >= 10**9:
        raise ValueError(f"{what}“{text}”超出范围，最多四位小数")
    return found


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"日期“{text}”不对，应为2026-01-31这样") from None


def _doubled(rows: Iterable[Row]) -> list[str]:
    """Two lines of a code that share a day."""
    faults: list[str] = []
    last: dict[str, Row] = {}
    for row in sorted(rows, key=lambda r: (r.code, r.start_on, r.line)):
        before = last.get(row.code)
        if before is not None and (before.end_on is None or before.end_on >= row.start_on):
            faults.append(f"第{row.line}行：编码{row.code}和第{before.line}行的日期重叠")
        last[row.code] = row
    return faults


def _standing(region: str, codes: Collection[str]) -> dict[str, list[CatalogueEntry]]:
    found: dict[str, list[CatalogueEntry]] = {}
    rows = CatalogueEntry.objects.select_for_update().filter(region=region, code__in=codes)
    for entry in rows.order_by("code", "start_on"):
        found.setdefault(entry.code, []).append(entry)
    return found


def _is_same(entry: CatalogueEntry, row: Row) -> bool:
    """Said before. One that was ended only because a later version came is the same as well."""
    said = (row.name, row.klass, row.own_share, row.price_limit, row.limited_use, row.start_on)
    has = (entry.name, entry.klass, entry.own_share, entry.price_limit, entry.limited_use, entry.start_on)
    return said == has and row.end_on in (entry.end_on, None)


def _made_room(entries: list[CatalogueEntry], row: Row) -> int:
    """End what goes on into the new entry's days; refused where a later one stands there already."""
    ended = 0
    for entry in entries:
        if entry.end_on is not None and entry.end_on < row.start_on:
            continue
        if row.end_on is not None and entry.start_on > row.end_on:
            continue
        if entry.start_on >= row.start_on:
            raise CatalogueWrong(
                f"目录没有装入：第{row.line}行：编码{row.code}在{entry.start_on}起已有另一条，"
                "起期要晚于它；要更正已装入的条目，请用新的起期。"
            )
        entry.end_on = row.start_on - DAY
        entry.save(update_fields=["end_on"])
        ended += 1
    return ended


def _created(region: str, row: Row, source: str, now: datetime) -> CatalogueEntry:
    return CatalogueEntry.objects.create(
        region=region, code=row.code, name=row.name, klass=row.klass, own_share=row.own_share,
        price_limit=row.price_limit, limited_use=row.limited_use, start_on=row.start_on, end_on=row.end_on,
        source=source, loaded_at=now,
    )  # fmt: skip
