"""What befalls people: registration, names, enrolment, employment, retirement, death."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st
from stdnum.cn import ric

from jingban.registry import contributions, duplicates, enrolments, persons
from jingban.registry.models import AidStatus, OffsiteFiling, PaidBenefit, Person, Recognition, Source
from tests.registry.factories import new_name, new_number
from tests.registry.lives.drawn import ANY, DAYS, HERE, REGION, REGIONS, WAGE, WORDS, act, kind_at
from tests.registry.lives.machine import Core
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
    Life,
    age,
    figure,
    first_of,
    month_of,
    must,
    place_of,
)
from tests.registry.lives.world import World


class People(Core):
    """Acts on persons and their enrolments."""

    # persons

    def register(self, who: int, region: str) -> None:
        name, number = self.identity(who, region)

        def foretold(world: World) -> None:
            world.registered(region, who, name, number, *self.people[who])

        newcomer = persons.Newcomer(name=name, number=number)
        self.attempt("register", lambda: persons.register(self.origin(region), newcomer), foretold)

    @act(who=ANY, region=REGION)
    def comes(self, who: int, region: str) -> None:
        self.register(who % len(self.people), region)

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

    @act(who=ANY, name=st.booleans(), number=st.sampled_from(["", "new", "taken", "own"]), days=DAYS)
    def renamed(self, who: int, name: bool, number: str, days: str) -> None:
        life = self.pick(who, lambda x: x.died is None)
        assert life is not None
        n = self.draw()
        others = [x.number for x in self.world.lives.values() if x.region == life.region and x is not life]
        numbers = {"": "", "own": life.number, "new": new_number(100 + n, *self.people[life.who])}
        new = numbers.get(number, others[who % len(others)] if others else life.number)
        if number == "taken" and not _same_traits(new, life.number):
            name = True  # the change is refused anyway, whichever of the two is looked at first
        fields: dict[str, str | date] = {"name": new_name(n)} if name else {}
        if new:
            fields["id_number"] = new
        day, key = self.day(days), life.key

        def foretold(world: World) -> None:
            world.renamed(world.lives[key], day, name=str(fields.get("name", "")), number=new)

        self.attempt(
            "rename", lambda: persons.change(self.origin(life.region), self.row(life), fields, day), foretold
        )

    @act(who=ANY, days=DAYS, resident=st.booleans())
    def dies(self, who: int, days: str, resident: bool) -> None:
        life = self.pick(
            who, lambda x: x.died is None and [s for s in x.spells if not resident or s.insurance == RESIDENT]
        )
        assert life is not None
        day = self.day(days)
        if not resident:
            self.die(life, day)
            return

        def foretold(world: World) -> None:
            dead = self.known(world, life.who, life.region, new=False)
            must([s for s in dead.spells if s.insurance == RESIDENT], "never a resident")
            world.died(dead, day)

        answers = {**self.said(life.who, life.region), "death_on": day.isoformat()}
        self.case("die as resident", "end_resident", life.region, answers, foretold)

    def die(self, life: Life, day: date) -> None:
        key = life.key
        self.attempt(
            "die",
            lambda: persons.died(self.origin(life.region), self.row(life), day),
            lambda world: world.died(world.lives[key], day),
        )

    @act(who=ANY)
    def lives_after_all(self, who: int) -> None:
        life = self.pick(who, lambda x: x.died is not None)
        assert life is not None
        key = life.key
        self.attempt(
            "not dead",
            lambda: persons.not_dead(self.origin(life.region), self.row(life)),
            lambda world: world.not_dead(world.lives[key]),
        )

    @act(2, who=ANY, digit=st.integers(1, 8))
    def is_registered_twice(self, who: int, digit: int) -> None:
        """Somebody's number was written down with a wrong digit: a second row, which lives on by itself."""
        life = self.pick(who, lambda x: x.died is None)
        assert life is not None
        number = _slipped(life.number, digit)
        if len(self.people) >= 11 or self.world.holder(life.region, number):
            return
        self.people.append(self.people[life.who])
        twin = len(self.people) - 1

        def foretold(world: World) -> None:
            world.registered(life.region, twin, life.name, number, *self.people[twin])

        newcomer = persons.Newcomer(name=life.name, number=number)
        self.attempt("register twice", lambda: persons.register(self.origin(life.region), newcomer), foretold)

    @act(2, which=ANY, first=st.booleans(), one=ANY)
    def is_found_twice(self, which: int, first: bool, one: int) -> None:
        """Near numbers are found, and decided upon: one person, or two."""
        for region in REGIONS:
            duplicates.find(region, self.world.now)
        pairs = [pair for region in REGIONS for pair in duplicates.undecided(region)]
        if not pairs:
            return
        pair = pairs[which % len(pairs)]
        rows = [pair.first, pair.second] if first else [pair.second, pair.first]
        keys = {life.pk: key for key, life in self.world.lives.items()}
        kept, gone = (keys[row.pk] for row in rows)
        if one % 4 == 0:
            self.attempt(
                "two people",
                lambda: duplicates.decide_distinct(self.origin(pair.region), pair, "两人"),
                lambda world: None,
            )
            return

        def foretold(world: World) -> None:
            must(not _entitled_twice(*rows), "filings, diseases or aid overlap")
            world.made_one(world.lives[kept], world.lives[gone])

        self.attempt(
            "one person",
            lambda: duplicates.decide_merge(self.origin(pair.region), pair, rows[0], "核对了证件"),
            foretold,
        )

    # enrolments

    @act(4, who=ANY, region=REGION, firm=ANY, days=DAYS, wage=WAGE)
    def is_employed(self, who: int, region: str, firm: int, days: str, wage: str | None) -> None:
        key, day = self.firm(firm, region), self.day(days)
        who = self.anyone(who, region, 16, day, lambda s: s is None or s.kind in (FLEXIBLE, *WORDS))
        answers = {**self.said(who, region), "employee_operation": "add", "from_date": day.isoformat()}
        answers |= {"unit_credit_code": self.world.firms[key].code, "monthly_wage": wage or ""}

        def foretold(world: World) -> None:
            must(world.firms[key].end is None, "unit has ended")
            life = self.known(world, who, region)
            world.enrol(life, EMPLOYED, day, unit=key, wage=Decimal(wage) if wage else None)

        self.case("employ", "enrol_employee", region, answers, foretold)

    @act(who=ANY, region=REGION, days=DAYS, wage=WAGE, township=st.booleans())
    def works_alone(self, who: int, region: str, days: str, wage: str | None, township: bool) -> None:
        day = self.day(days)
        who = self.anyone(who, region, 16, day, lambda s: s is None or s.kind in WORDS)
        answers = {**self.said(who, region), "from_date": day.isoformat(), "monthly_wage": wage or ""}

        def foretold(world: World) -> None:
            life = self.known(world, who, region)
            world.enrol(life, FLEXIBLE, day, wage=Decimal(wage) if wage else None)

        effect = "enrol_flexible" if township else "enrol_employee"
        self.case("work alone", effect, region, answers, foretold)

    @act(6, who=ANY, turn=st.sampled_from(["suspend", "resume", "resume", "end"]), days=DAYS, by_unit=ANY)
    def employment_turns(self, who: int, turn: str, days: str, by_unit: int) -> None:
        day = self.day(days)
        before = day - DAY if turn == "end" else day
        standing = SUSPENDED if turn == "resume" else ACTIVE
        life = self.pick(
            who,
            lambda x: (
                (s := x.on(before))
                and (s.insurance, s.standing) == (EMPLOYEE, standing)
                and s.kind != RETIRED
            ),
        )
        assert life is not None
        self.employee_case(turn, life, day, before, by_unit)

    @act(2, who=ANY, days=DAYS, deemed=st.sampled_from([0, 0, 0, 0, 6, 300]), by_unit=ANY)
    def retires(self, who: int, days: str, deemed: int, by_unit: int) -> None:
        day = self.day(days)
        life = self.pick(
            who,
            lambda x: (
                (s := x.on(day)) and s.kind in (EMPLOYED, FLEXIBLE) and x.count(EMPLOYEE, day - DAY) >= 240
            ),
        )
        assert life is not None
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
            must(key is None or now is None or now.unit == key, "another unit's")
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
        assert life is not None
        new, key = Decimal(wage or "5000.00"), life.key
        self.attempt(
            "new wage",
            lambda: enrolments.change(self.origin(life.region), self.row(life), day, wage=new),
            lambda world: world.change(world.lives[key], day, wage=new),
        )

    @act(
        who=ANY,
        region=REGION,
        ahead=st.sampled_from([0, 0, 1, 1, 2, -1]),
        kind=st.sampled_from([None, None, *WORDS]),
    )
    def resident_for_a_year(self, who: int, region: str, ahead: int, kind: str | None) -> None:
        year = self.world.today.year + ahead
        first = max(date(year, 1, 1), self.world.today)
        who = self.anyone(who, region, 0, first, lambda s: s is None)
        chosen = kind or kind_at(self.people[who][0], first)
        answers = {**self.said(who, region), "resident_kind": WORDS[chosen], "insured_year": str(year)}

        def foretold(world: World) -> None:
            world.enrol_for_year(self.known(world, who, region), chosen, year)

        self.case("resident", "enrol_resident", region, answers, foretold)

    @act(region=REGION, days=st.integers(0, 130), sex=st.sampled_from(["male", "female"]), who=ANY)
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

    @act(3, who=ANY, turn=st.sampled_from(["suspend", "resume"]), days=DAYS)
    def resident_turns(self, who: int, turn: str, days: str) -> None:
        day, standing = self.day(days), ACTIVE if turn == "suspend" else SUSPENDED
        life = self.pick(
            who, lambda x: (s := x.on(day)) and (s.insurance, s.standing) == (RESIDENT, standing)
        )
        assert life is not None
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

    @act(2, who=ANY, ahead=st.sampled_from([0, 0, 1]))
    def takes_the_year_back(self, who: int, ahead: int) -> None:
        today = self.world.today
        life = self.pick(
            who, lambda x: [s for s in x.spells if s.insurance == RESIDENT and s.touches(today, None)]
        )
        assert life is not None
        years = [s.start.year for s in life.spells if s.insurance == RESIDENT and s.touches(today, None)]
        year = years[who % len(years)] if years else today.year + ahead
        answers = {**self.said(life.who, life.region), "insured_year": str(year)}
        self.case(
            "withdraw resident", "withdraw_resident", life.region, answers,
            lambda world: world.withdraw(self.known(world, life.who, life.region, new=False), year),
        )  # fmt: skip

    @act(who=ANY, days=DAYS)
    def benefit_is_paid(self, who: int, days: str) -> None:
        day = self.day(days)
        life = self.pick(who, lambda x: (s := x.on(day)) and s.standing == ACTIVE)
        assert life is not None
        spell = life.on(day)
        if spell is None or spell.standing != ACTIVE or day > self.world.today:
            return
        PaidBenefit.objects.create(region=life.region, person_id=life.pk, on=day, reference=f"B{self.draw()}")
        life.benefits.add(day)


def _slipped(number: str, digit: int) -> str:
    """The number with one digit of its sequence written wrong, and the check digit that fits."""
    body = number[:15] + str((int(number[15]) + digit) % 10) + number[16]
    return body + str(ric.calc_check_digit(body + "0"))


def _entitled_twice(one: Person, other: Person) -> bool:
    """Whether two rows have a filing, a disease or an aid status for the same days."""
    for register in (OffsiteFiling, Recognition, AidStatus):
        for row in register.objects.filter(person=one):
            same = register.objects.filter(person=other, slot=row.slot)
            if same.touching(row.start_on, row.end_on).exists():
                return True
    return False


def _same_traits(one: str, other: str) -> bool:
    return (one[6:14], int(one[16]) % 2) == (other[6:14], int(other[16]) % 2)
