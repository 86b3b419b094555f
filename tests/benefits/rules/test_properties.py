"""What holds for every claim: nothing is created or lost, nothing exceeds its cap, and undoing is exact."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from jingban.benefits.rules.model import Claim, Result, Year
from jingban.benefits.rules.reimbursement import reimburse
from tests.benefits.rules.bills import REGIONS, claim, figures

BOOKS = {region: figures(region) for region in REGIONS}
CAPS = {
    "employee.pool": "employee-inpatient.pool-cap",
    "resident.pool": "resident-inpatient.pool-cap",
    "supplement.paid": "employee-supplement.cap",
    "civil.paid": "civil-servant.cap",
    "enterprise.paid": "enterprise-supplement.cap",
    "aid.paid": "medical-aid.cap",
    "extra_aid.paid": "medical-aid.extra-cap",
}
YUAN = st.integers(1, 40_000_000).map(lambda fen: f"{fen / 100:.2f}")
LINE = st.fixed_dictionaries(
    {"klass": st.sampled_from("ABC"), "amount": YUAN},
    optional={"limit": YUAN, "excluded": st.sampled_from(("", "third_party"))},
).map(lambda line: {**line, "own": "0.1"} if line["klass"] == "B" else line)
WHO = st.fixed_dictionaries(
    {
        "insurance": st.sampled_from(("employee", "resident")),
        "care": st.sampled_from(("outpatient", "chronic", "special", "inpatient", "emergency")),
        "status": st.sampled_from(("active", "retired", "student")),
        "level": st.sampled_from(("village", "0", "1", "2", "3", "province")),
        "place": st.sampled_from(("local", "filed", "referred", "emergency", "temporary", "unfiled")),
        "aid": st.sampled_from(("", "minimum-living", "monitored", "marginal")),
        "civil": st.booleans(),
        "enterprise": st.booleans(),
        "commercial": st.sampled_from(("0", "0.01", "5000")),
        "age": st.integers(0, 100),
        "disease": st.just("M03900"),
    }
)
REGION = st.sampled_from(REGIONS)


def run(region: str, claims: list[Claim], year: Year | None = None) -> tuple[list[Result], Year]:
    year, found = year or Year(), []
    for one in claims:
        found.append(reimburse(one, year, BOOKS[region]))
        year = year.after(found[-1].increments)
    return found, year


@settings(max_examples=100, deadline=None)
@given(REGION, WHO, st.lists(st.lists(LINE, min_size=1, max_size=4), min_size=1, max_size=4), st.floats(0, 1))
def test_nothing_is_created_lost_or_above_its_cap(
    region: str, who: dict[str, Any], bills: list[list[dict[str, str]]], third: float
) -> None:
    claims = [claim(**who, lines=lines) for lines in bills]
    paid = int(third * sum(line.amount for line in claims[0].lines))
    claims[0] = claim(**who, lines=bills[0], third_party=f"{paid / 100:.2f}")
    found, year = run(region, claims)
    for result in found:
        a = result.amounts
        assert min(a.values()) >= 0
        assert a["fund"] + a["person"] + a["commercial"] + a["third_party"] == a["total"]
        assert a["own_pay"] + a["over_limit"] + a["pre_self"] + a["in_scope"] == a["total"]
        assert a["fund"] <= a["in_scope"]
        assert sum(result.parts.values()) == a["fund"]
    for key, cap in CAPS.items():
        assert year.of(key) <= BOOKS[region].yuan(cap)
    if who["aid"] not in ("minimum-living", "monitored"):
        assert year.of("serious.paid") <= BOOKS[region].yuan("serious-illness.cap")


@settings(max_examples=100, deadline=None)
@given(REGION, WHO, st.lists(YUAN, max_size=2), YUAN, st.sampled_from(("0.01", "0.02", "1.03", "99999")))
def test_a_dearer_bill_is_never_paid_less(
    region: str, who: dict[str, Any], before: list[str], bill: str, more: str
) -> None:
    """Neither the fund's part nor the person's falls by a fen when the bill rises."""
    _, year = run(region, [claim(**who, bill=earlier) for earlier in before])
    less, dearer = (
        run(region, [claim(**{**who, "commercial": "0"}, lines=lines)], year)[0][0].amounts
        for lines in ([{"amount": bill}], [{"amount": bill}, {"amount": more}])
    )
    assert less["fund"] <= dearer["fund"]
    assert less["person"] <= dearer["person"]


@settings(max_examples=40, deadline=None)
@given(REGION, st.lists(st.integers(1, 90_000), min_size=2, max_size=4), st.booleans())
def test_the_order_of_visits_under_a_yearly_deductible_changes_nothing(
    region: str, fen: list[int], is_retired: bool
) -> None:
    who = {"care": "chronic", "disease": "M03900", "status": "retired" if is_retired else "active"}
    totals = set()
    for order in permutations(fen):
        _, year = run(region, [claim(**who, bill=f"{one / 100:.2f}") for one in order])
        totals.add((year.of("employee.pool"), tuple(sorted(year.sums.items()))))
    assert len(totals) == 1


@settings(max_examples=40, deadline=None)
@given(REGION, st.lists(st.integers(1, 9_000_000), min_size=2, max_size=4), st.sampled_from(("", "orphan")))
def test_the_order_of_stays_changes_nothing_for_serious_illness(
    region: str, fen: list[int], aid: str
) -> None:
    totals = set()
    for order in permutations(fen):
        stays = [
            claim(insurance="resident", status="resident", admission=1, aid=aid, bill=f"{one / 100:.2f}")
            for one in order
        ]
        _, year = run(region, stays)
        totals.add((year.of("serious.self"), year.of("serious.paid"), year.of("aid.paid")))
    assert len(totals) == 1


@settings(max_examples=60, deadline=None)
@given(REGION, st.lists(st.tuples(WHO, YUAN), min_size=2, max_size=5), st.data())
def test_undoing_a_claim_and_doing_it_again_gives_the_same(
    region: str, said: list[tuple[dict[str, Any], str]], data: st.DataObject
) -> None:
    claims = [claim(**who, bill=bill) for who, bill in said]
    first, year = run(region, claims)
    place = data.draw(st.integers(0, len(claims) - 1))
    without, _ = run(region, claims[:place] + claims[place + 1 :])
    assert without[:place] == first[:place]
    again, same = run(region, claims)
    assert (again, same) == (first, year)
    # The year is the sum of the increments, in whatever order they are added.
    backwards = Year()
    for result in reversed(first):
        backwards = backwards.after(result.increments)
    assert backwards == year


@given(REGION, WHO, YUAN)
@settings(max_examples=40, deadline=None)
def test_a_result_is_the_same_each_time_and_goes_into_json(
    region: str, who: dict[str, Any], bill: str
) -> None:
    one = claim(**who, bill=bill)
    texts = {
        json.dumps(reimburse(one, Year(), figures(region)).as_data(), ensure_ascii=False) for _ in range(2)
    }
    assert len(texts) == 1
