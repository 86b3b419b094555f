"""What a line of a case's paper may be filled from: the case as of the event, never as it is today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from jingban.access.models import User
from jingban.cases.history import of_its_time, replayed
from jingban.cases.materials import FORM, FORM_NAME, slots
from jingban.cases.models import CaseEvent, CasePayload
from jingban.cases.sealed import opened_field
from jingban.cases.view import CaseView
from jingban.core.localtime import local_day
from jingban.processes.model import Process
from jingban.processes.needs import reasons_of
from jingban.processes.state import SYSTEM
from jingban.rulebook import publish
from jingban.rulebook.diseases import diseases
from jingban.rulebook.effective import EffectiveItem, FormField
from jingban.workdays.service import Clock

ERASED = "（已按规定清除）"
NAMES = ("unit_name", "provider_name", "name")
"""Answers by which a case is called, the first that is there; never the reported party."""
REPORTER = "举报人"


@dataclass(frozen=True, slots=True)
class Told:
    """The case at an event, and whatever of it may be shown."""

    view: CaseView
    item: EffectiveItem
    process: Process
    event: CaseEvent
    earlier: tuple[CaseEvent, ...]
    given: Mapping[str, str]
    said: Mapping[str, str]
    name: str
    clerk: str

    @property
    def needs(self) -> Mapping[str, object]:
        found: Mapping[str, object] = self.event.data.get("needs", {})
        return found

    @property
    def day(self) -> date:
        return local_day(self.event.at)

    def clock(self, name: str) -> Clock | None:
        return self.view.state.clocks.get(name)

    def outside(self) -> Told:
        """The same for who came with a query code only: nothing that was said, the name masked."""
        return replace(self, given={}, said={}, name=masked_name(self.name))

    def listed(self, keys: object) -> list[str]:
        return [str(key) for key in keys] if isinstance(keys, (list, tuple, set, frozenset)) else []

    def field_names(self, keys: object) -> str:
        """Fields by name, in the order of the form; what an older form had stays as it is."""
        names, wanted = {field.key: field.label for field in self.item.form}, self.listed(keys)
        order = [key for key in names if key in wanted] + [key for key in wanted if key not in names]
        return "、".join(names.get(key, key) for key in order)

    def materials(self, keys: object) -> tuple[str, ...]:
        """Materials by name, numbered, as the guide lists them; of the form what is wrong in it."""
        wanted, why = set(self.listed(keys)), reasons_of(self.said.get("missing_reasons", ""))
        shown = [
            _with_reason(_material(m.name, m.original, m.copies), why.get(key, ""))
            for key, m in slots(self.item)
            if key in wanted
        ]
        if FORM in wanted:
            wrong = self.field_names(self.needs.get("wrong_answers"))
            form = f"{FORM_NAME}：{wrong}" if wrong else FORM_NAME
            shown.append(_with_reason(form, why.get(FORM, "")))
        return tuple(f"{n}. {text}" for n, text in enumerate(shown, 1))


def told(view: CaseView, seq: int) -> Told | None:
    """The case at one of its events, with the system's steps of the same act and in the words of the version of then;
    none where there is no such event."""
    rows = list(CaseEvent.objects.filter(case_id=view.id).order_by("seq"))
    event = next((row for row in rows if row.seq == seq), None)
    if event is None:
        return None
    last = _last(rows, event)
    state, view = replayed(view, rows, last), of_its_time(view, rows, seq)
    item = publish.version(view.version_id).item
    process = item.process_named(view.process)
    sealed = _opened(view, last)
    given = {key: text for n in sorted(sealed) for key, text in sealed[n].items()}
    then = replace(view, seq=last, state=state)
    name = called(given) or (REPORTER if item.subject == "report" else "")
    return Told(
        view=then,
        item=item,
        process=process,
        event=event,
        earlier=tuple(row for row in rows if row.seq < seq),
        given=given,
        said=sealed.get(seq, {}),
        name=name,
        clerk=_clerk(event, view, item),
    )


def _last(rows: list[CaseEvent], event: CaseEvent) -> int:
    """The last event that was written with this one: steps of the system are passed within the act."""
    last = event.seq
    for row in rows:
        if row.seq == last + 1 and row.actor == SYSTEM and row.at == event.at:
            last = row.seq
    return last


def _opened(view: CaseView, until: int) -> dict[int, dict[str, str]]:
    rows = CasePayload.objects.filter(case_id=view.id, seq__lte=until)
    return {
        row.seq: {
            field: opened_field(view.number, row.seq, field, sealed) if sealed else ERASED
            for field, sealed in row.body.items()
        }
        for row in rows
    }


def _clerk(event: CaseEvent, view: CaseView, item: EffectiveItem) -> str:
    """Who answers for the paper by name; an act of the applicant has no clerk, and no reporter is named."""
    hidden = item.sealed and (event.seq == 1 or event.behalf is not None)
    if event.actor == view.applicant_id or hidden:
        return ""
    found = User.objects.filter(pk=event.actor).first()
    return str(found) if found else ""


def _material(name: str, original: int | None, copies: int | None) -> str:
    parts = [f"原件{original}份" if original else "", f"复印件{copies}份" if copies else ""]
    form = "、".join(p for p in parts if p)
    return f"{name}（{form}）" if form else name


def _with_reason(name: str, why: str) -> str:
    return f"{name}——{why}" if why else name


def called(given: Mapping[str, str]) -> str:
    """Whom a case is about; monthly and letter cases are about nobody."""
    return next((given[key] for key in NAMES if given.get(key)), "")


def masked_name(name: str) -> str:
    """张**, for who came with a code only."""
    return name[:1] + "*" * (len(name) - 1) if name else ""


def answer_words(field: FormField, text: str) -> str:
    """An answer as people read it: choices and diseases by name, days in Chinese."""
    if text == ERASED:
        return text
    if field.kind == "day":
        day = date.fromisoformat(text)
        return f"{day.year}年{day.month}月{day.day}日"
    if field.kind == "diseases":
        known = diseases()
        return "、".join(f"{known[code]}（{code}）" if code in known else code for code in text.split("、"))
    return field.choices.get(text, text)
