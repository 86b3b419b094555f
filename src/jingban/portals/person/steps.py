"""An application step by step: which steps there are, and what a step's page adds to what was filled in before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from django.http import QueryDict

from jingban.cases.drafts import Filled
from jingban.cases.materials import known_keys
from jingban.portals.blanks import typed_answer
from jingban.portals.person import application as form
from jingban.portals.person.prefill import LOCKED, SELF, Whom
from jingban.portals.questions import choices, questions
from jingban.processes.predicates import FACTS
from jingban.rulebook.effective import EffectiveItem, FormField

WHOLESALE = frozenset({"roster"})
"""What only a counter asks, which files for a whole unit or village at once."""
SITUATION, FILL, PAPERS, CHECK = "situation", "fill", "papers", "check"
NAMES = {SITUATION: "您的情况", FILL: "填写信息", PAPERS: "上传材料", CHECK: "核对提交"}


@dataclass(frozen=True, slots=True)
class Step:
    """A step as the bar above the page shows it."""

    key: str
    name: str
    number: int
    state: str
    """done, here, or ahead"""


def keys_of(item: EffectiveItem, *, asks: bool) -> tuple[str, ...]:
    """The steps of this entry; what it does not ask has no step. ``asks``: for whom, or at which office."""
    first = asks or bool(choices(item) or questions(item))
    wanted = {SITUATION: first, FILL: bool(item.form), PAPERS: bool(item.materials), CHECK: True}
    return tuple(key for key, there in wanted.items() if there)


def bar(keys: tuple[str, ...], here: str) -> tuple[Step, ...]:
    """第 2 步，共 4 步."""
    at = keys.index(here)
    states = ["done" if n < at else "here" if n == at else "ahead" for n in range(len(keys))]
    return tuple(Step(key, NAMES[key], n + 1, states[n]) for n, key in enumerate(keys))


def whom_of(filled: Filled) -> str:
    """For whom the draft is: stands beside the step in the draft's place."""
    return filled.place.partition("@")[2] or SELF


def place_of(filled: Filled) -> str:
    """On which step the person was last."""
    return filled.place.partition("@")[0]


def merged(item: EffectiveItem, kept: Filled, step: str, data: QueryDict, before: Whom, whom: Whom) -> Filled:
    """What was kept, with what the page of this step sent; other steps' parts stay as they are."""
    filled = replace(kept, place=f"{step}@{whom.key}")
    if step == SITUATION:
        return _situation(item, _for_whom(filled, before, whom), data)
    if step == FILL:
        return replace(filled, answers=_answers(item, kept, data, whom))
    if step == PAPERS:
        known = known_keys(item)
        return replace(filled, supplied=tuple(k for k in data.getlist("supplied") if k in known))
    return filled


def _situation(item: EffectiveItem, filled: Filled, data: QueryDict) -> Filled:
    facts = {c.name: data.get(f"fact.{c.name}", "") for c in choices(item)}
    asked, office = {q.key for q in questions(item)}, data.get("office", "")
    listed = {body.id for body in item.accepted_by}
    return replace(
        filled,
        facts={name: value for name, value in facts.items() if value in FACTS[name].values},
        situations=tuple(k for k in data.getlist("situation") if k in asked),
        office=office if office in listed else filled.office,
    )


def _for_whom(filled: Filled, before: Whom, whom: Whom) -> Filled:
    """Another person: what the registers said of the former is not carried over."""
    if before.key == whom.key:
        return filled
    kept = {k: text for k, text in filled.answers.items() if text != before.known.get(k)}
    return replace(filled, answers=kept)


def _answers(item: EffectiveItem, kept: Filled, data: QueryDict, whom: Whom) -> dict[str, str]:
    answers = dict(kept.answers)
    for one in item.form:
        if one.key in WHOLESALE:
            continue
        if one.key in data or (one.kind == "diseases" and f"asked.{one.key}" in data):
            answers[one.key] = typed_answer(data, one.key, one)
    return with_known(answers, whom)


def with_known(answers: Mapping[str, str], whom: Whom) -> dict[str, str]:
    """The answers, and what the registers say where nothing else was typed; who it is about is not typed over."""
    found = {k: t for k, t in answers.items() if t.strip()}
    if is_fixed(whom):
        found = {k: t for k, t in found.items() if k not in LOCKED}
    return {**whom.known, **found}


def is_fixed(whom: Whom) -> bool:
    """Whether the registers say who the case is about: then nothing of that is typed."""
    return bool(whom.known.get("id_number"))


def typed_of(
    item: EffectiveItem,
    filled: Filled,
    *,
    key: UUID | str,
    channel: str,
    whom: Whom,
    shown: frozenset[str],
) -> form.Typed:
    """The draft as the form and its checks read it."""
    bodies = item.accepted_by
    return form.Typed(
        answers=with_known(filled.answers, whom),
        facts=dict(filled.facts),
        ticked=filled.situations,
        supplied=filled.supplied,
        shown=shown,
        behalf=whom.behalf,
        key=str(key),
        channel=channel,
        office=bodies[0].id if len(bodies) == 1 else filled.office,
    )


def asked_now(item: EffectiveItem, typed: form.Typed) -> frozenset[str]:
    """The fields that depend on the situation and are asked in this one."""
    here = form.situations(item, typed)
    return frozenset(f.key for f in item.form if f.when and f.asked_of(here))


def is_given(one: FormField, typed: form.Typed, whom: Whom) -> bool:
    """Whether a field stands as the registers have it."""
    known = whom.known.get(one.key, "")
    return bool(known) and typed.answers.get(one.key) == known
