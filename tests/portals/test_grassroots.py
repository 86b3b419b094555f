"""Townships and villages: their own people only, helping somebody, and taking in what was written down offline."""

from __future__ import annotations

import base64
import io
import json
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from PIL import Image

from jingban.access.models import Entrustment, Grant, User
from jingban.audit.models import Entry
from jingban.cases import actions, drafts
from jingban.cases.models import Case, Draft
from jingban.core.identifiers import mask_id
from jingban.portals import doors
from jingban.registry import enrolments, recognitions
from jingban.registry.models import AidStatus, Person
from jingban.registry.models.enrolments import Kind
from jingban.rulebook import publish
from jingban.rulebook.cache import effective_all
from jingban.uploads.models import Upload
from jingban.visits.models import Visit
from jingban.walk.answers import answers_for as samples
from tests.portals.conftest import NOW, PERSON, published, signed_in
from tests.registry import factories as made

pytestmark = pytest.mark.live_effects

LOWEST = [i for i in effective_all() if i.tier == "grassroots"]
ITEM = next(i for i in LOWEST if "village" in i.process.steps[i.process.first_ways[-1].to].by and not i.opens)
REGION = ITEM.region
VILLAGE, OTHER = "清平村", "安乐村"


def officer(role: str, office: str = "", name: str = "") -> User:
    user = User.objects.create_user(name or f"{role}-{office}", password="x", name=name or f"{role}{office}")
    Grant.objects.create(user=user, region=REGION, role=role, office=office, start_on="2026-01-01")
    return user


def entrust(village: str = VILLAGE) -> None:
    Entrustment.objects.create(region=REGION, village=village, township="和平镇", start_on="2026-01-01")


@pytest.fixture
def worker() -> User:
    published(ITEM)
    entrust()
    return officer("village", VILLAGE)


@pytest.fixture
def client(worker: User) -> Client:
    return signed_in(worker)


def text(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()
    return answer.content.decode()


def resident(n: int, place: str = VILLAGE, **rest: Any) -> Person:
    return made.person(made.origin(REGION), n, place=place, **rest)


# ---- who gets in


def test_only_townships_and_villages_get_in(client: Client) -> None:
    citizen = signed_in(User.objects.create_user("wang"))
    clerk = signed_in(officer("window"))
    for address in ("/village/", "/village/help/", "/village/care/aid/", "/village/visits/mine/"):
        assert client.get(address).status_code == 200
        assert citizen.get(address).status_code == 403
        assert clerk.get(address).status_code == 403
        assert Client().get(address).status_code == 302
    assert client.get("/village/?region=nowhere").status_code == 403
    assert client.get("/village/care/everybody/").status_code == 404


def test_the_door_is_shown_to_them_alone(client: Client) -> None:
    assert 'href="/village/"' in text(client, "/village/")
    assert 'href="/village/"' not in text(signed_in(User.objects.create_user("wang")), "/my/")


# ---- lists


def test_the_lists_hold_the_own_people_by_the_registers_of_the_day(client: Client) -> None:
    origin = made.origin(REGION)
    insured, ill, poor = resident(1), resident(2), resident(3)
    for one in (insured, ill):
        enrolments.enrol(origin, one, insurance="390", kind=Kind.ADULT, start_on=date(2026, 3, 1))
    recognitions.recognise(origin, ill, diseases=["M03900"])
    AidStatus.objects.create(
        region=REGION, person=poor, category="minimum-living", slot=1, start_on="2026-01-01", source="agency",
        actor=1, recorded_at=NOW,
    )  # fmt: skip
    baby, old = resident(4, born=date(2026, 2, 20)), resident(5, born=date(1940, 1, 1))
    stranger = resident(6, place=OTHER)
    dead = resident(7)
    Person.objects.filter(pk=dead.pk).update(died_on=date(2026, 2, 1))
    wanted = {
        "unenrolled": {poor, baby, old}, "chronic": {ill}, "aid": {poor}, "newborn": {baby}, "aged": {old},
    }  # fmt: skip
    everybody = {insured, ill, poor, baby, old, stranger, dead}
    for key, people in wanted.items():
        page = text(client, f"/village/care/{key}/")
        assert {one for one in everybody if f"person={one.pk}" in page} == people, key
    page = text(client, "/village/care/aid/")
    assert "最低生活保障对象" in page
    assert "高血压" in text(client, "/village/care/chronic/")
    assert made.new_number(3) not in page
    assert mask_id(made.new_number(3)) in page
    home = text(client, "/village/")
    assert "登记5人" in home
    assert "40.0%" in home
    read = Entry.objects.using("audit").filter(subject=f"register:{REGION}").values_list("detail", flat=True)
    assert f"{VILLAGE}救助和监测对象名单：1条" in list(read)


def test_a_township_sees_the_villages_that_it_entrusted(worker: User) -> None:
    ours, theirs = resident(1), resident(2, place=OTHER)
    page = text(signed_in(officer("township", "和平镇")), "/village/care/unenrolled/")
    assert (f"person={ours.pk}" in page, f"person={theirs.pk}" in page) == (True, False)
    page = text(signed_in(officer("township")), "/village/care/unenrolled/")
    assert f"person={theirs.pk}" in page


def test_a_long_list_comes_in_pages(client: Client) -> None:
    people = [resident(n) for n in range(1, 23)]
    first = text(client, "/village/care/unenrolled/")
    assert first.count("帮他办事") == 20
    after = first.split("after=")[1].split('"')[0]
    assert after == str(people[19].pk)
    assert text(client, f"/village/care/unenrolled/?after={after}").count("帮他办事") == 2


def test_the_first_page_asks_little(client: Client, django_assert_max_num_queries: Any) -> None:
    for n in range(1, 6):
        resident(n)
    text(client, "/village/")
    with django_assert_max_num_queries(16):
        text(client, "/village/")


# ---- the ten items


def test_the_items_say_whether_the_village_handles_them(worker: User) -> None:
    publish.publish(LOWEST, now=NOW)
    page = text(signed_in(worker), "/village/")
    assert all(item.name in page for item in LOWEST if item.region == REGION)
    assert "在这里受理" in page
    Entrustment.objects.all().delete()
    assert "在这里受理" not in text(signed_in(worker), "/village/")


# ---- cases of the own people


def case_of(worker: User, **answers: str) -> str:
    """A case that the worker takes in at the counter."""
    actor, said = doors.actor_of(worker, NOW.date()), {**samples(ITEM, PERSON), **answers}
    view = actions.apply(
        version=_version(), actor=actor, key=uuid4(), now=NOW, walk_in=True,
        application=actions.Application(
            answers={f.key: said.get(f.key, "") for f in ITEM.form},
            facts={key[5:]: value for key, value in said.items() if key.startswith("fact.")},
            channel="village",
        ),
    )  # fmt: skip
    return view.number


def seen_by(user: User, number: str) -> tuple[bool, bool, bool]:
    """Whether somebody finds the case in the queue, by its number, and opens it."""
    client = signed_in(user)
    listed = number in text(client, "/desk/?tab=all") or number in text(client, "/desk/")
    found = client.get(f"/desk/?q={number}", follow=True).content.decode()
    return listed, "张三" in found, client.get(f"/desk/case/{number}/").status_code == 200


ALL_OF_IT, NOTHING = (True, True, True), (False, False, False)


def test_a_village_sees_no_case_of_another_villages_people(worker: User) -> None:
    entrust(OTHER)
    number = case_of(worker)
    assert seen_by(worker, number) == ALL_OF_IT
    assert seen_by(officer("village", OTHER), number) == NOTHING
    assert seen_by(officer("township", "和平镇"), number) == ALL_OF_IT
    assert seen_by(officer("township", "安宁镇"), number) == NOTHING
    assert seen_by(officer("township"), number) == ALL_OF_IT, "a role for the whole region"
    assert seen_by(officer("window"), number) == ALL_OF_IT


def test_a_case_belongs_where_the_person_is_registered(worker: User) -> None:
    entrust(OTHER)
    resident(8, place=OTHER)
    number = case_of(worker, id_number=made.new_number(8), name="张三")
    assert Case.objects.get().state["place"] == OTHER
    assert seen_by(officer("village", OTHER), number) == ALL_OF_IT
    assert seen_by(worker, number)[2], "who took it in may open it"
    colleague = officer("village", VILLAGE, "colleague")
    assert seen_by(colleague, number) == NOTHING


def test_another_village_cannot_act_on_it(worker: User) -> None:
    entrust(OTHER)
    number = case_of(worker)
    act = next(iter(ITEM.process.steps[ITEM.process.first_ways[-1].to].do))
    stranger = signed_in(officer("village", OTHER))
    said = {"seen": "1", "key": str(uuid4())}
    assert stranger.post(f"/desk/case/{number}/do/{act}/", said).status_code == 403
    assert Case.objects.get().seq == 1


# ---- helping


def help_form(**more: str) -> dict[str, str]:
    said = {
        "item": f"{ITEM.tier}/{ITEM.item}", "name": "张三", "id_number": PERSON["id_number"], "how": "present",
        "phone": "13812345678", "agent": "", "proof": "", "said": "", "key": str(uuid4()), "signature": "",
    }  # fmt: skip
    return {**said, **more}


def test_helping_goes_from_the_note_to_a_case(worker: User, client: Client) -> None:
    typed = help_form()
    answer = client.post("/village/help/", typed)
    assert answer.status_code == 302
    visit = Visit.objects.get()
    assert (visit.worker, visit.how, visit.place) == (worker, "present", VILLAGE)
    assert str(visit.pk) in answer.url
    assert PERSON["id_number"].encode() not in bytes(visit.body)
    # The form has what was noted; it goes out under the draft's key, and the visit then shows its case.
    form = client.get(answer.url).url
    page = text(client, form)
    draft = drafts.find(visit.pk, actor=doors.actor_of(worker, NOW.date()), now=NOW)
    for kept in ("张三", PERSON["id_number"], str(draft.key)):
        assert f'value="{kept}"' in page
    sent = {
        **samples(ITEM, PERSON), "key": draft.key, "go": "submit", "received": "here/id-card",
        "office": "entrusted-village",
    }  # fmt: skip
    for _ in range(2):
        assert client.post(form.partition("?")[0], sent).status_code == 302
    case = Case.objects.get()
    assert (case.applicant_id, case.channel) == (None, "village")
    assert case.number in text(client, f"/village/visits/{visit.pk}/")
    assert client.get(form).url == f"/desk/case/{case.number}/", (
        "back in the browser: the case, no second form"
    )
    assert "条未了结" not in text(client, "/village/")
    Draft.objects.all().delete()  # its time is over: the visit still tells
    assert f'已转为办件 <a href="/desk/case/{case.number}/"' in text(client, f"/village/visits/{visit.pk}/")
    # What the page sent is sent once more: the same visit, the same case.
    client.post("/village/help/", typed)
    assert (Visit.objects.count(), Draft.objects.count(), Case.objects.count()) == (1, 0, 1)


def _version() -> int:
    from jingban.portals import book

    return book.entry(ITEM.region, ITEM.tier, ITEM.item).version


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"item": ""}, "请选择要办的事项"),
        ({"item": "grassroots/nothing"}, "请选择要办的事项"),
        ({"name": ""}, "姓名没有填写"),
        ({"id_number": "110105194912310021"}, "校验码不对"),
        ({"phone": "12"}, "电话号码应为"),
        ({"how": "mandate"}, "请写明代办人和委托依据"),
        ({"how": "called-off"}, "请选择本人到场"),
        ({"key": "x"}, "这一页过期了"),
        ({"signature": "data:image/png;base64,!!"}, "没有传完整"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_typed_is_lost(
    client: Client, wrong: dict[str, str], told: str
) -> None:
    answer = client.post("/village/help/", help_form(**{"said": "儿子来办的", **wrong}))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert told in page
    assert "儿子来办的" in page


def test_a_mandate_and_a_signature_are_kept(worker: User, client: Client) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (40, 20), "white").save(picture, "PNG")
    signed = "data:image/png;base64," + base64.b64encode(picture.getvalue()).decode()
    typed = help_form(how="mandate", agent="张小三", proof="户口簿，父子", signature=signed)
    assert client.post("/village/help/", typed).status_code == 302
    visit = Visit.objects.get()
    page = text(client, f"/village/visits/{visit.pk}/")
    assert "张小三，凭户口簿，父子" in page
    assert Upload.objects.get().draft == visit.pk
    draft = Draft.objects.get()
    sent = {
        **samples(ITEM, PERSON), "key": draft.key, "go": "submit", "received": "here/agent",
        "office": "entrusted-village",
    }  # fmt: skip
    assert client.post(f"/apply/{ITEM.region}/{ITEM.tier}/{ITEM.item}/", sent).status_code == 302
    assert Upload.objects.get().case == Case.objects.get().pk, "the signature went with it"
    assert PERSON["id_number"] not in page


def test_a_name_from_the_list_is_filled_in_and_the_number_is_not(client: Client) -> None:
    ours, theirs = resident(1), resident(2, place=OTHER)
    page = text(client, f"/village/help/?person={ours.pk}")
    assert ours.name in page
    assert made.new_number(1) not in page
    assert theirs.name not in text(client, f"/village/help/?person={theirs.pk}")


def test_what_is_not_handled_here_is_noted_and_never_filed_in_the_workers_name(
    client: Client, note: dict[str, Any]
) -> None:
    Entrustment.objects.all().delete()
    answer = client.post("/village/help/", help_form(), follow=True)
    assert "这一项不在本服务点受理" in answer.content.decode()
    assert send(client, note)[0] == 200
    assert "接着填申请表" not in text(client, f"/village/visits/{note['mark']}/")
    assert Visit.objects.count() == 2
    assert not Draft.objects.exists()
    session = client.get("/village/visits/session/").json()
    assert not [item for item in session["items"] if item["slots"]]
    data = base64.b64encode(b"x").decode()
    assert send(client, {**note, "photos": [{"slot": "id-document", "data": data}]})[0] == 422
    assert not Upload.objects.exists()


# ---- what comes back from offline


@pytest.fixture
def note(worker: User) -> dict[str, Any]:
    return {
        "mark": str(uuid4()), "worker": worker.pk, "visited_at": "2026-03-01T09:00:00.000Z",
        "item": f"{REGION}/{ITEM.tier}/{ITEM.item}", "name": "张三", "id_number": PERSON["id_number"],
        "phone": "", "how": "called", "agent": "", "proof": "", "said": "想办参保", "photos": [],
    }  # fmt: skip


def send(client: Client, note: Any) -> tuple[int, dict[str, Any]]:
    answer = client.post("/village/visits/upload/", json.dumps(note), content_type="application/json")
    return answer.status_code, answer.json()


def test_a_visit_sent_twice_is_one(client: Client, note: dict[str, Any]) -> None:
    for _ in range(3):
        assert send(client, note) == (200, {"state": "accepted", "mark": note["mark"], "photos": 0})
    visit = Visit.objects.get()
    assert visit.visited_at.isoformat() == "2026-03-01T09:00:00+00:00"
    assert visit.words["said"] == "想办参保"
    assert Draft.objects.count() == 1
    assert "张三" in text(client, "/village/visits/mine/")


def test_an_entrustment_that_ended_stops_the_application(client: Client, note: dict[str, Any]) -> None:
    send(client, note)
    address = f"/village/visits/{note['mark']}/"
    assert "接着填申请表" in text(client, address)
    Entrustment.objects.all().delete()
    assert "接着填申请表" not in text(client, address)


def test_a_form_that_was_not_handed_in_in_time_is_told(client: Client, note: dict[str, Any]) -> None:
    send(client, note)
    Draft.objects.all().delete()
    page = text(client, f"/village/visits/{note['mark']}/")
    assert "过了保留期限没有提交" in page
    assert "不在本服务点受理" not in page


def test_what_became_of_a_visit_is_sealed_too(client: Client, note: dict[str, Any]) -> None:
    send(client, note)
    client.post(f"/village/visits/{note['mark']}/close/", {"note": "老人住院，由儿子办好"})
    row = Visit.objects.values().get()
    assert not [
        value
        for value in row.values()
        if "住院" in str(value) or "住院".encode() in bytes(str(value), "utf-8")
    ]
    assert "老人住院" in text(client, f"/village/visits/{note['mark']}/")


def test_who_sits_in_two_villages_has_one_post(worker: User) -> None:
    Grant.objects.create(user=worker, region=REGION, role="village", office=OTHER, start_on="2026-01-01")
    both = [resident(1), resident(2, place=OTHER)]
    client = signed_in(worker)
    assert f"{OTHER}、{VILLAGE}服务点" in text(client, "/village/")
    page = text(client, "/village/care/unenrolled/")
    assert all(f"person={one.pk}" in page for one in both)


def test_words_corrected_before_the_answer_came_replace_the_first(
    client: Client, note: dict[str, Any]
) -> None:
    send(client, note)
    send(client, {**note, "said": "想办备案"})
    assert Visit.objects.get().words["said"] == "想办备案"
    client.post(f"/village/visits/{note['mark']}/close/", {"note": "家人办好了"})
    send(client, note)
    assert Visit.objects.get().words["said"] == "想办备案"
    assert "家人办好了" in text(client, f"/village/visits/{note['mark']}/")


def test_a_wrong_visit_is_explained_and_not_kept(client: Client, note: dict[str, Any]) -> None:
    status, told = send(client, {**note, "id_number": "110105194912310021"})
    assert (status, told["state"]) == (422, "wrong")
    assert "校验码不对" in told["message"]
    assert send(client, {**note, "item": f"{REGION}/grassroots/nothing"})[1]["state"] == "wrong"
    assert send(client, [1])[1]["state"] == "wrong"
    assert client.post("/village/visits/upload/", "{", content_type="application/json").status_code == 422
    assert not Visit.objects.exists()


def test_whatever_a_device_sends_is_answered_in_words(
    client: Client, note: dict[str, Any], settings: Any
) -> None:
    for at in ("2026-13-45T00:00:00Z", "0001-01-01T00:00:00+14:00", "gestern", ""):
        assert send(client, {**note, "mark": str(uuid4()), "visited_at": at})[0] == 200, at
    assert {visit.visited_at for visit in Visit.objects.all()} == {NOW}
    status, told = send(client, {**note, "mark": str(uuid4()), "item": f"nowhere/{ITEM.tier}/{ITEM.item}"})
    assert (status, told["state"]) == (422, "wrong"), (
        "never taken for another region's entry of the same name"
    )
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    status, told = send(client, {**note, "photos": [{"slot": "x", "data": "A" * 2000}]})
    assert (status, told["state"]) == (422, "wrong")
    assert "照片" in told["message"]
    for address in ("visits/mine/?before=2026-13-45T00:00", "care/aid/?after=", "help/?person="):
        assert client.get(f"/village/{address}{'9' * 5000}").status_code == 200, address


def test_another_worker_neither_sends_nor_reads_it(client: Client, note: dict[str, Any]) -> None:
    other = officer("village", OTHER)
    assert send(signed_in(other), note)[0] == 409
    send(client, note)
    assert send(signed_in(other), {**note, "worker": other.pk})[0] == 409
    assert signed_in(other).get(f"/village/visits/{note['mark']}/").status_code == 404
    assert "张三" not in text(signed_in(other), "/village/visits/mine/")
    assert Visit.objects.get().worker_id == note["worker"]


def test_who_is_not_signed_in_is_told_so_as_data(note: dict[str, Any]) -> None:
    assert send(Client(), note)[0] == 401
    assert Client().get("/village/visits/session/").json()["state"] == "signin"
    assert send(signed_in(User.objects.create_user("wang")), note)[0] == 403
    guarded = Client(enforce_csrf_checks=True)
    guarded.force_login(User.objects.get(pk=note["worker"]))
    answer = guarded.post("/village/visits/upload/", json.dumps(note), content_type="application/json")
    assert answer.status_code == 403
    token = guarded.get("/village/visits/session/").json()["token"]
    answer = guarded.post(
        "/village/visits/upload/",
        json.dumps(note),
        content_type="application/json",
        headers={"X-CSRFToken": token},
    )
    assert answer.status_code == 200


def test_photographs_wait_in_the_draft(client: Client, note: dict[str, Any]) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(picture, "JPEG")
    data = base64.b64encode(picture.getvalue()).decode()
    slot = client.get("/village/visits/session/").json()["items"][0]["slots"][0]["key"]
    for _ in range(2):
        status, _ = send(client, {**note, "photos": [{"slot": slot, "data": data}]})
        assert status == 200
    upload = Upload.objects.get()
    assert (str(upload.draft), upload.slot) == (note["mark"], slot)
    assert "走访照片1" in text(client, f"/village/visits/{note['mark']}/")
    for photos in ([{"slot": "x", "data": data}], [{"slot": slot, "data": "?"}], [{}] * 4):
        assert send(client, {**note, "photos": photos})[0] == 422
    assert (
        send(client, {**note, "mark": str(uuid4()), "item": "", "photos": [{"slot": slot, "data": data}]})[0]
        == 422
    )


# ---- the page that is kept on the device


def test_the_kept_page_is_the_same_for_everybody(client: Client, worker: User) -> None:
    for address in ("/village/visits/", "/village/sw.js"):
        stranger, signed = Client().get(address), client.get(address)
        assert stranger.content == signed.content
        assert worker.name not in signed.content.decode()
        assert "csrf" not in signed.content.decode().lower() or address.endswith("sw.js")
    assert client.get("/village/sw.js").headers["Content-Type"].startswith("text/javascript")


def test_the_worker_keeps_the_page_and_files_alone(client: Client) -> None:
    script = text(client, "/village/sw.js")
    kept = json.loads(script.split("self.KEPT = ")[1].split(";\n")[0])
    assert kept["page"] == "/village/visits/"
    assert all(name.startswith("/static/") for name in kept["files"])
    page = text(client, kept["page"])
    wanted = {part.split('"')[0] for part in page.split('="')[1:] if part.startswith("/static/")}
    assert wanted == set(kept["files"])
