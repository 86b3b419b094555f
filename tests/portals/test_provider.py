"""A designated institution's room: two doctors recognise a disease, patients are taken in, the desk stays closed."""

from __future__ import annotations

import re

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from jingban.access.models import User
from jingban.access.service import Actor
from jingban.audit.models import Entry
from jingban.cases import actions
from jingban.cases.models import Case, CaseEvent
from jingban.cases.view import read
from jingban.rulebook import publish
from jingban.rulebook.cache import effective_all, effective_item
from jingban.rulebook.effective import EffectiveItem
from tests.portals.conftest import NOW, PERSON, published, signed_in, staff

RECOGNITIONS = [item for item in effective_all() if item.process.process == "recognition-institution"]
MATERNITY = effective_item("qinhuangdao", "agency", "maternity-medical")
DISEASE = {"diseases": "M03900", "treating_institution": "演练医院"}


@pytest.fixture
def item() -> EffectiveItem:
    found = effective_item("bazhou", "agency", "chronic-recognition")
    published(found)
    return found


def doctor(item: EffectiveItem, *roles: str, name: str) -> Client:
    return signed_in(staff(item, *roles, name=name))


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
    number = applied(item)
    both = doctor(item, "institution", "institution-reviewer", name="甲")
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
    number = applied(item)
    client = doctor(item, "institution", name="甲医生")
    page = client.get(f"/provider/case/{number}/").content.decode()
    assert PERSON["id_number"] not in page
    assert "登记变动" not in page
    without = client.post(f"/provider/case/{number}/full/", {})
    assert without.status_code == 422
    full = client.post(f"/provider/case/{number}/full/", {"reason": "核对就诊人"})
    assert PERSON["id_number"] in full.content.decode()
    assert Entry.objects.filter(kind="revealed", detail__contains="核对就诊人").exists()


def test_what_was_typed_is_kept_when_an_act_is_refused(item: EffectiveItem) -> None:
    number = applied(item)
    client = doctor(item, "institution", name="甲")
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
    applied(item)
    client = doctor(item, "institution", name="甲")
    client.get("/provider/")
    with django_assert_max_num_queries(12):
        client.get("/provider/")
