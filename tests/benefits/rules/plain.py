"""A second, plain calculation written from the reference (5.1), to check the program against.

It reads the parameter files by itself, works in yuan with fractions, keeps the whole history of a person and adds it up
anew for each claim, and finds what lies above a cap by trying. It shares no line with the program.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from math import floor
from pathlib import Path
from typing import Any

import yaml

from jingban.benefits.rules.birth import Event, Insured
from jingban.benefits.rules.model import Claim

F = Fraction
RULEBOOK = Path(__file__).resolve().parents[3] / "rulebook"
CHANGING = Path(__file__).resolve().parents[2] / "golden" / "benefits" / "changing"
SUPPORTED = ("extreme-poverty", "orphan", "minimum-living", "monitored")
Facts = dict[str, Any]


def cents(yuan: F) -> F:
    """Half up to the fen."""
    return F(floor(yuan * 100 + F(1, 2)), 100)


@cache
def written(region: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    own = CHANGING if region == "changing" else RULEBOOK / "regions" / region / "parameters"
    for folder in (RULEBOOK / "national" / "parameters", own):
        for path in sorted(folder.glob("*.yaml")):
            data = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
            for key, row in data.get("rows", {}).items():
                dated = row["values"].items()
                found[f"{path.stem}.{key}"] = {
                    day: v["value"] if isinstance(v, dict) else v for day, v in dated
                }
    return found


class Plain:
    def __init__(self, region: str, on: str) -> None:
        self.on = on
        self.book = written(region)

    def get(self, name: str) -> str | None:
        dated = {day: v for day, v in self.book.get(name, {}).items() if day <= self.on}
        return dated[max(dated)] if dated else None

    def num(self, *names: str) -> F:
        """The first of the names that the region has."""
        return next(F(v) for name in names if (v := self.get(name)) is not None)

    def history(self, claims: Sequence[Claim]) -> list[dict[str, F]]:
        done: list[Facts] = []
        for one in claims:
            done.append(self.one(one, done))
        return [facts["amounts"] for facts in done]

    def one(self, c: Claim, done: list[Facts]) -> Facts:
        a = self.bill(c)
        rest = a["in_scope"]
        if c.third_party_paid:
            a["third_party"] = F(c.third_party_paid, 100)
            for_its_own = F(sum(line.amount for line in c.lines if line.excluded == "third_party"), 100)
            if a["third_party"] > for_its_own:
                share = a["in_scope"] / (a["total"] - for_its_own)
                rest -= cents((a["third_party"] - for_its_own) * share)
        facts: Facts = {"claim": c, "amounts": a, "stay": self.stay(c)}
        facts["account"] = self.account(c)
        rest -= self.basic(c, facts, done, rest)
        if c.insurance == "resident" and not self.visit(c):
            rest -= self.layer("serious", facts, done, rest, self.serious(c), self.serious_cap(c))
        for key, on, name in (
            ("civil", c.is_civil_servant, "civil-servant"),
            ("enterprise", c.has_enterprise_supplement, "enterprise-supplement"),
        ):
            if on and c.insurance == "employee":
                law = self.over(self.num(f"{name}.deductible"), self.num(f"{name}.ratio"))
                rest -= self.layer(key, facts, done, rest, law, self.num(f"{name}.cap"))
        if c.aid in SUPPORTED and not self.visit(c):
            self.aid(c, facts, done, rest)
        a["fund"] = sum((a.get(k, F(0)) for k in PAID), F(0))
        left = a["total"] - a["fund"] - a.get("third_party", F(0))
        a["commercial"] = min(left, F(c.commercial, 100))
        a["person"] = left - a["commercial"]
        return facts

    def stay(self, c: Claim) -> bool:
        return c.care == "inpatient" or (c.care == "emergency" and self.urgent_is() == "inpatient")

    def visit(self, c: Claim) -> bool:
        return c.care == "outpatient" or (c.care == "emergency" and self.urgent_is() == "outpatient")

    def urgent_is(self) -> str | None:
        return self.get("settlement.emergency-as")

    def bill(self, c: Claim) -> dict[str, F]:
        own = over = pre = total = F(0)
        for line in c.lines:
            amount = F(line.amount, 100)
            total += amount
            if line.klass == "C" or line.excluded:
                own += amount
                continue
            allowed = amount
            if line.price_limit is not None:
                allowed = min(amount, cents(F(line.price_limit) * F(line.quantity)))
            over += amount - allowed
            if line.klass == "B":
                pre += cents(allowed * F(line.own_share))
        in_scope = total - own - over - pre
        return {"total": total, "own_pay": own, "over_limit": over, "pre_self": pre, "in_scope": in_scope}

    def account(self, c: Claim) -> tuple[str, ...]:
        if c.care in ("chronic", "special"):
            return (c.insurance, c.care, c.disease)
        if self.visit(c):
            split = c.level == "village" and self.get(f"{c.insurance}-outpatient.cap-village") is not None
            return (c.insurance, "outpatient", "village" if split else "")
        return (c.insurance, "stay", "")

    def basic(self, c: Claim, facts: Facts, done: list[Facts], base: F) -> F:
        past = [d for d in done if d["account"] == facts["account"]]
        yearly = self.yearly(c)
        start = self.deductible(c, done)
        facts["base"] = base if start else F(0)
        if yearly:
            so_far = sum((d["base"] for d in past), F(0))
            start = min(start, so_far + facts["base"]) - min(start, so_far)
        start = min(start, base)
        ratio = self.ratio(c)
        facts["exact"] = (base - start) * ratio
        exact = sum((d["exact"] for d in past), F(0)) if yearly else F(0)

        def due(covered: F) -> F:
            return cents(exact + covered * ratio) - cents(exact)

        cap = self.cap(c)
        own = due(base - start)
        if cap is not None:
            own = min(own, max(F(0), cap - sum((d["amounts"]["pool"] for d in past), F(0))))
        same = [d["amounts"]["pool"] for d in done if d["claim"].insurance == c.insurance]
        room = max(F(0), self.num(f"{c.insurance}-inpatient.pool-cap") - sum(same, F(0)))
        pool = min(own, room)
        facts["amounts"] |= {"deductible": start, "pool": pool}
        if c.insurance == "resident" or pool == own or self.visit(c):
            return pool
        above = self.reached(due, base - start, own) - self.reached(due, base - start, pool)
        law = self.over(F(0), self.num("employee-supplement.ratio"))
        return pool + self.layer("supplement", facts, done, above, law, self.num("employee-supplement.cap"))

    @staticmethod
    def reached(due: Callable[[F], F], covered: F, paid: F) -> F:
        """The dearest part of the bill for which no more than this is due."""
        fen = range(int(covered * 100) + 1)
        return F(bisect_right(fen, paid, key=lambda n: due(F(n, 100))) - 1, 100)

    def yearly(self, c: Claim) -> bool:
        if self.visit(c):
            return self.get(f"{c.insurance}-outpatient.deductible-basis") == "year"
        return c.care in ("chronic", "special")

    def deductible(self, c: Claim, done: list[Facts]) -> F:
        level = "0" if c.level == "village" else c.level
        if c.care in ("chronic", "special"):
            return self.num(f"chronic-care.{c.insurance}-{c.care}-deductible")
        if self.visit(c):
            return self.num(f"{c.insurance}-outpatient.deductible-{level}")
        full = self.num(f"{c.insurance}-inpatient.deductible-{level}")
        before = sum(1 for d in done if d["stay"] and d["claim"].insurance == c.insurance)
        nth = c.admission or before + 1
        off = self.num(f"{c.insurance}-inpatient.repeat-off") * (nth - 1)
        return max(full - off, min(full, self.num(f"{c.insurance}-inpatient.repeat-floor")))

    def ratio(self, c: Claim) -> F:
        if c.care in ("chronic", "special"):
            table, base = "chronic-care", self.num(f"chronic-care.{c.insurance}-{c.care}-ratio")
        else:
            table = f"{c.insurance}-{'outpatient' if self.visit(c) else 'inpatient'}"
            names = [f"{table}.ratio-{c.status}", f"{table}.ratio-{c.level}", f"{table}.ratio-0"]
            base = self.num(*names)
        points = F(self.get(f"{table}.{c.status}-points") or 0)
        if c.place != "local":
            urgent = c.care == "emergency" and c.place != "filed"
            points -= self.num(f"off-site.points-{'emergency' if urgent else c.place}")
        return max(F(0), min(F(1), base + points / 100))

    def cap(self, c: Claim) -> F | None:
        if c.care in ("chronic", "special"):
            row = f"chronic-care.{c.insurance}-{c.care}-cap"
            found = self.get(f"{row}-{c.disease.lower()}") or self.get(row)
            return None if found is None else F(found)
        if not self.visit(c):
            return None
        table = f"{c.insurance}-outpatient.cap"
        names = [f"{table}-{c.status}", table]
        if c.level == "village":
            names.insert(0, f"{table}-village")
        older = self.get(f"{c.insurance}-outpatient.older-from-age")
        if older is not None and c.status != "retired" and c.age is not None and c.age >= int(older):
            names.insert(0, f"{table}-older")
        return self.num(*names)

    def layer(
        self, key: str, facts: Facts, done: list[Facts], base: F, law: Callable[[F], F], cap: F | None
    ) -> F:
        """A yearly law on an amount that adds up over the year."""
        before = sum((d.get(f"{key}-base", F(0)) for d in done), F(0))
        paid = sum((d["amounts"].get(key, F(0)) for d in done), F(0))
        given = cents(law(before + base)) - cents(law(before))
        if cap is not None:
            given = min(given, max(F(0), cap - paid))
        facts[f"{key}-base"], facts["amounts"][key] = base, given
        return given

    @staticmethod
    def over(start: F, ratio: F) -> Callable[[F], F]:
        return lambda sum_: max(F(0), sum_ - start) * ratio

    def serious(self, c: Claim) -> Callable[[F], F]:
        t = "serious-illness"
        poor = c.aid in SUPPORTED
        start = self.num(f"{t}.threshold")
        if poor:
            start = cents(start * self.num(f"{t}.poor-threshold-share"))
        more = self.num(f"{t}.poor-points") / 100 if poor else F(0)
        edges, rates, n = [start], [self.num(f"{t}.ratio-1") + more], 2
        while self.get(f"{t}.from-{n}") is not None:
            edges.append(self.num(f"{t}.from-{n}"))
            rates.append(self.num(f"{t}.ratio-{n}") + more)
            n += 1
        # Each edge raises the rate for everything above it.
        rises = [rate - last for rate, last in zip(rates, [F(0), *rates], strict=False)]
        return lambda s: sum((max(F(0), s - e) * rise for e, rise in zip(edges, rises, strict=True)), F(0))

    def serious_cap(self, c: Claim) -> F | None:
        free = c.aid in SUPPORTED and self.get("serious-illness.poor-capped") == "no"
        return None if free else self.num("serious-illness.cap")

    def aid(self, c: Claim, facts: Facts, done: list[Facts], rest: F) -> None:
        t = "medical-aid"
        if self.get(f"{t}.less-commercial") == "yes":
            rest = max(F(0), rest - F(c.commercial, 100))
        start = cents(self.num(f"{t}.resident-income") * self.num(f"{t}.income-share-{c.aid}"))
        law = self.over(start, self.num(f"{t}.ratio-{c.aid}"))
        rest -= self.layer("aid", facts, done, rest, law, self.num(f"{t}.cap"))
        law = self.over(self.num(f"{t}.extra-threshold"), self.num(f"{t}.extra-ratio"))
        self.layer("extra_aid", facts, done, rest, law, self.num(f"{t}.extra-cap"))


PAID = ("pool", "supplement", "serious", "civil", "enterprise", "aid", "extra_aid")


class PlainBirth(Plain):
    """Fees and leave of a birth, written from the law (国令619 art. 7, 社会保险法 arts. 30, 54 to 56) and the tables."""

    def fees(self, c: Claim, e: Event, who: Insured) -> F:
        table = "maternity-resident" if who.insurance == "resident" else "maternity"
        share = F(1) if who.role == "own" else self.num(f"maternity.share-{who.role}")
        a, what = self.bill(c), "operation" if e.kind == "operation" else "birth"
        how = self.get(f"{table}.{what}-method")
        counts = a["in_scope"]
        if how == "quota":
            may = [one for one in c.lines if one.excluded in ("", "not_in_list", "limited_use")]
            counts = F(sum(one.amount for one in may), 100)
        others = F(c.third_party_paid, 100)
        theirs = F(sum(one.amount for one in c.lines if one.excluded == "third_party"), 100)
        if others > theirs:
            counts -= cents((others - theirs) * counts / (a["total"] - theirs))
        if how == "ratio":
            return cents(counts * self.num(f"{table}.{what}-ratio") * share)
        return min(counts, cents(self.standard(e, table) * share))

    def standard(self, e: Event, table: str) -> F:
        if e.kind == "miscarriage":
            return self.num(f"{table}.miscarriage-{'early' if (e.months or 0) < 4 else 'late'}")
        found = F(0)
        if e.kind == "birth":
            found = self.num(f"{table}.birth-{e.way}")
            found += sum((self.num(f"{table}.extra-infant") for _ in range(1, e.infants)), F(0))
        if e.operation and self.get(f"{table}.operation-method") != "ratio":
            found += self.num(f"{table}.operation-{e.operation}")
        return found

    def days(self, e: Event) -> int:
        found = F(0)
        if e.kind == "miscarriage":
            found = F(15 if (e.months or 0) < 4 else 42)
        if e.kind == "birth":
            found = F(98 + 15 * (e.infants - 1))
            if e.way in ("dystocia", "caesarean"):
                found += 15
            third = "third-" if e.child > 2 else ""
            found += self.num(f"{ALLOWANCE}.province-{third}days")
            found += self.num(f"{ALLOWANCE}.province-months") * self.num(f"{ALLOWANCE}.province-month-days")
        if e.operation:
            found += self.num(f"{ALLOWANCE}.operation-{e.operation}-days")
        return int(found)


ALLOWANCE = "maternity-allowance"
