"""Many claims at once: the same to the fen as one after the other, and what cannot be said is refused or goes one by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from jingban.benefits import openings
from jingban.benefits.rules.figures import Figures
from jingban.benefits.rules.model import Claim, Year
from jingban.benefits.rules.reimbursement import reimburse
from jingban.benefits.rules.split import split_all
from jingban.benefits.whatif import engine
from jingban.benefits.whatif import invented as inventing
from jingban.benefits.whatif.changes import read_draft
from jingban.benefits.whatif.claims import COLUMNS, Row, as_claim, write
from jingban.benefits.whatif.errors import ChangeRefused, ClaimsWrong
from jingban.benefits.whatif.lookup import ROW, cuts
from jingban.benefits.whatif.trial import Trial, try_out
from tests.benefits.rules.bills import REGIONS, table
from tests.benefits.rules.test_cross_check import invented

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

BOOKS = {region: table(region) for region in (*REGIONS, "changing")}


def row_of(claim: Claim, number: int, person: int, rank: int, region: str) -> Row:
    """The row of a claim with its lines split."""
    parts = split_all(claim.lines)
    return Row(
        claim=number, person=person, rank=rank, region=region, day=claim.ended_on, insurance=claim.insurance,
        care=claim.care, status=claim.status, level=claim.level, place=claim.place, disease=claim.disease, aid=claim.aid,
        age=-1 if claim.age is None else claim.age, admission=claim.admission, is_civil_servant=claim.is_civil_servant,
        has_enterprise_supplement=claim.has_enterprise_supplement, own_pay=parts.own_pay, over_limit=parts.over_limit,
        pre_self=parts.pre_self, in_scope=parts.in_scope, commercial=claim.commercial, third_party=claim.third_party_paid,
    )  # fmt: skip


def people(regions: Sequence[str], persons: int, seed: int = 1) -> list[Row]:
    """Years of invented persons, each region and insurance in turn."""
    found: list[Row] = []
    for person in range(persons * len(regions) * 2):
        region, insurance = regions[person // 2 % len(regions)], ("employee", "resident")[person % 2]
        random = Random(f"{seed} {person}")
        for rank, claim in enumerate(invented(random, insurance)):
            found.append(row_of(claim, len(found), person, rank, region))
    return found


def unsettled(rows: Iterable[Row], random: Random) -> list[Row]:
    """The same people with everything changing from claim to claim: status, age, aid, region, a stay's number, a third party."""
    found = []
    for row in rows:
        if random.random() < 0.15 and row.insurance == "employee":
            row = replace(row, status="retired" if row.status == "active" else "active")
        if random.random() < 0.1:
            row = replace(row, aid=random.choice(("", "minimum-living", "monitored")))
        if random.random() < 0.1:
            row = replace(row, age=random.choice((17, 44, 45)))
        if random.random() < 0.1:
            row = replace(row, region=random.choice(REGIONS), admission=random.choice((0, 1, 2, 5)))
        if random.random() < 0.1:
            total = row.own_pay + row.over_limit + row.pre_self + row.in_scope
            row = replace(row, third_party=random.randint(1, total))
        found.append(row)
    return found


def one_by_one(rows: Iterable[Row]) -> dict[int, dict[str, int]]:
    return {one["claim"]: one for one in engine.one_by_one(rows, BOOKS)}


def at_once(rows: Sequence[Row], folder: Path, files: int = 2) -> tuple[dict[int, dict[str, int]], int]:
    """What the expressions give, and how many claims they left to the one-claim path."""
    write(rows, folder, files)
    found: dict[int, dict[str, int]] = {}
    paths, survey = surveyed(folder, rows[0].day.year)
    assert survey.claims == len(rows)
    plan = engine.plan(survey, BOOKS, cuts(rows[0].day.year, BOOKS))

    def work(connection: DuckDBPyConnection, _path: Path) -> int:
        apart = engine.settle(connection, plan)
        for one in connection.execute(f"SELECT {', '.join(ROW)} FROM settled").fetchall():
            found[one[0]] = dict(zip(ROW, one, strict=True))
        # A sum that stayed a HUGEINT would be written to Parquet as a double.
        kinds = {kind for _, kind, *_ in connection.execute("DESCRIBE settled").fetchall()}
        assert kinds == {"BIGINT"}
        return apart

    return found, sum(engine.over(paths, work))


def surveyed(folder: Path, year: int = 2026) -> tuple[list[Path], engine.Survey]:
    paths = engine.files_of(folder)
    return paths, engine.survey(paths, year, cuts(year, BOOKS))


def test_a_row_is_what_a_table_of_claims_has() -> None:
    assert [field.name for field in fields(Row)] == list(COLUMNS)


def test_a_row_gives_the_claim_that_it_was_made_of() -> None:
    """The split amounts say all that the lines did."""
    random, book = Random(3), Figures(BOOKS["xingtai"], date(2026, 3, 5))
    for insurance in ("employee", "resident"):
        for number, claim in enumerate(invented(random, insurance)):
            again = as_claim(row_of(claim, number, 1, number, "xingtai"))
            assert reimburse(again, Year(), book).amounts == reimburse(claim, Year(), book).amounts


@pytest.mark.parametrize("region", REGIONS)
def test_the_same_to_the_fen(region: str, tmp_path: Path) -> None:
    rows = people((region,), 25, seed=7)
    found, apart = at_once(rows, tmp_path)
    assert found == one_by_one(rows)
    assert apart == 0, "nobody's caps change here"
    reached = {name for one in found.values() for name, amount in one.items() if amount}
    assert {"serious", "civil", "enterprise", "aid", "extra_aid", "commercial"} <= reached


def test_the_same_above_the_cap_of_the_pool(tmp_path: Path) -> None:
    rows = [
        replace(row, in_scope=row.in_scope * 20 + 1) if row.in_scope < 10**7 else row
        for row in people(("luanzhou",), 30, seed=11)
    ]
    found, _ = at_once(rows, tmp_path)
    assert found == one_by_one(rows)
    assert sum(1 for one in found.values() if one["supplement"]) > 20


def test_the_same_where_everything_changes_within_the_year(tmp_path: Path) -> None:
    rows = unsettled(people(REGIONS, 12, seed=5), Random(5))
    found, apart = at_once(rows, tmp_path, files=3)
    assert found == one_by_one(rows)
    assert 0 < apart < len(rows) // 2, "whose caps changed and were reached went one by one"


def test_the_same_where_figures_change_within_the_year(tmp_path: Path) -> None:
    """The invented region of the golden cases."""
    days = sorted({day for one in BOOKS["changing"].values() for day in one.values if day.year >= 2024})
    assert days
    random, first = Random(9), date(days[0].year, 1, 1)
    rows = [replace(row, region="changing") for row in people(("xingtai",), 40, seed=13)]
    order = {row.claim: random.randrange(365) for row in rows}
    rows.sort(key=lambda row: (row.person, order[row.claim]))
    rows = [
        replace(row, rank=rank, day=first + timedelta(days=order[row.claim])) for rank, row in enumerate(rows)
    ]
    found, _ = at_once(rows, tmp_path)
    assert found == one_by_one(rows)


def begun(rows: Iterable[Row], random: Random) -> list[Row]:
    """The same people with years that began in hospitals: statements come between claims, most of them higher than the last."""
    found: list[Row] = []
    sums: dict[str, int] = {}
    for row in rows:
        if not found or found[-1].person != row.person:
            sums = {}
        if random.random() < 0.25:
            kept = random.choice((0, 1, 1, 1))
            more = stated(row, random)
            sums = {key: kept * sums.get(key, 0) + more.get(key, 0) for key in {*sums, *more}}
        found.append(replace(row, opening=dict(sums) or None))
    return found


def stated(row: Row, random: Random) -> dict[str, int]:
    """Some of the sums of a statement, as such people may have them; the account of the claim's own disease among them."""
    accounts = [f"{row.insurance}-outpatient", f"{row.insurance}-{row.care}:{row.disease}"]
    names = [named.at[row.insurance] for named in openings.SUMS if row.insurance in named.at]
    names += [f"{account}.{one}" for account in accounts for one in ("in_scope", "paid")]
    most = {"admissions": 2, "pool": 8 * 10**6, "in_scope": 10**5, "paid": 6 * 10**4, "self": 2 * 10**6}
    return {name: random.randint(0, most[name.rpartition(".")[2]]) for name in names if random.random() < 0.5}


def test_the_same_where_years_began_in_hospitals(tmp_path: Path) -> None:
    rows = begun(people(REGIONS, 4, seed=31), Random(31))
    found, apart = at_once(rows, tmp_path)
    assert found == one_by_one(rows) != one_by_one(replace(row, opening=None) for row in rows)
    assert 0 < apart < len(rows) // 2, "who had more left of a cap after having reached it went one by one"


def test_a_year_that_began_once_is_no_cap_that_changed(tmp_path: Path) -> None:
    """One statement before all claims: no one goes one by one."""
    random = Random(32)
    rows = people(REGIONS, 4, seed=32)
    told: dict[int, dict[str, int]] = {}
    rows = [replace(row, opening=told.setdefault(row.person, stated(row, random))) for row in rows]
    found, apart = at_once(rows, tmp_path)
    assert found == one_by_one(rows)
    assert apart == 0


def test_invented_claims_are_worked_out_the_same(tmp_path: Path) -> None:
    with engine.opened() as connection:
        inventing.invent(connection, tmp_path / "a", regions=REGIONS, year=2026, claims=4000)
        inventing.invent(connection, tmp_path / "b", regions=REGIONS, year=2026, claims=4000)
        rows, again = (
            [Row(*one) for one in connection.execute(_ordered(tmp_path / name)).fetchall()]
            for name in ("a", "b")
        )
    assert rows == again, "the same seed gives the same claims"
    assert 3500 < len(rows) < 4500
    found, _ = at_once(rows, tmp_path / "c")
    assert found == one_by_one(rows)


def _ordered(folder: Path) -> str:
    return f"SELECT {', '.join(COLUMNS)} FROM '{folder}/*.parquet' ORDER BY person, rank"


STAY = row_of(invented(Random(1), "resident")[0], 0, 0, 0, "xingtai")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"day": date(2025, 12, 31)}, "不是2026年度的"),
        ({"in_scope": -1}, "金额小于零"),
        ({"in_scope": 10**9 + 1}, "大于一千万元"),
        ({"third_party": 10**8}, "第三人已付大于费用总额"),
        ({"own_pay": 0, "over_limit": 0, "pre_self": 0, "in_scope": 0}, "没有金额"),
        ({"admission": -1}, "住院次数"),
        ({"person": 1}, "不在本人所属的文件里"),
        ({"opening": {"resident.pool": 1, "resident.admissions": -1}}, "有1行此前直接结算的累计小于零或过大"),
        ({"opening": {"aid.self": 2 * 10**9 + 1}}, "此前直接结算的累计小于零或过大"),
    ],
)
def test_a_table_that_cannot_be_is_refused(wrong: dict[str, Any], said: str, tmp_path: Path) -> None:
    row = replace(STAY, own_pay=1, over_limit=2, pre_self=3, in_scope=4)
    other = replace(row, claim=1, rank=1, **wrong)
    files = 2 if "person" in wrong else 1
    write([row], tmp_path, files)
    write_all([row, other], tmp_path / "claims-00.parquet", tmp_path)
    with pytest.raises(ClaimsWrong, match=said):
        surveyed(tmp_path)


def write_all(rows: Sequence[Row], path: Path, folder: Path) -> None:
    """All rows into one file, wherever they belong."""
    write(rows, folder / "one", 1)
    (folder / "one" / "claims-00.parquet").rename(path)


def test_an_order_that_is_open_is_refused(tmp_path: Path) -> None:
    write([STAY, replace(STAY, claim=1)], tmp_path)
    with pytest.raises(ClaimsWrong, match="次序重复"):
        surveyed(tmp_path)


def test_what_is_twice_is_found_in_any_order(tmp_path: Path) -> None:
    """Rows in their order are known to be single by that alone; others are counted."""
    rows = [replace(STAY, claim=number, rank=number) for number in range(9)]
    write([*rows[5:], *rows[:5]], tmp_path / "single")
    assert surveyed(tmp_path / "single")[1].claims == 9
    for twice, said in (({"claim": 20}, "次序重复"), ({"rank": 20}, "编号重复")):
        write([*rows, replace(rows[3], **twice)], tmp_path / said)
        with pytest.raises(ClaimsWrong, match=said):
            surveyed(tmp_path / said)


def test_a_number_used_twice_is_refused(tmp_path: Path) -> None:
    write([STAY, replace(STAY, rank=1)], tmp_path)
    with pytest.raises(ClaimsWrong, match="编号重复"):
        surveyed(tmp_path)


def test_amounts_that_are_no_whole_numbers_are_refused(tmp_path: Path) -> None:
    write([STAY], tmp_path / "right")
    (tmp_path / "wrong").mkdir()
    with engine.opened() as connection:
        connection.execute(
            f"COPY (SELECT * REPLACE (in_scope::DOUBLE AS in_scope) FROM '{tmp_path}/right/*.parquet') "
            f"TO '{tmp_path}/wrong/claims-00.parquet'"
        )
    with pytest.raises(ClaimsWrong, match="类型不对：in_scope"):
        surveyed(tmp_path / "wrong")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"care": "prenatal"}, "产前检查"),
        ({"care": "chronic", "disease": ""}, "病种"),
        ({"level": "9"}, "规则库里没有参数"),
        ({"region": "nowhere"}, "没有启用的地区"),
        (
            {
                "region": "bazhou",
                "insurance": "employee",
                "status": "active",
                "care": "outpatient",
                "age": -1,
            },
            "年龄",
        ),
        ({"day": date(2020, 5, 1)}, "没有有效的值"),
    ],
)
def test_what_has_no_terms_is_refused(wrong: dict[str, Any], said: str, tmp_path: Path) -> None:
    row = replace(STAY, **wrong)
    write([row], tmp_path)
    _, found = surveyed(tmp_path, row.day.year)
    with pytest.raises(ClaimsWrong, match=said):
        engine.plan(found, BOOKS, cuts(row.day.year, BOOKS))


def draft(
    folder: Path, rows: dict[str, tuple[str, dict[str, str]]], table: str = "resident-inpatient"
) -> Path:
    """A file of changed rows."""
    path = folder / f"{table}.yaml"
    listed = "\n".join(
        f"  {key}: {{name: 试算, unit: {unit}, values: {{"
        + ", ".join(f'"{day}": "{value}"' for day, value in values.items())
        + "}}"
        for key, (unit, values) in rows.items()
    )
    path.write_text(
        f'table: {table}\ndescription: 试算\nchecked_on: "2026-11-22"\nreference: {{title: "试算稿"}}\n'
        f"status: illustrative\nrows:\n{listed}\n",
        encoding="utf-8",
    )
    return path


def tried(tmp_path: Path, rows: Sequence[Row], path: Path, regions: tuple[str, ...] = ()) -> Trial:
    write(rows, tmp_path / "claims", 2)
    return try_out(tmp_path / "claims", read_draft(path), BOOKS, year=2026, regions=regions)


def test_a_trial_adds_up(tmp_path: Path) -> None:
    """Against the one-claim path with the changed figure put in its place."""
    rows = people(("xingtai", "puyang"), 15, seed=21)
    path = draft(
        tmp_path,
        {
            "ratio-3": ("ratio", {"2021-01-01": "0.60", "2027-01-01": "0.70"}),
            "pool-cap": ("yuan", {"2027-01-01": "120000.00"}),
        },
    )
    found = tried(tmp_path, rows, path, ("xingtai",))
    now = one_by_one(rows)
    books = {**BOOKS, "xingtai": dict(BOOKS["xingtai"])}
    for name, value in (("ratio-3", "0.70"), ("pool-cap", "120000.00")):
        key = f"resident-inpatient.{name}"
        one = books["xingtai"][key]
        books["xingtai"][key] = one.model_copy(
            update={
                "values": {
                    day: dated.model_copy(update={"value": value})
                    for day, dated in one.values.items()
                    if dated is not None
                }
            }
        )
    then = {one["claim"]: one for one in engine.one_by_one(rows, books)}
    difference: dict[int, int] = {}
    for row in rows:
        more = then[row.claim]["fund"] - now[row.claim]["fund"]
        difference[row.person] = difference.get(row.person, 0) + more
    assert found.whole.before == sum(one["fund"] for one in now.values())
    assert found.whole.after == sum(one["fund"] for one in then.values())
    assert found.whole.cost == sum(difference.values()) != 0
    assert found.whole.gaining == sum(1 for more in difference.values() if more > 0) > 0
    assert found.whole.losing == sum(1 for more in difference.values() if more < 0) > 0
    assert found.whole.largest_gain == max(difference.values()) == found.gains[0].difference
    assert found.whole.largest_loss == min(difference.values()) == found.losses[0].difference
    assert found.whole.gained + found.whole.lost == found.whole.cost
    for dimension in ("insurance", "status", "level", "age", "aid"):
        groups = [group for group in found.groups if group.dimension == dimension]
        for name in ("claims", "before", "after", "cost"):
            assert sum(getattr(group, name) for group in groups) == getattr(found.whole, name)
    assert sum(before for before, _ in found.funds.values()) == found.whole.before
    assert sum(after for _, after in found.funds.values()) == found.whole.after
    assert [(one.region, one.name, one.now, one.tried) for one in found.changes] == [
        ("xingtai", "resident-inpatient.ratio-3", "60%", "70%"),
        ("xingtai", "resident-inpatient.pool-cap", "150,000.00元", "120,000.00元"),
    ]


def test_what_was_decided_otherwise_is_told(tmp_path: Path) -> None:
    rows = people(("xingtai",), 3, seed=22)
    now = one_by_one(rows)
    rows = [replace(row, decided=now[row.claim]["fund"] + (row.claim == 5)) for row in rows]
    path = draft(tmp_path, {"ratio-3": ("ratio", {"2026-01-01": "0.61"})})
    assert tried(tmp_path, rows, path).otherwise == 1


def test_a_change_that_no_claim_meets_is_told(tmp_path: Path) -> None:
    rows = [row for row in people(("xingtai",), 3, seed=23) if row.insurance == "employee"]
    path = draft(tmp_path, {"ratio-3": ("ratio", {"2026-01-01": "0.61"})})
    found = tried(tmp_path, rows, path)
    assert found.unused == ["resident-inpatient.ratio-3"]
    assert found.whole.cost == 0


@pytest.mark.parametrize(
    ("name", "rows", "said"),
    [
        ("settlement", {"year-of-stay": ("choice", {"2021-01-01": "begin"})}, "不能试算"),
        ("maternity-resident", {"any": ("yuan", {"2021-01-01": "1.00"})}, "不能试算"),
        ("resident-inpatient", {"ratio-3": ("yuan", {"2021-01-01": "0.61"})}, "单位应为ratio"),
        ("resident-inpatient", {"ratio-3": ("ratio", {"2021-01-01": "0.60"})}, "没有不同"),
        ("resident-inpatient", {"ratio-3": ("ratio", {"2021-01-01": "0.6"})}, "没有不同"),
    ],
)
def test_a_change_that_cannot_be_followed_is_refused(
    name: str, rows: dict[str, tuple[str, dict[str, str]]], said: str, tmp_path: Path
) -> None:
    with pytest.raises(ChangeRefused, match=said):
        tried(tmp_path, people(("xingtai",), 1), draft(tmp_path, rows, name))


def test_without_the_packages_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from jingban.benefits.whatif.errors import AnalysisMissing

    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(AnalysisMissing, match="make env-analysis"), engine.opened():
        pass
