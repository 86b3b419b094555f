"""Wherever an amount or a limit stands that an illustrative figure gave, it says so; where a document gives it, nothing
is said (design, section 6). One table: a new place is a new line."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from jingban.access.models import User
from jingban.benefits import service as benefits
from jingban.cases.models import Case, CaseEvent
from jingban.cases.view import read as read_case
from jingban.core.parameters import DatedValue, Parameter
from jingban.documents import service as documents
from jingban.documents.case_papers import content_of
from jingban.messaging import service as messaging
from jingban.portals import charts, printing
from jingban.registry import certificates, enrolments, levies, unit_events
from jingban.registry.effects import units as unit_effects
from jingban.registry.errors import MonthsMissing
from jingban.registry.models import Enrolment, Issued, Person, Unit
from jingban.registry.rosters.typed import Typed, look_over
from jingban.registry.snapshots import issued_words
from tests.benefits import factories as make
from tests.houses import House
from tests.portals.conftest import NOW, hand_in, published, signed_in
from tests.portals.test_desk import do, required
from tests.portals.test_person_supplement import CHANGE
from tests.portals.test_register_pages import officer
from tests.portals.test_unit import operator, text_of
from tests.registry import factories as made
from tests.registry.factories import tax_says

JAN, MAR = date(2026, 1, 1), date(2026, 3, 1)
HINT = {**made.who(7), "from_date": "2026-03-01", "monthly_wage": "1000", "phone": "13800138000"}


def _verified(self: Parameter, day: date) -> DatedValue:
    return _dated(self, day).model_copy(update={"status": "verified"})


_dated = Parameter.dated


def insured(unit: Unit | None, n: int, kind: str) -> Person:
    who = made.person(made.origin(), n)
    enrolments.enrol(
        made.origin(day=JAN), who, insurance="310", kind=kind, start_on=JAN, unit=unit, wage=Decimal(3000)
    )
    return who


def refused(act: Callable[[], object], error: type[Exception]) -> str:
    with pytest.raises(error) as told:
        act()
    return str(told.value)


def of_levies() -> dict[str, str]:
    """What every place says that shows what is levied."""
    o, unit = made.origin(), made.unit(made.origin())
    worker, own = insured(unit, 1, "1101"), insured(None, 2, "1103")
    clerk, desk = signed_in(operator(unit, "declare", "query", name="boss")), officer("window")
    register, person = f"/desk/register/unit/{unit.pk}/", f"/desk/register/person/{own.pk}/"
    said = text_of(desk.post(f"{register}levy/", {"month": "2026-03"}, follow=True))
    (levy,), alone = levies.arrears(unit), levies.levy_flexible(o, own, MAR)
    assert alone is not None
    (hint,) = look_over(o, [Typed(1, HINT)], unit.credit_code, "add")
    found = {
        "made at the desk": said[said.index(f"征缴单{levy.number}：") :][:80],
        "unit, home": text_of(clerk.get(f"/unit/?unit={unit.pk}")),
        "unit, levies": text_of(clerk.get(f"/unit/{unit.pk}/levies/")),
        "slip": printing.levy(levy).content.texts(),
        "desk, head of a unit": text_of(desk.get(register)),
        "desk, levies of a unit": text_of(desk.get(f"{register}?tab=levies")),
        "desk, levies of a person": text_of(desk.get(f"{person}?tab=paid")),
        "slip of a person": printing.levy(alone).content.texts(),
        "unit's extract": _words(unit_effects.extract(o, unit)),
        "struck off": refused(lambda: unit_events.deregister(o, unit, made.DAY), Exception),
        "the tax department's answer": tax_says(o, levy.number, amount=Decimal(1)).answer,
        "wage below the limit": hint.hint,
        "history": _marked_history(text_of(desk.get(f"{register}?tab=history"))),
    }  # fmt: skip
    assert Enrolment.objects.filter(person=worker).exists()
    return found


def of_registers() -> dict[str, str]:
    """Days and years that follow from the region's figures."""
    o, unit = made.origin(), made.unit(made.origin(), 2)
    worker = insured(unit, 3, "1101")
    page = text_of(officer("reviewer").get(f"/desk/register/person/{worker.pk}/"))
    return {
        "desk, a person": page,
        "a person's extract": _words(certificates.extract(o, worker)),
        "too few years": refused(lambda: enrolments.retire(o, worker, made.DAY), MonthsMissing),
    }


def of_cases() -> dict[str, str]:
    """Limits that no guide prints."""
    version, owner = published(CHANGE), User.objects.create_user("owner", name="某")
    number = hand_in(signed_in(owner), CHANGE, new_phone="13900000000", new_address="某某路1号")
    window = officer("window", region=CHANGE.region, name="w")
    assert do(window, number, "notify", tick=required(CHANGE)[1:]) == 302
    view = read_case(Case.objects.get().pk)[0]
    paper = content_of(view, view.seq, "one-off-notice")
    assert paper is not None
    messaging.deliver(now=NOW)
    owner_page = text_of(signed_in(owner).get(f"/my/{number}/"))
    return {
        "one-off notice": str(next(line.lines for line in paper.facts if line.label == "补正期限")),
        "message": " ".join(text for _, text in messaging.inbox(owner.pk)),
        "own case": owner_page[owner_page.index("还剩") :][:40],
        "flow chart": str(charts.limits_in_words(version.pk, CHANGE.process.process)),
    }


def of_benefits() -> dict[str, str]:
    """What is paid, where it is decided, asked about, listed and printed."""
    benefits.load_demo_catalogue(NOW)
    house, owner = House(now=NOW), User.objects.create_user("owner", name="某")
    make.insured(1)
    view = make.opened(house)
    Case.objects.filter(pk=view.id).update(applicant=owner.pk)
    view = house.fresh(view)
    make.entered(house, view)
    reader = officer("reviewer", region=make.REGION)
    panel = text_of(reader.get(f"/desk/case/{view.number}/benefit/"))
    make.approved(house, view)
    view = house.fresh(view)
    event = CaseEvent.objects.filter(case_id=view.id, act="approve").latest("seq")
    papers = ["result-notice", "settlement-record", "cash-reimbursement-sheet"]
    CaseEvent.objects.filter(pk=event.pk).update(data={**event.data, "documents": papers})
    printed = {kind: documents.look(view, event.seq, kind) for kind in papers}
    found = {kind: one[0].texts() if one else "" for kind, one in printed.items()}
    return {
        **found,
        "desk, worked out": panel,
        "desk, decided": text_of(reader.get(f"/desk/case/{view.number}/benefit/")),
        "desk, register of claims": text_of(reader.get("/desk/register/claims/")),
        "own case": text_of(signed_in(owner).get(f"/my/{view.number}/")),
    }


def _marked_history(text: str) -> str:
    """A history says of each levy whether illustrations gave it."""
    found = re.search(r"按示例值计算\W*?(是|否)", re.sub("<[^>]*>", "", text))
    return "" if found is None or found[1] == "否" else "示例"


def _words(row: Issued) -> str:
    return str(issued_words(row))


SCENES = [of_levies, of_registers, of_cases, of_benefits]


@pytest.mark.live_effects
@pytest.mark.parametrize("real", [False, True], ids=["illustrative", "verified"])
@pytest.mark.parametrize("places", SCENES, ids=lambda scene: scene.__name__)
def test_an_illustration_is_marked_wherever_it_stands(
    places: Callable[[], dict[str, str]], real: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if real:
        monkeypatch.setattr(Parameter, "dated", _verified)
    said = places()
    marked = {name for name, text in said.items() if "示例" in text}
    assert marked == (set() if real else set(said)), {name: said[name][:400] for name in said}
