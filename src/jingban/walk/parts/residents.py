"""Residents: the next year that is free, newborns, suspension, withdrawal, death."""

from __future__ import annotations

from datetime import date, datetime

from jingban.core.localtime import local_day
from jingban.registry import enrolments
from jingban.registry.models import Insurance
from jingban.registry.models.enrolments import Kind, Standing
from jingban.registry.room import age_on
from jingban.walk.cast import Cast, not_before
from jingban.walk.parts.people import news
from jingban.walk.scene import Part, Scene

OPENS = 9
"""The month from which people enrol for the coming year (集中参保期)."""
KINDS = (
    (7, "child", Kind.CHILD),
    (16, "pupil", Kind.PUPIL),
    (22, "student", Kind.STUDENT),
    (60, "adult", Kind.ADULT),
)


def _row(scene: Scene) -> str:
    """Who applies in the village is nobody who applies in the county."""
    return "villager" if scene.item.tier == "grassroots" else "resident"


def kind_of(born_on: date, day: date) -> tuple[str, Kind]:
    """A resident's kind by age, as the form and as the register calls it."""
    age = age_on(born_on, day)
    return next(((name, kind) for below, name, kind in KINDS if age < below), ("elder", Kind.ELDER))


def next_year(cast: Cast, key: str) -> tuple[datetime, int] | None:
    """When the person enrols next, and for which year; none for who is enrolled for this year and the next.

    The coming year opens in September; what is applied for in December is approved in the year after.
    """
    at, person = cast.at(key), cast.person(key)
    day = local_day(at)
    if day.month < 12 and (person is None or enrolments.on(person, day) is None):
        return at, day.year
    if person is None or enrolments.on(person, date(day.year + 1, 1, 1)) is None:
        return not_before(at, date(day.year, OPENS, 1)), day.year + 1
    return None


def enrolment(scene: Scene) -> Part:
    """The next year not yet enrolled; who has both gives way to the next person."""
    cast = scene.cast
    key = cast.first(_row(scene), lambda key, _: next_year(cast, key) is not None)
    at, year = next_year(cast, key) or (cast.at(key), 0)
    said = {
        **cast.said(key),
        "resident_kind": kind_of(cast.role(key).born_on, local_day(at))[0],
        "insured_year": str(year),
        "place": "演练村",
        "address": "演练路3号",
    }
    return Part((key,), at, cast.account(key), said)


def _enrolled(scene: Scene, key: str) -> None:
    """A resident of the year of the day; who was one before is so for the year."""
    at = scene.cast.at(key)
    scene.resident(key, at, kind_of(scene.cast.role(key).born_on, local_day(at))[1])


def change(scene: Scene) -> Part:
    """Data of somebody who is or was in the residents' insurance."""
    cast, key = scene.cast, f"{_row(scene)}-1"
    person = cast.person(key)
    if scene.acts and (person is None or not enrolments.was_ever(person, Insurance.RESIDENT)):
        _enrolled(scene, key)
    # By oneself only the telephone number changes; nobody looks at proof there.
    only = ("phone",) if scene.took("self-service") else ()
    return Part((key,), cast.at(key), cast.account(key), {**cast.said(key), **news(cast, key, only)})


def newborn(scene: Scene) -> Part:
    """A child of twenty days, and the guardian who registers it."""
    cast, guardian = scene.cast, "villager-1"
    key = cast.first("newborn", lambda _, person: person is None)
    parent = cast.said(guardian)
    said = {
        **cast.said(key),
        "guardian_name": parent["name"],
        "guardian_id_number": parent["id_number"],
        "guardian_relation": "parent",
        "place": "演练村",
        "address": "演练路4号",
    }
    return Part(("newborn",), cast.at("newborn"), cast.account(guardian), said)


def pause(scene: Scene) -> Part:
    """暂停 where insurance runs, 恢复 where it rests."""
    cast, key = scene.cast, "villager-1"
    at = cast.at(key)
    if scene.acts:
        _enrolled(scene, key)
    person, day = cast.person(key), local_day(at)
    spell = enrolments.on(person, day) if person is not None else None
    rests = spell is not None and spell.standing == Standing.SUSPENDED
    said = {"resident_operation": "resume" if rests else "suspend", "from_date": day.isoformat()}
    return Part((key,), at, cast.account(key), {**cast.said(key), **said})


def death(scene: Scene) -> Part:
    """Termination by death; the next of the old after it."""
    cast = scene.cast
    key = cast.first("elder", lambda _, person: person is None or person.died_on is None)
    if scene.acts:
        _enrolled(scene, key)
    at = cast.at(key)
    said = {**cast.said(key), "death_on": local_day(at).isoformat()}
    return Part((key,), at, cast.account("villager-1"), said)


def withdrawal(scene: Scene) -> Part:
    """退保 of the coming year."""
    cast, key = scene.cast, "villager-2"
    at = not_before(cast.at(key), date(local_day(cast.at(key)).year, OPENS, 1))
    year = local_day(at).year + 1
    if scene.acts:
        scene.resident(key, at, kind_of(cast.role(key).born_on, date(year, 1, 1))[1], year)
    return Part((key,), at, cast.account(key), {**cast.said(key), "insured_year": str(year)})
