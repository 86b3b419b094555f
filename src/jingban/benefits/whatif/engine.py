"""Runs the expressions over files of claims on DuckDB in the process: two files at a time, in little memory.

Who cannot be said by window sums (a cap, or what of it was left, changed within the year and was reached) is worked out by
``reimburse`` itself and put in place of what the expressions gave: exact, counted, and told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

from jingban.benefits.rules.figures import Figures
from jingban.benefits.rules.model import ClaimWrong, Year
from jingban.benefits.rules.reimbursement import reimburse
from jingban.benefits.whatif.claims import COLUMNS, DUCKDB, MOST, Row, as_claim
from jingban.benefits.whatif.errors import AnalysisMissing, ClaimsWrong
from jingban.benefits.whatif.lookup import (
    AMOUNTS,
    MIXTURE,
    ROW,
    Books,
    Cuts,
    Tables,
    tables,
)
from jingban.core.parameters import NotInForce

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

T = TypeVar("T")
_Pairs = tuple[tuple[str, str], ...]

WORKERS = 2
"""Files that are worked out at a time, each on one thread: DuckDB's own threads wait for each other at every sort."""
MEMORY = 2000
"""Megabytes for all of them together; more is spilled."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What the files have: how many claims, which mixtures of circumstances, and whether any year began outside."""

    claims: int
    mixtures: frozenset[tuple[Any, ...]]
    has_openings: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What one set of parameters needs: the figures of all mixtures of the claims, and the compiled statements.

    The tables of figures stand in a database under ``name``, beside those of another plan.
    """

    name: str
    books: Books
    tables: Tables
    steps: _Pairs
    changed: tuple[str, ...]


@contextmanager
def opened(*, threads: int = 2, memory: int = MEMORY) -> Iterator[DuckDBPyConnection]:
    """A DuckDB of this process alone, nothing loaded from outside."""
    try:
        import duckdb
        import ibis
        import pyarrow
    except ImportError as error:
        raise AnalysisMissing(
            "待遇试算需要另外的软件包，请先运行 make env-analysis（约400MB），再重试。"
        ) from error
    del ibis, pyarrow
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": threads,
        "memory_limit": f"{memory}MB",
        "preserve_insertion_order": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    connection = duckdb.connect(":memory:", config=config)
    try:
        yield connection
    finally:
        connection.close()


def files_of(claims: Path) -> list[Path]:
    """The Parquet files of a folder, or the one file."""
    found = sorted(claims.glob("*.parquet")) if claims.is_dir() else [claims]
    if not found or not all(path.is_file() for path in found):
        raise ClaimsWrong(f"{claims}里没有单据数据（.parquet），请先导出或生成。")
    return found


def over(
    files: Sequence[Path], work: Callable[[DuckDBPyConnection, Path], T], *, workers: int = WORKERS
) -> Iterator[T]:
    """What the work gives for each file, in their order. A single file has all threads."""
    many = max(min(workers, len(files)), 1)
    with ExitStack() as stack:
        free: SimpleQueue[DuckDBPyConnection] = SimpleQueue()
        for _ in range(many):
            free.put(stack.enter_context(opened(threads=workers // many, memory=MEMORY // many)))

        def on_free(path: Path) -> T:
            connection = free.get()
            try:
                load(connection, path)
                return work(connection, path)
            finally:
                free.put(connection)

        pool = stack.enter_context(ThreadPoolExecutor(many))
        yield from pool.map(on_free, files)


def survey(files: Sequence[Path], year: int, when: Cuts) -> Survey:
    """Refuse what cannot be worked out; gives what there is. Persons must not be spread over files."""
    from jingban.benefits.whatif import expression

    asked = _sql(expression.keyed(expression.claims_table(), when).select(*MIXTURE).distinct())
    numbers = {path: number for number, path in enumerate(files)}

    def work(connection: DuckDBPyConnection, path: Path) -> tuple[int, int, list[tuple[Any, ...]]]:
        for found, text in _faults(connection, year, numbers[path], len(files)):
            if found:
                raise ClaimsWrong(f"{path.name}：有{found}行{text}，不能试算。")
        count, begun = row(connection, "SELECT count(*), count(opening) FROM claims")
        return count, begun, connection.execute(asked).fetchall()

    counts, begun, mixtures = zip(*over(files, work), strict=True)
    if not sum(counts):
        raise ClaimsWrong(f"{year}年度没有单据，请核对年度和数据。")
    return Survey(sum(counts), frozenset().union(*mixtures), any(begun))


_NEEDED = [name for name in COLUMNS if name != "opening"]
_IN_ORDER = f"""(SELECT {", ".join(_NEEDED)}, lag(person) OVER () AS last_person, lag(rank) OVER () AS last_rank,
 lag(claim) OVER () AS last_claim FROM claims)"""
_OPENINGS = f"""SELECT count(DISTINCT claim) FROM (
 SELECT claim, unnest(map_values(opening)) AS amount FROM claims WHERE opening IS NOT NULL)
 WHERE amount IS NULL OR amount NOT BETWEEN 0 AND {2 * MOST}"""
"""What a person had of each of the two insurances may stand in one sum."""


def _faults(connection: DuckDBPyConnection, year: int, number: int, files: int) -> Iterator[tuple[int, str]]:
    """How many rows have which fault, all of it looked at in one pass."""
    amounts = ("own_pay", "over_limit", "pre_self", "in_scope", "commercial", "third_party")
    total = "own_pay + over_limit + pre_self + in_scope"
    tests = {
        f"year(day) <> {year}": f"不是{year}年度的",
        " OR ".join(f"{name} NOT BETWEEN 0 AND {MOST}" for name in amounts): "金额小于零或大于一千万元",
        f"third_party > {total}": "第三人已付大于费用总额",
        f"{total} = 0": "没有金额",
        "admission < 0 OR rank < 0": "住院次数或次序小于零",
        f"person % {files} <> {number}": "不在本人所属的文件里（同一人的单据应当在同一个文件）",
        "person < last_person OR (person = last_person AND rank <= last_rank)": "",
        "claim <= last_claim": "",
    }
    counts = [f"count({name})" for name in _NEEDED] + [f"count(*) FILTER ({test})" for test in tests]
    count, *found = row(connection, f"SELECT count(*), {', '.join(counts)} FROM {_IN_ORDER}")
    yield count - min(found[: len(_NEEDED)]), "缺少内容"
    *sums, person_falls, claim_falls = found[len(_NEEDED) :]
    yield from zip(sums, tests.values(), strict=False)
    yield one(connection, _OPENINGS), "此前直接结算的累计小于零或过大"
    # What ascends, in whatever order it was read, has nothing twice; only where it does not, it is counted.
    if person_falls:
        twice = "SELECT count(*) FROM (SELECT 1 FROM claims GROUP BY person, rank HAVING count(*) > 1)"
        yield one(connection, twice), "同一人次序重复"
    if claim_falls:
        yield one(connection, "SELECT count(*) - count(DISTINCT claim) FROM claims"), "编号重复"


def load(connection: DuckDBPyConnection, path: Path) -> None:
    """Let ``claims`` be the rows of a file."""
    kinds = {name: kind for name, kind, *_ in connection.execute(f"DESCRIBE FROM {_quoted(path)}").fetchall()}
    if wrong := [name for name, kind in COLUMNS.items() if kinds.get(name) != DUCKDB[kind]]:
        raise ClaimsWrong(f"{path.name}缺少列或列的类型不对：{'、'.join(wrong)}，请用本系统导出的数据。")
    connection.execute(f"CREATE OR REPLACE TEMP VIEW claims AS FROM {_quoted(path)}")


def plan(found: Survey, books: Books, when: Cuts, name: str = "now") -> Plan:
    """The figures of the mixtures that the files have, and the expressions as SQL."""
    known, has_openings = tables(found.mixtures, books, when), found.has_openings
    columns = tuple((table, _kinds(rows)) for table, rows in _figures(known).items())
    steps, changed = _compiled(when, columns, tuple(known.widths.items()), has_openings)
    differ = (sql for layer, sql in changed if has_openings or not layer or known.caps_differ(layer))
    return Plan(name, books, known, steps, tuple(differ))


_SMALL = frozenset({"period", "age_band", "account", "schemes", "terms"})


@lru_cache(maxsize=8)
def _compiled(
    when: Cuts,
    columns: tuple[tuple[str, _Pairs], ...],
    widths: tuple[tuple[str, int], ...],
    has_openings: bool,
) -> tuple[_Pairs, _Pairs]:
    """The tables to make for each file, in this order, and what asks for persons to be worked out one by one, by layer.

    Kept, for it takes Ibis the better part of a second, and figures of now and of a draft seldom differ in shape.
    """
    import ibis

    from jingban.benefits.whatif import expression as e

    steps: list[tuple[str, str]] = []

    def kept(name: str, made: Any) -> Any:
        steps.append((name, _sql(made)))
        return ibis.table(made.schema(), name=name)

    mixtures, terms, sets = (ibis.table(dict(kinds), name=table) for table, kinds in columns)
    claims = e.claims_table()
    opened = kept("opened", e.opened(claims)) if has_openings else None
    paid = kept("paid", e.priced(claims, mixtures, terms, sets, when, opened))
    capped = kept("capped", e.capped(paid, terms, opened))
    reached = kept("reached", e.reached(capped))
    deep = kept("deep", e.deep(paid, capped, reached))
    given = {"above": kept("above", e.above(paid, capped, reached, terms, opened))}
    changed = [("", _sql(e.changed_caps(paid, capped, terms, opened)))]
    for layer, width in widths:
        given[layer] = kept(f"given_{layer}", e.layer(deep, layer, sets, width, given, opened))
        changed.append((layer, _sql(e.changed_layer_caps(given[layer], opened))))
    kept("settled", e.shallow(paid, capped, reached).union(e.topped(deep, given)))
    return tuple(steps), tuple(changed)


def _figures(known: Tables) -> dict[str, list[dict[str, Any]]]:
    return {"mixtures": known.mixtures, "terms": known.terms, "sets": known.sets}


def _kinds(rows: list[dict[str, Any]]) -> _Pairs:
    kinds = {bool: "boolean", int: "int64", str: "string"}
    return tuple((name, "int32" if name in _SMALL else kinds[type(value)]) for name, value in rows[0].items())


def _ready(connection: DuckDBPyConnection, found: Plan) -> None:
    """Let the tables of figures be those of a plan; they are put into a database once."""
    import pyarrow as pa

    for table, rows in _figures(found.tables).items():
        own = f"{found.name}_{table}"
        if not one(connection, f"SELECT count(*) FROM duckdb_tables() WHERE table_name = '{own}'"):
            connection.register("_rows", pa.table({name: [row[name] for row in rows] for name in rows[0]}))
            columns = ", ".join(f"{name}::{DUCKDB[kind]} AS {name}" for name, kind in _kinds(rows))
            connection.execute(f"CREATE TEMP TABLE {own} AS SELECT {columns} FROM _rows")
            connection.unregister("_rows")
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {table} AS FROM {own}")


def settle(connection: DuckDBPyConnection, found: Plan) -> int:
    """Work the file that is loaded out into the table ``settled``. Gives how many of its claims went one by one."""
    _ready(connection, found)
    for name, statement in found.steps:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {statement}")
    if one(connection, "SELECT (SELECT count(*) FROM claims) - (SELECT count(*) FROM settled)"):
        raise ClaimsWrong("有单据没有对上参数，请报告系统管理员。")
    persons = {row[0] for changed in found.changed for row in connection.execute(changed).fetchall()}
    return _put_right(connection, found, persons)


def _put_right(connection: DuckDBPyConnection, found: Plan, persons: set[int]) -> int:
    """Work these persons out one by one, in the place of what the expressions gave them; how many claims."""
    if not persons:
        return 0
    import pyarrow as pa

    connection.register("_apart", pa.table({"person": sorted(persons)}))
    told = connection.execute(
        f"SELECT {', '.join(COLUMNS)} FROM claims SEMI JOIN _apart USING (person) ORDER BY person, rank"
    )
    rows = (Row(*one) for some in iter(partial(told.fetchmany, 10_000), []) for one in some)
    done = [tuple(one.values()) for one in one_by_one(rows, found.books)]
    connection.execute("DELETE FROM settled WHERE person IN (SELECT person FROM _apart)")
    connection.unregister("_apart")
    connection.register("_done", pa.table(dict(zip(ROW, zip(*done, strict=True), strict=True))))
    connection.execute("INSERT INTO settled BY NAME SELECT * FROM _done")
    connection.unregister("_done")
    return len(done)


def one_by_one(rows: Iterable[Row], books: Books) -> Iterator[dict[str, int]]:
    """The same by ``reimburse``, for rows in the order of person and rank."""
    person, done = None, Year()
    for row in rows:
        if row.person != person:
            person, done = row.person, Year()
        year = done.after(row.opening) if row.opening else done
        try:
            result = reimburse(as_claim(row), year, Figures(books[row.region], row.day))
        except (ClaimWrong, NotInForce) as error:
            raise ClaimsWrong(f"第{row.claim}号单据不能计算：{error}") from error
        done = done.after(result.increments)
        amounts = {"person_pays": result.amounts["person"], **result.amounts}
        yield {"claim": row.claim, "person": row.person, **{name: amounts[name] for name in AMOUNTS}}


def _sql(expression: Any) -> str:
    import ibis

    return str(ibis.to_sql(expression, dialect="duckdb"))


def one(connection: DuckDBPyConnection, statement: str) -> int:
    """The one number that a statement gives."""
    return int(row(connection, statement)[0])


def row(connection: DuckDBPyConnection, statement: str) -> tuple[Any, ...]:
    """The one row that a statement gives."""
    found: list[tuple[Any, ...]] = connection.execute(statement).fetchall()
    return found[0]


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
