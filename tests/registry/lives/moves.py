"""The money on people's accounts, and their way to the other region."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from jingban.registry import accounts, sheets, transfer_funds, transfers, withdrawals
from jingban.registry.models import Source
from tests.registry.factories import new_number
from tests.registry.lives.drawn import ANY, BEGIN, REGIONS, act, kind_at
from tests.registry.lives.entitled import Entitled
from tests.registry.lives.shapes import (
    EMPLOYEE,
    RESIDENT,
    Life,
    Move,
    must,
    place_of,
    yuan,
)
from tests.registry.lives.world import World


class Lives(Entitled):
    """Acts on accounts and transfers, after all others."""

    # accounts

    @act(who=ANY, fen=range(1, 90_001), twice=(False, True))
    def money_comes(self, who: int, fen: int, twice: bool) -> None:
        life = self.pick(who, lambda x: x.balance or x.spells)
        key, amount, reference = life.key, Decimal(fen).scaleb(-2), f"credit:{self.draw()}"

        def act() -> None:
            for _ in range(1 + twice):
                accounts.credit(
                    self.origin(life.region), self.row(life), amount, kind="correction", reference=reference
                )

        self.attempt("credit", act, lambda world: world.credit(world.lives[key], amount))

    def may_withdraw(self, life: Life, reason: str) -> bool:
        spell = life.on(self.world.today)
        resident = spell is not None and spell.insurance == RESIDENT
        fits = (life.died is not None) == (reason == "death") and (reason != "to-resident" or resident)
        return bool(life.balance) and fits

    def make_fit(self, life: Life, reason: str) -> Life:
        """Let somebody die, or become a resident, so that the reason is true."""
        if reason == "death":
            self.die(life, self.world.today)
        elif reason == "to-resident":
            self.stop(life)
            today = self.world.today
            self.insure_resident(life.who, life.region, today.year, kind_at(life.born, today))
        return self.world.lives[life.key]

    @act(2, who=ANY, reason=["death", "emigration", "giving-up", "giving-up", "to-resident"])
    def takes_the_money(self, who: int, reason: str) -> None:
        life = self.pick(who, lambda x: self.may_withdraw(x, reason))
        if who % 3 and not self.may_withdraw(life, reason):
            life = self.make_fit(self.pick(who, lambda x: x.balance and x.died is None), reason)
        key, heir = life.key, reason == "death"
        payee = withdrawals.Payee(
            name="试继承" if heir else life.name, bank="试验银行", account="6222000000000000",
            number=new_number(4000) if heir else life.number, relation="child" if heir else "self", proof="公证书",
        )  # fmt: skip
        reference = f"withdrawal:{self.draw()}"

        def foretold(world: World) -> None:
            one = world.lives[key]
            must((one.died is not None) == heir, "not for this reason")
            spell = one.on(world.today)
            must(reason != "to-resident" or (spell and spell.insurance == RESIDENT), "no resident")
            must(one.balance, "the account is empty")
            if reason in ("emigration", "giving-up"):
                if spell and spell.end != world.today:
                    world.end(one, world.today)
                must(not [s for s in one.spells if s.start > world.today], "is to be insured")
            world.take_out(one, "payable")

        self.attempt(
            f"withdraw {reason}",
            lambda: withdrawals.withdraw(
                self.origin(life.region), self.row(life), reason=reason, payee=payee, reference=reference
            ),
            foretold,
        )

    # transfers

    def mover(self, who: int) -> Life:
        """Somebody who has something to take along; mostly nothing is paid for them any more."""
        life = self.pick(who, lambda x: x.balance or x.months)
        return self.stop(life) if who % 5 else life

    @act(2, who=ANY, with_account=[True, True, True, False])
    def asks_to_move(self, who: int, with_account: bool) -> None:
        """A letter comes from the other region; the answer may reach it, once, twice or never."""
        life = self.mover(who)
        taker = REGIONS[1 - REGIONS.index(life.region)]
        n = self.draw()
        move = Move(f"H{n}", life.key, (taker, life.who), 1000 + n, Decimal(0), {}, life.name, life.number)

        def foretold(world: World) -> None:
            world.handed_out(world.lives[life.key], replace(move, funds={}), with_account=with_account)

        def act() -> None:
            asked = transfers.Letter(
                move.letter,
                sheets.Agency(place=place_of(taker), name="试验经办机构"),
                EMPLOYEE,
                with_account,
            )
            origin = self.origin(life.region, Source.AGENCY, move.case)
            transfers.hand_out(origin, self.row(life), asked, case=move.case)

        if self.attempt("hand out", act, foretold):
            made = self.world.moves[-1]
            body = transfers.sheet_of(move.case, "out")
            assert body is not None
            assert Decimal(body["transfer_amount"]) == made.amount
            assert sum(period["months"] for period in body["periods"]) == len(made.months)
            made.body = body

    @act(3, which=ANY)
    def a_letter_goes_on(self, which: int) -> None:
        """The next step of a transfer that is under way: the sheet, the money, the taking over."""
        under_way = [n for n, move in enumerate(self.world.moves) if not move.taken]
        if under_way:
            n = under_way[which % len(under_way)]
            move = self.world.moves[n]
            if not move.row:
                self.sheet_arrives(n, altered=False)
            elif move.kept < move.amount and not move.short:
                self.pay(n, f"HK{self.draw()}", move.amount - move.kept, self.world.today)
            else:
                self.take(n, whole=bool(which % 2))

    @act(which=ANY, altered=(False, True))
    def sheet_arrives(self, which: int, altered: bool) -> None:
        if not self.world.moves:
            return
        n = which % len(self.world.moves)
        move = self.world.moves[n]
        altered = altered and bool(move.row)
        body = {**move.body, "prepared_by": "另一人"} if altered else move.body

        def act() -> None:
            origin = self.origin(move.taker[0], Source.LETTER, _waiting(move))
            row = transfers.receive_sheet(origin, _waiting(move), body)
            assert move.row in (0, row.pk)
            move.row = row.pk

        def foretold(world: World) -> None:
            must(not altered, "another content under the same letter")
            world.moves[n].row = -1

        if self.attempt("sheet arrives", act, foretold):
            self.world.moves[n].row = move.row

    @act(2, which=ANY, how=["rest", "part", "more", "again", "again later", "other amount"])
    def funds_arrive(self, which: int, how: str) -> None:
        """In parts, too much, twice, or twice with two amounts."""
        owing = how in ("rest", "part")
        due = [
            n for n, move in enumerate(self.world.moves)
            if move.amount and (move.kept < move.amount if owing else move.funds)
        ]  # fmt: skip
        if not due:
            return
        n = due[which % len(due)]
        move = self.world.moves[n]
        day = self.world.today if how == "again later" else BEGIN.date()
        if owing or how == "more":
            rest = move.amount - move.kept
            amount = {"rest": rest, "part": yuan(rest / 3) or rest, "more": Decimal("0.37")}[how]
            self.pay(n, f"HK{self.draw()}", amount, day)
        else:
            reference, amount = next(iter(move.funds.items()))
            self.pay(n, reference, amount + (how == "other amount"), day)

    def pay(self, n: int, reference: str, amount: Decimal, day: date) -> None:
        move = self.world.moves[n]
        self.attempt(
            "funds arrive",
            lambda: transfers.receive_funds(
                self.origin(move.taker[0], Source.LETTER), _waiting(move), amount, day, reference
            ),
            lambda world: world.funds_came(world.moves[n], reference, amount),
        )

    @act(4, which=ANY, how=["short", "surplus", "unwanted"], slip=ANY)
    def money_is_decided(self, which: int, how: str, slip: int) -> None:
        """Less is taken than the sheet says, or money that is for nobody goes back."""
        fits: Callable[[Move], Any] = {
            "short": lambda move: move.row and move.kept < move.amount and not move.short,
            "surplus": lambda move: move.row and move.kept > move.amount,
            "unwanted": lambda move: not move.taken and move.kept,
        }[how]
        found = [n for n, move in enumerate(self.world.moves) if fits(move)]
        if not found:
            self.funds_arrive(which=which, how="part" if how == "unwanted" else "more")
            return
        n = found[which % len(found)]
        move = self.world.moves[n]
        origin, case = self.origin(move.taker[0], Source.AGENCY), _waiting(move)
        if how == "short":
            self.attempt(
                "take short",
                lambda: transfer_funds.take_short(origin, case, "转出地账户已封"),
                lambda world: setattr(world.moves[n], "short", True),
            )
            return
        wanted = how == "surplus"
        amount = move.kept - (move.amount if wanted else 0) + (slip % 5 == 0)
        self.attempt(
            f"return {how}",
            lambda: transfer_funds.return_funds(origin, case, amount, "多划", wanted=wanted),
            lambda world: world.funds_returned(world.moves[n], amount, wanted=wanted),
        )

    @act(which=ANY, whole=(False, True))
    def is_taken_in(self, which: int, whole: bool) -> None:
        waits = [n for n, move in enumerate(self.world.moves) if move.row and not move.taken]
        waits = waits if waits and which % 5 else [n for n, move in enumerate(self.world.moves) if move.row]
        if not waits:
            return
        self.take(waits[which // 5 % len(waits)], whole=whole)

    def take(self, n: int, *, whole: bool) -> None:
        move = self.world.moves[n]
        if move.taker not in self.world.lives:
            self.register(move.taker[1], move.taker[0])
        if move.taker not in self.world.lives:
            return
        life = self.world.standing(move.taker)

        def act() -> None:
            row = sheets.row_of(_waiting(move), "in")
            assert row is not None
            transfers.take_in(
                self.origin(life.region, Source.LETTER, _waiting(move)), self.row(life), row, whole=whole
            )

        self.attempt(
            "take in", act, lambda world: world.taken_in(world.moves[n], world.lives[life.key], whole=whole)
        )

    @act(who=ANY)
    def leaves(self, who: int) -> None:
        life = self.mover(who)
        self.attempt(
            "leave",
            lambda: transfers.leave(self.origin(life.region), self.row(life), case=5000 + self.draw()),
            lambda world: world.leave(world.lives[life.key]),
        )

    @act(who=ANY)
    def is_handed_over(self, who: int) -> None:
        """Directly from register to register, as within a province; the registers do not ask which province."""
        life = self.mover(who)
        taker = REGIONS[1 - REGIONS.index(life.region)], life.who
        if taker not in self.world.lives:
            self.register(taker[1], taker[0])
        if taker not in self.world.lives:
            return
        n = self.draw()

        def foretold(world: World) -> None:
            giver = world.lives[life.key]
            must(world.holder(life.region, life.number) is giver, "not to be found")
            world.handed_over(giver, world.standing(taker))

        self.attempt(
            "hand over",
            lambda: transfers.handover(
                self.origin(taker[0], Source.LETTER, 7000 + n), life.region, "01", life.number,
                person=self.row(self.world.standing(taker)), reference=f"SN{n}",
            ),
            foretold,
        )  # fmt: skip


def _waiting(move: Move) -> int:
    """The case that waits for a letter's answer; those of the two regions have numbers of their own."""
    return move.case + 500_000
