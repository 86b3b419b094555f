"""Maker and checker side by side: what was handed in, what the counter made of it, what the steps before said."""

from __future__ import annotations

from dataclasses import dataclass

from jingban.cases.forms import form_of
from jingban.portals.casepage import CasePage
from jingban.portals.payloads import ERASED, in_words, said
from jingban.portals.timeline import Happened
from jingban.rulebook import publish

SAME, CHANGED, ADDED, DROPPED = "same", "changed", "added", "dropped"
SIGNS = {SAME: ("", ""), CHANGED: ("≠", "更正"), ADDED: ("＋", "补填"), DROPPED: ("－", "删去")}


@dataclass(frozen=True, slots=True)
class Pair:
    """One line: as the applicant left it, as the counter left it, and how they differ."""

    label: str
    filed: str
    found: str
    kind: str

    @property
    def sign(self) -> str:
        return SIGNS[self.kind][0]

    @property
    def word(self) -> str:
        return SIGNS[self.kind][1]


@dataclass(frozen=True, slots=True)
class Sides:
    """What whoever checks must see of whoever made it."""

    answers: tuple[Pair, ...]
    papers: tuple[Pair, ...]
    makers: tuple[Happened, ...]

    @property
    def differences(self) -> int:
        return sum(1 for pair in (*self.answers, *self.papers) if pair.kind != SAME)


def sides(page: CasePage, *, full: bool = False) -> Sides | None:
    """For a step that another officer's step precedes (复核不得由经办人办理); none elsewhere."""
    view = page.view
    process = page.item.process_named(view.process)
    step = process.steps.get(view.step)
    if step is None or not step.not_by:
        return None
    makers = frozenset(step.not_by)
    done = {event.seq for event in page.events if event.from_step in makers}
    return Sides(
        answers=_answers(page, full=full),
        papers=_papers(page),
        makers=tuple(line for line in page.timeline if line.seq in done),
    )


def _answers(page: CasePage, *, full: bool) -> tuple[Pair, ...]:
    filed, now = page.said.get(1, {}), said(page.said)
    item = publish.version(page.view.version_id).item
    rows = []
    for field in form_of(item, page.view.state.situations):
        before, after = filed.get(field.key, ""), now.get(field.key, "")
        if not before and not after:
            continue
        shown = [in_words(field, text, full=full) if text else "（未填）" for text in (before, after)]
        rows.append(Pair(field.label, shown[0], shown[1], _kind(before, after)))
    return tuple(rows)


def _kind(before: str, after: str) -> str:
    if before == after or ERASED in (before, after):
        return SAME
    if not before:
        return ADDED
    return CHANGED if after else DROPPED


def _papers(page: CasePage) -> tuple[Pair, ...]:
    """Materials: what the applicant said to hand in, what the counter took. What was brought unannounced is no
    difference."""
    state = page.view.state
    rows = []
    for key, name, _, received in page.materials:
        offered = key in state.offered
        kind = DROPPED if offered and not received else SAME
        rows.append(
            Pair(name, "称会提交" if offered else "没有勾选", "已核收" if received else "未核收", kind)
        )
    return tuple(rows)
