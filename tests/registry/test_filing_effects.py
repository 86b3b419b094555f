"""The effect of every off-site entry: the wizard, the counter, the village; what the form says is what is filed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from jingban.access.models import Mandate, User
from jingban.access.service import actor_of
from jingban.cases.models import Case
from jingban.cases.view import CaseView
from jingban.core.errors import DomainError
from jingban.processes.state import SYSTEM
from jingban.registry import enrolments, filings, identity, persons
from jingban.registry.attended import is_unattended
from jingban.registry.changes import of_case
from jingban.registry.errors import NotYours
from jingban.registry.filings import FilingLocked, FilingRefused
from jingban.registry.models import Identity, Person
from jingban.registry.preview import preview
from jingban.registry.rules.filing import GROUPS
from tests.houses import House
from tests.registry import driving
from tests.registry.driving import Entry, along, entries_of, house, item_of
from tests.registry.factories import DAY, origin, person, who, work

__all__ = ["house"]

pytestmark = pytest.mark.django_db(databases=["default", "audit"])

ENTRIES = entries_of("registry.file_offsite")
LUANZHOU = ("luanzhou", "agency", "offsite-filing")
XINGTAI = ("xingtai", "agency", "offsite-filing")
PUYANG = ("puyang", "agency", "offsite-long-term")
REFERRAL = ("puyang", "agency", "offsite-referral")
VILLAGE = ("qinhuangdao", "grassroots", "grassroots-offsite-filing")


def insured(region: str, n: int = 1) -> Person:
    o = origin(region, date(2026, 1, 5))
    found = person(o, n)
    enrolments.enrol_for_year(o, found, kind="1501", year=2026)
    return found


def opened(house: House, entry: Entry, said: dict[str, str], **rest: Any) -> CaseView:
    """The application from the person's own account: where no officer takes part, nobody else's will do."""
    found = persons.find(entry[0], "01", said["id_number"])
    Identity.objects.filter(user_id=house.applicant.id).delete()
    if found is not None:
        identity.bind(house.applicant.id, name="", source="人脸核验", at=house.now, person=found)
    return driving.opened(house, entry, said, **rest)


def test_nobody_files_for_somebody_else_alone(house: House) -> None:
    here = insured("luanzhou")
    said = answers()
    view = driving.opened(house, LUANZHOU, said, facts={"stay": "long-term"})
    for act in ("login", "bind"):
        view = house.act(view, act, actor=house.applicant)
    with pytest.raises(NotYours, match="自助办理只能办本人的事"):
        house.act(view, "choose", actor=house.applicant)
    assert not here.filings.exists()


def test_an_agent_is_no_officer_in_a_case_that_nobody_attends(house: House) -> None:
    """Filed and driven by the agent of an account: still nobody has looked at papers."""
    here, agent = insured("luanzhou"), User.objects.create(username="agent", name="代理")
    Mandate.objects.create(
        principal_id=house.applicant.id, agent=agent, proof="委托书", start_on=date(2026, 1, 1)
    )
    acting = actor_of(agent, DAY)
    facts, mine = {"stay": "long-term"}, house.applicant.id
    view = driving.opened(house, LUANZHOU, answers(), facts=facts, actor=acting, applicant=mine)
    for act in ("login", "bind"):
        view = house.act(view, act, actor=acting)
    with pytest.raises(NotYours, match="自助办理只能办本人的事"):
        house.act(view, "choose", actor=acting)
    assert not here.filings.exists()


def test_a_machine_that_nobody_attends_serves_no_nameless_application(house: House) -> None:
    insured("luanzhou")
    view = driving.opened(house, LUANZHOU, answers(), facts={"stay": "long-term"})
    run = replace(
        work(LUANZHOU, answers(), case_id=view.id, channel="kiosk", actor=SYSTEM), process=view.process
    )
    Case.objects.filter(pk=view.id).update(state={**Case.objects.get(pk=view.id).state, "actors": {}})
    assert is_unattended(run)
    with pytest.raises(NotYours, match="自助办理要先登录并实名认证"):
        identity.hold_self_service(run)
    assert not is_unattended(replace(run, channel="window", actor=22)), "somebody came in, a clerk filed it"


def answers(n: int = 1, **said: str) -> dict[str, str]:
    asked = {
        "offsite_operation": "file",
        "offsite_category": "long-term",
        "places": "440300",
        "from_date": "2026-03-02",
    }
    return {**who(n), **asked, **said}


def test_there_are_fourteen_entries() -> None:
    assert len(ENTRIES) == 14


@pytest.mark.parametrize("entry", ENTRIES, ids="/".join)
def test_every_entry_files_for_its_category(house: House, entry: Entry) -> None:
    person_here, item = insured(entry[0]), item_of(house, entry)
    view = opened(house, entry, answers(), facts={"stay": "long-term"} if "stay" in item.facts_asked else {})
    view = along(house, view)
    assert view.outcome == "granted"
    (made,) = person_here.filings.all()
    category = item.fixed.get("offsite_category", "long-term")
    assert (made.category, made.group, made.case) == (category, GROUPS[category], view.id)
    assert made.start_on == DAY
    assert {c.register for c in of_case(view.id)} == {"offsitefiling"}


def test_the_wizard_files_what_was_chosen_and_no_officer_acts(house: House) -> None:
    here = insured("xingtai")
    said = answers(offsite_category="other-temporary", places="110000", admission_on="2026-03-02")
    view = opened(house, XINGTAI, said, facts={"stay": "temporary"})
    for act in ("login", "bind", "choose"):
        view = house.act(view, act, actor=house.applicant)
    assert view.outcome == "granted"
    assert filings.filing_for(here, place="110105", admitted_on=DAY).how == "filed"


def test_the_way_of_the_wizard_and_the_category_must_agree(house: House) -> None:
    insured("luanzhou")
    view = opened(house, LUANZHOU, answers(offsite_category="referral"), facts={"stay": "long-term"})
    view = house.act(house.act(view, "login"), "bind")
    with pytest.raises(FilingRefused, match="与填写的备案类型不一致"):
        house.act(view, "choose")
    assert house.fresh(view).step == "choose"


def test_the_admission_rule_of_the_wizard_holds(house: House) -> None:
    insured("xingtai")
    said = answers(offsite_category="other-temporary", admission_on="2026-02-26")
    view = opened(house, XINGTAI, said, facts={"stay": "temporary"})
    view = house.act(house.act(view, "login"), "bind")
    with pytest.raises(FilingRefused, match="当天或前1日"):
        house.act(view, "choose")


def test_nobody_loses_days_by_waiting_for_the_agency(house: House) -> None:
    """Applied for on the day itself, approved four days later: the filing counts from the day that was named."""
    here = insured("puyang")
    view = house.act(opened(house, REFERRAL, answers()), "accept")
    house.later(days=4)
    assert house.act(view, "approve").outcome == "granted"
    assert here.filings.get().start_on == DAY


def test_change_pause_resume_and_end_by_cases(house: House) -> None:
    here = insured("puyang")
    along(house, opened(house, PUYANG, answers()))
    view = house.act(
        opened(house, PUYANG, answers(offsite_operation="end"), situations=["change-or-stop"]), "accept"
    )
    with pytest.raises(FilingLocked, match="2026年9月1日以前"):
        house.act(view, "approve")
    for operation in ("pause", "resume", "end"):
        house.later(days=200)
        day = house.now.date().isoformat()
        enrolments.on(here, house.now.date()) or enrolments.enrol_for_year(
            origin(day=house.now.date()), here, kind="1501", year=house.now.year
        )
        said = answers(offsite_operation=operation, from_date=day)
        assert along(house, opened(house, PUYANG, said, situations=["change-or-stop"])).outcome == "granted"
    found = here.filings.order_by("start_on").values_list("status", flat=True)
    assert list(found) == ["active", "paused", "ended"]


def test_the_village_files_for_who_stands_there(house: House) -> None:
    here = insured("qinhuangdao")
    view = opened(house, VILLAGE, answers(offsite_category="referral"), channel="window")
    assert house.act(view, "accept").outcome == "granted"
    assert here.filings.get().category == "referral"
    insured("qinhuangdao", 2)
    by_oneself = opened(house, VILLAGE, answers(2, offsite_category="posted-worker"), channel="online")
    assert by_oneself.outcome == "granted", "online it is done at once"


@pytest.mark.parametrize(
    ("said", "match"),
    [
        ({"places": "410928"}, "参保地"),
        ({"id_number": who(9)["id_number"], "name": who(9)["name"]}, "没有这个证件号码的人"),
        ({"from_date": "2026-02-01"}, "不能早于这一天"),
    ],
)
def test_what_cannot_be_filed_leaves_the_case_open(house: House, said: dict[str, str], match: str) -> None:
    here = insured("puyang")
    view = house.act(opened(house, REFERRAL, answers(**said)), "accept")
    with pytest.raises(DomainError, match=match):
        house.act(view, "approve")
    assert house.fresh(view).step == "review"
    assert not here.filings.exists()


def test_the_preview_says_what_would_be_filed() -> None:
    insured("puyang")
    trial = preview(work(REFERRAL, answers(offsite_category="referral")))
    (change,) = trial.changes
    assert (change.register, change.after["places"]) == ("offsitefiling", ["440300"])
    assert change.after["end_on"] == (date(2026, 9, 2) - timedelta(1)).isoformat()
    twice = preview(work(REFERRAL, answers(from_date="2020-01-01")))
    assert not twice.is_possible
    assert twice.code == "filing_refused"
