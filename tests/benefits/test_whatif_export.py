"""Decided claims as a table under pseudonyms, and the command that tries a draft on them."""

from __future__ import annotations

import csv
from datetime import date, timedelta
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
from jingban.benefits.whatif.export import Exported, export
from jingban.benefits.whatif.service import try_out
from jingban.benefits.whatif.trial import Trial
from tests.benefits import factories as made
from tests.benefits.test_merged import FEBRUARY, merge, twins
from tests.benefits.test_whatif import draft
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
    _, found = tried(tmp_path)
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


def test_who_was_settled_at_hospitals_begins_with_that(house: House, tmp_path: Path) -> None:
    """Before the first statement, and between two but anew after both: each case sees what counted on its first day."""
    person, entry = made.insured(1, region="bazhou"), ("bazhou", "agency", "outpatient-reimbursement")

    def settled(until: date, in_scope: int) -> None:
        statement = OpeningDraft(2026, "employee", until, "wire", sums={"outpatient_in_scope": in_scope})
        benefits.receive_sums(person, statement, actor=0, now=house.now)

    made.decided(house, made.bill("60.00", "1", place_code="131081"), 1, entry)
    house.now += timedelta(days=30)
    settled(date(2026, 3, 25), 1000)
    second = made.decided(house, made.bill("70.00", "2", place_code="131081"), 1, entry)
    house.now += timedelta(days=30)
    settled(date(2026, 4, 20), 9000)
    settled(date(2026, 3, 25), 2000)
    again = benefits.standing_decision(second.case_id)
    assert again is not None
    assert (again.turn, again.amounts["deductible"]) == (2, 2000)
    _, found = tried(tmp_path)
    assert [row.opening for row in rows_in(tmp_path / "claims")] == [
        None, {"employee-outpatient.in_scope": 2000}
    ]  # fmt: skip
    standing = Decision.objects.filter(undone_at=None)
    assert (found.otherwise, found.whole.before) == (0, sum(one.fund_fen for one in standing))


def tried(tmp_path: Path) -> tuple[Exported, Trial]:
    """What was decided, exported, and tried with another ratio."""
    done = export(tmp_path / "claims", year=2026)
    path = draft(tmp_path, {"ratio-2": ("ratio", {"2021-01-01": "0.40"})}, "employee-outpatient")
    return done, try_out(tmp_path / "claims", path, year=2026)


def test_rows_that_were_merged_are_one_person(house: House, tmp_path: Path) -> None:
    """Two decisions stand at the first place of the year, the statement of a row that is gone counts, too."""
    kept, gone = twins("bazhou")
    entry = ("bazhou", "agency", "outpatient-reimbursement")
    made.decided(house, made.bill("500.00", "1", place_code="131081"), 2, entry)
    sums = {"outpatient_in_scope": 4000}
    statement = OpeningDraft(2026, "employee", date(2026, 1, 10), "wire", sums=sums)
    benefits.receive_sums(gone, statement, actor=0, now=house.now)
    made.decided(house, made.bill("500.00", "2", day=FEBRUARY, place_code="131081"), 1, entry)
    merge(house, kept, gone)
    done, found = tried(tmp_path)
    assert (done.claims, done.persons, found.whole.persons) == (2, 1, 1)
    assert [row.opening for row in rows_in(tmp_path / "claims")] == [
        {"employee-outpatient.in_scope": 4000}
    ] * 2
    assert found.otherwise == 0
    Decision.objects.filter(person=gone).update(kind=Kind.AID)
    assert export(tmp_path / "again", year=2026).left_out_aid == 1


def test_what_a_third_party_paid_for_its_own_lines_changes_nothing(house: House, tmp_path: Path) -> None:
    made.insured(1)
    lines = (made.line("18000.00"), made.line("2000.00", excluded="third_party"))
    for number, paid in enumerate((50000, 200000, 320000), 1):
        stay = made.stay(number=str(number), lines=lines, accident="paying", third_party_paid=paid)
        made.decided(house, stay, 1, made.INPATIENT)
    _, found = tried(tmp_path)
    assert (found.claims, found.otherwise) == (3, 0)


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
