"""Decided claims as a table under pseudonyms, and the command that tries a draft on them."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from jingban.audit.models import Entry
from jingban.benefits import service as benefits
from jingban.benefits.commands import benefit
from jingban.benefits.models import Decision, Kind
from jingban.benefits.service import OpeningDraft
from jingban.benefits.whatif import engine
from jingban.benefits.whatif.claims import COLUMNS, Row
from jingban.benefits.whatif.export import export
from jingban.benefits.whatif.report import left_out
from tests.benefits import factories as made
from tests.benefits.test_whatif import draft
from tests.builders import MONDAY
from tests.houses import House

pytestmark = [pytest.mark.django_db(databases=["default", "audit"]), pytest.mark.live_effects]


def rows_in(folder: Path) -> list[Row]:
    with engine.opened() as connection:
        found = connection.execute(f"SELECT {', '.join(COLUMNS)} FROM '{folder}/*.parquet' ORDER BY claim")
        return [Row(*row) for row in found.fetchall()]


@pytest.fixture
def decided(house: House) -> list[Decision]:
    """Two persons, one with an outpatient visit and then a stay."""
    for n in (1, 2):
        made.insured(n)
    first = made.decided(house, made.bill("900.00"), 1)
    second = made.decided(house, made.stay(day=date(2026, 1, 16)), 1, made.INPATIENT)
    third = made.decided(house, made.bill("700.00", "0000000003"), 2)
    return [first, second, third]


def test_what_was_decided_comes_out_under_pseudonyms(decided: list[Decision], tmp_path: Path) -> None:
    done = export(tmp_path, year=2026)
    rows = rows_in(tmp_path)
    assert (done.claims, done.persons, done.left_out_aid) == (3, 2, 0)
    assert sorted(row.decided for row in rows) == sorted(one.fund_fen for one in decided)
    assert not {row.person for row in rows} & {one.person_id for one in decided}
    assert {row.region for row in rows} == {made.REGION}
    own = [row for row in rows if sum(other.person == row.person for other in rows) == 2]
    assert [row.care for row in sorted(own, key=lambda row: row.rank)] == ["outpatient", "inpatient"]
    export(tmp_path / "again", year=2026)
    assert not {row.person for row in rows} & {row.person for row in rows_in(tmp_path / "again")}


def test_worked_out_again_they_give_what_was_decided(decided: list[Decision], tmp_path: Path) -> None:
    from jingban.benefits.whatif.service import try_out

    export(tmp_path / "claims", year=2026)
    path = draft(tmp_path, {"ratio-2": ("ratio", {"2021-01-01": "0.50"})}, "employee-outpatient")
    found = try_out(tmp_path / "claims", path, year=2026)
    assert found.otherwise == 0
    assert found.whole.before == sum(one.fund_fen for one in decided)
    assert found.whole.losing == 2
    assert found.whole.gaining == 0


def test_who_has_aid_by_itself_is_left_out(decided: list[Decision], tmp_path: Path) -> None:
    Decision.objects.filter(pk=decided[1].pk).update(kind=Kind.AID)
    done = export(tmp_path, year=2026)
    assert (done.claims, done.persons, done.left_out_aid) == (1, 1, 1)


def test_who_was_paid_elsewhere_too_is_left_out(decided: list[Decision], tmp_path: Path) -> None:
    Decision.objects.filter(pk=decided[1].pk).update(region="xingtai")
    done = export(tmp_path, year=2026, region=made.REGION)
    assert (done.claims, done.persons, done.left_out_elsewhere) == (1, 1, 1)


def test_who_was_settled_at_a_hospital_is_left_out(decided: list[Decision], tmp_path: Path) -> None:
    person = decided[0].person
    assert person is not None
    draft = OpeningDraft(2026, "employee", date(2026, 2, 1), "wire", sums={"outpatient_in_scope": 100})
    benefits.receive_sums(person, draft, actor=0, now=MONDAY)
    done = export(tmp_path, year=2026)
    assert (done.claims, done.persons, done.left_out_opening) == (1, 1, 1)
    assert "另有1人当年在医院直接结算过" in "".join(left_out(done))


def test_what_was_undone_is_not_in_it(decided: list[Decision], tmp_path: Path) -> None:
    Decision.objects.filter(pk=decided[0].pk).update(undone_at=decided[0].decided_at)
    assert export(tmp_path, year=2026).claims == 2


def run(*arguments: Any) -> Result:
    return CliRunner().invoke(benefit, [str(one) for one in arguments], catch_exceptions=False)


def test_the_command_tries_a_draft_on_what_was_decided(decided: list[Decision], tmp_path: Path) -> None:
    path = draft(tmp_path, {"ratio-2": ("ratio", {"2027-01-01": "0.50"})}, "employee-outpatient")
    out = tmp_path / "result.csv"
    done = run("what-if", "--parameters", path, "--year", 2026, "--region", made.REGION, "--output", out)
    assert done.exit_code == 0, done.output
    assert "导出3张单据，2人。" in done.output
    assert "2026年度3张单据，2人" in done.output
    assert "0人增加，2人减少" in done.output
    assert "基金全年少付" in done.output
    assert "增减（元）" in done.output
    table = list(csv.DictReader(out.read_text(encoding="utf-8-sig").splitlines()))
    whole = table[0]
    assert whole["分组"] == "全部"
    assert (whole["单据数"], whole["人数"], whole["减少的人数"]) == ("3", "2", "2")
    lines = [row for row in table if row["分组"] == "险种"]
    assert [row["增减（元）"] for row in lines] == [whole["增减（元）"]]
    told = Entry.objects.using("audit").filter(subject=f"claims:{made.REGION}")
    assert [one.kind for one in told] == ["read"]


def test_the_command_writes_a_workbook(tmp_path: Path) -> None:
    from python_calamine import CalamineWorkbook

    assert run("invent-claims", tmp_path / "claims", "--year", 2026, "--claims", 800).exit_code == 0
    path = draft(tmp_path, {"ratio-3": ("ratio", {"2027-01-01": "0.99"})})
    out = tmp_path / "result.xlsx"
    done = run(
        "what-if", "--parameters", path, "--year", 2026, "--claims", tmp_path / "claims", "--output", out
    )
    assert done.exit_code == 0, done.output
    book = CalamineWorkbook.from_path(str(out))
    assert book.sheet_names == ["分组", "基金", "变动最大", "参数改动", "说明"]
    first, second = book.get_sheet_by_name("分组").to_python()[:2]
    whole = dict(zip(first, second, strict=True))
    assert whole["增减（元）"] > 0
    funds = book.get_sheet_by_name("基金").to_python()[1:]
    assert round(sum(row[3] for row in funds), 2) == whole["增减（元）"]


def test_exported_files_are_for_their_owner_alone(decided: list[Decision], tmp_path: Path) -> None:
    folder = tmp_path / "out"
    assert run("export-claims", folder, "--year", 2026).exit_code == 0
    assert folder.stat().st_mode & 0o077 == 0
    done = run("export-claims", folder, "--year", 2026)
    assert done.exit_code != 0
    assert "不是空的" in done.output
