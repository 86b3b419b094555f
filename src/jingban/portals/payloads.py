"""The personal part of a case, opened for whoever may see it, and masked for the eyes around."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from jingban.cases.models import CasePayload
from jingban.cases.sealed import opened_field
from jingban.cases.view import CaseView
from jingban.core.identifiers import mask_bank, mask_id, mask_phone
from jingban.documents.service import ERASED, NAMES, answer_words, called, masked_name
from jingban.processes.needs import payees_of
from jingban.rulebook.effective import EffectiveItem, FormField

__all__ = [
    "ERASED",
    "MASKS",
    "NAMES",
    "Answer",
    "answers",
    "called",
    "in_words",
    "masked_name",
    "of_case",
    "opened",
    "said",
    "shown_need",
]
MASKS: dict[str, Callable[[str], str]] = {"id": mask_id, "phone": mask_phone, "bank": mask_bank}


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the application."""

    label: str
    text: str
    masked: bool


def opened(
    rows: Iterable[CasePayload], number: str, *, only: Collection[str] | None = None
) -> dict[int, dict[str, str]]:
    """Sealed fields of a case by event, all or ``only`` some; what was erased stays visible as erased."""
    return {
        row.seq: {
            field: opened_field(number, row.seq, field, sealed) if sealed else ERASED
            for field, sealed in row.body.items()
            if only is None or field in only
        }
        for row in rows
    }


def of_case(view: CaseView) -> dict[int, dict[str, str]]:
    return opened(CasePayload.objects.filter(case_id=view.id), view.number)


def said(events: Mapping[int, Mapping[str, str]]) -> dict[str, str]:
    """What the form says by now: as it was handed in, with what was put right since."""
    return {key: text for seq in sorted(events) for key, text in events[seq].items()}


def answers(item: EffectiveItem, given: Mapping[str, str], *, full: bool) -> tuple[Answer, ...]:
    """The application in the order of its form, and what the entry itself fixes; numbers are masked unless
    asked for in full."""
    found = [
        Answer(field.label, in_words(field, text, full=full), not full and field.kind in MASKS)
        for field in item.form
        if (text := given.get(field.key, ""))
    ]
    if found:
        found += [Answer(label, text, False) for label, text in item.fixed_words.items()]
    return tuple(found)


def in_words(field: FormField, text: str, *, full: bool) -> str:
    """An answer as people read it: choices and diseases by name, days in Chinese, numbers masked."""
    if text == ERASED:
        return text
    if field.kind in MASKS and not full:
        return MASKS[field.kind](text)
    return answer_words(field, text)


def shown_need(need: str, text: str) -> str:
    """A personal need as a timeline shows it."""
    if need == "reward_payees":
        return (
            "；".join(f"{name}，{bank}，{mask_bank(number)}" for name, bank, number in payees_of(text))
            or text
        )
    return mask_bank(text) if need == "bank_account" else text
