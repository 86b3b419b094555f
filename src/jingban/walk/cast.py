"""The people of a walk: invented, and the same in every round. What is true of them stands in the registers alone.

Each has a clock: a life goes forward from case to case, whatever the order of the entries; two people's lives
run beside each other. Roles come in rows (employee-1, employee-2 ...): who is done with gives way to the next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count
from random import Random

from jingban.access.models import Grant, User
from jingban.core.localtime import SHANGHAI, local_day
from jingban.registry import identity, persons
from jingban.registry.demo import names, numbers
from jingban.registry.models import Person, Unit
from jingban.registry.sealing import number_digest, unsealed

BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
MORNING = time(9, tzinfo=SHANGHAI)
REST = timedelta(days=2)
"""From the end of one case to the next of the same people; what must be prepared is done on the day between."""

_TRAITS: dict[str, tuple[tuple[date, str, str], ...]] = {
    "employee": ((date(1963, 5, 4), "male", "01"),),
    "flexible": ((date(1990, 8, 12), "female", "01"),),
    "resident": (
        (date(1985, 2, 11), "female", "01"),
        (date(2021, 6, 1), "male", "01"),
        (date(2014, 9, 3), "female", "01"),
        (date(2005, 4, 20), "male", "01"),
        (date(1955, 10, 1), "female", "01"),
    ),
    "elder": ((date(1941, 1, 9), "male", "01"),),
    "saver": (
        (date(1958, 7, 7), "female", "01"),
        (date(1988, 3, 30), "male", "01"),
        (date(1979, 12, 2), "male", "08"),
    ),
    "retired": ((date(1959, 11, 23), "female", "01"),),
}
"""Birth date, sex and kind of certificate, in turn; whoever is not named is a grown-up citizen."""
_UNITS = ("unit", "employer", "host")
_GROWN_UP = ((date(1980, 5, 1), "female", "01"), (date(1976, 10, 18), "male", "01"))


def not_before(at: datetime, day: date | None) -> datetime:
    """The instant, or the morning of a day that has not come by then."""
    return at if day is None or local_day(at) >= day else datetime.combine(day, MORNING)


@dataclass(frozen=True, slots=True)
class Role:
    """Whom the walk would register; once registered, the register says who it is."""

    key: str
    name: str
    number: str
    sex: str
    born_on: date
    phone: str
    kind: str


@dataclass(frozen=True, slots=True)
class UnitRole:
    """An employer to be registered."""

    key: str
    name: str
    code: str


@dataclass(frozen=True, slots=True)
class Memory:
    """What the cast knows beside the registers; given back when a path failed and its rows are gone."""

    clocks: dict[str, datetime] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)


class Cast:
    """The people of one region. ``place`` tells the numbers of regions apart."""

    def __init__(self, region: str, place: int) -> None:
        self.region = region
        self.place = place
        self._numbers = numbers.Numbers(place)
        self._roles: dict[str, Role] = {}
        self._memory = Memory()
        self._letters = count(1)

    def remember(self) -> Memory:
        """What is known now."""
        return Memory(dict(self._memory.clocks), dict(self._memory.rows))

    def recall(self, memory: Memory) -> None:
        """Forget what came after."""
        self._memory = memory

    # Time

    def at(self, *keys: str) -> datetime:
        """When all of these are free."""
        return max((self._memory.clocks.get(key, BEGIN) for key in keys), default=BEGIN)

    def passed(self, keys: tuple[str, ...], now: datetime) -> None:
        """What these were busy with has ended."""
        rested = datetime.combine(local_day(now) + REST, MORNING)
        for key in keys:
            self._memory.clocks[key] = max(rested, self.at(key))

    # People

    def role(self, key: str) -> Role:
        """The invented person of a key; the same whenever asked."""
        if key not in self._roles:
            row, _, turn = key.rpartition("-")
            traits = _TRAITS.get(row, _GROWN_UP)
            born, sex, kind = traits[(int(turn) - 1) % len(traits)]
            if row == "newborn":
                born = local_day(self.at("newborn")) - timedelta(days=20)
            self._roles[key] = self._invented(key, born, sex, kind)
        return self._roles[key]

    def _invented(self, key: str, born: date, sex: str, kind: str) -> Role:
        turn = len(self._roles) + 1
        if kind == "01":
            name, number = (
                names.name_of(self._drawn(key), sex),
                self._numbers.citizen(born, sex),
            )
        else:
            name, number = "WALKER JO", f"E{self.place % 10}{turn:07d}"
        return Role(key, name, number, sex, born, numbers.phone(self.place * 10000 + turn), kind)

    def _drawn(self, key: str) -> Random:
        """The same draw for the same key, so that every walk has the same people."""
        return Random(f"{self.region}:{key}")  # noqa: S311

    def new_number(self, person: Person) -> str:
        """Another number for somebody of the same sex and birth date."""
        return self._numbers.citizen(person.born_on, person.sex)

    def person(self, key: str) -> Person | None:
        """The register's row of the role; none where the region does not know it yet."""
        if (pk := self._memory.rows.get(key)) is not None:
            return Person.objects.get(pk=pk)
        role = self.role(key)
        found = persons.find(self.region, role.kind, role.number)
        if found is not None:
            self._memory.rows[key] = found.pk
        return found

    def said(self, key: str) -> dict[str, str]:
        """What somebody says of oneself: what is registered now, else what would be."""
        role, person = self.role(key), self.person(key)
        paper = persons.document(person) if person is not None else None
        said = {"name": role.name, "id_kind": role.kind, "id_number": role.number, "phone": role.phone}
        if role.kind != "01":
            said |= {"sex": role.sex, "born_on": role.born_on.isoformat()}
        if person is not None and paper is not None:
            said |= {"name": person.name, "id_kind": paper.kind, "id_number": unsealed(paper, "number")}
        return said

    def first(self, row: str, wanted: Callable[[str, Person | None], bool]) -> str:
        """The first of a row who will do; a row never ends."""
        return next(
            key for n in count(1) if wanted(key := f"{row}-{n}", self.person(key))
        )  # pragma: no branch

    def account(self, key: str) -> int:
        """The sign-in of a role, bound to who it is (registry.identity)."""
        role, person = self.role(key), self.person(key)
        pk = self._sign_in(key, role.name)
        identity.bind(
            pk,
            name=role.name,
            source="演练核验",
            at=self.at(key),
            person=person,
            digest=number_digest(role.kind, role.number),
        )
        return pk

    def clerk(self) -> int:
        """The sign-in of whoever acts for units."""
        return self._sign_in("clerk", "演练单位经办人")

    def institution(self) -> str:
        """The designated institution that recognises diseases here, with a doctor of its own."""
        doctor, day = self._sign_in("doctor", "演练医师"), local_day(BEGIN)
        said = {"user_id": doctor, "region": self.region, "role": "institution", "office": "演练医院"}
        return Grant.objects.get_or_create(**said, defaults={"start_on": day})[0].office

    def _sign_in(self, key: str, name: str) -> int:
        user, _ = User.objects.get_or_create(username=f"{self.region}-{key}", defaults={"name": name})
        return user.pk

    # Units

    def unit_role(self, key: str) -> UnitRole:
        """The invented employer of a key; the same whenever asked."""
        row, _, turn = key.rpartition("-")
        code = numbers.credit_code(self.place, _UNITS.index(row), int(turn))
        return UnitRole(key, names.unit_name_of(self._drawn(key), "enterprise"), code)

    def unit(self, key: str) -> Unit | None:
        """The register's row of a unit, struck off or not."""
        code = self.unit_role(key).code
        return Unit.objects.filter(region=self.region, credit_code=code).order_by("-id").first()

    def first_unit(self, wanted: Callable[[str, Unit | None], bool]) -> str:
        return next(key for n in count(1) if wanted(key := f"unit-{n}", self.unit(key)))  # pragma: no branch

    # Letters

    def next_letter(self) -> int:
        """A number for the next letter that comes from elsewhere."""
        return next(self._letters)
