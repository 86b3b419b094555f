"""《拨付单》 and 《用款申请》: what the books say, each hand by name, and never an account in whole."""

from __future__ import annotations

from jingban.audit.models import Entry
from jingban.cases.models import CaseEvent
from jingban.cases.view import CaseView
from jingban.documents import service as documents
from jingban.funds import service as funds
from jingban.funds.models import Payment
from tests.funds.scene import AID, REGION, Room, ids, insured
from tests.funds.test_payment_run import _to
from tests.portals.test_funds import PARTS, officer, posted, pytestmark, room, text

__all__ = ["pytestmark", "room"]


def paper(view: CaseView, act: str, kind: str) -> dict[str, str]:
    seq = CaseEvent.objects.filter(case=view.id, act=act).order_by("-seq").values_list("seq", flat=True)[0]
    found = documents.look(view, seq, kind)
    assert found is not None
    assert (
        funds.payee_of(Payment.objects.get()).account not in found[0].texts()
        if kind == "payment-order"
        else True
    )
    table = found[0].table
    assert table is not None
    lines = {line.label: "；".join(line.lines) for line in (*found[0].facts, *found[0].signers)}
    return {**lines, "rows": str(table.rows), "total": table.total[-1]}


def test_the_order_of_a_payment(room: Room) -> None:
    room.own_account()
    room.money({**PARTS, "supplement": 1_234})
    view = room.prepared({**PARTS, "supplement": 1_234})
    before = paper(view, "pay", "payment-order")
    account = funds.payee_of(Payment.objects.get()).account
    assert (before["金额"], before["total"], before["批次号"]) == (
        "512.34元；人民币（大写）伍佰壹拾贰元叁角肆分",
        "512.34",
        "",
    )
    assert before["收款账号"].endswith(account[-4:])
    assert "职工大额医疗费用补助" in before["rows"]
    batch = room.sent(view)
    after = paper(view, "pay", "payment-order")
    assert (after["批次号"], after["笔号"]) == (batch.number, ids(batch)[0])
    assert "2026-1" in after["rows"]
    assert before["拨付单号"] != after["拨付单号"]


def test_the_request_of_a_case(room: Room) -> None:
    there = room.at(AID[0])
    there.own_account()
    insured(AID[0])
    view = there.applied(AID)
    view = _to(there, view, "review")
    there.decide(view, {"aid": 30_000})
    view = there.house.act(view, "approve", amount="300.00")
    view = there.house.act(view, "request", actor=there.cashier)
    request = funds.FiscalRequest.objects.get(case=view.id)
    event = CaseEvent.objects.filter(case=view.id).order_by("-seq")[0]
    found = documents.look(view, event.seq, "fiscal-request")
    assert found is not None
    lines = {line.label: "；".join(line.lines) for line in found[0].facts}
    assert (lines["文号"], lines["申请金额"]) == (request.number, "300.00元；人民币（大写）叁佰元整")
    assert "1000200030004000" not in found[0].texts()


def test_the_request_of_the_room(room: Room) -> None:
    """Asked without a case it is printed from the room: once issued it stays the same file, and declined there is none."""
    room.own_account()
    cashier, checker = officer("cashier"), officer("fund-checker")
    asked = {
        "region": REGION,
        "office": "all",
        "purpose": "十月份待遇支付",
        "fund-employee": "1200.50",
        "seen": "0",
    }
    posted(cashier, "/funds/fiscal/", **asked)
    row = funds.FiscalRequest.objects.get()
    address = f"/funds/fiscal/{row.pk}/paper/"
    assert address in text(cashier, "/funds/fiscal/")
    first, again = cashier.get(address), checker.get(address)
    assert (first.status_code, first.headers["Content-Type"]) == (200, "application/pdf")
    assert first.content == again.content
    issued = documents.IssuedPaper.objects.get()
    assert (issued.kind, issued.number, issued.case) == ("fiscal-request", row.number, None)
    content = documents.content_of(issued)
    lines = {line.label: "；".join(line.lines) for line in content.facts}
    assert (lines["文号"], lines["用途"]) == (row.number, "十月份待遇支付")
    assert lines["申请金额"] == "1,200.50元；人民币（大写）壹仟贰佰元伍角"
    assert lines["基金名称"] == "职工基本医疗保险统筹基金"
    assert "1000200030004000" not in content.texts()
    assert Entry.objects.filter(subject=f"funds:{REGION}", detail=f"打印用款申请{row.number}").count() == 2
    assert officer("window").get(address).status_code == 403
    assert officer("cashier", region=AID[0], name="elsewhere").get(address).status_code in (403, 404)


def test_a_declined_request_of_the_room_is_no_paper(room: Room) -> None:
    cashier, checker = officer("cashier"), officer("fund-checker")
    asked = {
        "region": REGION,
        "office": "all",
        "purpose": "十月份待遇支付",
        "fund-employee": "1200.50",
        "seen": "0",
    }
    posted(cashier, "/funds/fiscal/", **asked)
    row = funds.FiscalRequest.objects.get()
    posted(checker, f"/funds/fiscal/{row.pk}/decline/", words="本月额度已满")
    address = f"/funds/fiscal/{row.pk}/paper/"
    assert address not in text(cashier, "/funds/fiscal/")
    answer = cashier.get(address)
    assert 400 <= answer.status_code < 500
    assert "已经作废" in answer.content.decode()
