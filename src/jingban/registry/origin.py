"""Where a datum comes from: carried by every write to the registers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from jingban.cases.work import Work
from jingban.core.localtime import local_day
from jingban.registry.models import Source


@dataclass(frozen=True, slots=True)
class Origin:
    """Which region's register, who writes, when, by which case, on what source."""

    region: str
    actor: int
    at: datetime
    source: Source = Source.DECLARED
    case: int | None = None
    seq: int = 0

    @property
    def day(self) -> date:
        return local_day(self.at)

    def columns(self) -> dict[str, object]:
        """What a row with a period keeps of it."""
        return {
            "region": self.region,
            "source": self.source,
            "case": self.case,
            "actor": self.actor,
            "recorded_at": self.at,
        }


def origin_of(work: Work, source: Source | None = None) -> Origin:
    """The origin of what a case changes: declared, unless a register of another department confirmed it (国令765 art. 8)."""
    source = source or (Source.SHARED if work.shared else Source.DECLARED)
    return Origin(work.region, work.actor, work.at, source, work.case_id or None, work.seq)
