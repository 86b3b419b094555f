"""Acts as forms: built from what the procedure allows now, what each act needs, and what ``may`` says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django.http import QueryDict

from jingban.access.service import Actor
from jingban.cases import actions
from jingban.cases.materials import FORM
from jingban.cases.procedures import procedure_of
from jingban.cases.view import CaseView
from jingban.core.errors import DomainError
from jingban.core.identifiers import plain
from jingban.core.localtime import local_day
from jingban.portals import correcting, payeerows
from jingban.portals.blanks import Blank, Option, options
from jingban.portals.casepage import in_guide_order, listed_materials, material_names
from jingban.portals.checklist import Slot, ticked, told, unticked
from jingban.portals.needwords import CHOICES, HINTS
from jingban.portals.numbers import whole
from jingban.processes.conflicts import kept_from
from jingban.processes.engine import allowed_acts, roles_for
from jingban.processes.model import Act, Common, Follow, Process
from jingban.processes.needs import NEEDS
from jingban.processes.predicates import FACTS
from jingban.processes.timing import Procedure
from jingban.rulebook import publish
from jingban.rulebook.phrases import phrases

LONG = frozenset({"reason", "opinion", "correction", "basis"})
STANDING = frozenset({"payee_name", "bank"})  # begun with what the form on the page says: less to type twice
TICKS = frozenset({"brought_materials", "owed_materials", "promised_materials", "settled_materials"})
DAYS = frozenset({"owed_due", "household_authorised_on"})
FROM_CHECKLIST = frozenset({"checklist", "missing_materials"})
WRONG = "wrong_answers"
DECIDES = ("benefits.compute_", "registry.withdraw_account")
"""How the effects begin that hold an amount against what they work out."""


@dataclass(frozen=True, slots=True)
class NeedField:
    """One thing that an act carries, as an input."""

    id: str
    label: str
    kind: str
    hint: str = ""
    value: str = ""
    error: str = ""
    options: tuple[Option, ...] = ()
    phrases: tuple[str, ...] = ()
    """Standard opinions that a click writes in; for staff only."""


@dataclass(frozen=True, slots=True)
class ActCard:
    """An act that this person may do now, or why not."""

    key: str
    name: str
    to: str
    fields: tuple[NeedField, ...]
    uses_checklist: bool
    main: bool
    off: str = ""
    opened: bool = False
    blanks: tuple[Blank, ...] = ()
    """The form once more, where the act may put it right."""
    folded: bool = False
    """Whether the form stands folded away: at the window, where slips are rare."""
    is_notice: bool = False
    """Whether it tells what is missing (一次性告知)."""
    back: bool = False
    """Whether it is the act of this page by which a case goes back: F9."""


@dataclass(frozen=True, slots=True)
class Refused:
    """An act that was refused, with everything that was typed."""

    act: str
    error: DomainError
    typed: QueryDict


@dataclass(frozen=True, slots=True)
class ActPanel:
    """The acts of a page, the checklist they share, and the guards of a submission."""

    cards: tuple[ActCard, ...]
    checklist: tuple[Slot, ...]
    seen: int
    key: str
    kept: tuple[tuple[str, str], ...] = ()
    told: tuple[Slot, ...] = ()
    """What a notice would ask for as the list stands."""
    why: tuple[str, ...] = ()
    """Usual reasons to ask for a material again."""

    @property
    def asks_checklist(self) -> bool:
        return any(card.uses_checklist for card in self.cards)

    @property
    def gives_notice(self) -> bool:
        return any(card.is_notice and not card.off for card in self.cards)


def act_panel(
    view: CaseView,
    actor: Actor,
    now: datetime,
    refused: Refused | None = None,
    said: Mapping[str, str] | None = None,
    amount: str = "",
) -> ActPanel:
    """Everything the actor may do to the case now. ``said``: the form as it stands, where the page has read it;
    ``amount``: what was worked out, for the act that decides it."""
    procedure = procedure_of(view.version_id, view.process, local_day(now))
    cards: list[ActCard] = []
    for key, rule in allowed_acts(procedure, view.state).items():
        notice = isinstance(rule, Act) and "missing_materials" in rule.needs
        on = actions.on_case(view, roles_for(procedure, view.state, key), notice=notice)
        if actions.answered(actor, key, view, on, local_day(now)) and not _pointless(view, rule):
            card = _card(view, procedure, key, rule, actor, now, refused=refused, said=said)
            if amount and decides_amount(procedure, rule):
                card = replace(card, fields=_carrying(card, amount), opened=True)
            cards.append(replace(card, main=not cards and not isinstance(rule, Common)))
    lines = ticked(view, refused.typed if refused else None, _called_for(refused))
    return ActPanel(
        cards=_with_a_way_back(cards),
        checklist=lines,
        told=told(view, lines),
        why=phrases("missing_reasons", region=view.region),
        seen=view.seq,
        key=str(uuid4()),
        kept=_kept(view, cards, refused),
    )


def decides_amount(procedure: Procedure, rule: Act | Common | Follow) -> bool:
    """Whether the act carries an amount that is held against what the rules give (``benefits``, a withdrawal)."""
    named = getattr(rule, "effect", ())
    effects = {e for name in named for e in (procedure.effect if name == "item" else (name,))}
    return "amount" in rule.needs and any(effect.startswith(DECIDES) for effect in effects)


def _carrying(card: ActCard, amount: str) -> tuple[NeedField, ...]:
    """The fields with the amount filled in, unless somebody typed another."""
    own = f"{card.key}.amount"
    return tuple(replace(f, value=f.value or amount) if f.id == own else f for f in card.fields)


def _with_a_way_back(cards: list[ActCard]) -> tuple[ActCard, ...]:
    """The notice, else returning, else the first act that says why not."""
    able = [card for card in cards if not card.off and not card.main]
    found = [card for card in able if card.is_notice] or [card for card in able if card.key == "return"]
    found += [card for card in able if any(f.id == f"{card.key}.reason" for f in card.fields)]
    return tuple(replace(card, back=True) if found and card is found[0] else card for card in cards)


def submit(*, view: CaseView, act: str, typed: QueryDict, actor: Actor, now: datetime) -> CaseView:
    """Do the act with what the form carried; refusals come as errors."""
    procedure = procedure_of(view.version_id, view.process, local_day(now))
    rule = allowed_acts(procedure, view.state).get(act)
    return actions.act(
        case_id=view.id,
        act=act,
        data=_data(view, act, _needs(act, rule), typed),
        actor=actor,
        seen=whole(typed.get("seen", ""), -1),
        key=actions.as_key(typed.get("key", "") or str(uuid4())),
        now=now,
    )


def _needs(act: str, rule: Act | Common | Follow | None) -> tuple[str, ...]:
    if act == "vote":
        return ("vote",)
    return rule.needs if rule is not None else ()


def _pointless(view: CaseView, rule: Act | Common | Follow) -> bool:
    """Common acts that have nothing to work on now."""
    if not isinstance(rule, Common):
        return False
    if rule.records == "settled":
        return not any(o["state"] == "open" for o in view.state.owed.values())
    if rule.extends:
        clock = view.state.clocks.get(rule.extends)
        return clock is None or clock.is_ended
    return bool(rule.resumes and not view.state.special) or bool(rule.pauses and view.state.special)


def _card(
    view: CaseView,
    procedure: Procedure,
    key: str,
    rule: Act | Common | Follow,
    actor: Actor,
    now: datetime,
    *,
    refused: Refused | None,
    said: Mapping[str, str] | None,
) -> ActCard:
    needs, failed = _needs(key, rule), refused is not None and refused.act == key
    own = refused if failed else None
    fields = [f for need in needs if need not in FROM_CHECKLIST for f in _fields(view, key, need, own, said)]
    if actor.is_staff:
        fields = [replace(field, phrases=_phrases(view, key, field)) for field in fields]
    if "missing_materials" in needs and (wrong := _wrong_field(view, key, own)):
        fields.append(wrong)
    form: tuple[Blank, ...] = ()
    if correcting.offers(view, rule, actor):
        typed, error = (own.typed, own.error) if own else (None, None)
        form = correcting.blanks(view, key, now, typed, error, said)
    if form:  # nothing but the form may be lacking: no empty list beside it
        fields = [field for field in fields if field.kind != "ticks" or field.options]
    return ActCard(
        key=key,
        name=rule.name,
        to=onward(procedure.process, view.step, rule),
        fields=tuple(fields),
        uses_checklist=bool(FROM_CHECKLIST & set(needs)),
        main=False,
        is_notice="missing_materials" in needs,
        off=off_reason(view, procedure, key, actor, now, said),
        opened=failed,
        blanks=form,
        folded=bool(form) and "brought_materials" not in needs and not any(b.error for b in form),
    )


def _phrases(view: CaseView, act: str, field: NeedField) -> tuple[str, ...]:
    """Standard opinions for a long text; for a basis, what the entry's own guide cites."""
    need = field.id.rpartition(".")[2]
    if field.kind != "long":
        return ()
    if need == "basis":
        return tuple(basis.text for basis in publish.version(view.version_id).item.legal_basis)
    return phrases(need, act, region=view.region)


def _wrong_field(view: CaseView, act: str, refused: Refused | None) -> NeedField | None:
    """What of the form the applicant is to put right: ticked, the notice names the form too."""
    pairs = [(field.key, field.label) for field in correcting.asked(view)]
    if not pairs:
        return None
    name = f"{act}.{WRONG}"
    on = refused.typed.getlist(name) if refused else ()
    return NeedField(name, NEEDS[WRONG].name, "folded", "", "", _error(WRONG, refused), _options(pairs, on))


def off_reason(
    view: CaseView,
    procedure: Procedure,
    act: str,
    actor: Actor,
    now: datetime,
    said: Mapping[str, str] | None = None,
) -> str:
    """Why an act of this step is closed to this person although the role fits (国令765 art. 37)."""
    step = procedure.process.steps.get(view.step)
    if step is None or act in procedure.process.common:
        return ""
    if act in ("vote", "recuse") and str(actor.id) in view.state.votes:
        return "您已表决或已回避。"
    for made in step.not_by:
        if actor.id in view.state.actors.get(made, ()):
            name = procedure.process.steps[made].name
            return f"您办理过本件的“{name}”，不能再办理“{step.name}”，请由另一位同事办理。"
    return kept_from(view, procedure, act, actor.id, now, said)


def onward(process: Process, here: str, rule: Act | Common | Follow) -> str:
    """Where an act leads, by the names of the guide."""
    targets = [w.to for w in rule.ways] if isinstance(rule, Act) else [getattr(rule, "to", None) or here]
    known = [process.steps.get(t) or process.ends.get(t) for t in dict.fromkeys(targets) if t != here]
    return "或".join(found.name for found in known if found)


def _fields(
    view: CaseView, act: str, need: str, refused: Refused | None, said: Mapping[str, str] | None
) -> list[NeedField]:
    """The inputs of a need: one, or rows of them; a refusal stands at the first."""
    if need != payeerows.NEED:
        return [_field(view, act, need, refused, (said or {}).get(need, "") if need in STANDING else "")]
    rows = payeerows.inputs(view, act, refused.typed if refused else None, said)
    made = [NeedField(name, label, "text", hint, value) for name, label, hint, value in rows]
    return [replace(made[0], error=_error(need, refused)), *made[1:]]


def _field(view: CaseView, act: str, need: str, refused: Refused | None, stands: str) -> NeedField:
    """``stands``: what the form says of it, until somebody types another."""
    name, error = f"{act}.{need}", _error(need, refused)
    value = refused.typed.get(name, "") if refused else stands
    if need == "vote":
        values: Mapping[str, str] = {"yes": "同意", "no": "不同意"}
        return NeedField(name, "表决意见", "choice", "", value, error, _options(values.items(), [value]))
    if need in FACTS or need in CHOICES:
        label = FACTS[need].label if need in FACTS else NEEDS[need].name
        choices = FACTS[need].values if need in FACTS else CHOICES[need]
        value = value or ("" if need in FACTS else next(iter(choices)))
        return NeedField(name, label, "choice", "", value, error, _options(choices.items(), [value]))
    if need in TICKS:
        on = refused.typed.getlist(name) if refused else ()
        return NeedField(
            name, NEEDS[need].name, "ticks", "", "", error, _options(_choices(view, need, refused), on)
        )
    kind = "long" if need in LONG else "text"
    return NeedField(name, NEEDS[need].name, kind, HINTS.get(need, ""), value, error)


def _error(need: str, refused: Refused | None) -> str:
    if refused is None:
        return ""
    named = refused.error.details.get("need") or refused.error.details.get("field")
    return refused.error.message if named == need else ""


def _options(pairs: Iterable[tuple[str, str]], on: Iterable[str]) -> tuple[Option, ...]:
    return options(pairs, set(on))


def _choices(view: CaseView, need: str, refused: Refused | None = None) -> list[tuple[str, str]]:
    """Which materials may be ticked for this need."""
    item, state = publish.version(view.version_id).item, view.state
    names = material_names(item)
    if need == "settled_materials":
        return [(k, names.get(k, k)) for k, o in state.owed.items() if o["state"] == "open"]
    listed = [(key, name) for key, name, _, received in listed_materials(view, item) if not received]
    if need == "brought_materials" and state.notified is not None:
        named = in_guide_order(item, (state.notified - {FORM}) | _called_for(refused))
        return named + [pair for pair in listed if pair not in named]
    return listed


def _called_for(refused: Refused | None) -> frozenset[str]:
    """Materials that the act was refused for although the case did not ask for them: a correction does."""
    details = refused.error.details if refused else {}
    return frozenset(details.get("materials") or details.get("missing") or ())


def _kept(view: CaseView, cards: Iterable[ActCard], refused: Refused | None) -> tuple[tuple[str, str], ...]:
    """What was typed for an act that is no longer possible: shown, so that nothing is lost."""
    if refused is None or any(card.key == refused.act for card in cards):
        return ()
    found = []
    for name, text in refused.typed.items():
        act, _, need = name.partition(".")
        if act == refused.act and text and (known := NEEDS.get(need.partition(".")[0])):
            found.append((known.name, str(text)))
        elif act == refused.act and text and need.startswith("answer.") and not need.endswith(".clear"):
            found.append((correcting.labels(view, [need.removeprefix("answer.")]), str(text)))
    return tuple(found)


def _data(view: CaseView, act: str, needs: tuple[str, ...], typed: QueryDict) -> dict[str, Any]:
    data: dict[str, Any] = {}
    if FROM_CHECKLIST & set(needs):
        data["checklist"] = typed.getlist("tick")
    if "missing_materials" in needs:
        data["missing_materials"] = unticked(view, data["checklist"])
        if wrong := typed.getlist(f"{act}.{WRONG}"):
            data["missing_materials"].append(FORM)
            data[WRONG] = wrong
        why = {key: str(typed.get(f"why.{key}", "")).strip() for key in data["missing_materials"]}
        if any(why.values()):
            data["missing_reasons"] = {key: text for key, text in why.items() if text}
    if (answers := correcting.read(view, act, typed)) is not None:
        data["answers"] = answers
    for need in needs:
        name = f"{act}.{need}"
        if need == payeerows.NEED:
            if rows := payeerows.read(view, act, typed):
                data[need] = rows
        elif need in TICKS:
            data[need] = typed.getlist(name)
        elif need not in FROM_CHECKLIST and (text := str(typed.get(name, "")).strip()):
            data[need] = _day(text) if need in DAYS else text
    if "answers" in data and "brought_materials" in data and FORM in (view.state.notified or ()):
        data["brought_materials"].append(FORM)
    return data


def _day(text: str) -> str:
    """20260930, 2026-09-30 or 2026/9/30 as an ISO day; anything else is left for the check to refuse."""
    digits = plain(text).replace("/", "-").replace(".", "-")
    parts = digits.split("-") if "-" in digits else [digits[:4], digits[4:6], digits[6:]]
    try:
        year, month, day = (int(part) for part in parts)
        return date(year, month, day).isoformat()
    except ValueError:
        return text
