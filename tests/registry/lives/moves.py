"""What people are entitled to beside being insured, their money, and their way to the other region."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from jingban.registry import accounts, aid, filings, recognitions, sheets, transfers, withdrawals
from jingban.registry.models import OffsiteFiling, Source
from tests.registry.factories import new_number
from tests.registry.lives.drawn import AHEAD, ANY, BEGIN, DAYS, REGION, REGIONS, act, kind_at
from tests.registry.lives.payers import Payers
from tests.registry.lives.shapes import (
    DAY,
    EMPLOYEE,
    RESIDENT,
    Life,
    Move,
    figure,
    month_of,
    must,
    place_of,
    yuan,
)
from tests.registry.lives.world import World


class Lives(Payers):
    """Acts on filings, diseases, aid, accounts and transfers."""

    # aid, filings, recognitions

    @act(
        who=ANY,
        region=REGION,
        ahead=st.sampled_from([0, 0, 1]),
        category=st.sampled_from(sorted(aid.CATEGORIES)),
    )
    def is_aided(self, who: int, region: str, ahead: int, category: str) -> None:
        year = self.world.today.year + ahead
        start = max(date(year, 1, 1), self.world.today)
        who = self.anyone(who, region, 0, start, lambda s: s is None or s.insurance == RESIDENT)
        answers = {**self.said(who, region), "aid_category": category, "insured_year": str(year)}

        def foretold(world: World) -> None:
            life = self.known(world, who, region)
            first = date(year, 1, 1)
            spell = life.on(start)
            if spell is not None and spell.insurance == RESIDENT:
                life.open()
            else:
                spell = world.enrol_for_year(life, kind_at(life.born, start), year)
            rest = range(month_of(start), year * 12 + 12)
            if any((RESIDENT, month) in life.months for month in rest):
                return
            whole = figure(region, "levy-resident-premium", first)
            share = {"extreme-poverty": "1", "orphan": "1", "minimum-living": "0.6", "monitored": "0.6"}
            subsidy = yuan(whole * Decimal(share.get(category, "0")))
            months = range(month_of(max(first, spell.start)), rest.stop)
            world.levied_person(life, RESIDENT, months, whole - subsidy, subsidy)

        self.case("aid", "enrol_aided", region, answers, foretold)

    @act(
        who=ANY,
        days=DAYS,
        category=st.sampled_from(sorted(aid.CATEGORIES)),
        turn=st.sampled_from(["grant", "flag", "end"]),
    )
    def need_is_known(self, who: int, days: str, category: str, turn: str) -> None:
        life = self.pick(who, lambda x: x.spells and x.died is None)
        assert life is not None
        person, day = self.row(life), self.day(days)

        def act() -> None:
            origin = self.origin(life.region, Source.SHARED)
            if turn == "flag":
                aid.flag(origin, person, category, year=day.year, recognised_on=day)
            elif turn == "grant":
                aid.grant(origin, person, category, day, end_on=day + 200 * DAY if who % 2 else None)
            elif (status := aid.status_on(person, day)) is not None:
                aid.end(origin, status, day, "off the list")

        self.may(f"aid {turn}", act)

    @act(
        2, who=ANY, days=AHEAD, turn=st.sampled_from(["file", "file", "change", "pause", "resume", "end"]),
        category=st.sampled_from(["long-term", "retiree", "referral", "emergency"]),
        place=st.sampled_from(["110000", "110105", "130200", "310000", "110000、310000"]),
    )  # fmt: skip
    def goes_elsewhere(self, who: int, days: str, turn: str, category: str, place: str) -> None:
        life = self.pick(who, lambda x: x.on(self.world.today))
        assert life is not None
        answers = {
            **self.said(life.who, life.region),
            "offsite_operation": turn,
            "offsite_category": category,
        }
        answers |= {"places": place, "from_date": self.day(days).isoformat(), "offsite_basis": "promise"}
        self.case(f"filing {turn}", "file_offsite", life.region, answers, None)

    @act(who=ANY, place=st.sampled_from(["110105", "130203", "310000"]), days=DAYS)
    def is_treated_elsewhere(self, who: int, place: str, days: str) -> None:
        life = self.pick(who, lambda x: x.spells)
        assert life is not None
        day = self.day(days)
        answer = filings.filing_for(self.row(life), place=place, admitted_on=day)
        if answer.how == "filed":
            assert answer.filing is not None
            assert answer.filing.start_on <= day
            assert life.died is None or day <= life.died

    @act(who=ANY, days=st.sampled_from(["today", "yesterday", "ahead"]), keep=ANY)
    def promise_turns_out(self, who: int, days: str, keep: int) -> None:
        found = list(OffsiteFiling.objects.filter(basis="promise").order_by("id"))
        if found:
            filing = found[who % len(found)]
            origin, day = self.origin(filing.region, Source.AGENCY), self.day(days)
            if keep % 2:
                self.may("promise kept", lambda: filings.promise_kept(origin, filing))
            else:
                self.may("promise broken", lambda: filings.breach(origin, filing, day, "untrue"))

    @act(who=ANY, diseases=st.sampled_from(["M03900", "M01600", "M03900、M01600"]), days=DAYS, ends=ANY)
    def is_chronically_ill(self, who: int, diseases: str, days: str, ends: int) -> None:
        life = self.pick(who, lambda x: x.on(self.world.today))
        assert life is not None
        held = recognitions.in_force(self.row(life), self.day(days))
        if held and ends % 3 == 0:
            origin = self.origin(life.region, Source.AGENCY)
            self.may("disease ends", lambda: recognitions.end(origin, held[0], self.day(days), "by mistake"))
            return
        answers = {**self.said(life.who, life.region), "diseases": diseases}
        self.case("disease", "recognise_chronic", life.region, answers, None)

    # accounts

    @act(who=ANY, fen=st.integers(1, 90_000), twice=st.booleans())
    def money_comes(self, who: int, fen: int, twice: bool) -> None:
        life = self.pick(who, lambda x: x.balance or x.spells)
        assert life is not None
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
            self.resident_for_a_year(who=life.who, region=life.region, ahead=0, kind=None)
        return self.world.lives[life.key]

    @act(2, who=ANY, reason=st.sampled_from(["death", "emigration", "giving-up", "giving-up", "to-resident"]))
    def takes_the_money(self, who: int, reason: str) -> None:
        life = self.pick(who, lambda x: self.may_withdraw(x, reason))
        assert life is not None
        if life.balance and who % 3 and not self.may_withdraw(life, reason):
            life = self.make_fit(life, reason)
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
        assert life is not None
        return self.stop(life) if who % 5 else life

    @act(2, who=ANY, with_account=st.sampled_from([True, True, True, False]))
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

    @act(5, which=ANY)
    def a_letter_goes_on(self, which: int) -> None:
        """The next step of a transfer that is under way: the sheet, the money, the taking over."""
        under_way = [n for n, move in enumerate(self.world.moves) if not move.taken]
        if under_way:
            n = under_way[which % len(under_way)]
            move = self.world.moves[n]
            if not move.row:
                self.sheet_arrives(n, altered=False)
            elif move.amount and not move.funds:
                self.pay(n, move.amount, self.world.today)
            else:
                self.take(n, whole=bool(which % 2))

    @act(which=ANY, altered=st.booleans())
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

    @act(which=ANY, how=st.sampled_from(["new", "new", "again", "again later", "other amount"]))
    def funds_arrive(self, which: int, how: str) -> None:
        due = [
            n for n, move in enumerate(self.world.moves) if move.amount and (how == "new") != bool(move.funds)
        ]
        if not due:
            return
        n = due[which % len(due)]
        move = self.world.moves[n]
        amount = move.amount + (how == "other amount" and bool(move.funds))
        self.pay(n, amount, self.world.today if how == "again later" else BEGIN.date())

    def pay(self, n: int, amount: Decimal, day: date) -> None:
        move = self.world.moves[n]
        reference = f"HK{move.letter}"

        def foretold(world: World) -> None:
            one = world.moves[n]
            must(one.funds.get(reference, amount) == amount, "another amount under the same reference")
            if reference in one.funds:
                return
            one.funds[reference] = amount
            world.book(one.taker[0], fund=amount, incoming=amount)
            if one.taken:
                world.credit(world.standing(one.taker), amount, "incoming")
                one.credited += amount

        self.attempt(
            "funds arrive",
            lambda: transfers.receive_funds(
                self.origin(move.taker[0], Source.LETTER, _waiting(move)),
                _waiting(move),
                amount,
                day,
                reference,
            ),
            foretold,
        )

    @act(which=ANY, whole=st.booleans())
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
