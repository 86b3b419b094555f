"""The money papers of the guides on example data, in the shape in which the funds will hand it over; long lists."""

from __future__ import annotations

import time
from datetime import datetime

import pytest

from jingban.cases.actions import NOBODY
from jingban.core.localtime import SHANGHAI
from jingban.documents.actions import file_of, issue
from jingban.documents.case_papers import Subject
from jingban.documents.content import Column, Content, Table, entry
from jingban.documents.models import IssuedPaper
from jingban.documents.rendering import MOST_TAGGED
from tests.documents.reading import read

NOW = datetime(2026, 3, 2, 9, 0, 7, 123456, tzinfo=SHANGHAI)  # as a clock says it
SENDER = "某县医疗保障局"


def columns(*names: str, money: tuple[str, ...] = ()) -> tuple[Column, ...]:
    return tuple(Column(name=name, align="right" if name in money else "left") for name in names)


def issued(kind: str, content: Content) -> IssuedPaper:
    return issue(
        Subject(f"batch:{kind}", "JS410928-20260302-0000011", content),
        kind=kind, region="puyang", actor=NOBODY, now=NOW,
    )  # fmt: skip


def cash(rows: int) -> Content:
    """《现金报销明细表》."""
    one = ("张小凤", "住院", "12345.67", "9876.54", "************0000")
    return Content(
        sender=SENDER,
        day=NOW.date(),
        facts=(entry("批次号", "20260302-01"), entry("费款所属期", "2026年2月")),
        table=Table(
            columns=columns(
                "序号",
                "姓名",
                "医疗类别",
                "总费用",
                "基金支付金额",
                "收款账户",
                money=("总费用", "基金支付金额"),
            ),
            rows=tuple((str(n), *one) for n in range(1, rows + 1)),
            total=("", "合计", "", f"{12345.67 * rows:.2f}", f"{9876.54 * rows:.2f}", ""),
        ),
        steps=Table(
            columns=columns("项目", "金额", "怎么算的", money=("金额",)),
            rows=(("统筹基金支付", "9,876.54", "（12,345.67 − 起付线 500.00）× 83.4%"),),
        ),
        signers=(entry("制表人", "李某"), entry("复核人")),
    )


def test_cash_reimbursement_sheet() -> None:
    found = read(file_of(issued("cash-reimbursement-sheet", cash(40))))
    assert len(found.pages) == 2
    assert "怎么算的" in found
    assert "起付线500.00）×83.4%" in found
    for page in found.pages:
        assert "基金支付金额" in page, "the head of the table stands on every page"
    for text in ("现金报销明细表", "批次号：20260302-01", "合计", "395061.60", "制表人：李某", "第2页共2页"):
        assert text in found, text


def test_maternity_allowance_summary() -> None:
    content = Content(
        sender=SENDER,
        day=NOW.date(),
        facts=(entry("费款所属期", "2026年2月"),),
        table=Table(
            columns=columns(
                "单位名称", "姓名", "生育日期", "产假天数", "津贴金额", "收款账户", money=("津贴金额",)
            ),
            rows=(("某某装备制造有限公司", "张小凤", "2026年1月5日", "158", "31600.00", "************0000"),),
            total=("合计", "1人", "", "", "31600.00", ""),
        ),
        signers=(entry("制表人", "李某"),),
    )
    found = read(file_of(issued("allowance-summary-sheet", content)))
    for text in ("参保职工生育津贴汇总表", "某某装备制造有限公司", "158", "31600.00", "1人"):
        assert text in found, text


def test_payment_order() -> None:
    content = Content(
        sender=SENDER,
        day=NOW.date(),
        holder="张小凤",
        facts=(
            entry("拨付单号", "BF410928-20260302-0000011"),
            entry("收款人", "张小凤"),
            entry("开户行", "某某银行某某支行"),
            entry("收款账号", "6222000000000000"),
            entry("金额", "玖仟捌佰柒拾陆元伍角肆分（9,876.54元）"),
            entry("费用所属期", "2026年2月"),
        ),
        signers=(entry("经办人", "李某"), entry("复核人", "王某"), entry("审批人")),
    )
    found = read(file_of(issued("payment-order", content)))
    for text in ("拨付单", "6222000000000000", "9,876.54元", "经办人：李某", "复核人：王某", "审批人："):
        assert text in found, text
    assert not any("印章" in alt for alt in found.pictures), "it stays in the house"


@pytest.mark.parametrize(("rows", "tagged"), [(MOST_TAGGED, True), (1000, False)])
def test_long_lists_do_without_tags(rows: int, tagged: bool) -> None:
    begun = time.process_time()
    row = issued("cash-reimbursement-sheet", cash(rows))
    taken = time.process_time() - begun
    pdf = file_of(row)
    found = read(pdf)
    assert found.is_tagged is tagged
    assert found.pdfa == "2B"
    assert str(rows) in found.pages[-1] or str(rows) in found.pages[-2]
    assert len(pdf) < 2_000_000
    assert taken < 15, "the bench measures; this only notices a change of kind"


def test_a_list_of_many_amounts_keeps_room_for_names() -> None:
    """Fourteen columns: what is wide is not squeezed into a letter a line, which made thirty pages of thirty rows."""
    names = tuple(f"第{n}项金额" for n in range(11))
    table = Table(
        columns=(Column(name="医疗类别"), Column(name="医疗机构和日期", width=3), *columns(*names, money=names)),
        rows=tuple(("住院", "某某大学附属第一医院 2026年1月15日", *("138,621.16" for _ in names)) for _ in range(10)),
    )  # fmt: skip
    found = read(
        file_of(issued("cash-reimbursement-sheet", Content(sender=SENDER, day=NOW.date(), table=table)))
    )
    assert len(found.pages) == 1
