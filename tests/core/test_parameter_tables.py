"""Tables of parameters: many figures on one page, each of them an ordinary parameter."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from jingban.core.parameters import NotInForce, ParameterBroken, in_words, load_parameters
from jingban.core.paths import rulebook_root
from jingban.rulebook.figures import figures

TABLE = """
table: stays
description: 住院待遇
checked_on: "2026-11-22"
reference: {title: 某某办法}
status: illustrative
rows:
  deductible-1:
    name: 一级医院起付标准
    unit: yuan
    values:
      "2021-01-01": "200.00"
      "2024-01-01": {value: "300.00", status: verified, reference: {title: 新办法, article: 第三条}}
      "2025-01-01": null
  basis: {name: 计算方式, unit: choice, reference: {title: 细则}, values: {"2021-01-01": year}}
"""
PARAMETER = """
parameter: days
description: 期限
unit: working_days
checked_on: "2026-11-22"
values:
  "2021-01-01": {value: "5", status: statutory, reference: {title: 某法}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "stays.yaml").write_text(TABLE, encoding="utf-8")
    (tmp_path / "days.yaml").write_text(PARAMETER, encoding="utf-8")
    return tmp_path


def test_rows_are_parameters_beside_the_others(folder: Path) -> None:
    found = load_parameters(folder)
    assert sorted(found) == ["days", "stays.basis", "stays.deductible-1"]
    row = found["stays.deductible-1"]
    assert (row.parameter, row.description, row.unit) == ("stays.deductible-1", "一级医院起付标准", "yuan")
    assert row.checked_on == date(2026, 11, 22)
    assert row.at(date(2023, 12, 31)) == Decimal(200)
    assert row.at(date(2024, 1, 1)) == Decimal(300)
    with pytest.raises(NotInForce, match=r"stays\.deductible-1.*一级医院起付标准.*2025-01-01"):
        row.at(date(2025, 1, 1))


def test_what_a_value_leaves_out_is_the_rows_or_the_tables(folder: Path) -> None:
    found = load_parameters(folder)
    old, new = (found["stays.deductible-1"].dated(date(year, 6, 1)) for year in (2021, 2024))
    assert (old.status, old.reference.title) == ("illustrative", "某某办法")
    assert (new.status, new.reference.title, new.reference.article) == ("verified", "新办法", "第三条")
    basis = found["stays.basis"].dated(date(2021, 1, 1))
    assert (basis.value, basis.reference.title) == ("year", "细则")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("table: stays", "table: nights", "请让文件名与 table 一致"),
        ('"200.00"', "200.00", "数值请加引号"),
        ('"200.00"', '"两百"', "“两百”不是数值，单位 yuan"),
        ("reference: {title: 某某办法}\n", "", "reference：缺少这一项"),
        ("status: illustrative", "status: 大概", "status：只能是"),
        ("    unit: yuan\n", "", "unit：缺少这一项"),
        ("  deductible-1:", "  Deductible_1:", "行名“Deductible_1”不能用"),
        ("2021-01-01", "2021-02-30", "应是日期"),
        ("title: 新办法, article", "title: 新办法, artikel", "不认识这个键"),
    ],
)
def test_a_faulty_table_says_where(folder: Path, old: str, new: str, words: str) -> None:
    (folder / "stays.yaml").write_text(TABLE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ParameterBroken, match=words) as caught:
        load_parameters(folder)
    assert "stays.yaml" in caught.value.message


@pytest.mark.parametrize("region", sorted(path.name for path in (rulebook_root() / "regions").iterdir()))
def test_a_regions_own_local_figures_are_only_illustrations(region: str) -> None:
    """Nobody has seen an official original of them (reference 5.4): production must not pay by them."""
    own = load_parameters(rulebook_root() / "regions" / region / "parameters")
    tables = ("employee-", "resident-", "serious-illness", "medical-aid")
    found = [one for name, one in own.items() if name.startswith(tables)]
    assert len(found) > 30
    for one in found:
        assert {dated.status for dated in one.values.values() if dated} == {"illustrative"}, one.parameter
    titles = {dated.reference.title for one in found for dated in one.values.values() if dated}
    assert any("二手数据，未见官方原件" in title for title in titles)


BASIS = "basis: {name: 计算方式, unit: choice,"
CHOICES = "choices: {year: 按年度累计, visit: 按每次就诊},"


def test_the_codes_of_a_choice_are_shown_in_words(folder: Path) -> None:
    named = TABLE.replace(BASIS, f"{BASIS} {CHOICES}", 1)
    (folder / "stays.yaml").write_text(named, encoding="utf-8")
    basis, plain = load_parameters(folder)["stays.basis"], load_parameters(folder)["days"]
    assert basis.text_at(date(2021, 1, 1)) == "year", "rules go by the code"
    assert (basis.shown("year"), basis.shown("visit year")) == ("按年度累计", "按每次就诊、按年度累计")
    assert plain.shown("5") == "5"
    assert plain.named_as(basis).choices == basis.choices
    assert basis.named_as(plain) is basis


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (BASIS, f"{BASIS} choices: {{visit: 按每次就诊}},", "“year”不在 choices 里，可用的有：visit"),
        ("unit: yuan\n", f"unit: yuan\n    {CHOICES[:-1]}\n", "单位 yuan 没有选项"),
    ],
)
def test_choices_that_do_not_fit_are_refused(folder: Path, old: str, new: str, words: str) -> None:
    (folder / "stays.yaml").write_text(TABLE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ParameterBroken, match=words):
        load_parameters(folder)


@pytest.mark.parametrize("region", sorted(path.name for path in (rulebook_root() / "regions").iterdir()))
def test_no_choice_of_the_rulebook_is_shown_as_a_code(region: str) -> None:
    for one in figures(region).values():
        shown = [one.shown(value.value) for value in one.values.values() if value and one.unit == "choice"]
        assert not [text for text in shown if any("a" <= letter <= "z" for letter in text)], one.parameter
        assert not any(code in one.description for code in one.choices), one.parameter


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        ("1300.00", "yuan", "1,300.00元"),
        ("0.85", "ratio", "85%"),
        ("10", "points", "10个百分点"),
        ("158", "days", "158天"),
        ("按年度累计", "choice", "按年度累计"),
    ],
)
def test_a_value_in_words(value: str, unit: str, words: str) -> None:
    assert in_words(value, unit) == words
