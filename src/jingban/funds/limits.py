"""How much a fund checker may approve alone (社会保险经办条例 art. 37: graded review); above it the head approves too."""

from __future__ import annotations

from datetime import date

from jingban.core.money import to_fen
from jingban.rulebook.figures import figures

SINGLE, BATCH = "payment-limit-single", "payment-limit-batch"


def needs_head(region: str, *, largest_fen: int, total_fen: int, day: date) -> bool:
    """Whether a batch with this largest payment and this total is beyond the checker's limit on the day."""
    known = figures(region)
    return largest_fen > to_fen(known[SINGLE].at(day)) or total_fen > to_fen(known[BATCH].at(day))
