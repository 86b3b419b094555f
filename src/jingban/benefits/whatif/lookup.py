"""The figures as two small tables that millions of claims are joined with, made by the one-claim path's own functions.

A row of ``terms`` is what ``rules.terms`` says for a mixture of region, insurance, care, status, level, place, disease,
age band and period; a row of ``sets`` what ``rules.segments`` and ``rules.aid`` say of the layers above the basic fund.
A period is a part of the year in which no figure changes; an age band a part of life in which no cap does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from jingban.benefits.rules.aid import aid_scheme, extra_scheme, paid_together
from jingban.benefits.rules.cumulative import millionths
from jingban.benefits.rules.figures import Figures
from jingban.benefits.rules.model import Claim, ClaimWrong, Year
from jingban.benefits.rules.segments import (
    Scheme,
    civil_servant,
    counts_for_serious,
    enterprise,
    serious_illness,
    supplement,
)
from jingban.benefits.rules.terms import is_ordinary_outpatient, is_stay, terms
from jingban.benefits.whatif.errors import ClaimsWrong
from jingban.core.insurance import AID_CATEGORIES
from jingban.core.parameters import NotInForce, Parameter

Book = Mapping[str, Parameter]
Books = Mapping[str, Book]
"""The parameters of each region."""

NONE = 10**15
"""Stands for no cap and for a band that nobody reaches: ten trillion yuan."""
TERMS_KEY = (
    "region", "insurance", "care", "status", "level", "place", "disease", "age_band", "period",
)  # fmt: skip
SCHEMES_KEY = (
    "region", "insurance", "care", "aid", "is_civil_servant", "has_enterprise_supplement", "period",
)  # fmt: skip
MIXTURE = (*TERMS_KEY[:-2], *SCHEMES_KEY[3:-1], *TERMS_KEY[-2:])
"""Everything of a claim that the figures depend on."""
SCHEMES = ("supplement", "serious", "civil", "enterprise", "aid", "extra_aid")
"""The layers above the basic fund, in the order of the calculation."""
AMOUNTS = ("deductible", "pool", *SCHEMES, "commercial", "fund", "person_pays")
"""What comes out of a claim."""
ROW = ("claim", "person", *AMOUNTS)


@dataclass(frozen=True, slots=True)
class Cuts:
    """Where the year and life are cut: first days of periods (the first of January first), first ages of bands."""

    year: int
    days: tuple[date, ...]
    ages: tuple[int, ...]

    def day(self, period: int) -> date:
        return self.days[period]

    def age(self, band: int) -> int | None:
        """An age of the band; band −1 is an unknown age."""
        return None if band < 0 else (0, *self.ages)[band]


def cuts(year: int, *books: Books) -> Cuts:
    """Every day of the year on which a figure changes in any of the regions, and every age that a figure names."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    days, ages = {first}, set()
    for book in (book for some in books for book in some.values()):
        for name, parameter in book.items():
            days |= {start for start in parameter.values if first < start <= last}
            if name.endswith(".older-from-age"):
                ages |= {int(dated.value) for dated in parameter.values.values() if dated}
    return Cuts(year, tuple(sorted(days)), tuple(sorted(ages)))


@dataclass(frozen=True, slots=True)
class Tables:
    """``mixtures``: which terms and which set of layers each mixture has; ``terms`` and ``sets`` under their numbers.

    ``widths``: the most bands of each layer; one that pays nobody here is missing. ``used``: parameters that were read.
    """

    mixtures: list[dict[str, Any]]
    terms: list[dict[str, Any]]
    sets: list[dict[str, Any]]
    widths: dict[str, int]
    used: frozenset[str]

    def caps_differ(self, name: str) -> bool:
        return len({row[f"{name}_cap"] for row in self.sets if row[f"{name}_on"]}) > 1


def tables(mixtures: Iterable[tuple[Any, ...]], books: Books, when: Cuts) -> Tables:
    """The tables for these mixtures. Raises ClaimsWrong, with the mixture, for one that cannot be worked out."""
    keys = [dict(zip(MIXTURE, mixture, strict=True)) for mixture in sorted(mixtures)]
    terms: dict[tuple[Any, ...], tuple[int, dict[str, Any]]] = {}
    layers: dict[tuple[Any, ...], tuple[dict[str, Scheme], bool]] = {}
    accounts: dict[str, int] = {}
    used: set[str] = set()
    for key in keys:
        figures = _figures(key, books, when)
        own = tuple(key[name] for name in TERMS_KEY)
        if own not in terms:
            terms[own] = len(terms), _terms_row(key, figures, when, accounts)
        own = tuple(key[name] for name in SCHEMES_KEY)
        if own not in layers:
            layers[own] = _found_schemes(key, figures)
        used |= {one.name for one in figures.used}
    widths = {
        name: max(len(schemes[name].bands) for schemes, _ in layers.values() if name in schemes)
        for name in SCHEMES
        if any(name in schemes for schemes, _ in layers.values())
    }
    sets: dict[tuple[tuple[str, Any], ...], int] = {}
    numbers = {
        own: sets.setdefault(tuple(_scheme_row(schemes, less, widths).items()), len(sets))
        for own, (schemes, less) in layers.items()
    }
    found = []
    for key in keys:
        number, row = terms[tuple(key[name] for name in TERMS_KEY)]
        own = tuple(key[name] for name in SCHEMES_KEY)
        told = {name: row[name] for name in ("account", "is_stay", "is_counted")}
        found.append(key | told | {"terms": number, "schemes": numbers[own]})
    return Tables(
        found,
        [{"terms": number} | {name: row[name] for name in TERMS} for number, row in terms.values()],
        [{"schemes": number} | dict(content) for content, number in sets.items()],
        widths,
        frozenset(used),
    )


TERMS = (
    "is_employee", "is_yearly", "is_stay", "due", "off", "least", "ratio", "own_cap", "pool_cap", "counted_key", "paid_key",
)  # fmt: skip
"""The last two: under which keys of ``Year`` lies what a deductible counts, and what the account's cap has been used for."""


def _terms_row(
    key: Mapping[str, Any], figures: Figures, when: Cuts, accounts: dict[str, int]
) -> dict[str, Any]:
    claim = _stub(key, figures.day, age=when.age(key["age_band"]))
    try:
        found, stay = terms(claim, Year(), figures), is_stay(claim.care, figures)
        row = {
            "account": accounts.setdefault(found.account, len(accounts)),
            "counted_key": f"{key['insurance']}.admissions" if stay else f"{found.account}.in_scope",
            "paid_key": f"{found.account}.paid",
            "is_employee": key["insurance"] == "employee",
            "is_stay": stay,
            "is_yearly": found.basis == "year",
            "is_counted": found.basis == "year" and found.deductible > 0,
            "due": found.deductible,
            "off": figures.yuan(f"{key['insurance']}-inpatient.repeat-off") if stay else 0,
            "least": figures.yuan(f"{key['insurance']}-inpatient.repeat-floor") if stay else 0,
            "ratio": millionths(found.ratio),
            "own_cap": NONE if found.cap is None else found.cap,
            "pool_cap": figures.yuan(f"{key['insurance']}-inpatient.pool-cap"),
        }
    except (ClaimWrong, NotInForce) as error:
        raise _told(error, key, figures.day) from error
    return row


def _found_schemes(key: Mapping[str, Any], figures: Figures) -> tuple[dict[str, Scheme], bool]:
    claim = _stub(key, figures.day)
    found: dict[str, Scheme] = {}
    try:
        if claim.insurance == "resident" and counts_for_serious(claim, figures):
            found["serious"] = serious_illness(claim, figures)[0]
        if claim.insurance == "employee" and not is_ordinary_outpatient(claim.care, figures):
            found["supplement"] = supplement(figures)
        if claim.insurance == "employee" and claim.is_civil_servant:
            found["civil"] = civil_servant(figures)
        if claim.insurance == "employee" and claim.has_enterprise_supplement:
            found["enterprise"] = enterprise(figures)
        less = False
        if paid_together(claim, figures):
            if claim.aid not in AID_CATEGORIES:
                raise ClaimWrong(f"救助对象类别“{claim.aid}”不认识，请重新选择。")
            less = figures.text("medical-aid.less-commercial") == "yes"
            found["aid"], found["extra_aid"] = aid_scheme(figures, claim.aid), extra_scheme(figures)
    except (ClaimWrong, NotInForce) as error:
        raise _told(error, key, figures.day) from error
    return found, less


def _scheme_row(schemes: dict[str, Scheme], less: bool, widths: Mapping[str, int]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "less_commercial": less,
        "is_layered": any(name != "supplement" for name in schemes),
    }
    for name in SCHEMES:
        scheme = schemes.get(name)
        bands = scheme.bands if scheme else ()
        row[f"{name}_on"] = scheme is not None
        row[f"{name}_cap"] = NONE if scheme is None or scheme.cap is None else scheme.cap
        for number in range(widths.get(name, 1)):
            band = bands[number] if number < len(bands) else None
            row[f"{name}_start_{number}"] = band.start if band else NONE
            row[f"{name}_ratio_{number}"] = band.ratio if band else 0
    return row


def _figures(key: Mapping[str, Any], books: Books, when: Cuts) -> Figures:
    if key["region"] not in books:
        raise ClaimsWrong(f"单据里有没有启用的地区“{key['region']}”，请核对试算用的数据。")
    return Figures(books[key["region"]], when.day(key["period"]))


def _stub(key: Mapping[str, Any], day: date, age: int | None = None) -> Claim:
    """A claim without amounts, of which only the terms are asked."""
    if key["care"] == "prenatal":
        raise ClaimsWrong("产前检查按生育待遇计算，不能在费用报销的试算里。")
    asked = {name: key[name] for name in ("insurance", "care")}
    rest = {name: key.get(name, "") for name in ("status", "level", "place", "disease", "aid")}
    flags = {name: key.get(name, False) for name in ("is_civil_servant", "has_enterprise_supplement")}
    return Claim(**asked, **rest, **flags, began_on=day, ended_on=day, lines=(), admission=1, age=age)


def _told(error: ClaimWrong | NotInForce, key: Mapping[str, Any], day: date) -> ClaimsWrong:
    what = "、".join(str(value) for value in key.values() if value not in ("", None))
    return ClaimsWrong(f"这一类单据不能计算（{what}，{day.isoformat()}）：{error}")
