"""Visits of village and township workers: the only door for other apps.

write_down(mark, Said(...), *, worker, region, place, visited_at, now) -> (Visit, new)   VisitWrong, VisitTaken
    find(mark, *, worker) -> Visit                                                           VisitNotFound
    of_worker(worker, *, most, before=None) -> list[Visit]; open_count(worker) -> int
    close(mark, *, worker, note, now) -> Visit; became(mark, *, worker, number, now)
Visit.words opens what is sealed; whoever shows another's words writes that down.
"""

from __future__ import annotations

from jingban.visits.actions import HOW, PHOTOS, Said, became, close, find, of_worker, open_count, write_down
from jingban.visits.errors import VisitNotFound, VisitTaken, VisitWrong
from jingban.visits.models import Visit

__all__ = [
    "HOW",
    "PHOTOS",
    "Said",
    "Visit",
    "VisitNotFound",
    "VisitTaken",
    "VisitWrong",
    "became",
    "close",
    "find",
    "of_worker",
    "open_count",
    "write_down",
]
