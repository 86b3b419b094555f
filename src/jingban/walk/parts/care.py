"""Care elsewhere and chronic diseases: the next turn of a filing, the next disease that is not recognised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from jingban.core.localtime import local_day
from jingban.registry import filings, recognitions
from jingban.registry.models import OffsiteFiling, Person
from jingban.registry.models.enrolments import Kind
from jingban.registry.rules.filing import GROUPS, LONG_TERM
from jingban.rulebook.diseases import diseases
from jingban.rulebook.figures import figures
from jingban.walk.cast import not_before
from jingban.walk.scene import Part, Scene

PLACES = ("110000", "310000", "440100", "330100", "500000", "420100", "320100", "370100")
"""Cities that people go to; one of the person's own province is passed over."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """What is next, for which places; ``not_before``: a lock must have run out."""

    operation: str
    places: tuple[str, ...]
    not_before: date | None = None


def filing(scene: Scene) -> Part:
    """新备案、暂停、恢复、变更、终止, and anew."""
    cast, item = scene.cast, scene.item
    category = _category(scene)
    row = "retired" if category == "retiree" else "traveller"
    key = f"{row}-{sorted(GROUPS).index(category) + 1 + 10 * (item.tier == 'grassroots')}"
    at = cast.at(key)
    home = item.admin_code[:2]
    turn = _turn(cast.person(key), GROUPS[category], local_day(at), home)
    at = not_before(at, turn.not_before)
    if scene.acts:
        scene.employed(key, at, Kind.RETIRED if row == "retired" else Kind.EMPLOYEE)
    said = {
        **cast.said(key),
        "offsite_operation": turn.operation,
        "offsite_category": category,
        "places": "、".join(turn.places),
        "from_date": local_day(at).isoformat(),
        "offsite_basis": "promise" if category == "long-term" else "papers",
    }
    return Part((key,), at, cast.account(key), said)


def _category(scene: Scene) -> str:
    """Fixed by the entry, or what fits the way chosen in the wizard."""
    if fixed := scene.item.fixed.get("offsite_category"):
        return fixed
    field = next(f for f in scene.item.form if f.key == "offsite_category")
    stay = scene.path.facts.get("stay")
    wanted = {"long-term": "long-term", "referral": "referral"}.get(stay or "", "other-temporary")
    return wanted if wanted in field.choices else next(iter(field.choices))


def _turn(person: Person | None, group: str, day: date, home: str) -> _Turn:
    standing = filings.standing(person, group, day) if person is not None else []
    away = [place for place in PLACES if place[:2] != home]
    if not standing:
        return _Turn("file", (away[0],))
    now = standing[0]
    held = tuple(now.places)
    was = OffsiteFiling.objects.filter(
        person=now.person_id, group=group, end_on=now.start_on - timedelta(days=1)
    ).first()
    if now.status == "paused":
        return _Turn("resume", held)
    if was is None:
        return _Turn("pause", held)
    free = now.locked_until + timedelta(days=1) if group == LONG_TERM and now.locked_until else None
    if was.status == "paused":
        return _Turn("change", (next(place for place in away if place not in held),), free)
    return _Turn("end", held, free)


def recognition(scene: Scene) -> Part:
    """The next disease that is not recognised yet; when all are, the one whose re-check comes first."""
    cast = scene.cast
    key = "patient-2" if scene.item.tier == "grassroots" else "patient-1"
    at = cast.at(key)
    person = cast.person(key)
    held = {r.disease: r for r in recognitions.in_force(person, local_day(at))} if person else {}
    book = figures(cast.region)
    local = (
        book[recognitions.LOCAL].text_at(local_day(at)).split("、")
        if recognitions.LOCAL in book
        else diseases()
    )
    disease = next((code for code in local if code not in held), None)
    if disease is None:
        due = min(held.values(), key=lambda r: (r.recheck_on or date.max, r.disease))
        disease = due.disease
        at = not_before(at, due.recheck_on)
    if scene.acts:
        scene.employed(key, at)
    said = {**cast.said(key), "diseases": disease, "treating_institution": cast.institution()}
    return Part((key,), at, cast.account(key), said)
