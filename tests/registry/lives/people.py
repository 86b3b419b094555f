"""What befalls people: registration, names, death, and rows that are one person."""

from __future__ import annotations

from datetime import date

from stdnum.cn import ric

from jingban.registry import duplicates, persons
from jingban.registry.models import AidStatus, OffsiteFiling, Person, Recognition
from tests.registry.factories import new_name, new_number
from tests.registry.lives.drawn import ANY, CLERK, COLLEAGUE, DAYS, REGION, REGIONS, act
from tests.registry.lives.machine import Core
from tests.registry.lives.shapes import RESIDENT, Life, must
from tests.registry.lives.world import World


class People(Core):
    """Acts on persons."""

    def register(self, who: int, region: str) -> None:
        name, number = self.identity(who, region)

        def foretold(world: World) -> None:
            world.registered(region, who, name, number, *self.people[who])

        newcomer = persons.Newcomer(name=name, number=number)
        self.attempt("register", lambda: persons.register(self.origin(region), newcomer), foretold)

    @act(who=ANY, region=REGION)
    def comes(self, who: int, region: str) -> None:
        self.register(who % len(self.people), region)

    @act(who=ANY, name=(False, True), number=["", "new", "taken", "own"], days=DAYS)
    def renamed(self, who: int, name: bool, number: str, days: str) -> None:
        life = self.pick(who, lambda x: x.died is None)
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

    @act(who=ANY, days=DAYS, resident=(False, True))
    def dies(self, who: int, days: str, resident: bool) -> None:
        life = self.pick(
            who, lambda x: x.died is None and [s for s in x.spells if not resident or s.insurance == RESIDENT]
        )
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
        if life.died is None and who % 5:
            self.die(life, self.world.today)
        key = life.key
        self.attempt(
            "not dead",
            lambda: persons.not_dead(self.origin(life.region), self.row(life)),
            lambda world: world.not_dead(world.lives[key]),
        )

    @act(2, who=ANY, digit=range(1, 9))
    def is_registered_twice(self, who: int, digit: int) -> None:
        """Somebody's number was written down with a wrong digit: a second row, which lives on by itself."""
        life = self.pick(who, lambda x: x.died is None)
        number = _slipped(life.number, digit)
        if len(self.people) >= 11 or self.world.holder(life.region, number):
            return
        self.people.append(self.people[life.who])
        twin = len(self.people) - 1

        def foretold(world: World) -> None:
            world.registered(life.region, twin, life.name, number, *self.people[twin])

        newcomer = persons.Newcomer(name=life.name, number=number)
        self.attempt("register twice", lambda: persons.register(self.origin(life.region), newcomer), foretold)

    @act(2, which=ANY, first=(False, True), one=ANY)
    def is_found_twice(self, which: int, first: bool, one: int) -> None:
        """Near numbers are found, and decided upon: two people; or one, where one proposes it and another agrees."""
        for region in REGIONS:
            duplicates.find(region, self.world.now)
        pairs = [pair for region in REGIONS for pair in duplicates.undecided(region)]
        if not pairs:
            return
        pair = pairs[which % len(pairs)]
        rows = [pair.first, pair.second] if first else [pair.second, pair.first]
        keys = {life.pk: key for key, life in self.world.lives.items()}
        kept, gone = (keys[row.pk] for row in rows)
        if one % 3 == 0:
            self.attempt(
                "two people",
                lambda: duplicates.decide_distinct(self.origin(pair.region), pair, "两人"),
                lambda world: None,
            )
            return
        actor, two = CLERK if one % 2 else COLLEAGUE, [self.world.lives[key] for key in (kept, gone)]
        seconded = pair.proposed_by if pair.keep_id == rows[0].pk else None
        at_stake = pair.proposed_by is not None or any(life.months or life.balance for life in two)
        proposes = at_stake and seconded is None

        def foretold(world: World) -> None:
            must(not _entitled_twice(*rows), "filings, diseases or aid overlap")
            must(seconded is None or seconded != actor, "whoever proposed it does not decide it")
            world.made_one(world.lives[kept], world.lives[gone], really=not proposes)

        self.attempt(
            "one person?" if proposes else "one person",
            lambda: duplicates.decide_merge(
                self.origin(pair.region, actor=actor), pair, rows[0], "核对了证件"
            ),
            foretold,
        )


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
