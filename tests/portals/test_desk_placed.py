"""Who has only the cases of some places finds them by place among all, and sees no others."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from jingban.access.models import Entrustment, Grant, User
from jingban.cases.models import Case
from jingban.rulebook.cache import effective_all
from jingban.rulebook.effective import EffectiveItem
from tests.portals.conftest import NOW, hand_in, published, signed_in

REGION = "qinhuangdao"


@pytest.fixture
def one(db: None) -> Case:
    """A case that villages and townships take part in."""
    item = of_villages()
    published(item)
    return Case.objects.get(number=hand_in(signed_in(User.objects.create_user("wang")), item))


def of_villages() -> EffectiveItem:
    return next(
        i for i in effective_all()
        if i.region == REGION and i.tier == "grassroots" and i.subject == "person" and not i.facts_asked
        and {"village", "township"} <= i.process.parties
    )  # fmt: skip


def placed(like: Case, place: str, count: int, **changes: object) -> list[str]:
    """So many more cases of a place."""
    numbers = [f"{place or '无'}-{uuid4().hex[:8]}" for _ in range(count)]
    rows, whole = [], Case.objects.get(pk=like.pk)
    for number in numbers:
        row = copy(whole)
        row.pk, row.number, row.state = None, number, {**row.state, "place": place}
        for name, value in changes.items():
            setattr(row, name, value)
        rows.append(row)
    Case.objects.bulk_create(rows)
    return numbers


def worker(name: str, *roles: tuple[str, str, str]) -> Client:
    user = User.objects.create_user(name)
    for region, role, office in roles:
        Grant.objects.create(user=user, region=region, role=role, office=office, start_on="2026-01-01")
    return signed_in(user)


def seen(client: Client, numbers: list[str]) -> set[str]:
    page = client.get("/desk/?tab=all").content.decode()
    return {number for number in numbers if number in page}


def entrusted(village: str, township: str) -> None:
    Entrustment.objects.create(
        region=REGION, village=village, township=township, items=[], start_on="2026-01-01"
    )


def test_the_column_says_what_the_state_says(one: Case) -> None:
    (number,) = placed(one, "甲镇甲村", 1)
    found = Case.objects.get(number=number)
    assert found.place == "甲镇甲村"
    found.state = {**found.state, "place": ""}
    found.save(update_fields=["state"])
    assert Case.objects.values_list("place", flat=True).get(number=number) is None
    found.state = {**found.state, "place": "长" * 200}
    found.save(update_fields=["state"])
    assert Case.objects.values_list("place", flat=True).get(number=number) == "长" * 64


def test_each_sees_the_cases_of_the_own_places(one: Case) -> None:
    entrusted("乙村", "甲镇")
    kept = {place: placed(one, place, 1) for place in ("甲镇", "甲镇甲村", "乙村", "丙镇丙村", "")}
    numbers = [number for found in kept.values() for number in found]

    def of(*places: str) -> set[str]:
        return {number for place in places for number in kept[place]}

    assert seen(worker("village", (REGION, "village", "甲镇甲村")), numbers) == of("甲镇甲村")
    assert seen(worker("two", (REGION, "village", "甲镇甲村"), (REGION, "village", "乙村")), numbers) == of(
        "甲镇甲村", "乙村"
    )
    assert seen(worker("town", (REGION, "township", "甲镇")), numbers) == of("甲镇", "甲镇甲村", "乙村")
    assert seen(worker("all", (REGION, "township", "")), numbers) == set(numbers)


def test_a_bound_in_one_region_binds_in_no_other(one: Case) -> None:
    """A village worker here who is a clerk elsewhere: two ways of asking, one page, and each tab counts both."""
    window = next(
        i for i in effective_all()
        if i.region == "puyang" and i.process.process == "standard" and i.subject == "person" and not i.facts_asked
    )  # fmt: skip
    published(window)
    there = hand_in(signed_in(User.objects.create_user("li")), window)
    mine, theirs = placed(one, "甲村", 1), placed(one, "乙村", 1)
    both = worker("both", (REGION, "village", "甲村"), ("puyang", "window", ""))
    assert seen(both, [*mine, *theirs, there]) == {*mine, there}
    assert '<b class="num">2</b>' in both.get("/desk/?tab=all").content.decode()
    lost = worker("lost", (REGION, "institution", ""), ("puyang", "window", ""))
    assert seen(lost, [*mine, *theirs, there]) == {there}


@dataclass
class Plans:
    """The plans of what is asked about cases."""

    told: list[str]

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "LATERAL" in sql:
            with connection.cursor() as cursor:
                cursor.cursor.execute(f"EXPLAIN {sql}", params)
                self.told.append("\n".join(str(row[0]) for row in cursor.cursor.fetchall()))
        return execute(sql, params, many, context)


@pytest.mark.postgres
@pytest.mark.parametrize("role", [("village", "甲镇甲村"), ("township", "甲镇")], ids=lambda r: r[0])
def test_the_own_cases_are_an_indexed_read_among_all(one: Case, role: tuple[str, str]) -> None:
    """Seconds at a million cases before: every case of the queue was read for the place in its state."""
    for place in ("甲镇甲村", "甲镇乙村", "甲医院"):
        placed(one, place, 2)
    for n in range(80):  # late, due today, in two days, later
        placed(one, f"别镇{n}村", 100, due_on=NOW.date() + timedelta(days=(-3, 0, 1, 9)[n % 4]))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE cases_case")
    client = worker("own", (REGION, *role))
    told = Plans([])
    with connection.execute_wrapper(told):
        assert client.get("/desk/?tab=all").status_code == 200
    assert len(told.told) >= 2, "the rows and the tabs"
    for plan in told.told:
        scans = [line for line in plan.splitlines() if " Scan " in line and "Function" not in line]
        assert scans
        assert all("case_place" in line or "Bitmap Heap Scan on cases_case" in line for line in scans), plan
