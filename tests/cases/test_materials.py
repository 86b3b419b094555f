"""Which materials a case needs: by situation, channel and alternatives."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from jingban.cases.materials import checklist, known_keys, required_of, slots
from jingban.processes.errors import MaterialsMissing, NoticeIncomplete
from jingban.rulebook.cache import effective_all, effective_item
from jingban.rulebook.effective import EffectiveItem, Material, Named
from tests.houses import STANDARD, House


def _material(name: str, **rest: object) -> Material:
    named = {
        k: tuple(Named(id=v, name=v) for v in names) for k, names in rest.items() if isinstance(names, tuple)
    }
    plain = {k: v for k, v in rest.items() if not isinstance(v, tuple)}
    return Material.model_validate({"id": name, "name": name, "national_name": name, **plain, **named})


def _item(*materials: Material) -> EffectiveItem:
    return effective_item(*STANDARD).model_copy(update={"materials": materials})


ITEM = _item(
    _material("id"),
    _material("form", for_whom=("employee",)),
    _material("form", for_whom=("flexible",)),
    _material("power", when=("delegated", "abroad")),
    _material("paper", unless=("online-shared",)),
    _material("seal", channel=("window",)),
    _material("photo", required=False),
    _material("card", one_of="a"),
    _material("book", one_of="a"),
)


def test_one_id_asked_twice_has_two_keys() -> None:
    assert [key for key, _ in slots(ITEM)] == [
        "id",
        "form",
        "form-2",
        "power",
        "paper",
        "seal",
        "photo",
        "card",
        "book",
    ]
    assert known_keys(ITEM) == {*(key for key, _ in slots(ITEM)), "application-form"}


@pytest.mark.parametrize(
    ("situations", "channel", "listed"),
    [
        ((), "window", "id paper seal photo card book"),
        (("employee",), "window", "id form paper seal photo card book"),
        (("flexible", "delegated"), "online", "id form-2 paper photo card book"),
        (("delegated", "abroad", "online-shared"), "online", "id power photo card book"),
    ],
)
def test_a_checklist_is_of_this_person_and_channel(
    situations: tuple[str, ...], channel: str, listed: str
) -> None:
    assert [slot.key for slot in checklist(ITEM, situations, channel)] == listed.split()


def test_of_alternatives_one_is_enough() -> None:
    assert required_of(ITEM, (), "online") == {"id", "paper", "card"}
    assert required_of(ITEM, (), "online", ["book"]) == {"id", "paper", "book"}
    assert required_of(ITEM, (), "online", ["book", "card"]) == {"id", "paper", "book", "card"}


@pytest.mark.parametrize("item", effective_all(), ids=lambda item: item.key)
def test_every_entry_has_unambiguous_keys(item: EffectiveItem) -> None:
    keys = [key for key, _ in slots(item)]
    assert len(keys) == len(set(keys))
    assert all(slot.name for slot in checklist(item, (), "window"))


def test_an_alternative_serves_in_accepting_and_in_the_notice(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    view, item = (
        house.apply(),
        _item(_material("id"), _material("card", one_of="a"), _material("book", one_of="a")),
    )
    monkeypatch.setattr(
        "jingban.cases.materials.publish", SimpleNamespace(version=lambda pk: SimpleNamespace(item=item))
    )
    with pytest.raises(MaterialsMissing):
        house.act(view, "accept", checklist=["id"])
    with pytest.raises(NoticeIncomplete):
        house.act(view, "notify", missing_materials=["book"])
    notified = house.act(view, "notify", missing_materials=["book", "id"])
    assert notified.state.notified == {"book", "id"}
    back = house.act(notified, "resubmit", brought_materials=["id", "card"])
    assert house.act(back, "accept", checklist=["id", "card"]).step == "review"


def test_a_promised_alternative_serves_too(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    view, item = house.apply(), _item(_material("card", one_of="a"), _material("book", one_of="a"))
    monkeypatch.setattr(
        "jingban.cases.materials.publish", SimpleNamespace(version=lambda pk: SimpleNamespace(item=item))
    )
    view = house.act(view, "defer", owed_materials=["book"])
    assert house.act(view, "accept", checklist=[]).step == "review"
