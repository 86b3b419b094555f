"""What people are insured for: employment, retirement, residents' years, deemed months."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from jingban.registry import contributions, enrolments
from jingban.registry.models import Source
from tests.registry.lives.drawn import ANY, DAYS, HERE, REGION, WAGE, WORDS, act, kind_at
from tests.registry.lives.people import People
from tests.registry.lives.shapes import (
    ACTIVE,
    DAY,
    EMPLOYED,
    EMPLOYEE,
    FLEXIBLE,
    NEWBORN,
    RESIDENT,
    RETIRED,
    SUSPENDED,
    Key,
    Life,
    age,
    figure,
    first_of,
    month_of,
    must,
    place_of,
)
from tests.registry.lives.world import World


class Enrolled(People):
    """Acts on enrolments."""

    def deem(self, region: str, who: int, months: int) -> None:
        first, last = (date(2024, 12, 1), date(2024, 12, 31))
        first = first_of(month_of(last) - months + 1)

        def foretold(world: World) -> None:
            life = world.lives[region, who]
            run = range(month_of(first), month_of(last) + 1)
            world.add(life, EMPLOYEE, run, place_of(region), deemed=True)

        def act() -> None:
            contributions.add(
                self.origin(region, Source.AGENCY),
                self.row(self.world.lives[region, who]),
                insurance=EMPLOYEE, first=first, last=last, deemed=True, place=place_of(region),
            )  # fmt: skip

        self.attempt("deem", act, foretold)

    @act(4, who=ANY, region=REGION, firm=ANY, days=DAYS, wage=WAGE)
    def is_employed(self, who: int, region: str, firm: int, days: str, wage: str | None) -> None:
        day = self.day(days)
        who = self.anyone(who, region, 16, day, lambda s: s is None or s.kind in (FLEXIBLE, *WORDS))
        self.employ(who, self.firm(firm, region), day, wage)

    def employ(self, who: int, key: Key, day: date, wage: str | None) -> None:
        region = key[0]
        answers = {**self.said(who, region), "employee_operation": "add", "from_date": day.isoformat()}
        answers |= {"unit_credit_code": self.world.firms[key].code, "monthly_wage": wage or ""}

        def foretold(world: World) -> None:
            must(world.firms[key].end is None, "unit has ended")
            life = self.known(world, who, region)
            world.enrol(life, EMPLOYED, day, unit=key, wage=Decimal(wage) if wage else None)

        self.case("employ", "enrol_employee", region, answers, foretold)

    @act(who=ANY, region=REGION, days=DAYS, wage=WAGE, township=(False, True))
    def works_alone(self, who: int, region: str, days: str, wage: str | None, township: bool) -> None:
        day = self.day(days)
        who = self.anyone(who, region, 16, day, lambda s: s is None or s.kind in WORDS)
        self.insure_alone(who, region, day, wage, township=township)

    def insure_alone(self, who: int, region: str, day: date, wage: str | None, *, township: bool) -> None:
        answers = {**self.said(who, region), "from_date": day.isoformat(), "monthly_wage": wage or ""}

        def foretold(world: World) -> None:
            life = self.known(world, who, region)
            world.enrol(life, FLEXIBLE, day, wage=Decimal(wage) if wage else None)

        effect = "enrol_flexible" if township else "enrol_employee"
        self.case("work alone", effect, region, answers, foretold)

    @act(6, who=ANY, turn=["suspend", "resume", "resume", "end"], days=DAYS, by_unit=ANY)
    def employment_turns(self, who: int, turn: str, days: str, by_unit: int) -> None:
        day = self.day(days)
        before = day - DAY if turn == "end" else day
        turn = self.possible_turn(who, turn, EMPLOYEE, before)
        life = self.pick(who, lambda x: self.stands(x, EMPLOYEE, turn, before))
        self.employee_case(turn, life, day, before, by_unit)

    def stands(self, life: Life, insurance: str, turn: str, day: date) -> bool:
        """Whether somebody can be suspended, resumed or ended by the standing of the day."""
        spell = life.on(day)
        standing = SUSPENDED if turn == "resume" else ACTIVE
        fits = spell is not None and (spell.insurance, spell.standing) == (insurance, standing)
        return fits and spell is not None and spell.kind != RETIRED

    def possible_turn(self, n: int, turn: str, insurance: str, day: date) -> str:
        """Where nobody is suspended nobody is resumed, save every seventh time."""
        some = any(self.stands(life, insurance, turn, day) for life in self.world.lives.values())
        return "suspend" if turn == "resume" and not some and n % 7 else turn

    @act(2, who=ANY, days=DAYS, deemed=[0, 0, 0, 0, 6, 300], by_unit=ANY)
    def retires(self, who: int, days: str, deemed: int, by_unit: int) -> None:
        day = self.day(days)
        life = self.pick(
            who,
            lambda x: (
                (s := x.on(day)) and s.kind in (EMPLOYED, FLEXIBLE) and x.count(EMPLOYEE, day - DAY) >= 240
            ),
        )
        self.employee_case("retire", life, day, day, by_unit, deemed=deemed)

    def employee_case(
        self, turn: str, life: Life, day: date, before: date, by_unit: int, *, deemed: int = 0
    ) -> None:
        spell = life.on(before)
        key = spell.unit if spell and by_unit % 5 else self.firm(by_unit, life.region)
        key = key if by_unit % 7 else None
        answers = {
            **self.said(life.who, life.region),
            "employee_operation": turn,
            "from_date": day.isoformat(),
        }
        answers |= {
            "deemed_months": str(deemed or ""),
            "unit_credit_code": self.world.firms[key].code if key else "",
        }

        def foretold(world: World) -> None:
            one = self.known(world, life.who, life.region, new=False)
            now = one.on(before)
            must(now is None or now.insurance == EMPLOYEE, "a resident")
            must(key is None or world.firms[key].end is None, "unit has ended")
            must(now is None or now.unit == key, "another's, or the unit's to declare")
            if turn == "end":
                world.end(one, before)
            elif turn == "retire":
                world.deem(one, day, deemed)
                world.retire(one, day)
            else:
                getattr(world, turn)(one, day)

        self.case(turn, "enrol_employee", life.region, answers, foretold)

    @act(who=ANY, days=DAYS, wage=WAGE)
    def earns_otherwise(self, who: int, days: str, wage: str | None) -> None:
        day = self.day(days)
        life = self.pick(who, lambda x: (s := x.on(day)) and s.kind in (EMPLOYED, FLEXIBLE))
        new, key = Decimal(wage or "5000.00"), life.key
        self.attempt(
            "new wage",
            lambda: enrolments.change(self.origin(life.region), self.row(life), day, wage=new),
            lambda world: world.change(world.lives[key], day, wage=new),
        )

    @act(
        who=ANY,
        region=REGION,
        ahead=[0, 0, 1, 1, 2, -1],
        kind=[None, None, *WORDS],
    )
    def resident_for_a_year(self, who: int, region: str, ahead: int, kind: str | None) -> None:
        year = self.world.today.year + ahead
        first = max(date(year, 1, 1), self.world.today)
        who = self.anyone(who, region, 0, first, lambda s: s is None)
        self.insure_resident(who, region, year, kind or kind_at(self.people[who][0], first))

    def insure_resident(self, who: int, region: str, year: int, kind: str) -> None:
        answers = {**self.said(who, region), "resident_kind": WORDS[kind], "insured_year": str(year)}

        def foretold(world: World) -> None:
            world.enrol_for_year(self.known(world, who, region), kind, year)

        self.case("resident", "enrol_resident", region, answers, foretold)

    @act(region=REGION, days=range(131), sex=["male", "female"], who=ANY)
    def is_born(self, region: str, days: int, sex: str, who: int) -> None:
        if len(self.people) < 10:
            self.people.append((self.world.today - timedelta(days=days), sex))
            who = len(self.people) - 1
        who %= len(self.people)

        def foretold(world: World) -> None:
            child = self.known(world, who, region)
            must(age(child.born, world.today) < 1, "older than a year")
            in_time = (world.today - child.born).days <= figure(region, "newborn-enrolment-days", world.today)
            for year in range(child.born.year if in_time else world.today.year, world.today.year + 1):
                world.enrol_for_year(child, NEWBORN, year)

        guardian = self.world.lives[HERE, 0]
        answers = {**self.said(who, region), "guardian_name": guardian.name, "guardian_relation": "parent"}
        self.case("newborn", "enrol_newborn", region, answers, foretold)

    @act(3, who=ANY, turn=["suspend", "resume"], days=DAYS)
    def resident_turns(self, who: int, turn: str, days: str) -> None:
        day = self.day(days)
        turn = self.possible_turn(who, turn, RESIDENT, day)
        life = self.pick(who, lambda x: self.stands(x, RESIDENT, turn, day))
        self.resident_case(turn, life, day)

    def resident_case(self, turn: str, life: Life, day: date) -> None:
        answers = {**self.said(life.who, life.region), "resident_operation": turn}
        answers["from_date"] = day.isoformat()

        def foretold(world: World) -> None:
            one = self.known(world, life.who, life.region, new=False)
            must(one.required(day).insurance == RESIDENT, "an employee")
            getattr(world, turn)(one, day)

        self.case(f"{turn} resident", "suspend_or_resume_resident", life.region, answers, foretold)

    def stop(self, life: Life) -> Life:
        """Let nothing be paid for somebody from today on, so that a move or a payout is possible."""
        today = self.world.today
        spell = life.on(today)
        if spell is not None and spell.standing == ACTIVE:
            if spell.insurance == RESIDENT:
                self.resident_case("suspend", life, today)
            else:
                self.employee_case("end", life, today, today - DAY, 1)
        return self.world.lives[life.key]

    @act(2, who=ANY, ahead=[0, 0, 1])
    def takes_the_year_back(self, who: int, ahead: int) -> None:
        today = self.world.today
        life = self.pick(
            who, lambda x: [s for s in x.spells if s.insurance == RESIDENT and s.touches(today, None)]
        )
        years = [s.start.year for s in life.spells if s.insurance == RESIDENT and s.touches(today, None)]
        year = years[who % len(years)] if years else today.year + ahead
        answers = {**self.said(life.who, life.region), "insured_year": str(year)}
        self.case(
            "withdraw resident", "withdraw_resident", life.region, answers,
            lambda world: world.withdraw(self.known(world, life.who, life.region, new=False), year),
        )  # fmt: skip
