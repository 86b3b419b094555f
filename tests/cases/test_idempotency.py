"""A submission is done once, whoever sends it how often; nothing is done to a case that moved."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from jingban.cases import actions, opening
from jingban.cases.actions import as_key
from jingban.cases.errors import KeyReused, StaleVersion
from jingban.cases.models import Case, CaseEvent, Message
from jingban.cases.verify import case_faults
from jingban.processes.errors import ActNotAllowed
from tests.houses import PAYMENT, House, person, staff


def test_the_same_application_twice_is_one_case(house: House) -> None:
    key = uuid4()
    first, second = house.apply(key=key), house.apply(key=key)
    assert first == second
    assert (Case.objects.count(), CaseEvent.objects.count()) == (1, 1)
    assert house.apply().number.split("-")[-1][:6] == "000002", "the doubled submission took no number"


def test_a_key_is_the_own_of_whoever_sends_it(house: House) -> None:
    key = uuid4()
    first = house.apply(key=key)
    assert house.apply(key=key, actor=person("other")).id != first.id


def test_the_same_key_for_another_entry_is_a_fault(house: House) -> None:
    key = uuid4()
    house.apply(key=key)
    with pytest.raises(KeyReused):
        house.apply(PAYMENT, key=key)
    assert Case.objects.count() == 1


def test_a_double_click_is_one_event(house: House) -> None:
    view, key = house.apply(), uuid4()
    first = house.act(view, "accept", key=key)
    again = house.act(view, "accept", key=key, actor=house.fitting(view, "accept"))
    assert again == first, "the second click sees the first one's version and still gets its answer"
    assert CaseEvent.objects.filter(case=view.id).count() == 2


def test_the_key_is_looked_at_before_the_version(house: House) -> None:
    view, key = house.apply(), uuid4()
    clerk = house.fitting(view, "accept")
    house.act(view, "accept", key=key, actor=clerk)
    closed = house.act(house.fresh(view), "approve")
    again = house.act(closed, "accept", key=key, actor=clerk, seen=1)
    assert again == closed, "the case as it is now, and no error although it was seen long ago"


def test_a_key_stands_for_one_act_on_one_case(house: House) -> None:
    view, other, key = house.apply(), house.apply(), uuid4()
    clerk = house.fitting(view, "accept")
    house.act(view, "accept", key=key, actor=clerk)
    with pytest.raises(KeyReused):
        house.act(view, "decline", key=key, actor=clerk)
    with pytest.raises(KeyReused):
        house.act(other, "accept", key=key, actor=clerk)
    assert house.fresh(other) == other


@pytest.mark.parametrize("seen", [0, 1, 3, -1])
def test_a_stale_version_is_refused_and_nothing_is_written(house: House, seen: int) -> None:
    view = house.act(house.apply(), "accept")
    with pytest.raises(StaleVersion, match="请刷新") as refused:
        house.act(view, "approve", seen=seen)
    assert refused.value.details == {"seen": seen, "now": 2}
    assert house.fresh(view) == view


def test_a_message_is_heard_once(house: House) -> None:
    view = house.apply(PAYMENT)
    for act in ("accept", "approve", "pay"):
        view = house.act(view, act)
    key = uuid4()
    paid = house.tell(view, "payment-result", "paid", key=key)
    assert house.tell(view, "payment-result", "paid", key=key) == paid
    with pytest.raises(KeyReused):
        house.tell(house.apply(PAYMENT), "payment-result", "paid", key=key)
    with pytest.raises(Exception, match="已办结"):
        house.tell(view, "payment-result", "paid")
    assert Message.objects.count() == 1


def test_what_is_refused_does_not_use_up_the_key(house: House) -> None:
    view, key = house.apply(), uuid4()
    clerk = house.fitting(view, "accept")
    with pytest.raises(ActNotAllowed):
        house.act(view, "approve", key=key, actor=clerk)
    assert house.act(view, "accept", key=key, actor=clerk).step == "review"


@pytest.mark.parametrize("text", ["1", "submission-2026-03-02", "汉字", ""])
def test_a_key_in_any_form_is_always_the_same_one(text: str) -> None:
    assert as_key(text) == as_key(text)
    assert as_key(text) != as_key(text + "x")
    known = uuid4()
    assert as_key(str(known)) == known == as_key(known.hex)
    assert isinstance(as_key(text), UUID)


@pytest.mark.parametrize("same_key", [True, False])
def test_two_clicks_at_the_same_instant(
    committed_house: House, monkeypatch: pytest.MonkeyPatch, same_key: bool
) -> None:
    """The second has read the case before the first wrote: found out only by the write itself."""
    house = committed_house
    view, key, clerk = house.apply(), uuid4(), staff(5005, "window")
    real, raced = actions.store_step, []

    def late(*args: object, **kwargs: object) -> object:
        if not raced:
            raced.append(True)
            house.act(view, "accept", key=key, actor=clerk)
        return real(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(actions, "store_step", late)
    if same_key:
        assert house.act(view, "accept", key=key, actor=clerk) == house.fresh(view)
    else:
        with pytest.raises(StaleVersion):
            house.act(view, "accept", key=uuid4(), actor=clerk)
    assert CaseEvent.objects.filter(case=view.id).count() == 2
    assert list(case_faults(view.id)) == []


def test_two_applications_at_the_same_instant(
    committed_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second looked for the key before the first wrote it: the database finds out, and the number goes back."""
    house, key, real = committed_house, uuid4(), opening.done_by
    first = house.apply(key=key)
    looks = iter([None])
    monkeypatch.setattr(
        opening, "done_by", lambda actor, k: next(looks) if looks.__length_hint__() else real(actor, k)
    )
    assert house.apply(key=key) == first
    assert (Case.objects.count(), CaseEvent.objects.count()) == (1, 1)
    assert house.apply().number.split("-")[-1][:6] == "000002"
