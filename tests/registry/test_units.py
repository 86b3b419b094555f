"""The register of units: what it says, what it refuses, and what befalls units and their people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from jingban.access.models import User
from jingban.registry import contributions, enrolments, levies, unit_events, units
from jingban.registry.changes import opened
from jingban.registry.errors import NothingChanges, RegistryError
from jingban.registry.models import Change, Enrolment, Source, Unit, UnitOperator
from jingban.registry.origin import Origin
from jingban.registry.sealing import unsealed
from tests.registry.factories import DAY, credit_code, new_number, origin, person, tax_says, unit

pytestmark = pytest.mark.django_db

FOUNDED = date(2020, 5, 1)


def _new(n: int = 1, **rest: object) -> units.NewUnit:
    said = {
        "credit_code": credit_code(n),
        "name": f"试验第{n}有限公司",
        "kind": "enterprise",
        "legal_representative": "试甲",
        "start_on": FOUNDED,
    }
    return units.NewUnit(**{**said, **rest})  # type: ignore[arg-type]


def _employee(o: Origin, at: Unit, n: int = 1, start_on: date = date(2026, 1, 1)) -> Enrolment:
    return enrolments.enrol(
        o, person(o, n), insurance="310", kind="1101", start_on=start_on, unit=at, wage=Decimal(6000)
    )


# registering


def test_a_registered_unit_is_found_by_its_code_and_its_making_is_on_record() -> None:
    o = origin(case=5, source=Source.SHARED)
    made = units.register(o, _new(phone="0315-1234567", legal_representative_number=new_number(7)))
    assert units.find("puyang", credit_code(1)) == made
    assert units.find("luanzhou", credit_code(1)) is None, "one region, one register"
    assert (made.status, made.start_on, made.phone) == ("1", FOUNDED, "0315-1234567")
    assert unsealed(made, "legal_representative_number") == new_number(7)
    (row,) = Change.objects.filter(unit=made.pk)
    change = opened(row)
    assert (change.register, change.field, change.source, change.case) == ("unit", "", "shared", 5)
    assert change.after["credit_code"] == credit_code(1)
    assert change.valid_from == FOUNDED


def test_a_code_in_force_is_one_units_only() -> None:
    units.register(origin(), _new())
    with pytest.raises(units.CodeTaken, match="已经有单位登记在册"):
        units.register(origin(), _new(name="另一家"))
    units.register(origin("luanzhou"), _new())


def test_of_two_registrations_in_one_moment_the_second_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    units.register(origin(), _new())
    monkeypatch.setattr(units, "_code_free", lambda *args: None)
    with pytest.raises(units.CodeTaken):
        units.register(origin(), _new())
    assert Unit.objects.count() == 1


def test_the_code_of_an_ended_unit_can_be_used_after_its_last_day() -> None:
    o, old = origin(), units.register(origin(), _new())
    unit_events.deregister(o, old, date(2026, 2, 10))
    with pytest.raises(units.UnitEnded, match="2026年2月10日注销"):
        units.required("puyang", credit_code(1))
    with pytest.raises(units.CodeTaken, match="在起始日期还属于"):
        units.register(o, _new(start_on=date(2026, 2, 10)))
    new = units.register(o, _new(start_on=date(2026, 2, 11)))
    assert units.find("puyang", credit_code(1)) == new


def test_a_unit_does_not_begin_tomorrow_nor_above_itself() -> None:
    with pytest.raises(units.UnitWrong, match="不能晚于今天"):
        units.register(origin(), _new(start_on=date(2026, 3, 3)))
    with pytest.raises(units.UnitWrong, match="自己的上级"):
        units.register(origin(), _new(parent_code=credit_code(1)))
    assert not Unit.objects.exists()


def test_an_unknown_code_says_what_to_do() -> None:
    with pytest.raises(units.UnitNotFound, match="请核对代码，或先办理单位参保登记"):
        units.required("puyang", credit_code(9))


# changing, and reading as of a day


def test_a_change_is_recorded_field_by_field_and_read_as_of_a_day() -> None:
    made = units.register(origin(), _new(address="老街1号"))
    units.change(origin(), made, {"name": "新名有限公司", "address": "新街2号"}, date(2026, 2, 1))
    rows = [opened(r) for r in Change.objects.filter(unit=made.pk).exclude(field="").order_by("id")]
    assert [(c.field, c.before, c.after) for c in rows] == [
        ("name", "试验第1有限公司", "新名有限公司"),
        ("address", "老街1号", "新街2号"),
    ]
    assert {c.valid_from for c in rows} == {date(2026, 2, 1)}
    before, after = units.as_of(made, date(2026, 1, 31)), units.as_of(made, date(2026, 2, 1))
    assert before is not None
    assert after is not None
    assert (before["name"], before["address"], before["phone"]) == ("试验第1有限公司", "老街1号", "")
    assert (after["name"], after["address"]) == ("新名有限公司", "新街2号")
    assert units.as_of(made, date(2020, 4, 30)) is None


def test_only_what_differs_is_changed() -> None:
    made = units.register(origin(), _new(address="老街1号"))
    with pytest.raises(NothingChanges):
        units.change(origin(), made, {"name": made.name, "address": "老街1号"}, DAY)
    units.change(origin(), made, {"name": made.name, "phone": "0315-7654321"}, DAY)
    assert list(Change.objects.filter(unit=made.pk).exclude(field="").values_list("field", flat=True)) == [
        "phone"
    ]


def test_a_new_code_must_be_free_and_the_old_one_is_let_go() -> None:
    made, _ = units.register(origin(), _new(1)), units.register(origin(), _new(2))
    with pytest.raises(units.CodeTaken):
        units.change(origin(), made, {"credit_code": credit_code(2)}, DAY)
    units.change(origin(), made, {"credit_code": credit_code(3)}, DAY)
    assert units.find("puyang", credit_code(3)) == made
    assert units.find("puyang", credit_code(1)) is None


def test_a_new_representative_does_not_keep_the_number_of_the_old() -> None:
    made = units.register(origin(), _new(legal_representative_number=new_number(7)))
    units.change(origin(), made, {"legal_representative": "试乙"}, DAY)
    assert unsealed(Unit.objects.get(pk=made.pk), "legal_representative_number") == ""
    fields = {"legal_representative": "试丙", "legal_representative_number": new_number(8)}
    units.change(origin(), made, fields, DAY)
    assert unsealed(Unit.objects.get(pk=made.pk), "legal_representative_number") == new_number(8)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 3, 3), "不能晚于今天"),
        (date(2020, 4, 30), "不能早于单位的参保日期2020年5月1日"),
        (date(2026, 1, 31), "在2026年2月1日已经变更过"),
    ],
)
def test_a_change_begins_on_a_possible_day(day: date, words: str) -> None:
    made = units.register(origin(), _new())
    units.change(origin(), made, {"name": "新名有限公司"}, date(2026, 2, 1))
    with pytest.raises(units.UnitWrong, match=words):
        units.change(origin(), made, {"name": "更新的名字"}, day)
    if day == date(2026, 1, 31):
        units.change(origin(), made, {"phone": "0315-1234567"}, day)


# branches, splits, mergers


def test_a_branch_names_its_parent_here_or_elsewhere() -> None:
    o, parent = origin(), unit(origin(), 1)
    here = unit_events.register(o, _new(2, parent_code=credit_code(1)))
    elsewhere = unit_events.register(o, _new(3, parent_code=credit_code(99)))
    assert unit_events.parent_of(here) == parent
    assert unit_events.parent_of(elsewhere) is None
    assert elsewhere.parent_code == credit_code(99)


def test_a_branch_can_get_another_parent_and_the_old_one_back() -> None:
    o, first, second, child = origin(), unit(origin(), 1), unit(origin(), 2), unit(origin(), 3)
    unit_events.branch(o, child, first, date(2026, 1, 1))
    with pytest.raises(NothingChanges):
        unit_events.branch(o, child, first, date(2026, 1, 2))
    unit_events.branch(o, child, second, date(2026, 2, 1))
    assert unit_events.parent_of(child) == second
    unit_events.branch(o, child, first, date(2026, 3, 1))
    assert unit_events.parent_of(child) == first
    assert Unit.objects.get(pk=child.pk).parent_code == first.credit_code


def test_branches_make_no_circle() -> None:
    o, top, middle, low = origin(), unit(origin(), 1), unit(origin(), 2), unit(origin(), 3)
    unit_events.branch(o, middle, top, DAY)
    unit_events.branch(o, low, middle, DAY)
    for above in (middle, low):
        with pytest.raises(units.UnitWrong, match="不能互为上下级"):
            unit_events.branch(o, top, above, DAY)


@pytest.mark.parametrize("act", [unit_events.branch, unit_events.split, unit_events.merge])
def test_a_unit_is_not_linked_to_itself(act: Callable[..., object]) -> None:
    one = unit(origin())
    with pytest.raises(units.UnitWrong, match="同一个单位"):
        act(origin(), one, Unit.objects.get(pk=one.pk), DAY)


def test_a_split_is_noted_once_and_moves_nobody() -> None:
    o, old, new = origin(), unit(origin(), 1), unit(origin(), 2)
    spell = _employee(o, old)
    unit_events.split(o, old, new, DAY)
    assert [(link.other, link.kind) for link in new.links.all()] == [(old, "split")]
    assert Enrolment.objects.get(pk=spell.pk).unit == old
    with pytest.raises(NothingChanges):
        unit_events.split(o, old, new, DAY)
    with pytest.raises(units.UnitWrong, match="不能反过来"):
        unit_events.split(o, new, old, DAY)


def test_a_merger_takes_the_people_along_without_a_days_gap() -> None:
    o, old, into = origin(), unit(origin(), 1), unit(origin(), 2)
    active, paused = _employee(o, old, 1), _employee(o, old, 2)
    enrolments.suspend(o, paused.person, date(2026, 2, 1))
    left = _employee(o, old, 3)
    enrolments.end(o, left.person, date(2026, 2, 15), "quit")
    contributions.add(
        o,
        active.person,
        insurance="310",
        first=date(2026, 1, 1),
        last=date(2026, 1, 1),
        unit=old,
        place="410928",
    )
    assert unit_events.merge(o, old, into, DAY) == 2
    old.refresh_from_db()
    assert (old.status, old.end_on) == ("4", date(2026, 3, 1))
    for n, (who, standing) in enumerate([(active.person, "1"), (paused.person, "2")]):
        before, after = enrolments.on(who, date(2026, 3, 1)), enrolments.on(who, DAY)
        assert before is not None
        assert after is not None, n
        assert (before.unit, after.unit, after.standing) == (old, into, standing)
        assert (after.kind, after.wage_fen, after.end_on) == ("1101", 600_000, None)
    assert enrolments.on(left.person, DAY) is None
    assert [run.unit for run in contributions.spans(active.person)] == [old], "months stay with who paid them"
    assert [(link.other, link.kind) for link in old.links.all()] == [(into, "merged")]


def test_a_merger_waits_until_the_arrears_are_paid() -> None:
    o, old, into = origin(), unit(origin(), 1), unit(origin(), 2)
    spell = _employee(o, old)
    levy = levies.issue_for_unit(o, old, date(2026, 2, 1))
    with pytest.raises(units.UnitNotClear, match=r"还不能合并：尚欠2026年2月600\.00元，共600\.00元"):
        unit_events.merge(o, old, into, DAY)
    assert Enrolment.objects.get(pk=spell.pk).unit == old
    tax_says(o, levy.number, paid_on=DAY, message="t1")
    assert unit_events.merge(o, old, into, DAY) == 1


def test_a_suspended_unit_takes_nobody_over() -> None:
    o, old, into = origin(), unit(origin(), 1), unit(origin(), 2)
    _employee(o, old)
    unit_events.suspend(o, into, DAY)
    with pytest.raises(units.UnitWrong, match="正在停缴，不能接收职工"):
        unit_events.merge(o, old, into, DAY)


def test_a_merger_does_not_pass_over_somebody_who_begins_later() -> None:
    o, old, into = origin(), unit(origin(), 1), unit(origin(), 2)
    _employee(o, old, start_on=date(2026, 2, 20))
    with pytest.raises(units.UnitWrong, match="有1名职工的参保从合并日期以后开始"):
        unit_events.merge(o, old, into, date(2026, 2, 10))
    with pytest.raises(units.UnitWrong, match="应在单位参保日期之后"):
        unit_events.merge(o, old, into, old.start_on)


# suspending and ending


def test_a_unit_is_suspended_only_when_nobody_in_service_is_insured() -> None:
    o, one = origin(), unit(origin())
    spells = [_employee(o, one, n) for n in (1, 2)]
    with pytest.raises(units.UnitNotClear, match="还有2名在职职工正常参保，单位不能停缴"):
        unit_events.suspend(o, one, DAY)
    assert {s.standing for s in Enrolment.objects.all()} == {"1"}, "nobody is stopped silently"
    enrolments.suspend(o, spells[0].person, date(2026, 2, 1))
    enrolments.end(o, spells[1].person, date(2026, 3, 1), "quit")
    unit_events.suspend(o, one, DAY)
    assert Unit.objects.get(pk=one.pk).status == "2"
    assert enrolments.required_on(spells[0].person, DAY).standing == "2"
    with pytest.raises(NothingChanges):
        unit_events.suspend(o, one, DAY)


def test_a_suspension_is_read_as_of_a_day_and_taken_back() -> None:
    one = units.register(origin(), _new())
    with pytest.raises(NothingChanges):
        unit_events.resume(origin(), one, DAY)
    unit_events.suspend(origin(), one, date(2026, 2, 1))
    with pytest.raises(units.UnitWrong, match="已经变更过"):
        unit_events.resume(origin(), one, date(2026, 1, 31))
    unit_events.resume(origin(), one, date(2026, 2, 10))
    days = (date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 9), date(2026, 2, 10))
    assert [(units.as_of(one, day) or {})["status"] for day in days] == ["1", "2", "2", "1"]


def test_a_unit_is_struck_off_when_all_is_paid_and_everybody_has_left() -> None:
    o, one = origin(), units.register(origin(), _new())
    spells = [_employee(o, one, n) for n in (1, 2)]
    enrolments.suspend(o, spells[1].person, date(2026, 3, 1))
    for month in (1, 2):
        levies.issue_for_unit(o, one, date(2026, month, 1))
    with pytest.raises(units.UnitNotClear) as told:
        unit_events.deregister(o, one, DAY)
    for words in (
        "2026年1月1,200.00元、2026年2月1,200.00元，共2,400.00元",
        "还有2名职工在本单位参保",
        "滞纳金",
    ):
        assert words in told.value.message
    assert told.value.details == {"months": ["2026-01", "2026-02"], "people": 2, "owed": 2}
    for spell in spells:
        enrolments.end(o, spell.person, DAY, "quit")
    with pytest.raises(units.UnitNotClear, match="尚欠"):
        unit_events.deregister(o, one, DAY)
    for levy in levies.arrears(one):
        tax_says(o, levy.number, paid_on=DAY, message=f"t{levy.pk}")
    unit_events.deregister(o, one, DAY)
    assert (one.status, one.end_on) == ("4", DAY)
    assert (units.as_of(one, DAY) or {})["status"] == "1", "the last day is a day of the unit"
    assert (units.as_of(one, date(2026, 3, 3)) or {})["status"] == "4"


def test_somebody_who_leaves_after_the_last_day_still_counts() -> None:
    o, one = origin(), unit(origin())
    enrolments.end(o, _employee(o, one).person, DAY, "quit")
    with pytest.raises(units.UnitNotClear, match="还有1名职工"):
        unit_events.deregister(o, one, date(2026, 3, 1))
    unit_events.deregister(o, one, DAY)


_OTHER = 2
_ACTS: dict[str, Callable[[Origin, Unit, Unit], object]] = {
    "change": lambda o, u, v: units.change(o, u, {"name": "新名"}, DAY),
    "branch": lambda o, u, v: unit_events.branch(o, u, v, DAY),
    "parent": lambda o, u, v: unit_events.branch(o, v, u, DAY),
    "split": lambda o, u, v: unit_events.split(o, u, v, DAY),
    "split-other": lambda o, u, v: unit_events.split(o, v, u, DAY),
    "merge": lambda o, u, v: unit_events.merge(o, u, v, DAY),
    "merge-into": lambda o, u, v: unit_events.merge(o, v, u, DAY),
    "suspend": lambda o, u, v: unit_events.suspend(o, u, DAY),
    "resume": lambda o, u, v: unit_events.resume(o, u, DAY),
    "deregister": lambda o, u, v: unit_events.deregister(o, u, DAY),
    "operator": lambda o, u, v: units.name_operator(o, u, 1),
    "levy": lambda o, u, v: levies.issue_for_unit(o, u, DAY),
}


@pytest.mark.parametrize("act", list(_ACTS.values()), ids=list(_ACTS))
def test_nothing_is_done_in_the_name_of_an_ended_unit(act: Callable[[Origin, Unit, Unit], object]) -> None:
    o, gone, other = origin(), unit(origin(), 1), unit(origin(), _OTHER)
    unit_events.deregister(o, Unit.objects.get(pk=gone.pk), DAY)
    before = Change.objects.count()
    with pytest.raises(units.UnitEnded, match="已于2026年3月2日注销，不能再办理"):
        act(o, gone, other)  # the object in hand does not know it yet
    assert Change.objects.count() == before


def test_another_regions_unit_is_out_of_reach() -> None:
    there = unit(origin("luanzhou"))
    with pytest.raises(units.UnitNotFound, match="另一个地区的登记册"):
        units.change(origin(), there, {"name": "新名"}, DAY)


def test_the_database_holds_one_unit_a_code_and_no_half_ended_one() -> None:
    one = unit(origin())
    with pytest.raises(IntegrityError), transaction.atomic():
        unit(origin())
    with pytest.raises(IntegrityError), transaction.atomic():
        Unit.objects.filter(pk=one.pk).update(status="4")
    with pytest.raises(IntegrityError), transaction.atomic():
        Unit.objects.filter(pk=one.pk).update(end_on=DAY)


# who acts for a unit


@pytest.fixture
def clerk() -> int:
    return User.objects.create(username="clerk", name="试经办").pk


def test_an_operator_has_rights_for_a_period(clerk: int) -> None:
    one, other = unit(origin(), 1), unit(origin(), 2)
    units.name_operator(origin(), one, clerk, start_on=date(2026, 2, 1), may_declare=False)
    assert not units.may_act(clerk, one, date(2026, 1, 31), "query")
    assert units.may_act(clerk, one, date(2026, 2, 1), "query")
    assert not units.may_act(clerk, one, date(2026, 2, 1), "declare")
    assert not units.may_act(clerk, other, DAY, "query")
    units.dismiss_operator(origin(), one, clerk, date(2026, 2, 20))
    assert units.may_act(clerk, one, date(2026, 2, 20), "query")
    assert not units.may_act(clerk, one, date(2026, 2, 21), "query")
    assert [row.user_id for row in units.operators(one, date(2026, 2, 5))] == [clerk]
    assert units.operators(one, DAY) == []
    fields = list(
        Change.objects.filter(register="unitoperator").order_by("id").values_list("field", flat=True)
    )
    assert fields == ["", "end_on"]


def test_other_rights_take_the_place_of_the_ones_held(clerk: int) -> None:
    one = unit(origin())
    first = units.name_operator(origin(), one, clerk, start_on=date(2026, 2, 1))
    assert units.name_operator(origin(), one, clerk) == first, "the same again changes nothing"
    units.name_operator(origin(), one, clerk, may_declare=False)
    assert units.may_act(clerk, one, date(2026, 3, 1), "declare")
    assert not units.may_act(clerk, one, DAY, "declare")
    assert UnitOperator.objects.count() == 2
    with pytest.raises(units.UnitWrong, match="今天刚登记过"):
        units.name_operator(origin(), one, clerk)
    with pytest.raises(units.UnitWrong, match="至少选择"):
        units.name_operator(origin(), one, clerk, may_declare=False, may_query=False)


def test_nobody_is_dismissed_twice_and_an_ended_unit_has_no_operators(clerk: int) -> None:
    one = unit(origin())
    with pytest.raises(NothingChanges):
        units.dismiss_operator(origin(), one, clerk, DAY)
    units.name_operator(origin(), one, clerk)
    unit_events.deregister(origin(), one, DAY)
    assert units.may_act(clerk, one, DAY, "query")
    assert not units.may_act(clerk, one, date(2026, 3, 3), "query")


def test_every_refusal_is_the_registers_own() -> None:
    for error in (units.UnitNotFound, units.CodeTaken, units.UnitEnded, units.UnitWrong, units.UnitNotClear):
        assert issubclass(error, RegistryError)
        assert error.code.startswith(("unit_", "credit_"))
