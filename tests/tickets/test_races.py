"""A clerk presses twice at once: one number is called, not two."""

from __future__ import annotations

from datetime import datetime
from threading import Barrier, Thread

import pytest
from django.db import connections

from jingban.access.models import User
from jingban.core.localtime import SHANGHAI
from jingban.tickets import service as tickets

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=SHANGHAI)
TIMES = 5


@pytest.mark.parametrize("attempt", range(TIMES))
def test_the_first_call_of_the_day_pressed_twice_calls_one(attempt: int) -> None:
    clerk = User.objects.create_user("clerk")
    for _ in range(4):
        tickets.take(region="r", hall="h", now=NOW)
    ready, called, wrong = Barrier(2), list[str](), list[BaseException]()

    def press() -> None:
        try:
            ready.wait()
            found = tickets.call_next(region="r", hall="h", window="1", actor=clerk.pk, now=NOW, seen=None)
            called.append(str(found))
        except BaseException as error:  # noqa: BLE001  told to the test's own thread
            wrong.append(error)
        finally:
            connections.close_all()

    threads = [Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert called == ["A001", "A001"]
    assert tickets.waiting("r", "h", NOW.date()) == 3
