"""Conditions and exclusions as facts fulfil them: the day before, the day, the day after."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from jingban.rulebook.effective import EffectiveItem
from jingban.rulebook.eligibility import Event, evaluate, is_open, last_day
from jingban.rulebook.schema import Condition, Exclusion, Period

Entries = dict[str, EffectiveItem]


def condition(kind: str, **more: Any) -> Condition:
    return Condition.model_validate({"id": "c", "kind": kind, "subject": "institution", "text": "条件", **more})


def exclusion(kind: str, **more: Any) -> Exclusion:
    return Exclusion.model_validate({"id": "e", "kind": kind, "subject": "institution", "text": "情形", **more})


def verdict(record: Condition | Exclusion, facts: dict[str, Any], on: date = date(2026, 3, 1)) -> str:
    return evaluate([record], facts, on)[0].result


@pytest.mark.parametrize(
    ("start", "period", "last"),
    [
        (date(2023, 3, 1), {"years": 3}, date(2026, 3, 1)),
        (date(2024, 2, 29), {"years": 1}, date(2025, 2, 28)),
        (date(2025, 11, 30), {"months": 3}, date(2026, 2, 28)),
        (date(2025, 12, 31), {"months": 2}, date(2026, 2, 28)),
        (date(2025, 10, 31), {"months": 1}, date(2025, 11, 30)),
        (date(2026, 2, 1), {"days": 28}, date(2026, 3, 1)),
        (date(2025, 1, 15), {"months": 12}, date(2026, 1, 15)),
    ],
)
def test_a_period_ends_on_the_corresponding_day(start: date, period: dict[str, int], last: date) -> None:
    assert last_day(start, Period(**period)) == last


@pytest.mark.parametrize(
    ("on", "result"),
    [(date(2026, 2, 28), "excluded"), (date(2026, 3, 1), "excluded"), (date(2026, 3, 2), "met")],
)
@pytest.mark.parametrize(
    ("kind", "years"),
    [("application_fraud", 3), ("terminated_violation", 3), ("terminated_breach", 1),
     ("responsible_person_terminated", 5)],
)
def test_three_years_from_the_discovery(kind: str, years: int, on: date, result: str) -> None:
    record = exclusion(kind, period={"years": years}, **{"from": "discovery"})
    assert verdict(record, {kind: date(2026 - years, 3, 1)}, on) == result


@pytest.mark.parametrize(
    ("on", "fulfilled", "result"),
    [
        (date(2026, 3, 1), True, "excluded"),
        (date(2026, 3, 2), True, "met"),
        (date(2026, 3, 2), False, "excluded"),
        (date(2030, 1, 1), False, "excluded"),
        (date(2026, 3, 2), None, "unknown"),
    ],
)
def test_full_but_not_fulfilled(on: date, fulfilled: bool | None, result: str) -> None:
    record = exclusion("terminated_violation", period={"years": 3}, and_fulfilled=True)
    assert verdict(record, {"e": Event(date(2023, 3, 1), fulfilled)}, on) == result


def test_the_worst_of_several_events_counts() -> None:
    record = exclusion("terminated_breach", period={"years": 1}, and_fulfilled=True)
    events = [Event(date(2020, 1, 1), True), Event(date(2025, 6, 1), True)]
    assert verdict(record, {"terminated_breach": events}) == "excluded"
    assert verdict(record, {"terminated_breach": events[:1]}) == "met"
    assert verdict(record, {"terminated_breach": [Event(date(2020, 1, 1)), events[1]]}) == "excluded"


def test_never_happened_and_not_stated() -> None:
    record = exclusion("application_fraud", period={"years": 3})
    assert verdict(record, {"application_fraud": None}) == "met"
    assert verdict(record, {"application_fraud": False}) == "met"
    assert verdict(record, {}) == "unknown"
    assert verdict(record, {"application_fraud": True}) == "unknown"  # it happened, the day is not said


@pytest.mark.parametrize(
    ("on", "result"),
    [(date(2026, 4, 14), "unmet"), (date(2026, 4, 15), "unmet"), (date(2026, 4, 16), "met")],
)
def test_three_months_of_operation(on: date, result: str) -> None:
    record = condition("operating_period", at_least={"months": 3})
    assert verdict(record, {"operating_period": "2026-01-15"}, on) == result


@pytest.mark.parametrize(("months", "result"), [(11, "unmet"), (12, "met"), (13, "met"), (None, "unmet")])
def test_twelve_months_of_contributions(months: int | None, result: str) -> None:
    record = condition("enrolment_months", at_least={"months": 12}, continuous=True)
    assert verdict(record, {"enrolment_months": months}) == result


@pytest.mark.parametrize(
    ("fact", "result"),
    [({"physician": 1}, "met"), ({"physician": 0}, "unmet"), ({"nurse": 5}, "unmet"), (1, "met"), (0, "unmet"),
     (True, "met"), (False, "unmet"), (None, "unmet")],
)
def test_at_least_one_physician(fact: Any, result: str) -> None:
    record = condition("staff", at_least={"count": 1}, of="physician")
    assert verdict(record, {"staff": fact}) == result


@pytest.mark.parametrize(
    ("kind", "fact", "result"),
    [("management", True, "met"), ("management", False, "unmet"), ("pricing", True, "met"), ("other_law", None, "unmet")],
)
def test_plain_conditions(kind: str, fact: Any, result: str) -> None:
    assert verdict(condition(kind), {kind: fact}) == result


@pytest.mark.parametrize("kind", ["scope_of_practice", "price_policy", "penalty_unfulfilled", "dishonest_list"])
@pytest.mark.parametrize(("fact", "result"), [(True, "excluded"), (False, "met"), (None, "met")])
def test_plain_exclusions(kind: str, fact: Any, result: str) -> None:
    assert verdict(exclusion(kind), {kind: fact}) == result


def test_one_kind_of_institution_is_enough() -> None:
    records = [
        condition("kind_of_institution", id="hospital", of=["综合医院"], group="kinds"),
        condition("kind_of_institution", id="clinic", of=["诊所"], group="kinds"),
    ]
    found = evaluate(records, {"kind_of_institution": "诊所"}, date(2026, 1, 1))
    assert [v.result for v in found] == ["unmet", "met"]
    assert is_open(found)
    assert not is_open(evaluate(records, {"kind_of_institution": "美容院"}, date(2026, 1, 1)))


def test_a_restriction_does_not_close_the_door() -> None:
    record = exclusion("restricted_categories", effect="restrict", categories=["inpatient", "outpatient-pooling"])
    found = evaluate([record], {"e": ["inpatient"]}, date(2026, 1, 1))
    assert (found[0].result, found[0].categories) == ("excluded", ("inpatient",))
    assert is_open(found)
    assert is_open(evaluate([record], {"e": ["examination"]}, date(2026, 1, 1)))
    assert evaluate([record], {"e": True}, date(2026, 1, 1))[0].categories == ("inpatient", "outpatient-pooling")


def test_groups_not_applied_for_are_left_out() -> None:
    records = [condition("rules", id="a", group="ordinary"), condition("rules", id="b", group="special")]
    found = evaluate(records, {"rules": True}, date(2026, 1, 1), groups={"ordinary"})
    assert [v.id for v in found] == ["a"]


def test_nothing_stated_is_never_open(entries: Entries) -> None:
    for slug in ("designate-institution", "designate-pharmacy", "report-reward"):
        item = entries[f"bazhou/{slug}"]
        found = evaluate([*item.conditions, *item.exclusions], {}, date(2026, 1, 1))
        assert found
        assert all(v.result == "unknown" for v in found)
        assert not is_open(found)


def test_the_pharmacy_of_the_guide(entries: Entries) -> None:
    item = entries["bazhou/designate-pharmacy"]
    records = [*item.conditions, *item.exclusions]
    facts: dict[str, Any] = {r.kind: True for r in item.conditions} | {r.kind: None for r in item.exclusions}
    facts |= {"other-conditions": True, "operating_period": date(2025, 1, 1),
              "pharmacist": {"pharmacist": 1}, "insurance-managers": {"insurance_manager": 2}}
    assert is_open(evaluate(records, facts, date(2026, 1, 1)))
    facts["insurance-managers"] = {"insurance_manager": 1}
    barred = [v.id for v in evaluate(records, facts, date(2026, 1, 1)) if v.result == "unmet"]
    assert barred == ["insurance-managers"]


def test_the_exclusions_of_the_guide_are_counted(entries: Entries) -> None:
    assert len(entries["bazhou/designate-institution"].exclusions) == 10
    assert len(entries["bazhou/designate-pharmacy"].exclusions) == 7
    periods = {e.kind: e.period.years for e in entries["bazhou/designate-institution"].exclusions if e.period}
    assert periods == {"application_fraud": 3, "terminated_violation": 3, "terminated_breach": 1,
                       "responsible_person_terminated": 5}
