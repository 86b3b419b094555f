"""The simulated registers of the demo know its people and units, and no real line is written to."""

from __future__ import annotations

from datetime import date

import pytest

from jingban.registry.demo.sharing import tell_registers
from jingban.registry.models import AidStatus
from jingban.sharing import service as sharing
from jingban.sharing.models import SimulatedRecord
from tests.registry import factories as made

pytestmark = pytest.mark.django_db(databases="__all__")
SIMULATED = "jingban.sharing.simulated.Simulated"


@pytest.fixture(autouse=True)
def _people() -> None:
    origin = made.origin()
    poor = made.person(origin, 1)
    made.person(origin, 2)
    made.unit(origin, 1)
    AidStatus.objects.create(
        **origin.columns(), person=poor, category="orphan", start_on=made.DAY, end_on=date(2026, 12, 31)
    )


def asked(register: str, number: str) -> dict[str, str]:
    answer = sharing.ask(register, number, actor=1, purpose="试验", now=made.instant(made.DAY))
    return dict(answer.facts) if answer else {}


def test_each_register_knows_its_own(settings: pytest.FixtureRequest) -> None:
    known = ("civil-registry", "civil-affairs", "company-registry", "insurance-platform", "tax")
    settings.JINGBAN_SHARING = dict.fromkeys(known, SIMULATED)  # type: ignore[attr-defined]
    for _ in range(2):
        tell_registers(made.REGION)
    assert asked("civil-registry", made.new_number(1))["name"] == made.new_name(1)
    assert asked("civil-registry", made.new_number(2))["sex"] == "male"
    assert asked("civil-affairs", made.new_number(1))["aid_category"] == "orphan"
    assert asked("civil-affairs", made.new_number(2)) == {}
    assert asked("company-registry", made.credit_code(1))["unit_name"] == "试验第1有限公司"
    assert asked("tax", made.new_number(2))["id_number"] == made.new_number(2)
    assert SimulatedRecord.objects.count() == 2 + 1 + 1 + 2 + 2


def test_a_register_that_is_not_simulated_is_left_alone(settings: pytest.FixtureRequest) -> None:
    settings.JINGBAN_SHARING = {"civil-registry": "somewhere.Real"}  # type: ignore[attr-defined]
    tell_registers(made.REGION)
    assert not SimulatedRecord.objects.exists()
