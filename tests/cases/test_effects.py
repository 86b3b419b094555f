"""Effects run inside the act: an error takes the whole act back."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest

from jingban.cases.models import Case, CaseEvent, CasePayload, Message
from jingban.cases.verify import case_faults
from jingban.cases.work import Work
from jingban.processes.effects import REGISTRY, Effect, effect
from tests.builders import MONDAY
from tests.houses import NAME, NUMBER, PAYMENT, STANDARD, House

LiveEffect = Callable[[str, Effect], None]


def _rows() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Case, CaseEvent, CasePayload, Message))


def test_an_effect_sees_the_case_as_the_act_left_it(house: House, live_effect: LiveEffect) -> None:
    seen: list[Work] = []
    live_effect(house.version(STANDARD).item.effects[0], seen.append)
    view = house.act(house.act(house.apply(), "accept"), "approve")
    (work,) = seen
    assert (work.case_id, work.number, work.seq) == (view.id, view.number, view.seq)
    assert (work.item.item, work.day, work.applicant) == (STANDARD[2], MONDAY.date(), house.applicant.id)
    assert (work.said("name"), work.said("id_number"), work.said("new_name")) == (NAME, NUMBER, "")


@pytest.mark.parametrize("error", [ValueError("books do not balance"), KeyError("x"), AssertionError()])
def test_an_error_of_an_effect_takes_the_whole_act_back(
    committed_house: House, live_effect: LiveEffect, error: Exception
) -> None:
    house = committed_house

    def fails(work: Work) -> None:
        assert Case.objects.get(pk=work.case_id).seq == work.seq, "already written, not committed"
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
        effect("test.once")(lambda work: None)
        with pytest.raises(ValueError, match="registered twice"):
            effect("test.once")(lambda work: None)
    finally:
        del REGISTRY["test.once"]
