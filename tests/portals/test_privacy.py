"""Who is named where, who sees personal texts, and what a system fault looks like."""

from __future__ import annotations

import logging

import pytest
from django.test import Client

from jingban.access.models import Mandate, User
from jingban.audit.models import Entry
from jingban.cases.models import Case, CaseEvent
from jingban.core.crypto import SealBroken
from jingban.documents import service as documents
from jingban.portals import payloads
from jingban.rulebook.cache import effective_all
from jingban.rulebook.effective import EffectiveItem
from tests.portals.conftest import NOW, hand_in, published, signed_in, staff
from tests.portals.test_desk import do

TIP = {"accused": "某某诊所", "clues": "虚开处方", "name": "", "phone": ""}


@pytest.fixture
def tip_off() -> EffectiveItem:
    item = next(i for i in effective_all() if i.sealed)
    published(item)
    return item


@pytest.fixture
def tipped(tip_off: EffectiveItem) -> str:
    reporter = User.objects.create_user("reporter-account", name="钱某某")
    return hand_in(signed_in(reporter), tip_off, **TIP)


def test_the_reporter_is_named_nowhere_at_the_desk(tip_off: EffectiveItem, tipped: str) -> None:
    page = signed_in(staff(tip_off, "fund-supervision")).get(f"/desk/case/{tipped}/").content.decode()
    assert "钱某某" not in page
    assert "reporter-account" not in page
    assert "· 举报人" in page


def test_pages_and_papers_call_and_mask_by_the_same_rule() -> None:
    for name in ("ERASED", "NAMES", "called", "masked_name"):
        assert getattr(payloads, name) is getattr(documents, name), name


def test_a_paper_never_addresses_the_reported_party(tip_off: EffectiveItem, tipped: str) -> None:
    assert payloads.called({"accused": "某某诊所"}) == ""
    case = Case.objects.get(number=tipped)
    event = CaseEvent.objects.filter(case=case).order_by("seq").first()
    assert event
    event.data["documents"] = ["tip-off-decision"]
    CaseEvent.objects.filter(pk=event.pk).update(data=event.data)
    reporter = User.objects.get(username="reporter-account")
    page = signed_in(reporter).get(f"/paper/{tipped}/1/tip-off-decision/").content.decode()
    assert "举报人：" in page
    assert "某某诊所：" not in page
    assert "钱某某" not in page.replace("（钱某某）", "").replace('title="钱某某"', "")


def test_who_has_only_the_code_reads_no_personal_text(
    client: Client, person: User, entry: EffectiveItem
) -> None:
    number = hand_in(signed_in(person), entry)
    said = {"decline.reason": "因张三本人情况不符", "decline.basis": "某法第一条"}
    assert do(signed_in(staff(entry, "window")), number, "decline", **said) == 302
    case = Case.objects.get(number=number)
    address = f"/paper/{number}/{case.seq}/non-acceptance-notice/"
    client.post("/progress/", {"number": number, "code": case.query_code})
    page = client.get(address).content.decode()
    assert "某法第一条" in page
    assert "因张三本人情况不符" not in page
    assert case.query_code not in page
    assert "因张三本人情况不符" in signed_in(person).get(address).content.decode()


def test_papers_and_agents_reading_are_written_down(person: User, entry: EffectiveItem) -> None:
    number = hand_in(signed_in(person), entry)
    window = staff(entry, "window")
    said = {"decline.reason": "情况不符", "decline.basis": "某法第一条"}
    assert do(signed_in(window), number, "decline", **said) == 302
    address = f"/paper/{number}/{Case.objects.get(number=number).seq}/non-acceptance-notice/"
    agent = User.objects.create_user("agent")
    Mandate.objects.create(principal=person, agent=agent, proof="委托书", start_on="2026-01-01")
    signed_in(window).get(address)
    signed_in(agent).get(address)
    signed_in(agent).get(f"/my/{number}/")
    signed_in(person).get(f"/my/{number}/")
    signed_in(person).get(address)
    rows = Entry.objects.using("audit").filter(kind="read", subject=f"case:{number}").order_by("id")
    assert [row.actor for row in rows] == [window.pk, agent.pk, agent.pk]


def test_a_system_fault_is_a_plain_page_and_stands_in_the_log(
    person: User, entry: EffectiveItem, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    number = hand_in(signed_in(person), entry)

    def broken(*args: object) -> dict[int, dict[str, str]]:
        raise SealBroken("第3号密钥解不开")

    monkeypatch.setattr(payloads, "opened", broken)
    with caplog.at_level(logging.ERROR, logger="jingban.portals.middleware"):
        page = signed_in(person).get(f"/my/{number}/")
    assert page.status_code == 500
    assert "第3号密钥" not in page.content.decode()
    assert "已记录下来" in page.content.decode()
    assert any("SealBroken" in row.message and "casepage.py" in row.message for row in caplog.records)


def test_examples_say_so_in_charts_and_guides(client: Client, entry: EffectiveItem) -> None:
    assert any(step.after for step in entry.process.steps.values())
    page = client.get(f"/guide/{entry.region}/{entry.tier}/{entry.item}/").content.decode()
    assert "（示例值）" in page


def test_superscripts_are_no_digits(person: User, entry: EffectiveItem) -> None:
    number = hand_in(signed_in(person), entry)
    client = signed_in(person)
    assert client.post(f"/my/{number}/do/withdraw/", {"seen": "²", "key": "w"}).status_code == 409
    assert client.get("/my/", {"before": "²"}).status_code == 200


def test_a_page_of_mine_is_never_empty_while_more_follow(
    person: User, entry: EffectiveItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cases of a step that shares the place with mine come first; reading goes on behind them."""
    from jingban.portals.desk import queue

    numbers = [hand_in(signed_in(person), entry, key=f"n{n}") for n in range(5)]
    monkeypatch.setattr(queue, "PAGE", 2)
    monkeypatch.setattr(queue, "_is_mine", lambda case, actor: case.number in numbers[3:])
    Case.objects.filter(number__in=numbers).update(due_on=NOW.date())
    page = signed_in(staff(entry, "window")).get("/desk/").content.decode()
    assert all(number in page for number in numbers[3:])
    assert "后面的办件" not in page
