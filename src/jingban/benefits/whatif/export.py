"""The claims that were decided in a year, as a table of claims under pseudonyms.

The key of the pseudonyms is thrown away: two exports cannot be joined. Disease codes stay, for caps hang on them, so a file
is health data all the same.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from operator import itemgetter
from pathlib import Path

from django.db.models import QuerySet

from jingban.benefits import books, calculations, openings, years
from jingban.benefits.kept import inputs_of, results_of
from jingban.benefits.models import Decision, Kind
from jingban.benefits.openings import Opening
from jingban.benefits.rules.figures import Figures
from jingban.benefits.rules.model import Claim
from jingban.benefits.rules.split import borne_alone, split_all
from jingban.benefits.rules.terms import settlement_day
from jingban.benefits.whatif.claims import Row, write
from jingban.registry import service as registry


@dataclass(frozen=True, slots=True)
class Exported:
    """How much was written. Left out, for their year depends on what is not in the table: persons with medical aid applied
    for by itself, and persons with decisions of another region too.
    """

    claims: int
    persons: int
    left_out_aid: int
    left_out_elsewhere: int


def export(folder: Path, *, year: int, region: str = "", files: int = 1) -> Exported:
    """Write the standing decisions of a year, of one region or of all."""
    standing = Decision.objects.filter(year=year, undone_at__isnull=True)
    paid, merged = standing.filter(kind=Kind.REIMBURSEMENT), registry.merged_rows()

    def persons(rows: QuerySet[Decision]) -> set[int]:
        """Whoever it was decided for, under the row that stands."""
        return {merged.get(pk, pk) for pk in rows.values_list("person_id", flat=True)}

    aided, elsewhere = persons(standing.filter(kind=Kind.AID)), set()
    if region:
        elsewhere = persons(paid.exclude(region=region))
        paid = paid.filter(region=region)
    there = persons(paid)
    taken = there - aided - elsewhere
    begins, key = _Begins(year, taken, merged), secrets.token_bytes(32)
    found: list[tuple[tuple[int, ...], Row]] = []
    for decision in paid.select_related("book").iterator(chunk_size=500):
        mine = decision.person_id or 0
        if (person := merged.get(mine, mine)) in taken:
            opening = begins.before(person, decision.case_id)
            found += _rows(decision, pseudonym(key, person), opening)
    found.sort(key=itemgetter(0))
    write((replace(row, claim=number, rank=number) for number, (_, row) in enumerate(found)), folder, files)
    return Exported(
        claims=len(found),
        persons=len({row.person for _, row in found}),
        left_out_aid=len(there & aided),
        left_out_elsewhere=len(there & elsewhere - aided),
    )


class _Begins:
    """What these persons had settled outside before each case, as ``years.before`` has it."""

    def __init__(self, year: int, persons: Collection[int], merged: Mapping[int, int]) -> None:
        self._of: defaultdict[int, list[Opening]] = defaultdict(list)
        for row in openings.checked(year).iterator():
            if (person := merged.get(row.person_id, row.person_id)) in persons:
                self._of[person].append(openings.opened(row))
        rows = Decision.objects.filter(year=year, kind=Kind.REIMBURSEMENT).order_by("-turn")
        self._first = dict(rows.values_list("case_id", "decided_on")) if self._of else {}

    def before(self, person: int, case: int) -> Mapping[str, int] | None:
        if person not in self._of:
            return None
        begins = openings.counting(self._of[person], self._first[case])
        return years.folded((), begins).sums or None


def _rows(
    decision: Decision, person: int, opening: Mapping[str, int] | None
) -> Iterator[tuple[tuple[int, ...], Row]]:
    """A row for each bill, with its place; what was paid for it is what its own result said."""
    payload = calculations.read(decision.kind, inputs_of(decision))
    for number, (part, told) in enumerate(zip(payload.claims, results_of(decision), strict=True)):
        # Of rows that were merged two have a rank (``years.standing``).
        place = person, decision.rank, decision.case_id, number
        yield place, _row(decision, part.claim, person, opening, told["amounts"]["fund"])


def _row(
    decision: Decision, claim: Claim, person: int, opening: Mapping[str, int] | None, decided: int
) -> Row:
    parts, third = split_all(claim.lines), claim.third_party_paid
    # What a third party paid for lines that it alone has to bear leaves the table with them: nothing hangs on it.
    alone = borne_alone(claim.lines, third) if parts.in_scope else 0
    figures = Figures(books.table(decision.book), claim.ended_on)
    return Row(
        claim=0,
        person=person,
        rank=0,
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
        own_pay=parts.own_pay - alone,
        over_limit=parts.over_limit,
        pre_self=parts.pre_self,
        in_scope=parts.in_scope,
        commercial=claim.commercial,
        third_party=third - alone,
        decided=decided,
        opening=opening,
    )


def pseudonym(key: bytes, person: int) -> int:
    """A number of 62 bits that says nothing without the key."""
    found = hmac.new(key, str(person).encode(), hashlib.sha256).digest()
    return int.from_bytes(found[:8], "big") >> 2
