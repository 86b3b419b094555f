"""Who registers a death in the villages: whoever the guide names, at the counter; nobody by self-service."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest

from jingban.access.service import NotAllowed
from jingban.cases import actions
from jingban.cases.view import CaseView
from jingban.registry.models import Enrolment, Person
from tests.builders import MONDAY
from tests.houses import House, staff
from tests.registry import factories as make
from tests.registry.driving import house

pytestmark = pytest.mark.django_db(databases=["default", "audit"])
__all__ = ["house"]
REGION = "qinhuangdao"


def _entry(item: str) -> tuple[str, str, str]:
    return (REGION, "grassroots", item)


def _brought(house: House, item: str, role: str, **said: str) -> CaseView:
    """Somebody without an account stands before somebody of the staff, who files and decides at once."""
    clerk = staff(60, role, region=REGION)
    view = actions.apply(
        version=house.version(_entry(item)).id,
        application=actions.Application(answers={**make.who(), **said}, channel=role),
        actor=clerk,
        key=uuid4(),
        now=MONDAY,
        walk_in=True,
    )
    return house.act(view, "accept", actor=clerk)


def test_a_death_is_registered_at_the_window_that_the_guide_names(house: House) -> None:
    _brought(house, "grassroots-resident-enrolment", "village", resident_kind="adult", insured_year="2026")
    with pytest.raises(NotAllowed):  # 医保中心窗口办理
        _brought(house, "grassroots-termination", "village", death_on="2026-03-01")
    assert Person.objects.get().died_on is None
    view = _brought(house, "grassroots-termination", "window", death_on="2026-03-02")
    assert view.outcome == "granted"
    assert Person.objects.get().died_on == date(2026, 3, 2)
    assert Enrolment.objects.get().end_reason == "death"


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("grassroots-termination", {"death_on": "2026-03-02"}),
        ("grassroots-resident-change", {"resident_operation": "suspend", "from_date": "2026-03-02"}),
    ],
)
def test_what_no_guide_describes_online_waits_for_the_staff(
    house: House, item: str, said: dict[str, str]
) -> None:
    _brought(house, "grassroots-resident-enrolment", "village", resident_kind="adult", insured_year="2026")
    view = house.apply(_entry(item), answers={**make.who(), **said}, channel="online")
    assert (view.step, view.is_open) == ("accept", True)
    person, spell = Person.objects.get(), Enrolment.objects.get()
    assert (person.died_on, spell.standing) == (None, "1")
    assert house.act(view, "accept").outcome == "granted"
    assert Enrolment.objects.filter(standing="1", end_on=date(2026, 12, 31)).count() == 0
