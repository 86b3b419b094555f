"""What the simulated registers of other departments know of the demo's people and units."""

from __future__ import annotations

from django.conf import settings

from jingban.registry.models import AidStatus, IdentityDocument, Person, Unit
from jingban.registry.sealing import unsealed
from jingban.sharing.simulated import put

MOST = 200
"""People of a region that the simulated registers know: enough to try every form, however many were generated."""
SIMULATED = "jingban.sharing.simulated.Simulated"


def tell_registers(region: str) -> None:
    """Tell the registers that are simulated here about the region's first people and its units.

    Public security knows everybody, the market regulator every unit; civil affairs those in need; the insurance
    platform and the tax department the insured. Then their papers are not asked for again.
    """
    people = Person.objects.filter(region=region, merged_into__isnull=True).order_by("id")[:MOST]
    papers = IdentityDocument.objects.filter(person__in=[p.pk for p in people], kind="01").order_by("id")
    numbers = {paper.person_id: unsealed(paper, "number") for paper in papers}
    aided = dict(
        AidStatus.objects.filter(region=region, end_on__isnull=False).values_list("person_id", "category")
    )
    for person in people:
        if number := numbers.get(person.pk, ""):
            _tell_of(person, number, aided.get(person.pk, ""))
    for unit in Unit.objects.filter(region=region).order_by("id")[:MOST]:
        facts = {
            "unit_name": unit.name,
            "credit_code": unit.credit_code,
            "legal_representative": unit.legal_representative,
        }
        _put("company-registry", unit.credit_code, facts)


def _tell_of(person: Person, number: str, category: str) -> None:
    who = {"name": person.name, "id_number": number}
    born = {"sex": str(person.sex), "born_on": person.born_on.isoformat()}
    died = {"death_on": person.died_on.isoformat()} if person.died_on else {}
    _put("civil-registry", number, {**who, **born, **died})
    _put("insurance-platform", number, who)
    _put("tax", number, who)
    if category:
        _put("civil-affairs", number, {**who, "aid_category": category})


def _put(register: str, number: str, facts: dict[str, str]) -> None:
    """Only where this installation simulates the register: a real line is never written to."""
    if settings.JINGBAN_SHARING.get(register) == SIMULATED:
        put(register, number, facts)
