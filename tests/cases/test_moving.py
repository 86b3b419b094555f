"""A running case goes on under a newer version only where it is proved that it can, and the chain shows it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from jingban.access.models import Grant, User
from jingban.access.service import Actor, NotAllowed, actor_of
from jingban.cases.errors import StaleVersion
from jingban.cases.models import Case
from jingban.cases.moving import NotMovable, ground_of, in_the_way, move
from jingban.cases.verify import case_faults
from jingban.cases.view import CaseView, read
from jingban.rulebook import publish
from jingban.rulebook.cache import effective_item
from jingban.rulebook.effective import EffectiveItem
from tests.houses import STANDARD, TIP_OFF, House


def head(house: House) -> Actor:
    user, _ = User.objects.get_or_create(username="the-head")
    Grant.objects.get_or_create(
        user=user, region=STANDARD[0], role="head", defaults={"start_on": "2026-01-01"}
    )
    return actor_of(user, house.now.date())


def newer(house: House, **changes: Any) -> EffectiveItem:
    """Put a changed version into force."""
    item = effective_item(*STANDARD)
    other = item.model_copy(update={"name": "新名称", "hash": uuid4().hex * 2, **changes})
    publish.publish([other], now=house.now)
    return other


def with_step(item: EffectiveItem, key: str, **changes: Any) -> dict[str, Any]:
    process = item.process
    steps = {**process.steps, key: process.steps[key].model_copy(update=changes)}
    return {"process": process.model_copy(update={"steps": steps})}


def moved(house: House, view: CaseView) -> CaseView:
    return move(view.id, actor=head(house), seen=view.seq, key=uuid4(), now=house.now)


def test_the_case_goes_on_to_its_end_under_the_new_version(house: House) -> None:
    view = house.act(house.apply(), "accept")
    old = view.version_id
    newer(house)
    assert in_the_way(view) == ()
    after = moved(house, view)
    assert (after.version_id != old, after.step, after.seq) == (True, view.step, view.seq + 1)
    stored = read(view.id)[0]
    assert stored == after
    assert stored.state.clocks == view.state.clocks
    assert stored.state.actors == view.state.actors, "who moves a case has handled no step of it"
    assert list(case_faults(view.id)) == []


def test_the_same_key_moves_once(house: House) -> None:
    view = house.apply()
    newer(house)
    key, who = uuid4(), head(house)
    for _ in range(2):
        move(view.id, actor=who, seen=view.seq, key=key, now=house.now)
    assert read(view.id)[0].seq == view.seq + 1


def test_two_moves_in_a_row_verify(house: House) -> None:
    view = house.apply()
    for _ in range(2):
        newer(house)
        view = moved(house, view)
    assert list(case_faults(view.id)) == []


def test_a_version_that_was_changed_in_the_row_alone_is_found(house: House) -> None:
    view = house.apply()
    newer(house)
    Case.objects.filter(pk=view.id).update(version=publish.current(*STANDARD))
    assert list(case_faults(view.id))
    view = house.apply(key=uuid4())
    newer(house)
    after = moved(house, view)
    Case.objects.filter(pk=after.id).update(version_id=view.version_id)
    assert any("版本与转换记录不一致" in fault for fault in case_faults(after.id))


def test_who_is_no_head_and_who_is_behind_moves_nothing(house: House) -> None:
    view = house.apply()
    newer(house)
    clerk = User.objects.create_user("some-clerk")
    Grant.objects.create(user=clerk, region=STANDARD[0], role="window", start_on="2026-01-01")
    with pytest.raises(NotAllowed):
        move(view.id, actor=actor_of(clerk, house.now.date()), seen=view.seq, key=uuid4(), now=house.now)
    with pytest.raises(StaleVersion):
        move(view.id, actor=head(house), seen=view.seq - 1, key=uuid4(), now=house.now)


def test_what_does_not_fit_is_refused_with_every_reason(house: House) -> None:
    view = house.act(house.apply(), "accept")
    item = effective_item(*STANDARD)
    assert in_the_way(view) == ("已经按现行版本办理。",)
    step = view.step
    steps = {k: s for k, s in item.process.steps.items() if k != step}
    cases: list[tuple[dict[str, Any], str]] = [
        ({"process": item.process.model_copy(update={"steps": steps})}, "没有现在的环节"),
        (with_step(item, step, by=("entry",)), "办理岗位变了"),
        ({"process": item.process.model_copy(update={"process": "another"})}, "没有这个程序"),
        ({"materials": ()}, "材料"),
    ]
    for changes, told in cases:
        newer(house, **changes)
        assert any(told in words for words in in_the_way(view)), (told, in_the_way(view))
        with pytest.raises(NotMovable, match=told):
            moved(house, view)
    publish.publish([], now=house.now, whole=True)
    assert in_the_way(view) == ("这个事项已经停办，没有新的版本。",)


def with_field(item: EffectiveItem, key: str, **changes: Any) -> dict[str, Any]:
    form = tuple(f.model_copy(update=changes) if f.key == key else f for f in item.form)
    return {"form": form}


def test_the_form_as_it_was_filled_in_must_do_for_the_new_version(house: House) -> None:
    view = house.apply()
    item = effective_item(*STANDARD)
    optional = next(f for f in item.form if not f.required and not f.when)
    choice = next(f for f in item.form if f.kind == "choice" and not f.when)
    fewer = dict(list(choice.choices.items())[1:])
    of_some = item.form[0].model_copy(update={"key": "fresh", "label": "新栏目", "when": ("nobody",)})
    cases: list[tuple[dict[str, Any], str]] = [
        (with_field(item, optional.key, required=True), f"多了必填的栏目（{optional.label}）"),
        (with_field(item, choice.key, choices=fewer), f"改了栏目的填法（{choice.label}）"),
        (with_field(item, optional.key, kind="amount"), "改了栏目的填法"),
        ({"form": (*item.form, of_some.model_copy(update={"when": ()}))}, "多了必填的栏目（新栏目）"),
        ({"form": (*item.form, of_some)}, ""),
        (with_field(item, choice.key, choices={**choice.choices, "more": "另一种"}), ""),
        (with_field(item, optional.key, label="另一个叫法"), ""),
    ]
    for changes, told in cases:
        newer(house, **changes)
        words = "".join(in_the_way(view))
        assert told in words, (told, words)
        assert bool(told) == bool(words)


def test_what_few_may_read_does_not_become_open() -> None:
    secret = effective_item(*TIP_OFF)
    assert secret.sealed
    assert ground_of(secret, secret.model_copy(update={"sealed": False}), ()).is_opened
    assert not ground_of(secret, secret, ()).is_opened


def test_a_closed_case_stays(house: House) -> None:
    view = house.apply()
    view = house.act(view, "withdraw")
    assert view.outcome is not None
    newer(house)
    assert in_the_way(view) == ("已经办结，办结的件保持当时的版本。",)
