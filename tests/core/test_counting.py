"""Counts that hold for all processes of a server, and end when they were to end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection

from jingban.core.counting import count, counted

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_the_database(settings: Any) -> Iterator[None]:
    settings.CACHES = {
        "default": {"BACKEND": "jingban.core.counting.CountingCache", "LOCATION": "jingban_cache"}
    }
    call_command("createcachetable", verbosity=0)
    yield
    cache.clear()


def ends(key: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT expires FROM jingban_cache WHERE cache_key = %s", [f":1:{key}"])
        return cursor.fetchone()[0]


def test_counting_goes_on_and_does_not_put_the_end_off() -> None:
    count("tries", seconds=86_400)
    first = ends("tries")
    count("tries", seconds=5)
    count("tries", seconds=5, by=3)
    assert counted("tries") == 5
    assert ends("tries") == first


def test_what_ended_is_forgotten() -> None:
    count("tries", seconds=86_400)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE jingban_cache SET expires = %s", ["2020-01-01 00:00:00"])
    assert counted("tries") == 0
    with pytest.raises(ValueError, match="tries"):
        cache.incr("tries")
    count("tries", seconds=60)
    assert counted("tries") == 1
