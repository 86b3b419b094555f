"""Short reads for a desk's lists: one row by its key, the last of a region, the lines of a roster."""

from __future__ import annotations

import json

from jingban.core.identifiers import mask_id
from jingban.registry.models import (
    DuplicatePair,
    IdentityDocument,
    OffsiteFiling,
    Person,
    Recognition,
    Roster,
    TaxNotice,
    Unit,
)
from jingban.registry.sealing import unsealed

RosterEntry = tuple[int, str, str, str, int | None]
"""Line, name, masked number, what is said of it, whom it became."""


def person_of_id(pk: int) -> Person | None:
    """The row of a key with the one that it was merged into, whatever became of it."""
    return Person.objects.select_related("merged_into").filter(pk=pk).first()


def unit_of_id(pk: int) -> Unit | None:
    return Unit.objects.filter(pk=pk).first()


def filing_of_id(pk: int) -> OffsiteFiling | None:
    return OffsiteFiling.objects.filter(pk=pk).select_related("person").first()


def recognition_of_id(pk: int) -> Recognition | None:
    return Recognition.objects.filter(pk=pk).select_related("person").first()


def duplicate_of_id(pk: int) -> DuplicatePair | None:
    return DuplicatePair.objects.filter(pk=pk).select_related("first", "second").first()


def masked_numbers(persons: list[Person]) -> dict[int, str]:
    """What each of these people goes by, masked, in one read: the citizen's number before others."""
    found: dict[int, str] = {}
    for paper in IdentityDocument.objects.filter(person__in=persons).order_by("kind", "-start_on"):
        if paper.end_on is None or paper.person_id not in found:
            found[paper.person_id] = mask_id(unsealed(paper, "number"))
    return found


def numbers_of(person: Person) -> list[str]:
    """Every number that the person has or had, whole: to find the cases about the person by."""
    return [unsealed(row, "number") for row in IdentityDocument.objects.filter(person=person).order_by("id")]


def tax_notices(region: str, most: int) -> list[TaxNotice]:
    """The last notices of the tax department, the newest first."""
    return list(TaxNotice.objects.filter(region=region).order_by("-id")[:most])


def recent_rosters(region: str, most: int, *, actor: int | None = None) -> list[Roster]:
    """The last rosters of a region, or those that somebody uploaded there, the newest first."""
    found = Roster.objects.filter(region=region).order_by("-id")
    return list((found if actor is None else found.filter(actor=actor))[:most])


def rosters_of_unit(unit: Unit, most: int) -> list[Roster]:
    """The last rosters of a unit that a case has, the newest first."""
    found = Roster.objects.filter(
        region=unit.region, kind="unit", holder=unit.credit_code, case__isnull=False
    )
    return list(found.order_by("-id")[:most])


def roster_of_id(pk: int) -> Roster | None:
    return Roster.objects.filter(pk=pk).first()


def roster_lines(roster: Roster, status: str, after: int, most: int) -> list[RosterEntry]:
    """Lines of one status after a line, in the order of the sheet."""
    found = []
    rows = roster.lines.filter(status=status, line__gt=after).order_by("line")[:most]
    for row in rows:
        row.roster = roster
        said = json.loads(unsealed(row, "body"))
        found.append(
            (row.line, said.get("name", ""), mask_id(said.get("id_number", "")), row.why, row.person)
        )
    return found
