"""What an act must carry: each need in every form it can come in."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jingban.processes.needs import (
    HOUSEHOLD_NEEDS,
    MATERIAL_NEEDS,
    NEEDS,
    NeedMissing,
    checked_needs,
    payees_of,
)
from tests.builders import NEED_VALUES

GOOD: list[tuple[str, Any, Any]] = [
    ("amount", "1234.5", "1234.50"),
    ("amount", 0, "0.00"),
    ("amount", "999999999999.99", "999999999999.99"),
    ("checklist", [], []),
    ("checklist", ("b", "a", "b"), ["a", "b"]),
    ("owed_due", "2026-03-02", "2026-03-02"),
    ("working_days", "5", 5),
    ("basis", "  第五条 ", "第五条"),
]
BAD: list[tuple[str, Any]] = [
    ("amount", "-0.01"),
    ("amount", "0.001"),
    ("amount", "abc"),
    ("amount", "NaN"),
    ("amount", "sNaN"),
    ("amount", "Infinity"),
    ("amount", "1e30"),
    ("amount", "1e999999"),
    ("amount", ""),
    ("amount", "1000000000000"),
    ("checklist", "abc"),
    ("checklist", 3),
    ("missing_materials", []),
    ("owed_due", "2026-02-30"),
    ("owed_due", "明天"),
    ("working_days", 0),
    ("working_days", 91),
    ("working_days", "五"),
    ("basis", "   "),
    ("reason", None),
    ("bank_account", "六二二二"),
    ("bank_account", ""),
    ("payee_name", ""),
    ("reward_payees", "甲，某银行，62220000"),
    ("reward_payees", []),
    ("reward_payees", [["", " ", ""]]),
    ("reward_payees", [["甲", "某银行"]]),
    ("reward_payees", [["甲", "", "62220000"]]),
    ("reward_payees", [["甲", "某银行", "六二二二"]]),
    ("reward_payees", [["甲", "某银行", "62220000"]] * 201),
    ("reward_payees", [3]),
    ("receiver_agreed", "也许"),
    ("missing_reasons", {}),
    ("missing_reasons", {"m": "  "}),
    ("missing_reasons", {"m": 3}),
    ("missing_reasons", {"m": "长" * 201}),
    ("missing_reasons", ["m"]),
    ("household_people", 0),
    ("household_people", "100"),
    ("household_people", "３"),
    ("household_income", "-1"),
    ("household_authorised_on", "昨天"),
]


@pytest.mark.parametrize(("need", "value", "kept"), GOOD)
def test_a_need_is_kept_in_one_form(need: str, value: Any, kept: Any) -> None:
    public, personal, facts = checked_needs((need,), {need: value})
    assert (public, personal, facts) == ({need: kept}, {}, {})


@pytest.mark.parametrize(("need", "value"), BAD)
def test_a_need_that_cannot_be_used_is_refused_by_name(need: str, value: Any) -> None:
    with pytest.raises(NeedMissing) as refused:
        checked_needs((need,), {need: value})
    assert refused.value.details == {"need": need}
    assert NEEDS[need].name in refused.value.message


@given(text=st.text(max_size=30))
def test_no_text_as_an_amount_breaks_anything(text: str) -> None:
    try:
        public, _, _ = checked_needs(("amount",), {"amount": text})
    except NeedMissing:
        return
    assert public["amount"].partition(".")[2].isdigit()


def test_personal_needs_go_apart_and_facts_too() -> None:
    public, personal, facts = checked_needs(
        ("reason", "basis", "violations"),
        {"reason": "甲", "basis": "乙", "violations": "none", "extra": "丙"},
    )
    assert (public, personal, facts) == ({"basis": "乙"}, {"reason": "甲"}, {"violations": "none"})


@pytest.mark.parametrize("value", [None, "", "maybe", 1, ["none"]])
def test_a_fact_is_chosen_from_its_values(value: Any) -> None:
    with pytest.raises(NeedMissing, match="请选择：无违规费用、有违规费用"):
        checked_needs(("violations",), {"violations": value})


def test_accounts_of_several_are_kept_as_one_text_and_read_again() -> None:
    rows = [["甲", "某银行", "6222 0000-0000"], ["", "", ""], [" 乙 ", "另一银行", "62220001"]]
    _, personal, _ = checked_needs(("reward_payees",), {"reward_payees": rows})
    assert payees_of(personal["reward_payees"]) == [
        ("甲", "某银行", "622200000000"),
        ("乙", "另一银行", "62220001"),
    ]
    assert payees_of("（已按规定清除）") == []


def test_the_builders_know_every_need() -> None:
    assert set(NEED_VALUES) == set(NEEDS)
    assert {n for n in NEEDS if "materials" in n} | {"checklist"} == MATERIAL_NEEDS
    sealed = {
        "reason",
        "opinion",
        "correction",
        "payee_name",
        "bank",
        "bank_account",
        "reward_payees",
        "missing_reasons",
        *HOUSEHOLD_NEEDS,
    }
    assert {n for n, need in NEEDS.items() if need.personal} == sealed
