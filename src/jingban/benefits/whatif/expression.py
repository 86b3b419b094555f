"""``reimburse`` as Ibis expressions over a table of claims: window sums over each person's year, whole fen throughout.

Every formula is that of ``rules.cumulative`` and ``rules.reimbursement`` written as columns. What a cap leaves is
``min(cap, sum up to now) − min(cap, sum before)``, which is the same as paying up to it claim after claim as long as the
cap stays one; where it changes within a year and is reached, the person goes the one-claim way (``changed_caps``).

What was settled outside before a claim (its ``opening``) starts the sums of the year, and is taken off the caps. Caps that
fall by that are followed (``granted``).

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
from jingban.benefits.whatif.lookup import MIXTURE, NONE, ROW, SCHEMES, Cuts

MANY = frozenset({"serious", "civil", "enterprise"})
"""Layers that many claims come to and few get something from; the rest looks at few claims, or is looked at by the next."""
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


def granted(table: Any, opened: Any | None, cap: Any, upto: Any, now: Any, group: Sequence[str]) -> Any:
    """With what of ``now``, the last part of ``upto``, is below the cap (``granted``), and whether that is in doubt.

    Without openings it is where a cap was passed, should it have changed (``_in_doubt``). With them caps fall within the year:
    once the sum comes to its cap, what was paid by then is the limit of the year, unless a cap rises above it again.
    """
    if opened is None:
        return table.mutate(granted=before(cap, upto, now), is_doubtful=upto > cap)
    table = table.mutate(cap_=cap, upto_=upto, earlier_=upto - now)
    table = table.mutate(limit_=ibis.ifelse(_.upto_ >= _.cap_, ibis.greatest(_.earlier_, _.cap_), NONE))
    earlier = ibis.window(rows=(None, -1), group_by=group, order_by="rank")
    table = table.mutate(last_=_.limit_.min().over(earlier).fill_null(NONE))
    paid = ibis.least(_.limit_, _.last_, _.upto_) - ibis.least(_.last_, _.earlier_)
    table = table.mutate(granted=paid, is_doubtful=_.cap_ > _.last_)
    return table.drop("cap_", "upto_", "earlier_", "limit_", "last_")


def opened(claims: Any) -> Any:
    """The claims before which something had been settled outside."""
    return claims.filter(claims.opening.notnull()).select("claim", "opening")


def begun(table: Any, opened: Any | None, **keys: Any) -> Any:
    """With what had been settled outside before each claim, under these keys of ``Year``. ``opened``: none, of no claim."""
    none = ibis.literal(0, "int64")
    if opened is None:
        return table.mutate(**dict.fromkeys(keys, none))
    sums = {name: _.opening.get(key, none).fill_null(none) for name, key in keys.items()}
    return _beside(table, opened, opening=_.opening).mutate(**sums).drop("opening")


def left_of(cap: Any, gone: Any) -> Any:
    """What of a cap is left for claims of ours; no cap stays none."""
    return ibis.ifelse(cap < NONE, ibis.greatest(cap - gone, 0), cap)


def _beside(table: Any, other: Any, **columns: Any) -> Any:
    """Claims with columns of another table, NULL where it has no row for a claim."""
    mine = other.select(_claim=_.claim, **columns)
    return table.left_join(mine, table.claim == mine["_claim"]).drop("_claim")


def keyed(claims: Any, cuts: Cuts) -> Any:
    """Claims with their period and age band, as ``Cuts`` numbers them."""
    period = sum(((claims.day >= day).cast("int32") for day in cuts.days[1:]), ibis.literal(0))
    band = sum(((claims.age >= age).cast("int32") for age in cuts.ages), ibis.literal(0))
    known = ibis.ifelse(claims.age < 0, -1, band)
    return claims.mutate(period=period.cast("int32"), age_band=known.cast("int32"))


def priced(claims: Any, mixtures: Any, terms: Any, sets: Any, cuts: Cuts, opened: Any | None) -> Any:
    """What each claim gives before the basic fund's yearly cap: ``own``."""
    table = keyed(claims, cuts).join(mixtures, list(MIXTURE))
    total = table.own_pay + table.over_limit + table.pre_self + table.in_scope
    third = part_of(table.third_party, table.in_scope, total)
    table = table.mutate(base=table.in_scope - third, bill=total - table.third_party)
    table = _due(_deducted(table, terms, opened), terms, opened)
    return table.join(sets.select("schemes", "is_layered"), "schemes")


def _deducted(table: Any, terms: Any, opened: Any | None) -> Any:
    """起付线: of a stay by its number, of a year what the year has not been charged yet."""
    # An account has stays only, which are counted, or none: one sum serves both.
    counted = ibis.ifelse(table.is_stay, 1, ibis.ifelse(table.is_counted, table.base, 0))
    table = table.select(*_CARRIED, "admission", counted=counted)
    own = terms.select("terms", "is_yearly", "is_stay", "due", "off", "least", "ratio", "counted_key")
    table = table.mutate(upto=running(_.counted, *ACCOUNT)).join(own, "terms")
    table = begun(table, opened, gone=_.counted_key).mutate(upto=_.upto + _.gone)
    number = ibis.ifelse(_.admission > 0, _.admission.cast("int64"), _.upto)
    fewer = ibis.greatest(_.due - _.off * (number - 1), ibis.least(_.due, _.least))
    start = ibis.ifelse(_.is_stay & (number > 1), fewer, _.due)
    charged = ibis.ifelse(_.is_yearly, before(_.due, _.upto, _.counted), ibis.least(_.base, start))
    return table.mutate(deductible=charged)


def _due(table: Any, terms: Any, opened: Any | None) -> Any:
    """(In scope − deductible) × ratio; under a yearly deductible rounded on the year's exact product.

    What is rounded claim by claim goes into the same sum as whole fen, which leave the rounding of the rest alone.
    """
    table = table.mutate(exact=(_.base - _.deductible) * _.ratio)
    table = table.mutate(scaled=ibis.ifelse(_.is_yearly, _.exact, rounded(_.exact) * SCALE))
    table = table.select(*_CARRIED, "deductible", "scaled")
    table = table.mutate(upto=running(_.scaled, *ACCOUNT))
    table = _own_capped(table, terms, opened, "is_employee")
    due, earlier = rounded(_.upto), rounded(_.upto - _.scaled)
    table = granted(table, opened, _.own_cap, due, due - earlier, ACCOUNT)
    return table.rename(own="granted").drop("own_cap")


def _own_capped(table: Any, terms: Any, opened: Any | None, *columns: str) -> Any:
    """With what is left of the account's own cap, and more columns of the terms."""
    table = table.join(terms.select("terms", "own_cap", "paid_key", *columns), "terms")
    table = begun(table, opened, gone=_.paid_key)
    return table.mutate(own_cap=left_of(_.own_cap, _.gone)).drop("paid_key", "gone")


def capped(paid: Any, terms: Any, opened: Any | None) -> Any:
    """Claims of persons whose year comes to the least of the pool's yearly caps: few, and nobody else needs a window."""
    least = terms.group_by("is_employee").agg(least=terms.pool_cap.min())
    table = paid.select("claim", "person", "rank", "is_employee", "terms", "own")
    table = begun(table, opened, gone=ibis.ifelse(_.is_employee, "employee.pool", "resident.pool"))
    near = table.group_by(*POOL).agg(year=_total(_.own).cast("int64") + _.gone.max())
    near = near.join(least, "is_employee").filter(_.year >= _.least)
    table = table.semi_join(near, POOL).mutate(pool_upto=running(_.own, *POOL))
    table = table.join(terms.select("terms", "pool_cap"), "terms")
    table = table.mutate(pool_cap=left_of(_.pool_cap, _.gone))
    table = granted(table, opened, _.pool_cap, _.pool_upto, _.own, POOL).rename(pool="granted")
    is_reached = _.is_employee & (_.pool_upto >= _.pool_cap)
    return table.mutate(is_reached=is_reached).drop("rank", "terms", "own", "gone", "pool_upto")


def reached(capped: Any) -> Any:
    """Who reached the cap of the employees' pool: 大额 looks at all claims of these persons."""
    return capped.filter(_.is_reached).select("person").distinct()


def _pooled(paid: Any, capped: Any) -> Any:
    """With what the pool pays: all of ``own``, but up to the cap for those who come near it."""
    return _beside(paid, capped, pool=_.pool).mutate(pool=ibis.coalesce(_.pool, _.own))


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


def above(paid: Any, capped: Any, reached: Any, terms: Any, opened: Any | None) -> Any:
    """大额: the part of each claim that the pool would have paid for, had its cap not been reached."""
    table = _pooled(paid.semi_join(reached, "person").filter(_.is_employee), capped)
    table = _own_capped(table, terms, opened, "is_yearly", "ratio")
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


def layer(deep: Any, name: str, sets: Any, width: int, given: Mapping[str, Any], opened: Any | None) -> Any:
    """What a layer gives: on the year's cumulated amount by its bands, less what it gave before, up to its cap.

    ``given``: what this function made of the layers before, and ``above`` for the first. Of a layer
    that ``MANY`` come to, whose year does not come above any first band gets nothing and has no row.
    """
    mine = [column for column in sets.columns if column.startswith(f"{name}_") and not column.endswith("_on")]
    known = sets.filter(sets[f"{name}_on"]).select("schemes", *mine)
    less = sets.filter(sets[f"{name}_on"]).select("schemes", "less_commercial")
    table = _with_base(deep.join(less, "schemes"), name, given)
    table = table.select("claim", "person", "rank", "schemes", "now")
    table = begun(table, opened, gone=f"{name}.self", gone_paid=f"{name}.paid")
    if name in MANY:
        floor = known.agg(floor=known[f"{name}_start_0"].min()).as_scalar()
        year = table.group_by("person").agg(year=_total(_.now).cast("int64") + _.gone.max())
        table = table.semi_join(year.filter(_.year > floor), "person")
    table = table.mutate(upto=running(_.now, "person") + _.gone).join(known, "schemes")
    bands = [(table[f"{name}_start_{n}"], table[f"{name}_ratio_{n}"]) for n in range(width)]
    due = _on_bands(table.upto, bands) - _on_bands(table.upto - table.now, bands)
    cap = left_of(table[f"{name}_cap"], table.gone_paid)
    table = table.select("claim", "person", "rank", "now", due=due, cap=cap)
    table = table.mutate(upto=running(_.due, "person"))
    table = granted(table, opened, _.cap, _.upto, _.due, ("person",))
    return table.select("claim", "person", "now", "cap", "is_doubtful", paid=_.granted)


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
        table = _beside(table, one, **{name: one.paid}).mutate(**{name: _[name].fill_null(0)})
    return table


def changed_caps(paid: Any, capped: Any, terms: Any, opened: Any | None) -> Any:
    """Persons with a cap of the basic fund that changed within the year and was reached: no window sum can say them."""
    own = _own_capped(paid.semi_join(paid.filter(_.is_doubtful), ACCOUNT), terms, opened)
    own = _in_doubt(own, opened, _.own_cap, *ACCOUNT)
    return own.union(_in_doubt(capped, opened, _.pool_cap, *POOL))


def changed_layer_caps(given: Any, opened: Any | None) -> Any:
    """The same for a layer above the basic fund."""
    return _in_doubt(given, opened, _.cap, "person")


def _in_doubt(table: Any, opened: Any | None, cap: Any, *group: str) -> Any:
    if opened is not None:
        return table.filter(_.is_doubtful).select("person")
    found = table.group_by(*group).agg(is_changed=cap.max() > cap.min(), is_doubtful=_.is_doubtful.any())
    return found.filter(_.is_changed & _.is_doubtful).select("person")


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
    return table.select(*ROW)


def topped(deep: Any, given: Mapping[str, Any]) -> Any:
    """The claims of ``deep`` with every layer."""
    layers = {name: one for name, one in given.items() if name != "above"}
    table = with_given(deep, layers)
    idle = {name: ibis.literal(0, "int64") for name in SCHEMES if name not in layers}
    return finished(table.mutate(**idle) if idle else table)


def claims_table() -> Any:
    return ibis.table(COLUMNS, name="claims")
