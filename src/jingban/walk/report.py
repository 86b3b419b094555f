"""Walk every entry and say what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import transaction

from jingban.core.errors import DomainError
from jingban.processes.check import problems
from jingban.processes.model import Process
from jingban.rulebook.models import PublishedItem
from jingban.rulebook.publish import Version, version
from jingban.walk.drive import Drive, WalkFailed
from jingban.walk.plan import plan


@dataclass
class Walked:
    """What came of one entry."""

    region: str
    tier: str
    position: int
    item: str
    name: str
    paths: int = 0
    ends: int = 0
    ends_total: int = 0
    events: int = 0
    late: int = 0
    edges_total: int = 0
    edges_walked: int = 0
    planned_effects: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


def walk_entries(
    rows: Iterable[PublishedItem], *, applicant: int, done: Callable[[Walked], None] = lambda _: None
) -> list[Walked]:
    """Walk each published entry over every arrow of its procedures."""
    found: list[Walked] = []
    for row in rows:
        published = version(row.pk)
        item = published.item
        walked = Walked(item.region, item.tier, item.position, item.item, item.name)
        planned: set[str] = set()
        for process in (item.process, *item.answers):
            _walk(published, process, applicant, walked, planned)
        walked.planned_effects = sorted(planned)
        found.append(walked)
        done(walked)
    return found


def _walk(published: Version, process: Process, applicant: int, walked: Walked, planned: set[str]) -> None:
    walked.edges_total += len(process.edges)
    walked.ends_total += len(process.ends)
    if broken := problems(process):  # what the check refuses is told in its words, not walked into
        walked.failures += [f"{process.process}：{text}" for text in broken]
        return
    ahead = plan(process)
    walked.failures += [f"{process.process}：{e.source} 的“{e.label}”走不到" for e in ahead.unreachable]
    taken, ends = set(), set()
    for path in ahead.paths:
        drive = Drive(published, process, applicant)
        try:
            with transaction.atomic():
                drive.along(dict(path.facts), path.edges)
        except (DomainError, WalkFailed) as error:
            walked.failures.append(f"{process.process}：{error}（{' → '.join(e.label for e in path.edges)}）")
            continue
        walked.paths += 1
        walked.events += drive.view.seq
        walked.late += drive.is_late
        planned |= drive.planned
        taken |= set(path.edges)
        ends.add(drive.view.step)
    walked.edges_walked += len(taken)
    walked.ends += len(ends)
