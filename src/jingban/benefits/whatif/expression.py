"""``reimburse`` as Ibis expressions over a table of claims: window sums over each person's year, whole fen throughout.

Every formula is that of ``rules.cumulative`` and ``rules.reimbursement`` written as columns. What a cap leaves is
``min(cap, sum up to now) − min(cap, sum before)``, which is the same as paying up to it claim after claim as long as the
cap stays one; where it changes within a year and is reached, the person goes the one-claim way (``changed_caps``).

Nothing here divides but ``whole``: Ibis would turn ``//`` into a division of doubles on DuckDB. Sums are told to be
decimals and cast to 64 bits: Ibis believes a sum to be an int64 already and would drop the cast, DuckDB's is wider.
Few columns go through a window, for it sorts them all: the figures are joined again after each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ibis
from ibis import _
from ibis.expr import datatypes as dt

from jingban.benefits.rules.cumulative import SCALE
from jingban.benefits.whatif.claims import COLUMNS
from jingban.benefits.whatif.lookup import MIXTURE, NONE, SCHEMES, Cuts

AMOUNTS = ("deductible", "pool", *SCHEMES, "commercial", "fund", "person_pays")
"""What comes out of a claim."""
ACCOUNT = ("person", "account")
POOL = ("person", "is_employee")
_CARRIED = ("claim", "person", "rank", "account", "terms", "schemes", "base", "bill", "commercial")


def _sum(amount: Any) -> Any:
    """The sum, with its true width."""


def _divide(amount: Any, by: Any) -> Any:
    """Whole division of what is not below zero."""


_INT64 = dt.int64
_total = ibis.udf.agg.builtin(_sum, name="sum", signature=((_INT64,), dt.Decimal(38, 0)))
whole = ibis.udf.scalar.builtin(_divide, name="divide", signature=((_INT64, _INT64), _INT64))


def rounded(scaled: Any) -> Any:
    """Millionths of a fen as whole fen, half up."""
    return whole(2 * scaled + SCALE, 2 * SCALE)


def part_of(amount: Any, part: Any, of: Any) -> Any:
    """``amount × part ÷ of`` in whole fen, half up."""
    return whole(2 * amount * part + of, 2 * of)


def reach(limit: Any, ratio: Any, carried: Any) -> Any:
    """As ``rules.cumulative.reach``."""
    return whole(SCALE * (2 * limit + 1) - 1 - 2 * carried, 2 * ratio)


def running(amount: Any, *group: str) -> Any:
    """The sum of the year up to and with this claim."""
    window = ibis.window(rows=(None, 0), group_by=group, order_by="rank")
    return _total(amount).over(window).cast("int64")


def before(cap: Any, upto: Any, now: Any) -> Any:
    """What of ``now``, the last part of ``upto``, is below the cap."""
    return ibis.least(cap, upto) - ibis.least(cap, upto - now)


def keyed(claims: Any, cuts: Cuts) -> Any:
    """Claims with their period and age band, as ``Cuts`` numbers them."""
    period = sum(((claims.day >= day).cast("int32") for day in cuts.days[1:]), ibis.literal(0))
    band = sum(((claims.age >= age).cast("int32") for age in cuts.ages), ibis.literal(0))
    known = ibis.ifelse(claims.age < 0, -1, band)
    return claims.mutate(period=period.cast("int32"), age_band=known.cast("int32"))


def priced(claims: Any, mixtures: Any, terms: Any, sets: Any, cuts: Cuts) -> Any:
    """What each claim gives before the basic fund's yearly cap: ``own``."""
    table = keyed(claims, cuts).join(mixtures, list(MIXTURE))
    total = table.own_pay + table.over_limit + table.pre_self + table.in_scope
    third = part_of(table.third_party, table.in_scope, total)
    table = table.mutate(base=table.in_scope - third, bill=total - table.third_party)
    table = _due(_deducted(table, terms), terms)
    return table.join(sets.select("schemes", "is_layered"), "schemes")


def _deducted(table: Any, terms: Any) -> Any:
    """起付线: of a stay by its number, of a year what the year has not been charged yet."""
    # An account has stays only, which are counted, or none: one sum serves both.
    counted = ibis.ifelse(table.is_stay, 1, ibis.ifelse(table.is_counted, table.base, 0))
    table = table.select(*_CARRIED, "admission", counted=counted)
    own = terms.select("terms", "is_yearly", "is_stay", "due", "off", "least", "ratio")
    table = table.mutate(upto=running(_.counted, *ACCOUNT)).join(own, "terms")
    number = ibis.ifelse(_.admission > 0, _.admission.cast("int64"), _.upto)
    fewer = ibis.greatest(_.due - _.off * (number - 1), ibis.least(_.due, _.least))
    start = ibis.ifelse(_.is_stay & (number > 1), fewer, _.due)
    charged = ibis.ifelse(_.is_yearly, before(_.due, _.upto, _.counted), ibis.least(_.base, start))
    return table.mutate(deductible=charged)


def _due(table: Any, terms: Any) -> Any:
    """(In scope − deductible) × ratio; under a yearly deductible rounded on the year's exact product.

    What is rounded claim by claim goes into the same sum as whole fen, which leave the rounding of the rest alone.
    """
    table = table.mutate(exact=(_.base - _.deductible) * _.ratio)
    table = table.mutate(scaled=ibis.ifelse(_.is_yearly, _.exact, rounded(_.exact) * SCALE))
    table = table.select(*_CARRIED, "deductible", "scaled")
    table = table.mutate(upto=running(_.scaled, *ACCOUNT))
    table = table.join(terms.select("terms", "is_employee", "own_cap", "least_own_cap"), "terms")
    due, earlier = rounded(_.upto), rounded(_.upto - _.scaled)
    return table.mutate(
        own=ibis.least(_.own_cap, due) - ibis.least(_.own_cap, earlier), is_passed=due > _.least_own_cap
    ).drop("own_cap", "least_own_cap")


def capped(paid: Any, terms: Any) -> Any:
    """Claims of persons whose year comes to the least of the pool's yearly caps: few, and nobody else needs a window."""
    least = terms.group_by("is_employee").agg(least=terms.pool_cap.min())
    near = paid.group_by(*POOL).agg(year=_total(_.own).cast("int64")).join(least, "is_employee")
    table = paid.semi_join(near.filter(_.year >= _.least), POOL).select(
        "claim", "person", "rank", "is_employee", "terms", "own"
    )
    table = table.mutate(pool_upto=running(_.own, *POOL)).join(terms.select("terms", "pool_cap"), "terms")
    return table.mutate(
        pool=before(_.pool_cap, _.pool_upto, _.own), is_reached=_.is_employee & (_.pool_upto >= _.pool_cap)
    ).drop("rank", "terms", "own")


def reached(capped: Any) -> Any:
    """Who reached the cap of the employees' pool: 大额 looks at all claims of these persons."""
    return capped.filter(_.is_reached).select("person").distinct()


def _pooled(paid: Any, capped: Any) -> Any:
    """With what the pool pays: all of ``own``, but up to the cap for those who come near it."""
    mine = capped.select(_claim=capped.claim, pool=capped.pool)
    table = paid.left_join(mine, paid.claim == mine["_claim"]).drop("_claim")
    return table.mutate(pool=ibis.coalesce(_.pool, _.own))


def shallow(paid: Any, capped: Any, reached: Any) -> Any:
    """Claims that nothing but the basic fund pays for."""
    table = _pooled(paid.filter(~_.is_layered).anti_join(reached, "person"), capped)
    return finished(table.mutate(**dict.fromkeys(SCHEMES, ibis.literal(0, "int64"))))


def deep(paid: Any, capped: Any, reached: Any) -> Any:
    """Claims that something above the basic fund looks at, with what the pool left."""
    others = paid.filter(~_.is_layered).semi_join(reached, "person")
    table = _pooled(paid.filter(_.is_layered).union(others), capped)
    kept = ("claim", "person", "rank", "schemes", "bill", "commercial", "deductible", "pool")
    return table.select(*kept, left=table.base - table.pool)


def above(paid: Any, capped: Any, reached: Any, terms: Any) -> Any:
    """大额: the part of each claim that the pool would have paid for, had its cap not been reached."""
    table = _pooled(paid.semi_join(reached, "person").filter(_.is_employee), capped)
    table = table.join(terms.select("terms", "is_yearly", "ratio", "own_cap"), "terms")
    counts = ibis.ifelse(_.own_cap < NONE, _.pool, 0)
    table = table.mutate(own_paid=running(counts, *ACCOUNT) - counts, before=_.upto - _.scaled)
    due = rounded(_.upto) - rounded(_.before)
    table = table.mutate(
        own=ibis.least(due, ibis.greatest(_.own_cap - _.own_paid, 0)),
        carried=ibis.ifelse(_.is_yearly, _.before - rounded(_.before) * SCALE, 0),
    )
    end = ibis.least(_.base - _.deductible, reach(_.own, _.ratio, _.carried))
    table = table.mutate(above=end - reach(_.pool, _.ratio, _.carried))
    return table.filter(_.own > _.pool).select("claim", "above")


def layer(deep: Any, name: str, sets: Any, width: int, floor: int, given: Mapping[str, Any]) -> Any:
    """What a layer gives: on the year's cumulated amount by its bands, less what it gave before, up to its cap.

    ``given``: what this function made of the layers before, and ``above`` for the first. Whose year does not come above
    ``floor`` gets nothing and has no row.
    """
    mine = [column for column in sets.columns if column.startswith(f"{name}_") and not column.endswith("_on")]
    known = sets.filter(sets[f"{name}_on"]).select("schemes", *mine)
    less = sets.filter(sets[f"{name}_on"]).select("schemes", "less_commercial")
    table = _with_base(deep.join(less, "schemes"), name, given)
    table = table.select("claim", "person", "rank", "schemes", "now")
    if floor:
        year = table.group_by("person").agg(year=_total(_.now).cast("int64"))
        table = table.semi_join(year.filter(_.year > floor), "person")
    table = table.mutate(upto=running(_.now, "person")).join(known, "schemes")
    bands = [(table[f"{name}_start_{n}"], table[f"{name}_ratio_{n}"]) for n in range(width)]
    due = _on_bands(table.upto, bands) - _on_bands(table.upto - table.now, bands)
    table = table.select("claim", "person", "rank", "now", due=due, cap=table[f"{name}_cap"])
    table = table.mutate(upto=running(_.due, "person"))
    return table.select("claim", "person", "now", "cap", "upto", paid=before(_.cap, _.upto, _.due))


def _with_base(table: Any, name: str, given: Mapping[str, Any]) -> Any:
    """The claims that a layer looks at, and at how much of each."""
    if name == "supplement":
        return table.join(given["above"], "claim").mutate(now=_.above)
    if name == "extra_aid":
        aid = given["aid"]
        return table.join(aid.select("claim", now=aid.now - aid.paid), "claim")
    table = with_given(table, {other: one for other, one in given.items() if other != "above"})
    left = sum((-_[other] for other in given if other != "above"), _.left)
    if name == "aid":
        left = ibis.ifelse(_.less_commercial, ibis.greatest(left - _.commercial, 0), left)
    return table.mutate(now=left)


def with_given(table: Any, given: Mapping[str, Any]) -> Any:
    """A column for what each layer gave, nothing where it did not look."""
    for name, one in given.items():
        mine = one.select(**{"_claim": one.claim, name: one.paid})
        table = table.left_join(mine, table.claim == mine["_claim"]).drop("_claim")
        table = table.mutate(**{name: _[name].fill_null(0)})
    return table


def changed_caps(paid: Any, capped: Any, terms: Any) -> Any:
    """Persons with a cap of the basic fund that changed within the year and was reached: no window sum can say them."""
    own = paid.semi_join(paid.filter(_.is_passed), "person").join(terms.select("terms", "own_cap"), "terms")
    own = own.group_by(*ACCOUNT).agg(least=_.own_cap.min(), most=_.own_cap.max(), upto=rounded(_.upto.max()))
    pool = capped.group_by(*POOL).agg(least=_.pool_cap.min(), most=_.pool_cap.max(), upto=_.pool_upto.max())
    return _passed(own).union(_passed(pool), distinct=True)


def changed_layer_caps(given: Any) -> Any:
    """The same for a layer above the basic fund."""
    return _passed(given.group_by("person").agg(least=_.cap.min(), most=_.cap.max(), upto=_.upto.max()))


def _passed(table: Any) -> Any:
    return table.filter((_.most > _.least) & (_.upto > _.least)).select("person")


def _on_bands(cumulated: Any, bands: Sequence[tuple[Any, Any]]) -> Any:
    ends = [*(start for start, _ratio in bands[1:]), None]
    parts = [
        ibis.greatest((cumulated if end is None else ibis.least(cumulated, end)) - start, 0) * ratio
        for (start, ratio), end in zip(bands, ends, strict=True)
    ]
    return rounded(sum(parts[1:], parts[0]))


def finished(table: Any) -> Any:
    """What all funds pay, what commercial insurance paid, and what is left to the person."""
    table = table.mutate(fund=sum((_[name] for name in SCHEMES), _.pool))
    table = table.mutate(commercial=ibis.least(_.commercial, _.bill - _.fund))
    table = table.mutate(person_pays=_.bill - _.fund - _.commercial)
    return table.select("claim", "person", *AMOUNTS)


def topped(deep: Any, given: Mapping[str, Any]) -> Any:
    """The claims of ``deep`` with every layer."""
    layers = {name: one for name, one in given.items() if name != "above"}
    table = with_given(deep, layers)
    idle = {name: ibis.literal(0, "int64") for name in SCHEMES if name not in layers}
    return finished(table.mutate(**idle) if idle else table)


def claims_table() -> Any:
    return ibis.table(COLUMNS, name="claims")
