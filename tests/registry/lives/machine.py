"""How an act is done to the model and to the registers, and how who does it is chosen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django.apps import apps
from django.db import connection, transaction

from jingban.cases.work import Work
from jingban.core.errors import DomainError
from jingban.processes.effects import run_effects
from jingban.registry import persons
from jingban.registry.changes import Changed, listening
from jingban.registry.models import Change, Person, Source, Unit
from jingban.registry.models import Levy as LevyRow
from jingban.registry.origin import Origin
from jingban.registry.preview import Preview, preview
from jingban.rulebook.cache import effective_item
from tests.registry.factories import new_name, new_number
from tests.registry.lives.checks import Checks
from tests.registry.lives.drawn import BEGIN, CLERK, DONE, REGIONS, TELLS, TRIED
from tests.registry.lives.shapes import DAY, Firm, Key, Life, Refused, Spell, age, must
from tests.registry.lives.world import World


class Core(Checks):
    """The shared part of all acts."""

    drawn: int
    notices: dict[tuple[str, str], int]
    """The tax department's notices by message and number."""
    seen: str | None = None
    """What a preview of the act said against it."""
    stirred: bool = True
    """Whether anything was done that was not looked at yet."""

    def new(self) -> None:
        """An empty world."""
        self.world, self.drawn, self.people, self.notices = World(BEGIN), 0, [], {}
        self.last = Change.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        self.rows, self.history, self.asked, self.news = {}, {}, {}, []

    def begin_as(self, start: Core) -> None:
        """The world as another one left it."""
        self.world, self.drawn, self.people = start.world.copy(), start.drawn, [*start.people]
        self.notices, self.last, self.asked, self.news = (
            dict(start.notices),
            start.last,
            dict(start.asked),
            [],
        )
        self.rows = {key: dict(row) for key, row in start.rows.items()}
        self.history = {key: [*rows] for key, rows in start.history.items()}

    def attempt(self, name: str, act: Callable[[], Any], foretold: Callable[[World], Any]) -> bool:
        """Do what the model foretells; it and the registers agree on whether it may be, or the run fails."""
        self.world.now += timedelta(minutes=1)
        after, no = self.world.copy(), None
        try:
            foretold(after)
        except Refused as said:
            no = str(said)
        if (refusal := self.done(name, act)) is not None:
            assert no is not None, f"{name} was refused: {refusal.message}"
            return False
        assert no is None, f"{name} went through, though {no}"
        self.world = after
        self.settle()
        return True

    def may(self, name: str, act: Callable[[], Any]) -> None:
        """What the model does not follow in detail: done or refused, and the registers stay whole either way."""
        self.world.now += timedelta(minutes=1)
        self.done(name, act)

    def done(self, name: str, act: Callable[[], Any]) -> DomainError | None:
        """Nothing where it was done, else the refusal, which says in Chinese what to do; all else is a failure."""
        TRIED[name] += 1
        self.seen = None
        try:
            with transaction.atomic():
                act()
        except DomainError as error:
            self.in_words(error)
            if self.seen is not None and self.seen != error.message:
                raise AssertionError(f"the preview said “{self.seen}”") from error
            return error
        DONE[name] += 1
        self.stirred = True
        return None

    def in_words(self, error: DomainError) -> None:
        said = f"{type(error).__name__}: {error.message}"
        assert re.search("[\u4e00-\u9fff]", error.message), said
        assert TELLS.search(error.message), f"does not say what to do: {said}"

    def case(
        self,
        name: str,
        effect: str,
        region: str,
        answers: Mapping[str, str],
        foretold: Callable[[World], Any] | None,
    ) -> None:
        """An act through its effect, as a case runs it; every fourth time it is looked at beforehand."""

        def act() -> None:
            item = effective_item(region, "agency", "employee-enrolment")
            said = {key: text for key, text in answers.items() if text}
            work = Work(item=item, actor=CLERK, at=self.world.now, answers=said)
            seen = self.previewed(work, effect) if self.draw() % 4 == 0 else None
            self.seen = seen and seen.fault
            with listening() as heard:
                run_effects([f"registry.{effect}"], work)
            assert seen is None or (not seen.fault and _told(seen.changes) == _told(heard))

        if foretold is None:
            self.may(name, act)
        else:
            self.attempt(name, act, foretold)

    def previewed(self, work: Work, effect: str) -> Preview:
        """What would change; nothing is left of it."""
        before = _counts()
        seen = preview(work, [f"registry.{effect}"])
        assert _counts() == before, "a preview leaves a trace"
        return seen

    def settle(self) -> None:
        """Tell the model which rows its new people, units and levies are."""
        for key, life in self.world.lives.items():
            if not life.pk:
                found = persons.find(key[0], "01", life.number)
                assert found is not None
                life.pk = found.pk
        for key, firm in self.world.firms.items():
            if not firm.pk:
                firm.pk = Unit.objects.get(region=key[0], credit_code=firm.code, end_on=None).pk
        if fresh := [levy for levy in self.world.levies if not levy.number]:
            known = {levy.number for levy in self.world.levies}
            numbers = LevyRow.objects.order_by("id").values_list("number", flat=True)
            for levy, number in zip(fresh, [n for n in numbers if n not in known], strict=True):
                levy.number = number

    def draw(self) -> int:
        self.drawn += 1
        return self.drawn

    def origin(
        self, region: str, source: Source = Source.DECLARED, case: int | None = None, actor: int = CLERK
    ) -> Origin:
        return Origin(region, actor, self.world.now, source, case)

    def life_of(self, pk: int) -> Life:
        return next(life for life in self.world.lives.values() if life.pk == pk)

    def row(self, life: Life) -> Person:
        return Person.objects.get(pk=life.pk)

    def unit(self, key: Key) -> Unit:
        return Unit.objects.get(pk=self.world.firms[key].pk)

    def pick(self, n: int, fits: Callable[[Life], Any]) -> Life:
        """Somebody for whom the act is meant; every seventh time anybody."""
        all_of = [life for life in self.world.lives.values() if life.into is None]
        chosen = [life for life in all_of if n % 7 and fits(life)] or all_of
        return chosen[n // 7 % len(chosen)]

    def anyone(
        self, n: int, region: str, age_from: int, day: date, fits: Callable[[Spell | None], Any]
    ) -> int:
        """Somebody known there or not, old enough, whose standing on the day fits; every seventh time anybody."""
        everybody = range(len(self.people))
        chosen = []
        for who in everybody if n % 7 else ():
            life = self.world.lives.get((region, who))
            free = life is None or (life.died is None and life.into is None and fits(life.on(day)))
            if free and age(self.people[who][0], day) >= age_from:
                chosen.append(who)
        return (chosen or everybody)[n // 7 % len(chosen or everybody)]

    def firm(self, n: int, region: str, *, fits: Callable[[Firm], Any] = lambda f: f.status == "1") -> Key:
        all_of = [key for key, firm in self.world.firms.items() if key[0] == region]
        chosen = [key for key in all_of if n % 7 and fits(self.world.firms[key])] or all_of
        return chosen[n // 7 % len(chosen)]

    def day(self, which: str) -> date:
        today = self.world.today
        return {
            "today": today,
            "first": today.replace(day=1),
            "month ago": (today.replace(day=1) - DAY).replace(day=1),
            "tomorrow": today + DAY,
            "yesterday": today - DAY,
            "weeks ago": today - 19 * DAY,
            "long ago": today - 160 * DAY,
            "ahead": today + 33 * DAY,
        }[which]

    def identity(self, who: int, region: str) -> tuple[str, str]:
        """Name and number that somebody says: as registered here, else as elsewhere."""
        known = [self.world.standing((r, who)) for r in (region, *REGIONS) if (r, who) in self.world.lives]
        born, sex = self.people[who]
        return (known[0].name, known[0].number) if known else (new_name(who), new_number(who, born, sex))

    def said(self, who: int, region: str) -> dict[str, str]:
        name, number = self.identity(who, region)
        return {"name": name, "id_number": number}

    def known(self, world: World, who: int, region: str, *, new: bool = True) -> Life:
        """The person of a case in the model, registered now where the region does not know one."""
        name, number = self.identity(who, region)
        life = world.holder(region, number)
        if life is None:
            must(new, "nobody has this number")
            return world.registered(region, who, name, number, *self.people[who])
        must(life.name == name, "another name")
        return life


def _told(changes: Iterable[Changed]) -> list[Any]:
    """Changes without the keys of rows, which are drawn anew after a trial."""
    return [(c.register, c.field, c.before, c.after, c.valid_from) for c in changes]


def _counts() -> tuple[int, ...]:
    """How many rows every table of the registers and the books has."""
    tables = [
        model._meta.db_table
        for app in ("registry", "ledger")
        for model in apps.get_app_config(app).get_models()
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"(SELECT count(*) FROM {table})" for table in tables))
        return tuple(cursor.fetchone())
