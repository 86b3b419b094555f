"""What a page asks of the databases, the audit's included; where a transaction begins and ends is no question."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

MARKS = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


def statements(client: Client, address: str, **headers: str) -> list[str]:
    """The statements of one request, after one that does not count (versions, words and charts stay in memory)."""
    assert client.get(address, headers=headers).status_code == 200
    with ExitStack() as stack:
        watched: list[Any] = [
            stack.enter_context(CaptureQueriesContext(connections[alias])) for alias in connections
        ]
        answer = client.get(address, headers=headers)
    assert answer.status_code == 200, answer.content.decode()
    asked = [one["sql"] for each in watched for one in each.captured_queries]
    return [sql for sql in asked if not sql.startswith(MARKS)]
