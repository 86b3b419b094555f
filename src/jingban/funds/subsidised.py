"""A person's premium of an insured year is subsidised once (资助参保), however many cases ask for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet, Sum

from jingban.benefits import service as benefits
from jingban.cases.models import Case, CaseFind
from jingban.cases.view import read_many
from jingban.cases.work import Work, answers_of
from jingban.core.crypto import blind_index
from jingban.funds.models import FiscalRequest, FiscalState, Payable, Recovery, RecoveryState
from jingban.registry import service as registry
from jingban.rulebook import publish


def earlier(work: Work) -> int:
    """What other cases of the item asked for or owed for the case's person and insured year, in fen.

    The person is held: of two cases decided at once the second sees the first. Nothing where the case names nobody.
    """
    if not work.said("id_number"):
        return 0
    person = registry.person_of(work)
    benefits.hold_person(person.pk)
    cases = list(_same_year(work, person))
    owed = Payable.objects.filter(case__in=cases, reversed_on__isnull=True)
    asked = FiscalRequest.objects.filter(case__in=cases, kind="subsidy").exclude(state=FiscalState.DECLINED)
    back = Recovery.objects.filter(case__in=cases, state__in=[RecoveryState.OPEN, RecoveryState.CLOSED])
    return max(0, _sum(owed) + _sum(asked) - _sum(back))


def _same_year(work: Work, person: registry.Person) -> Iterator[int]:
    digests = [blind_index("id", number) for number in registry.numbers_of(person)]
    about = CaseFind.objects.filter(kind="id", digest__in=digests).values("case_id")
    others = Case.objects.filter(pk__in=about, region=work.region, item=work.item.item).exclude(
        pk=work.case_id
    )
    for view in read_many(list(others.order_by("pk").values_list("pk", flat=True))):
        said = answers_of(view, publish.version(view.version_id).item)
        if said.get("insured_year") == work.said("insured_year"):
            yield view.id


def _sum(rows: QuerySet[Any]) -> int:
    return int(rows.aggregate(fen=Sum("total_fen"))["fen"] or 0)
