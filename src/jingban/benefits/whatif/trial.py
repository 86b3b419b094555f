"""What if: claims of a year by the figures as they are and by a draft; who gains, who loses, what it costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from jingban.benefits.whatif import engine
from jingban.benefits.whatif.changes import Change, read_draft, with_draft
from jingban.benefits.whatif.errors import ChangeRefused
from jingban.benefits.whatif.lookup import Books

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

    def add(self, other: Sequence[int]) -> None:
        """Add the same group of another file; nobody is in two."""
        claims, persons, before, after, gaining, losing, gained, lost, gain, loss = other
        self.claims += claims
        self.persons += persons
        self.before += before
        self.after += after
        self.gaining += gaining
        self.losing += losing
        self.gained += gained
        self.lost += lost
        self.largest_gain = max(self.largest_gain, gain)
        self.largest_loss = min(self.largest_loss, loss)


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
    decided otherwise than the figures of now give; ``unused``: changed figures that no claim met.
    """

    year: int
    regions: tuple[str, ...]
    changes: list[Change]
    unused: list[str]
    claims: int = 0
    one_by_one: int = 0
    otherwise: int = 0
    whole: Group = field(default_factory=lambda: Group("all", ""))
    funds: dict[str, tuple[int, int]] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)
    gains: list[Somebody] = field(default_factory=list)
    losses: list[Somebody] = field(default_factory=list)


def try_out(
    claims: Path, draft: Path, books: Books, *, year: int, regions: Iterable[str] = (), memory: str = "2GB"
) -> Trial:
    """Work the claims out twice and compare. ``regions`` are those that the draft is for; none says all of the claims.

    Raises ClaimsWrong and ChangeRefused for what cannot be worked out, AnalysisMissing without the optional packages.
    """
    files = engine.files_of(claims)
    with engine.opened(memory=memory) as connection:
        count = engine.check(connection, files, year)
        there = _regions(connection, files)
        wanted = tuple(sorted(regions)) or there
        if missing := [name for name in wanted if name not in there]:
            raise ChangeRefused(f"单据里没有{'、'.join(missing)}的，请核对地区和数据。")
        known = {name: books[name] for name in there if name in books}
        tried, changes = with_draft(
            known, read_draft(draft), year, [name for name in wanted if name in known]
        )
        now = engine.plan(connection, files, known, year)
        then = engine.plan(connection, files, tried, year, "then")
        used = now.tables.used | then.tables.used
        unused = sorted({change.name for change in changes} - used)
        found = Trial(year, wanted, changes, unused, claims=count)
        gathered = _Gathered(found)
        for path in files:
            found.one_by_one += engine.settle(connection, path, now)
            connection.execute("CREATE OR REPLACE TEMP TABLE earlier AS FROM settled")
            found.one_by_one += engine.settle(connection, path, then)
            gathered.take(connection)
        gathered.close()
    return found


def _regions(connection: DuckDBPyConnection, files: Sequence[Path]) -> tuple[str, ...]:
    found: set[str] = set()
    for path in files:
        engine.load(connection, path)
        found |= {row[0] for row in connection.execute("SELECT DISTINCT region FROM claims").fetchall()}
    return tuple(sorted(found))


_GROUPED = """SELECT {value}, sum(n)::BIGINT, count(*), sum(o)::BIGINT, sum(a)::BIGINT, count(*) FILTER (a > o),
 count(*) FILTER (a < o), coalesce(sum(a - o) FILTER (a > o), 0)::BIGINT, coalesce(sum(a - o) FILTER (a < o), 0)::BIGINT,
 greatest(max(a - o), 0), least(min(a - o), 0)
 FROM (SELECT {value}, person, count(*) AS n, sum(o)::BIGINT AS o, sum(a)::BIGINT AS a FROM compared GROUP BY ALL)
 GROUP BY 1"""
_EACH = """SELECT person, arg_min(insurance, rank), arg_max(status, rank), arg_max(age, rank), arg_max(aid, rank), count(*),
 sum(o)::BIGINT AS o, sum(a)::BIGINT AS a FROM compared GROUP BY person"""


class _Gathered:
    """Adds the files up."""

    def __init__(self, found: Trial) -> None:
        self._found = found
        self._groups: dict[tuple[str, str], Group] = {}
        self._before: Counter[str] = Counter()
        self._after: Counter[str] = Counter()

    def take(self, connection: DuckDBPyConnection) -> None:
        told = ", ".join(f"{text} AS {name}" for name, text in DIMENSIONS.items())
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE compared AS SELECT person, rank, {told}, o, a FROM claims "
            "JOIN (SELECT claim, fund AS o FROM earlier) USING (claim) JOIN (SELECT claim, fund AS a FROM settled) USING (claim)"
        )
        self._found.otherwise += engine.one(
            connection,
            "SELECT count(*) FROM claims c JOIN earlier e USING (claim) WHERE c.decided >= 0 AND c.decided <> e.fund",
        )
        for _, *sums in connection.execute(_GROUPED.format(value="'' AS whole")).fetchall():
            self._found.whole.add(sums)
        for name in DIMENSIONS:
            for value, *sums in connection.execute(_GROUPED.format(value=name)).fetchall():
                self._groups.setdefault((name, value), Group(name, value)).add(sums)
        self._take_funds(connection)
        self._found.gains = self._largest(connection, self._found.gains, "DESC")
        self._found.losses = self._largest(connection, self._found.losses, "ASC")

    def _take_funds(self, connection: DuckDBPyConnection) -> None:
        for table, sums in (("earlier", self._before), ("settled", self._after)):
            told = ", ".join(f"coalesce(sum({text.format('t')}), 0)::BIGINT" for text in FUNDS.values())
            row = connection.execute(f"SELECT {told} FROM claims c JOIN {table} t USING (claim)").fetchone()
            sums.update(dict(zip(FUNDS, row or (), strict=True)))

    def _largest(self, connection: DuckDBPyConnection, known: list[Somebody], order: str) -> list[Somebody]:
        sign = ">" if order == "DESC" else "<"
        rows = connection.execute(
            f"FROM ({_EACH}) WHERE a {sign} o ORDER BY a - o {order}, person LIMIT {LARGEST}"
        ).fetchall()
        both = [*known, *(Somebody(*row) for row in rows)]
        return sorted(both, key=lambda one: (-abs(one.difference), one.person))[:LARGEST]

    def close(self) -> None:
        order = list(DIMENSIONS)
        self._found.groups = sorted(
            self._groups.values(), key=lambda group: (order.index(group.dimension), group.value)
        )
        self._found.funds = {
            name: (self._before[name], self._after[name])
            for name in FUNDS
            if self._before[name] or self._after[name]
        }
