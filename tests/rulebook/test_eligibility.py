"""Conditions and exclusions as facts fulfil them: the day before, the day, the day after."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from jingban.rulebook.effective import EffectiveItem
from jingban.rulebook.eligibility import Verdict, evaluate, is_open, last_day, shape
from jingban.rulebook.eligibility_facts import FactRefused
from jingban.rulebook.schema import CATEGORIES, GROUPS, Category, Condition, Exclusion, Group, Period

Entries = dict[str, EffectiveItem]
DAY = date(2026, 3, 1)
DESIGNATIONS = ("designate-institution", "designate-pharmacy", "report-reward", "maternity-allowance")


def condition(kind: str, **more: Any) -> Condition:
    return Condition.model_validate(
        {"id": "c", "kind": kind, "subject": "institution", "text": "条件", **more}
    )


def exclusion(kind: str, **more: Any) -> Exclusion:
    return Exclusion.model_validate(
        {"id": "e", "kind": kind, "subject": "institution", "text": "情形", **more}
    )


def verdict(record: Condition | Exclusion, facts: dict[str, Any], on: date = DAY) -> str:
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
    [
        ("application_fraud", 3),
        ("terminated_violation", 3),
        ("terminated_breach", 1),
        ("responsible_person_terminated", 5),
    ],
)
def test_three_years_from_the_discovery(kind: str, years: int, on: date, result: str) -> None:
    record = exclusion(kind, period={"years": years}, **{"from": "discovery"})
    assert verdict(record, {"e": date(2026 - years, 3, 1)}, on) == result


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
    assert verdict(record, {"e": {"on": "2023-03-01", "fulfilled": fulfilled}}, on) == result


def test_the_worst_of_several_events_counts() -> None:
    record = exclusion("terminated_breach", period={"years": 1}, and_fulfilled=True)
    old, recent = {"on": "2020-01-01", "fulfilled": True}, {"on": "2025-06-01", "fulfilled": True}
    assert verdict(record, {"e": [old, recent]}) == "excluded"
    assert verdict(record, {"e": [old]}) == "met"
    assert verdict(record, {"e": ["2020-01-01", recent]}) == "excluded"


@pytest.mark.parametrize(
    ("events", "result"),
    [
        ("2026-03-01", "excluded"),
        ("2026-03-02", "unknown"),
        (["2020-01-01", "2026-03-02"], "unknown"),
        (["2026-03-02", "2025-03-01"], "excluded"),
    ],
)
def test_an_event_after_the_day_does_not_count_and_is_said(events: Any, result: str) -> None:
    record = exclusion("application_fraud", period={"years": 3})
    found = evaluate([record], {"e": events}, DAY)[0]
    assert found.result == result
    assert ("晚于2026-03-01" in found.why) == (result == "unknown")


def test_never_happened_and_not_stated() -> None:
    record = exclusion("application_fraud", period={"years": 3})
    assert verdict(record, {"e": None}) == "met"
    assert verdict(record, {"e": False}) == "met"
    assert verdict(record, {}) == "unknown"
    assert verdict(record, {"e": True}) == "unknown"  # it happened, the day is not said


@pytest.mark.parametrize(
    ("on", "result"),
    [
        (date(2026, 1, 14), "unmet"),
        (date(2026, 4, 14), "unmet"),
        (date(2026, 4, 15), "unmet"),
        (date(2026, 4, 16), "met"),
    ],
)
def test_three_months_of_operation(on: date, result: str) -> None:
    record = condition("operating_period", at_least={"months": 3})
    found = evaluate([record], {"c": "2026-01-15"}, on)[0]
    assert found.result == result
    assert ("尚未开始" in found.why) == (on < date(2026, 1, 15))


@pytest.mark.parametrize(
    ("record", "fact", "wanted"),
    [
        (condition("operating_period", at_least={"months": 3}), "2026-13-01", "应写成日期"),
        (condition("operating_period", at_least={"months": 3}), "去年", "应写成日期"),
        (condition("operating_period", at_least={"months": 3}), 20260101, "应写成日期"),
        (condition("operating_period", at_least={"months": 3}), datetime(2026, 1, 1), "应写成日期"),
        (condition("operating_period", at_least={"months": 3}), date(9999, 1, 1), "应写成日期"),
        (exclusion("terminated_breach", period={"years": 1}), "2026-02-30", "应写成日期"),
        (exclusion("terminated_breach", period={"years": 1}), [{"on": "?"}], "应写成日期"),
        (exclusion("penalty_unfulfilled"), "有", "true（是）"),
        (condition("pricing"), "yes", "true（是）"),
        (condition("licence", any_of=["甲证"]), 3, "名称"),
        (condition("staff"), -1, "人数"),
        (condition("staff"), [{"licence": "甲证"}], "人数"),
        (condition("staff"), [{"contract": {"from": "2026-01-02", "until": "2026-01-01"}}], "人数"),
        (condition("enrolment_months", at_least={"months": 12}), "12", "起止月份"),
        (
            condition("enrolment_months", at_least={"months": 12}),
            [{"from": "2025-13", "until": "2026-01"}],
            "起止月份",
        ),
        (
            condition("enrolment_months", at_least={"months": 12}),
            [{"from": "2026-02", "until": "2026-01"}],
            "起止月份",
        ),
    ],
)
def test_a_fact_that_cannot_be_read_is_refused(record: Any, fact: Any, wanted: str) -> None:
    with pytest.raises(FactRefused, match=wanted) as refusal:
        evaluate([record], {record.id: fact}, DAY)
    assert record.text in refusal.value.message


def months(*spans: str) -> list[dict[str, str]]:
    return [{"from": s.split("/")[0], "until": s.split("/")[1]} for s in spans]


@pytest.mark.parametrize(
    ("fact", "in_a_row", "together"),
    [
        (months("2025-03/2026-02"), "met", "met"),
        (months("2025-04/2026-02"), "unmet", "unmet"),
        (months("2025-01/2025-06", "2025-07/2025-12"), "met", "met"),  # next to each other
        (months("2025-01/2025-06", "2025-08/2026-01"), "unmet", "met"),  # July is missing
        (months("2025-08/2026-01", "2025-01/2025-09"), "met", "met"),  # overlapping, in any order
        (months("2025-01/2025-11", "2025-03/2025-05"), "unmet", "unmet"),  # a month counts once
        (months("2025-05/2027-12"), "unmet", "unmet"),  # the months to come do not count
        (months("2010-01/2010-12", "2025-01/2025-02"), "met", "met"),  # the longest run, whenever
        ([], "unmet", "unmet"),
        ({"longest_run": 11}, "unmet", "unmet"),
        ({"longest_run": 12}, "met", "met"),
        (11, "unmet", "unmet"),
        (12, "unknown", "met"),  # twelve together, perhaps not in a row
        (True, "unknown", "unknown"),
        (None, "unmet", "unmet"),
    ],
)
def test_twelve_months_of_contributions(fact: Any, in_a_row: str, together: str) -> None:
    for continuous, result in ((True, in_a_row), (False, together)):
        record = condition("enrolment_months", at_least={"months": 12}, continuous=continuous)
        assert verdict(record, {"c": fact}) == result


@given(st.sets(st.integers(2024 * 12, 2026 * 12 + 1)))
def test_a_run_is_what_counting_by_hand_gives(paid: set[int]) -> None:
    spans = months(*(f"{m // 12}-{m % 12 + 1:02d}/{m // 12}-{m % 12 + 1:02d}" for m in paid))
    longest = max((next(n for n in range(1, 40) if m + n not in paid) for m in paid), default=0)
    for least in (longest, longest + 1):
        record = condition("enrolment_months", at_least={"months": least}, continuous=True)
        assert verdict(record, {"c": spans}) == ("met" if least <= longest else "unmet")


@pytest.mark.parametrize(
    ("fact", "result"),
    [(1, "met"), (0, "unmet"), ([{}], "met"), ([], "unmet"), (True, "unknown"), (None, "unmet")],
)
def test_at_least_one_of_whom_nothing_is_asked(fact: Any, result: str) -> None:
    assert verdict(condition("staff", at_least={"count": 1}), {"c": fact}) == result


@pytest.mark.parametrize(
    ("contract", "result"),
    [
        ({"from": "2026-01-01", "until": "2026-12-30"}, "unmet"),  # a day less than a year
        ({"from": "2026-01-01", "until": "2026-12-31"}, "met"),
        ({"from": "2025-03-01", "until": "2026-02-28"}, "unmet"),  # over since yesterday
        ({"from": "2025-03-02", "until": "2026-03-01"}, "met"),  # the last day
        ({"from": "2026-03-01", "until": "2027-02-28"}, "met"),  # the first day
        ({"from": "2026-03-02", "until": "2030-03-01"}, "unmet"),  # begins tomorrow
        ({"from": "2026-03-01", "until": None}, "met"),
        (False, "unmet"),
        (None, "unknown"),
    ],
)
def test_a_contract_of_a_year_in_force(contract: Any, result: str) -> None:
    record = condition("staff", at_least={"count": 2}, contract={"years": 1})
    good = {"contract": {"from": "2020-01-01", "until": None}}
    assert verdict(record, {"c": [good, {"contract": contract}]}) == result
    assert verdict(record, {"c": [good, good, {"contract": contract}]}) == "met"
    assert verdict(record, {"c": [good]}) == "unmet"
    assert verdict(record, {"c": 2}) == "unknown"  # the number alone does not say how long
    assert verdict(record, {"c": 1}) == "unmet"


@pytest.mark.parametrize(
    ("person", "result"),
    [
        ({"licences": ["甲证"], "registered_here": True}, "met"),
        ({"licences": ["丙证", "乙证"], "registered_here": True}, "met"),
        ({"licences": ["丙证"], "registered_here": True}, "unmet"),
        ({"licences": ["甲证"], "registered_here": False}, "unmet"),
        ({"licences": ["甲证"]}, "unknown"),
        ({"registered_here": True}, "unknown"),
        ({"licences": [], "registered_here": None}, "unmet"),
    ],
)
def test_who_holds_a_licence_and_is_registered_here(person: Any, result: str) -> None:
    record = condition("staff", any_of=["甲证", "乙证"], registered_here=True)
    assert verdict(record, {"c": [person]}) == result


@pytest.mark.parametrize(
    ("more", "names", "result"),
    [
        ({"any_of": ["甲证", "乙证"]}, ["甲证"], "met"),
        ({"any_of": ["甲证", "乙证"]}, "乙证", "met"),
        ({"any_of": ["甲证", "乙证"]}, ["丙证"], "unmet"),
        ({"any_of": ["甲证", "乙证"], "open_ended": True}, ["丙证"], "unknown"),
        ({"any_of": ["甲证", "乙证"], "open_ended": True}, [], "unmet"),
        ({"any_of": ["甲证", "乙证"], "open_ended": True}, None, "unmet"),
        ({"any_of": ["甲证", "乙证"]}, True, "unknown"),
        ({"any_of": ["甲证"]}, True, "met"),  # there is only one it can be
        ({"all_of": ["甲证", "乙证"]}, ["甲证"], "unmet"),
        ({"all_of": ["甲证", "乙证"]}, {"甲证", "乙证", "丙证"}, "met"),
        ({"all_of": ["甲证", "乙证"]}, True, "unknown"),
    ],
)
def test_named_licences(more: dict[str, Any], names: Any, result: str) -> None:
    found = evaluate([condition("licence", **more)], {"c": names}, DAY)[0]
    assert found.result == result
    assert ("缺乙证" in found.why) == (more.get("all_of") is not None and result == "unmet")


@pytest.mark.parametrize(
    "kind", ["management", "pricing", "disclosure", "capability", "other_law", "licence"]
)
@pytest.mark.parametrize(("fact", "result"), [(True, "met"), (False, "unmet"), (None, "unmet")])
def test_plain_conditions(kind: str, fact: Any, result: str) -> None:
    assert shape(condition(kind)) == "yes_no"
    assert verdict(condition(kind), {"c": fact}) == result


@pytest.mark.parametrize(
    "kind", ["scope_of_practice", "price_policy", "penalty_unfulfilled", "dishonest_list"]
)
@pytest.mark.parametrize(("fact", "result"), [(True, "excluded"), (False, "met"), (None, "met")])
def test_plain_exclusions(kind: str, fact: Any, result: str) -> None:
    assert verdict(exclusion(kind), {"e": fact}) == result


def test_a_record_has_its_own_question_unless_it_names_one() -> None:
    first, second = condition("licence", id="first"), condition("licence", id="second")
    shared = condition("licence", id="third", fact="first")
    found = evaluate([first, second, shared], {"first": True, "licence": True}, DAY)
    assert [v.result for v in found] == ["met", "unknown", "met"]


@pytest.mark.parametrize(
    ("beds", "stated", "result"),
    [
        (99, False, "not_applicable"),
        (99, None, "not_applicable"),
        (100, False, "unmet"),
        (100, True, "met"),
        (101, False, "unmet"),
        (0, False, "not_applicable"),
        ("unsaid", False, "unknown"),
        ("unsaid", True, "met"),
    ],
)
def test_a_hundred_beds(entries: Entries, beds: Any, stated: Any, result: str) -> None:
    record = next(
        c for c in entries["bazhou/designate-institution"].conditions if c.id == "insurance-department"
    )
    facts = {record.key: stated} | ({} if beds == "unsaid" else {"beds": beds})
    found = evaluate([record], facts, DAY)
    assert found[0].result == result
    assert is_open(found) == (result in ("met", "not_applicable"))
    with pytest.raises(FactRefused, match="床位数"):
        evaluate([record], {"beds": "一百"}, DAY)


def test_one_kind_of_institution_is_enough() -> None:
    records = [
        condition("kind_of_institution", id="hospital", of=["综合医院"], one_of="kinds", fact="kind"),
        condition("kind_of_institution", id="clinic", of=["诊所"], one_of="kinds", fact="kind"),
    ]
    found = evaluate(records, {"kind": "诊所"}, DAY)
    assert [v.result for v in found] == ["unmet", "met"]
    assert is_open(found)
    assert not is_open(evaluate(records, {"kind": "美容院"}, DAY))


@pytest.mark.parametrize(
    ("applied", "barred", "opened"),
    [
        (["inpatient"], ["inpatient"], False),  # nothing is left to apply for
        (["inpatient", "physical-examination"], ["inpatient"], True),
        (["physical-examination"], [], True),
        (["chronic-special", "outpatient-pooling"], ["outpatient-pooling", "chronic-special"], False),
        (None, ["inpatient", "outpatient-pooling", "chronic-special"], True),
    ],
)
def test_a_restriction_bars_what_it_names(
    entries: Entries, applied: list[str] | None, barred: list[str], opened: bool
) -> None:
    record = next(
        e for e in entries["bazhou/designate-institution"].exclusions if e.kind == "restricted_categories"
    )
    facts = {record.key: True} | ({"categories": applied} if applied else {})
    found = evaluate([record], facts, DAY)
    assert list(found[0].categories) == barred
    assert is_open(found) == opened
    assert verdict(record, facts | {record.key: False}) == "met"


@pytest.mark.parametrize("applied", [[], "dental", ["inpatient", "住院"], None])
def test_categories_are_a_closed_vocabulary(applied: Any) -> None:
    with pytest.raises(FactRefused, match="门诊统筹"):
        evaluate([], {"categories": applied}, DAY)


def test_the_vocabularies_agree() -> None:
    assert set(get_args(Category)) == set(CATEGORIES)
    assert set(get_args(Group)) == set(GROUPS)
    with pytest.raises(ValidationError):
        exclusion("restricted_categories", categories=["examination"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "management", "status": "retired"},
        {"kind": "management", "of": "physician"},
        {"kind": "management", "contract": {"years": 1}},
        {"kind": "licence", "any_of": ["甲证"], "all_of": ["乙证"]},
        {"kind": "licence", "open_ended": True},
        {"kind": "fulfils_group", "of": "extraordinary"},
        {"kind": "rules", "continuous": True},
        {"kind": "rules", "group": "kind-of-institution"},
        {"kind": "rules", "applies_when": {"fact": "beds", "at_least": 100}},
        {
            "kind": "rules",
            "applies_when": {"fact": "beds", "name": "床位数", "at_least": 1, "categories": "inpatient"},
        },
        {"kind": "rules", "applies_when": {"categories": "dental"}},
        {"kind": "rules", "applies_when": {}},
    ],
)
def test_a_record_that_cannot_be_judged_is_no_record(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        condition(**wrong)


# --- the entries of the guide ---


def good_institution() -> dict[str, Any]:
    """The answers of a clinic that asks for nothing special; every yes/no is answered yes."""
    return {
        "practice-licence": ["中医诊所备案证"],
        "kind-of-institution": "诊所",
        "operating": "2025-01-01",
        "beds": 20,
        "physician": [{"licences": "乡村医生执业证书", "registered_here": True}],
        "internal-rules": ["医保管理制度", "财务制度", "统计信息管理制度", "医疗质量安全核心制度"],
        "base-catalogues": ["医保药品", "诊疗项目", "医疗服务设施", "医用耗材", "疾病病种"],
    }


def answered(item: EffectiveItem, facts: dict[str, Any]) -> dict[str, Any]:
    yes = {c.key: True for c in item.conditions if shape(c) == "yes_no"}
    return yes | {e.key: None for e in item.exclusions} | facts


def judged(item: EffectiveItem, facts: dict[str, Any], on: date = DAY) -> dict[str, Verdict]:
    return {v.id: v for v in evaluate([*item.conditions, *item.exclusions], facts, on)}


CHRONIC = {
    "chronic-equipment",
    "chronic-systems",
    "chronic-management",
    "chronic-departments",
    "chronic-physicians",
    "chronic-guidelines",
}
SPECIAL = {"special-scope", "pool-conditions"}
EXAMINATION = {
    "examination-scope",
    "early-detection",
    "detection-rate",
    "negotiated-price",
    "examination-service",
    "examination-facilities",
}


@pytest.mark.parametrize(
    ("category", "asked"),
    [
        ("ordinary-outpatient", set()),
        ("inpatient", set()),
        ("outpatient-pooling", SPECIAL),
        ("chronic-special", SPECIAL | CHRONIC),
        ("retired-cadre", SPECIAL),
        ("physical-examination", EXAMINATION),
    ],
)
def test_each_category_is_asked_its_own(entries: Entries, category: str, asked: set[str]) -> None:
    item = entries["bazhou/designate-institution"]
    facts = answered(item, good_institution()) | {"categories": category}
    no = (
        {r.key: False for r in item.conditions if r.id in CHRONIC}
        if category != "chronic-special"
        else {
            "chronic-physicians": 1,
            "chronic-guidelines": ["临床诊疗指南", "门诊医疗服务标准", "门诊医疗服务流程"],
        }
    )
    found = judged(item, facts | no)
    assert is_open(found.values())
    assert {c.id for c in item.conditions if c.group != "ordinary" and c.group} - asked == {
        v.id for v in found.values() if v.result == "not_applicable" and v.id != "insurance-department"
    }
    # 在符合第三条要求外: an ordinary condition that is missing closes every category
    shut = judged(item, facts | no | {"fixed-premises": False})
    assert not is_open(shut.values())
    wanted = {"fixed-premises", *(asked & {"special-scope", "examination-scope"})}
    assert {v.id for v in shut.values() if v.result == "unmet" and not v.alternative} == wanted


def test_a_chronic_applicant_without_equipment_is_closed(entries: Entries) -> None:
    item = entries["bazhou/designate-institution"]
    facts = answered(item, good_institution()) | {
        "chronic-physicians": 1,
        "chronic-equipment": False,
        "chronic-guidelines": ["临床诊疗指南", "门诊医疗服务标准", "门诊医疗服务流程"],
    }
    assert is_open(judged(item, facts | {"categories": ["outpatient-pooling", "inpatient"]}).values())
    assert not is_open(
        judged(item, facts | {"categories": ["outpatient-pooling", "chronic-special"]}).values()
    )
    assert judged(item, facts)["chronic-equipment"].result == "unknown"  # the categories are not said


def test_a_licence_that_the_guide_does_not_name_is_for_a_person(entries: Entries) -> None:
    item = entries["bazhou/designate-institution"]
    facts = answered(item, good_institution()) | {
        "categories": "inpatient",
        "practice-licence": ["某某备案凭证"],
    }
    found = judged(item, facts)
    assert found["practice-licence"].result == "unknown"
    assert "某某备案凭证" in found["practice-licence"].why


def good_pharmacy() -> dict[str, Any]:
    contract = {"from": "2025-06-01", "until": "2026-05-31"}
    return {
        "licences": ["药品经营许可证", "营业执照"],
        "operating": "2025-01-01",
        "pharmacist": [{"licences": ["执业药师资格证书"], "registered_here": True, "contract": contract}],
        "insurance-managers": [{"contract": contract}, {"contract": contract}],
        "internal-rules": [
            "医保管理制度",
            "财务制度",
            "医保人员管理制度",
            "统计信息管理制度",
            "医保费用结算制度",
        ],
    }


def test_the_pharmacy_of_the_guide(entries: Entries) -> None:
    item = entries["bazhou/designate-pharmacy"]
    facts = answered(item, good_pharmacy())
    assert is_open(judged(item, facts).values())
    for wrong in (
        {"licences": ["营业执照"]},
        {"pharmacist": [facts["pharmacist"][0] | {"registered_here": False}]},
        {
            "pharmacist": [
                facts["pharmacist"][0] | {"contract": {"from": "2025-12-01", "until": "2026-05-31"}}
            ]
        },
        {"insurance-managers": facts["insurance-managers"][:1]},
        {"internal-rules": ["医保管理制度"]},
        {"operating": DAY - timedelta(days=80)},
    ):
        assert [v.id for v in judged(item, facts | wrong).values() if v.result == "unmet"] == list(wrong)
    over = judged(item, facts, date(2026, 6, 1))
    assert [v.id for v in over.values() if v.result == "unmet"] == ["pharmacist", "insurance-managers"]


def test_the_maternity_allowance_of_the_guide(entries: Entries) -> None:
    item = entries["bazhou/maternity-allowance"]
    facts = {"birth": "birth", "enterprise-employee": True, "twelve-months": months("2025-03/2026-02")}
    assert is_open(judged(item, facts).values())
    broken = facts | {"twelve-months": months("2024-01/2024-11", "2025-04/2026-02")}
    assert [v.id for v in judged(item, broken).values() if v.result == "unmet"] == ["twelve-months"]


@pytest.mark.parametrize("slug", DESIGNATIONS)
def test_nothing_stated_is_never_open(entries: Entries, slug: str) -> None:
    found = judged(entries[f"bazhou/{slug}"], {}).values()
    assert found
    assert all(v.result == "unknown" for v in found)
    assert not is_open(found)


def test_each_record_has_its_own_id_and_records_that_share_a_fact_ask_the_same(entries: Entries) -> None:
    for item in entries.values():
        records = [*item.conditions, *item.exclusions]
        assert not [i for i, n in Counter(r.id for r in records).items() if n > 1], item.name
        assert len({(r.key, shape(r)) for r in records}) == len({r.key for r in records}), item.name


def test_what_is_only_stated_is_counted(entries: Entries) -> None:
    """A guard: a record that could be judged must not fall back to a bare yes unnoticed."""

    def count(slug: str) -> tuple[int, int, int, int]:
        item = entries[f"bazhou/{slug}"]
        plain = [sum(shape(r) == "yes_no" for r in rs) for rs in (item.conditions, item.exclusions)]
        return plain[0], len(item.conditions), plain[1], len(item.exclusions)

    assert {
        slug: count(slug) for slug in DESIGNATIONS
    } == {  # stated and all conditions, stated and all exclusions
        "designate-institution": (27, 43, 6, 10),
        "designate-pharmacy": (14, 19, 3, 7),
        "maternity-allowance": (0, 3, 0, 0),
        "report-reward": (6, 6, 0, 0),
    }


def test_the_exclusions_of_the_guide_are_counted(entries: Entries) -> None:
    assert len(entries["bazhou/designate-institution"].exclusions) == 10
    assert len(entries["bazhou/designate-pharmacy"].exclusions) == 7
    periods = {e.kind: e.period.years for e in entries["bazhou/designate-institution"].exclusions if e.period}
    assert periods == {
        "application_fraud": 3,
        "terminated_violation": 3,
        "terminated_breach": 1,
        "responsible_person_terminated": 5,
    }


@pytest.mark.parametrize("page", ["rulebook.md", "rulebook.zh.md"])
def test_every_kind_and_key_is_explained(page: str) -> None:
    text = (Path(__file__).parents[2] / "docs" / page).read_text(encoding="utf-8")
    kinds = {k for m in (Condition, Exclusion) for k in get_args(m.model_fields["kind"].annotation)}
    keys = {f.alias or name for m in (Condition, Exclusion) for name, f in m.model_fields.items()}
    assert not [w for w in sorted(kinds | keys | set(CATEGORIES) | set(GROUPS)) if f"`{w}`" not in text]
