"""Who may act for somebody at a counter: mandates with their days and items, guardians, heirs."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from jingban.cases.materials import checklist
from jingban.cases.work import Work
from jingban.registry import persons, representatives
from jingban.registry.changes import listening
from jingban.registry.errors import RegistryError
from jingban.registry.models import Helper, Person
from jingban.registry.representatives import Given, NotEntitled, acting, checked
from jingban.registry.sealing import unsealed
from jingban.rulebook.cache import effective_item
from tests.houses import House
from tests.registry.driving import house, opened
from tests.registry.factories import DAY, new_name, new_number, origin, person, who, work

__all__ = ["house"]

pytestmark = pytest.mark.django_db(databases=["default", "audit"])

NO_PAPERS = ("puyang", "agency", "resident-info-change")
"""An entry that asks agents for no paper."""
PAPERS = ("qinhuangdao", "agency", "resident-enrolment")
"""One that asks for 委托书 and both identity documents."""
AGENT = 50


def named(n: int = AGENT, **said: str) -> dict[str, str]:
    return {"agent_name": new_name(n), "agent_id_number": new_number(n), "agent_relation": "child", **said}


def at_counter(day: date = DAY, entry: tuple[str, str, str] = NO_PAPERS, **rest: Any) -> Work:
    return work(entry, {**who(1), **named(), **rest.pop("said", {})}, day=day, **rest)


def mandate(
    who_gives: Person, *items: str, start: date = DAY, end: date | None = None, kind: str = "mandate"
) -> Helper:
    given = Given(kind, new_name(AGENT), new_number(AGENT), "授权委托书", start, end, "child", items)
    return representatives.record(origin(who_gives.region, start), who_gives, given)


def test_nobody_named_is_nobody_checked() -> None:
    here = person(origin())
    assert checked(work(NO_PAPERS, who(1)), here) is None
    assert acting(work(NO_PAPERS, {**who(1), **named(1)}), here) is None, "naming oneself is coming oneself"
    assert not Helper.objects.exists()


def test_a_mandate_in_force_for_the_item_serves() -> None:
    here = person(origin())
    made = mandate(here, "resident-info-change", end=date(2026, 12, 31))
    assert acting(at_counter(), here) == made
    assert acting(at_counter(date(2026, 12, 31)), here) == made
    assert (made.name, unsealed(made, "number"), made.relation) == (
        new_name(AGENT),
        new_number(AGENT),
        "child",
    )
    assert Helper.objects.count() == 1


def test_a_mandate_for_everything_serves_every_item() -> None:
    here = person(origin())
    made = mandate(here)
    assert acting(at_counter(entry=("puyang", "agency", "transfer")), here) == made


def test_an_ended_mandate_is_refused_with_the_day_it_ended() -> None:
    here = person(origin())
    made = mandate(here, end=date(2026, 6, 30))
    representatives.end(origin(day=date(2026, 4, 2)), made, date(2026, 4, 1), "委托人撤回")
    assert acting(at_counter(date(2026, 4, 1)), here) == made
    with pytest.raises(NotEntitled, match="委托已于2026年4月1日终止，不能再代办"):
        checked(at_counter(date(2026, 4, 2)), here)
    assert Helper.objects.count() == 1


def test_a_mandate_for_another_item_is_refused() -> None:
    here = person(origin())
    mandate(here, "transfer")
    with pytest.raises(NotEntitled, match="委托不包括“城乡居民参保信息变更登记”"):
        acting(at_counter(), here)


def test_a_mandate_that_has_not_begun_does_not_serve_online() -> None:
    here = person(origin())
    mandate(here, start=DAY + timedelta(1))
    with pytest.raises(NotEntitled):
        acting(at_counter(channel="online", applicant=7), here)


def test_where_no_paper_may_be_asked_the_counter_looks_at_the_certificate() -> None:
    """国令765 art. 31: beyond an identity document nothing is asked; the record holds for that day."""
    here = person(origin())
    for day in (DAY, DAY + timedelta(40)):
        made = acting(at_counter(day), here)
        assert made is not None
        assert (made.start_on, made.end_on, made.proof) == (day, day, "窗口核验代办人身份证件")
        assert made.items == ["resident-info-change"]
    with pytest.raises(NotEntitled, match="没有登记在册的委托"):
        acting(at_counter(DAY + timedelta(50), channel="online", applicant=7), here)
    other = acting(at_counter(DAY + timedelta(60), ("puyang", "agency", "transfer")), here)
    assert other is not None, "a day at the counter for one item is held against nobody at the next"


def test_the_papers_that_an_entry_asks_put_the_mandate_on_record(house: House) -> None:
    here = person(origin("qinhuangdao"), 1)
    item = effective_item(*PAPERS)
    papers = [
        s.key
        for s in checklist(item, {"delegated"}, "window")
        if {"delegated"} & {n.id for n in (*s.material.for_whom, *s.material.when)}
    ]
    assert len(papers) == 2
    said = {**who(1), **named(), "resident_kind": "adult", "insured_year": "2026"}
    view = opened(house, PAPERS, said, channel="window", situations=["delegated"])
    run = work(PAPERS, said, case_id=view.id, situations=["delegated"])
    with pytest.raises(NotEntitled, match="请带委托书和双方身份证件"):
        acting(run, here)
    house.act(view, "accept")
    made = acting(run, here)
    assert made is not None
    assert (made.kind, made.start_on, made.end_on) == ("mandate", DAY, date(2027, 3, 1))
    assert "委托书" in made.proof
    assert acting(run, here) == made, "the next application finds it"


def test_new_papers_renew_an_ended_mandate() -> None:
    here = person(origin("qinhuangdao"), 1)
    mandate(here, end=DAY - timedelta(1), start=date(2026, 1, 1))
    made = acting(work(PAPERS, {**who(1), **named()}, situations=["delegated"]), here)
    assert made is not None
    assert made.start_on == DAY


def test_the_same_mandate_twice_is_one_and_may_be_widened() -> None:
    here = person(origin())
    first = mandate(here, "transfer", end=date(2026, 12, 31))
    with listening() as heard:
        again = mandate(here, "resident-info-change", end=date(2026, 12, 31))
    assert (again.pk, again.items) == (first.pk, ["transfer", "resident-info-change"])
    assert [(c.field, c.before) for c in heard] == [("items", ["transfer"])]
    assert mandate(here, end=date(2026, 12, 31)).items == []
    with pytest.raises(RegistryError, match="止期早于起期"):
        mandate(here, end=DAY - timedelta(1))
    with pytest.raises(RegistryError, match="只能是受托人、继承人、监护人"):
        mandate(here, kind="friend")


# Guardians ---------------------------------------------------------------------------------------------------------


def child(n: int = 1, born: date = date(2010, 5, 1)) -> Person:
    return person(origin(), n, born=born)


def by_guardian(day: date, born: date = date(2010, 5, 1), **rest: Any) -> Work:
    return work(NO_PAPERS, {**who(1, born), **named()}, day=day, **rest)


def test_a_guardian_on_record_acts_until_the_eighteenth_birthday() -> None:
    here = child()
    persons.add_kin(
        origin(), here, name=new_name(AGENT), relation="parent", number=new_number(AGENT), guardian=True
    )
    made = acting(by_guardian(DAY, channel="online", applicant=7), here)
    assert made is not None
    assert (made.kind, made.items, made.end_on) == ("guardian", [], date(2028, 4, 30))
    assert acting(by_guardian(date(2028, 4, 30)), here) == made
    with pytest.raises(NotEntitled, match="已于2028年4月30日终止"):
        acting(by_guardian(date(2028, 5, 1)), here)
    with pytest.raises(NotEntitled, match="已满18周岁"):
        representatives.record(
            origin(day=date(2028, 5, 1)),
            here,
            Given("guardian", "试", new_number(AGENT), "户口簿", date(2028, 5, 1)),
        )


def test_a_relative_who_is_no_guardian_is_none() -> None:
    here = child()
    persons.add_kin(origin(), here, name=new_name(AGENT), relation="sibling", number=new_number(AGENT))
    with pytest.raises(NotEntitled):
        acting(by_guardian(DAY, channel="online", applicant=7), here)


# Heirs -------------------------------------------------------------------------------------------------------------


def test_heirs_act_after_death_only() -> None:
    here = person(origin())
    with pytest.raises(NotEntitled, match="没有登记死亡，不能登记继承人"):
        mandate(here, kind="heir")
    persons.died(origin(), here, DAY)
    heir = mandate(here, kind="heir", start=DAY + timedelta(3))
    assert acting(at_counter(DAY + timedelta(3)), here) == heir
    with pytest.raises(NotEntitled, match="不能再委托他人"):
        mandate(here, start=DAY + timedelta(3))


def test_a_mandate_ends_with_the_persons_death() -> None:
    here = person(origin())
    made = mandate(here)
    persons.died(origin(day=DAY + timedelta(5)), here, DAY + timedelta(4))
    day = DAY + timedelta(5)
    with pytest.raises(NotEntitled, match="已于2026年3月6日登记死亡，原来的委托随之终止"):
        acting(at_counter(day, channel="online", applicant=7), here)
    heir = acting(at_counter(day), here)
    assert heir is not None
    assert (heir.kind, heir.pk == made.pk) == ("heir", False)
    assert [h.pk for h in representatives.in_force(here, day)] == [heir.pk]
