"""One installation's hands: reads orders as lines of JSON, does them in its own environment, answers in JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from jingban.core.boot import boot

boot()

from jingban.cases.models import CaseEvent  # noqa: E402
from jingban.cases.view import read  # noqa: E402
from jingban.core.localtime import SHANGHAI  # noqa: E402
from jingban.exchange import transport  # noqa: E402
from jingban.exchange.models import Letter  # noqa: E402
from jingban.exchange.service import deliver  # noqa: E402
from tests.exchange import scene  # noqa: E402


def _now() -> datetime:
    return datetime.now(SHANGHAI)


def _day(text: str) -> date:
    return date.fromisoformat(text)


def settle(region: str, n: int, start_on: str, balance: str, **spells: list[str]) -> dict[str, Any]:
    days = {name: (_day(first), _day(last)) for name, (first, last) in spells.items()}
    person = scene.settle(region, n, now=_now(), start_on=_day(start_on), balance=balance, **days)
    return {"person": person.pk}


def stop(region: str, n: int, last_day: str) -> dict[str, Any]:
    scene.stop(region, n, now=_now(), last_day=_day(last_day))
    return {}


def standing(region: str, n: int) -> dict[str, Any]:
    paid, deemed, balance = scene.standing(region, n)
    return {"paid": paid, "deemed": deemed, "balance": balance}


def apply(region: str, n: int, come_from: str) -> dict[str, Any]:
    return _shown(scene.apply(region, n, come_from=come_from, now=_now()).id)


def act(case: int, name: str, **data: Any) -> dict[str, Any]:
    return _shown(scene.act(case, name, now=_now(), **data).id)


def bank_pays(case: int) -> dict[str, Any]:
    return _shown(scene.bank_pays(read(case)[0], now=_now()).id)


def answer_case(region: str) -> dict[str, Any]:
    return _shown(scene.answer_case(region).id)


def case(case: int) -> dict[str, Any]:
    return _shown(case)


def send() -> dict[str, Any]:
    """Deliver, every letter twice: the second must be answered like the first and change nothing."""

    def twice(url: str, envelope: Mapping[str, Any]) -> dict[str, Any]:
        answers = [transport.post(url, envelope) for _ in range(2)]
        said = [{name: answer[name] for name in ("uuid", "state", "words")} for answer in answers]
        assert said[0] == said[1], said
        return answers[1]

    done = deliver(now=_now(), by=twice, at_once=True)
    return {"composed": done.composed, "sent": done.sent, "failed": done.failed}


def letters() -> dict[str, Any]:
    rows = Letter.objects.order_by("id").values_list("direction", "kind", "state", "tries", "words")
    heard = CaseEvent.objects.filter(act="receive").count()
    return {"letters": [list(row) for row in rows], "received": heard}


def _shown(case_id: int) -> dict[str, Any]:
    view = read(case_id)[0]
    clocks = scene.clocks(view, _now().date())
    return {
        "id": view.id,
        "step": view.step,
        "outcome": view.outcome,
        "process": view.process,
        "clocks": clocks,
    }


ORDERS = {
    f.__name__: f for f in (settle, stop, standing, apply, act, bank_pays, answer_case, case, send, letters)
}

for line in sys.stdin:
    order = json.loads(line)
    try:
        reply = {"done": ORDERS[order.pop("do")](**order)}
    except Exception as error:  # noqa: BLE001  the test reads it
        reply = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(reply, ensure_ascii=False), flush=True)
