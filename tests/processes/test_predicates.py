"""Facts are closed: known names, known values, said in Chinese."""

from __future__ import annotations

import pytest

from jingban.processes.predicates import FACTS, PREDICATES, FactNotAllowed, checked_facts
from tests.builders import merged


def test_facts_are_taken_as_stated() -> None:
    assert checked_facts({"channel": "window", "stay": "referral"}) == {
        "channel": "window",
        "stay": "referral",
    }
    assert checked_facts({}) == {}


@pytest.mark.parametrize(("name", "value"), [("colour", "red"), ("channel", "WINDOW"), ("hardship", "")])
def test_what_is_not_known_is_refused(name: str, value: str) -> None:
    with pytest.raises(FactNotAllowed, match="可填"):
        checked_facts({name: value})


@pytest.mark.parametrize("name", sorted(FACTS))
def test_every_fact_says_who_states_it(name: str) -> None:
    fact = FACTS[name]
    assert fact.name == name
    assert fact.asked in ("application", "act")
    assert len(fact.values) > 1


def test_every_branch_of_the_procedures_is_a_known_question() -> None:
    asked = {e.when for p in merged().values() for e in p.edges if e.when}
    assert asked <= set(PREDICATES)
