"""Small forms of the desk: the same questions, checks and look as the application form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.http import QueryDict

from jingban.cases.forms import checked_answer
from jingban.core.errors import DomainError
from jingban.portals.blanks import Blank, blank
from jingban.rulebook.effective import FormField


@dataclass(frozen=True, slots=True)
class Filled:
    """What was typed into a form: clean answers, and what is wrong."""

    fields: tuple[FormField, ...]
    typed: Mapping[str, str]
    said: Mapping[str, str]
    faults: Mapping[str, str]
    day: date

    @property
    def blanks(self) -> tuple[Blank, ...]:
        return blanks(self.fields, self.typed, self.day, self.faults)

    @property
    def listed(self) -> tuple[tuple[str, str], ...]:
        """The faults as the box above a form shows them."""
        return tuple(self.faults.items())

    def wrong(self, error: DomainError, field: str = "") -> Filled:
        """The same form with a refusal of the registers: at the field that it names, else at the first."""
        named = str(error.details.get("field", "")) or field
        known = {f.key for f in self.fields}
        key = named if named in known else self.fields[0].key
        return Filled(self.fields, self.typed, self.said, {key: error.message}, self.day)

    def day_of(self, key: str) -> date | None:
        """An answer that is a day."""
        return date.fromisoformat(self.said[key]) if self.said.get(key) else None


def field(
    key: str,
    label: str,
    kind: str = "text",
    *,
    hint: str = "",
    required: bool = True,
    choices: Mapping[str, str] | None = None,
) -> FormField:
    return FormField(
        key=key, label=label, kind=kind, hint=hint or None, required=required, choices=dict(choices or {})
    )


def empty(fields: Iterable[FormField], day: date, **typed: str) -> Filled:
    """A form to be filled in."""
    return Filled(tuple(fields), typed, {}, {}, day)


def filled(fields: Iterable[FormField], data: QueryDict, day: date) -> Filled:
    """What was sent, each answer checked; all faults at once."""
    fields = tuple(fields)
    typed = {f.key: data.get(f.key, "").strip()[:4000] for f in fields}
    said: dict[str, str] = {}
    faults: dict[str, str] = {}
    for question in fields:
        text = typed[question.key]
        if not text:
            if question.required:
                faults[question.key] = question.left_open
            continue
        try:
            said[question.key] = checked_answer(question, text, typed, day)
        except DomainError as error:
            faults[question.key] = error.message
    return Filled(fields, typed, said, faults, day)


def blanks(
    fields: Iterable[FormField], typed: Mapping[str, str], day: date, faults: Mapping[str, str] | None = None
) -> tuple[Blank, ...]:
    """Fields as inputs of a page."""
    wrong = faults or {}
    return tuple(
        blank(f, f.key, typed.get(f.key, ""), region="", day=day, error=wrong.get(f.key, "")) for f in fields
    )
