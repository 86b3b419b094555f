"""The desk at work: the notice from the check-off, taking the next case, tabs by urgency, what lies beside a case."""

from __future__ import annotations

import base64
import json
import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.test import Client
from PIL import Image
from pytest_django.fixtures import DjangoAssertNumQueries

from jingban.access.models import User
from jingban.audit.models import Entry
from jingban.cases.models import Case, CaseEvent, CasePayload
from jingban.cases.sealed import opened_field
from jingban.documents import service as documents
from jingban.portals.desk import urgency
from jingban.portals.doors import NOBODY
from jingban.portals.questions import choices
from jingban.rulebook.cache import effective_all
from jingban.rulebook.effective import EffectiveItem
from jingban.rulebook.phrases import phrases
from jingban.uploads import service as uploads
from jingban.workdays.service import calendar
from tests.portals.conftest import NOW, PERSON, hand_in, published, signed_in, staff
from tests.portals.test_desk import HTMX, do, required, seq

TODAY = NOW.date()


@pytest.fixture
def number(person: User, entry: EffectiveItem) -> str:
    return hand_in(signed_in(person), entry)


@pytest.fixture
def clerk(entry: EffectiveItem) -> Client:
    return signed_in(staff(entry, "window"))


def shown(client: Client, address: str, **headers: str) -> str:
    page = client.get(address, headers=headers)
    assert page.status_code == 200, page.content.decode()
    return page.content.decode()


def due(number: str, day: object, timer: object = None) -> None:
    Case.objects.filter(number=number).update(due_on=day, timer_at=timer)


def test_the_notice_says_why_material_by_material(
    entry: EffectiveItem, person: User, clerk: Client, number: str
) -> None:
    needed = required(entry)
    name = next(m.name for m in entry.materials if m.id == needed[0])
    page = shown(clerk, f"/desk/case/{number}/")
    told = page[page.index("data-notice") :]
    assert name in told[: told.index("</div>")]
    why = {f"why.{key}": "照片不清楚" for key in needed}
    assert do(clerk, number, "notify", tick=needed[1:], **why) == 302
    event = CaseEvent.objects.get(case__number=number, act="notify")
    assert "照片" not in json.dumps(event.data, ensure_ascii=False)
    body = CasePayload.objects.get(case_id=event.case_id, seq=event.seq).body
    kept = opened_field(number, event.seq, "missing_reasons", body["missing_reasons"])
    assert json.loads(kept) == {needed[0]: "照片不清楚"}
    owner = signed_in(person)
    assert f"{name}：照片不清楚" in shown(owner, f"/my/{number}/")
    assert "——照片不清楚" in shown(owner, f"/paper/{number}/{event.seq}/one-off-notice/")
    assert f"{name}：照片不清楚" in shown(clerk, f"/desk/case/{number}/")


def test_reasons_come_back_with_a_refusal(entry: EffectiveItem, clerk: Client, number: str) -> None:
    needed = required(entry)
    sent = {"seen": seq(number), "key": "a", f"why.{needed[0]}": "没有盖章"}
    page = clerk.post(f"/desk/case/{number}/do/accept/", sent)
    assert page.status_code == 422
    assert 'value="没有盖章"' in page.content.decode()


def test_standard_opinions_fit_the_input(
    entry: EffectiveItem, person: User, clerk: Client, number: str
) -> None:
    page = shown(clerk, f"/desk/case/{number}/")
    assert phrases("reason", "decline")[0] in page
    assert phrases("reason", "return")[0] not in page
    assert entry.legal_basis[0].text in page[page.index('data-phrases="decline.basis"') :]
    assert "data-phrases" not in shown(signed_in(person), f"/my/{number}/")


def test_done_and_on_to_the_next(entry: EffectiveItem, person: User, clerk: Client) -> None:
    numbers = [hand_in(signed_in(person), entry, key=f"n{n}") for n in range(3)]
    for n, number in enumerate(numbers):
        due(number, TODAY + timedelta(days=n))
    sent = {"key": "k", "tick": required(entry), "go": "next"}
    for here, following in ((1, 2), (2, 0)):  # what follows, and after the last the first
        number = numbers[here]
        sent |= {"seen": seq(number), "key": f"k{here}"}
        answer = clerk.post(f"/desk/case/{number}/do/accept/", sent)
        assert answer.url == f"/desk/case/{numbers[following]}/"
    answer = clerk.post(f"/desk/case/{numbers[0]}/do/accept/", sent | {"seen": seq(numbers[0]), "key": "z"})
    assert answer.url == "/desk/"
    assert "没有等您办理的件了" in shown(clerk, "/desk/")


def test_next_passes_over_what_one_made_oneself(entry: EffectiveItem, person: User) -> None:
    both = signed_in(staff(entry, "window", "reviewer", name="both"))
    first, second = (hand_in(signed_in(person), entry, key=f"n{n}") for n in range(2))
    assert do(both, first, "accept", tick=required(entry)) == 302
    sent = {"seen": seq(second), "key": "s", "tick": required(entry), "go": "next"}
    assert both.post(f"/desk/case/{second}/do/accept/", sent).url == "/desk/"


def test_tabs_by_urgency_count_and_filter_as_the_badges_say(
    entry: EffectiveItem, person: User, clerk: Client
) -> None:
    numbers = [hand_in(signed_in(person), entry, key=f"n{n}") for n in range(6)]
    midnight = NOW.replace(hour=0)
    days = [TODAY - timedelta(days=4), TODAY, TODAY + timedelta(days=1), TODAY + timedelta(days=2)]
    for number, day in zip(numbers, days, strict=False):
        due(number, day)
    # What time ends by itself tonight is due today (``store.due_of``).
    due(numbers[4], TODAY, midnight + timedelta(days=1))
    due(numbers[5], TODAY + timedelta(days=40))
    page = shown(clerk, "/desk/")
    counted = dict(re.findall(r'class="c-(\w+)".*?<b class="num">([^<]+)</b>', page))
    assert counted == {"any": "6", "over": "1", "today": "2", "soon": "2"}
    signs = {"over": "▲", "today": "●", "soon": "◆"}
    for when, sign in signs.items():
        part = shown(clerk, f"/desk/?when={when}&at=", **HTMX)
        rows = re.findall(r'/desk/case/([\d-]+)/" hx-get', part)
        assert len(rows) == int(counted[when])
        assert part.count(f'aria-hidden="true">{sign}</span>') == len(rows) + 1
    assert (
        'aria-current="page"' in re.search(r'<a class="c-soon"[^>]*>', shown(clerk, "/desk/"))[0]
    )  # remembered


def test_the_day_at_a_glance(entry: EffectiveItem, person: User, clerk: Client) -> None:
    numbers = [hand_in(signed_in(person), entry, key=f"n{n}") for n in range(4)]
    for number, days in zip(numbers, (-3, -2, 0, 9), strict=True):
        due(number, TODAY + timedelta(days=days))
    page = shown(clerk, "/desk/")
    day = page[page.index('id="today"') : page.index("从最急的一件开始")]
    assert re.findall(r'<b class="num">([^<]+)</b>', day) == ["4", "4", "2", "1"]
    assert [word in day for word in ("今天新收", "等我办理", "已超期", "今日到期")] == [True] * 4
    assert f'href="/desk/case/{numbers[0]}/">从最急的一件开始' in page
    assert 'id="today"' not in shown(clerk, f"/desk/case/{numbers[0]}/")
    whole = shown(clerk, "/desk/?tab=all")
    assert "本处在办" in whole[whole.index('id="today"') :]


def test_what_a_village_takes_in_is_not_the_whole_regions(entry: EffectiveItem) -> None:
    page = shown(signed_in(staff(entry, "township")), "/desk/")
    assert 'id="today"' in page
    assert "今天新收" not in page


def test_counts_stop_at_a_hundred(entry: EffectiveItem, person: User) -> None:
    number = hand_in(signed_in(person), entry)
    case = Case.objects.get(number=number)
    rows = []
    for n in range(120):
        row = Case.objects.get(pk=case.pk)
        row.pk, row.number, row.due_on = None, f"copy-{n}", TODAY - timedelta(days=2)
        rows.append(row)
    Case.objects.bulk_create(rows)
    place = (case.region, case.office, case.role)
    everything = urgency.counts({place: frozenset()}, NOBODY, lambda *_: True, calendar(), TODAY)
    assert {c.key: c.number for c in everything} == {"any": "99+", "over": "99+", "today": "0", "soon": "0"}
    nothing = urgency.counts({place: frozenset()}, NOBODY, lambda *_: False, calendar(), TODAY)
    assert {c.key: c.number for c in nothing} == {"any": "0+", "over": "0+", "today": "0", "soon": "0"}
    assert [c.number for c in urgency.counts({}, NOBODY, lambda *_: True, calendar(), TODAY)] == ["0"] * 4


def test_queue_and_case_ask_for_little(
    entry: EffectiveItem, person: User, clerk: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    numbers = [hand_in(signed_in(person), entry, key=f"n{n}") for n in range(30)]
    shown(clerk, "/desk/")
    address = f"/desk/case/{numbers[0]}/"
    for asked, headers in (
        ("/desk/", {}), (f"/desk/?at={numbers[0]}", HTMX), (address, {}), (address, HTMX),
        (f"{address}related/", HTMX),
    ):  # fmt: skip
        with django_assert_max_num_queries(12):
            shown(clerk, asked, **headers)


def test_a_case_with_letters_asks_for_as_little(
    person: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    item = next(i for i in effective_all() if i.process.process == "transfer" and i.tier == "agency")
    published(item)
    facts = {f"fact.{c.name}": next(iter(c.values)) for c in choices(item)}
    number = hand_in(signed_in(person), item, **facts)
    first = item.process.steps[Case.objects.get(number=number).step].by[0]
    client = signed_in(staff(item, first))
    shown(client, "/desk/")
    with django_assert_max_num_queries(12):
        shown(client, f"/desk/case/{number}/", **HTMX)


def test_beside_a_case_the_list_is_fetched_apart(clerk: Client, number: str) -> None:
    page = shown(clerk, f"/desk/case/{number}/")
    assert f'hx-get="/desk/?at={number}"' in page
    beside = shown(clerk, f"/desk/?at={number}", **HTMX)
    assert "<html" not in beside
    assert 'aria-current="true"' in beside


def test_other_cases_of_the_same_person(
    entry: EffectiveItem, person: User, clerk: Client, number: str
) -> None:
    again = hand_in(signed_in(person), entry, key="again")
    other = hand_in(signed_in(person), entry, key="other", name="张三", id_number="110105194912310011")
    part = shown(clerk, f"/desk/case/{number}/related/", **HTMX)
    assert again in part
    assert "1件同一事项正在办理" in part
    assert other not in part  # a name alone is no proof
    assert number not in part
    assert "没有找到" in shown(clerk, f"/desk/case/{other}/related/", **HTMX)
    assert again in shown(clerk, f"/desk/case/{number}/related/")  # without JavaScript, as a page


def test_the_checker_sees_what_the_maker_changed(entry: EffectiveItem, clerk: Client, number: str) -> None:
    sent = {
        "accept.corrects": "1",
        **{f"accept.answer.{f.key}": "" for f in entry.form if f.key == "id_number"},
    }
    case = Case.objects.get(number=number)
    for field in entry.form:
        body = CasePayload.objects.get(case=case, seq=1).body
        if field.key in body and field.kind not in ("id", "phone", "bank"):
            sent[f"accept.answer.{field.key}"] = opened_field(number, 1, field.key, body[field.key])
    sent["accept.answer.name"] = "张三丰"
    assert do(clerk, number, "accept", tick=required(entry), **sent) == 302
    page = shown(signed_in(staff(entry, "reviewer")), f"/desk/case/{number}/")
    sides = page[page.index("经办与复核对照") :]
    assert re.search(r'<tr class="changed"><th scope="row">姓名</th><td>张三</td>', sides)
    assert "张三丰" in sides
    assert "更正" in sides
    assert PERSON["id_number"] not in page
    assert "经办与复核对照" not in shown(clerk, f"/desk/case/{hand_in(clerk, entry, key='w')}/")


def test_showing_the_whole_number_asks_why(entry: EffectiveItem, number: str) -> None:
    user = staff(entry, "window")
    client = signed_in(user)
    refused = client.post(f"/desk/case/{number}/full/", {"reason": "  "})
    assert refused.status_code == 422
    assert "请填写查看原因" in refused.content.decode()
    assert PERSON["id_number"] not in refused.content.decode()
    full = client.post(f"/desk/case/{number}/full/", {"reason": "核对汇款账户"})
    assert PERSON["id_number"] in full.content.decode()
    (row,) = Entry.objects.using("audit").filter(actor=user.pk, kind="revealed")
    assert row.detail.endswith("核对汇款账户")


@pytest.mark.parametrize(
    "spelling", [str, lambda n: n.replace("-", ""), lambda n: n.replace("-", " － "), lambda n: f"https://x.example/progress/{n}"]
)  # fmt: skip
def test_the_search_box_takes_the_number_in_any_spelling(
    clerk: Client, number: str, spelling: object
) -> None:
    assert clerk.post("/desk/search/", {"q": spelling(number)}).url == f"/desk/case/{number}/"  # type: ignore[operator]


def test_what_a_unit_filed_online_is_picked_up_by_number_code_or_name(person: User) -> None:
    item = next(
        i for i in effective_all()
        if i.subject == "unit" and i.process.starts == "application" and not i.opens and not i.facts_asked
    )  # fmt: skip
    published(item)
    unit = {"unit_name": "云溪（试验）有限公司", "credit_code": "91990000MA00000000"}
    number = hand_in(signed_in(person), item, unit_name=unit["unit_name"])
    case = Case.objects.get(number=number)
    code = opened_field(
        number, 1, "credit_code", CasePayload.objects.get(case=case, seq=1).body["credit_code"]
    )
    first = item.process.steps[case.step]
    client = signed_in(staff(item, first.by[0], name="pickup"))
    for text in (number, code.lower(), f" {code[:9]} {code[9:]}", "云溪(试验)有限公司", unit["unit_name"]):
        assert client.post("/desk/search/", {"q": text}).url == f"/desk/case/{number}/", text
    assert next(iter(first.do.values())).name in shown(client, f"/desk/case/{number}/")


def test_the_code_on_a_paper_finds_its_case(entry: EffectiveItem, clerk: Client, number: str) -> None:
    assert do(clerk, number, "accept", tick=required(entry)) == 302
    assert clerk.get(f"/paper/{number}/2/acceptance-notice.pdf").status_code == 200
    row = documents.IssuedPaper.objects.get(kind="acceptance-notice")
    for text in (row.code, f"https://yb.example/verify/{row.code}/"):
        assert clerk.post("/desk/search/", {"q": text}).url == f"/desk/case/{number}/"
    elsewhere = next(i for i in effective_all() if i.region != entry.region)
    published(elsewhere)
    stranger = signed_in(staff(elsewhere, "window", name="stranger"))
    assert "没有找到" in stranger.post("/desk/search/", {"q": row.code}).content.decode()


def picture() -> bytes:
    file = BytesIO()
    Image.new("RGB", (200, 80), "white").save(file, "PNG")
    return file.getvalue()


def test_signing_for_a_paper_on_the_pad_or_by_scan(entry: EffectiveItem, clerk: Client, number: str) -> None:
    address = f"/desk/case/{number}/sign/"
    assert clerk.get(address).status_code == 403  # nothing given out yet
    assert do(clerk, number, "accept", tick=required(entry)) == 302
    assert "signature_pad" in shown(clerk, address)
    drawn = "data:image/png;base64," + base64.b64encode(picture()).decode()
    for wrong in ("", "data:text/html;base64,PGI+", "data:image/png;base64,###"):
        assert clerk.post(address, {"paper": "2", "drawn": wrong}).status_code == 422
    assert clerk.post(address, {"paper": "9", "drawn": drawn}).status_code == 422
    for _ in range(2):  # a doubled click keeps one
        assert clerk.post(address, {"paper": "2", "drawn": drawn}).status_code == 302
    (kept,) = uploads.of_case(Case.objects.get(number=number).pk)
    assert kept.slot == "signed-2"
    page = shown(clerk, f"/desk/case/{number}/")
    assert "领取文书的签名" in page
    assert f"/upload/{kept.pk}/" in page
    assert signed_in(staff(entry, "expert")).get(address).status_code == 403


def test_batch_acts_one_by_one_with_their_own_answers(person: User) -> None:
    item = next(
        i for i in effective_all()
        if i.process.process == "ledger-payment" and i.subject == "person" and not i.opens and not i.facts_asked
    )  # fmt: skip
    published(item)
    numbers = [hand_in(signed_in(person), item, key=f"n{n}") for n in range(2)]
    step = next(key for key, s in item.process.steps.items() if any(a.batch for a in s.do.values()))
    for turn in range(5):
        cases = list(Case.objects.filter(number__in=numbers).exclude(step=step).order_by("id"))
        for case in cases:
            here = item.process.steps[case.step]
            act, rule = next(iter(here.do.items()))
            carried = {f"{act}.{need}": "12.00" if need == "amount" else "同意" for need in rule.needs}
            name = f"{here.by[0]}{turn}"
            user = User.objects.filter(username=name).first() or staff(item, here.by[0], name=name)
            sent = {**carried, "key": f"{case.number}{turn}"}
            assert do(signed_in(user), case.number, act, tick=required(item, case.number), **sent) == 302
    checker = staff(item, item.process.steps[step].by[0], name="checker")
    client = signed_in(checker)
    assert "成批办理" in shown(client, "/desk/")
    page = shown(client, "/desk/batch/")
    assert all(number in page for number in numbers)
    act = re.search(r'name="act" value="([^"]+)"', page)[1]
    assert client.post("/desk/batch/", {"act": act, "key": "b"}).status_code == 422
    seen = [f"{number}.{seq(number)}" for number in numbers]
    sent = {"act": act, "key": "b", "case": [seen[0], f"{numbers[1]}.1"]}
    first = client.post("/desk/batch/", sent).content.decode()
    assert "有1件没有办成" in first
    assert Case.objects.get(number=numbers[1]).step == step
    done = client.post("/desk/batch/", {**sent, "key": "c", "case": [seen[1]]}).content.decode()
    assert "1件都已办理" in done
    stranger = signed_in(staff(item, "window", name="stranger"))
    refused = stranger.post("/desk/batch/", {**sent, "key": "d"}).content.decode()
    assert "没有办成" in refused
