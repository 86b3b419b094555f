"""A family at home: numbers, address, telephone, and what some of its people are entitled to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from jingban.core.money import to_yuan
from jingban.core.parameters import Parameter
from jingban.registry.demo.families import Family, Member
from jingban.registry.demo.lives import Life, Spell, World, life_of
from jingban.registry.demo.names import INSTITUTION
from jingban.registry.demo.numbers import Numbers, phone
from jingban.registry.demo.writing import Citizen, Household
from jingban.registry.models.enrolments import Insurance, Standing
from jingban.registry.room import age_on
from jingban.registry.rules import months as m
from jingban.registry.rules.filing import last_day

DISEASES = ("M03900", "M01600", "M04600", "M05300")
AID = ("minimum-living", "minimum-living", "monitored", "extreme-poverty", "marginal")
PLACES = ("310000", "110000", "440300", "330100")
_OWN_SHARE = Decimal("0.02")
"""Of an employee's base, what goes into the personal account (国办发〔2021〕14号)."""
_MONTHS_KEPT = 36
_OWN, _NEEDY = 5, 1


@dataclass(slots=True)
class Neighbourhood:
    """What the families of a region share."""

    villages: Sequence[str]
    numbers: Numbers
    table: Mapping[str, Parameter]
    world: World
    phones: int = 0

    def whole(self, name: str, day: date) -> int:
        return int(self.table[name].at(day))


def household(rng: Random, family: Family, near: Neighbourhood, turn: int) -> Household:
    """The family with everything about each of it. The first families of a demo live in its own village, where
    somebody acts for the village, and one of them is in need, so that every entry can be tried out."""
    village = near.villages[0] if turn < _OWN else rng.choice(near.villages)
    address = f"{village}{rng.randint(1, 300)}号"
    aid = rng.choice(AID) if rng.random() < 0.05 else AID[0] if turn == _NEEDY else ""
    number_at_home = ""
    people = []
    for who in family.members:
        is_grown = age_on(who.born_on, near.world.day) >= 16
        if is_grown or not number_at_home:
            near.phones += 1
            number_at_home = phone(near.phones)
        people.append(_citizen(rng, who, near, village, address, number_at_home, aid))
    return Household(family, people)


def _citizen(
    rng: Random, who: Member, near: Neighbourhood, village: str, address: str, called: str, aid: str
) -> Citizen:
    day = near.world.day
    aided = bool(aid) and who.died_on is None
    life = life_of(rng, who, near.world, aided=aided)
    spell = life.on(day) if who.died_on is None else None
    age = age_on(who.born_on, day)
    citizen = Citizen(who, near.numbers.citizen(who.born_on, who.sex), called, address, village, life)
    citizen.balance = to_yuan(_own_share(life, day))
    if aided:
        citizen.aid = {
            "category": aid,
            "start_on": max(who.born_on, date(day.year, 1, 1)),
            "end_on": date(day.year, 12, 31),
            "flagged": True,
        }
    if age >= 18 and rng.random() < 0.4:
        citizen.bank = "演示银行"
        citizen.bank_account = f"9999{rng.randrange(10**12):012d}"
    if spell is not None and spell.standing == Standing.ACTIVE:
        if rng.random() < 0.04:
            citizen.filing = _filing(rng, near, spell)
        if age >= 50 and rng.random() < 0.2:
            citizen.recognition = _recognition(rng, near, spell)
    return citizen


def _own_share(life: Life, day: date) -> int:
    """The own share of the last years, in fen; whoever left the employees' insurance keeps what is there."""
    since = m.index(day) - _MONTHS_KEPT
    fen = 0
    for run in life.runs:
        if run.insurance == Insurance.EMPLOYEE and run.base_fen and run.unit is not None:
            fen += run.base_fen * len(range(max(since, run.months.start), run.months.stop))
    return int(fen * _OWN_SHARE)


def _filing(rng: Random, near: Neighbourhood, spell: Spell) -> dict[str, Any]:
    """A filing for care elsewhere within the spell in force: one in three long-term."""
    place, day = rng.choice(PLACES), near.world.day
    start = max(spell.start_on, day - timedelta(days=rng.randint(0, 60)))
    if rng.random() < 1 / 3:
        return {
            "slot": 0,
            "group": "long-term",
            "category": rng.choice(("long-term", "posted-worker", "retiree")),
            "places": [place],
            "basis": "papers",
            "start_on": start,
            "locked_until": last_day(start, near.whole("offsite-lock-months", start)),
        }
    return {
        "slot": int(place),
        "group": "temporary",
        "category": rng.choice(("referral", "other-temporary")),
        "places": [place],
        "basis": "papers",
        "start_on": start,
        "end_on": last_day(start, near.whole("offsite-temporary-months", start)),
    }


def _recognition(rng: Random, near: Neighbourhood, spell: Spell) -> dict[str, Any]:
    """A chronic disease recognised within the spell in force; the re-check may be due."""
    day = near.world.day
    start = max(spell.start_on, day - timedelta(days=rng.randint(10, 500)))
    code = rng.choice(DISEASES)
    return {
        "slot": int(code[1:]),
        "disease": code,
        "institution": INSTITUTION,
        "start_on": start,
        "recheck_on": m.later(start, near.whole("chronic-recheck-months", start)),
    }
