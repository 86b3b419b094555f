"""The desk: queue, case, acts, letters, papers; and what is written down about it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from jingban.access.models import User
from jingban.audit.models import Entry
from jingban.cases.materials import required_of
from jingban.cases.models import Case, CaseEvent
from jingban.cases.view import read
from jingban.portals.questions import door_channel, situations_of
from jingban.processes.model import Month
from jingban.rulebook.cache import effective_all
from jingban.rulebook.effective import EffectiveItem
from tests.portals.conftest import NOW, PERSON, hand_in, published, signed_in, staff

HTMX = {"HX-Request": "true"}


def seq(number: str) -> int:
    return int(Case.objects.get(number=number).seq)


def required(item: EffectiveItem, number: str = "") -> list[str]:
    """What must be there: of a case by what its form says, too."""
    channel = door_channel(item)
    said = situations_of((), {"channel": channel})
    if number:
        said |= read(Case.objects.get(number=number).pk)[0].state.situations
    return sorted(required_of(item, said, channel))


def do(client: Client, number: str, act: str, **data: object) -> int:
    """Do an act as the page's form would; gives the status."""
    sent = {"seen": seq(number), "key": f"{act}-{seq(number)}", **data}
    return int(client.post(f"/desk/case/{number}/do/{act}/", sent).status_code)


@pytest.fixture
def number(person: User, entry: EffectiveItem) -> str:
    return hand_in(signed_in(person), entry)


def walk_to_end(item: EffectiveItem, number: str) -> str:
    """Through the main road by the pages alone; a fresh officer for each step, as maker is not checker."""
    for turn in range(20):
        case = Case.objects.get(number=number)
        if case.outcome:
            return str(case.outcome)
        step = item.process.steps[case.step]
        role = next(r for r in step.by if r not in ("system", "applicant"))
        client = signed_in(staff(item, role, name=f"{role}{turn}"))
        if step.receives:
            way = next(iter(step.receives.ways))
            message = step.receives.messages[0]
            sent = {"answer": f"{message}/{way}", "key": f"letter{turn}"}
            shown = client.get(f"/desk/case/{number}/").content.decode()
            assert "登记来函" not in shown or "没有可办的事" not in shown, (
                "who may register it has something to do"
            )
            for _ in range(2):  # a doubled click gets the same answer
                assert client.post(f"/desk/case/{number}/letter/", sent).status_code == 302
            continue
        act, rule = next(iter(step.do.items()))
        carried = {f"{act}.{need}": "1200.00" if need == "amount" else "符合规定" for need in rule.needs}
        assert do(client, number, act, tick=required(item, number), **carried) == 302
    return "endless"


@pytest.mark.parametrize("process", ["standard", "payment", "ledger-payment", "counter"])
def test_from_application_to_the_end(person: User, process: str) -> None:
    item = next(
        i
        for i in effective_all()
        if i.process.process == process and i.subject == "person" and not i.opens and not i.facts_asked
    )
    published(item)
    number = hand_in(signed_in(person), item)
    assert walk_to_end(item, number) == "granted"
    shown = signed_in(person).get(f"/my/{number}/").content.decode()
    assert "已办结" in shown
    told = "1,200.00"
    assert (told in shown) == ("payment" in process), "what one is paid is shown to oneself"
    case, visitor = Case.objects.get(number=number), Client()
    visitor.post("/progress/", {"number": number, "code": case.query_code})
    assert told not in visitor.get(f"/progress/{number}/").content.decode(), "and to no query code"
    for event in CaseEvent.objects.filter(case__number=number):
        for paper in event.data.get("documents", ()):
            page = signed_in(User.objects.get(username="window0")).get(
                f"/paper/{number}/{event.seq}/{paper}/"
            )
            assert page.status_code == 200
            assert number in page.content.decode()


def test_the_queue_shows_whose_turn_it_is(entry: EffectiveItem, number: str) -> None:
    assert number in signed_in(staff(entry, "window")).get("/desk/").content.decode()
    assert number not in signed_in(staff(entry, "cashier")).get("/desk/").content.decode()
    assert number in signed_in(User.objects.get(username="cashier")).get("/desk/?tab=all").content.decode()
    elsewhere = next(i for i in effective_all() if i.region != entry.region)
    published(elsewhere)
    assert (
        number
        not in signed_in(staff(elsewhere, "window", name="other")).get("/desk/?tab=all").content.decode()
    )


@pytest.mark.parametrize(("days", "sign"), [(0, "▲"), (-1, "▲"), (0, "●"), (1, "◆"), (40, "○")])
def test_badges_have_sign_and_words(entry: EffectiveItem, number: str, days: int, sign: str) -> None:
    moved = {"▲": -3}.get(sign, days)
    Case.objects.filter(number=number).update(due_on=NOW.date() + timedelta(days=moved), timer_at=None)
    text = signed_in(staff(entry, "window")).get("/desk/").content.decode()
    assert sign in text
    assert {"▲": "超期", "●": "今日到期", "◆": "还剩", "○": "还剩"}[sign] in text


def test_pages_of_the_queue_by_key(
    entry: EffectiveItem, person: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(person)
    numbers = {hand_in(client, entry, key=f"n{n}") for n in range(33)}
    clerk = signed_in(staff(entry, "window"))
    with django_assert_max_num_queries(12):
        first = clerk.get("/desk/").content.decode()
    after = re.search(r"after=([0-9.-]+)", first)
    assert after
    second = clerk.get(f"/desk/?after={after[1]}", headers=HTMX).content.decode()
    assert "<html" not in second
    shown = [set(re.findall(r"/desk/case/([\d-]+)/", page)) for page in (first, second)]
    assert shown[0] | shown[1] == numbers
    assert not shown[0] & shown[1]
    assert "after=" not in second


def test_a_case_beside_the_list_is_a_fragment(entry: EffectiveItem, number: str) -> None:
    client = signed_in(staff(entry, "window"))
    assert "<html" not in client.get(f"/desk/case/{number}/", headers=HTMX).content.decode()
    assert "<html" in client.get(f"/desk/case/{number}/").content.decode()


def test_going_back_in_the_browser_gets_a_whole_page(entry: EffectiveItem, number: str) -> None:
    client = signed_in(staff(entry, "window"))
    restored = client.get(f"/desk/case/{number}/", headers={**HTMX, "HX-History-Restore-Request": "true"})
    assert "<html" in restored.content.decode()


def test_a_session_that_ended_takes_the_whole_page_to_the_sign_in(client: Client, number: str) -> None:
    answer = client.get(f"/desk/case/{number}/", headers=HTMX)
    assert answer.headers["HX-Redirect"] == "/login/"


def test_reading_searching_and_revealing_are_written_down(entry: EffectiveItem, number: str) -> None:
    clerk = staff(entry, "window")
    client = signed_in(clerk)
    masked = client.get(f"/desk/case/{number}/").content.decode()
    assert PERSON["id_number"] not in masked
    assert "110***********002X" in masked
    full = client.post(f"/desk/case/{number}/full/", {"reason": "核对汇款账户"}).content.decode()
    assert PERSON["id_number"] in full
    for text in (PERSON["id_number"], "张三", number):
        assert client.post("/desk/search/", {"q": text}).url == f"/desk/case/{number}/"
    assert "没有找到" in client.post("/desk/search/", {"q": "李四"}).content.decode()
    rows = Entry.objects.using("audit").filter(actor=clerk.pk).order_by("id")
    assert [row.kind for row in rows] == ["read", "revealed", *["searched"] * 4]
    assert not any(PERSON["id_number"] in row.detail for row in rows)


def test_a_refused_reader_is_written_down(entry: EffectiveItem, number: str) -> None:
    elsewhere = next(i for i in effective_all() if i.region != entry.region)
    stranger = staff(elsewhere, "window", name="stranger")
    assert signed_in(stranger).get(f"/desk/case/{number}/").status_code == 403
    assert Entry.objects.using("audit").get(actor=stranger.pk).kind == "refused"
    assert "没有找到" in signed_in(stranger).post("/desk/search/", {"q": "张三"}).content.decode()


def test_the_desk_is_for_staff(person: User, client: Client) -> None:
    assert client.get("/desk/").status_code == 302
    assert signed_in(person).get("/desk/").status_code == 403


def test_unticked_materials_are_the_one_off_notice(entry: EffectiveItem, person: User) -> None:
    needed = required(entry)
    number = hand_in(signed_in(person), entry, supplied=needed[1:])
    assert do(signed_in(staff(entry, "window")), number, "notify", tick=needed[1:]) == 302
    case = Case.objects.get(number=number)
    assert case.state["notified"] == needed[:1]
    owner = signed_in(person)
    shown = owner.get(f"/my/{number}/").content.decode()
    name = next(m.name for m in entry.materials if m.id == needed[0])
    assert "还要补交" in shown
    assert name in shown
    paper = owner.get(f"/paper/{number}/{case.seq}/one-off-notice/").content.decode()
    assert name in paper
    assert "不再要求补充" in paper
    sent = {"seen": case.seq, "key": "r", "resubmit.brought_materials": needed[:1]}
    assert owner.post(f"/my/{number}/do/resubmit/", sent).status_code == 302
    assert Case.objects.get(number=number).step == case.step.replace("supplement", "accept")


def test_what_is_ticked_at_the_notice_counts_as_received(entry: EffectiveItem, number: str) -> None:
    client, needed = signed_in(staff(entry, "window")), required(entry)
    assert do(client, number, "notify", tick=needed[1:]) == 302
    assert Case.objects.get(number=number).state["received"] == needed[1:]


def test_accepting_with_materials_missing_is_refused_in_words(entry: EffectiveItem, number: str) -> None:
    client = signed_in(staff(entry, "window"))
    page = client.post(f"/desk/case/{number}/do/accept/", {"seen": seq(number), "key": "a"})
    assert page.status_code == 422
    assert "不能受理" in page.content.decode()
    assert Case.objects.get(number=number).step == "accept"


def test_what_an_act_lacks_stands_by_its_field(entry: EffectiveItem, number: str) -> None:
    client = signed_in(staff(entry, "window"))
    sent = {"seen": seq(number), "key": "d", "decline.reason": "不属于本机构受理"}
    page = client.post(f"/desk/case/{number}/do/decline/", sent)
    assert page.status_code == 422
    assert "不属于本机构受理</textarea>" in page.content.decode()
    assert "请填写依据" in page.content.decode()


def test_a_stale_page_keeps_what_was_typed(entry: EffectiveItem, number: str) -> None:
    one, two = signed_in(staff(entry, "window")), signed_in(staff(entry, "window", name="second"))
    seen = seq(number)
    assert do(one, number, "accept", tick=required(entry)) == 302
    sent = {"seen": seen, "key": "late", "decline.reason": "填了很久的理由", "decline.basis": "某条"}
    page = two.post(f"/desk/case/{number}/do/decline/", sent)
    text = page.content.decode()
    assert page.status_code == 409
    assert "重新载入本件" in text
    assert "填了很久的理由" in text
    assert Case.objects.get(number=number).seq == seen + 1


def test_a_doubled_act_is_done_once(entry: EffectiveItem, number: str) -> None:
    client = signed_in(staff(entry, "window"))
    sent = {"seen": seq(number), "key": "same", "tick": required(entry)}
    for _ in range(2):
        assert client.post(f"/desk/case/{number}/do/accept/", sent).status_code == 302
    assert seq(number) == 2


def test_maker_is_not_checker_and_the_page_says_why(entry: EffectiveItem, number: str) -> None:
    both = signed_in(staff(entry, "window", "reviewer", name="both"))
    assert do(both, number, "accept", tick=required(entry)) == 302
    shown = both.get(f"/desk/case/{number}/").content.decode()
    assert "不能办理：您办理过本件的" in shown
    assert do(both, number, "approve", **{"approve.amount": "1.00"}) == 403
    assert Case.objects.get(number=number).step == "review"


def test_another_role_may_not_act(entry: EffectiveItem, number: str) -> None:
    cashier = signed_in(staff(entry, "cashier"))
    assert "一次性告知" not in re.sub(
        r"<svg.*?</svg>", "", cashier.get(f"/desk/case/{number}/").content.decode(), flags=re.S
    )
    assert do(cashier, number, "accept", tick=required(entry)) == 403
    assert Case.objects.get(number=number).step == "accept"


def test_a_closed_month_is_started_at_the_desk() -> None:
    item = next(i for i in effective_all() if isinstance(i.process.starts, Month))
    version = published(item)
    client = signed_in(staff(item, "window"))
    assert item.name in client.get("/desk/start/").content.decode()
    page = client.get("/desk/start/").content.decode()
    assert 'value="2026-02"' in page
    sent = {"start": f"{version.pk}:{item.process.process}", "month": "2026-02", "key": "m"}
    answer = client.post("/desk/start/", sent)
    assert answer.status_code == 302
    assert client.get(answer.url).status_code == 200
    assert client.post("/desk/start/", {**sent, "key": "again"}).url == answer.url
    assert Entry.objects.using("audit").filter(kind="month-closed").count() == 2
    running = client.post("/desk/start/", {**sent, "month": "2026-03"})
    assert running.status_code == 409
    assert "还没有结束" in running.content.decode()
    for text in ("", "二月", "2026-13", "²-1"):
        assert client.post("/desk/start/", {**sent, "month": text}).status_code == 422
    assert Case.objects.get().process == item.process.process
    assert client.post("/desk/start/", {"start": "1:nothing", "key": "x"}).status_code == 403


def test_an_answer_that_nobody_waits_for_is_refused(entry: EffectiveItem, number: str) -> None:
    client = signed_in(staff(entry, "window"))
    page = client.post(f"/desk/case/{number}/letter/", {"answer": "payment-result/paid", "key": "l"})
    assert page.status_code == 422
    assert "不等这份来函" in page.content.decode()


def test_internal_papers_stay_inside(person: User) -> None:
    item = next(
        i
        for i in effective_all()
        if i.process.process == "payment"
        and i.subject == "person"
        and {"online"} & {c.id for c in i.channels}
    )
    published(item)
    number = hand_in(signed_in(person), item)
    walk_to_end(item, number)
    event = next(
        e
        for e in CaseEvent.objects.filter(case__number=number)
        if "payment-order" in e.data.get("documents", ())
    )
    address = f"/paper/{number}/{event.seq}/payment-order/"
    assert signed_in(person).get(address).status_code == 404
    assert signed_in(User.objects.get(username="window0")).get(address).status_code == 200
