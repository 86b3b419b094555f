"""The personal part of a case, opened for whoever may see it, and masked for the eyes around."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from jingban.cases.forms import form_of
from jingban.cases.models import CasePayload
from jingban.cases.sealed import opened_field
from jingban.cases.view import CaseView
from jingban.core.identifiers import mask_bank, mask_id, mask_phone
from jingban.rulebook.effective import EffectiveItem

MASKS: dict[str, Callable[[str], str]] = {"id": mask_id, "phone": mask_phone}
ERASED = "（已按规定清除）"
NAMES = ("unit_name", "provider_name", "name")
"""Answers by which a case is called in lists, the first that is there; never the reported party."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the application."""

    label: str
    text: str
    masked: bool


def opened(rows: Iterable[CasePayload], number: str) -> dict[int, dict[str, str]]:
    """Sealed fields of a case by event; what was erased stays visible as erased."""
    return {
        row.seq: {
            field: opened_field(number, row.seq, field, sealed) if sealed else ERASED
            for field, sealed in row.body.items()
        }
        for row in rows
    }


def of_case(view: CaseView) -> dict[int, dict[str, str]]:
    return opened(CasePayload.objects.filter(case_id=view.id), view.number)


def answers(item: EffectiveItem, given: dict[str, str], *, full: bool) -> tuple[Answer, ...]:
    """The application in the order of its form; numbers masked unless asked for in full."""
    found = []
    for field in form_of(item.subject):
        if field.key in given:
            mask = None if full else MASKS.get(field.kind)
            text = given[field.key]
            found.append(Answer(field.label, mask(text) if mask else text, mask is not None))
    return tuple(found)


def shown_need(need: str, text: str) -> str:
    """A personal need as a timeline shows it."""
    return mask_bank(text) if need == "account" else text


def called(given: dict[str, str]) -> str:
    """Whom a case is about, for a list; monthly and letter cases are about nobody."""
    return next((given[key] for key in NAMES if given.get(key)), "")


def masked_name(name: str) -> str:
    """张**, for who came with a query code only."""
    return name[:1] + "*" * (len(name) - 1) if name else ""
