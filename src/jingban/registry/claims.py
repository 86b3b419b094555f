"""Conflicts: what an open case means to change is claimed when it is filed and looked at again when it takes effect.

Nobody is kept from applying; of two cases on one field the first that is approved stands, and the other is told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Max, QuerySet

from jingban.cases.models import Case
from jingban.cases.work import Work
from jingban.core.crypto import digest
from jingban.processes.effects import before_effects, when_filed
from jingban.registry.changes import Changed
from jingban.registry.errors import RegisterMoved
from jingban.registry.models import Change, Claim
from jingban.registry.preview import preview
from jingban.registry.words import field_name


@dataclass(frozen=True, slots=True)
class Conflict:
    """Another open case that means to change the same."""

    case: int
    number: str
    fields: tuple[str, ...]


@when_filed
def stake(work: Work) -> None:
    """Claim what the case would change if it took effect now; one that cannot take effect yet claims nothing."""
    Claim.objects.filter(case=work.case_id).delete()
    changes = preview(work).changes
    known = {_key(work.region, change): change for change in changes if not _is_new_here(change, changes)}
    Claim.objects.bulk_create(
        Claim(
            region=work.region,
            case=work.case_id,
            register=change.register,
            field=change.field,
            row=change.row if change.field else None,
            key=key,
            seen=_last_change(work.region, change.register, change.row, change.field) if change.field else 0,
        )
        for key, change in known.items()
    )


@before_effects
def hold(work: Work) -> None:
    """Nothing that the case means to change may have been changed by another case since it was filed."""
    for claim in Claim.objects.filter(case=work.case_id).filter(row__isnull=False):
        later = (
            _changes(claim.region, claim.register, claim.row or 0, claim.field)
            .filter(pk__gt=claim.seen, case__isnull=False)
            .exclude(case=work.case_id)
            .order_by("-pk")
            .first()
        )
        if later is not None:
            number = Case.objects.get(pk=later.case or 0).number
            what = field_name(claim.register, claim.field)
            raise RegisterMoved(
                f"本件提出以后，“{what}”已经由办件{number}变更；请退回受理，核对后再办。", field=claim.field
            )


def _changes(region: str, register: str, row: int, field: str) -> QuerySet[Change]:
    return Change.objects.filter(region=region, register=register, row=row, field=field)


def _last_change(region: str, register: str, row: int, field: str) -> int:
    return _changes(region, register, row, field).aggregate(last=Max("pk"))["last"] or 0


def conflicts(work: Work) -> list[Conflict]:
    """Other open cases that claim what this one claims."""
    keys = [bytes(key) for key in Claim.objects.filter(case=work.case_id).values_list("key", flat=True)]
    others: dict[int, list[Claim]] = {}
    for claim in Claim.objects.filter(key__in=keys).exclude(case=work.case_id):
        others.setdefault(claim.case, []).append(claim)
    open_cases = Case.objects.filter(pk__in=others, outcome__isnull=True).order_by("id")
    return [
        Conflict(pk, number, tuple(dict.fromkeys(field_name(c.register, c.field) for c in others[pk])))
        for pk, number in open_cases.values_list("pk", "number")
    ]


def _is_new_here(change: Changed, all_changes: Iterable[Changed]) -> bool:
    """Whether the row belongs to a person or unit that only the trial run made."""
    made = {(c.register, c.row) for c in all_changes if not c.field and c.register in ("person", "unit")}
    if change.register in ("person", "unit"):
        return bool(change.field) and (change.register, change.row) in made
    return ("person", change.person) in made or ("unit", change.unit) in made


def _key(region: str, change: Changed) -> bytes:
    """Rows that exist by their key; rows to be made by whose they are, a person or unit by the number."""
    if change.field:
        what = f"row:{change.row}"
    elif change.register in ("person", "unit"):
        made = change.after or {}
        what = f"number:{made.get('id_number') or made.get('credit_code')}"
    else:
        what = f"of:{change.person}:{change.unit}"
    return digest(f"{region}:{change.register}:{what}:{change.field}")[:16]
