"""The table of claims: one row a claim with its split amounts in whole fen; Parquet files cut by person.

What stands in a row is what ``reimburse`` looks at, after each line was split (docs/algorithms/what-if.md). A person's
claims are all in one file, so that files can be worked out one after the other in little memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from jingban.benefits.rules.model import Care, Claim, Insurance, Klass, Level, Line, Place

COLUMNS: dict[str, str] = {
    "claim": "int64",
    "person": "int64",
    "rank": "int32",
    "region": "string",
    "day": "date",
    "insurance": "string",
    "care": "string",
    "status": "string",
    "level": "string",
    "place": "string",
    "disease": "string",
    "aid": "string",
    "age": "int32",
    "admission": "int32",
    "is_civil_servant": "boolean",
    "has_enterprise_supplement": "boolean",
    "own_pay": "int64",
    "over_limit": "int64",
    "pre_self": "int64",
    "in_scope": "int64",
    "commercial": "int64",
    "third_party": "int64",
    "decided": "int64",
    "opening": "map<string, int64>",
}
"""Ibis type of each column. ``age`` −1 is unknown; ``decided`` is what was paid then, −1 where nothing was; ``opening`` is what
the year had come to outside Jingban before the claim, by the keys of ``rules.model.Year``, or NULL (``benefits.openings``).
"""
MOST = 10**9
"""The largest amount of a row, ten million yuan: products of two amounts stay within 64 bits."""
FILES = "claims-{:02d}.parquet"
DUCKDB = {
    "int64": "BIGINT", "int32": "INTEGER", "string": "VARCHAR", "date": "DATE", "boolean": "BOOLEAN",
    "map<string, int64>": "MAP(VARCHAR, BIGINT)",
}  # fmt: skip
"""The same as DuckDB calls it. An amount that came as a double would be refused."""


@dataclass(frozen=True, slots=True)
class Row:
    """A claim of the table; ``rank`` is its place in the person's year."""

    claim: int
    person: int
    rank: int
    region: str
    day: date
    insurance: Insurance
    care: Care
    status: str
    level: Level
    place: Place
    disease: str
    aid: str
    age: int
    admission: int
    is_civil_servant: bool
    has_enterprise_supplement: bool
    own_pay: int
    over_limit: int
    pre_self: int
    in_scope: int
    commercial: int
    third_party: int
    decided: int = -1
    opening: Mapping[str, int] | None = None

    def as_tuple(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in COLUMNS)


def as_claim(row: Row) -> Claim:
    """The same for the one-claim path: a line for each named amount, which splits into exactly that amount."""
    parts: tuple[tuple[int, Klass, Decimal, Decimal | None], ...] = (
        (row.own_pay, "C", Decimal(1), None),
        (row.over_limit, "A", Decimal(0), Decimal(0)),
        (row.pre_self, "B", Decimal(1), None),
        (row.in_scope, "A", Decimal(0), None),
    )
    lines = tuple(
        Line(seq, row.day, "", "", klass, fen, Decimal(1), Decimal(fen).scaleb(-2), share, limit)
        for seq, (fen, klass, share, limit) in enumerate(parts, 1)
    )
    return Claim(
        insurance=row.insurance,
        care=row.care,
        status=row.status,
        level=row.level,
        place=row.place,
        began_on=row.day,
        ended_on=row.day,
        lines=lines,
        admission=row.admission,
        commercial=row.commercial,
        third_party_paid=row.third_party,
        is_civil_servant=row.is_civil_servant,
        has_enterprise_supplement=row.has_enterprise_supplement,
        aid=row.aid,
        disease=row.disease,
        age=row.age if row.age >= 0 else None,
    )


def write(rows: Iterable[Row], folder: Path, files: int = 1) -> None:
    """Write rows as Parquet, cut into ``files`` by person."""
    import pyarrow as pa
    from pyarrow import parquet

    kinds = {
        "int64": pa.int64(), "int32": pa.int32(), "string": pa.string(), "date": pa.date32(), "boolean": pa.bool_(),
        "map<string, int64>": pa.map_(pa.string(), pa.int64()),
    }  # fmt: skip
    schema = pa.schema([(name, kinds[kind]) for name, kind in COLUMNS.items()])
    cut: list[list[tuple[object, ...]]] = [[] for _ in range(files)]
    for row in rows:
        cut[row.person % files].append(row.as_tuple())
    folder.mkdir(parents=True, exist_ok=True)
    for number, part in enumerate(cut):
        columns = list(zip(*part, strict=True)) if part else [()] * len(COLUMNS)
        arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
        parquet.write_table(pa.Table.from_arrays(arrays, schema=schema), folder / FILES.format(number))
