"""台账, batches, sums by medical category, 《现金报销明细表》, and the command line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from jingban.benefits import decisions
from jingban.benefits import service as benefits
from jingban.benefits.models import CatalogueEntry, Decision
from jingban.cli import main
from jingban.rulebook.cache import effective_all
from tests.benefits import factories as make
from tests.houses import House, staff

pytestmark = pytest.mark.django_db(databases=["default", "audit"])

TODAY = date(2026, 3, 2)


def received(
    region: str, first: date, last: date, offices: set[str] | None = None, reads: bool = True
) -> list[benefits.Received]:
    return benefits.received(region, first, last, offices=offices, reads=lambda case: reads)


def test_the_register_of_received_claims_by_day(house: House) -> None:
    make.insured(1)
    first, second = make.opened(house), make.opened(house)
    make.entered(house, first)
    make.approved(house, first)
    house.later(days=1)
    make.opened(house)
    rows = received("puyang", TODAY, TODAY)
    assert [(r.number, r.cares, r.invoices, r.total, r.decided) for r in rows] == [
        (first.number, ("普通门诊",), 1, 50000, 28200),
        (second.number, (), 0, 0, None),
    ]
    assert (rows[0].received_on, {r.name for r in rows}) == (TODAY, {make.made.new_name(1)})
    assert len(received("puyang", TODAY, date(2026, 3, 3))) == 3
    assert received("bazhou", TODAY, TODAY) == []
    assert received("puyang", TODAY, TODAY, {"elsewhere"}) == []
    assert len(received("puyang", TODAY, TODAY, {first.office})) == 2
    (masked, _) = received("puyang", TODAY, TODAY, reads=False)
    name = make.made.new_name(1)
    assert (masked.name, masked.cares, masked.total) == (name[0] + "*" * (len(name) - 1), (), 50000)


def test_batches_by_section_and_day(house: House) -> None:
    tier = next(e.tier for e in effective_all() if (e.region, e.item) == ("luanzhou", "manual-reimbursement"))
    entry = ("luanzhou", tier, "manual-reimbursement")
    make.insured(1, region="luanzhou")
    views = [make.opened(house, entry) for _ in range(2)]
    for n, view in enumerate(views):
        make.entered(house, view, make.bill(number=f"{n}", place_code="130284"))
        house.act(view, "approve", actor=staff(40, "reviewer", region="luanzhou"))
    (batch,) = benefits.batches("luanzhou", TODAY, TODAY, offices=None)
    assert (batch.day, batch.cases, batch.invoices, batch.total) == (
        TODAY, tuple(v.id for v in views), 2, 100000,
    )  # fmt: skip


def test_the_cash_sheet_and_its_sums(house: House) -> None:
    make.insured(1)
    one = make.decided(house, make.bill())
    two = make.decided(house, make.stay(), entry=make.INPATIENT)
    lines = benefits.cash_sheet([one.case_id, two.case_id])
    assert {(line.care, line.institution, line.amounts["total"], line.invoices) for line in lines} == {
        ("住院", "试验县人民医院", 2000000, 1),
        ("普通门诊", "试验县人民医院", 50000, 1),
    }
    by_care = {s.care: s for s in benefits.sums_by_care([one.case_id, two.case_id])}
    assert by_care["普通门诊"].amounts["fund"] == one.fund_fen
    assert by_care["住院"].amounts["fund"] == two.fund_fen
    assert [s.care for s in benefits.sums_by_care([one.case_id, two.case_id])] == ["普通门诊", "住院"]
    decisions.undo(one.case_id, actor=1, now=house.now, why="退回")
    assert len(benefits.cash_sheet([one.case_id])) == 0
    assert all(line.is_illustrative for line in lines)


def test_a_decision_is_explained_in_the_terminal(house: House) -> None:
    make.insured(1)
    done = make.decided(house, make.bill())
    shown = CliRunner().invoke(main, ["benefit", "explain", done.case.number], env={"COLUMNS": "200"})
    assert shown.exit_code == 0, shown.output
    for words in ("统筹基金支付", "282.00", "× 60% = 282.00", "示例值", "参数校验值", "个人负担218.00元"):
        assert words in shown.output
    narrow = CliRunner().invoke(main, ["benefit", "explain", done.case.number], env={"COLUMNS": "60"})
    assert "…" not in narrow.output, "a narrow terminal loses nothing of why"
    decisions.revoke(done.case_id, actor=9, now=house.now, why="票据是假的")
    told = CliRunner().invoke(main, ["benefit", "explain", done.case.number], env={"COLUMNS": "200"}).output
    assert "撤销（票据是假的），不再有效；下面是当时的核定" in told
    assert "× 60% = 282.00" in told
    other = make.opened(house)
    assert "没有有效的核定" in CliRunner().invoke(main, ["benefit", "explain", other.number]).output
    assert CliRunner().invoke(main, ["benefit", "explain", "no"]).exit_code == 2


def test_verify_says_what_is_wrong(house: House) -> None:
    make.insured(1)
    done = make.decided(house, make.bill())
    assert CliRunner().invoke(main, ["benefit", "verify"]).output.strip() == "核对完毕，0处问题。"
    Decision.objects.filter(pk=done.pk).update(parts={"resident": done.fund_fen})
    told = CliRunner().invoke(main, ["benefit", "verify", "--region", "puyang"])
    assert told.exit_code == 1
    assert done.case.number in told.output


def test_the_catalogue_is_loaded_from_a_file(db: None, tmp_path: Path) -> None:
    file = tmp_path / "目录.csv"
    head = "code,name,class,own_share,price_limit,limited_use,start_on,end_on\n"
    file.write_text(head + "X1,甲药,乙,0.1,,,2024-01-01,\n", encoding="utf-8")
    run = CliRunner().invoke(main, ["benefit", "catalogue", "load", str(file), "--region", "bazhou"])
    assert "装入1条，终止旧条目0条，没有变化0条" in run.output
    assert CatalogueEntry.objects.get().region == "bazhou"
    assert (
        "没有地区"
        in CliRunner().invoke(main, ["benefit", "catalogue", "load", str(file), "--region", "nowhere"]).output
    )
    file.write_text(head + "X1,甲药,丁,0.1,,,2024-01-01,\n", encoding="utf-8")
    wrong = CliRunner().invoke(main, ["benefit", "catalogue", "load", str(file)])
    assert (wrong.exit_code, "第2行" in wrong.output) == (2, True)
