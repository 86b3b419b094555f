"""What holds after every act."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from jingban.ledger import service as ledger
from jingban.registry import contributions, enrolments, persons
from jingban.registry.changes import Changed, opened, value_on
from jingban.registry.guards_rules import REMOVED
from jingban.registry.models import (
    AidStatus,
    Change,
    Contribution,
    Enrolment,
    OffsiteFiling,
    Person,
    Recognition,
    Unit,
)
from jingban.registry.models import Levy as LevyRow
from jingban.registry.periods import contents
from tests.registry.lives.drawn import PROBES
from tests.registry.lives.shapes import DAY, SUSPENDED, Key, Month, Spell
from tests.registry.lives.world import World

PERIODS = (Enrolment, Contribution, OffsiteFiling, Recognition, AidStatus)
UNSAID = {"end_reason"}
"""Columns whose changes the history does not tell."""


class Checks:
    """The registers against the model, the history and the books against the registers."""

    world: World
    people: list[tuple[date, str]]
    last: int
    """The last change of the history that was looked at."""
    rows: dict[tuple[str, int], dict[str, Any]]
    """What the history says of each row."""
    history: dict[int, list[Change]]
    """The changes of each person's own row."""
    asked: dict[tuple[Key, date], Any]
    booked: Any = None
    """The last entry, and what the model said was on the books, when they were looked at last."""
    news: list[Change]

    def everything_agrees(self) -> None:
        self.the_registers_agree_with_the_model()
        self.the_books_agree_with_the_model()
        self.months_are_neither_lost_nor_doubled()
        touched = self.the_history_replays_to_the_rows()
        self.people_are_found(touched)
        self.no_answer_changes_unexplained(touched)

    def the_registers_agree_with_the_model(self) -> None:
        world = self.world
        keys = {life.pk: key for key, life in world.lives.items()}
        firms = {firm.pk: key for key, firm in world.firms.items()}
        spells: dict[Key, list[Any]] = {key: [] for key in world.lives}
        for row in Enrolment.objects.order_by("person", "start_on"):
            wage = None if row.wage_fen is None else Decimal(row.wage_fen).scaleb(-2)
            where = firms[row.unit_id] if row.unit_id else None
            state = (row.insurance, row.kind, where, row.standing, wage)
            spells[keys[row.person_id]].append((row.start_on, row.end_on, state))
            assert (row.benefit_from is None) == (row.standing == SUSPENDED)
        months: dict[Key, dict[tuple[str, int], tuple[bool, str]]] = {key: {} for key in world.lives}
        for row in Contribution.objects.all():
            for month in contributions.span_of(row):
                assert (row.insurance, month) not in months[keys[row.person_id]], "a month twice"
                months[keys[row.person_id]][row.insurance, month] = (row.deemed, row.place)
        for key, life in world.lives.items():
            foreseen = [
                (s.start, s.end, (s.insurance, s.kind, s.unit, s.standing, s.wage))
                for s in sorted(life.spells, key=lambda s: s.start)
            ]
            assert _joined(spells[key]) == _joined(foreseen), key
            assert months[key] == life.months, key
        for pk, status, end in Unit.objects.values_list("pk", "status", "end_on"):
            assert (status, end) == (world.firms[firms[pk]].status, world.firms[firms[pk]].end)
        said = {
            row.number: (row.status, row.headcount, row.unit_fen, row.person_fen, row.subsidy_fen)
            for row in LevyRow.objects.all()
        }
        assert said == {
            levy.number: (
                levy.status,
                len(levy.lines),
                *(int(sum(part) * 100) for part in zip(*levy.lines.values(), strict=True)),
                int(levy.subsidy * 100),
            )
            for levy in world.levies
        }

    def the_books_agree_with_the_model(self) -> None:
        owners = {_account_number(life.pk): int(life.balance * 100) for life in self.world.lives.values()}
        last = ledger.Entry.objects.order_by("-pk").values_list("pk", flat=True).first()
        if self.booked == (booked := (last, dict(self.world.books), owners)):
            return  # nothing was booked, and nothing was to be
        self.booked = booked
        assert ledger.Account.objects.all().net_fen() == 0, "debits equal credits"
        held: Counter[str] = Counter()
        for account in ledger.Account.objects.derived():
            assert account.balance_fen == account.derived_fen >= 0
            if account.code.startswith("pa:"):
                held[account.owner] += account.balance_fen
            else:
                code = (account.region, account.code.removeprefix("pa-"))
                assert account.balance_fen == int(self.world.books[code] * 100), code
        assert {k: v for k, v in held.items() if v} == {k: v for k, v in owners.items() if v}

    def months_are_neither_lost_nor_doubled(self) -> None:
        """Over both regions: what somebody ever paid is on record somewhere, and nothing else is."""
        world = self.world
        found, paid, returned = (defaultdict[int, set[Month]](set) for _ in range(3))
        for life in world.lives.values():
            found[world.human(life.who)] |= life.months.keys()
        for who in range(len(self.people)):
            paid[world.human(who)] |= world.paid[who]
            returned[world.human(who)] |= world.returned[who]
        for human in map(world.human, range(len(self.people))):
            assert paid[human] - returned[human] <= found[human] <= paid[human]

    def the_history_replays_to_the_rows(self) -> set[int]:
        """What was recorded, one after the other, gives the rows as they stand; says whose rows changed."""
        touched: set[int] = set()
        self.news: list[Change] = []
        for change in Change.objects.filter(pk__gt=self.last).order_by("pk"):
            self.news.append(change)
            self.last = change.pk
            if change.person is not None:
                touched.add(change.person)
            if change.register == "person":
                self.history.setdefault(change.row, []).append(change)
            self.replay(opened(change))
        for register in PERIODS:
            name = str(register._meta.model_name)
            there = {(name, row.pk): _told_of(contents(row)) for row in register.objects.all()}
            columns = {field.name for field in register._meta.concrete_fields}
            replayed = {
                key: _told_of({k: v for k, v in row.items() if k in columns})
                for key, row in self.rows.items()
                if key[0] == name
            }
            assert there == replayed
        for row in Person.objects.all():
            said = self.rows["person", row.pk]
            assert (row.name, row.sex, row.born_on) == (
                said["name"], said["sex"], date.fromisoformat(said["born_on"]),
            )  # fmt: skip
            assert (row.died_on.isoformat() if row.died_on else None) == said.get("died_on")
        return touched

    def replay(self, change: Changed) -> None:
        key = (change.register, change.row)
        if change.register in ("account", "transfersheet"):
            return
        if change.field == REMOVED:
            del self.rows[key]
        elif change.field:
            self.rows.setdefault(key, {})[change.field] = change.after
        else:
            self.rows[key] = dict(change.after)

    def people_are_found(self, touched: set[int]) -> None:
        """By the number they go by, alive or dead; nobody is in two standings, or in one beyond death."""
        for life in self.world.lives.values():
            if life.pk not in touched or life.into is not None:
                continue
            found = persons.find(life.region, "01", life.number)
            assert found is not None
            assert found.pk == life.pk
            assert (found.name, found.died_on) == (life.name, life.died)
            counted = contributions.months(found)
            paid = {month for (_, month), (deemed, _) in life.months.items() if not deemed}
            assert (counted.paid, counted.total) == (len(paid), len({month for _, month in life.months}))
        died = {life.pk: life.died for life in self.world.lives.values()}
        for register in (Enrolment, OffsiteFiling, Recognition, AidStatus) if touched else ():
            rows = list(register.objects.filter(person__in=touched).order_by("person", "slot", "start_on"))
            for row, after in pairwise(rows):
                apart = row.end_on is not None and row.end_on < after.start_on
                assert apart or (row.person_id, row.slot) != (after.person_id, after.slot)
            for row in rows:
                last = died[row.person_id]
                assert last is None or (row.end_on is not None and row.end_on <= last), "beyond death"

    def no_answer_changes_unexplained(self, touched: set[int]) -> None:
        """What was said of a day is said again, unless a change was recorded since that holds from then or before."""
        for key, life in self.world.lives.items():
            for day in PROBES if life.into is None else ():
                if life.pk not in touched and (key, day) in self.asked:
                    continue
                history = self.history[life.pk]
                now = {
                    "person": [value_on(history, field, day) for field in ("name", "id_number", "died_on")],
                    "enrolment": _standing(life.on(day)),
                }
                before = self.asked.get((key, day), now)
                for register, answer in now.items():
                    assert answer == before[register] or any(
                        c.register == register and c.person == life.pk and c.valid_from <= day
                        for c in self.news
                    ), (key, day, before, now)
                self.asked[key, day] = now
        today = self.world.today
        for life in self.world.lives.values():
            if life.pk in touched:
                row = enrolments.on(self.row(life), today)
                assert (row.kind if row else None) == (s.kind if (s := life.on(today)) else None)
                said = [value_on(self.history[life.pk], field, today) for field in ("name", "id_number")]
                assert said == [life.name, life.number]


def _account_number(pk: int) -> str:
    return Person(pk=pk).number


def _standing(spell: Spell | None) -> Any:
    return None if spell is None else (spell.insurance, spell.kind, spell.unit, spell.standing)


def _joined(spells: Iterable[tuple[date, date | None, Any]]) -> list[list[Any]]:
    """Days of one state as one stretch, however many rows they are."""
    found: list[list[Any]] = []
    for start, end, state in spells:
        if found and found[-1][2] == state and found[-1][1] == start - DAY:
            found[-1][1] = end
        else:
            found.append([start, end, state])
    return found


def _told_of(row: Mapping[str, Any]) -> dict[str, str]:
    """What a row says, for comparing: nothing empty, all as text."""
    return {k: str(v) for k, v in row.items() if k not in UNSAID and v not in (None, "", False)}
