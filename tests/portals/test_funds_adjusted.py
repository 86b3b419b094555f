"""A paid case that was worked out anew, in the funds room: paid up, or asked back by two people."""

from __future__ import annotations

import pytest

from jingban.funds import service as funds
from jingban.funds.models import Payment
from tests.funds.scene import Room, ids
from tests.funds.test_recoveries import anew
from tests.portals.test_funds import PARTS, officer, posted, pytestmark, room, text

__all__ = ["pytestmark", "room"]


@pytest.mark.parametrize(("fen", "said"), [(60_000, "应补付"), (40_000, "多付了")])
def test_what_was_worked_out_anew_is_seen_to_once(room: Room, fen: int, said: str) -> None:
    room.own_account()
    room.money(PARTS)
    view = room.prepared(PARTS)
    room.returned({ids(room.sent(view))[0]: "成功"})
    anew(room, view, PARTS, {"employee": fen})
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
    assert said not in text(cashier, "/funds/recoveries/")
    assert Payment.objects.count() == (1 if plan else 2)
    assert funds.Recovery.objects.count() == (1 if plan else 0)
