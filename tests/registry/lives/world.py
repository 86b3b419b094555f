"""The model's units, levies, books and letters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tests.registry.lives.model import Insured
from tests.registry.lives.shapes import (
    ACTIVE,
    AHEAD,
    DAY,
    EMPLOYED,
    EMPLOYEE,
    FLEXIBLE,
    ISSUED,
    PAID,
    SUSPENDED,
    VOID,
    Firm,
    Key,
    Left,
    Levy,
    Life,
    Month,
    Move,
    Spell,
    figure,
    first_of,
    last_of,
    month_of,
    must,
    place_of,
    yuan,
)


@dataclass
class World(Insured):
    """The whole of it."""

    # units

    def firm_held(self, key: Key, day: date) -> Firm:
        firm = self.firms[key]
        must(firm.end is None, "unit has ended")
        must(firm.start <= day <= self.today, "day")
        return firm

    def at(self, key: Key, day: date) -> list[tuple[Life, Spell]]:
        return [
            (life, s) for life in self.lives.values() for s in life.spells
            if s.unit == key and s.touches(day, None)
        ]  # fmt: skip

    def arrears(self, key: Key) -> list[Levy]:
        return [levy for levy in self.levies if levy.firm == key and levy.status == ISSUED]

    def turn(self, firm: Firm, day: date, status: str) -> None:
        must(all(since <= day for since, _ in firm.turned), "its status was changed later")
        firm.status = status
        firm.turned.append((day, status))

    def firm_suspended(self, key: Key, day: date) -> None:
        firm = self.firm_held(key, day)
        must(firm.status == "1", "suspended already")
        must(not [s for _, s in self.at(key, day) if s.standing == ACTIVE], "people are insured there")
        self.turn(firm, day, "2")

    def firm_resumed(self, key: Key, day: date) -> None:
        firm = self.firm_held(key, day)
        must(firm.status == "2", "not suspended")
        self.turn(firm, day, "1")

    def firm_ended(self, key: Key, last: date) -> None:
        firm = self.firm_held(key, last)
        must(not self.arrears(key), "arrears")
        must(not self.at(key, last + DAY), "people are enrolled there")
        self.turn(firm, last, "4")
        firm.end, firm.turned[-1] = last, (last + DAY, "4")

    def merged(self, key: Key, into: Key, day: date) -> None:
        must(key != into, "the same unit")
        firm, other = self.firm_held(key, day), self.firm_held(into, day)
        must(day > firm.start, "day")
        must(not self.arrears(key), "arrears")
        people = self.at(key, day)
        must(not people or other.status == "1", "the other pays nothing now")
        must(all(s.start <= day for _, s in people), "somebody begins later")
        for life, _ in people:
            self.altered(life, day, unit=into)
        self.turn(firm, day - DAY, "4")
        firm.end, firm.turned[-1] = day - DAY, (day, "4")

    # levies

    def share(self, region: str, month: int, wage: Decimal | None) -> tuple[Decimal, Decimal]:
        def at(name: str) -> Decimal:
            return figure(region, f"levy-{name}", first_of(month))

        average = at("average-wage")
        wage = average * at("undeclared-base") if wage is None else wage
        base = yuan(min(max(wage, average * at("base-floor")), average * at("base-ceiling")))
        return base, yuan(base * at("person-rate"))

    def paying(self, life: Life, month: int) -> Spell | None:
        """The last spell of the month for which somebody pays employee insurance."""
        found = [
            s for s in life.spells
            if s.kind in (EMPLOYED, FLEXIBLE) and s.standing == ACTIVE and s.touches(first_of(month), last_of(month))
        ]  # fmt: skip
        return max(found, key=lambda s: s.start, default=None)

    def levied(self, key: Key, month: int) -> Levy | None:
        """The unit's levy of the month anew; none where nobody is to be levied."""
        region = key[0]
        must(month <= month_of(self.today) + 1, "too early")
        must(self.firms[key].end is None, "unit has ended")
        lines = {}
        for life in self.lives.values():
            spell = self.paying(life, month)
            if life.region != region or spell is None or spell.unit != key:
                continue
            if (EMPLOYEE, month) not in life.months and not self.stands_elsewhere(life, key, month):
                base, own = self.share(region, month, spell.wage)
                lines[life.key] = (yuan(base * figure(region, "levy-unit-rate", first_of(month))), own)
        for levy in self.levies:
            mine = levy.firm == key and levy.status == ISSUED and levy.months.start == month
            theirs = any(
                self.own(levy, who, EMPLOYEE) and levy.months == range(month, month + 1) for who in lines
            )
            if mine or theirs:
                levy.status = VOID
        if not lines:
            return None
        self.levies.append(Levy(region, EMPLOYEE, range(month, month + 1), lines, key))
        return self.levies[-1]

    def stands_elsewhere(self, life: Life, key: Key, month: int) -> bool:
        for levy in self.levies:
            if levy.status == VOID or levy.insurance != EMPLOYEE or life.key not in levy.lines:
                continue
            gives_way = levy.firm == key or (levy.firm is None and levy.months == range(month, month + 1))
            if month in levy.months and not (gives_way and levy.status == ISSUED):
                return True
        return False

    def levied_flexible(self, life: Life, month: int) -> Levy | None:
        must(month <= month_of(self.today) + 1, "too early")
        spell = self.paying(life, month)
        if spell is None or spell.kind != FLEXIBLE or (EMPLOYEE, month) in life.months:
            for levy in self.levies:
                if self.own(levy, life.key, EMPLOYEE) and levy.months.start == month:
                    levy.status = VOID
            return None
        base, _ = self.share(life.region, month, spell.wage or Decimal(0))
        amount = yuan(base * figure(life.region, "levy-flexible-rate", first_of(month)))
        return self.levied_person(life, EMPLOYEE, range(month, month + 1), amount)

    def levied_person(
        self, life: Life, insurance: str, months: range, amount: Decimal, subsidy: Decimal = Decimal(0)
    ) -> Levy:
        must(months and months.start >= month_of(life.born), "before birth")
        must(months.stop <= month_of(self.today) + AHEAD, "too far ahead")
        must(not any((insurance, m) in life.months for m in months), "paid already")
        for levy in self.levies:
            on_it = life.key in levy.lines and levy.insurance == insurance and levy.status == ISSUED
            must(not (on_it and levy.firm and set(levy.months) & set(months)), "on a unit's levy")
            if on_it and set(levy.months) & set(months):
                levy.status = VOID
        self.levies.append(
            Levy(life.region, insurance, months, {life.key: (Decimal(0), amount)}, subsidy=subsidy)
        )
        return self.levies[-1]

    def confirmed(self, levy: Levy, message: str) -> None:
        levy.status, levy.message = PAID, message
        for key, (_, own) in levy.lines.items():
            life = self.standing(key)
            fresh = [m for m in levy.months if (levy.insurance, m) not in life.months]
            fresh = [m for m in fresh if life.died is None or m <= month_of(life.died)]
            self.add(life, levy.insurance, fresh, place_of(levy.region))
            if levy.firm is not None and fresh:
                self.credit(life, own)

    def standing(self, key: Key) -> Life:
        life = self.lives[key]
        return life if life.into is None else self.standing(life.into)

    def credit(self, life: Life, amount: Decimal, against: str = "fund") -> None:
        life.balance += amount
        self.book(life.region, **{against: amount if against in ("fund", "due") else -amount})

    def take_out(self, life: Life, towards: str) -> Decimal:
        amount, life.balance = life.balance, Decimal(0)
        self.book(life.region, **{towards: amount})
        return amount

    # transfers

    def stopped(self, life: Life) -> None:
        """Fees do not run here, today or later."""
        spell = life.on(self.today)
        must(spell is None or spell.standing == SUSPENDED, "fees are running")
        must(not [s for s in life.spells if s.start > self.today], "fees will be running")

    def not_moved(self, life: Life, place: str = "") -> Decimal:
        """How much went to the place before that asks again; who went elsewhere is refused."""
        left = life.left
        if left is None or any(s.made > left.at for s in life.spells):
            return Decimal(0)
        must(left.place == place, "has moved")
        return left.amount

    def handed_out(self, life: Life, move: Move, *, with_account: bool) -> None:
        must(life.spells or life.months, "was never insured here")
        must(life.died is None, "dead")
        self.stopped(life)
        place = place_of(move.taker[0])
        carried = self.not_moved(life, place)
        spell = life.on(self.today)
        if spell is not None and spell.end != self.today:
            self.end(life, self.today)
        taken = self.take_out(life, "outgoing") if with_account else Decimal(0)
        move.amount, move.months = carried + taken, dict(life.months)
        life.left = Left(self.now, place, move.amount)
        self.moves.append(move)

    def leave(self, life: Life) -> None:
        must(life.died is None, "dead")
        self.stopped(life)
        spell = life.on(self.today)
        if spell is not None and spell.end != self.today:
            self.end(life, self.today)
        self.take_out(life, "payable")

    def taken_in(self, move: Move, life: Life, *, whole: bool) -> None:
        must(move.row, "no sheet")
        must(not move.taken, "taken over already")
        must(move.number in [p.number for p in life.papers] and move.name == life.name, "another person")
        must(not whole or move.kept >= move.amount or move.short, "money is missing")
        self.take_months(life, move.months)
        move.taken = True
        self.credit_move(move, life)

    def credit_move(self, move: Move, life: Life) -> None:
        """The person gets what came, and no more than the sheet says."""
        amount = min(move.amount, move.kept) - move.credited
        if amount > 0:
            self.credit(life, amount, "incoming")
            move.credited += amount

    def funds_came(self, move: Move, reference: str, amount: Decimal) -> None:
        must(move.funds.get(reference, amount) == amount, "another amount under the same reference")
        if reference in move.funds:
            return
        move.funds[reference] = amount
        self.book(move.taker[0], fund=amount, incoming=amount)
        if move.taken:
            self.credit_move(move, self.standing(move.taker))

    def funds_returned(self, move: Move, amount: Decimal, *, wanted: bool) -> None:
        free = move.kept - (move.amount if wanted else move.credited)
        must(move.row or not wanted, "no sheet")
        must(0 < amount <= free, "more than lies there for nobody")
        move.returned += amount
        self.book(move.taker[0], fund=-amount, incoming=-amount)

    def take_months(self, life: Life, months: dict[Month, tuple[bool, str]]) -> None:
        for (insurance, month), (deemed, place) in months.items():
            if (insurance, month) not in life.months:
                self.add(life, insurance, [month], place, deemed=deemed)

    def handed_over(self, giver: Life, taker: Life) -> None:
        must(giver.spells or giver.months, "was never insured there")
        must(giver.died is None, "dead")
        self.stopped(giver)
        self.not_moved(giver)
        must(giver.number in [p.number for p in taker.papers] and giver.name == taker.name, "another person")
        self.take_months(taker, dict(giver.months))
        amount = self.take_out(giver, "outgoing")
        if amount:
            self.credit(taker, amount, "due")
        giver.left = Left(self.now, place_of(taker.region), amount)
