"""A paid case that was worked out anew, in the funds room: paid up, or asked back by two people."""

from __future__ import annotations

import pytest

from jingban.benefits import service as benefits
from jingban.cases.models import Case
from jingban.cases.view import read
from jingban.funds import service as funds
from jingban.funds.models import Payable, Payment
from tests.funds.scene import Room, balance, books_hold, ids
from tests.funds.test_recoveries import decision, worked_out_anew
from tests.portals.test_funds import PARTS, officer, posted, pytestmark, room, text

__all__ = ["pytestmark", "room"]


@pytest.mark.parametrize(("fen", "said"), [(60_000, "应补付"), (40_000, "多付了")])
def test_what_was_worked_out_anew_is_seen_to_once(room: Room, fen: int, said: str) -> None:
    room.own_account()
    room.money(PARTS)
    view = room.prepared(PARTS)
    room.returned({ids(room.sent(view))[0]: "成功"})
    worked_out_anew(room, view, PARTS, {"employee": fen})
    cashier = officer("cashier")
    assert said in text(cashier, "/funds/recoveries/")
    address = f"/funds/adjustments/{view.id}/"
    assert "100.00" in text(cashier, address)
    plan = {"mode": "instalment", "instalment": "", "first_on": ""} if fen < 50_000 else {}
    if plan:
        assert "首期日期" in posted(cashier, address, 422, **plan)
        plan = {"mode": "once"}
    posted(officer("supervisor"), address, 403, **plan)
    for _ in range(2):
        posted(cashier, address, **plan)
    assert Payment.objects.count() == (1 if plan else 2)
    assert funds.Recovery.objects.count() == (1 if plan else 0)
    if plan:
        checker = officer("fund-checker")
        assert "已提出追回，待复核" in text(cashier, "/funds/recoveries/")
        posted(checker, f"/funds/recoveries/{funds.Recovery.objects.get().pk}/decline/")
        assert f'href="{address}"' in text(cashier, "/funds/recoveries/"), "declined, it waits again"
        posted(cashier, address, **plan)
        posted(checker, f"/funds/recoveries/{funds.Recovery.objects.get(state='proposed').pk}/agree/")
    assert said not in text(cashier, "/funds/recoveries/")


def test_what_came_back_is_shown_at_what_is_owed_now(room: Room) -> None:
    row = arrived(room)
    funds.returned_late(row.pk, fen=50_000, reference="T1", actor=room.cashier, now=room.now)
    worked_out_anew(room, read(row.case_id)[0], PARTS, {"employee": 40_000})
    cashier, checker = officer("cashier"), officer("fund-checker")
    page = text(cashier, "/funds/corrections/")
    assert "已重新核定或抵扣" in page
    assert "400.00" in page
    address = f"/funds/corrections/payment/{row.pk}/"
    assert "400.00" in text(cashier, address)
    posted(cashier, address, name="试验收款人", bank="另一银行", account="6230000000000002", reason="换卡")
    (asked,) = funds.PayeeCorrection.objects.all()
    posted(checker, f"/funds/corrections/{asked.pk}/agree/")
    assert Payment.objects.get(state="prepared").amount_fen == 40_000
    assert "没有要更正的付款" in text(cashier, "/funds/corrections/")


def test_what_was_never_paid_is_given_an_account(room: Room) -> None:
    view = room.approved(PARTS, person_id=7)
    Case.objects.filter(pk=view.id).update(outcome="granted")  # it was worth nothing when it ended
    cashier, checker = officer("cashier"), officer("fund-checker")
    assert "还没有收款账户" in text(cashier, "/funds/corrections/")
    assert "1" in text(cashier, "/funds/")
    address = f"/funds/corrections/payable/{Payable.objects.get().pk}/"
    typed = {"name": "试验收款人", "bank": "另一银行", "account": "6230000000000002", "reason": "首次付款"}
    assert address in text(cashier, "/funds/corrections/")
    posted(checker, address, 403, **typed)
    for _ in range(2):
        posted(cashier, address, **typed)
    assert "6230000000000002" in text(checker, "/funds/corrections/")
    posted(checker, f"/funds/corrections/{funds.PayeeCorrection.objects.get().pk}/agree/")
    assert Payment.objects.get().amount_fen == 50_000


def test_a_benefit_is_revoked_by_two(room: Room) -> None:
    row = arrived(room)
    view = read(row.case_id)[0]
    decision(view, PARTS, 1)
    cashier, checker, head = officer("cashier"), officer("fund-checker"), officer("head")
    assert "/funds/revoke/" in text(checker, "/funds/recoveries/")
    assert "/funds/revoke/" not in text(officer("supervisor"), "/funds/recoveries/")
    text(officer("fund-supervision"), "/funds/revoke/", 403)
    typed = {"number": view.number, "reason": "查实为虚假票据", "mode": "set-off"}
    assert "查实" in posted(checker, "/funds/revoke/", 422, **{**typed, "number": "1310"})
    assert "查实" in posted(checker, "/funds/revoke/", 422, **{**typed, "mode": "instalment"})
    other = "/funds/revoke/?region=puyang"
    text(checker, other, 403)
    for _ in range(2):
        posted(checker, "/funds/revoke/", **typed)
    (claim,) = funds.Recovery.objects.all()
    address = f"/funds/recoveries/{claim.pk}/"
    assert "撤销待遇并追回" in text(cashier, address)
    assert "同意撤销并追回" in text(head, address)
    posted(cashier, f"{address}agree/", 403)
    assert "请由另一位同事复核" in posted(checker, f"{address}agree/", 403)
    for _ in range(2):
        posted(head, f"{address}agree/")
    assert (benefits.standing_decision(view.id), balance("fund:employee:receivable")) == (None, 50_000)
    said = text(officer("window"), f"/desk/case/{view.number}/")
    assert "待遇已撤销（查实为虚假票据），从以后的待遇中抵扣" in said
    books_hold()


def arrived(room: Room) -> Payment:
    """A payment that the bank paid."""
    room.own_account()
    room.money(PARTS)
    view = room.prepared(PARTS, person_id=7)
    room.returned({ids(room.sent(view))[0]: "成功"})
    return Payment.objects.get(case=view.id)
