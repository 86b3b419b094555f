"""Who acts for a person at a counter (国令765 art. 30): on a mandate, as a guardian of a minor, or as an heir.

Rules:

* Whoever an application names as agent holds a mandate in force for the item, is the minor's guardian on record, or
  is put on record by this very application, on the papers that the entry asks of agents. Where the entry asks none,
  nothing more may be demanded (art. 31): staff who saw the agent's certificate at a counter is the proof, for that
  day. Online there is no counter: the mandate is registered first.
* A mandate that has ended is refused with the day it ended, unless new papers came with the case.
* A mandate and a guardianship end with the death of either of the two (民法典 art. 39, 173, 175); after the person's
  only heirs act, and before it no heir does. A guardianship ends on the ward's eighteenth birthday (art. 17).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from jingban.cases.forms import CITIZEN_ID, certificate_number, kind_beside
from jingban.cases.materials import checklist
from jingban.cases.view import read
from jingban.cases.work import Work
from jingban.registry.attended import at_counter
from jingban.registry.changes import recorded
from jingban.registry.errors import RegistryError
from jingban.registry.models import Helper, Kinship, Person
from jingban.registry.origin import Origin, origin_of
from jingban.registry.periods import DAY, close, contents
from jingban.registry.rules.filing import last_day
from jingban.registry.rules.months import later
from jingban.registry.sealing import number_digest, sealed
from jingban.registry.words import day_text
from jingban.rulebook.figures import figures

MANDATE, HEIR, GUARDIAN = "mandate", "heir", "guardian"
KINDS = (MANDATE, HEIR, GUARDIAN)
WORDS = {MANDATE: "受托人", HEIR: "继承人", GUARDIAN: "监护人"}
AGENCY = frozenset({"agent", "delegated", "heir"})
"""Situations in which somebody else comes: the papers asked in them are the proof of it."""
MAJORITY = 18 * 12


class NotEntitled(RegistryError):
    """Whoever acts for the person may not, or may no longer."""

    code = "helper_not_entitled"


@dataclass(frozen=True, slots=True)
class Given:
    """A mandate, guardianship or inheritance to be put on record; ``items`` none: for all of them."""

    kind: str
    name: str
    number: str
    proof: str
    start_on: date
    end_on: date | None = None
    relation: str = ""
    items: tuple[str, ...] = ()
    id_kind: str = CITIZEN_ID


def record(origin: Origin, person: Person, given: Given) -> Helper:
    """Put a helper on record. Who is on record for the same days is only given the further items."""
    _refuse_impossible(person, given.kind, given.start_on)
    end_on = given.end_on
    if given.kind == GUARDIAN:
        last = grown_up_on(person) - DAY
        end_on = last if end_on is None else min(end_on, last)
    if end_on is not None and end_on < given.start_on:
        raise RegistryError("代办关系的止期早于起期，请核对日期。", field="end_on")
    digest, wanted = number_digest(given.id_kind, given.number), list(dict.fromkeys(given.items))
    known = Helper.objects.on(given.start_on).filter(person=person, digest=digest, kind=given.kind)
    for old in known.order_by("start_on", "id"):
        if old.end_on == end_on:
            return _widened(origin, old, wanted)
    made = Helper.objects.create(
        **origin.columns(),
        person=person,
        kind=given.kind,
        name=given.name,
        number=sealed(origin.region, "helper.number", given.number),
        digest=digest,
        relation=given.relation,
        proof=given.proof,
        items=wanted,
        start_on=given.start_on,
        end_on=end_on,
    )
    recorded(origin, made, after=contents(made))
    return made


def end(origin: Origin, helper: Helper, last: date, why: str) -> None:
    """End a mandate or guardianship with this last day: revoked, given up, or replaced."""
    recorded(origin, helper, field="end_why", after=why, valid_from=last + DAY)
    close(origin, helper, last, why)


def in_force(person: Person, day: date) -> list[Helper]:
    """Who may act for the person on a day: heirs of the dead, mandates and guardians of the living."""
    found = list(Helper.objects.on(day).filter(person=person).order_by("start_on", "id"))
    return [helper for helper in found if (helper.kind == HEIR) == _is_dead(person, day)]


def checked(work: Work, person: Person) -> Helper | None:
    """For effects: whoever the application names as agent may act for the person, or the act is refused.

    Nobody named: the person comes in person, and nothing is checked here.
    """
    return acting(work, person)


def acting(work: Work, person: Person) -> Helper | None:
    """The helper of an application, put on record where this application brings the proof; none where nobody is named.

    Raises NotEntitled in plain words.
    """
    if not work.said("agent_id_number"):
        return None
    id_kind = kind_beside("agent_id_number", work.answers)
    number = certificate_number(id_kind, work.said("agent_id_number"), on=work.day)
    digest, day = number_digest(id_kind, number), work.day
    if person.documents.filter(digest=digest).exists():
        return None  # who names oneself as agent comes in person
    # What a counter wrote down for one single day was over with it, and is held against nobody.
    known = [
        h
        for h in Helper.objects.filter(person=person, digest=digest)
        if h.start_on != h.end_on or h.end_on >= day
    ]
    if found := next((h for h in known if h in in_force(person, day) and _fits(h, work)), None):
        return found
    kind, proof = _proof(work, person, digest, known)
    if not proof:
        raise NotEntitled(_why_not(work, person, known), field="agent_id_number")
    lasting = kind == MANDATE and proof != _seen(work)
    months = int(figures(work.region)["mandate-months"].at(day))
    given = Given(
        kind=kind,
        name=work.said("agent_name"),
        number=number,
        proof=proof,
        start_on=day,
        end_on=last_day(day, months) if lasting else day if kind == MANDATE else None,
        relation=work.said("agent_relation"),
        items=() if kind == GUARDIAN else (work.item.item,),
        id_kind=id_kind,
    )
    return record(origin_of(work), person, given)


def grown_up_on(person: Person) -> date:
    """The eighteenth birthday."""
    return later(person.born_on, MAJORITY)


def _proof(work: Work, person: Person, digest: bytes, known: list[Helper]) -> tuple[str, str]:
    """What the helper is and by what proof; no proof where there is none."""
    if _is_dead(person, work.day):
        return HEIR, _papers(work) or ("" if _asks_papers(work) else _seen(work))
    if work.day < grown_up_on(person) and _is_guardian(person, digest, work.day):
        return GUARDIAN, "监护关系登记在册"
    if papers := _papers(work):
        return MANDATE, papers
    if _asks_papers(work) or any(_is_over(h, work.day) or not _fits(h, work) for h in known):
        return MANDATE, ""
    return MANDATE, _seen(work)


def _papers(work: Work) -> str:
    """The papers of agency that came with the case, by name."""
    if not work.case_id:
        return "、".join(_asked(work).values())  # a form on its way in: they are asked for when it is filed
    state = read(work.case_id)[0].state
    return "、".join(name for key, name in _asked(work).items() if key in state.received | state.offered)


def _asked(work: Work) -> dict[str, str]:
    """The papers that the entry asks because somebody else comes."""
    situations = frozenset(work.situations) | {"agent", "delegated"}
    return {
        slot.key: slot.name
        for slot in checklist(work.item, situations, work.channel)
        if AGENCY & {n.id for n in (*slot.material.for_whom, *slot.material.when)}
    }


def _asks_papers(work: Work) -> bool:
    return bool(_asked(work))


def _seen(work: Work) -> str:
    """The agent's certificate seen at a counter; nothing where nobody stood there."""
    return "窗口核验代办人身份证件" if at_counter(work) else ""


def _fits(helper: Helper, work: Work) -> bool:
    return not helper.items or work.item.item in helper.items


def _is_over(helper: Helper, day: date) -> bool:
    return helper.end_on is not None and helper.end_on < day


def _is_dead(person: Person, day: date) -> bool:
    return person.died_on is not None and person.died_on <= day


def _is_guardian(person: Person, digest: bytes, day: date) -> bool:
    return Kinship.objects.on(day).filter(person=person, digest=digest, guardian=True).exists()


def _why_not(work: Work, person: Person, known: list[Helper]) -> str:
    who = work.said("agent_name") or "代办人"
    if _is_dead(person, work.day) and person.died_on is not None:
        return f"{person.name}已于{day_text(person.died_on)}登记死亡，原来的委托随之终止；请由继承人办理，并提供继承的证明材料。"
    if ended := [h for h in known if _is_over(h, work.day) and h.kind != HEIR]:
        last = max(h.end_on for h in ended if h.end_on)
        return f"{who}的委托已于{day_text(last)}终止，不能再代办；请重新出具委托书并登记，或由本人办理。"
    if any(h.start_on <= work.day and not _fits(h, work) for h in known):
        return f"{who}的委托不包括“{work.item.name}”，不能代办这一项；请补充委托书并登记，或由本人办理。"
    return f"{who}没有登记在册的委托，不能代办；请带委托书和双方身份证件到窗口登记，或由本人办理。"


def _refuse_impossible(person: Person, kind: str, start_on: date) -> None:
    if kind not in KINDS:
        raise RegistryError(f"代办人的身份只能是{'、'.join(WORDS.values())}。", field="kind")
    if kind == HEIR and not _is_dead(person, start_on):
        raise NotEntitled(f"{person.name}没有登记死亡，不能登记继承人；请先办理死亡登记或终止参保。")
    if kind != HEIR and _is_dead(person, start_on):
        raise NotEntitled(f"{person.name}已登记死亡，不能再委托他人或由监护人办理；请由继承人办理。")
    if kind == GUARDIAN and start_on >= grown_up_on(person):
        raise NotEntitled(f"{person.name}已满18周岁，不由监护人办理；需要代办的请出具委托书。")


def _widened(origin: Origin, old: Helper, wanted: list[str]) -> Helper:
    """The same helper for further items; who may act in everything already may act in these."""
    items = [] if not wanted else list(dict.fromkeys([*old.items, *wanted]))
    if old.items and items != old.items:
        recorded(origin, old, field="items", before=old.items, after=items, valid_from=origin.day)
        old.items = items
        old.save(update_fields=["items"])
    return old
