"""The funds room: both own accounts by name, what an office's cashier is led to, and a house that only tries out."""

from __future__ import annotations

from typing import Any

import pytest

from jingban.funds import sending
from jingban.funds import service as funds
from jingban.funds.models import Payment
from tests.funds.scene import OWN, Room, ids
from tests.portals.test_funds import PARTS, officer, posted, room, text

pytestmark = pytest.mark.live_effects
__all__ = ["room"]


def test_the_account_that_is_missing_is_named(room: Room) -> None:
    cashier = officer("cashier")
    page = text(cashier, "/funds/accounts/")
    assert "还没有登记支出户" in page
    assert "还没有登记个人账户基金存款户" in page
    for (kind, name, number), left in zip(OWN, (1, 0), strict=True):
        typed = {"form": "account", "kind": kind, "name": name, "bank": "试验银行", "bank_account": number}
        posted(cashier, "/funds/accounts/", **typed)
        assert text(cashier, "/funds/accounts/").count("还没有登记") == left


def test_each_account_has_its_days(room: Room) -> None:
    cashier = officer("cashier")
    page = text(cashier, "/funds/reconcile/")
    assert "支出户逐日对账" in page
    assert "account=personal" in page
    assert "个人账户基金存款户逐日对账" in text(cashier, "/funds/reconcile/", account="personal")


def test_an_office_cashier_is_led_to_nothing_that_is_closed(room: Room) -> None:
    room.own_account()
    room.money(PARTS)
    view = room.prepared(PARTS)
    assert ids(room.sent(view))
    whole, office = officer("cashier"), officer("cashier", office=view.office)
    assert 'href="/funds/returns/' in text(whole, "/funds/")
    page = text(office, "/funds/")
    assert "等回执的付款" in page
    assert 'href="/funds/returns/' not in page
    text(office, "/funds/returns/", 403)
    for address in {part.split('"')[0] for part in page.split('href="/funds/')[1:]}:
        text(office, f"/funds/{address.replace('&amp;', '&')}")


def test_a_house_that_only_tries_out_says_so(room: Room, settings: Any) -> None:
    cashier = officer("cashier")
    assert "试走流程" not in text(cashier, "/funds/")
    settings.JINGBAN_FUNDS_LIVE = False
    assert "试走流程" in text(cashier, "/funds/")


def test_what_is_kept_back_is_told_at_the_desk(room: Room) -> None:
    room.own_account()
    room.money(PARTS)
    paid = room.prepared(PARTS, person_id=7)
    room.returned({ids(room.sent(paid))[0]: "成功"})
    claim = funds.propose_claim(
        case_id=paid.id, parts={"employee": 20_000}, cause="t", reason="多付", plan=funds.Plan("set-off"), person=7,
        actor=room.clerk, now=room.now,
    )  # fmt: skip
    funds.decide_recovery(claim.pk, agrees=True, actor=room.checker, now=room.now)
    view = room.prepared({"employee": 10_000}, person_id=7)
    room.sent(view)
    page = text(officer("window"), f"/desk/case/{view.number}/")
    assert "抵扣以前多付的待遇" in page
    assert "应付100.00元，抵扣以前多付的待遇100.00元，本次实付0.00元" in page
    assert "已付到账" not in page
    assert "✓ 已全部抵扣" in text(officer("cashier"), "/funds/batches/"), "nothing of it went to the bank"


def test_what_needs_no_bank_is_settled_after_a_cut(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between sending and settling: the page offers to go on, and then no more."""
    room.own_account()
    batch = room.approve(room.batch(room.prepared({})))
    with monkeypatch.context() as cut:
        cut.setattr(sending, "_settle_empty", lambda *args, **rest: None)
        room.send(batch)
    cashier, address = officer("cashier"), f"/funds/batches/{batch.pk}/"
    assert "接着办结" in text(cashier, address)
    posted(cashier, f"{address}send/")
    assert Payment.objects.get().state == "paid"
    assert "接着办结" not in text(cashier, address)
