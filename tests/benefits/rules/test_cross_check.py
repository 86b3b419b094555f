"""The program against the plain calculation (plain.py): whole years of invented persons, to the fen."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import pytest

from jingban.benefits.rules.model import Claim, Year
from jingban.benefits.rules.reimbursement import ALWAYS, reimburse
from tests.benefits.rules.bills import REGIONS, claim, figures
from tests.benefits.rules.plain import Plain

PERSONS, CLAIMS = 40, 12
PLACES = ("local", "local", "local", "filed", "referred", "temporary", "unfiled")
AID = ("", "", "", "extreme-poverty", "orphan", "minimum-living", "monitored", "marginal", "illness-poverty")


def invented(random: Random, insurance: str) -> list[Claim]:
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
            on=date(2026, 2, 1) + timedelta(days=random.randrange(300)),
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


@pytest.mark.parametrize("insurance", ["employee", "resident"])
@pytest.mark.parametrize("region", REGIONS)
def test_both_calculations_agree(region: str, insurance: str) -> None:
    random = Random(f"{region} {insurance}")
    book, other = figures(region), Plain(region, "2026-03-05")
    reached: set[str] = set()
    for _ in range(PERSONS):
        claims, year = invented(random, insurance), Year()
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
    one = claim(lines=[*lines, {"klass": "C", "amount": "777.77"}], third_party=third)
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
