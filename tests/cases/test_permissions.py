"""Who may open, see and handle a case; and that every refusal is remembered."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import transaction

from jingban.access.models import Mandate, User
from jingban.access.service import READ, Actor, Held, NotAllowed, actor_of, may
from jingban.audit.models import Entry
from jingban.cases import actions
from jingban.cases.actions import on_case
from jingban.cases.errors import ItemNotOpen
from jingban.cases.models import Case, CaseEvent
from jingban.processes.errors import MakerIsChecker
from tests.builders import at
from tests.houses import ANSWERS, PAYMENT, STANDARD, TIP_OFF, House, person, staff


def _agent(items: list[str], *, end_on: date | None = None, principal: int) -> User:
    agent = User.objects.create(username=f"agent-{end_on}-{len(items)}")
    Mandate.objects.create(
        principal_id=principal,
        agent=agent,
        proof="授权委托书",
        items=items,
        start_on=date(2026, 1, 1),
        end_on=end_on,
    )
    return agent


@pytest.mark.parametrize("items", [[], [STANDARD[2]], [STANDARD[2], "transfer"]])
def test_an_agent_acts_for_the_principal_under_a_mandate(house: House, items: list[str]) -> None:
    agent = actor_of(_agent(items, principal=house.applicant.id), house.now.date())
    view = house.apply(actor=agent, applicant=house.applicant.id)
    (mandate,) = agent.mandates
    assert view.applicant_id == house.applicant.id
    view = house.act(house.act(view, "notify"), "resubmit", actor=agent)
    behalf = list(
        CaseEvent.objects.filter(case=view.id).values_list("act", "actor", "behalf").order_by("seq")
    )
    assert behalf[0] == ("apply", agent.id, mandate.id)
    assert behalf[2] == ("resubmit", agent.id, mandate.id)
    assert house.act(house.apply(), "withdraw", actor=house.applicant).outcome == "withdrawn"


def test_an_ended_mandate_opens_nothing_and_moves_nothing(house: House) -> None:
    row = _agent([], end_on=date(2026, 3, 2), principal=house.applicant.id)
    agent = actor_of(row, house.now.date())
    view = house.act(house.apply(actor=agent, applicant=house.applicant.id), "notify")
    house.later(days=1)
    ended = actor_of(row, house.now.date())
    with pytest.raises(NotAllowed):
        house.act(view, "resubmit", actor=ended)
    with pytest.raises(NotAllowed, match="没有有效的委托"):
        house.apply(actor=ended, applicant=house.applicant.id)
    with pytest.raises(NotAllowed):
        house.apply(actor=agent, applicant=person("a third").id)
    assert Case.objects.count() == 1


def test_a_mandate_for_another_item_does_not_serve(house: House) -> None:
    agent = actor_of(_agent(["transfer"], principal=house.applicant.id), house.now.date())
    with pytest.raises(NotAllowed):
        house.apply(actor=agent, applicant=house.applicant.id)
    view = house.act(house.apply(), "notify")
    with pytest.raises(NotAllowed):
        house.act(view, "resubmit", actor=agent)
    assert not may(agent, READ, on_case(view, frozenset()))


def test_the_window_files_for_who_stands_there(house: House) -> None:
    clerk = staff(77, "window")
    view = house.apply(actor=clerk, applicant=house.applicant.id)
    assert view.applicant_id == house.applicant.id
    assert CaseEvent.objects.get(case=view.id).behalf is None
    for other in (staff(78, "reviewer"), staff(79, "window", region="luanzhou"), person("stranger")):
        with pytest.raises(NotAllowed):
            house.apply(actor=other, applicant=house.applicant.id)


def test_nobody_handles_the_cases_of_another_region_or_office(house: House) -> None:
    view = house.apply()
    for wrong in (
        staff(5, "window", region="luanzhou"),
        staff(5, "window", office="elsewhere"),
        staff(5, "reviewer"),
    ):
        with pytest.raises(NotAllowed):
            house.act(view, "accept", actor=wrong)
    assert house.act(view, "accept", actor=staff(5, "window", office=view.office)).step == "review"


def test_a_stranger_neither_reads_nor_withdraws(house: House) -> None:
    view, stranger = house.apply(), person("stranger")
    assert not may(stranger, READ, on_case(view, frozenset()))
    assert may(house.applicant, READ, on_case(view, frozenset()))
    assert may(staff(5, "reviewer"), READ, on_case(view, frozenset()))
    with pytest.raises(NotAllowed):
        house.act(view, "withdraw", actor=stranger)


def test_an_institution_is_not_staff(house: House) -> None:
    """Its sign-in holds roles in the region, and reads no citizen's case for that."""
    view = house.apply()
    for role in ("institution", "provider", "expert", "fiscal", "other-agency", "tax"):
        assert not may(staff(5, role), READ, on_case(view, frozenset())), role


@pytest.mark.parametrize("role", ["window", "reviewer", "expert", "informatics"])
def test_a_sealed_tip_off_is_readable_by_named_roles_only(house: House, role: str) -> None:
    view = house.apply(TIP_OFF)
    outsider = staff(5, role, region="bazhou")
    answer = may(outsider, READ, on_case(view, frozenset()))
    assert (answer.allowed, "保密件" in answer.why) == (False, True)
    with pytest.raises(NotAllowed, match="保密件"):
        house.act(view, "accept", actor=outsider)
    assert may(staff(6, "fund-supervision", region="bazhou"), READ, on_case(view, frozenset()))
    assert may(house.applicant, READ, on_case(view, frozenset()))
    agent = actor_of(_agent([], principal=house.applicant.id), house.now.date())
    assert not may(agent, READ, on_case(view, frozenset())), "a mandate opens no sealed case"


def test_a_refused_act_is_remembered_although_it_was_rolled_back(house: House) -> None:
    view = house.apply()
    with pytest.raises(NotAllowed), transaction.atomic():
        house.act(view, "accept", actor=staff(5, "reviewer"))
    entry = Entry.objects.using("audit").get()
    assert (entry.actor, entry.kind, entry.subject) == (5, "refused", f"case:{view.number}")
    assert entry.detail.startswith("accept：")
    assert entry.at == at("2026-03-02 09:00")
    assert house.fresh(view) == view


def test_maker_who_wants_to_check_is_remembered(house: House) -> None:
    both = staff(5, "window", "reviewer")
    view = house.act(house.apply(), "accept", actor=both)
    with pytest.raises(MakerIsChecker):
        house.act(view, "approve", actor=both)
    assert Entry.objects.using("audit").get().detail.startswith("approve：您办理过本件的“受理”")


def test_filing_for_another_without_a_mandate_is_remembered(house: House) -> None:
    with pytest.raises(NotAllowed):
        house.apply(actor=person("stranger"), applicant=house.applicant.id)
    assert Entry.objects.using("audit").get().subject == f"item:{'/'.join(STANDARD)}"


def test_nobody_handles_the_own_case(house: House) -> None:
    """A reviewer who applies is an applicant in that case; so is whoever filed it for somebody."""
    view = house.act(house.apply(), "accept")
    himself = Actor(house.applicant.id, "审核员", held=(Held("reviewer", STANDARD[0], ""),))
    with pytest.raises(NotAllowed, match="本人提出"):
        house.act(view, "approve", actor=himself)
    assert house.act(view, "approve").outcome == "granted"


def test_who_stands_at_the_counter_without_an_account_is_served_there(house: House) -> None:
    version, clerk = house.version(), staff(700, "window")
    application = actions.Application(answers=ANSWERS["person"])
    view = actions.apply(
        version=version.id, application=application, actor=clerk, key=None, now=house.now, walk_in=True
    )
    assert view.applicant_id is None
    notified = house.act(view, "notify", actor=clerk)
    back = house.act(notified, "resubmit", actor=clerk)
    assert house.act(back, "accept", actor=clerk).step == "review"
    with pytest.raises(NotAllowed):
        actions.apply(
            version=version.id,
            application=application,
            actor=house.applicant,
            key=None,
            now=house.now,
            walk_in=True,
        )


def test_a_case_goes_to_the_office_that_was_asked_for(house: House) -> None:
    offices = [body.id for body in house.version(PAYMENT).item.accepted_by]
    assert len(offices) > 1
    assert house.apply(PAYMENT).office == offices[0]
    assert house.apply(PAYMENT, office=offices[1]).office == offices[1]
    with pytest.raises(ItemNotOpen, match="不由"):
        house.apply(PAYMENT, office="nowhere")


def test_an_unentrusted_village_reads_no_case_of_the_agency(house: House) -> None:
    village = Actor(701, "村", held=(Held("village", STANDARD[0], "v", entrusted=None),))
    assert not may(village, READ, actions.on_case(house.apply(), frozenset()))


def test_the_supervisor_gives_later_notices_and_does_no_other_window_work(house: House) -> None:
    view, supervisor = house.apply(), staff(702, "supervisor")
    with pytest.raises(NotAllowed):
        house.act(view, "accept", actor=supervisor)
    assert house.act(view, "notify", actor=supervisor).step == "supplement"


def test_a_stranger_is_refused_before_anything_is_looked_at(house: House) -> None:
    with pytest.raises(NotAllowed):
        house.act(house.apply(), "accept", actor=Actor(703, "路人"), seen=99)
