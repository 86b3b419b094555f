"""Spreadsheets that hold something else than what was written into them: formulas, and more than they seem."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from jingban.registry.models import Unit
from jingban.registry.origin import Origin
from jingban.registry.rosters import sheet
from jingban.registry.rosters.reading import Formula, RosterUnreadable, raw_rows
from tests.registry.test_rosters import HEAD, check, line, origin, told, unit

__all__ = ["origin", "unit"]

pytestmark = pytest.mark.django_db


def test_a_formula_is_told_from_a_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "f.xlsx"
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet("名册").write_row(0, 0, ["姓名", 1])
    page = book.get_worksheet_by_name("名册")
    page.write_formula(1, 0, '=CONCATENATE("张","三")', None, "张三")
    page.write_formula(1, 2, "=1/0", None, "#DIV/0!")
    page.write_formula(2, 27, "=1+1", None, 2)
    book.add_worksheet("别的").write_formula(0, 0, "=1+1", None, 2)
    book.close()
    wanted = [
        ["姓名", 1.0, *[""] * 26],
        [Formula(True), "", Formula(False), *[""] * 25],
        [*[""] * 27, Formula(True)],
    ]
    assert list(raw_rows(path)) == wanted
    for chunk in range(1, 120):  # wherever a chunk ends, nothing is missed or told twice
        monkeypatch.setattr(sheet, "CHUNK", chunk)
        assert sheet.formulas(str(path)) == {1: [0, 2], 2: [27]}, chunk


def test_a_formula_is_refused_in_its_line(origin: Origin, unit: Unit, tmp_path: Path) -> None:
    path = tmp_path / "roster.xlsx"
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
    page = book.add_worksheet()
    rows: list[list[Any]] = [
        [*HEAD, "地址"],
        [*line(1), ""],
        [*line(2), '=HYPERLINK("http://x")'],
        [*line(3), ""],
    ]
    for place, row in enumerate(rows):
        page.write_row(place, 0, row)
    page.write_formula(1, 4, "=2500*2", None, 5000)
    page.write_formula(3, 9, "=SUM(E2:E4)", None, 15000)
    for place in range(4, 9):
        page.write_formula(place, 4, '=IF(A5="","",5000)', None, "")
    book.close()
    found = told(check(origin, unit, path))
    assert [(status, why.split("，")[0]) for status, why in found.values()] == [
        ("bad", "月缴费工资（元）：这一格是公式"),
        ("bad", "联系地址：这一格是公式"),
        ("good", ""),
    ], "a sum beside the roster, and rows where a formula gives nothing, are not of it"
    assert "选择性粘贴—数值" in found[2][1]


def test_a_small_file_that_unfolds_to_gigabytes_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bomb.xlsx"
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet().write_row(0, 0, HEAD)
    book.close()
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as pack, pack.open("xl/media/x.xml", "w") as part:
        for _ in range(900):
            part.write(bytes(1 << 20))
    assert path.stat().st_size < 2 << 20
    with pytest.raises(RosterUnreadable, match="太大或格式异常"):
        list(raw_rows(path))
    monkeypatch.setattr(sheet.resource, "setrlimit", lambda *_: None)
    assert sheet.main(str(path), 10) == sheet.TOO_LARGE, "by what it says of itself, unread"


@pytest.mark.parametrize("number", [110105194912310021, 1.10105194912310021e17, "1.10105E+17"])
def test_a_number_that_was_rounded_is_refused(
    origin: Origin, unit: Unit, tmp_path: Path, number: Any
) -> None:
    path = tmp_path / "roster.xlsx"
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet()
    for place, row in enumerate([HEAD, line(1, number=number), line(2)]):
        page.write_row(place, 0, row)
    book.close()
    found = told(check(origin, unit, path))
    assert [status for status, _ in found.values()] == ["bad", "good"]
    assert "末几位可能已经丢失，请把这一列设为“文本”格式" in found[2][1]
