"""The file that pays: the same order gives the same bytes, and our schema accepts nothing else."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from jingban.core.localtime import SHANGHAI
from jingban.funds import bankfiles, iso
from jingban.funds import service as funds
from jingban.funds.bankfiles import Block, Order, Transfer
from jingban.funds.payees import Payee

AT = datetime(2026, 3, 2, 9, 30, 15, 123, SHANGHAI)
OWN = Payee("某县医疗保障局", "试验银行", "1000200030004000")


def order(*fens: int) -> Order:
    transfers = tuple(
        Transfer(f"P1{n:06d}", Payee(f"张{n}", "甲银行", f"62220000{n:04d}"), fen, f"医保待遇 {n}")
        for n, fen in enumerate(fens, start=1)
    )
    return Order("P1", "某县医疗保障局", AT, AT.date(), (Block("P1E", OWN, transfers),))


def _text(root: Any, path: str) -> list[str]:
    space = {"p": iso.namespace(iso.PAIN_001)}
    return [node.text for node in root.iterfind(path, space)]


@given(st.lists(st.integers(1, 10**13), min_size=1, max_size=20))
def test_sums_and_numbers_are_those_of_the_payments(fens: list[int]) -> None:
    made = bankfiles.content(order(*fens), "pain.001")
    assert made == bankfiles.content(order(*fens), "pain.001")
    root = iso.parsed(made, iso.PAIN_001)
    yuan = [f"{fen // 100}.{fen % 100:02d}" for fen in fens]
    assert _text(root, ".//p:InstdAmt") == yuan
    whole = sum(fens)
    assert set(_text(root, ".//p:CtrlSum")) == {f"{whole // 100}.{whole % 100:02d}"}
    assert set(_text(root, ".//p:NbOfTxs")) == {str(len(fens))}
    assert len(set(_text(root, ".//p:EndToEndId"))) == len(fens)
    assert _text(root, ".//p:CreDtTm") == ["2026-03-02T09:30:15+08:00"]


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cf")), min_size=1, max_size=70))
def test_any_name_stays_the_name(name: str) -> None:
    one = order(1)
    renamed = Order(
        one.message_id, one.agency, one.made_at, one.pay_on,
        (Block("P1E", OWN, (Transfer("P1000001", Payee(name, "甲银行", "62220001"), 1, "医保待遇"),)),),
    )  # fmt: skip
    if name.isprintable():
        root = iso.parsed(bankfiles.content(renamed, "pain.001"), iso.PAIN_001)
        assert _text(root, ".//p:Cdtr/p:Nm") == [name]
    rows = list(csv.reader(io.StringIO(bankfiles.content(renamed, "csv").decode("utf-8-sig"), newline="")))
    assert rows[1][3] == name


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("CNY", "EUR"), ("<InstdAmt Ccy=\"CNY\">0.01", "<InstdAmt Ccy=\"CNY\">0.001"), ("TRF", "CHK"),
        ("<NbOfTxs>1</NbOfTxs>", ""), ("<EndToEndId>P1000001</EndToEndId>", "<EndToEndId>" + "1" * 36 + "</EndToEndId>"),
        ("<InstdAmt Ccy=\"CNY\">0.01", "<InstdAmt Ccy=\"CNY\">0.00"), ("2026-03-02T", "2026-13-02T"),
    ],
)  # fmt: skip
def test_the_schema_refuses_what_no_bank_takes(old: str, new: str) -> None:
    made = bankfiles.content(order(1), "pain.001").decode()
    assert old in made
    with pytest.raises(funds.FileWrong, match="不合约定的 pain.001"):
        iso.parsed(made.replace(old, new).encode(), iso.PAIN_001)


def test_the_table_says_the_same(db: None) -> None:
    rows = list(
        csv.reader(io.StringIO(bankfiles.content(order(150, 2), "csv").decode("utf-8-sig"), newline=""))
    )
    assert tuple(rows[0]) == bankfiles.COLUMNS
    assert rows[1] == ["P1", OWN.account, "P1000001", "张1", "622200000001", "甲银行", "1.50", "医保待遇 1"]


def test_what_we_write_declares_no_type() -> None:
    made = bankfiles.content(order(1), "pain.001")
    assert etree.fromstring(made).getroottree().docinfo.doctype == ""
