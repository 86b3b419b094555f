"""Counting what is bounded (tries, seconds) in the cache; in production in the database, so that it holds for the house.

Each process of a server has a memory of its own: bounds kept there would be as many as there are processes.
"""

from __future__ import annotations

import base64
import pickle
from contextlib import suppress

from django.core.cache import cache
from django.core.cache.backends.db import DatabaseCache
from django.db import connections, router, transaction


class CountingCache(DatabaseCache):
    """Django's cache in a table. Its own ``incr`` gives a counter five minutes more each time, and of two at once
    it loses one; here it takes turns, and a counter ends when it was to end."""

    _table: str

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """The new count; ValueError where there is no such counter, or its time is over."""
        row, db = (
            self.make_and_validate_key(key, version=version),
            router.db_for_write(self.cache_model_class),
        )
        connection = connections[db]
        table = connection.ops.quote_name(self._table)
        hold = " FOR UPDATE" if connection.features.has_select_for_update else ""
        with transaction.atomic(using=db), connection.cursor() as cursor:
            cursor.execute(f"SELECT 1 FROM {table} WHERE cache_key = %s{hold}", [row])  # noqa: S608
            found = self.get(key, version=version)
            if found is None:
                raise ValueError(f"no counter {key!r}")
            value = base64.b64encode(pickle.dumps(found + delta, self.pickle_protocol)).decode("latin1")
            cursor.execute(f"UPDATE {table} SET value = %s WHERE cache_key = %s", [value, row])  # noqa: S608
        return int(found) + delta


def counted(key: str) -> int:
    """How much was counted and is not forgotten yet."""
    return int(cache.get(key, 0))


def count(key: str, *, seconds: int, by: int = 1) -> None:
    """Count; forgotten so many seconds after the first."""
    if cache.add(key, by, seconds):
        return
    with suppress(ValueError):  # it ended between the two: the next one starts anew
        cache.incr(key, by)
