"""Months of a paper sheet as clerks type or paste them."""

from __future__ import annotations

import pytest

from jingban.portals.desk.mail.spans import EXAMPLE, MOST_LINES, counted, gaps, read_spans

HERE = {"insurance": "310", "place": "370199"}
YEAR = {
    "insurance": "310", "first": "2023-01", "last": "2023-12", "months": 12, "kind": "paid", "base": "5000.00",
    "place": "370199",
}  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        "2023-01 2023-12 实缴 5000",
        "2023-01\t2023-12\t实缴\t5000.00",
        "2023.01-2023.12 实际缴费 5,000.00元",
        "202301-202312，实缴，5000",
        "2023年1月至2023年12月、缴费、5000元",
        "2023/1 2023/12 5000 实缴 职工 370199",
        "２０２３－０１　２０２３－１２　实缴　５０００",
        "2023-01,2023-12,实缴,5000,-",
    ],
)
def test_ways_to_write_the_same_line(line: str) -> None:
    spans, faults = read_spans(line, **HERE)
    assert faults == []
    assert [span.as_data() for span in spans] == [YEAR]


def test_the_example_can_be_read_and_counted() -> None:
    spans, faults = read_spans(f"\n{EXAMPLE}\n\n", **HERE)
    assert faults == []
    assert [(s.line, s.insurance, s.deemed, s.base, s.place) for s in spans] == [
        (2, "310", True, None, "370199"),
        (3, "310", False, "5000.00", "370199"),
        (4, "390", False, "400.00", "410900"),
    ]
    assert counted(spans) == (36, 24)
    assert gaps(spans) == [{"first": "2020-01", "last": "2022-12", "months": 36}]


def test_a_month_under_two_insurances_counts_once_and_as_paid() -> None:
    spans, faults = read_spans("2023-01 2023-12 视同\n2023-07 2024-01 实缴 居民", **HERE)
    assert faults == []
    assert counted(spans) == (7, 6)
    assert gaps(spans) == []


def test_a_month_twice_is_told_with_both_lines() -> None:
    _, faults = read_spans("2023-01 2023-12 实缴\n2022-01 2022-12 实缴\n2022-12 2023-02 视同", **HERE)
    assert faults == ["第3行：2023-01至2023-02与第1行重复"]


def test_more_lines_than_a_sheet_has() -> None:
    spans, faults = read_spans("2023-01 2023-01 实缴\n" * (MOST_LINES + 1), **HERE)
    assert spans == []
    assert len(faults) == 1
    assert "最多600行" in faults[0]
