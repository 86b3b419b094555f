"""Fills the registers with very many people: distinct numbers, names as common as names are, spells and units.

By COPY, without the indexes and guards, which are put back afterwards and asked for by ``doctor``. What is written
is what the registers themselves would write: sealed columns by the project's keys, blind indexes, initials.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from multiprocessing import get_context
from typing import Any

from django.apps import apps
from django.db import connection, connections, models
from stdnum.cn import ric, uscc

from jingban.registry import guards
from jingban.registry.demo.names import HER, HIS, SURNAMES
from jingban.registry.guards_rules import SLOTTED
from jingban.registry.models import Person
from jingban.registry.rules.initials import initials
from jingban.registry.sealing import number_digest, sealed

REGION, DAY = "bench", date(2026, 11, 1)
CHUNK, PLACES, UNITS = 50_000, 3_000, 60_000
TABLES = ("registry_person", "registry_identitydocument", "registry_enrolment", "registry_unit")
AT = "2026-01-01 00:00:00+00"
_BLANK = {models.BooleanField: "f", models.BigIntegerField: "0", models.JSONField: "[]"}
COMMON = (7.2, 7.0, 6.8, 5.4, 4.6, 3.1, 2.3, 2.2, 2.0, 1.9)
"""Percent of people with the ten most common surnames; the others share the rest, the later the fewer."""


def people() -> int:
    """How many there are: they are numbered from one on."""
    return Person.objects.aggregate(last=models.Max("pk"))["last"] or 0


def fill(persons: int, say: Callable[[str], None] = print) -> dict[str, float]:
    """So many people in one region, their documents and spells, and the units; the seconds of each part."""
    begun, took = time.perf_counter(), {}

    def done(what: str) -> None:
        took[what] = time.perf_counter() - begun - sum(took.values())
        say(f"{what}: {took[what]:.0f} s")

    columns = {table: _columns(table) for table in TABLES}
    later = _take_away()
    _copy("registry_unit", columns["registry_unit"], _units())
    chunks = [(n, min(CHUNK, persons - n * CHUNK)) for n in range(-(-persons // CHUNK))]
    connections.close_all()
    with get_context("fork").Pool(os.cpu_count() or 1) as pool:
        for _ in pool.imap_unordered(_chunk, [(n, size, columns) for n, size in chunks]):
            pass
    done("rows")
    _put_back(later)
    done("indexes")
    guards.ensure_guards()
    done("what refuses overlaps")
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
            )
        cursor.execute("VACUUM ANALYZE")
    done("vacuum")
    assert guards.doctor() == [], guards.doctor()
    return took


def _take_away() -> list[str]:
    """Indexes, foreign keys and guards of the big tables; gives back how to make them again."""
    guards.drop_guards()
    again: list[str] = []
    with connection.cursor() as cursor:
        for table in SLOTTED:
            cursor.execute(f"ALTER TABLE registry_{table} DROP CONSTRAINT registry_{table}_overlap")
        cursor.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s)",
            [list(TABLES)],
        )
        for table, name, text in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
            again.append(f"ALTER TABLE {table} ADD CONSTRAINT {name} {text}")
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) "
            "AND indexname NOT IN (SELECT conname FROM pg_constraint)",
            [list(TABLES)],
        )
        found = cursor.fetchall()
        for name, _ in found:
            cursor.execute(f"DROP INDEX {name}")
    return [*(text for _, text in found), *again]


def _put_back(statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _columns(table: str) -> dict[str, str]:
    """Each column with what stands there where a row says nothing."""
    model = apps.get_model("registry", table.removeprefix("registry_"))
    fields = model._meta.concrete_fields
    return {field.column: "\\N" if field.null else _BLANK.get(type(field), "") for field in fields}


def _copy(table: str, columns: dict[str, str], rows: Iterator[dict[str, Any]]) -> None:
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        lines = []
        for row in rows:
            lines.append("\t".join(str(row.get(name, blank)) for name, blank in columns.items()) + "\n")
            if len(lines) == 2_000:
                copy.write("".join(lines))
                lines.clear()
        copy.write("".join(lines))


def _chunk(what: tuple[int, int, dict[str, dict[str, str]]]) -> None:
    number, size, columns = what
    rng = random.Random(number)
    people = [_person(rng, number * CHUNK + n + 1) for n in range(size)]
    _copy("registry_person", columns["registry_person"], iter(people))
    _copy("registry_identitydocument", columns["registry_identitydocument"], _documents(number, people))
    _copy("registry_enrolment", columns["registry_enrolment"], _spells(rng, people))


def _person(rng: random.Random, pk: int) -> dict[str, Any]:
    sex = rng.choice(("male", "female"))
    born = DAY - timedelta(days=int(rng.triangular(0, 95 * 365, 40 * 365)))
    name = _name(rng, sex)
    said = {
        "id": pk, "region": REGION, "name": name, "initials": "".join(map(_initial, name)), "sex": sex,
        "born_on": born, "recorded_at": AT, "place": f"第{rng.randrange(PLACES):04d}村" if rng.random() < 0.7 else "",
        "phone": _hex(sealed(REGION, "person.phone", f"100{pk % 10**8:08d}")),
    }  # fmt: skip
    if rng.random() < 0.02:
        said["died_on"] = min(DAY, born + timedelta(days=rng.randrange(40 * 365)))
    return said


def _documents(chunk: int, people: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """An area code of its own for each chunk, and a sequence for each day: no number comes twice."""
    given: Counter[tuple[date, str]] = Counter()
    for person in people:
        key = (person["born_on"], person["sex"])
        given[key] += 1
        body = f"{999000 + chunk}{person['born_on']:%Y%m%d}{2 * given[key] + (person['sex'] == 'male'):03d}"
        number = body + str(ric.calc_check_digit(body + "0"))
        yield {
            **_origin(person["id"]), "id": person["id"], "person_id": person["id"], "kind": "01",
            "start_on": "2026-01-01", "number": _hex(sealed(REGION, "identitydocument.number", number)),
            "digest": _hex(number_digest("01", number)),
        }  # fmt: skip


def _spells(rng: random.Random, people: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """A quarter are employees in one or two spells, most of the others residents year by year."""
    for person in people:
        pk, age, drawn = person["id"], (DAY - person["born_on"]).days // 365, rng.random()
        row = {**_origin(pk), "person_id": pk, "standing": "1", "end_reason": "", "aided": "f"}
        if "died_on" in person or drawn < 0.08:
            continue
        if drawn < 0.33 and 20 <= age < 60:
            changed = DAY - timedelta(days=rng.randrange(60, 3000))
            work = {**row, "insurance": "310", "kind": "1101", "wage_fen": 500_000}
            if rng.random() < 0.6:
                begun = changed - timedelta(days=rng.randrange(100, 2000))
                yield {**work, "id": pk * 3, "unit_id": _unit_of(rng), "start_on": begun,
                       "end_on": changed - timedelta(days=1), "benefit_from": begun}  # fmt: skip
            yield {
                **work,
                "id": pk * 3 + 1,
                "unit_id": _unit_of(rng),
                "start_on": changed,
                "benefit_from": changed,
            }
        else:
            kind = "1402" if age < 6 else "1403" if age < 18 else "1501" if age < 60 else "1601"
            for turn, year in enumerate((2025, 2026)):
                if person["born_on"].year <= year:
                    first = max(person["born_on"], date(year, 1, 1))
                    yield {**row, "id": pk * 3 + turn, "insurance": "390", "kind": kind, "start_on": first,
                           "end_on": date(year, 12, 31), "benefit_from": first}  # fmt: skip


def _units() -> Iterator[dict[str, Any]]:
    places, words = "柳杏槐桑石沙泉河岭湾", "晨启衡润拓锐恒悦宏远"
    trades = ("机械", "纺织", "食品", "建材", "运输", "商贸", "电子", "农机")
    for n in range(1, UNITS + 1):
        body = f"91999000MA{n:07d}"
        name = f"演示{places[n % 10]}{words[n // 10 % 10]}{trades[n // 100 % 8]}{n}号有限公司"
        yield {
            "id": n, "region": REGION, "credit_code": body + str(uscc.calc_check_digit(body)),
            "name": name,
            "kind": "enterprise", "status": "1", "legal_representative": "演示", "address": "", "phone": "",
            "contact": "", "start_on": "2010-01-01", "recorded_at": AT,
        }  # fmt: skip


def _unit_of(rng: random.Random) -> int:
    """Few units are big: the first has about twenty thousand people when there are five million."""
    return min(UNITS, int(rng.paretovariate(0.35)))


def _origin(pk: int) -> dict[str, Any]:
    return {"region": REGION, "slot": 0, "source": "declared", "actor": 1, "recorded_at": AT}


def _name(rng: random.Random, sex: str) -> str:
    surnames, weights = _surnames()
    given = HER if sex == "female" else HIS
    own = rng.choices(given, cum_weights=_falling(len(given)), k=1 if rng.random() < 0.2 else 2)
    return rng.choices(surnames, cum_weights=weights)[0] + "".join(own)


@cache
def _surnames() -> tuple[str, list[float]]:
    rest = len(SURNAMES) - len(COMMON)
    tail = [1 / (n + 3) for n in range(rest)]
    share = (100 - sum(COMMON)) / sum(tail)
    return SURNAMES, list(accumulate([*COMMON, *(weight * share for weight in tail)]))


@cache
def _falling(length: int) -> list[float]:
    return list(accumulate(1 / (n + 4) for n in range(length)))


@cache
def _initial(sign: str) -> str:
    return initials(sign)


def _hex(token: bytes | None) -> str:
    return "\\\\x" + (token or b"").hex()
