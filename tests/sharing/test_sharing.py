"""What another register already knows is not asked for again; whatever goes wrong with it, the paper serves."""

from __future__ import annotations

from datetime import date

import pytest
from pytest_django.fixtures import Settings

from jingban.access.models import User
from jingban.audit.models import Entry
from jingban.cases.materials import required_of
from jingban.cases.shared import RIGHTS, Asking, shared_materials
from jingban.cases.verify import case_faults
from jingban.processes.errors import MaterialsMissing
from jingban.registry import persons, units
from jingban.registry.identity import bind
from jingban.registry.sealing import number_digest
from jingban.rulebook.cache import effective_all
from jingban.rulebook.effective import EffectiveItem, Material
from jingban.sharing import service as sharing
from jingban.sharing.registers import Answer
from jingban.sharing.simulated import put
from tests.builders import MONDAY
from tests.houses import NAME, NUMBER, House, forget_versions, staff
from tests.registry import factories as make

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture(autouse=True)
def _no_version_of_another_test() -> None:
    forget_versions()


CHANGE = ("xingtai", "agency", "employee-info-change")
CLERK = staff(60, "window", region="xingtai")
SAID = {"name": NAME, "id_number": NUMBER, "phone": "13012345678"}


class _Line:
    def __init__(self, register: str) -> None:
        self.register = register


class NoTime(_Line):
    def look_up(self, number: str) -> Answer | None:
        raise TimeoutError(f"line down, asked for {number}")


class NoLine(_Line):
    def look_up(self, number: str) -> Answer | None:
        raise ConnectionResetError(number)


class Senseless(_Line):
    """An adapter that trips over what it got."""

    def look_up(self, number: str) -> Answer | None:
        return Answer("civil-registry", {"name": {"id": number}["name"]}, "x")


class NoAnswer(_Line):
    def look_up(self, number: str) -> Answer | None:
        return {"name": "张小凤"}  # type: ignore[return-value]


class NoFacts(_Line):
    def look_up(self, number: str) -> Answer | None:
        return Answer("civil-registry", ["name"], "x")  # type: ignore[arg-type]


class NoWords(_Line):
    def look_up(self, number: str) -> Answer | None:
        return Answer("civil-registry", {"name": None}, "x")  # type: ignore[dict-item]


class Unbuilt:
    """Cannot even be made: it takes no register."""


class Telltale(_Line):
    """Its own number of the answer repeats the citizen's."""

    def look_up(self, number: str) -> Answer | None:
        return Answer("civil-registry", {"name": NAME}, f"REF-{number.lower()}")


BROKEN = ["NoTime", "NoLine", "Senseless", "NoAnswer", "NoFacts", "NoWords", "Unbuilt", "nowhere.at.all"]


def user(name: str) -> int:
    return User.objects.create(username=name, name=name).pk


def key_proof(item: EffectiveItem) -> Material:
    return next(m for m in item.materials if m.sharing == "civil-registry")


def had(item: EffectiveItem, account: int | None = None, **answers: str) -> dict[str, str]:
    """What need not be brought: to the counter, unless an account goes by itself."""
    return shared_materials(
        item,
        {**SAID, **answers},
        situations={"employee", "key-info-change"},
        channel="window" if account is None else "online",
        actor=account or 1,
        account=account,
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
    settings.JINGBAN_SHARING = {}
    assert had(item, new_name="张小鳳") == {}


def test_what_must_be_proved_must_be_said() -> None:
    """A death is proved by a date of death, not by being known."""
    item = House().version(("qinhuangdao", "grassroots", "grassroots-termination")).item
    material = next(m for m in item.materials if m.id == "death-certificate")
    assert material.proves == ("death_on",)
    asked = {n.id for n in (*material.for_whom, *material.when)}
    put("civil-registry", NUMBER, {"name": NAME})
    assert not shared_materials(
        item, SAID, situations=asked, channel="window", actor=1, account=None, now=MONDAY
    )
    put("civil-registry", NUMBER, {"name": NAME, "death_on": "2026-02-01"})
    assert shared_materials(item, SAID, situations=asked, channel="window", actor=1, account=None, now=MONDAY)


def test_every_question_is_on_record_without_the_number() -> None:
    sharing.ask("civil-registry", NUMBER, actor=7, purpose="试验", now=MONDAY)
    entry = Entry.objects.get(kind="shared")
    assert (entry.actor, entry.subject) == (7, "register:civil-registry")
    assert NUMBER not in entry.detail
    assert "查无记录" in entry.detail


@pytest.mark.parametrize("broken", BROKEN)
def test_whatever_a_register_does_the_paper_serves(
    settings: Settings, caplog: pytest.LogCaptureFixture, broken: str
) -> None:
    path = broken if "." in broken else f"{__name__}.{broken}"
    settings.JINGBAN_SHARING = {"civil-registry": path}
    house = House()
    item = house.version(CHANGE).item
    assert had(item, new_name="张小鳳") == {}
    entry = Entry.objects.get(kind="shared")
    assert (entry.actor, entry.subject) == (1, "register:civil-registry")
    assert "未能取得（" in entry.detail
    assert "按指南收取材料" in entry.detail
    assert NUMBER not in entry.detail + caplog.text, "neither the audit nor the log repeats what was asked"
    (logged,) = [r for r in caplog.records if r.name == "jingban.sharing.service"]
    assert logged.exc_info is None
    answers = {**SAID, "new_name": "张小鳳"}
    view = house.apply(CHANGE, answers=answers, situations=("employee",), actor=CLERK, applicant=user("one"))
    assert view.state.shared == {}


def test_a_reference_that_repeats_the_number_is_not_kept(settings: Settings) -> None:
    settings.JINGBAN_SHARING = {"civil-registry": f"{__name__}.Telltale"}
    answer = sharing.ask("civil-registry", NUMBER, actor=7, purpose="试验", now=MONDAY)
    assert answer is not None
    assert NUMBER.upper() not in (answer.reference + Entry.objects.get().detail).upper()


# An account that nobody knows hears nothing


def test_an_account_hears_nothing_of_who_it_is_not_bound_to() -> None:
    item = House().version(CHANGE).item
    put("civil-registry", NUMBER, {"name": "张小鳳", "id_number": NUMBER})
    one, other = user("one"), user("other")
    assert had(item, account=one, new_name="张小鳳") == {}
    bind(one, name="别人", source="人脸核验", at=MONDAY, digest=number_digest("01", make.new_number(3)))
    assert had(item, account=one, new_name="张小鳳") == {}
    assert not Entry.objects.filter(kind="shared").exists(), "the register was not even asked"
    bind(other, name=NAME, source="人脸核验", at=MONDAY, digest=number_digest("01", NUMBER))
    assert had(item, account=other, new_name="张小鳳")


def test_a_guardian_on_record_has_the_register_asked() -> None:
    item, origin = House().version(CHANGE).item, make.origin("xingtai")
    child = make.person(origin, 4, born=date(2020, 5, 1))
    number = make.new_number(4, date(2020, 5, 1))
    put("civil-registry", number, {"name": "试新名"})
    parent, number_there = user("parent"), number_digest("01", make.new_number(80))
    bind(parent, name=make.new_name(80), source="窗口核验", at=MONDAY, digest=number_there)
    said = {"name": child.name, "id_number": number, "new_name": "试新名"}
    assert had(item, account=parent, **said) == {}
    persons.add_kin(
        origin, child, name=make.new_name(80), relation="parent", number=make.new_number(80), guardian=True,
        start_on=child.born_on,
    )  # fmt: skip
    assert had(item, account=parent, **said)


def test_an_application_shows_an_unbound_account_the_whole_list() -> None:
    put("civil-registry", NUMBER, {"name": "张小鳳", "id_number": NUMBER})
    answers = {**SAID, "new_name": "张小鳳"}
    house = House()
    view = house.apply(CHANGE, answers=answers, situations=("employee",))
    assert view.state.shared == {}
    owner = house.applicant.id
    served = house.apply(CHANGE, answers=answers, situations=("employee",), actor=CLERK, applicant=owner)
    assert served.state.shared, "at the counter somebody saw the papers"


def test_the_registry_of_companies_is_public_and_asked_by_credit_code_only(settings: Settings) -> None:
    settings.JINGBAN_SHARING = {"company-registry": "jingban.sharing.simulated.Simulated"}
    item = next(
        i for i in effective_all()
        if i.subject == "unit" and any(m.sharing == "company-registry" and not m.when and not m.for_whom for m in i.materials)
    )  # fmt: skip
    code = make.credit_code(1)
    put("company-registry", code, {"credit_code": code})
    put("company-registry", NUMBER, {"credit_code": code})

    def shared(**answers: str) -> dict[str, str]:
        return shared_materials(
            item, answers, situations=(), channel="online", actor=5, account=5, now=MONDAY
        )

    assert set(shared(credit_code=code, id_number=NUMBER).values()) == {"company-registry"}
    assert shared(id_number=NUMBER) == {}


def test_only_who_may_ask_for_a_unit_has_other_registers_asked() -> None:
    origin = make.origin("xingtai")
    unit = make.unit(origin)
    clerk, item = user("clerk"), House().version(CHANGE).item
    asking = Asking(clerk, "credit_code", {"credit_code": unit.credit_code}, item, MONDAY)
    assert not any(holds(asking) for holds in RIGHTS)
    units.name_operator(origin, unit, clerk)
    assert any(holds(asking) for holds in RIGHTS)


# Asked again


def test_what_is_put_right_is_asked_again_and_once_a_register() -> None:
    """What a register said, it said of the former answers (decision 15)."""
    other = make.new_number(2)
    put("civil-registry", NUMBER, {"name": "张小鳳", "id_number": NUMBER})
    house = House()
    answers = {**SAID, "new_name": "张小鳳"}
    view = house.apply(
        CHANGE, answers=answers, situations=("employee",), actor=CLERK, applicant=house.applicant.id
    )
    assert (len(view.state.shared), Entry.objects.filter(kind="shared").count()) == (1, 1)
    with pytest.raises(MaterialsMissing):
        house.act(view, "accept", answers={"phone": SAID["phone"]}, checklist=[])
    assert Entry.objects.filter(kind="shared").count() == 1, "an act that changes no answer asks nobody"
    with pytest.raises(MaterialsMissing):
        house.act(view, "accept", answers={"id_number": other}, checklist=[])
    assert Entry.objects.filter(kind="shared").count() == 2
    assert "查无记录" in Entry.objects.filter(kind="shared").latest("id").detail


def test_the_case_is_accepted_without_the_shared_paper_and_replays() -> None:
    put("civil-registry", NUMBER, {"name": "张小鳳", "id_number": NUMBER})
    house = House()
    answers = {**SAID, "new_name": "张小鳳"}
    bind(house.applicant.id, name=NAME, source="人脸核验", at=MONDAY, digest=number_digest("01", NUMBER))
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
