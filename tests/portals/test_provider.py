"""A designated institution's room: two doctors recognise a disease, patients are taken in, the desk stays closed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from jingban.access.models import User
from jingban.access.service import INSTITUTION_ROLES, Actor, NotAllowed, actor_of
from jingban.audit.models import Entry
from jingban.cases import actions, assigning
from jingban.cases.models import Case, CaseEvent
from jingban.cases.verify import case_faults
from jingban.cases.view import read
from jingban.portals.provider import home
from jingban.rulebook import publish
from jingban.rulebook.cache import effective_all, effective_item
from jingban.rulebook.effective import EffectiveItem
from jingban.settings.base import upload_storage
from jingban.uploads import service as uploads
from tests.portals.conftest import NOW, PERSON, published, signed_in, staff
from tests.uploads import make

RECOGNITIONS = [item for item in effective_all() if item.process.process == "recognition-institution"]
MATERNITY = effective_item("qinhuangdao", "agency", "maternity-medical")
HOSPITAL, OTHER = "演练医院", "别的医院"
DISEASE = {"diseases": "M03900", "treating_institution": HOSPITAL}


@pytest.fixture
def item() -> EffectiveItem:
    found = effective_item("bazhou", "agency", "chronic-recognition")
    published(found)
    return found


def doctor(item: EffectiveItem, *roles: str, name: str, at: str = HOSPITAL) -> Client:
    user = staff(item, *roles, name=name)
    user.grants.filter(role__in=INSTITUTION_ROLES).update(office=at)
    return signed_in(user)


def applied(item: EffectiveItem, **answers: str) -> str:
    """A patient applies online."""
    user = User.objects.create_user("patient", password="x", name="病人")
    row = publish.current(item.region, item.tier, item.item) or published(item)
    return actions.apply(
        version=row.pk,
        application=actions.Application(
            answers={**PERSON, **DISEASE, **answers}, channel="online", office=item.accepted_by[0].id
        ),
        actor=Actor(user.pk, "病人"),
        key=None,
        now=NOW,
    ).number


def form_of(page: str) -> dict[str, object]:
    """What the page sends back with every act."""
    return {
        "seen": re.findall(r'name="seen" value="(\d+)"', page)[0],
        "key": re.findall(r'name="key" value="([^"]+)"', page)[0],
        "tick": re.findall(r'name="tick" value="([^"]+)"', page),
    }


def do(client: Client, number: str, act: str, **fields: str) -> HttpResponse:
    page = client.get(f"/provider/case/{number}/").content.decode()
    answer: HttpResponse = client.post(f"/provider/case/{number}/do/{act}/", {**form_of(page), **fields})
    return answer


@pytest.mark.parametrize("item", RECOGNITIONS, ids=lambda item: f"{item.region}-{item.tier}")
def test_two_doctors_recognise_and_one_cannot(item: EffectiveItem) -> None:
    both = doctor(item, "institution", "institution-reviewer", name="甲")
    number = applied(item)
    assert number in both.get("/provider/").content.decode()
    assert do(both, number, "submit", **{"submit.opinion": "符合"}).status_code == 302
    again = do(both, number, "approve")
    assert again.status_code == 403
    assert read(Case.objects.get().pk)[0].is_open
    second = doctor(item, "institution-reviewer", name="乙")
    assert "复审" in second.get("/provider/").content.decode()
    assert do(second, number, "approve").status_code == 302
    assert read(Case.objects.get().pk)[0].outcome == "granted"


def test_a_patient_is_taken_in_at_the_institution(item: EffectiveItem) -> None:
    client = doctor(item, "institution", name="甲")
    home = client.get("/provider/").content.decode()
    where = f"/apply/{item.region}/{item.tier}/{item.item}/"
    assert where in home
    page = client.get(where).content.decode()
    assert "本人在场" in page
    typed = {**PERSON, **DISEASE, "received": "here/id-card", "office": item.accepted_by[0].id,
             "go": "submit", "key": "once"}  # fmt: skip
    answer = client.post(where, typed)
    assert answer.status_code == 302, re.findall("fault[^<]*<[^<]*", answer.content.decode())
    case = Case.objects.get()
    assert (answer["Location"], case.applicant_id, case.channel) == (
        f"/provider/taken/{case.number}/",
        None,
        "provider",
    )
    receipt = client.get(answer["Location"]).content.decode()
    assert case.number in receipt
    assert f"/provider/case/{case.number}/" in receipt
    assert client.post(where, typed)["Location"] == answer["Location"]
    assert Case.objects.count() == 1, "twice is once"


def test_a_maternity_case_goes_on_to_the_agency(item: EffectiveItem) -> None:
    published(MATERNITY)
    client = doctor(MATERNITY, "institution", name="产科")
    office = next(body.id for body in MATERNITY.accepted_by if body.id != "agency")
    where = f"/apply/{MATERNITY.region}/{MATERNITY.tier}/{MATERNITY.item}/"
    assert where in client.get("/provider/").content.decode()
    from jingban.walk.answers import answers_for as samples

    typed = {
        **samples(MATERNITY, PERSON),
        "received": "here/id-card",
        "office": office,
        "go": "submit",
        "key": "k",
    }
    answer = client.post(where, typed)
    assert answer.status_code == 302, answer.content.decode()
    case = Case.objects.get()
    assert (case.office, case.role) == (office, "window")
    page = client.get(answer["Location"]).content.decode()
    assert case.query_code[:3] in page
    assert "/provider/case/" not in page, "what the agency handles stays there"
    assert client.get(f"/provider/case/{case.number}/").status_code == 403
    assert case.number in client.get("/provider/").content.decode()
    other = doctor(MATERNITY, "institution", name="别人")
    assert other.get(answer["Location"]).status_code == 403, "the query code is the patient's"


def test_the_desk_is_closed_and_its_door_not_shown(item: EffectiveItem) -> None:
    client = doctor(item, "institution", "provider", name="甲")
    for address in ("/desk/", "/desk/register/", "/desk/start/", "/desk/mail/"):
        answer = client.get(address)
        assert answer.status_code == 403, address
        assert "定点机构" in answer.content.decode()
    home = client.get("/provider/").content.decode()
    assert 'href="/desk/"' not in home
    signed = Client().post("/login/", {"username": "甲", "password": "x"})
    assert signed["Location"] == "/provider/"
    both = doctor(item, "institution-reviewer", "reviewer", name="兼职")
    assert both.get("/desk/").status_code == 200


def test_nobody_else_gets_in(item: EffectiveItem, person: User) -> None:
    number = applied(item)
    for client in (signed_in(person), doctor(item, "window", name="窗口")):
        for address in ("/provider/", f"/provider/case/{number}/", f"/provider/taken/{number}/"):
            assert client.get(address).status_code == 403
    assert Client().get("/provider/").status_code == 302


def test_the_agency_stays_out_of_sight(item: EffectiveItem) -> None:
    """Numbers are masked, the reason of a look is kept, names of colleagues are not shown."""
    client = doctor(item, "institution", name="甲医生")
    number = applied(item)
    page = client.get(f"/provider/case/{number}/").content.decode()
    assert PERSON["id_number"] not in page
    assert "登记变动" not in page
    without = client.post(f"/provider/case/{number}/full/", {})
    assert without.status_code == 422
    full = client.post(f"/provider/case/{number}/full/", {"reason": "核对就诊人"})
    assert PERSON["id_number"] in full.content.decode()
    assert Entry.objects.filter(kind="revealed", detail__contains="核对就诊人").exists()


def test_what_was_typed_is_kept_when_an_act_is_refused(item: EffectiveItem) -> None:
    client = doctor(item, "institution", name="甲")
    number = applied(item)
    answer = do(client, number, "decline", **{"decline.reason": "不在范围"})
    assert answer.status_code == 422
    assert "不在范围" in answer.content.decode()
    assert CaseEvent.objects.count() == 1


def test_own_applications_are_listed_and_others_are_not(item: EffectiveItem) -> None:
    entry = effective_item("bazhou", "agency", "designate-institution")
    row = published(entry)
    owner, other = staff(entry, "provider", name="本院"), staff(entry, "provider", name="他院")
    answers = {"provider_name": "演练医院", "operator_name": "演练·乙", "phone": "13812345678"}
    view = actions.apply(
        version=row.pk,
        application=actions.Application(answers=answers, office=entry.accepted_by[0].id),
        actor=Actor(owner.pk, "本院"),
        key=None,
        now=NOW,
    )
    assert view.number in signed_in(owner).get("/provider/").content.decode()
    assert (
        f"/apply/{entry.region}/{entry.tier}/{entry.item}/"
        in signed_in(owner).get("/provider/").content.decode()
    )
    assert view.number not in signed_in(other).get("/provider/").content.decode()


def test_the_home_asks_little(
    item: EffectiveItem, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = doctor(item, "institution", name="甲")
    applied(item)
    assert Case.objects.get().state["place"] == HOSPITAL
    client.get("/provider/")
    with django_assert_max_num_queries(12):
        client.get("/provider/")


# ---- two hospitals


def is_closed_to(client: Client, number: str) -> bool:
    """Whether nothing of the case comes out by any address; whatever is tried leaves it as it was."""
    case = Case.objects.get(number=number)
    at = f"/provider/case/{number}/"
    tried = [
        client.get(at),
        client.post(f"{at}full/", {"reason": "想看"}),
        client.get(f"/provider/taken/{number}/"),
    ]
    typed = {"seen": str(case.seq), "key": str(uuid4()), "submit.opinion": "符合", "go": "next"}
    tried += [client.post(f"{at}do/{act}/", typed) for act in ("submit", "approve", "decline", "withdraw")]
    tried += [
        client.get(f"/paper/{number}/1/application-form/"),
        client.get(f"/paper/{number}/1/application-form.pdf"),
    ]
    tried += [
        client.get(f"/upload/{pk}/")
        for pk in uploads.Upload.objects.filter(case=case.pk).values_list("pk", flat=True)
    ]
    tried += [client.get(f"/desk/case/{number}/{part}") for part in ("", "registers/", "related/", "mail/")]
    tried += [client.post(f"/desk/case/{number}/assign/", {**typed, "place": OTHER})]
    home = client.get("/provider/").content.decode()
    assert Case.objects.get(number=number).seq == case.seq, "nothing was written"
    return {answer.status_code for answer in tried} <= {403, 404} and number not in home


@pytest.mark.parametrize("item", RECOGNITIONS, ids=lambda item: f"{item.region}-{item.tier}")
def test_another_hospital_sees_nothing_of_a_patient(item: EffectiveItem) -> None:
    own = doctor(item, "institution", "institution-reviewer", name="甲")
    other = doctor(item, "institution", "institution-reviewer", "provider", name="丙", at=OTHER)
    number = applied(item, treating_institution=f" {HOSPITAL} ")
    assert is_closed_to(other, number)
    assert number in own.get("/provider/").content.decode()
    assert do(own, number, "submit", **{"submit.opinion": "符合"}).status_code == 302
    paper = f"/paper/{number}/2/acceptance-notice/"
    assert [client.get(paper).status_code for client in (own, other)] == [200, 403]
    assert is_closed_to(other, number), "nor at the second review"
    assert do(doctor(item, "institution-reviewer", name="乙"), number, "approve").status_code == 302
    assert is_closed_to(other, number), "nor when it has ended"


def test_a_file_of_another_hospitals_patient_stays_closed(
    item: EffectiveItem, tmp_path: Path, settings: Any
) -> None:
    settings.STORAGES = {**settings.STORAGES, "uploads": upload_storage(str(tmp_path / "uploads"))}
    own, other = doctor(item, "institution", name="甲"), doctor(item, "institution", name="丙", at=OTHER)
    case = Case.objects.get(number=applied(item))
    draft = uuid4()
    kept = uploads.take(
        file=make.file(make.jpeg(), "检查.jpg"), owner=case.applicant_id or 0, slot="related-test-records",
        holder=uploads.Holder("somewhere", draft=draft), now=NOW,
    )  # fmt: skip
    uploads.attach(draft=draft, case=case.pk, now=NOW)
    assert own.get(f"/upload/{kept.pk}/").status_code == 200
    assert is_closed_to(other, case.number), "its file among it"


def test_who_takes_a_patient_in_takes_it_in_for_the_own_hospital(item: EffectiveItem) -> None:
    doctor(item, "institution", name="丙", at=OTHER)
    client = doctor(item, "institution", name="甲")
    typed = {**PERSON, **DISEASE, "treating_institution": OTHER, "received": "here/id-card",
             "office": item.accepted_by[0].id, "go": "submit", "key": "once"}  # fmt: skip
    assert client.post(f"/apply/{item.region}/{item.tier}/{item.item}/", typed).status_code == 302
    case = Case.objects.get()
    assert case.state["place"] == HOSPITAL
    assert case.number in doctor(item, "institution", name="丁").get("/provider/").content.decode()
    assert is_closed_to(signed_in(User.objects.get(username="丙")), case.number)


def test_the_agency_says_which_hospital_where_the_form_names_none(item: EffectiveItem) -> None:
    own, other = doctor(item, "institution", name="甲"), doctor(item, "institution", name="丙", at=OTHER)
    nowhere = doctor(item, "institution", name="无", at="")
    shared = doctor(item, "institution", name="柜", at=item.accepted_by[0].id)
    number = applied(item, treating_institution="没有这家医院")
    assert "place" not in Case.objects.get().state
    assert all(is_closed_to(client, number) for client in (own, other, nowhere, shared))
    desk = signed_in(staff(item, "reviewer", name="审核"))
    page = desk.get(f"/desk/case/{number}/").content.decode()
    assert "指定认定机构" in page
    assert f"<option>{HOSPITAL}</option>" in page
    assert item.accepted_by[0].id not in re.findall("<option>(.*?)</option>", page)
    where, said = f"/desk/case/{number}/assign/", {"seen": "1", "key": str(uuid4())}
    desk.post(where, {**said, "place": "没有这家医院"})
    desk.post(where, {**said, "seen": "0", "place": HOSPITAL})
    assert Case.objects.get().seq == 1
    for _ in range(2):
        assert desk.post(where, {**said, "place": HOSPITAL}).status_code == 302
    assert (Case.objects.get().seq, Case.objects.get().state["place"]) == (2, HOSPITAL), "twice is once"
    assert list(case_faults(Case.objects.get().pk)) == []
    assert "由“演练医院”认定" in desk.get(f"/desk/case/{number}/").content.decode()
    assert is_closed_to(other, number)
    assert number in own.get("/provider/").content.decode()
    assert do(own, number, "submit", **{"submit.opinion": "符合"}).status_code == 302


def test_who_acted_without_a_place_may_still_open_it(item: EffectiveItem) -> None:
    """Cases that run since before institutions were told apart: the agency's, and whoever acted in it."""
    first, second = doctor(item, "institution", name="甲"), doctor(item, "institution", name="乙")
    number = applied(item)
    assert do(first, number, "submit", **{"submit.opinion": "符合"}).status_code == 302
    case = Case.objects.get()
    del case.state["place"]
    case.save(update_fields=["state"])
    assert first.get(f"/provider/case/{number}/").status_code == 200
    assert is_closed_to(second, number)


def test_other_hospitals_cases_do_not_crowd_out_ones_own(
    item: EffectiveItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home, "WAITING", 1)
    own = doctor(item, "institution", name="甲")
    doctor(item, "institution", name="丙", at=OTHER)
    applied(item, treating_institution=OTHER)
    User.objects.filter(username="patient").update(username="another")
    number = applied(item)
    assert number in own.get("/provider/").content.decode()


def test_only_the_agency_assigns(item: EffectiveItem) -> None:
    doctor(item, "institution", name="甲")
    view = read(Case.objects.get(number=applied(item, treating_institution="")).pk)[0]
    for name in ("甲", "patient"):
        who = actor_of(User.objects.get(username=name), NOW.date())
        assert assigning.choices(view, who, NOW.date()) == []
        with pytest.raises(NotAllowed):
            assigning.assign(view.id, HOSPITAL, actor=who, seen=1, key=uuid4(), now=NOW)
    assert Entry.objects.filter(kind="refused", detail__startswith="assign-institution").count() == 2


def test_a_doctor_at_the_desk_too_is_offered_no_other_hospitals_step(item: EffectiveItem) -> None:
    doctor(item, "institution", name="甲")
    number = applied(item)
    desk = doctor(item, "institution", "reviewer", name="兼职", at=OTHER)
    assert number not in desk.get("/desk/?tab=mine").content.decode()
    typed = {"seen": "1", "key": str(uuid4()), "submit.opinion": "符合"}
    assert desk.post(f"/desk/case/{number}/do/submit/", typed).status_code == 403
    assert desk.get(f"/provider/case/{number}/").status_code == 403
