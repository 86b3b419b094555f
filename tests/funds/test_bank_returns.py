"""What the bank answers: both formats, and every line that does not fit; nothing that came is lost."""

from __future__ import annotations

from typing import Any

import pytest

from jingban.cases import together
from jingban.cases.view import read
from jingban.core.errors import DomainError
from jingban.funds import bankreturns, iso, returns
from jingban.funds import service as funds
from jingban.funds.models import BankReturn, Payment, ReturnLine
from tests.funds.scene import Room, balance, books_hold, ids, staff, table

pytestmark = pytest.mark.django_db(databases=["default", "audit"])

PARTS = {"employee": 50_000}
SPACE = iso.namespace(iso.PAIN_002)


def report(message: str, lines: str, *, group: str = "", block: str = "") -> bytes:
    """A pain.002 as a bank writes it."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{SPACE}"><CstmrPmtStsRpt>'
        "<GrpHdr><MsgId>B1</MsgId><CreDtTm>2026-03-02T17:00:00+08:00</CreDtTm></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{message}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>{group}"
        f"</OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><OrgnlPmtInfId>{message}E</OrgnlPmtInfId>{block}{lines}</OrgnlPmtInfAndSts>"
        "</CstmrPmtStsRpt></Document>"
    ).encode()


def line(number: str, status: str, *, amount: str = "500.00", currency: str = "CNY", why: str = "") -> str:
    reason = f"<StsRsnInf><Rsn><Cd>{why}</Cd></Rsn></StsRsnInf>" if why else ""
    return (
        f"<TxInfAndSts><OrgnlEndToEndId>{number}</OrgnlEndToEndId><TxSts>{status}</TxSts>{reason}"
        f"<AcctSvcrRef>R1</AcctSvcrRef><OrgnlTxRef><Amt><InstdAmt Ccy='{currency}'>{amount}</InstdAmt></Amt></OrgnlTxRef>"
        "</TxInfAndSts>"
    )


@pytest.fixture
def sent(room: Room) -> Any:
    """Four payments of 500 yuan on their way."""
    room.own_account()
    room.money({"employee": 200_000})
    views = [room.prepared(PARTS) for _ in range(4)]
    return room, views, room.sent(views[0], "pain.001")


def take(room: Room, content: bytes) -> Any:
    return funds.take_return(region=room.region, content=content, actor=room.cashier, now=room.now)


def whys() -> list[str]:
    return list(ReturnLine.objects.filter(state="refused").order_by("pk").values_list("why", flat=True))


def test_a_status_report_is_booked_and_told(sent: Any) -> None:
    room, views, batch = sent
    a, b, c, d = ids(batch)
    lines = line(a, "ACSC") + line(b, "RJCT", why="BE01") + line(c, "ACSP") + line(d, "ACCC")
    done = take(room, report(batch.number, lines))
    assert (done.applied, done.noted, done.refused) == (3, 1, 0)
    assert [read(v.id)[0].step for v in views] == ["granted", "fix-account", "await-bank", "granted"]
    assert Payment.objects.get(end_to_end_id=b).reason == "户名与账号不符"
    assert balance("fund:employee:transit") == 50_000
    books_hold()
    take(room, report(batch.number, line(c, "ACSC")))
    assert read(views[2].id)[0].outcome == "granted"
    assert balance("fund:employee:transit") == 0
    books_hold()


def test_the_banks_words_stay_out_of_the_books(room: Room) -> None:
    """They may name who was paid, on which account; the books are read by many and nothing is struck from them."""
    room.own_account()
    room.money({"employee": 50_000})
    (number,) = ids(room.sent(room.prepared({"employee": 50_000})))
    room.returned({number: "失败|账号6222000000000001张小凤不符"})
    day = room.now.date()
    lines = funds.cash_book(room.region, "employee", start_on=day, end_on=day).lines
    assert [line.text for line in lines if "退" in line.text] == [f"{number} 银行退回"]
    assert Payment.objects.get().reason == "账号6222000000000001张小凤不符"


def test_lines_that_do_not_fit_are_refused_alone(sent: Any) -> None:
    room, _, batch = sent
    a, b, c, d = ids(batch)
    answers = {a: "成功", "P000": "成功", b: "成功|500.01", c: "好了", d: "失败|销户"}
    done = room.returned(
        answers, tail=f"{a},成功,500.00,,B1\n{a},失败,500.00,,B1\n{d},成功,500.00,,\n{b},成功,x,,\n"
    )
    assert (done.applied, done.refused) == (2, 7)
    begins = ["没有这个笔号", "金额不符", "结果“好了”", "重复的回执", "这笔付款", "这笔付款", "“x”不是金额"]
    assert all(text.startswith(begin) for text, begin in zip(whys(), begins, strict=True))
    assert balance("fund:employee:transit") == 100_000
    books_hold()


def test_another_currency_is_another_amount(sent: Any) -> None:
    room, _, batch = sent
    done = take(room, report(batch.number, line(ids(batch)[0], "ACSC", currency="USD")))
    assert (done.applied, done.refused) == (0, 1)
    assert "其他币种" in whys()[0]


def test_the_same_file_again_is_the_same(sent: Any) -> None:
    room, _, batch = sent
    content = table(dict.fromkeys(ids(batch), "成功"))
    assert take(room, content).applied == 4
    entries = balance("fund:employee:expense")
    again = take(room, content)
    assert (again.again, again.applied, again.refused) == (True, 4, 0)
    assert (BankReturn.objects.count(), balance("fund:employee:expense")) == (1, entries)
    altered = take(room, content + b"\n")  # another file with the same answers
    assert (altered.again, altered.applied, altered.refused) == (False, 0, 4)
    books_hold()


def test_a_message_refused_whole_answers_for_every_payment(sent: Any) -> None:
    room, views, batch = sent
    group = "<GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Cd>AM04</Cd></Rsn></StsRsnInf>"
    content = report(batch.number, "", group=group)
    done = take(room, content)
    assert (done.applied, done.refused) == (4, 0)
    assert {read(v.id)[0].step for v in views} == {"fix-account"}
    assert Payment.objects.first().reason == "付款账户余额不足"
    assert (balance("fund:employee:expenditure"), balance("fund:employee:returned")) == (200_000, 200_000)
    books_hold()
    with pytest.raises(funds.FileWrong, match="不是本机构发出的"):
        take(room, report("X1", "", group=group))


@pytest.mark.parametrize("where", ["group", "block"])
@pytest.mark.parametrize(
    ("status", "lines", "step"),
    [
        ("ACSC", (4, 0, 0), "granted"),
        ("ACCC", (4, 0, 0), "granted"),
        ("ACCP", (0, 4, 0), "await-bank"),
        ("ACSP", (0, 4, 0), "await-bank"),
        ("RJCT", (4, 0, 0), "fix-account"),
    ],
)
def test_one_answer_for_a_message_or_a_block(
    sent: Any, where: str, status: str, lines: tuple[int, int, int], step: str
) -> None:
    """Without a line for each: what is answered of the whole is answered of every payment."""
    room, views, batch = sent
    code = {"group": f"<GrpSts>{status}</GrpSts>", "block": f"<PmtInfSts>{status}</PmtInfSts>"}[where]
    done = take(room, report(batch.number, "", **{where: code}))
    assert (done.applied, done.noted, done.refused) == lines
    assert {read(v.id)[0].step for v in views} == {step}
    books_hold()
    if status == "ACCP":  # checked by the bank, not yet paid: the last word comes later
        done = take(room, report(batch.number, "", group="<GrpSts>ACSC</GrpSts>"))
        assert (done.applied, {read(v.id)[0].step for v in views}) == (4, {"granted"})
        books_hold()


def test_the_nearer_answer_counts(sent: Any) -> None:
    """A payment's before its block's, a block's before the message's."""
    room, views, batch = sent
    a, *_ = ids(batch)
    both = {"group": "<GrpSts>PART</GrpSts>", "block": "<PmtInfSts>PART</PmtInfSts>"}
    assert take(room, report(batch.number, line(a, "RJCT", why="AC04"), **both)).applied == 1
    assert [read(v.id)[0].step for v in views] == ["fix-account", *["await-bank"] * 3]
    content = report(batch.number, "", group="<GrpSts>PART</GrpSts>", block="<PmtInfSts>ACSC</PmtInfSts>")
    done = take(room, content)
    assert (done.applied, done.refused) == (3, 1), "what bounced is not paid after all"
    assert "不要再付" in whys()[0]
    books_hold()


@pytest.mark.parametrize("where", ["group", "block"])
def test_a_part_without_its_payments_says_nothing(sent: Any, where: str) -> None:
    room, _, batch = sent
    code = {"group": "<GrpSts>PART</GrpSts>", "block": "<PmtInfSts>PART</PmtInfSts>"}[where]
    with pytest.raises(funds.FileWrong, match="请向银行索取带各笔结果的回执"):
        take(room, report(batch.number, "", **{where: code}))
    assert BankReturn.objects.count() == 0


def test_a_block_that_is_not_in_the_message(sent: Any) -> None:
    room, _, batch = sent
    content = report(batch.number, "", block="<PmtInfSts>ACSC</PmtInfSts>")
    for other in ("P", "X"):
        with pytest.raises(funds.FileWrong, match="没有付款组"):
            take(room, content.replace(f"{batch.number}E".encode(), f"{batch.number}{other}".encode()))
    assert Payment.objects.filter(state="sent").count() == 4


def test_one_that_cannot_be_booked_stays_out_alone(sent: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its chunk is worked off line by line; after what was in the way is put right it is tried once more."""
    room, views, batch = sent
    tell = together.tell_together

    def stubborn(*, keys: Any, **rest: Any) -> None:
        if views[1].id in keys:
            raise DomainError("本件正在处理，请稍后再试。")
        tell(keys=keys, **rest)

    monkeypatch.setattr(together, "tell_together", stubborn)
    done = room.returned(dict.fromkeys(ids(batch), "成功"))
    assert (done.applied, done.refused, whys()) == (3, 1, ["本件正在处理，请稍后再试。"])
    assert balance("fund:employee:transit") == 50_000
    books_hold()
    monkeypatch.setattr(together, "tell_together", tell)
    done = funds.retry_return(done.file.pk, actor=room.cashier, now=room.now)
    assert (done.applied, done.refused) == (4, 0)
    assert read(views[1].id)[0].outcome == "granted"
    books_hold()


def test_many_lines_go_in_several_transactions(sent: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    room, _, batch = sent
    monkeypatch.setattr(returns, "CHUNK", 3)
    done = room.returned(dict.fromkeys(ids(batch), "成功"))
    assert (done.applied, done.refused) == (4, 0)
    books_hold()


def test_back_after_it_was_paid(sent: Any) -> None:
    """退汇: the case stays granted, the money is owed as returned and paid again from the funds room."""
    room, views, batch = sent
    room.returned(dict.fromkeys(ids(batch), "成功"))
    row = Payment.objects.order_by("pk")[0]
    with pytest.raises(funds.FundsError, match="金额不符"):
        funds.returned_late(row.pk, fen=1, reference="T1", actor=room.cashier, now=room.now)
    for _ in range(2):
        funds.returned_late(row.pk, fen=50_000, reference="T1", actor=room.cashier, now=room.now)
    assert (balance("fund:employee:returned"), balance("fund:employee:expenditure")) == (50_000, 50_000)
    assert [one.payment for one in funds.to_correct(room.region)] == [row]
    books_hold()
    asked = funds.propose_payee(
        row.pk,
        name="张三",
        bank="乙银行",
        account="62300000001",
        reason="原卡注销",
        actor=room.clerk,
        now=room.now,
    )
    funds.decide_payee(asked.pk, agrees=True, actor=room.checker, now=room.now)
    batch = room.batch(views[0])
    batch = funds.approve_batch(batch.pk, actor=room_checker(room), now=room.now)
    room.send(batch)
    room.returned({ids(batch)[0]: "成功"})
    assert balance("fund:employee:payable") == balance("fund:employee:returned") == 0
    books_hold()


def room_checker(room: Room) -> Any:
    return staff(9059, "fund-checker", region=room.region)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "空的"),
        ("笔号,结果\n1,成功\n".encode(), "表头缺少金额"),
        ("笔号,笔号,结果,金额\n".encode(), "笔号出现两次"),
        ("笔号,结果,金额\n".encode(), "没有一笔回执"),
        (b"\x00\x01\x02", "不是文本表格"),
        ('笔号,结果,金额\n"1,成功,1\n'.encode(), "不是完整的表格行"),
        (b"<Document", "不是完整的 XML"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "文档类型或实体"),
        (b'<?xml version="1.0" encoding="GBK"?><a/>', "编码是GBK"),
        ("<a>\xff</a>".encode("latin-1"), "不是 UTF-8"),
        (b"<a/>", "不合约定的 pain.002"),
        (report("M", line("1", "ACSC")).replace(b"ACSC", b"acsc"), "不合约定的 pain.002"),
        (report("M", line("1", "ACSC", amount="-5.00")), "不合约定的 pain.002"),
    ],
)
def test_a_file_that_is_none_is_refused_whole(content: bytes, match: str) -> None:
    with pytest.raises(funds.FileWrong, match=match):
        bankreturns.read(content)


def test_the_older_encoding_of_banks_is_read(sent: Any) -> None:
    room, _, batch = sent
    content = table({ids(batch)[0]: "失败|账号有误"}).decode().encode("gb18030")
    assert take(room, content).applied == 1
    assert Payment.objects.get(state="bounced").reason == "账号有误"
