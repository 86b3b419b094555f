"""Recognition by experts, with public notice and objections, and by institutions in two reviews; who stays out of it."""

from __future__ import annotations

from datetime import date

import pytest

from jingban.access.models import Grant, User
from jingban.access.service import INSTITUTION_ROLES, Actor, Held
from jingban.audit.models import Entry as AuditEntry
from jingban.cases.view import CaseView
from jingban.core.localtime import local_day
from jingban.processes.errors import ConflictOfInterest, MakerIsChecker
from jingban.registry import enrolments, identity, persons, recognitions
from jingban.registry.changes import of_case
from jingban.registry.models import Person
from jingban.registry.recognitions import AlreadyRecognised
from tests.houses import HOSPITAL, House, staff
from tests.registry.driving import Entry, along, at, entries_of, fired, house, opened
from tests.registry.factories import DAY, new_name, new_number, origin, person, who

__all__ = ["house"]

pytestmark = pytest.mark.django_db(databases=["default", "audit"])

LUANZHOU = ("luanzhou", "agency", "chronic-recognition")
PUYANG = ("puyang", "agency", "chronic-recognition")
INSTITUTION = ("qinhuangdao", "agency", "chronic-recognition")
VILLAGE = ("qinhuangdao", "grassroots", "grassroots-special-disease")
ENTRIES = entries_of("registry.recognise_chronic")
CODES = "M03900、M01600"


def insured(region: str, n: int = 1) -> Person:
    o = origin(region, date(2026, 1, 5))
    found = person(o, n)
    enrolments.enrol_for_year(o, found, kind="1501", year=2026)
    return found


def applied(house: House, entry: Entry, n: int = 1, **said: str) -> CaseView:
    return opened(house, entry, {**who(n), "diseases": CODES, **said})


def voted(house: House, view: CaseView, *votes: str) -> CaseView:
    for seat, vote in enumerate(votes):
        view = house.act(view, "vote", actor=staff(901 + seat, "expert", region=view.region), vote=vote)
    return view


def codes(here: Person, day: date) -> list[str]:
    return [r.disease for r in recognitions.in_force(here, day)]


def test_there_are_six_entries() -> None:
    assert len(ENTRIES) == 6


def test_experts_and_a_quiet_notice_recognise_from_the_day_it_is_over(house: House) -> None:
    here = insured("luanzhou")
    view = voted(house, house.act(applied(house, LUANZHOU), "accept"), "yes", "no", "yes")
    view = house.act(view, "enter")
    assert view.step == "notice"
    assert codes(here, local_day(house.now)) == [], "nothing counts while the notice runs"
    view = fired(house, view)
    assert view.outcome == "granted"
    over = local_day(house.now)
    assert codes(here, over) == ["M01600", "M03900"]
    assert {r.start_on for r in here.recognitions.all()} == {over}
    assert {c.register for c in of_case(view.id)} == {"recognition"}


def test_an_upheld_objection_prevents_the_recognition(house: House) -> None:
    here = insured("luanzhou")
    view = voted(house, house.act(applied(house, LUANZHOU), "accept"), "yes", "yes", "yes")
    view = house.act(house.act(view, "enter"), "object", reason="病历不实")
    assert view.step == "review"
    view = voted(house, view, "no", "no", "yes")
    assert view.step == "explain"
    view = house.act(view, "refuse")
    assert view.outcome == "refused"
    assert not here.recognitions.exists()


def test_an_objection_that_is_not_upheld_goes_to_notice_again(house: House) -> None:
    here = insured("luanzhou")
    view = voted(house, house.act(applied(house, LUANZHOU), "accept"), "yes", "yes", "yes")
    view = house.act(house.act(view, "enter"), "object")
    view = house.act(voted(house, view, "yes", "yes", "yes"), "enter")
    assert fired(house, view).outcome == "granted"
    assert here.recognitions.count() == 2


def test_where_the_applicant_is_told_there_is_no_notice(house: House) -> None:
    here = insured("puyang")
    view = voted(
        house,
        house.act(applied(house, PUYANG, treating_institution="试验医院"), "accept"),
        "yes",
        "yes",
        "yes",
    )
    assert house.act(view, "notify").outcome == "granted"
    assert codes(here, DAY) == ["M01600", "M03900"]
    assert {r.institution for r in here.recognitions.all()} == {"试验医院"}


@pytest.mark.parametrize("entry", [e for e in ENTRIES if e[0] not in ("luanzhou", "puyang")], ids="/".join)
def test_an_institution_recognises_in_two_reviews(house: House, entry: Entry) -> None:
    here = insured(entry[0])
    view = along(house, applied(house, entry, treating_institution="试验医院"))
    assert view.outcome == "granted"
    assert codes(here, DAY) == ["M01600", "M03900"]


def test_the_first_reviewer_of_an_institution_does_not_review_again(house: House) -> None:
    insured("qinhuangdao")
    doctor = staff(5, "institution", "institution-reviewer", region="qinhuangdao", office=HOSPITAL)
    view = house.act(applied(house, INSTITUTION), "submit", actor=doctor)
    with pytest.raises(MakerIsChecker):
        house.act(view, "approve", actor=doctor)


def test_who_is_recognised_already_is_told_and_the_case_stays_open(house: House) -> None:
    insured("qinhuangdao")
    along(house, applied(house, INSTITUTION))
    house.later(days=3)
    view = house.act(applied(house, VILLAGE, diseases="M03900"), "accept")
    with pytest.raises(AlreadyRecognised, match="已经认定高血压"):
        house.act(view, "approve")
    assert house.fresh(view).step == "review"
    assert house.act(view, "return").step == "accept"


# Conflicts of interest ---------------------------------------------------------------------------------------------


def expert(n: int, role: str = "expert", office: str = "", region: str = "luanzhou") -> Actor:
    """An account with a role, bound to the identity of person ``n``."""
    user = User.objects.create(username=f"expert-{n}-{role}", name=new_name(n))
    Grant.objects.create(user=user, region=region, role=role, office=office, start_on=date(2026, 1, 1))
    digest = persons.number_digest("01", new_number(n))
    identity.bind(user.pk, name=user.name, source="试验", at=at("2026-01-01 09:00"), digest=digest)
    return Actor(user.pk, user.name, held=(Held(role, region, office if role in INSTITUTION_ROLES else ""),))


def refused(house: House, view: CaseView, act: str, actor: Actor, match: str) -> None:
    with pytest.raises(ConflictOfInterest, match=match):
        house.act(view, act, actor=actor, vote="yes")
    entry = AuditEntry.objects.using("audit").latest("id")
    assert (entry.actor, entry.kind, entry.subject) == (actor.id, "refused", f"case:{view.number}")
    assert entry.detail.startswith(f"{act}：")
    assert house.fresh(view) == view, "nothing was written"


def test_an_expert_does_not_vote_on_the_own_case(house: House) -> None:
    insured("luanzhou")
    view = house.act(applied(house, LUANZHOU), "accept")
    himself = expert(1)
    refused(house, view, "vote", himself, "您本人的事，请回避")
    assert house.act(view, "recuse", actor=himself).state.votes == {str(himself.id): "recused"}


@pytest.mark.parametrize("whose", ["applicant", "expert"])
def test_an_expert_does_not_vote_on_kin(house: House, whose: str) -> None:
    here, relative = insured("luanzhou"), person(origin("luanzhou"), 2)
    if whose == "applicant":
        persons.add_kin(origin("luanzhou"), here, name=new_name(2), relation="spouse", number=new_number(2))
    else:
        persons.add_kin(
            origin("luanzhou"), relative, name=new_name(1), relation="spouse", number=new_number(1)
        )
    view = house.act(applied(house, LUANZHOU), "accept")
    refused(house, view, "vote", expert(2), "您亲属的事，请回避")
    assert house.act(view, "vote", actor=expert(3), vote="yes").state.votes


def test_an_expert_does_not_vote_on_patients_of_the_own_institution(house: House) -> None:
    insured("luanzhou")
    view = house.act(applied(house, LUANZHOU, treating_institution="试验医院"), "accept")
    refused(house, view, "vote", expert(4, office="试验医院"), "“试验医院”是您的工作单位")
    assert house.act(view, "vote", actor=expert(5, office="别的医院"), vote="yes").state.votes


def test_a_checker_does_not_check_kin_before_a_register_changes(house: House) -> None:
    here = insured("qinhuangdao")
    persons.add_kin(origin("qinhuangdao"), here, name=new_name(6), relation="child", number=new_number(6))
    view = house.act(applied(house, INSTITUTION), "submit")
    reviewer = expert(6, "institution-reviewer", office=HOSPITAL, region="qinhuangdao")
    refused(house, view, "approve", reviewer, "您亲属的事")
    assert house.act(view, "return", actor=reviewer).step == "review", (
        "what changes nothing is not kept from anybody"
    )
    assert not here.recognitions.exists()


def test_an_account_that_is_bound_to_nobody_has_no_kin(house: House) -> None:
    insured("luanzhou")
    view = house.act(applied(house, LUANZHOU), "accept")
    assert voted(house, view, "yes", "yes", "yes").step == "enter"
