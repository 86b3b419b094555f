"""What an effect is handed: the case, who acts, when, and what the application says."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from jingban.cases.models import CasePayload
from jingban.cases.sealed import opened_field
from jingban.cases.view import CaseView
from jingban.core.localtime import local_day
from jingban.processes.state import Event
from jingban.rulebook.effective import EffectiveItem

Papers = Sequence[CasePayload]
"""What was said in a case, sealed, in the order in which it was said."""


@dataclass(frozen=True, slots=True)
class Work:
    """One run of effects. A form that is still being filled in has no case yet (``case_id`` 0)."""

    item: EffectiveItem
    actor: int
    at: datetime
    case_id: int = 0
    number: str = ""
    seq: int = 0
    process: str = ""
    office: str = ""
    channel: str = "window"
    applicant: int | None = None
    """The account of whoever applied; none where somebody came to the counter without one."""
    facts: Mapping[str, str] = field(default_factory=dict)
    situations: Collection[str] = ()
    shared: Mapping[str, str] = field(default_factory=dict)
    """Materials that a register of another department confirmed, and which one."""
    trial: bool = False
    """Whether this only shows what would change, and is taken back."""
    needs: Mapping[str, object] = field(default_factory=dict)
    """What the act carried that is not personal."""
    answers: Mapping[str, str] = field(default_factory=dict)
    """The form, what the item itself fixes, and personal parts of the acts so far (the latest of a name stands)."""

    @property
    def region(self) -> str:
        return self.item.region

    @property
    def day(self) -> date:
        return local_day(self.at)

    def said(self, key: str) -> str:
        """An answer, or nothing where the form was silent on it."""
        return self.answers.get(key, "")


def work_of(view: CaseView, event: Event, item: EffectiveItem, papers: Papers | None = None) -> Work:
    """The work of an act that was just written."""
    now = work_now(view, item, actor=event.actor, at=event.at, papers=papers)
    return replace(now, seq=event.seq, needs=event.data.get("needs", {}))


def work_now(
    view: CaseView, item: EffectiveItem, *, actor: int, at: datetime, papers: Papers | None = None
) -> Work:
    """The work of the case as it stands, for a trial: nobody has acted, so nothing is carried by an act."""
    return Work(
        item=item,
        actor=actor,
        at=at,
        case_id=view.id,
        number=view.number,
        seq=view.seq,
        process=view.process,
        office=view.office,
        channel=view.channel,
        applicant=view.applicant_id,
        facts=view.state.facts,
        situations=view.state.situations,
        shared=view.state.shared,
        answers=answers_of(view, item, papers),
    )


def papers_of(case_ids: Collection[int]) -> dict[int, list[CasePayload]]:
    """What was said in these cases, sealed, by case: read at once where many are worked on."""
    found: dict[int, list[CasePayload]] = {pk: [] for pk in case_ids}
    for row in CasePayload.objects.filter(case_id__in=list(case_ids)).order_by("case_id", "seq"):
        found[row.case_id].append(row)
    return found


def answers_of(view: CaseView, item: EffectiveItem, papers: Papers | None = None) -> dict[str, str]:
    """What was said in the case, opened: for effects and for whoever may see the case."""
    found: dict[str, str] = {}
    if papers is None:
        papers = papers_of([view.id])[view.id]
    for row in papers:
        for name, sealed in row.body.items():
            if sealed:
                found[name] = opened_field(view.number, row.seq, name, sealed)
    return {**found, **item.fixed}
