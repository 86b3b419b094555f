"""One-off withdrawals: whose account holds something, and for which reason it is paid out next."""

from __future__ import annotations

from datetime import date, datetime

from jingban.core.localtime import local_day
from jingban.registry import enrolments
from jingban.registry.models import Insurance, Person
from jingban.walk.scene import Part, Scene

FIRST = ("giving-up", "emigration", "foreigner-leaving")
"""The first reason of each saver in turn; only who gives up insurance here goes on."""


def withdrawal(scene: Scene) -> Part:
    """主动放弃、转为居民、死亡 of one, 出国定居 of the next, 外国人离境 of the third."""
    cast = scene.cast
    key = cast.first("saver", lambda key, person: _next(key, person, local_day(cast.at(key))) != "")
    at = cast.at(key)
    reason = _next(key, cast.person(key), local_day(at))
    amount = _prepared(scene, key, reason, at) if scene.acts else "100.00"
    own = cast.said(key)
    said = {
        **own,
        "withdrawal_reason": reason,
        "payee_name": own["name"],
        "bank": "演练银行",
        "bank_account": "6200000000000001",
    }
    if reason == "death":
        heir = cast.said("heir-1")
        said |= {
            "payee_name": heir["name"],
            "payee_id_number": heir["id_number"],
            "payee_relation": "child",
            "death_on": local_day(at).isoformat(),
        }
    applicant = cast.account("heir-1" if reason == "death" else key)
    return Part((key,), at, applicant, said, carries={"amount": amount})


def _next(key: str, person: Person | None, day: date) -> str:
    """What the register makes possible; nothing where the account is done with."""
    first = FIRST[(int(key.rpartition("-")[2]) - 1) % len(FIRST)]
    if person is None or not person.enrolments.exists():
        return first
    if person.died_on is not None:
        return ""
    spell = enrolments.on(person, day)
    if spell is not None and spell.insurance == Insurance.EMPLOYEE:
        return first
    if first != "giving-up":
        return ""
    return "death" if spell is not None else "to-resident"


def _prepared(scene: Scene, key: str, reason: str, at: datetime) -> str:
    """Insured as the reason needs it, with money in the account; how much."""
    is_resident = reason in ("to-resident", "death")
    person = scene.resident(key, at) if is_resident else scene.employed(key, at)
    return f"{scene.with_balance(person, at):.2f}"
