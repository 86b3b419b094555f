"""Premium subsidy with enrolment and flag in every region; hardship found by the village and recognised by the agency."""

from __future__ import annotations

from datetime import date

import pytest

from jingban.access.models import User
from jingban.access.service import Actor, Held
from jingban.cases import actions
from jingban.cases.view import CaseView
from jingban.core.localtime import local_day
from jingban.processes import effects
from jingban.processes.effects import run_effects
from jingban.processes.errors import ConflictOfInterest
from jingban.registry import aid, enrolments, identity, persons
from jingban.registry.aid import AidRefused
from jingban.registry.changes import of_case
from jingban.registry.models import AidStatus, Levy, MeansCheck
from jingban.registry.preview import preview
from tests.houses import House, staff
from tests.registry.driving import Entry, along, at, entries_of, fired, house, item_of, opened
from tests.registry.factories import DAY, new_name, new_number, origin, person, who, work

__all__ = ["house"]

pytestmark = pytest.mark.django_db(databases=["default", "audit"])


@pytest.fixture(autouse=True)
def _no_money(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the aid comes to, and its way to the bank, are tested in ``benefits`` and ``funds``; here nobody has a bill."""
    for name in [n for n in effects.REGISTRY if n.startswith(("benefits.", "funds."))]:
        monkeypatch.delitem(effects.REGISTRY, name)


SUBSIDIES = entries_of("registry.enrol_aided")
AID = ("luanzhou", "agency", "medical-aid-reimbursement")
VILLAGE = staff(710, "village", region="luanzhou")
QINHUANGDAO = ("qinhuangdao", "agency", "premium-subsidy")


def answers(n: int = 1, **said: str) -> dict[str, str]:
    return {**who(n), "aid_category": "minimum-living", "insured_year": "2026", **said}


def applied(house: House, entry: Entry, said: dict[str, str], **facts: str) -> CaseView:
    item = item_of(house, entry)
    if item.process.starts == "application":
        return opened(house, entry, said, facts=facts)
    return actions.start(
        version=house.version(entry).id,
        process=item.process.process,
        application=actions.Application(answers=said, facts=facts),
        key=None,
        now=house.now,
    )


def test_there_are_four_entries() -> None:
    assert len(SUBSIDIES) == 4


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("entry", SUBSIDIES, ids="/".join)
def test_every_entry_enrols_levies_with_subsidy_and_flags(house: House, entry: Entry, known: bool) -> None:
    if known:
        person(origin(entry[0]), 1)
    view = along(house, applied(house, entry, answers(), person="known" if known else "new"))
    assert view.step in ("await-fiscal", "await-bank")
    here = persons.find(entry[0], "01", new_number(1))
    assert here is not None
    spell = enrolments.required_on(here, DAY)
    assert (spell.aided, spell.insurance, spell.end_on) == (True, "390", date(2026, 12, 31))
    levy = Levy.objects.get(person=here)
    assert (levy.person_fen, levy.subsidy_fen) == (16000, 24000)
    status = AidStatus.objects.get(person=here)
    assert (status.flagged, status.category, status.end_on) == (True, "minimum-living", date(2026, 12, 31))
    registers = {c.register for c in of_case(view.id)}
    assert {"enrolment", "levy", "aidstatus"} <= registers
    assert ("person" in registers) is not known


def test_a_payment_that_came_back_is_approved_again_without_a_second_enrolment(house: House) -> None:
    person(origin("qinhuangdao"), 1)
    view = house.act(house.act(applied(house, QINHUANGDAO, answers()), "accept"), "approve")
    view = house.act(house.act(view, "return"), "approve")
    here = persons.find("qinhuangdao", "01", new_number(1))
    assert here is not None
    assert here.enrolments.count() == AidStatus.objects.count() == 1
    assert sorted(Levy.objects.values_list("status", flat=True)) == ["issued", "void"]


def test_a_letter_that_names_nobody_is_told_so(house: House) -> None:
    entry = ("bazhou", "agency", "premium-subsidy")
    view = house.act(applied(house, entry, {}), "accept")
    with pytest.raises(AidRefused, match="按救助对象名单逐人启动"):
        house.act(view, "enrol")
    assert house.fresh(view).step == "enrol"


def test_the_preview_shows_the_enrolment_the_levy_and_the_flag() -> None:
    person(origin("luanzhou"), 1)
    trial = preview(work(("luanzhou", "agency", "premium-subsidy"), answers()))
    assert [c.register for c in trial.changes] == ["enrolment", "levy", "aidstatus"]


# Hardship ----------------------------------------------------------------------------------------------------------


def hardship(house: House, **facts: str) -> CaseView:
    paid = {
        "care_from": "2026-01-15",
        "payee_name": new_name(1),
        "bank": "试验银行",
        "bank_account": "6222000000000001",
    }
    return opened(house, AID, {**who(1), **paid}, facts={"hardship": "expense", **facts})


def published(house: House, view: CaseView, **said: str) -> CaseView:
    """The village's finding; the applicant's own one is refused."""
    return house.act(view, "publish", actor=VILLAGE, **said)


def to_review(house: House) -> CaseView:
    view = published(house, hardship(house), opinion="村里查实")
    return house.act(fired(house, view), "report", opinion="乡镇查实")


def test_a_finding_is_published_and_the_approval_recognises(house: House) -> None:
    here = person(origin("luanzhou"), 1)
    view = to_review(house)
    assert not MeansCheck.objects.exists(), "nothing is recognised before the agency looked at it"
    view = house.act(view, "approve")
    assert view.step == "fund-request"
    check = MeansCheck.objects.get(case=view.id)
    assert (check.people, check.income_fen, check.spending_fen) == (3, 2160000, 3600000)
    assert (check.authorised_on, local_day(check.checked_at)) == (date(2026, 3, 1), DAY)
    assert check.actor == VILLAGE.id, "who found it, not who approved it"
    status = aid.status_on(here, local_day(house.now))
    assert status is not None
    assert (status.category, status.start_on) == ("illness-poverty", local_day(house.now))


def test_who_is_found_not_to_be_in_need_gets_no_status(house: House) -> None:
    person(origin("luanzhou"), 1)
    view = house.act(house.act(to_review(house), "ineligible"), "inform")
    assert view.outcome == "refused"
    assert not MeansCheck.objects.exists()
    assert not AidStatus.objects.exists()


def test_an_objection_brings_a_new_finding(house: House) -> None:
    person(origin("luanzhou"), 1)
    view = house.act(published(house, hardship(house)), "object", reason="有房产未报")
    assert view.step == "finding"
    view = published(house, view, household_property="350000.00")
    view = house.act(house.act(fired(house, view), "report"), "approve")
    assert MeansCheck.objects.get(case=view.id).property_fen == 35000000


def test_an_approval_that_was_reopened_keeps_one_finding(house: House) -> None:
    person(origin("luanzhou"), 1)
    view = house.act(house.act(to_review(house), "approve"), "request")
    view = house.act(house.tell(view, "fiscal-answer", "declined"), "reopen")
    view = house.act(view, "approve")
    assert MeansCheck.objects.count() == AidStatus.objects.count() == 1


def test_whoever_is_poor_by_income_is_not_checked_again(house: House) -> None:
    person(origin("luanzhou"), 1)
    view = house.act(house.act(hardship(house, hardship="income"), "report"), "report")
    assert house.act(view, "approve").step == "fund-request"
    assert not MeansCheck.objects.exists()


@pytest.mark.parametrize(
    ("need", "value", "match"),
    [
        ("household_people", "0", "家庭人口填写有误：应为1至99人"),
        ("household_people", "三", "应为1至99人"),
        ("household_income", "-1", "家庭年收入填写有误"),
        ("household_authorised_on", None, "请填写家庭经济状况核查授权日期"),
    ],
)
def test_a_finding_says_everything(house: House, need: str, value: object, match: str) -> None:
    view = hardship(house)
    with pytest.raises(Exception, match=match):
        house.act(view, "publish", actor=VILLAGE, **{need: value})


def test_what_was_found_of_a_household_is_sealed(house: House) -> None:
    view = published(house, hardship(house), household_income="21600.00")
    event = view.seq
    from jingban.cases.models import CaseEvent, CasePayload

    assert "21600" not in str(CaseEvent.objects.get(case=view.id, seq=event).data)
    assert "household_income" in CasePayload.objects.get(case=view.id, seq=event).body


def test_a_reviewer_does_not_decide_for_kin(house: House) -> None:
    here = person(origin("luanzhou"), 1)
    persons.add_kin(origin("luanzhou"), here, name="试验", relation="sibling", number=new_number(8))
    user = User.objects.create(username="reviewer")
    digest = persons.number_digest("01", new_number(8))
    identity.bind(user.pk, name="试验", source="试验", at=at("2026-01-01 09:00"), digest=digest)
    view = to_review(house)
    with pytest.raises(ConflictOfInterest, match="亲属"):
        house.act(view, "approve", actor=Actor(user.pk, "审核", held=(Held("reviewer", "luanzhou", ""),)))
    assert house.act(view, "approve").step == "fund-request"


def test_nobody_finds_out_the_own_means(house: House) -> None:
    """单位 may issue the finding; whoever applied holds that role in the own case, and is kept from it."""
    view = hardship(house)
    with pytest.raises(ConflictOfInterest, match="您提出（或代办）的申请，请回避"):
        house.act(view, "publish", actor=house.applicant)
    assert published(house, view).step == "notice"


def test_without_a_finding_there_is_nothing_to_recognise() -> None:
    person(origin("luanzhou"), 1)
    with pytest.raises(AidRefused, match="还没有核查"):
        run_effects(
            ["registry.recognise_hardship"], work(AID, who(1), case_id=0, facts={"hardship": "expense"})
        )
