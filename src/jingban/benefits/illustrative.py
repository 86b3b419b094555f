"""Illustrations are shown, and never paid by where people are really paid (design, section 6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.conf import settings

from jingban.benefits.errors import OnlyIllustrative
from jingban.benefits.models import Decision
from jingban.rulebook.figures import not_by_illustrations


def refuse_illustrative(region: str, names: Sequence[str]) -> None:
    """Raise OnlyIllustrative where the figures used are illustrations and people are really paid here."""
    if names and not pays_illustrative():
        raise OnlyIllustrative(not_by_illustrations(region, names, "支付"), parameters=list(names))


def pays_illustrative() -> bool:
    """Whether amounts worked out by illustrations may be paid here: pages about money say so."""
    return bool(settings.JINGBAN_PAYS_ILLUSTRATIVE)


def any_illustrative(case_ids: Iterable[int]) -> bool:
    """Whether what stands decided of some cases was worked out by illustrations."""
    standing = Decision.objects.filter(case__in=list(case_ids), undone_at__isnull=True)
    return standing.filter(is_illustrative=True).exists()
