"""Units' entries as cases in all regions: each ends with its real result in the register."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal

import pytest

from jingban.access.models import User
from jingban.cases import forms
from jingban.cases.materials import checklist, required_of
from jingban.cases.view import CaseView
from jingban.core.localtime import SHANGHAI
from jingban.processes.effects import REGISTRY
from jingban.processes.state import SYSTEM
from jingban.registry import certificates, enrolments, levies, unit_events, units
from jingban.registry.changes import of_case
from jingban.registry.errors import NotYours, RegistryError
from jingban.registry.models import Change, Enrolment, Issued, Levy, Roster, Unit
from jingban.registry.preview import preview
from jingban.registry.sealing import unsealed
from jingban.rulebook.cache import effective_item
from tests.houses import House, forget_versions
from tests.registry.factories import (
    DAY,
    credit_code,
    instant,
    new_name,
    new_number,
    origin,
    person,
    tax_says,
    unit,
    who,
    work,
)

pytestmark = pytest.mark.django_db(databases=["default", "audit"])

REGIONS = ["bazhou", "luanzhou", "puyang", "qinhuangdao", "xingtai"]
F03 = ["luanzhou", "xingtai"]
"""The regions whose employees' case ends with the levy slip."""
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
HEAD = {
    "unit_name": "试验第1有限公司",
    "credit_code": credit_code(1),
    "operator_name": "试经办",
    "phone": "01000000000",
}
NEW_UNIT = {
    **HEAD,
    "unit_kind": "enterprise",
    "legal_representative": "试甲",
    "legal_representative_id_number": new_number(900),
    "from_date": "2026-03-01",
    "unit_address": "试验路1号",
}
MARCH = date(2026, 3, 1)


@pytest.fixture(autouse=True)
def _versions_of_this_test() -> Iterator[None]:
    forget_versions()
    yield
    forget_versions()


@pytest.fixture
def house(db: None) -> House:
    return House(now=NOW)


def _to_the_end(house: House, view: CaseView) -> CaseView:
    """Along the main road: the first act of every step."""
    for _ in range(9):
        if view.state.outcome:
            return view
        step = house.procedure(view).process.steps[view.step]
        view = house.act(view, next(iter(step.do)))
    raise AssertionError(view.step)


def _case(house: House, region: str, item: str, answers: Mapping[str, str]) -> CaseView:
    return _to_the_end(house, house.apply((region, "agency", item), answers=answers))


def _employee(at: Unit, n: int = 1, start_on: date = date(2026, 1, 1)) -> Enrolment:
    o = origin(at.region)
    return enrolments.enrol(
        o, person(o, n), insurance="310", kind="1101", start_on=start_on, unit=at, wage=Decimal(6000)
    )


# the entries as cases


@pytest.mark.parametrize("region", REGIONS)
def test_a_unit_is_enrolled_changed_and_asked_about(house: House, region: str) -> None:
    enrolled = _case(house, region, "unit-enrolment", NEW_UNIT)
    assert enrolled.state.outcome == "granted"
    made = units.required(region, credit_code(1))
    assert (made.name, made.kind, made.start_on, made.address) == (
        HEAD["unit_name"],
        "enterprise",
        MARCH,
        "试验路1号",
    )
    assert (made.phone, made.contact) == ("01000000000", "试经办")
    assert unsealed(made, "legal_representative_number") == new_number(900)
    assert {c.register for c in of_case(enrolled.id)} == {"unit", "unitoperator"}
    assert units.may_act(house.applicant.id, made, DAY, "declare")

    renamed = {**HEAD, "unit_operation": "change", "new_unit_name": "更名有限公司", "from_date": "2026-03-02"}
    changed = _case(house, region, "unit-info-change", renamed)
    assert changed.state.outcome == "granted"
    assert [(c.field, c.before, c.after) for c in of_case(changed.id)] == [
        ("name", HEAD["unit_name"], "更名有限公司")
    ]
    made.refresh_from_db()
    assert (units.as_of(made, MARCH) or {})["name"] == HEAD["unit_name"]
    assert (units.as_of(made, DAY) or {})["name"] == "更名有限公司"

    asked = _case(house, region, "unit-enrolment-query", {**HEAD, "unit_name": "更名有限公司"})
    assert asked.state.outcome == "granted"
    (issued,) = Issued.objects.filter(case=asked.id)
    assert certificates.read(issued)["unit"]["name"] == "更名有限公司"


@pytest.mark.parametrize("region", F03)
def test_the_employees_case_ends_with_the_levy(house: House, region: str) -> None:
    at = unit(origin(region))
    units.name_operator(origin(region), at, house.applicant.id)
    answers = {
        **who(1), "employee_operation": "add", "unit_credit_code": at.credit_code, "from_date": "2026-03-01",
        "monthly_wage": "6000.00",
    }  # fmt: skip
    first = _case(house, region, "employee-enrolment", answers)
    assert first.state.outcome == "granted"
    (levy,) = levies.arrears(at)
    assert (levy.case, levy.start_on, levy.headcount, levy.due_fen) == (first.id, MARCH, 1, 60_000)
    second = _case(house, region, "employee-enrolment", {**answers, **who(2)})
    assert [(x.case, x.headcount) for x in levies.arrears(at)] == [(second.id, 2)]
    assert Levy.objects.get(pk=levy.pk).status == "void"
    pause = {**answers, "employee_operation": "suspend", "monthly_wage": ""}
    for n in (1, 2):
        assert _case(house, region, "employee-enrolment", {**pause, **who(n)}).state.outcome == "granted"
    assert levies.arrears(at) == [], "nobody is left to levy, and the case ended all the same"


@pytest.mark.parametrize("region", F03)
def test_a_flexible_workers_case_ends_with_an_own_levy(house: House, region: str) -> None:
    answers = {**who(1), "employee_operation": "add", "from_date": "2026-03-01", "monthly_wage": "5000.00"}
    view = _case(house, region, "employee-enrolment", answers)
    (levy,) = Levy.objects.all()
    assert (levy.case, levy.unit, levy.person_fen) == (view.id, None, 40_000)
    assert levy.person is not None
    assert levy.person.name == new_name(1)


def test_a_refused_act_leaves_the_case_where_it_was(house: House) -> None:
    unit(origin("puyang"))
    view = house.act(house.apply(("puyang", "agency", "unit-enrolment"), answers=NEW_UNIT), "accept")
    with pytest.raises(units.CodeTaken):
        house.act(view, "approve")
    assert house.fresh(view) == view
    assert not Change.objects.filter(case=view.id).exists()


# key information (summary 6, rule 7): proof is asked only where the region's guide asks it

PROOF = "unit-key-info-proof"
ASKED = {"xingtai": True, "puyang": True, "qinhuangdao": False, "bazhou": False, "luanzhou": False}


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize(
    ("said", "is_key"),
    [
        ({"new_unit_name": "更名有限公司"}, True),
        ({"new_credit_code": credit_code(2)}, True),
        ({"new_legal_representative": "试乙"}, True),
        ({"new_unit_phone": "01000000001"}, False),
        ({"new_unit_address": "新街2号", "new_operator_name": "试丙"}, False),
    ],
)
def test_proof_is_asked_for_key_information_where_the_region_asks_it(
    region: str, said: dict[str, str], is_key: bool
) -> None:
    item = effective_item(region, "agency", "unit-info-change")
    situations = forms.implied_situations(item, {**HEAD, "unit_operation": "change", **said})
    assert (PROOF in required_of(item, situations, "window")) == (is_key and ASKED[region])
    listed = {slot.key for slot in checklist(item, situations, "window")}
    assert (PROOF in listed) == (is_key and (ASKED[region] or region == "qinhuangdao")), (
        "可要求: may be asked"
    )


# the effects by themselves

CHANGE = ("puyang", "agency", "unit-info-change")
QUERY = ("puyang", "agency", "unit-enrolment-query")
LEVY = ("xingtai", "agency", "employee-enrolment")


def _change(**said: str) -> None:
    REGISTRY["registry.change_unit"](work(CHANGE, {**HEAD, **said}))


def test_every_operation_of_the_form_has_its_result() -> None:
    o = origin()
    one, two, three = (unit(o, n) for n in (1, 2, 3))
    spell = _employee(one)
    _change(unit_operation="branch", other_credit_code=two.credit_code)
    assert unit_events.parent_of(two) == one
    _change(unit_operation="split", other_credit_code=three.credit_code)
    assert three.links.get().other == one
    enrolments.suspend(o, spell.person, date(2026, 2, 1))
    _change(unit_operation="suspend", from_date="2026-02-10")
    _change(unit_operation="resume", from_date="2026-02-20")
    _change(unit_operation="merge", other_credit_code=two.credit_code)
    assert enrolments.required_on(spell.person, DAY).unit == two
    assert Unit.objects.get(pk=one.pk).end_on == date(2026, 3, 1)
    with pytest.raises(units.UnitEnded):
        _change(unit_operation="deregister")


def test_the_end_of_a_unit_is_its_last_day() -> None:
    unit(origin())
    _change(unit_operation="deregister", from_date="2026-02-27")
    assert Unit.objects.get().end_on == date(2026, 2, 27)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"unit_operation": "change"}, "至少填写一项"),
        ({"unit_operation": "suspend", "new_unit_phone": "01000000001"}, "分两次办理"),
        ({"unit_operation": "merge"}, "要填写另一方的统一社会信用代码"),
        ({"unit_operation": "branch", "other_credit_code": credit_code(9)}, "没有这个统一社会信用代码的单位"),
        (
            {"unit_operation": "change", "unit_name": "别家", "new_unit_phone": "01000000001"},
            "与填写的名称不同",
        ),
        ({"unit_operation": "change", "new_credit_code": credit_code(2)}, "已经有单位登记在册"),
    ],
)
def test_what_a_form_cannot_mean_is_said(said: dict[str, str], words: str) -> None:
    unit(origin(), 1)
    unit(origin(), 2)
    before = Change.objects.count()
    with pytest.raises(RegistryError, match=words):
        _change(**said)
    assert Change.objects.count() == before


def test_a_name_may_be_written_with_other_brackets() -> None:
    unit(origin(), 1, name="试验（一）有限公司")
    _change(unit_operation="change", unit_name="试验(一) 有限公司", new_unit_phone="01000000001")
    assert Unit.objects.get().phone == "01000000001"


def test_the_change_is_shown_before_it_is_made() -> None:
    unit(origin(), 1)
    shown = preview(work(CHANGE, {**HEAD, "unit_operation": "change", "new_unit_phone": "01000000001"}))
    assert [(c.field, c.before, c.after) for c in shown.changes] == [("phone", "", "01000000001")]
    assert (Unit.objects.get().phone, Change.objects.count()) == ("", 0)
    refused = preview(work(CHANGE, {**HEAD, "unit_operation": "resume"}))
    assert (refused.is_possible, refused.code) == (False, "nothing_changes")


@pytest.mark.parametrize("region", REGIONS)
def test_the_kind_of_a_unit_is_changed_on_proof_as_key_information(house: House, region: str) -> None:
    """统一社会信用代码、单位名称、法定代表人、单位类型 are key information (Puyang, unit-info-change)."""
    one = unit(origin(region))
    units.name_operator(origin(region), one, house.applicant.id)
    said = {**HEAD, "unit_operation": "change", "new_unit_kind": "other", "from_date": "2026-03-02"}
    view = _case(house, region, "unit-info-change", said)
    assert "key-info-change" in view.state.situations
    one.refresh_from_db()
    assert (view.state.outcome, one.kind) == ("granted", "other")
    assert [(c.field, c.before, c.after) for c in of_case(view.id)] == [("kind", "enterprise", "other")]


# who may


@pytest.fixture
def account() -> int:
    return User.objects.create(username="clerk", name="试经办").pk


def _ask(**rest: object) -> None:
    REGISTRY["registry.answer_unit_query"](work(QUERY, HEAD, **rest))  # type: ignore[arg-type]


def test_an_account_asks_only_for_the_unit_that_named_it(account: int) -> None:
    one = unit(origin())
    with pytest.raises(NotYours, match="没有登记为试验第1有限公司的经办人"):
        _ask(channel="online", applicant=account, actor=SYSTEM)
    units.name_operator(origin(), one, account, may_query=False)
    with pytest.raises(NotYours):
        _ask(channel="online", applicant=account, actor=SYSTEM)
    units.dismiss_operator(origin(), one, account, DAY)
    units.name_operator(origin(day=date(2026, 3, 3)), one, account, may_declare=False)
    with pytest.raises(NotYours):
        _ask(channel="online", applicant=account, actor=SYSTEM)  # the right begins tomorrow
    _ask(channel="online", applicant=account, actor=SYSTEM, day=date(2026, 3, 3))
    assert Issued.objects.count() == 1


@pytest.mark.parametrize("channel", ["kiosk", "app", "online"])
def test_nobody_asks_without_an_account_at_a_machine(channel: str) -> None:
    unit(origin())
    with pytest.raises(NotYours):
        _ask(channel=channel, actor=SYSTEM)


def test_staff_answer_whoever_stands_at_the_counter(account: int) -> None:
    unit(origin())
    _ask(channel="window")
    assert Issued.objects.count() == 1
    with pytest.raises(NotYours):
        _ask(channel="window", applicant=account)
    with pytest.raises(NotYours):
        _ask(channel="window", applicant=account, actor=account)


def test_only_who_may_declare_changes_a_unit_online(account: int) -> None:
    one = unit(origin())
    said = {**HEAD, "unit_operation": "change", "new_unit_phone": "01000000001"}
    units.name_operator(origin(), one, account, may_declare=False)
    with pytest.raises(NotYours):
        REGISTRY["registry.change_unit"](work(CHANGE, said, channel="online", applicant=account))
    units.name_operator(origin(day=date(2026, 3, 3)), one, account)
    later = work(CHANGE, said, channel="online", applicant=account, day=date(2026, 3, 3))
    REGISTRY["registry.change_unit"](later)
    assert Unit.objects.get().phone == "01000000001"


# what is issued


def test_the_extract_says_people_months_and_arrears() -> None:
    o, one = origin(), unit(origin())
    people = [_employee(one, n).person for n in (1, 2, 3)]
    january = levies.issue_for_unit(o, one, date(2026, 1, 1))
    tax_says(o, january.number, paid_on=date(2026, 2, 3), message="t1")
    enrolments.suspend(o, people[2], date(2026, 2, 1))
    february = levies.issue_for_unit(o, one, date(2026, 2, 1))
    _ask()
    issued = Issued.objects.get()
    assert (issued.kind, issued.unit, issued.person) == ("unit-extract", one.pk, None)
    assert issued.number.startswith("DW410928-20260302-")
    assert credit_code(1).encode() not in bytes(issued.body), "sealed"
    body = certificates.read(issued)
    assert body["headcount"] == {"active": 2, "suspended": 1}
    assert body["months"] == [
        {
            "month": "2026-01",
            "number": january.number,
            "headcount": 3,
            "amount": "1800.00",
            "figures": "示例值",
            "paid_on": "2026-02-03",
        }
    ]
    assert body["arrears"] == [
        {
            "month": "2026-02",
            "number": february.number,
            "headcount": 2,
            "amount": "1200.00",
            "figures": "示例值",
        }
    ]
    assert body["arrears_total"] == "1200.00"


# the levy of a case


def _levy(day: date = DAY, **said: str) -> None:
    REGISTRY["registry.levy"](work(LEVY, {**who(1), "employee_operation": "add", **said}, day=day))


def test_the_levy_is_of_the_month_from_which_the_case_counts() -> None:
    at = unit(origin("xingtai"))
    _employee(at)
    _levy(unit_credit_code=at.credit_code, from_date="2026-02-20")
    assert [levy.start_on for levy in levies.arrears(at)] == [date(2026, 2, 1)]
    _levy(unit_credit_code=at.credit_code, from_date="2026-07-01")
    assert len(levies.arrears(at)) == 1, "July is not levied in March"


def test_only_who_may_declare_asks_for_a_levy_online(account: int) -> None:
    at = unit(origin("xingtai"))
    _employee(at)
    units.name_operator(origin("xingtai"), at, account, may_declare=False)
    said = {
        **who(1),
        "employee_operation": "add",
        "from_date": "2026-02-20",
        "unit_credit_code": at.credit_code,
    }
    run = work(LEVY, said, channel="online", applicant=account)
    with pytest.raises(NotYours, match="没有申报的权限"):
        REGISTRY["registry.levy"](run)
    assert levies.arrears(at) == []
    units.dismiss_operator(origin("xingtai"), at, account, DAY)
    units.name_operator(origin("xingtai", date(2026, 3, 3)), at, account, start_on=date(2026, 3, 3))
    REGISTRY["registry.levy"](work(LEVY, said, channel="online", applicant=account, day=date(2026, 3, 3)))
    assert len(levies.arrears(at)) == 1


def test_a_paid_month_does_not_stop_the_case() -> None:
    at = unit(origin("xingtai"))
    _employee(at)
    _levy(unit_credit_code=at.credit_code, from_date="2026-02-01")
    (levy,) = levies.arrears(at)
    tax_says(origin("xingtai"), levy.number, paid_on=DAY, message="t1")
    _levy(unit_credit_code=at.credit_code, from_date="2026-02-01")
    assert Levy.objects.get().status == "paid"


def test_a_rosters_case_levies_the_rosters_unit() -> None:
    at = unit(origin("xingtai"))
    _employee(at, 5)
    roster = Roster.objects.create(
        region="xingtai",
        kind="unit",
        holder=at.credit_code,
        digest=b"x",
        name="r",
        actor=1,
        uploaded_at=instant(DAY),
    )
    _levy(roster=str(roster.pk), from_date="2026-03-01")
    assert [levy.headcount for levy in levies.arrears(at)] == [1]
    with pytest.raises(RegistryError, match="没有这个编号的单位职工名册"):
        _levy(roster="999999")


def test_a_unit_that_nobody_knows_is_not_levied() -> None:
    with pytest.raises(units.UnitNotFound):
        _levy(unit_credit_code=credit_code(8), from_date="2026-03-01")
