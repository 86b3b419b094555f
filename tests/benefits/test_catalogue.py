"""The catalogue: loaded whole or not at all, looked up by region and by the day of the expense."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from jingban.benefits import catalogue
from jingban.benefits.errors import CatalogueWrong
from jingban.benefits.models import CatalogueEntry
from tests.builders import MONDAY

pytestmark = pytest.mark.django_db

HEAD = "code,name,class,own_share,price_limit,limited_use,start_on,end_on\n"


def load(*lines: str, region: str = "") -> catalogue.Loaded:
    return catalogue.load(
        HEAD + "".join(f"{line}\n" for line in lines), region=region, source="试验", now=MONDAY
    )


def on(code: str, day: date, region: str = "puyang") -> CatalogueEntry | None:
    return catalogue.find(region, [(code, day)]).get((code, day))


def test_the_demo_loads_and_the_second_time_changes_nothing() -> None:
    first = catalogue.load_demo(MONDAY)
    assert (first.made, first.ended) == (16, 0)
    assert catalogue.load_demo(MONDAY) == catalogue.Loaded(0, 0, 16)
    old, new = on("DEMO-D-005", date(2024, 12, 31)), on("DEMO-D-005", date(2025, 1, 1))
    assert old is not None
    assert new is not None
    assert (old.own_share, old.price_limit) == (Decimal("0.1000"), None)
    assert (new.own_share, new.price_limit) == (Decimal("0.0500"), Decimal("1.2000"))
    assert on("DEMO-D-005", date(2020, 12, 31)) is None


def test_a_new_version_ends_the_old_one_the_day_before() -> None:
    load("X1,甲药,乙,0.1,,,2024-01-01,")
    assert load("X1,甲药,乙,0.2,,,2025-07-01,") == catalogue.Loaded(1, 1, 0)
    before, after = on("X1", date(2025, 6, 30)), on("X1", date(2025, 7, 1))
    assert before is not None
    assert after is not None
    assert (before.own_share, before.end_on, after.own_share) == (
        Decimal("0.1"),
        date(2025, 6, 30),
        Decimal("0.2"),
    )


def test_the_regions_own_goes_before_the_national() -> None:
    load("X1,甲药,乙,0.1,,,2024-01-01,")
    load("X1,甲药,乙,0.3,,,2025-01-01,2025-12-31", region="bazhou")
    day = date(2025, 5, 1)
    shares = {region: getattr(on("X1", day, region), "own_share", None) for region in ("bazhou", "puyang")}
    assert shares == {"bazhou": Decimal("0.3"), "puyang": Decimal("0.1")}
    assert getattr(on("X1", date(2026, 1, 1), "bazhou"), "own_share", None) == Decimal("0.1")


def test_every_fault_is_told_with_its_line_and_nothing_is_loaded() -> None:
    with pytest.raises(CatalogueWrong) as told:
        load(
            "X1,甲药,甲,0.1,,,2024-01-01,",
            "X2,乙药,乙,,,,2024-01-01,",
            "X3,丙药,丁,,,,2024-01-01,",
            "X4,丁药,乙,1.5,,,2024-01-01,",
            "X5,戊药,乙,0.1,-3,,2024-01-01,",
            "X6,己药,甲,,,,2024-02-30,",
            "X7,庚药,甲,,,,2024-03-01,2024-02-01",
            ",辛药,甲,,,,2024-03-01,",
            "X8,壬药,甲,,,,2024-01-01,2024-06-30",
            "X8,壬药,乙,0.1,,,2024-06-30,",
            "X9,癸药,乙,NaN,,,2024-01-01,",
        )
    text = told.value.message
    for words in (
        "第2行：甲类的先行自付比例应为0，填的是0.1",
        "第3行：乙类的先行自付比例应大于0、小于1",
        "第4行：类别“丁”不认识",
        "第5行：乙类的先行自付比例应大于0、小于1，填的是“1.5”",
        "第6行：限价应大于零，填的是-3",
        "第7行：日期“2024-02-30”不对",
        "第8行：止期早于起期",
        "第9行：编码和名称都要填写",
        "第11行：编码X8和第10行的日期重叠",
        "第12行：先行自付比例“NaN”超出范围",
    ):
        assert words in text
    assert not CatalogueEntry.objects.exists()


def test_a_file_without_its_columns_is_refused() -> None:
    with pytest.raises(CatalogueWrong, match="缺少栏目：class、start_on"):
        catalogue.load("code,name\nX1,甲药\n", region="", source="试验", now=MONDAY)
    with pytest.raises(CatalogueWrong, match="没有目录条目"):
        catalogue.load(HEAD, region="", source="试验", now=MONDAY)


def test_what_was_loaded_is_corrected_from_a_new_day_only() -> None:
    load("X1,甲药,乙,0.1,,,2024-01-01,")
    with pytest.raises(CatalogueWrong, match="第2行：编码X1在2024-01-01起已有另一条"):
        load("X1,甲药,乙,0.2,,,2023-01-01,")
    with pytest.raises(CatalogueWrong, match="起期要晚于它"):
        load("X1,甲药,乙,0.2,,,2024-01-01,")


def test_headings_may_be_chinese(tmp_path: Path) -> None:
    text = "\ufeff编码,名称,类别,先行自付比例,限价,限定支付范围,起,止\nX1,甲药,丙类,1,,,2024-01-01,\n"
    assert catalogue.load(text, region="", source="试验", now=MONDAY).made == 1
