"""What another register already knows is not asked for again; whatever goes wrong with it, the paper serves."""

from __future__ import annotations

import pytest

from jingban.audit.models import Entry
from jingban.cases.materials import required_of
from jingban.cases.shared import shared_materials
from jingban.cases.verify import case_faults
from jingban.rulebook.effective import EffectiveItem, Material
from jingban.sharing import service as sharing
from jingban.sharing.registers import Answer
from jingban.sharing.simulated import put
from tests.builders import MONDAY
from tests.houses import NAME, NUMBER, House, forget_versions

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture(autouse=True)
def _no_version_of_another_test() -> None:
    forget_versions()


CHANGE = ("xingtai", "agency", "employee-info-change")
SAID = {"name": NAME, "id_number": NUMBER, "phone": "13012345678"}


class Broken:
    def __init__(self, register: str) -> None:
        self.register = register

    def look_up(self, number: str) -> Answer | None:
        raise TimeoutError("line down")


def key_proof(item: EffectiveItem) -> Material:
    return next(m for m in item.materials if m.sharing == "civil-registry")


def had(item: EffectiveItem, **answers: str) -> dict[str, str]:
    return shared_materials(
        item,
        {**SAID, **answers},
        situations={"employee", "key-info-change"},
        channel="window",
        actor=1,
        now=MONDAY,
    )


def test_proof_of_a_new_name_is_not_asked_where_the_registry_has_it() -> None:
    item = House().version(CHANGE).item
    put("civil-registry", NUMBER, {"name": "张小鳳", "id_number": NUMBER})
    found = had(item, new_name="张小鳳")
    assert list(found.values()) == ["civil-registry"]
    wanted = required_of(item, {"employee", "key-info-change"}, "window")
    assert set(found) < wanted


def test_a_register_that_says_otherwise_replaces_nothing() -> None:
    item = House().version(CHANGE).item
    put("civil-registry", NUMBER, {"name": NAME, "id_number": NUMBER})
    assert had(item, new_name="张大凤") == {}
    put("civil-registry", NUMBER, {"id_number": NUMBER})  # it does not know names at all
    assert had(item, new_name="张大凤") == {}


def test_nobody_known_or_no_answer_means_the_paper(settings) -> None:  # type: ignore[no-untyped-def]
    item = House().version(CHANGE).item
    assert had(item, new_name="张小鳳") == {}
    settings.JINGBAN_SHARING = {"civil-registry": "tests.sharing.test_sharing.Broken"}
    assert had(item, new_name="张小鳳") == {}
    settings.JINGBAN_SHARING = {}
    assert had(item, new_name="张小鳳") == {}


def test_what_must_be_proved_must_be_said() -> None:
    """A death is proved by a date of death, not by being known."""
    item = House().version(("qinhuangdao", "grassroots", "grassroots-termination")).item
    material = next(m for m in item.materials if m.id == "death-certificate")
    assert material.proves == ("death_on",)
    asked = {n.id for n in (*material.for_whom, *material.when)}
    put("civil-registry", NUMBER, {"name": NAME})
    assert not shared_materials(item, SAID, situations=asked, channel="window", actor=1, now=MONDAY)
    put("civil-registry", NUMBER, {"name": NAME, "death_on": "2026-02-01"})
    assert shared_materials(item, SAID, situations=asked, channel="window", actor=1, now=MONDAY)


def test_every_question_is_on_record_without_the_number() -> None:
    sharing.ask("civil-registry", NUMBER, actor=7, purpose="试验", now=MONDAY)
    entry = Entry.objects.get(kind="shared")
    assert (entry.actor, entry.subject) == (7, "register:civil-registry")
    assert NUMBER not in entry.detail
    assert "查无记录" in entry.detail


def test_the_case_is_accepted_without_the_shared_paper_and_replays() -> None:
    put("civil-registry", NUMBER, {"name": "张小鳳", "id_number": NUMBER})
    house = House()
    answers = {**SAID, "new_name": "张小鳳"}
    view = house.apply(CHANGE, answers=answers, situations=("employee",))
    proof = next(iter(view.state.shared))
    assert view.state.shared == {proof: "civil-registry"}
    rest = required_of(house.version(CHANGE).item, view.state.situations, "window") - {proof}
    after = house.act(view, "accept", checklist=sorted(rest))
    assert after.step != view.step
    assert list(case_faults(view.id)) == []


def test_agreement_is_field_by_field() -> None:
    answer = Answer("company-registry", {"unit_name": "新名", "legal_representative": "王五"}, "x")
    assert sharing.agrees(answer, {"unit_name": "旧名", "new_unit_name": "新名"})
    assert not sharing.agrees(answer, {"unit_name": "旧名"})
    assert not sharing.agrees(answer, {"new_credit_code": "91350100M000100Y43"})
    assert sharing.agrees(answer, {"note": "无", "new_unit_phone": "0311"})
