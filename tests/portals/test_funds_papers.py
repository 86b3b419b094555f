"""《拨付单》 and 《用款申请》: what the books say, each hand by name, and never an account in whole."""

from __future__ import annotations

from jingban.cases.models import CaseEvent
from jingban.cases.view import CaseView
from jingban.documents import service as documents
from jingban.funds import service as funds
from jingban.funds.models import Payment
from tests.funds.scene import AID, Room, ids, insured
from tests.funds.test_payment_run import _to
from tests.portals.test_funds import PARTS, pytestmark, room

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
    assert (before["金额"], before["total"], before["批次号"]) == ("512.34元", "512.34", "")
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
    assert (lines["文号"], lines["申请金额"]) == (request.number, "300.00元")
    assert "1000200030004000" not in found[0].texts()
