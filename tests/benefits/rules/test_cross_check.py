"""The program against the plain calculation (plain.py): whole years of invented persons, to the fen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import product
from random import Random

import pytest

from jingban.benefits.rules.allowance import Wage, allowance
from jingban.benefits.rules.birth import WAYS, Event, Insured
from jingban.benefits.rules.maternity import maternity_medical
from jingban.benefits.rules.model import Claim, NotEntitled, Year
from jingban.benefits.rules.reimbursement import ALWAYS, reimburse
from tests.benefits.rules.bills import REGIONS, claim, figures
from tests.benefits.rules.plain import Plain, PlainBirth

PERSONS, CLAIMS = 40, 12
PLACES = ("local", "local", "local", "filed", "referred", "emergency", "temporary", "unfiled")
AID = ("", "", "", "extreme-poverty", "orphan", "minimum-living", "monitored", "marginal", "illness-poverty")


def invented(random: Random, insurance: str, first: date = date(2026, 2, 1)) -> list[Claim]:
    """A person's year; now and then so dear that every cap and segment is reached."""
    status = random.choice(("active", "retired") if insurance == "employee" else ("resident", "student"))
    aid, age = random.choice(AID), random.randint(18, 80)
    civil, enterprise = random.random() < 0.3, random.random() < 0.3
    dear = random.choice((300, 5_000, 60_000))
    return [
        claim(
            insurance=insurance,
            care=(care := random.choice(("outpatient", "chronic", "special", "inpatient", "emergency"))),
            status=status,
            age=age,
            aid=aid if insurance == "resident" else random.choice(("", aid)),
            civil=civil,
            enterprise=enterprise,
            level=random.choice(("village", "0", "1", "2", "3", "province")),
            place=random.choice(PLACES),
            disease=random.choice(("M03900", "M01600")) if care in ("chronic", "special") else "",
            on=first + timedelta(days=random.randrange(150)),
            commercial=money(random, 500) if random.random() < 0.2 else "0",
            lines=[some(random, dear) for _ in range(random.randint(1, 6))],
        )
        for _ in range(CLAIMS)
    ]


def money(random: Random, most: int) -> str:
    return f"{random.randint(1, most * 100) / 100:.2f}"


def some(random: Random, dear: int) -> dict[str, str]:
    klass = random.choice("AAABBC")
    found = {"klass": klass, "price": money(random, dear), "quantity": random.choice(("1", "2", "7"))}
    if klass == "B":
        found["own"] = random.choice(("0.05", "0.1", "0.155", "0.2"))
    if klass != "C" and random.random() < 0.3:
        found["limit"] = money(random, dear)
    if random.random() < 0.05:
        found["excluded"] = random.choice(("third_party", "work_injury", "limited_use"))
    return found


@pytest.mark.parametrize(
    ("region", "insurance"),
    [*product(REGIONS, ("employee", "resident")), ("changing", "resident")],
)
def test_both_calculations_agree(region: str, insurance: str) -> None:
    """The invented region counts an emergency as outpatient from July on, and as a third segment has 80 %."""
    first = date(2026, 7, 1) if region == "changing" else date(2026, 2, 1)
    random = Random(f"{region} {insurance}")
    book, other = figures(region), Plain(region, first.isoformat())
    reached: set[str] = set()
    for _ in range(PERSONS):
        claims, year = invented(random, insurance, first), Year()
        for one, plain in zip(claims, other.history(claims), strict=True):
            found = reimburse(one, year, book)
            assert dict(found.amounts) == {key: int(100 * plain.get(key, 0)) for key in ALWAYS}, one
            assert sum(found.parts.values()) == found.amounts["fund"]
            year = year.after(found.increments)
            reached |= {key for key, amount in found.amounts.items() if amount}
    used = {"serious", "aid", "extra_aid"} if insurance == "resident" else {"civil", "enterprise"}
    assert used <= reached


@pytest.mark.parametrize("third", ["0.01", "333.33", "5000"])
def test_they_agree_on_what_a_third_party_paid(third: str) -> None:
    lines = [{"klass": "A", "amount": "8000.01"}, {"klass": "B", "amount": "1234.56", "own": "0.1"}]
    lines += [{"klass": "C", "amount": "777.77"}]
    for own in ([], [{"amount": "400.03", "excluded": "third_party"}]):
        one = claim(lines=[*lines, *own], third_party=third)
        found = reimburse(one, Year(), figures("xingtai"))
        plain = Plain("xingtai", "2026-03-05").history([one])[0]
        assert dict(found.amounts) == {key: int(100 * plain.get(key, 0)) for key in ALWAYS}


def test_the_supplement_is_reached_in_the_cross_check() -> None:
    """Above the pool's cap, with amounts that do not divide evenly."""
    random, other = Random(7), Plain("luanzhou", "2026-03-05")
    book, paid = figures("luanzhou"), 0
    for _ in range(60):
        claims = [claim(level="3", bill=money(random, 90_000)) for _ in range(6)]
        year = Year()
        for one, plain in zip(claims, other.history(claims), strict=True):
            found = reimburse(one, year, book)
            assert found.amounts["supplement"] == int(100 * plain.get("supplement", 0))
            year = year.after(found.increments)
            paid += found.amounts["supplement"]
    assert paid > 0


def born(random: Random) -> Event:
    """A birth, perhaps with an operation, a miscarriage, or an operation alone."""
    operation = random.choice(("iud-in", "iud-out", "sterilisation", "vasectomy"))
    kind, on = random.choice(("birth", "birth", "miscarriage", "operation")), date(2026, 3, 5)
    if kind == "operation":
        return Event("operation", on, operation=operation)
    if kind == "miscarriage":
        return Event("miscarriage", on, months=random.randint(0, 9))
    infants = random.choice((1, 1, 2, 3))
    return Event(
        "birth", on, way=random.choice(tuple(WAYS)), infants=infants, child=infants + random.randint(0, 2),
        operation=random.choice(("", "", operation)),
    )  # fmt: skip


@pytest.mark.parametrize("region", REGIONS)
def test_both_agree_on_births(region: str) -> None:
    random, book, other = Random(region), figures(region), PlainBirth(region, "2026-03-05")
    paid = set()
    for _ in range(150):
        event, lines = born(random), [some(random, 2_000) for _ in range(random.randint(1, 6))]
        who = Insured(
            random.choice(("own", "own", "spouse", "former")),
            random.choice(("employee", "employee", "resident")), "enterprise", 12,
        )  # fmt: skip
        lines[0]["excluded"] = random.choice(("", "not_in_list", "third_party", "not_insured"))
        one = claim(lines=lines)
        total = sum(part.amount for part in one.lines)
        one = replace(one, third_party_paid=random.choice((0, 0, random.randint(0, total))))
        if who.insurance == "resident" and who.role != "own":
            continue
        if who.role != "own" and not other.num(f"maternity.share-{who.role}"):
            with pytest.raises(NotEntitled):
                maternity_medical(one, event, who, book)
            continue
        found = maternity_medical(one, event, who, book).amounts
        assert found["fund"] == other.fees(one, event, who) * 100, (event, who, one)
        assert found["person"] == total - one.third_party_paid - found["fund"]
        paid.add(found["fund"])
        given = allowance(event, Insured(unit_kind="enterprise", months=12), Wage(654_321, 2025), book)
        days = other.days(event)
        assert given.amounts["fund"] == int(Fraction(654_321 * days, 30) + Fraction(1, 2)), event
    assert len(paid) > 30
