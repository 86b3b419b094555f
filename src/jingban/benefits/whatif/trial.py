"""What if: claims of a year by the figures as they are and by a draft; who gains, who loses, what it costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from jingban.benefits.whatif import engine
from jingban.benefits.whatif.changes import Change, is_illustrative, with_draft
from jingban.benefits.whatif.errors import ChangeRefused
from jingban.benefits.whatif.lookup import Books, cuts
from jingban.core.parameters import Parameter

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

AGE = """CASE WHEN age < 0 THEN '' WHEN age < 18 THEN '0-17' WHEN age < 45 THEN '18-44' WHEN age < 60 THEN '45-59'
 WHEN age < 75 THEN '60-74' ELSE '75-' END"""
DIMENSIONS = {"insurance": "insurance", "status": "status", "level": "level", "age": AGE, "aid": "aid"}
"""By what the differences are grouped, and how a claim says it."""
FUNDS = {
    "employee": "if(c.insurance = 'employee', {0}.pool, 0)",
    "resident": "if(c.insurance = 'resident', {0}.pool, 0)",
    "supplement": "{0}.supplement",
    "serious": "{0}.serious",
    "civil": "{0}.civil",
    "enterprise": "{0}.enterprise",
    "aid": "{0}.aid + {0}.extra_aid",
}
LARGEST = 10


@dataclass(slots=True)
class Group:
    """Those of one group: persons count in each group that has a claim of theirs; all money is fen.

    ``gained`` and ``lost`` add up persons' differences of either sign within the group; the extremes are of one person.
    """

    dimension: str
    value: str
    claims: int = 0
    persons: int = 0
    before: int = 0
    after: int = 0
    gaining: int = 0
    losing: int = 0
    gained: int = 0
    lost: int = 0
    largest_gain: int = 0
    largest_loss: int = 0

    @property
    def cost(self) -> int:
        """What it costs the funds; below zero they save."""
        return self.after - self.before

    def add(self, other: Group) -> None:
        """Add a group of other persons, such as the same of another file."""
        for name in ("claims", "persons", "before", "after", "gaining", "losing", "gained", "lost"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.largest_gain = max(self.largest_gain, other.largest_gain)
        self.largest_loss = min(self.largest_loss, other.largest_loss)


@dataclass(frozen=True, slots=True)
class Somebody:
    """One of those whom it changes most, under a pseudonym."""

    person: int
    insurance: str
    status: str
    age: str
    aid: str
    claims: int
    before: int
    after: int

    @property
    def difference(self) -> int:
        return self.after - self.before


@dataclass(slots=True)
class Trial:
    """What came out. ``one_by_one``: claims that the one-claim path worked out, in either run; ``otherwise``: claims that were
    decided otherwise than the figures of now give; ``unused``: changed figures that no claim met; ``illustrative``: figures of
    now that were used and have no document behind them.
    """

    year: int
    regions: tuple[str, ...]
    changes: list[Change]
    unused: list[str]
    illustrative: list[str] = field(default_factory=list)
    claims: int = 0
    one_by_one: int = 0
    otherwise: int = 0
    whole: Group = field(default_factory=lambda: Group("all", ""))
    funds: dict[str, tuple[int, int]] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)
    gains: list[Somebody] = field(default_factory=list)
    losses: list[Somebody] = field(default_factory=list)


def try_out(
    claims: Path, draft: Mapping[str, Parameter], books: Books, *, year: int, regions: Iterable[str] = ()
) -> Trial:
    """Work the claims out twice and compare. ``regions`` are those that the draft is for; none says all of the claims.

    Raises ClaimsWrong and ChangeRefused for what cannot be worked out, AnalysisMissing without the optional packages.
    """
    files = engine.files_of(claims)
    there = _regions(files)
    wanted = tuple(sorted(regions)) or there
    if missing := [name for name in wanted if name not in there]:
        raise ChangeRefused(f"单据里没有{'、'.join(missing)}的，请核对地区和数据。")
    known = {name: books[name] for name in there if name in books}
    tried, changes = with_draft(known, draft, year, [name for name in wanted if name in known])
    when = cuts(year, known, tried)
    survey = engine.survey(files, year, when)
    plans = engine.plan(survey, known, when), engine.plan(survey, tried, when, "then")
    used = plans[0].tables.used | plans[1].tables.used
    unused = sorted({change.name for change in changes} - used)
    shown = sorted(
        name for name in used if any(is_illustrative(book.get(name), year) for book in known.values())
    )
    found = Trial(year, wanted, changes, unused, shown, survey.claims)
    gathered = _Gathered(found)
    for part in engine.over(files, partial(_compared, plans=plans)):
        gathered.add(part)
    gathered.close()
    return found


def _regions(files: Sequence[Path]) -> tuple[str, ...]:
    def work(connection: DuckDBPyConnection, _path: Path) -> list[tuple[str]]:
        return connection.execute("SELECT DISTINCT region FROM claims").fetchall()

    return tuple(sorted({region for found in engine.over(files, work) for (region,) in found}))


_GROUPED = """SELECT {value}, sum(n)::BIGINT, count(*), sum(o)::BIGINT, sum(a)::BIGINT, count(*) FILTER (a > o),
 count(*) FILTER (a < o), coalesce(sum(a - o) FILTER (a > o), 0)::BIGINT, coalesce(sum(a - o) FILTER (a < o), 0)::BIGINT,
 greatest(max(a - o), 0), least(min(a - o), 0)
 FROM (SELECT {value}, person, count(*) AS n, sum(o)::BIGINT AS o, sum(a)::BIGINT AS a FROM compared GROUP BY ALL)
 GROUP BY 1"""
_EACH = """SELECT person, arg_min(insurance, rank), arg_max(status, rank), arg_max(age, rank), arg_max(aid, rank), count(*),
 sum(o)::BIGINT AS o, sum(a)::BIGINT AS a FROM compared GROUP BY person"""


@dataclass(frozen=True, slots=True)
class _Part:
    """What one file came to."""

    one_by_one: int
    otherwise: int
    groups: list[Group]
    before: dict[str, int]
    after: dict[str, int]
    gains: list[Somebody]
    losses: list[Somebody]


def _compared(connection: DuckDBPyConnection, _path: Path, plans: tuple[engine.Plan, engine.Plan]) -> _Part:
    apart = engine.settle(connection, plans[0])
    connection.execute("CREATE OR REPLACE TEMP TABLE earlier AS FROM settled")
    apart += engine.settle(connection, plans[1])
    told = ", ".join(f"{text} AS {name}" for name, text in DIMENSIONS.items())
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE compared AS SELECT person, rank, {told}, o, a FROM claims "
        "JOIN (SELECT claim, fund AS o FROM earlier) USING (claim) JOIN (SELECT claim, fund AS a FROM settled) USING (claim)"
    )
    otherwise = "SELECT count(*) FROM claims c JOIN earlier e USING (claim) WHERE c.decided >= 0 AND c.decided <> e.fund"
    return _Part(
        apart,
        engine.one(connection, otherwise),
        _groups(connection),
        _funds(connection, "earlier"),
        _funds(connection, "settled"),
        _largest(connection, "DESC"),
        _largest(connection, "ASC"),
    )


def _groups(connection: DuckDBPyConnection) -> list[Group]:
    return [
        Group(dimension, *row)
        for dimension, value in (("all", "'' AS whole"), *((name, name) for name in DIMENSIONS))
        for row in connection.execute(_GROUPED.format(value=value)).fetchall()
    ]


def _funds(connection: DuckDBPyConnection, table: str) -> dict[str, int]:
    told = ", ".join(f"coalesce(sum({text.format('t')}), 0)::BIGINT" for text in FUNDS.values())
    return dict(
        zip(
            FUNDS,
            engine.row(connection, f"SELECT {told} FROM claims c JOIN {table} t USING (claim)"),
            strict=True,
        )
    )


def _largest(connection: DuckDBPyConnection, order: str) -> list[Somebody]:
    sign = ">" if order == "DESC" else "<"
    rows = connection.execute(
        f"FROM ({_EACH}) WHERE a {sign} o ORDER BY a - o {order}, person LIMIT {LARGEST}"
    ).fetchall()
    return [Somebody(*row) for row in rows]


def _most(both: Iterable[Somebody]) -> list[Somebody]:
    return sorted(both, key=lambda one: (-abs(one.difference), one.person))[:LARGEST]


class _Gathered:
    """Adds the files up."""

    def __init__(self, found: Trial) -> None:
        self._found = found
        self._groups: dict[tuple[str, str], Group] = {("all", ""): found.whole}
        self._before: Counter[str] = Counter()
        self._after: Counter[str] = Counter()

    def add(self, part: _Part) -> None:
        self._found.one_by_one += part.one_by_one
        self._found.otherwise += part.otherwise
        for group in part.groups:
            key = group.dimension, group.value
            self._groups.setdefault(key, Group(*key)).add(group)
        self._before.update(part.before)
        self._after.update(part.after)
        self._found.gains = _most([*self._found.gains, *part.gains])
        self._found.losses = _most([*self._found.losses, *part.losses])

    def close(self) -> None:
        del self._groups["all", ""]
        order = list(DIMENSIONS)
        self._found.groups = sorted(
            self._groups.values(), key=lambda group: (order.index(group.dimension), group.value)
        )
        self._found.funds = {
            name: (self._before[name], self._after[name])
            for name in FUNDS
            if self._before[name] or self._after[name]
        }
