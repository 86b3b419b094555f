"""The pages of papers: who reads, prints, voids; and the public page that gives nothing away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from jingban.access.models import Grant, Mandate, User
from jingban.audit.models import Entry
from jingban.cases.models import Case, CaseEvent
from jingban.documents import kinds
from jingban.documents.case_papers import SOURCES, Subject
from jingban.documents.checking import verdict
from jingban.documents.content import Content
from jingban.documents.content import entry as made_of
from jingban.documents.models import IssuedPaper
from jingban.portals import doors, papers
from jingban.rulebook.cache import effective_all
from jingban.rulebook.effective import EffectiveItem
from tests.documents.reading import read
from tests.portals.conftest import NOW, PERSON, hand_in, plain_entry, published, signed_in, staff
from tests.portals.test_desk import do

KIND = "non-acceptance-notice"


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    from django.core.cache import cache

    cache.clear()
    monkeypatch.setattr(doors, "now", lambda: NOW)
    yield
    cache.clear()


@pytest.fixture
def entry() -> EffectiveItem:
    item = plain_entry()
    published(item)
    return item


@pytest.fixture
def person() -> User:
    return User.objects.create_user("wang", password="x", name="王某")


@pytest.fixture
def number(entry: EffectiveItem, person: User) -> str:
    """A case that was declined: its owner has a notice with a reason."""
    number = hand_in(signed_in(person), entry)
    said = {"decline.reason": "因张三本人情况不符", "decline.basis": "某法第一条"}
    assert do(signed_in(staff(entry, "window")), number, "decline", **said) == 302
    return number


def page(number: str, kind: str = KIND, *, pdf: bool = False, seq: int | None = None) -> str:
    seq = seq or Case.objects.get(number=number).seq
    return f"/paper/{number}/{seq}/{kind}" + (".pdf" if pdf else "/")


def test_the_owner_opens_the_sealed_file_and_it_is_counted(number: str, person: User) -> None:
    client = signed_in(person)
    assert "正式文书（PDF" in client.get(page(number)).content.decode()
    assert not IssuedPaper.objects.exists(), "looking issues nothing"
    first = client.get(page(number, pdf=True))
    assert first["Content-Type"] == "application/pdf"
    assert "no-store" in first["Cache-Control"]
    found = read(first.content)
    for text in ("不予受理通知书", "因张三本人情况不符", "张三："):
        assert text in found
    assert client.get(page(number, pdf=True)).content == first.content
    assert "已打印2次" in client.get(page(number)).content.decode()
    assert IssuedPaper.objects.get().code[:4] in client.get(page(number)).content.decode()


def test_who_may_not_read_the_case_gets_no_file(number: str, client: Client, entry: EffectiveItem) -> None:
    address = page(number, pdf=True)
    assert client.get(address).status_code == 403
    stranger = User.objects.create_user("stranger")
    assert signed_in(stranger).get(address).status_code == 403
    elsewhere = next(i for i in effective_all() if i.region != entry.region)
    published(elsewhere)
    assert signed_in(staff(elsewhere, "window", name="other")).get(address).status_code == 403
    assert not IssuedPaper.objects.exists()
    assert Entry.objects.using("audit").filter(kind="refused").count() == 2


def test_a_query_code_opens_the_page_but_not_the_file(number: str, client: Client, person: User) -> None:
    signed_in(person).get(page(number, pdf=True))
    code = Case.objects.get(number=number).query_code
    client.post("/progress/", {"number": number, "code": code})
    shown = client.get(page(number)).content.decode()
    assert "某法第一条" in shown
    assert "因张三本人情况不符" not in shown
    assert "张三" not in shown
    assert "登录后打开" in shown
    assert client.get(page(number, pdf=True)).status_code == 403


def test_agents_and_staff_print_and_it_is_written_down(number: str, person: User) -> None:
    agent = User.objects.create_user("agent")
    Mandate.objects.create(principal=person, agent=agent, proof="委托书", start_on="2026-01-01")
    window = User.objects.get(username="window")
    for user in (agent, window, person):
        assert signed_in(user).get(page(number, pdf=True)).status_code == 200
    row = IssuedPaper.objects.get()
    assert list(row.prints.order_by("id").values_list("actor", flat=True)) == [agent.pk, window.pk, person.pk]
    read_by = Entry.objects.using("audit").filter(
        kind="read", subject=f"case:{number}", detail__startswith="打印文书"
    )
    assert sorted(read_by.values_list("actor", flat=True)) == sorted([agent.pk, window.pk])


def test_internal_papers_are_no_file_for_the_applicant(number: str, person: User) -> None:
    given_out(number, "ledger-record")
    for pdf in (False, True):
        assert signed_in(person).get(page(number, "ledger-record", pdf=pdf)).status_code == 404
        answer = signed_in(User.objects.get(username="window")).get(page(number, "ledger-record", pdf=pdf))
        assert answer.status_code == 200


def test_the_form_is_for_the_owner_and_the_desk(number: str, person: User, client: Client) -> None:
    listed = signed_in(person).get(f"/my/{number}/").content.decode()
    start = listed.index(f"/paper/{number}/1/") + len(f"/paper/{number}/1/")
    kind = listed[start:].split("/")[0]
    answer = signed_in(person).get(page(number, kind, pdf=True, seq=1))
    found = read(answer.content)
    assert PERSON["name"] in found
    assert PERSON["id_number"] in found
    code = Case.objects.get(number=number).query_code
    client.post("/progress/", {"number": number, "code": code})
    assert client.get(page(number, kind, seq=1)).status_code == 404
    assert f"/paper/{number}/1/" not in client.get(f"/progress/{number}/").content.decode()


def test_proof_of_delivery_is_offered_at_the_desk(number: str) -> None:
    client = signed_in(User.objects.get(username="window"))
    assert "送达回证" in client.get(f"/desk/case/{number}/").content.decode()
    assert "送达文书名称和编号" in read(client.get(page(number, "delivery-receipt", pdf=True)).content)


def test_missing_characters_are_told_and_the_desk_may_leave_room(entry: EffectiveItem, person: User) -> None:
    number = hand_in(signed_in(person), entry, name="张\U0002a700")
    said = {"decline.reason": "情况不符", "decline.basis": "某法第一条"}
    window = signed_in(staff(entry, "window"))
    assert do(window, number, "decline", **said) == 302
    assert "字库里没有“\U0002a700”" in window.get(f"/desk/case/{number}/").content.decode(), "told at the act"
    refused = signed_in(person).get(page(number, pdf=True))
    assert refused.status_code == 409
    assert "补充字库" in refused.content.decode()
    assert "手写备注出具" not in signed_in(person).get(page(number)).content.decode()
    assert "手写备注出具" in window.get(page(number)).content.decode()
    assert signed_in(person).post(page(number) + "by-hand/").status_code == 403
    assert window.post(page(number) + "by-hand/").status_code == 302
    assert "〔〕" in read(signed_in(person).get(page(number, pdf=True)).content)


def test_voiding_is_for_who_decides(number: str, person: User, entry: EffectiveItem) -> None:
    signed_in(person).get(page(number, pdf=True))
    address = page(number) + "void/"
    assert signed_in(person).post(address, {"reason": "x"}).status_code == 403
    window = signed_in(User.objects.get(username="window"))
    assert window.post(address, {"reason": "x"}).status_code == 403
    head = signed_in(staff(entry, "head"))
    assert "作废这份文书" in head.get(page(number)).content.decode()
    assert head.post(address, {"reason": ""}).status_code == 409
    assert head.post(address, {"reason": "写错了"}).status_code == 302
    assert "作废：写错了" in signed_in(person).get(page(number)).content.decode()
    assert "作废" in read(signed_in(person).get(page(number, pdf=True)).content)
    code = IssuedPaper.objects.get().code
    assert "已作废" in Client().get(f"/verify/{code}/").content.decode()


def test_the_public_page_says_genuine_and_no_more(number: str, person: User, client: Client) -> None:
    signed_in(person).get(page(number, pdf=True))
    row = IssuedPaper.objects.get()
    answer = client.get(f"/verify/{row.code}/")
    shown = answer.content.decode()
    assert answer.status_code == 200
    for text in ("是真的", "不予受理通知书", row.agency, "2026年3月2日", "张*", row.mark, "测试证书"):
        assert text in shown, text
    for secret in ("张三", PERSON["id_number"], PERSON["phone"], number, row.number, "因张三", "某法第一条"):
        assert secret not in shown, secret
    assert "校验值相同" in client.get(f"/verify/{row.code}/", {"mark": row.mark.upper()}).content.decode()
    assert "校验值不同" in client.get(f"/verify/{row.code}/", {"mark": "00000000"}).content.decode()


def test_an_unknown_code_is_told(client: Client) -> None:
    answer = client.get("/verify/234567892345/")
    assert answer.status_code == 404
    assert "查不到" in answer.content.decode()
    assert client.get("/verify/").status_code == 200
    assert client.get("/verify/", {"code": "12"}).status_code == 422
    went = client.get("/verify/", {"code": " 2345-6789-2345 "})
    assert went.status_code == 302
    assert went["Location"] == "/verify/234567892345/"
    assert client.get("/verify/<script>/").status_code == 404
    assert verdict("<script>") is None


def given_out(number: str, kind: str) -> None:
    """The last event of the case gave out this paper instead of its own."""
    event = CaseEvent.objects.filter(case__number=number).order_by("seq").last()
    assert event
    CaseEvent.objects.filter(pk=event.pk).update(data={**event.data, "documents": [kind]})


@pytest.mark.parametrize("is_issued", [False, True])
@pytest.mark.parametrize("kind", sorted(SOURCES))
def test_what_a_register_filled_is_not_for_a_query_code(
    kind: str, is_issued: bool, number: str, person: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names and numbers stand in it whole, whether it was issued before or not."""
    whole = (made_of("姓名", PERSON["name"]), made_of("公民身份号码", PERSON["id_number"]))
    content = Content(sender="某局", day=NOW.date(), opening=(PERSON["name"],), facts=whole)
    monkeypatch.setitem(SOURCES, kind, lambda view, seq: Subject(f"x:{kind}", "X1", content))
    given_out(number, kind)
    owner = signed_in(person)
    if kinds.is_internal(Case.objects.get(number=number).region, kind):  # nobody's but the desk's
        assert {owner.get(page(number, kind, pdf=pdf)).status_code for pdf in (False, True)} == {404}
        assert page(number, kind) not in owner.get(f"/my/{number}/").content.decode()
        return
    assert PERSON["id_number"] in owner.get(page(number, kind)).content.decode()
    if is_issued:
        assert owner.get(page(number, kind, pdf=True)).status_code == 200
    client.post("/progress/", {"number": number, "code": Case.objects.get(number=number).query_code})
    answer = client.get(page(number, kind))
    assert answer.status_code == 404
    assert PERSON["id_number"] not in answer.content.decode()
    assert page(number, kind) not in client.get(f"/progress/{number}/").content.decode()
    assert page(number, kind) in owner.get(f"/my/{number}/").content.decode()


def test_outside_readers_get_released_entries_only() -> None:
    lines = (made_of("甲", "秘密"), made_of("乙", "秘密", outside=("公开",)), made_of("丙"))
    seen = papers._outside(Content(sender="某局", day=NOW.date(), holder="张三", facts=lines, signers=lines))
    assert "秘密" not in seen.texts()
    assert not seen.holder
    assert [(f.label, f.lines) for f in seen.facts] == [("乙", ("公开",)), ("丙", ())]
    assert seen.signers == seen.facts


@pytest.mark.parametrize("role", ["window", "village", "elsewhere", "fiscal"])
def test_internal_papers_of_the_own_case_stay_closed_whatever_else_one_is(
    role: str, number: str, person: User, entry: EffectiveItem
) -> None:
    given_out(number, "ledger-record")
    region = entry.region
    if role == "elsewhere":
        region, role = next(i.region for i in effective_all() if i.region != entry.region), "window"
    Grant.objects.create(user=person, region=region, role=role, start_on="2026-01-01")
    for pdf in (False, True):
        assert signed_in(person).get(page(number, "ledger-record", pdf=pdf)).status_code == 404
    assert not IssuedPaper.objects.exists()


def test_room_for_the_pen_is_left_by_the_window_and_only_where_it_is_needed(
    number: str, person: User, entry: EffectiveItem
) -> None:
    window, head = signed_in(User.objects.get(username="window")), signed_in(staff(entry, "head"))
    refused = window.post(page(number) + "by-hand/")
    assert refused.status_code == 400
    assert "不用手写备注" in refused.content.decode()
    assert not IssuedPaper.objects.exists()
    rare = hand_in(signed_in(person), entry, name="张\U0002a700", key="rare")
    said = {"decline.reason": "情况不符", "decline.basis": "某法第一条"}
    assert do(window, rare, "decline", key="rare", **said) == 302
    assert "手写备注出具" not in head.get(page(rare)).content.decode()
    assert head.post(page(rare) + "by-hand/").status_code == 403
    assert not IssuedPaper.objects.exists()
    assert window.post(page(rare) + "by-hand/").status_code == 302
    assert IssuedPaper.objects.get().handwritten
    assert window.post(page(rare) + "by-hand/").status_code == 400, "it was issued"


def test_a_void_paper_is_issued_anew_by_who_decides(number: str, person: User, entry: EffectiveItem) -> None:
    owner, head = signed_in(person), signed_in(staff(entry, "head"))
    window = signed_in(User.objects.get(username="window"))
    owner.get(page(number, pdf=True))
    assert "重新出具" not in head.get(page(number)).content.decode()
    assert head.post(page(number) + "again/").status_code == 409, "it is in force"
    head.post(page(number) + "void/", {"reason": "印章不清"})
    assert "重新出具" in head.get(page(number)).content.decode()
    assert "重新出具" not in window.get(page(number)).content.decode()
    for client in (owner, window):
        assert client.post(page(number) + "again/").status_code == 403
    assert head.post(page(number) + "again/").status_code == 302
    old, new = IssuedPaper.objects.order_by("id")
    assert new.replaces == old
    assert "作废" not in read(owner.get(page(number, pdf=True)).content)
    assert "已作废" in Client().get(f"/verify/{old.code}/").content.decode()
    assert "是真的" in Client().get(f"/verify/{new.code}/").content.decode()
