"""What must hold after every round of a walk, whatever was walked."""

from __future__ import annotations

from collections.abc import Iterator

from jingban.benefits import service as benefits
from jingban.cases import verify
from jingban.funds import service as funds
from jingban.ledger import service as ledger
from jingban.registry import guards
from jingban.registry.models import (
    AidStatus,
    Contribution,
    Enrolment,
    IdentityDocument,
    OffsiteFiling,
    Person,
    Recognition,
)
from jingban.registry.models.periods import Period
from jingban.registry.words import day_text, register_name

ONE_AT_A_TIME: tuple[type[Period], ...] = (Enrolment, Contribution, OffsiteFiling, Recognition, AidStatus)


def faults() -> Iterator[str]:
    """Everything that is wrong: the protection of the tables, the books, the cases, what is held twice."""
    yield from guards.doctor()
    yield from ledger.faults()
    yield from benefits.faults()
    yield from funds.faults()
    yield from verify.faults()
    for model in ONE_AT_A_TIME:
        yield from _overlaps(model)
    yield from _numbers()


def _overlaps(model: type[Period]) -> Iterator[str]:
    """Two rows of one person and slot that share a day; read anew, not by the guards' own condition."""
    before: Period | None = None
    for row in model.objects.filter().order_by("person", "slot", "start_on", "id").iterator():
        same = before is not None and (before.person_id, before.slot) == (row.person_id, row.slot)  # type: ignore[attr-defined]
        if same and before is not None and (before.end_on is None or before.end_on >= row.start_on):
            name = register_name(str(model._meta.model_name))
            yield f"{row.region} 个人{row.person_id}的{name}在{day_text(row.start_on)}重复"  # type: ignore[attr-defined]
        before = row


def _numbers() -> Iterator[str]:
    """A number that two people hold, and people without one."""
    held: dict[tuple[str, str, bytes], int] = {}
    for row in IdentityDocument.objects.filter(end_on__isnull=True).order_by("id").iterator():
        other = held.setdefault((row.region, row.kind, bytes(row.digest)), row.person_id)
        if other != row.person_id:
            yield f"{row.region} 个人{other}和{row.person_id}登记了同一个证件号码"
    for person in Person.objects.filter(documents__isnull=True).order_by("id"):
        yield f"{person.region} 个人{person.pk}没有身份证件"
