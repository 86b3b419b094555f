"""Queries: one's own data, a principal's, a ward's; staff at a counter; everybody else is refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from jingban.access.models import Grant, Mandate, User
from jingban.cases.work import Work
from jingban.processes.effects import run_effects
from jingban.registry import certificates, enrolments, identity, persons, representatives, units
from jingban.registry.errors import NotYours, PersonNotFound
from jingban.registry.models import Issued, Person
from jingban.registry.sealing import number_digest
from tests.registry.factories import (
    DAY,
    REGION,
    instant,
    new_name,
    new_number,
    origin,
    person,
    unit,
    who,
    work,
)

pytestmark = pytest.mark.django_db

QUERY = (REGION, "agency", "person-enrolment-query")
CERTIFICATE = (REGION, "agency", "enrolment-certificate")
NAMES = {QUERY: "registry.answer_person_query", CERTIFICATE: "registry.issue_certificate"}
CLERK, SYSTEM = 22, 0


def _user(name: str, n: int | None = None) -> int:
    """An account; bound to person ``n`` where one is named."""
    user = User.objects.create(username=name)
    if n is not None:
        mark = number_digest("01", new_number(n))
        identity.bind(user.pk, digest=mark, name=new_name(n), source="人脸核验", at=instant(DAY))
    return int(user.pk)


def _insured(n: int = 1, **rest: Any) -> Person:
    p = person(origin(), n, **rest)
    enrolments.enrol(origin(), p, insurance="310", kind="1103", start_on=date(2026, 3, 1))
    return p


def _ask(
    entry: tuple[str, str, str] = QUERY,
    n: int = 1,
    *,
    applicant: int | None = None,
    channel: str = "online",
    actor: int = SYSTEM,
    **rest: Any,
) -> None:
    said = {**who(n), **rest.pop("answers", {})}
    run_effects([NAMES[entry]], work(entry, said, applicant=applicant, channel=channel, actor=actor, **rest))


@pytest.mark.parametrize("entry", [QUERY, CERTIFICATE])
def test_ones_own_data_come_at_once(entry: tuple[str, str, str]) -> None:
    p = _insured()
    _ask(entry, applicant=_user("me", 1), case_id=0)
    issued = Issued.objects.get()
    assert issued.person == p.pk
    assert certificates.read(issued)["person"]["id_number"] == new_number(1)


@pytest.mark.parametrize("entry", [QUERY, CERTIFICATE])
@pytest.mark.parametrize("bound", [2, None])
def test_anybody_elses_are_refused(entry: tuple[str, str, str], bound: int | None) -> None:
    _insured()
    with pytest.raises(NotYours, match="只能查询本人的参保信息"):
        _ask(entry, applicant=_user("stranger", bound))
    assert not Issued.objects.exists()


def test_a_number_in_no_register_says_so() -> None:
    with pytest.raises(PersonNotFound, match="没有这个证件号码的人"):
        _ask(applicant=_user("me", 1))


def test_somebody_at_the_counter_is_known_by_the_papers() -> None:
    _insured()
    _ask(channel="window", actor=CLERK)
    assert Issued.objects.count() == 1


def test_at_the_counter_an_account_of_another_person_is_still_another_person() -> None:
    _insured()
    with pytest.raises(NotYours):
        _ask(channel="window", actor=CLERK, applicant=_user("stranger", 2))
    assert not Issued.objects.exists()


@pytest.mark.parametrize("channel", ["window", "township", "village"])
def test_what_an_account_filled_in_for_the_window_is_no_walk_in(channel: str) -> None:
    """Completed at the window, but filled in at home: nobody's papers were seen when it was filed."""
    _insured()
    with pytest.raises(NotYours):
        _ask(channel=channel, actor=CLERK, applicant=_user("unbound"))
    _ask(channel=channel, actor=CLERK)
    assert Issued.objects.count() == 1


def test_what_was_filed_online_is_not_excused_by_who_reviews_it() -> None:
    _insured()
    with pytest.raises(NotYours):
        _ask(CERTIFICATE, channel="online", actor=CLERK, applicant=_user("stranger", 2))


def test_filing_for_oneself_at_a_window_channel_is_no_counter() -> None:
    _insured()
    user = _user("unbound")
    with pytest.raises(NotYours):
        _ask(channel="window", actor=user, applicant=user)
    with pytest.raises(NotYours):
        _ask(channel="window", actor=SYSTEM, applicant=user)


@pytest.mark.parametrize(
    ("items", "end_on", "sees"),
    [
        ([], None, True),
        (["person-enrolment-query"], None, True),
        (["transfer"], None, False),
        ([], date(2026, 3, 1), False),
    ],
)
def test_a_mandate_between_accounts(items: list[str], end_on: date | None, sees: bool) -> None:
    _insured()
    principal, agent = _user("principal", 1), _user("agent", 2)
    Mandate.objects.create(
        principal_id=principal,
        agent_id=agent,
        proof="委托书",
        items=items,
        start_on=date(2026, 1, 1),
        end_on=end_on,
    )
    if sees:
        _ask(applicant=agent)
    else:
        with pytest.raises(NotYours):
            _ask(applicant=agent)
    assert Issued.objects.exists() == sees


def test_a_guardian_sees_the_ward_until_the_ward_is_grown_up() -> None:
    child = person(origin(), 1, born=date(2015, 5, 1))
    persons.add_kin(
        origin(),
        child,
        name=new_name(2),
        relation="parent",
        number=new_number(2),
        guardian=True,
        start_on=date(2015, 5, 1),
    )
    parent = _user("parent", 2)
    said = who(1, date(2015, 5, 1))
    _ask(applicant=parent, answers=said)
    grown = work(QUERY, said, applicant=parent, channel="online", actor=SYSTEM, day=date(2033, 5, 1))
    with pytest.raises(NotYours):
        run_effects([NAMES[QUERY]], grown)


def test_a_helper_on_record_sees_while_the_mandate_lasts() -> None:
    p, agent = _insured(), _user("agent", 2)
    given = representatives.Given(
        kind="mandate",
        name=new_name(2),
        number=new_number(2),
        proof="授权委托书",
        start_on=DAY,
        end_on=date(2026, 3, 31),
        items=("person-enrolment-query",),
    )
    representatives.record(origin(), p, given)
    _ask(applicant=agent)
    with pytest.raises(NotYours):
        _ask(CERTIFICATE, applicant=agent)
    late = work(QUERY, who(1), applicant=agent, channel="online", actor=SYSTEM, day=date(2026, 4, 1))
    with pytest.raises(NotYours):
        run_effects([NAMES[QUERY]], late)


def test_a_unit_has_a_certificate_of_its_own_people_and_no_extract() -> None:
    o, clerk = origin(), _user("clerk", 3)
    employer, other = unit(o, 1), unit(o, 2)
    p = person(o, 1)
    enrolments.enrol(o, p, insurance="310", kind="1101", start_on=date(2026, 3, 1), unit=employer)
    units.name_operator(o, other, clerk)
    with pytest.raises(NotYours):
        _ask(CERTIFICATE, applicant=clerk)
    units.name_operator(o, employer, clerk)
    _ask(CERTIFICATE, applicant=clerk)
    with pytest.raises(NotYours):
        _ask(QUERY, applicant=clerk)


def test_staff_of_another_office_are_no_exception_online() -> None:
    _insured()
    clerk = _user("clerk", 3)
    Grant.objects.create(user_id=clerk, region=REGION, office="", role="window", start_on=date(2020, 1, 1))
    with pytest.raises(NotYours):
        _ask(applicant=clerk)


# ---- whose account it is


def test_an_account_is_bound_once() -> None:
    user = _user("me", 1)
    p, other = _insured(1), _insured(2)
    again = identity.bind(user, person=p, name=p.name, source="窗口核验", at=instant(DAY))
    assert again.source == "人脸核验", "the same again changes nothing"
    with pytest.raises(identity.BoundToAnother, match="已经实名绑定到另一个人"):
        identity.bind(user, person=other, name=other.name, source="窗口核验", at=instant(DAY))
    assert identity.is_same_person(user, p)
    assert not identity.is_same_person(user, other)
    assert identity.users_of(p) == {user}


def test_an_account_follows_its_person_into_every_region() -> None:
    here, there = person(origin(), 1), person(origin("luanzhou"), 1)
    user = _user("me", 1)
    assert identity.is_same_person(user, here)
    assert identity.is_same_person(user, there)


def test_a_corrected_number_gives_its_holder_no_view() -> None:
    """The register had B's number for A by mistake; B's account never sees A."""
    p = _insured(1)
    true_holder = _user("b", 1)
    persons.change(origin(day=date(2026, 3, 5)), p, {"id_number": new_number(9)}, date(2026, 3, 5))
    assert not identity.is_same_person(true_holder, p)


def test_a_new_number_is_bound_anew() -> None:
    p, user = _insured(1), _user("me", 1)
    persons.change(origin(day=date(2026, 3, 5)), p, {"id_number": new_number(9)}, date(2026, 3, 5))
    identity.bind(user, person=p, name=p.name, source="窗口核验", at=instant(date(2026, 3, 6)))
    assert identity.is_same_person(user, p)


def test_may_see_is_silent_for_who_may() -> None:
    p = _insured()
    w: Work = work(QUERY, who(1), applicant=_user("me", 1), channel="online", actor=SYSTEM)
    identity.may_see(w, p)
    assert identity.allowed_to_see(w, p)
