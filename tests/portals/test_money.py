"""Money of transfers at the desk: on the list of letters, on the case, back by two people."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from jingban.cases.view import CaseView, read
from jingban.exchange.models import FundsReturn
from jingban.exchange.service import Letter, deliver, take_in
from jingban.ledger.service import Entry
from jingban.rulebook.cache import effective_item
from jingban.rulebook.effective import EffectiveItem
from tests.exchange import scene
from tests.exchange.foreign import Foreign
from tests.portals.conftest import NOW, signed_in, staff
from tests.portals.statements import statements

pytestmark = pytest.mark.live_effects
EMPTY = "没有要处理的函件"


@pytest.fixture
def item() -> EffectiveItem:
    scene.publish_transfer("luanzhou", "puyang", now=NOW)
    return effective_item("puyang", "agency", "transfer")


@pytest.fixture
def window(item: EffectiveItem) -> Client:
    return signed_in(staff(item, "window"))


@pytest.fixture
def other(item: EffectiveItem) -> Foreign:
    return Foreign().introduce(now=NOW)


def _paid(other: Foreign, amount: str, *, withdrawn: bool = False) -> CaseView:
    """A case of Puyang, which waits for sheet and money, to which so much came."""
    scene.settle("puyang", 1, now=NOW, start_on=date(2026, 3, 1))
    view = scene.act(scene.apply("puyang", 1, come_from=other.place, now=NOW), "accept", now=NOW)
    scene.act(view, "send", now=NOW)
    deliver(now=NOW, by=other.post)
    letter = dict(other.got[-1])
    take_in(other.sheet(letter), now=NOW)
    if withdrawn:
        scene.act(view, "withdraw", now=NOW)
    take_in(other.funds(letter, amount), now=NOW)
    return read(view.id)[0]


def _page(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


def test_short_money_is_listed_and_taken_with_a_reason(window: Client, other: Foreign) -> None:
    view = _paid(other, "400.00")
    url = f"/desk/case/{view.number}/money/"
    listed = _page(window, "/desk/mail/")
    assert ("还差100.00元" in listed, url in listed, EMPTY in listed) == (True, True, False)
    case = _page(window, f"/desk/case/{view.number}/mail/")
    assert (url in case, "/letter/transfer-funds/" in case) == (True, True), "the rest may come on paper too"
    part = statements(window, f"/desk/case/{view.number}/mail/", **{"HX-Request": "true"})
    assert len(part) <= 13, "\n".join(part)
    assert len(statements(window, f"/desk/case/{view.number}/")) <= 12, "the letters come on their own"
    page = _page(window, url)
    assert ("按实收办理" in page, "退回金额" in page) == (True, False)
    refused = window.post(f"{url}short/", {"reason": ""})
    assert (refused.status_code, "请填写理由" in refused.content.decode()) == (422, True)
    assert window.post(f"{url}short/", {"reason": "对方不再补划"}).url == url
    assert read(view.id)[0].step == "take-over"
    page = _page(window, url)
    assert ("按实收400.00元办理：对方不再补划" in page, "<form" in page.split("<h1>")[1]) == (True, False)
    assert EMPTY in _page(window, "/desk/mail/")


def test_money_of_a_withdrawn_transfer_goes_back_by_two_people(
    item: EffectiveItem, window: Client, other: Foreign
) -> None:
    view = _paid(other, "500.00", withdrawn=True)
    url = f"/desk/case/{view.number}/money/"
    assert "待退回500.00元" in _page(window, "/desk/mail/")
    came = Letter.objects.get(kind="transfer-funds", direction="in")
    shown = _page(window, f"/desk/mail/{came.pk}/")
    assert (url in shown, "怎样处理的" in shown) == (True, False)
    assert 'value="500.00"' in _page(window, url)
    wrong = window.post(f"{url}return/", {"amount": "600", "reason": "原路退回"})
    assert (wrong.status_code, "可以退回的是500.00元" in wrong.content.decode()) == (422, True)
    assert 'value="600"' in wrong.content.decode(), "what was typed is still there"
    for _ in range(2):
        assert window.post(f"{url}return/", {"amount": "500", "reason": "原路退回"}).url == url
    asked = FundsReturn.objects.get()
    own = _page(window, url)
    assert ("等待另一位同事复核" in own, "同意退回并记账" in own) == (True, False)
    assert window.post(f"{url}{asked.pk}/", {"agrees": "yes"}).status_code == 403

    checker = signed_in(staff(item, "fund-checker", name="checker"))
    assert "同意退回并记账" in _page(checker, url)
    assert checker.post(f"{url}{asked.pk + 1}/", {"agrees": "yes"}).status_code == 404
    assert checker.post(f"{url}{asked.pk}/", {"agrees": "yes"}).url == url
    assert Entry.objects.filter(kind="transfer-return").count() == 1
    assert "同意，第" in _page(checker, url)
    assert EMPTY in _page(window, "/desk/mail/")
    assert "款项已退回：原路退回" in _page(window, f"/desk/mail/{came.pk}/")


def test_who_declines_books_nothing(item: EffectiveItem, window: Client, other: Foreign) -> None:
    view = _paid(other, "500.00", withdrawn=True)
    url = f"/desk/case/{view.number}/money/"
    window.post(f"{url}return/", {"amount": "500", "reason": "原路退回"})
    checker = signed_in(staff(item, "reviewer", name="checker"))
    checker.post(f"{url}{FundsReturn.objects.get().pk}/", {})
    assert not Entry.objects.filter(kind="transfer-return").exists()
    assert "否决" in _page(window, url)
    assert "退回金额" in _page(window, url)


def test_colleagues_read_and_strangers_do_not(item: EffectiveItem, other: Foreign) -> None:
    view = _paid(other, "500.00", withdrawn=True)
    url = f"/desk/case/{view.number}/money/"
    head = signed_in(staff(item, "head", name="head"))
    assert "<form" not in _page(head, url).split("<h1>")[1]
    assert head.post(f"{url}return/", {"amount": "500", "reason": "x"}).status_code == 403
    assert head.post(f"{url}short/", {"reason": "x"}).status_code == 403
    elsewhere = signed_in(staff(effective_item("luanzhou", "agency", "transfer"), "window", name="far"))
    assert elsewhere.get(url).status_code == 403
    assert "待退回" not in _page(elsewhere, "/desk/mail/")
    assert Client().get(url).status_code == 302
