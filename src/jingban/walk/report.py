"""Walk every entry and say what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Sum

from jingban.core.errors import DomainError
from jingban.funds import service as funds
from jingban.processes.check import problems
from jingban.processes.effects import REGISTRY
from jingban.processes.model import Process
from jingban.rulebook.effective import EffectiveItem
from jingban.rulebook.models import PublishedItem
from jingban.rulebook.publish import Version, version
from jingban.walk.cast import Cast
from jingban.walk.drive import Drive, WalkFailed
from jingban.walk.parts import part_of
from jingban.walk.plan import Path, plan
from jingban.walk.scene import Scene
from jingban.walk.told import Told, told_of


@dataclass
class Walked:
    """What came of one entry in one round."""

    region: str
    tier: str
    position: int
    item: str
    name: str
    round: int = 1
    paths: int = 0
    ends: int = 0
    ends_total: int = 0
    events: int = 0
    late: int = 0
    edges_total: int = 0
    edges_walked: int = 0
    prepared: list[str] = field(default_factory=list)
    registers: list[Told] = field(default_factory=list)
    paid_fen: int = 0
    bounced: int = 0
    planned_effects: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def as_data(self) -> dict[str, Any]:
        return {**asdict(self), "registers": [told.as_data() for told in self.registers]}


@dataclass
class _Walk:
    """An entry under way: what its cases were, and which effects they had."""

    version: Version
    cast: Cast
    walked: Walked
    cases: list[int] = field(default_factory=list)
    effects: set[str] = field(default_factory=set)

    def over(self, process: Process) -> None:
        """Every path of one procedure."""
        walked = self.walked
        walked.edges_total += len(process.edges)
        walked.ends_total += len(process.ends)
        if broken := problems(process):  # what the check refuses is told in its words, not walked into
            walked.failures += [f"{process.process}：{text}" for text in broken]
            return
        ahead = plan(process)
        walked.failures += [f"{process.process}：{e.source} 的“{e.label}”走不到" for e in ahead.unreachable]
        taken, ends = set(), set()
        for path in ahead.paths:
            drive = self._along(process, path)
            if drive is not None:
                taken |= set(path.edges)
                ends.add(drive.view.step)
        walked.edges_walked += len(taken)
        walked.ends += len(ends)

    def _along(self, process: Process, path: Path) -> Drive | None:
        """One path, all of it or nothing."""
        scene, memory = Scene(self.cast, self.version.item, process, path), self.cast.remember()
        try:
            with transaction.atomic():
                part = part_of(scene)
                drive = Drive(self.version, process, part)
                drive.along(dict(path.facts), path.edges)
                if scene.acts:
                    self.cast.passed(part.who, drive.now)
        except (DomainError, WalkFailed) as error:
            self.cast.recall(memory)
            way = " → ".join(e.label for e in path.edges)
            self.walked.failures.append(f"{process.process}：{error}（{way}）")
            return None
        self.walked.paths += 1
        self.walked.events += drive.view.seq
        self.walked.late += drive.is_late
        self.walked.prepared += scene.prepared
        self.cases.append(drive.view.id)
        self.effects |= drive.effects
        return drive


def casts_of(regions: Iterable[str]) -> dict[str, Cast]:
    """The people of each region."""
    return {region: Cast(region, place) for place, region in enumerate(sorted(set(regions)))}


def walk_entries(
    rows: Iterable[PublishedItem],
    casts: Mapping[str, Cast],
    *,
    round: int = 1,
    done: Callable[[Walked], None] = lambda _: None,
) -> list[Walked]:
    """Walk each published entry over every arrow of its procedures, with the people of its region."""
    found: list[Walked] = []
    for row in rows:
        published = version(row.pk)
        item = published.item
        walked = Walked(item.region, item.tier, item.position, item.item, item.name, round)
        walk = _Walk(published, casts[item.region], walked)
        for process in (item.process, *item.answers):
            walk.over(process)
        walked.registers = told_of(walk.cases)
        _tell_money(walked, walk.cases, item)
        walked.planned_effects = sorted(walk.effects - REGISTRY.keys())
        live = any(name in REGISTRY and name.startswith("registry.") for name in item.effects)
        if live and not walked.registers and not walked.failures:
            walked.failures.append("效果没有改变登记册：请核对事项的效果和表单。")
        found.append(walked)
        done(walked)
    return found


def _tell_money(walked: Walked, cases: list[int], item: EffectiveItem) -> None:
    """What was paid and what came back; an entry that pays a benefit has to see both."""
    rows = funds.Payment.objects.filter(case__in=cases)
    walked.paid_fen = rows.filter(state=funds.Attempt.PAID).aggregate(fen=Sum("amount_fen"))["fen"] or 0
    walked.bounced = rows.filter(state=funds.Attempt.BOUNCED).count()
    pays = any(name.startswith("benefits.") or name == "registry.withdraw_account" for name in item.effects)
    if pays and not (walked.paid_fen and walked.bounced) and not walked.failures:
        walked.failures.append("没有一笔付到账，或者没有一笔银行退回后再付：请核对事项的流程。")
