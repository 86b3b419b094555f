"""The claims that were decided in a year, as a table of claims under pseudonyms.

The key of the pseudonyms is thrown away: two exports cannot be joined. Disease codes stay, for caps hang on them, so a file
is health data all the same.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from jingban.benefits import books, calculations
from jingban.benefits.kept import inputs_of, results_of
from jingban.benefits.models import Decision, Kind, OpeningSum
from jingban.benefits.rules.figures import Figures
from jingban.benefits.rules.model import Claim
from jingban.benefits.rules.split import split_all
from jingban.benefits.rules.terms import settlement_day
from jingban.benefits.whatif.claims import Row, write


@dataclass(frozen=True, slots=True)
class Exported:
    """How much was written. Left out, for their year depends on what is not in the table: persons with medical aid applied
    for by itself, persons with decisions of another region too, and persons for whom hospitals settled directly.
    """

    claims: int
    persons: int
    left_out_aid: int
    left_out_elsewhere: int
    left_out_opening: int


def export(folder: Path, *, year: int, region: str = "", files: int = 1) -> Exported:
    """Write the standing decisions of a year, of one region or of all."""
    standing = Decision.objects.filter(year=year, undone_at__isnull=True)
    aided = set(standing.filter(kind=Kind.AID).values_list("person_id", flat=True))
    paid = standing.filter(kind=Kind.REIMBURSEMENT)
    elsewhere: set[int | None] = set()
    if region:
        elsewhere = set(paid.exclude(region=region).values_list("person_id", flat=True))
        paid = paid.filter(region=region)
    there = set(paid.values_list("person_id", flat=True))
    counting = OpeningSum.objects.filter(year=year, removed_at__isnull=True, checked_at__isnull=False)
    begun = set(counting.values_list("person_id", flat=True))
    key, left_out = secrets.token_bytes(32), aided | elsewhere | begun
    found = [
        row
        for decision in paid.order_by("person_id", "rank").select_related("book").iterator(chunk_size=500)
        if decision.person_id not in left_out
        for row in _rows(decision, key)
    ]
    found.sort(key=lambda row: (row.person, row.rank))
    ready = [replace(row, claim=number) for number, row in enumerate(found)]
    write(ready, folder, files)
    return Exported(
        claims=len(ready),
        persons=len({row.person for row in ready}),
        left_out_aid=len(there & aided),
        left_out_elsewhere=len(there & elsewhere - aided),
        left_out_opening=len(there & begun - aided - elsewhere),
    )


def _rows(decision: Decision, key: bytes) -> Iterator[Row]:
    """A row for each bill; what was paid for it is what its own result said."""
    payload = calculations.read(decision.kind, inputs_of(decision))
    person = pseudonym(key, decision.person_id)
    for number, (part, told) in enumerate(zip(payload.claims, results_of(decision), strict=True)):
        yield _row(decision, part.claim, person, number, told["amounts"]["fund"])


def _row(decision: Decision, claim: Claim, person: int, number: int, decided: int) -> Row:
    parts = split_all(claim.lines)
    figures = Figures(books.table(decision.book), claim.ended_on)
    return Row(
        claim=0,
        person=person,
        rank=decision.rank * 1000 + number,
        region=decision.region,
        day=settlement_day(claim, figures),
        insurance=claim.insurance,
        care=claim.care,
        status=claim.status,
        level=claim.level,
        place=claim.place,
        disease=claim.disease,
        aid=claim.aid,
        age=-1 if claim.age is None else claim.age,
        admission=claim.admission,
        is_civil_servant=claim.is_civil_servant,
        has_enterprise_supplement=claim.has_enterprise_supplement,
        own_pay=parts.own_pay,
        over_limit=parts.over_limit,
        pre_self=parts.pre_self,
        in_scope=parts.in_scope,
        commercial=claim.commercial,
        third_party=claim.third_party_paid,
        decided=decided,
    )


def pseudonym(key: bytes, person: int | None) -> int:
    """A number of 62 bits that says nothing without the key."""
    found = hmac.new(key, str(person).encode(), hashlib.sha256).digest()
    return int.from_bytes(found[:8], "big") >> 2
