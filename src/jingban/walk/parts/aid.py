"""Persons in need: the next year of a subsidised premium; a household's means."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from jingban.access.service import Actor
from jingban.cases.view import CaseView
from jingban.core.localtime import local_day
from jingban.core.money import to_yuan
from jingban.processes.model import Message
from jingban.registry import aid, aid_lists, enrolments, levies, levy_rates
from jingban.registry.models import Insurance
from jingban.registry.origin import Origin
from jingban.walk.parts.residents import kind_of, next_year
from jingban.walk.scene import PREPARER, Part, Scene, collected

CATEGORY = "minimum-living"
ZERO = Decimal(0)


def subsidy(scene: Scene) -> Part:
    """An aided person's next year; who is new to the region where the procedure asks for one."""
    cast = scene.cast
    if scene.path.facts.get("person") == "new":
        key = cast.first("newcomer", lambda _, person: person is None)
    else:
        key = cast.first("aided", lambda key, _: next_year(cast, key) is not None)
    at, year = next_year(cast, key) or (cast.at(key), 0)
    if scene.path.facts.get("person") == "known":
        scene.registered(key, at)
    subsidy = levy_rates.resident_premium(cast.region, year, CATEGORY)[1] if year else ZERO
    pays_back = "pay" in scene.process.steps
    if pays_back and year and scene.acts:
        _paid_whole(scene, key, at, year)
    day = local_day(at)
    own = cast.said(key)
    said = {
        **own,
        "aid_category": CATEGORY,
        "insured_year": str(year),
        "recognised_on": day.isoformat(),
        "place": "演练村",
    }

    def opens(now: datetime) -> CaseView:
        row = aid_lists.Row(own["name"], own["id_number"], CATEGORY, day)
        clerk = Actor(PREPARER, "演练民政名单")
        batch = f"walk-{cast.next_letter()}"
        (opened,) = aid_lists.open_cases(cast.region, [row], batch=batch, year=year, actor=clerk, now=now)
        if opened.case is None:
            raise AssertionError(opened.why)
        return opened.case

    starts = scene.process.starts
    by_list = isinstance(starts, Message) and starts.message == aid_lists.MESSAGE
    return Part(
        (key,),
        at,
        cast.account(key),
        said,
        carries={"amount" if pays_back else "request:amount": f"{subsidy:.2f}"},
        opens=opens if by_list else None,
        ended=collected(scene),
    )


def _paid_whole(scene: Scene, key: str, at: datetime, year: int) -> None:
    """The person had enrolled like anybody else and paid the whole premium: the subsidy is to be paid back."""
    person = scene.registered(key, at)
    # On the day itself: the day before, the last month of the coming year may be too far ahead.
    origin = Origin(person.region, PREPARER, at)
    first, last = date(year, 1, 1), date(year, 12, 31)
    if enrolments.on(person, max(first, origin.day)) is None:
        kind = kind_of(scene.cast.role(key).born_on, origin.day)[1]
        enrolments.enrol_for_year(origin, person, kind=kind, year=year)
    if not aid.premium_paid(person, year):
        levy = levies.issue_for_person(
            origin, person, insurance=Insurance.RESIDENT, first=max(first, origin.day), last=last,
            amount=levy_rates.resident_premium(origin.region, year)[0],
            shown=levy_rates.illustrations(origin.region, first, levy_rates.resident_figures()),
        )  # fmt: skip
        levies.confirmed(
            origin,
            levy.number,
            paid_on=origin.day,
            message=f"SW-{levy.number}",
            amount=to_yuan(levy.due_fen),
            signed=True,
        )
        scene.prepared.append(f"{person.name}已全额缴纳{year}年度居民医保费")
