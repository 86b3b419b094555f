"""Invented claims of a year, for demonstration and measurement: the same seed gives the same claims.

About eight claims a person: four of five ordinary outpatient care, one in eleven a stay; one person in three an employee,
one in twenty-five gets medical aid. No figure of it is anybody's statistics.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jingban.benefits.whatif.claims import FILES

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

EACH = 8
"""Claims a person, on average."""


def invent(
    connection: DuckDBPyConnection,
    folder: Path,
    *,
    regions: Sequence[str],
    year: int,
    claims: int,
    files: int = 1,
    seed: int = 1,
) -> None:
    """Write about ``claims`` claims of people of these regions."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(files):
        path = str(folder / FILES.format(number)).replace("'", "''")
        connection.execute(
            f"COPY ({_statement(regions, year, claims, files, number, seed)}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)"
        )


def _statement(regions: Sequence[str], year: int, claims: int, files: int, number: int, seed: int) -> str:
    def dice(sides: int, what: str, *, of: str = "person") -> str:
        """A throw from 0 to sides − 1 that depends on nothing but who or what it is of."""
        return f"(hash({seed}, '{what}', {of}) % {sides})::BIGINT"

    def one(of: str, what: str, choices: Sequence[str]) -> str:
        listed = ", ".join(f"'{choice}'" for choice in choices)
        return f"([{listed}])[1 + {dice(len(choices), what, of=of)}]"

    def fen(least: int, spread: float, what: str) -> str:
        """Many small amounts, few large: least × e^(spread × u⁠) for u from 0 to 1."""
        return f"round({least} * exp({spread} * {dice(10**6, what, of='claim')} / 1e6))::BIGINT"

    persons = max(claims // EACH // files, 1)
    return f"""
    WITH people AS (
      SELECT i * {files} + {number} AS person, 1 + {dice(2 * EACH - 1, "claims", of=f"i * {files} + {number}")} AS visits
      FROM range({persons}) AS r(i)
    ), told AS (
      SELECT *, {one("person", "region", regions)} AS region, {dice(3, "insurance")} = 0 AS works, {dice(85, "age")} AS old,
        {dice(25, "aid")} = 0 AS poor
      FROM people
    ), events AS (
      SELECT *, person * 100 + visit AS claim, {dice(100, "care", of="person * 100 + visit")} AS kind,
        DATE '{year}-01-01' + {dice(365, "day", of="person * 100 + visit")}::INTEGER AS day
      FROM (SELECT *, unnest(range(visits)) AS visit FROM told)
    ), cared AS (
      SELECT *, CASE WHEN kind < 79 THEN 'outpatient' WHEN kind < 89 THEN 'chronic' WHEN kind < 91 THEN 'special'
        WHEN kind < 99 THEN 'inpatient' ELSE 'emergency' END AS care FROM events
    ), billed AS (
      SELECT *, CASE WHEN care IN ('inpatient', 'emergency') THEN {fen(150_000, 5.2, "bill")}
        WHEN care = 'special' THEN {fen(50_000, 3.5, "bill")} ELSE {fen(2_500, 3.2, "bill")} END AS bill
      FROM cared
    ), cut AS (
      SELECT *, bill * {dice(8, "own", of="claim")} // 100 AS own_pay, bill * {dice(2, "over", of="claim")} // 50 AS over_limit,
        bill * {dice(9, "pre", of="claim")} // 100 AS pre_self FROM billed
    )
    SELECT person * 100 + rank AS claim, * EXCLUDE (seen) FROM (SELECT claim AS seen, person,
      row_number() OVER (PARTITION BY person ORDER BY day, visit)::INTEGER AS rank, region, day,
      if(works, 'employee', 'resident') AS insurance, care,
      CASE WHEN NOT works THEN if(old < 24 AND {dice(3, "student")} = 0, 'student', 'resident') WHEN old >= 60 THEN 'retired'
        ELSE 'active' END AS status,
      CASE WHEN care IN ('outpatient', 'chronic') THEN {one("claim", "level", ("village", "0", "0", "1", "2", "3"))}
        ELSE {one("claim", "level", ("0", "1", "2", "2", "3", "3", "province"))} END AS level,
      if({dice(8, "away", of="claim")} > 0, 'local', {one("claim", "place", ("filed", "referred", "temporary", "unfiled"))})
        AS place,
      if(care IN ('chronic', 'special'), {one("person", "disease", ("M03900", "M01600", "M00500"))}, '') AS disease,
      if(poor, {one("person", "category", ("extreme-poverty", "minimum-living", "minimum-living", "monitored", "marginal"))}, '')
        AS aid,
      (1 + old)::INTEGER AS age, 0 AS admission, works AND {dice(8, "civil")} = 0 AS is_civil_servant,
      works AND {dice(10, "enterprise")} = 0 AS has_enterprise_supplement, own_pay, over_limit, pre_self,
      bill - own_pay - over_limit - pre_self AS in_scope,
      if({dice(60, "commercial", of="claim")} = 0, bill // 10, 0) AS commercial,
      if({dice(400, "third", of="claim")} = 0, bill // 3, 0) AS third_party, -1::BIGINT AS decided,
      NULL::MAP(VARCHAR, BIGINT) AS opening
    FROM cut) ORDER BY person, rank
    """  # built of names of this file and of regions that were checked to exist
