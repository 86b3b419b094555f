"""What a desk asks, among everybody: the same questions on a server just started with nothing in memory, and again."""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import crowd
import psycopg
from django.db import connection

from jingban.registry import search
from jingban.registry.models import IdentityDocument, Person, Unit
from jingban.registry.sealing import unsealed

Question = Callable[[], object]


def questions(each: int, seed: int) -> dict[str, list[Question]]:
    """So many of each kind, about people and units drawn at random."""
    rng = random.Random(seed)
    region, day = crowd.REGION, crowd.DAY
    last = Person.objects.order_by("-pk").values_list("pk", flat=True)[0]
    people = [rng.randint(1, last) for _ in range(each)]
    who = Person.objects.in_bulk(people)
    numbers = {d.person_id: unsealed(d, "number") for d in IdentityDocument.objects.filter(person__in=people)}
    names = [who[pk].name for pk in people]
    letters = [who[pk].initials for pk in people]
    units = list(Unit.objects.filter(pk__in={crowd._unit_of(rng) for _ in range(each * 4)})[:each])
    days = [day - timedelta(days=rng.randrange(1500)) for _ in range(each)]
    places = [f"第{rng.randrange(crowd.PLACES):04d}村" for _ in range(each)]
    return {
        "number": [lambda n=numbers[pk]: search.search(region, n, day=day) for pk in people],
        "name, whole": [lambda n=n: search.search(region, n, day=day) for n in names],
        "name, first two signs": [lambda n=n: search.search(region, n[:2], day=day) for n in names],
        "surname alone": [lambda n=n: search.search(region, n[0], day=day) for n in names],
        "name, a later page": [_later(n[:1], rng) for n in names],
        "initials": [lambda n=n: search.search(region, n, day=day) for n in letters],
        "first two initials": [lambda n=n: search.search(region, n[:2], day=day) for n in letters],
        "unit by code, its people": [
            lambda u=u: search.by_unit(region, u.credit_code, day=day) for u in units
        ],
        "unit by name, its people": [lambda u=u: search.by_unit(region, u.name, day=day) for u in units],
        "units by the beginning": [lambda u=u: search.by_unit(region, u.name[:4], day=day) for u in units],
        "people of the village": [lambda p=p: search.by_place(region, p, day=day) for p in places],
        "as of a day": [lambda pk=pk, d=d: search.as_of(pk, d) for pk, d in zip(people, days, strict=True)],
    }


def _later(surname: str, rng: random.Random) -> Question:
    """The page after somebody in the middle of all of that surname."""
    name = surname + rng.choice("伟强军勇秀兰英梅")
    return lambda: search.by_name(
        crowd.REGION, surname, day=crowd.DAY, after=f"name:{rng.randrange(10**6)}:{name}"
    )


def timed(asked: dict[str, list[Question]], seed: int) -> dict[str, dict[str, float]]:
    """Milliseconds of each kind, asked in turn in an order at random, so that no kind warms up for itself."""
    turns = [(kind, question) for kind, all_of_it in asked.items() for question in all_of_it]
    random.Random(seed).shuffle(turns)
    took: dict[str, list[float]] = {kind: [] for kind in asked}
    for kind, question in turns:
        begun = time.perf_counter()
        question()
        took[kind].append((time.perf_counter() - begun) * 1000)
    return {kind: summary(times) for kind, times in took.items()}


def raw(asked: dict[str, list[Question]]) -> dict[str, list[Question]]:
    """The statements that these questions send, prepared, by psycopg alone: no unsealing, no masking, no models."""
    given = connection.get_connection_params()
    bare = psycopg.connect(**{name: given[name] for name in ("host", "user", "dbname") if name in given})
    bare.autocommit = True
    cursor = bare.cursor()

    def again(statements: list[tuple[str, Any]]) -> Question:
        return lambda: [cursor.execute(sql, values, prepare=True).fetchall() for sql, values in statements]

    return {
        kind: [again(_statements(question)) for question in all_of_it] for kind, all_of_it in asked.items()
    }


def _statements(question: Question) -> list[tuple[str, Any]]:
    seen: list[tuple[str, Any]] = []

    def note(execute: Callable[..., Any], sql: str, values: Any, *rest: Any) -> Any:
        seen.append((sql, values))
        return execute(sql, values, *rest)

    with connection.execute_wrapper(note):
        question()
    return seen


def summary(times: list[float]) -> dict[str, float]:
    ranked = sorted(times)
    at = lambda share: ranked[min(len(ranked) - 1, int(share * len(ranked)))]  # noqa: E731
    return {"p50": at(0.5), "p95": at(0.95), "max": ranked[-1], "count": len(ranked)}


def go_cold() -> None:
    """Restart the server and have the system forget its files. What the connection prepares is not measured."""
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute("SHOW data_directory")
        data = Path(cursor.fetchone()[0])
    connection.close()
    server = Path(f"/proc/{(data / 'postmaster.pid').read_text().split()[0]}/exe").resolve().parent
    owner = data.owner()
    lent = ["runuser", "-u", owner, "--"] if os.geteuid() == 0 and owner != "root" else []
    subprocess.run(
        [*lent, server / "pg_ctl", "-D", data, "-w", "-m", "fast", "-l", data.parent / "log", "restart"],
        check=True, cwd=data.parent, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    os.sync()
    for path in (data / "base").rglob("*"):
        if path.is_file():
            handle = os.open(path, os.O_RDONLY)
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(handle)
    connection.ensure_connection()
