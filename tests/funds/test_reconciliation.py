"""The bank's statement against the books, day by day; the month's end; what the reports show."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from python_calamine import CalamineWorkbook

from jingban.access.models import Grant, User
from jingban.cli import main
from jingban.funds import reports
from jingban.funds import service as funds
from jingban.funds.models import Batch, Payment
from jingban.ledger import service as ledger
from tests.funds.scene import ENTRY, REGION, Room, books_hold, heir, ids, insured, staff, table

pytestmark = pytest.mark.django_db(databases=["default", "audit"])

HEAD = "日期,收入,支出,余额,参考号,摘要\n"
MARCH = date(2026, 3, 1)


def reconcile(room: Room, text: str, **rest: Any) -> Any:
    return funds.reconcile(
        region=room.region, content=(HEAD + text).encode(), actor=room.cashier, now=room.now, **rest
    )


@pytest.fixture
def sent(room: Room) -> Any:
    """2 March: 1,000.00 from the fiscal authority, 800.00 sent to the bank."""
    room.own_account()
    room.money({"employee": 60_000, "serious": 40_000})
    view = room.prepared({"employee": 50_000, "serious": 30_000})
    return room, room.sent(view)


def test_a_day_that_both_sides_know(sent: Any) -> None:
    room, batch = sent
    (day,) = reconcile(
        room, f"2026-03-02,1000.00,,1000.00,C,财政\n2026-03-02,,800.00,200.00,{batch.number}E,代发\n"
    )
    assert (day.is_even, day.opening_fen, day.in_fen, day.out_fen, day.closing_fen) == (
        True,
        0,
        100_000,
        80_000,
        20_000,
    )
    assert funds.open_items(REGION) == []


def test_what_the_bank_books_a_day_later(sent: Any) -> None:
    room, batch = sent
    (day,) = reconcile(room, "2026-03-02,1000.00,,1000.00,,财政\n")
    assert day.is_even, "the sending is on its way: 1000.00 less 800.00 is the book's 200.00"
    (item,) = funds.open_items(REGION)
    assert (item.side, item.change_fen) == ("ours", -80_000)
    room.house.later(days=1)
    (day,) = reconcile(room, f"2026/03/03,,800.00,200.00,{batch.number},代发\n")
    assert (day.is_even, funds.open_items(REGION)) == (True, [])
    (again,) = reconcile(room, f"2026/03/03,,800.00,200.00,{batch.number},代发\n")
    assert (again.is_even, funds.open_items(REGION)) == (True, [])


def test_what_only_the_bank_knows_is_a_difference(sent: Any) -> None:
    room, batch = sent
    text = f"2026-03-02,1000.00,,1000.00,,财政\n2026-03-02,,800.00,200.00,{batch.number},\n2026-03-02,,5.00,195.00,F,手续费\n"
    (day,) = reconcile(room, text)
    assert not day.is_even
    (item,) = funds.open_items(REGION)
    assert (item.side, item.change_fen, item.text) == ("bank", -500, "手续费")
    with pytest.raises(funds.SamePerson):
        funds.explain_difference(day.pk, text="银行误收", actor=staff(9051, "fund-checker"), now=room.now)
    assert (
        funds.explain_difference(day.pk, text="银行误收", actor=room.checker, now=room.now).explained_by
        == 9052
    )


def test_a_bounce_is_found_by_its_number(sent: Any) -> None:
    room, batch = sent
    (number,) = ids(batch)
    room.returned({number: "失败|销户"})
    text = f"2026-03-02,1000.00,,1000.00,,\n2026-03-02,,800.00,200.00,{batch.number},\n2026-03-02,800.00,,1000.00,{number},退票\n"
    (day,) = reconcile(room, text)
    assert day.is_even


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("2026-03-02,1000.00,,1000.00,,\n2026-03-02,,1.00,1000.00,,\n", "第3行的余额接不上"),
        ("2026-03-02,1.00,1.00,0.00,,\n", "只填一个"),
        ("2026-03-02,-1.00,,-1.00,,\n", "不小于零"),
        ("2026-03-03,1.00,,1.00,,\n", "不晚于今天"),
        ("三月二日,1.00,,1.00,,\n", "读不懂"),
        ("2026-03-02,一元,,1.00,,\n", "读不懂"),
        ("", "没有一行"),
    ],
)
def test_a_statement_that_does_not_add_up_is_refused(room: Room, text: str, match: str) -> None:
    with pytest.raises(funds.StatementWrong, match=match):
        reconcile(room, text)


def test_days_go_forward(sent: Any) -> None:
    room, _ = sent
    room.house.later(days=1)
    reconcile(room, "2026-03-02,1000.00,,1000.00,,\n2026-03-03,,800.00,200.00,,\n")
    with pytest.raises(funds.StatementWrong, match="已经对账到2026年03月03日"):
        reconcile(room, "2026-03-02,1000.00,,1000.00,,\n")


def test_personal_accounts_are_held_against_their_own_statement(room: Room) -> None:
    room = room.at("xingtai")
    room.own_account()
    insured("xingtai")
    view = room.applied(("xingtai", "agency", "account-withdrawal"), **heir(1))
    view = room.house.act(room.house.act(view, "accept"), "approve", amount="100.00")
    batch = room.sent(view)
    (day,) = reconcile(room, f"2026-03-02,,100.00,900.00,{batch.number}P,\n", account="personal")
    assert day.is_even


def test_the_month_is_closed_when_all_is_done(sent: Any) -> None:
    room, batch = sent
    close = {"region": REGION, "month": MARCH, "actor": room.checker}
    with pytest.raises(funds.MonthNotReady, match="还没有结束"):
        funds.close_month(**close, now=room.now)
    room.house.now = room.now.replace(month=4, day=3)
    with pytest.raises(funds.MonthNotReady, match="03月02日有收支还没有对账"):
        funds.close_month(**close, now=room.now)
    text = f"2026-03-02,1000.00,,1000.00,,\n2026-03-02,,800.00,200.00,{batch.number},\n2026-03-02,,5.00,195.00,,费\n"
    (day,) = reconcile(room, text)
    with pytest.raises(funds.MonthNotReady, match="不符，还没有人说明"):
        funds.close_month(**close, now=room.now)
    funds.explain_difference(day.pk, text="银行误收，下月退回", actor=room.checker, now=room.now)
    assert funds.close_month(**close, now=room.now) == date(2026, 3, 31)
    assert funds.close_month(**close, now=room.now) == date(2026, 3, 31)
    # Sent in March and answered in April: the answer is April's.
    room.returned({ids(batch)[0]: "成功"})
    assert ledger.closed_through(REGION) == date(2026, 3, 31)
    books_hold()


def test_a_month_that_was_left_out_is_not_closed_with_the_next(sent: Any) -> None:
    """Closing is up to a day: what moved in March counts when April is closed first."""
    room, batch = sent
    room.house.now = room.now.replace(month=5, day=4)
    april = {"region": REGION, "month": date(2026, 4, 1), "actor": room.checker, "now": room.now}
    with pytest.raises(funds.MonthNotReady, match="03月02日有收支还没有对账"):
        funds.close_month(**april)
    text = f"2026-03-02,1000.00,,1000.00,,\n2026-03-02,,800.00,200.00,{batch.number},\n"
    (day,) = reconcile(room, text)
    assert funds.close_month(**april) == date(2026, 4, 30)
    (again,) = reconcile(room, text)
    assert again.pk == day.pk, "the same statement again changes nothing"
    with pytest.raises(funds.StatementWrong, match="已经结了"):
        reconcile(room, text.replace("200.00", "300.00").replace("1000.00,,1000.00", "1100.00,,1100.00"))


def test_books_that_differ_from_the_payments_keep_the_month_open(sent: Any) -> None:
    room, batch = sent
    room.house.now = room.now.replace(month=4, day=3)
    reconcile(room, f"2026-03-02,1000.00,,1000.00,,\n2026-03-02,,800.00,200.00,{batch.number},\n")
    Payment.objects.update(state="paid")
    with pytest.raises(funds.MonthNotReady) as refused:
        funds.close_month(region=REGION, month=MARCH, actor=room.checker, now=room.now)
    assert any(
        "fund:employee:transit账面500.00元，按付款明细应为0.00元" in text
        for text in refused.value.details["faults"]
    )


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (lambda: Batch.objects.update(count=9), "笔数或合计与明细不符"),
        (lambda: Payment.objects.update(amount_fen=1), "与各基金合计不符"),
    ],
)
def test_the_doctor_finds_it(sent: Any, damage: Any, found: str) -> None:
    damage()
    assert any(found in text for text in funds.faults(REGION))


# Reports


def test_the_cash_book_and_the_balances(sent: Any) -> None:
    book = funds.cash_book(REGION, "employee", start_on=MARCH, end_on=date(2026, 3, 31))
    assert [(x.came, x.went, x.balance) for x in book.lines] == [
        (Decimal("600.00"), Decimal("0.00"), Decimal("600.00")), (Decimal("0.00"), Decimal("500.00"), Decimal("100.00")),
    ]  # fmt: skip
    assert (book.opening, book.closing) == (Decimal("0.00"), Decimal("100.00"))
    found = funds.balances(REGION)
    assert found["serious"]["transit"] == Decimal("300.00")
    assert found["employee"]["payable"] == Decimal("500.00")
    assert funds.balances(REGION, as_of=date(2026, 2, 28))["employee"]["income"] == Decimal("0.00")


def test_paid_by_item_and_owed_by_age(sent: Any) -> None:
    room, batch = sent
    room.house.later(days=40)
    room.approved({"resident": 7_000})
    aged = funds.payables_by_age(REGION, room.now.date())
    assert [(a.fund, a.age, a.count, a.amount) for a in aged] == [
        ("employee", "31至90天", 1, Decimal("500.00")), ("resident", "7天以内", 1, Decimal("70.00")),
        ("serious", "31至90天", 1, Decimal("300.00")),
    ]  # fmt: skip
    room.returned({ids(batch)[0]: "成功"})
    day = room.now.date()
    paid = funds.paid_by_item([REGION], start_on=day, end_on=day)
    assert [(p.item, p.fund, p.payments, p.amount) for p in paid] == [
        (ENTRY[2], "employee", 1, Decimal("500.00")), (ENTRY[2], "serious", 1, Decimal("300.00")),
    ]  # fmt: skip
    assert [row[:2] for row in reports.paid_sheet(paid)[1]] == [("霸州市", "门诊费用报销")] * 2
    assert [a.fund for a in funds.payables_by_age(REGION, day)] == ["resident"]
    assert funds.payables_by_age(REGION, day - timedelta(days=1))[0].amount == Decimal("500.00"), (
        "still owed then"
    )


@pytest.mark.parametrize("pays_illustrative", [True, False])
def test_the_workbook_says_that_illustrations_are_paid_by(
    room: Room, settings: Any, pays_illustrative: bool
) -> None:
    settings.JINGBAN_PAYS_ILLUSTRATIVE = pays_illustrative
    made = funds.workbook(REGION, [REGION], start_on=MARCH, end_on=MARCH, as_of=MARCH)
    assert ("说明" in made) is pays_illustrative


def test_texts_of_a_sheet_are_never_formulas(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    reports.export(path, {"表": (("甲", "乙"), [("=1+1", Decimal("2.50")), ("+x", 3)])})
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    assert rows == [["甲", "乙"], ["=1+1", 2.5], ["+x", 3]]
    import zipfile

    assert b"<f>" not in zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml")


# The command line


def _people(region: str) -> None:
    for name, role in (("chu", "cashier"), ("fu", "fund-checker"), ("lao", "head")):
        user = User.objects.create(username=name, name=name)
        Grant.objects.create(user=user, region=region, role=role, start_on=date(2020, 1, 1))


def _run(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(main, ["funds", *words])
    assert done.exit_code == code, done.output
    return str(done.output)


def test_the_whole_way_at_the_command_line(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jingban.funds import commands

    _people(REGION)
    monkeypatch.setattr(commands, "_now", lambda: room.now)
    _run(
        "account",
        REGION,
        "expenditure",
        "--name",
        "某局",
        "--bank",
        "某银行",
        "--number",
        "10002000",
        "--by",
        "chu",
    )
    _run("income", REGION, "employee", "1000.00", "--reference", "收1", "--by", "chu")
    room.money({"employee": 50_000}, transfer=True)
    view = room.prepared({"employee": 50_000})
    assert "1笔" in _run("batch", "list", REGION)
    _run("batch", "make", REGION, "--office", view.office, "--by", "chu")
    pk = str(Batch.objects.get().pk)
    assert "不能" in _run("batch", "send", pk, "--to", str(tmp_path), "--by", "chu", code=2)
    assert "已批准" in _run("batch", "approve", pk, "--by", "fu")
    for _ in range(2):
        _run("batch", "send", pk, "--to", str(tmp_path), "--by", "chu")
    (file,) = tmp_path.glob("*.xml")
    assert file.stat().st_mode & 0o077 == 0
    answer = tmp_path / "r.csv"
    answer.write_bytes(table({ids(Batch.objects.get())[0]: "成功", "P0": "成功"}))
    assert "没有这个笔号" in _run("return", "import", REGION, str(answer), "--by", "chu", code=1)
    statement = tmp_path / "s.csv"
    statement.write_text(HEAD + "2026-03-02,500.00,,500.00,,\n2026-03-02,,500.00,0.00,,\n")
    assert "相符" in _run("reconcile", REGION, str(statement), "--by", "chu")
    assert "还没有结束" in _run("close", REGION, "2026-03", "--look")
    sheet = tmp_path / "r.xlsx"
    span = ["--from", "2026-03-01", "--until", "2026-03-31", "--to", str(sheet), "--by", "lao"]
    _run("report", REGION, *span)
    _run("report", REGION, *span[:3], "2026-02-28", *span[4:], code=2)
    told = CalamineWorkbook.from_path(str(sheet))
    assert len(told.sheet_names) >= 4
    assert "不作为支付依据" in str(told.get_sheet_by_name("说明").to_python()[1][0])
    assert "0处问题" in _run("doctor")
    assert "没有登录名" in _run("batch", "approve", pk, "--by", "wu", code=2)
