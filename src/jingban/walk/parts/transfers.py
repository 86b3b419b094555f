"""Insurance that moves: in from another province by letter, in from the same province directly, out either way."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from jingban.cases.view import CaseView
from jingban.core.localtime import local_day
from jingban.processes.model import Edge
from jingban.registry import contributions, enrolments, transfers
from jingban.registry.models import Insurance, Person, Source
from jingban.registry.models.enrolments import Kind
from jingban.registry.origin import Origin
from jingban.rulebook.cache import regions
from jingban.walk.letters import SHEET, Elsewhere, year_before
from jingban.walk.scene import HOST, PREPARER, Part, Scene

BANK = {"bank": "演练银行", "bank_account": "6200000000000002"}
NO_BALANCE = "no-account-balance"


def move(scene: Scene) -> Part:
    """The way that the path begins with: 外省转入、省内转入、转出."""
    ways = {"out": _out, "in-province": _inside}
    return ways.get(scene.path.facts.get("direction", ""), _from_elsewhere)(scene)


def _from_elsewhere(scene: Scene) -> Part:
    """From another province: our letter goes out, its sheet and its money come by post."""
    cast, key = scene.cast, "mover-1"
    at, other = cast.at(key), Elsewhere(cast, key, cast.next_letter())

    def hears(view: CaseView, edge: Edge, now: datetime) -> CaseView | None:
        receives = scene.process.steps[edge.source].receives
        if receives is None or SHEET not in receives.messages:
            return None
        return other.answers(view, edge.act, now)

    said = {**_said(scene, key), "from_place": other.place, "to_place": scene.item.admin_code}
    return Part((key,), at, cast.account(key), said, hears=hears, ended=other.pays)


def _inside(scene: Scene) -> Part:
    """From a region of the same province in this installation; where there is none, its sheet is registered."""
    cast, key = scene.cast, "mover-1"
    at, own = cast.at(key), scene.item.admin_code
    near = sorted(
        c.region for c in regions().values() if c.admin_code[:2] == own[:2] and c.region != cast.region
    )
    said = {**_said(scene, key), "to_place": own}
    if near:
        if scene.acts:
            scene.with_balance(left(scene, key, at, near[0]), at)
        return Part((key,), at, cast.account(key), {**said, "from_place": regions()[near[0]].admin_code})
    other = Elsewhere(cast, key, cast.next_letter())

    def opened(view: CaseView, now: datetime) -> None:
        origin = Origin(cast.region, PREPARER, now, Source.LETTER, view.id, view.seq)
        sheet = other.sheet(f"SN{other.turn}", "0.00", local_day(now))
        transfers.receive_sheet(origin, view.id, sheet)

    said["from_place"] = f"{own[:2]}9999"
    return Part((key,), at, cast.account(key), said, opened=opened)


def _out(scene: Scene) -> Part:
    """Leaving with papers in hand; what the account holds is paid back."""
    cast, key = scene.cast, "goer-1"
    at, amount = cast.at(key), _ready_to_leave(scene, key)
    said = {
        **cast.said(key),
        **BANK,
        "from_place": scene.item.admin_code,
        "to_place": "999001",
        "from_insurance": "employee",
        "to_insurance": "employee",
    }
    return Part((key,), at, cast.account(key), said, carries={"amount": amount})


def asked(scene: Scene) -> Part:
    """Another agency's 《联系函》 opens the case; its words are the case's answers."""
    cast, key = scene.cast, "asked-1"
    amount = _ready_to_leave(scene, key)
    other = Elsewhere(cast, key, cast.next_letter())
    return Part((key,), cast.at(key), 0, {}, carries={"amount": amount}, opens=other.asks)


def _said(scene: Scene, key: str) -> dict[str, str]:
    """What whoever moves in says; the new unit with it, where none insures the person yet."""
    cast = scene.cast
    at, person = cast.at(key), cast.person(key)
    said = {
        **cast.said(key),
        **BANK,
        "from_insurance": "employee",
        "to_insurance": "employee",
        "move_account": "yes",
    }
    if person is None or enrolments.on(person, local_day(at)) is None:
        if scene.acts:
            scene.employer(at, HOST)
        said |= {
            "unit_credit_code": cast.unit_role(HOST).code,
            "from_date": local_day(at).isoformat(),
        }
    return said


def _ready_to_leave(scene: Scene, key: str) -> str:
    """Insurance that was stopped, and money in the account if the path pays any; how much."""
    if not scene.acts:
        return "100.00"
    at = scene.cast.at(key)
    person = left(scene, key, at)
    return f"{Decimal(0) if scene.took(NO_BALANCE) else scene.with_balance(person, at):.2f}"


def left(scene: Scene, key: str, at: datetime, region: str = "") -> Person:
    """Somebody who was insured (here, or in another region), with a year on record, and has stopped."""
    person, origin = scene.registered(key, at, region=region), scene.origin(at, region=region)
    if enrolments.on(person, local_day(at)) is not None:
        enrolments.end(origin, person, origin.day, "left")
    elif not person.enrolments.exists() or transfers.moved_before(person) is not None:
        first, last = year_before(origin.day, person, scene.cast.person(key))
        enrolments.enrol(
            origin,
            person,
            insurance=Insurance.EMPLOYEE,
            kind=Kind.FLEXIBLE,
            start_on=origin.day,
            end_on=origin.day,
        )
        place = regions()[person.region].admin_code
        contributions.add(
            origin,
            person,
            insurance=Insurance.EMPLOYEE,
            first=first,
            last=last,
            base=Decimal(5000),
            place=place,
        )
        scene.prepared.append(f"{person.name}参保缴费12个月后停保")
    return person
