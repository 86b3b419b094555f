"""Effects run inside the act: an error takes the whole act back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from jingban.cases.models import Case, CaseEvent, CasePayload, Message
from jingban.cases.verify import case_faults
from jingban.processes.effects import REGISTRY, Effect, effect
from tests.houses import PAYMENT, STANDARD, House

LiveEffect = Callable[[str, Effect], None]


def _rows() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Case, CaseEvent, CasePayload, Message))


def test_an_effect_sees_the_case_as_the_act_left_it(house: House, live_effect: LiveEffect) -> None:
    seen: list[dict[str, Any]] = []
    live_effect(house.version(STANDARD).item.effects[0], lambda **context: seen.append(context))
    view = house.act(house.act(house.apply(), "accept"), "approve")
    assert len(seen) == 1
    assert (seen[0]["case"], seen[0]["event"].act, seen[0]["item"].item) == (view, "approve", STANDARD[2])


@pytest.mark.parametrize("error", [ValueError("books do not balance"), KeyError("x"), AssertionError()])
def test_an_error_of_an_effect_takes_the_whole_act_back(
    committed_house: House, live_effect: LiveEffect, error: Exception
) -> None:
    house = committed_house

    def fails(**context: Any) -> None:
        assert Case.objects.get(pk=context["case"].id).seq == context["case"].seq, (
            "already written, not committed"
        )
        raise error

    view = house.apply(PAYMENT)
    for act in ("accept", "approve"):
        view = house.act(view, act)
    before, key = _rows(), uuid4()
    live_effect("funds.pay", fails)
    with pytest.raises(type(error)):
        house.act(view, "pay", key=key)
    assert _rows() == before
    assert house.fresh(view) == view
    assert list(case_faults(view.id)) == []
    del REGISTRY["funds.pay"]
    assert house.act(view, "pay", key=key).step == "await-bank", "the key was not used up"
    assert _rows()[3] == before[3] + 1


def test_a_name_is_registered_once() -> None:
    try:
        effect("test.once")(lambda **context: None)
        with pytest.raises(ValueError, match="registered twice"):
            effect("test.once")(lambda **context: None)
    finally:
        del REGISTRY["test.once"]
