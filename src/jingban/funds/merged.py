"""Two rows of the register were one person: what either owes and is owed is of one."""

from __future__ import annotations

from jingban.funds.models import Payable, Recovery
from jingban.registry import service as registry


@registry.when_merged
def merged(origin: registry.Origin, kept: registry.Person) -> None:
    """Claims and payables go to the row that stays, so that the one is kept back from the other."""
    rows = registry.rows_of(kept.pk)
    for table in (Recovery, Payable):
        table.objects.filter(person__in=rows).exclude(person=kept.pk).update(person=kept.pk)
