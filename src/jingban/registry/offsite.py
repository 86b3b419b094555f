"""Whether care at a place counts as filed (异地就医备案; reference 3): by the day of admission, never by today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from jingban.core.localtime import local_day
from jingban.core.parameters import NotInForce, Parameter
from jingban.registry.models import OffsiteFiling, Person
from jingban.registry.rules import filing as rules
from jingban.registry.words import day_text
from jingban.rulebook.cache import regions
from jingban.rulebook.figures import figures

PAUSED = "paused"
AS_FILED = "offsite-as-filed-"
"""The figure of a province: where its insured persons need not file; the province's two digits follow."""

Figures = dict[str, Parameter]


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether care at a place counts as filed, how, by which filing, and why in plain words.

    ``how``: home, filed, during (filed in the stay), late (after discharge: no direct settlement), emergency,
    region (places that count as filed), none.
    """

    filed: bool
    how: str
    filing: OffsiteFiling | None
    why: str


def filing_for(
    person: Person,
    *,
    place: str,
    admitted_on: date,
    discharged_on: date | None = None,
    emergency: bool = False,
) -> Answer:
    """Whether a stay counts as filed. ``discharged_on``: day of the discharge settlement; none while in hospital."""
    book, home = figures(person.region), home_of(person.region)
    if rules.is_home(place, home, codes(book, "offsite-whole-provinces", admitted_on)):
        return Answer(True, "home", None, "就医地就在参保地，不用备案。")
    reaching = [f for f in _of(person) if any(rules.covers(filed, place) for filed in f.places)]
    holding = [f for f in reaching if _holds(f, admitted_on)]
    if found := next((f for f in holding if f.status != PAUSED), None):
        return _by_filing(found, discharged_on)
    if found := next((f for f in reaching if _came_during(f, admitted_on, discharged_on)), None):
        since = day_text(found.start_on)
        return Answer(True, "during", found, f"入院后、出院结算前已备案（自{since}起），按已备案办理。")
    if any(rules.covers(filed, place) for filed in codes(book, f"{AS_FILED}{home[:2]}", admitted_on)):
        return Answer(True, "region", None, "到这里就医视同已备案。")
    if emergency:
        return Answer(True, "emergency", None, "急诊抢救视同已备案。")
    return Answer(False, "none", None, _why_not(holding, reaching))


def _by_filing(found: OffsiteFiling, discharged_on: date | None) -> Answer:
    since = day_text(found.start_on)
    if discharged_on is not None and local_day(found.recorded_at) > discharged_on:
        why = f"出院结算后才补办备案（自{since}起），不能直接结算，按备案的规定手工报销。"
        return Answer(True, "late", found, why)
    return Answer(True, "filed", found, f"已备案，自{since}起有效。")


def _came_during(filing: OffsiteFiling, admitted_on: date, discharged_on: date | None) -> bool:
    if filing.status == PAUSED or filing.start_on <= admitted_on:
        return False
    return discharged_on is None or max(filing.start_on, local_day(filing.recorded_at)) <= discharged_on


def _why_not(holding: list[OffsiteFiling], reaching: list[OffsiteFiling]) -> str:
    if holding:
        return f"备案自{day_text(holding[0].start_on)}起暂停，请先办理恢复。"
    ended = [f.end_on for f in reaching if f.end_on is not None]
    if ended:
        return f"到就医地的备案已于{day_text(max(ended))}终止；出院结算前补办备案的，仍可直接结算。"
    return "没有到就医地的备案；出院结算前补办备案的，仍可直接结算。"


def _of(person: Person) -> list[OffsiteFiling]:
    """All spells, long-term before temporary, oldest first."""
    return list(person.filings.order_by("group", "start_on", "id"))


def _holds(filing: OffsiteFiling, day: date) -> bool:
    return filing.start_on <= day and (filing.end_on is None or day <= filing.end_on)


def home_of(region: str) -> str:
    """The code of the region where its persons are insured."""
    return regions()[region].admin_code


def codes(book: Figures, name: str, day: date) -> tuple[str, ...]:
    """A list of codes that a figure gives; nothing where there is none on the day."""
    try:
        return tuple(book[name].text_at(day).split("、")) if name in book else ()
    except NotInForce:
        return ()
