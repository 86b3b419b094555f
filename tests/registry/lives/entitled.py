"""What people are entitled to beside being insured: aid, filings for care elsewhere, diseases, benefits."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from jingban.core.insurance import AID_CATEGORIES
from jingban.registry import aid, filings, recognitions
from jingban.registry.models import AidStatus, OffsiteFiling, PaidBenefit, Recognition, Source
from tests.registry.lives.drawn import AHEAD, ANY, DAYS, REGION, act, kind_at
from tests.registry.lives.payers import Payers
from tests.registry.lives.shapes import (
    ACTIVE,
    DAY,
    RESIDENT,
    figure,
    month_of,
    yuan,
)
from tests.registry.lives.world import World


class Entitled(Payers):
    """Acts on entitlements."""

    @act(
        who=ANY,
        region=REGION,
        ahead=[0, 0, 1],
        category=sorted(AID_CATEGORIES),
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
        3,
        who=ANY,
        days=DAYS,
        category=sorted(AID_CATEGORIES),
        turn=["grant", "flag", "end", "end"],
    )
    def need_is_known(self, who: int, days: str, category: str, turn: str) -> None:
        life = self.pick(who, lambda x: x.spells and x.died is None)
        if turn == "end" and (held := AidStatus.objects.on(self.world.today).order_by("id").last()):
            life, days = self.life_of(held.person_id), "today"
        person, day = self.row(life), self.day(days)
        status = aid.status_on(person, day)
        turn = "grant" if turn == "end" and status is None else turn

        def act() -> None:
            origin = self.origin(life.region, Source.SHARED)
            if turn == "flag":
                aid.flag(origin, person, category, year=day.year, recognised_on=day)
            elif turn == "grant":
                aid.grant(origin, person, category, day, end_on=day + 200 * DAY if who % 2 else None)
            elif status is not None:
                aid.end(origin, status, day, "off the list")

        self.may(f"aid {turn}", act)

    @act(
        4, who=ANY, days=AHEAD, turn=["file", "file", "change", "pause", "resume", "end"],
        category=["long-term", "retiree", "referral", "emergency"],
        place=["110000", "110105", "130200", "310000", "110000、310000"],
    )  # fmt: skip
    def goes_elsewhere(self, who: int, days: str, turn: str, category: str, place: str) -> None:
        life = self.pick(who, lambda x: x.on(self.world.today))
        if turn != "file" and who % 7:
            if turn == "resume" and self.filed(who, turn) is None:
                turn = "pause"
            if (held := self.filed(who, turn)) is None:
                turn = "file"  # there is nothing to turn yet
            else:
                life, category = self.life_of(held.person_id), held.category
                place = place if turn == "change" else "、".join(held.places)
        answers = {
            **self.said(life.who, life.region),
            "offsite_operation": turn,
            "offsite_category": category,
        }
        answers |= {"places": place, "from_date": self.day(days).isoformat(), "offsite_basis": "promise"}
        self.case(f"filing {turn}", "file_offsite", life.region, answers, None)

    def filed(self, n: int, turn: str) -> OffsiteFiling | None:
        """A filing in force for which the turn is meant."""
        today, status = self.world.today, "paused" if turn == "resume" else "active"
        rows = OffsiteFiling.objects.on(today).filter(status=status).order_by("id")
        found = [
            row for row in rows
            if (spell := self.life_of(row.person_id).on(today)) and spell.standing == ACTIVE
            and (turn not in ("change", "end") or row.locked_until is None or row.locked_until < today)
        ]  # fmt: skip
        return found[n % len(found)] if found else None

    @act(who=ANY, place=["110105", "130203", "310000"], days=DAYS)
    def is_treated_elsewhere(self, who: int, place: str, days: str) -> None:
        life = self.pick(who, lambda x: x.spells)
        day = self.day(days)
        answer = filings.filing_for(self.row(life), place=place, admitted_on=day)
        if answer.how == "filed":
            assert answer.filing is not None
            assert answer.filing.start_on <= day
            assert life.died is None or day <= life.died

    @act(who=ANY, days=["today", "yesterday", "ahead"], keep=ANY)
    def promise_turns_out(self, who: int, days: str, keep: int) -> None:
        found = OffsiteFiling.objects.filter(basis="promise").order_by("id")
        if not found:
            return
        filing = found[who % len(found)]
        origin, day = self.origin(filing.region, Source.AGENCY), self.day(days)
        if keep % 2:
            self.may("promise kept", lambda: filings.promise_kept(origin, filing))
        else:
            self.may("promise broken", lambda: filings.breach(origin, filing, day, "untrue"))

    @act(who=ANY, diseases=["M03900", "M01600", "M03900、M01600"], days=DAYS, ends=ANY)
    def is_chronically_ill(self, who: int, diseases: str, days: str, ends: int) -> None:
        life = self.pick(who, lambda x: x.on(self.world.today))
        held = Recognition.objects.on(self.day(days)).order_by("id")
        if held and ends % 3 == 0:
            ill = held[who % len(held)]
            origin = self.origin(ill.region, Source.AGENCY)
            self.may("disease ends", lambda: recognitions.end(origin, ill, self.day(days), "by mistake"))
            return
        answers = {**self.said(life.who, life.region), "diseases": diseases}
        self.case("disease", "recognise_chronic", life.region, answers, None)

    @act(who=ANY, days=DAYS)
    def benefit_is_paid(self, who: int, days: str) -> None:
        day = self.day(days)
        life = self.pick(who, lambda x: (s := x.on(day)) and s.standing == ACTIVE)
        spell = life.on(day)
        if spell is None or spell.standing != ACTIVE or day > self.world.today:
            return
        key, reference = life.key, f"B{self.draw()}"
        self.attempt(
            "benefit",
            lambda: PaidBenefit.objects.create(
                region=life.region, person_id=life.pk, on=day, reference=reference
            ),
            lambda world: world.lives[key].benefits.add(day),
        )
