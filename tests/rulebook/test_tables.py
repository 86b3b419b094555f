"""The check reads tables of parameters, national and regional, and tells their faults with the line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from jingban.core.parameters import load_parameters
from jingban.core.paths import rulebook_root
from jingban.rulebook.check import check
from jingban.rulebook.figures import figures
from jingban.rulebook.load import read

TABLE = """table: employee-inpatient
description: 住院
checked_on: "2026-11-22"
reference: {title: 某某办法}
status: illustrative
rows:
  deductible-3:
    name: 三级医院起付标准
    unit: yuan
    values: {"2021-01-01": "900.00"}
"""


@pytest.fixture
def own(copy: Path) -> Callable[[str], list[str]]:
    """What the check says when the invented region has this table."""
    folder = copy / "regions" / "yunxi" / "parameters"
    folder.mkdir(exist_ok=True)

    def told(text: str) -> list[str]:
        (folder / "employee-inpatient.yaml").write_text(text, encoding="utf-8")
        return [str(error) for error in check(copy).errors]

    return told


def test_a_regions_row_stands_before_the_national_one(own: Callable[[str], list[str]], copy: Path) -> None:
    assert own(TABLE) == []
    national = load_parameters(rulebook_root() / "national" / "parameters")
    mine = figures("yunxi", copy)
    assert (
        mine["employee-inpatient.deductible-3"].values != national["employee-inpatient.deductible-3"].values
    )
    assert mine["employee-inpatient.deductible-2"] == national["employee-inpatient.deductible-2"]


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("unit: yuan", "unit: ratio", 10, "单位是 ratio，全国参数是 yuan"),
        ('"900.00"', '"九百"', 7, "“九百”不是数值"),
        ("    unit: yuan\n", "", 7, "缺少这一项"),
        ("table: employee-inpatient", "table: inpatient", 1, "文件名是“employee-inpatient”"),
        ("  deductible-3:", "  deductible-3:\n    articel: x", 8, "不认识这个键"),
        ("deductible-3", "Deductible", 6, "不能用"),
    ],
)
def test_a_faulty_table_of_a_region_is_told(
    own: Callable[[str], list[str]], old: str, new: str, line: int, words: str
) -> None:
    told = own(TABLE.replace(old, new, 1))
    assert len(told) == 1
    assert words in told[0]
    assert told[0].startswith(f"regions/yunxi/parameters/employee-inpatient.yaml:{line}："), told


def test_months_in_a_table_are_whole(own: Callable[[str], list[str]]) -> None:
    more = '  wait: {name: 等待, unit: months, values: {"2021-01-01": "1.5"}}\n'
    told = own(TABLE + more)
    assert told == [
        "regions/yunxi/parameters/employee-inpatient.yaml:11："
        "参数 employee-inpatient.wait 以日或月计，应为整数。请改正数值。"
    ]


def test_a_regions_choice_is_one_of_the_national_ones(
    own: Callable[[str], list[str]], edit: Callable[[str, str, str], None], copy: Path
) -> None:
    row = '  basis: {name: 计算方式, unit: choice, %svalues: {"2021-01-01": "%s"}}\n'
    path = "national/parameters/employee-inpatient.yaml"
    edit(path, "rows:\n", "rows:\n" + row % ("choices: {year: 按年度, visit: 按次}, ", "year"))
    assert own(TABLE + row % ("", "visit")) == []
    assert figures("yunxi", copy)["employee-inpatient.basis"].shown("visit") == "按次"
    (told,) = own(TABLE + row % ("", "month"))
    assert "选项“month”不认识" in told
    assert "可用的有：year、visit" in told


def test_the_rulebook_knows_the_rows_by_name() -> None:
    book, faults = read()
    assert not faults
    assert "employee-inpatient.deductible-3" in book.national.parameters
    assert all("serious-illness.threshold" in region.parameters for region in book.regions.values())
