"""A pasted roster of 5,000 employees at the unit's page: read, judged line by line, shown; a third known beforehand.

    .venv/bin/python bench/pages/paste.py [LINES]     (alone: a SQLite of its own)

``pasted`` is for ``bench.py``, in whose house the demo's people and sign-ins are.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from datetime import date, datetime
from pathlib import Path
from typing import Any

HOME = Path(__file__).resolve().parents[2]
LIMIT_S, RUNS, KNOWN = 2.0, 5, 3
REGION = "luanzhou"


def pasted(lines: int, work: Path) -> list[Any]:
    """The figure for ``bench.py``, which puts the peer (``rosterpeer.py``) beside it."""
    from million import NOW, REGION, user
    from table import Figure

    from jingban.registry import service as registry

    unit = registry.acting_for(user("unit").pk, NOW.date())[0].unit
    took, size = measured(user("unit"), unit, lines, NOW)
    note = f"page of {size} KB, first {took[0]:.1f} s"
    return [Figure(f"pasted roster of {lines:,} checked ({REGION})", min(took), "s", LIMIT_S, note=note)]


def measured(user: Any, unit: Any, lines: int, now: datetime) -> tuple[list[float], int]:
    """Seconds of each whole answer, and the kilobytes of the last."""
    from django.test import Client

    text = "\n".join(_lines(lines, now.date()))
    _known(unit, text, lines // KNOWN, now)
    client, took = Client(SERVER_NAME="localhost"), []
    client.force_login(user)
    for _ in range(RUNS):
        begun = time.perf_counter()
        answer = client.post(f"/unit/{unit.pk}/changes/add/", {"paste": text, "go": "check"})
        took.append(time.perf_counter() - begun)
        if f"共{lines}人" not in answer.content.decode():
            raise SystemExit(f"the page did not take all lines: status {answer.status_code}")
    return took, len(answer.content) // 1024


def alone(folder: Path, lines: int) -> None:
    """A house with one region's entry and one unit."""
    os.environ.update(
        DJANGO_SETTINGS_MODULE="jingban.settings.dev", JINGBAN_VAR=str(folder), JINGBAN_HOME=str(HOME),
        DATABASE_URL=f"sqlite:///{folder}/bench.sqlite3",
    )  # fmt: skip
    import django

    django.setup()
    from django.core.management import call_command

    from jingban.access.models import User
    from jingban.core.localtime import SHANGHAI
    from jingban.registry import service as registry
    from jingban.registry.models import Unit
    from jingban.rulebook import publish
    from jingban.rulebook.cache import effective_item

    now = datetime.now(SHANGHAI)
    for alias in ("default", "audit"):
        call_command("migrate", database=alias, verbosity=0)
    publish.publish([effective_item(REGION, "agency", "employee-enrolment")], now=now)
    unit = Unit.objects.create(
        region=REGION, credit_code="91999000MA0000009B", name="试验有限公司", kind="enterprise",
        legal_representative="试某", start_on=date(2010, 1, 1), recorded_at=now,
    )  # fmt: skip
    user = User.objects.create_user("bench")
    registry.name_operator(registry.Origin(REGION, 1, now), unit, user.pk)
    took, size = measured(user, unit, lines, now)
    print(
        f"{lines} lines: first {took[0]:.2f} s, best of {RUNS} {min(took):.2f} s, page {size} KB, limit {LIMIT_S} s"
    )
    sys.exit(0 if min(took) < LIMIT_S else 1)


def _lines(lines: int, day: date) -> list[str]:
    """Name, number, day, wage, telephone; every fiftieth number lacks its end."""
    from stdnum.cn import ric

    draw, found = random.Random(7), []
    for n in range(lines):
        above, serial = divmod(n, 500)
        born = f"{draw.randint(1970, 2000)}0{draw.randint(1, 9)}1{draw.randint(0, 8)}"
        body = f"{999000 + above}{born}{serial * 2:03d}"
        number = body + str(ric.calc_check_digit(body + "0"))
        name = f"试{'安宁和平春夏秋冬'[n % 8]}{'东南西北山川江河'[n // 8 % 8]}"
        wage, phone = draw.randint(3000, 20000), f"1301234{n % 10000:04d}"
        found.append(f"{name}\t{number if n % 50 else number[:-2]}\t{day.isoformat()}\t{wage}\t{phone}")
    return found


def _known(unit: Any, text: str, most: int, now: datetime) -> None:
    """Some of them were employees of the unit before, so that the register is asked in earnest."""
    from django.db import transaction

    from jingban.registry import bulk
    from jingban.registry import service as registry
    from jingban.registry.models.enrolments import Kind
    from jingban.registry.persons import Newcomer

    cells = [line.split("\t") for line in text.split("\n")]
    origin = registry.Origin(unit.region, 1, now)
    new = [Newcomer(name=c[0], number=c[1]) for c in cells if len(c[1]) == 18][:most]
    start, end = date(2020, 1, 1), date(2020, 12, 31)
    with transaction.atomic():
        people = bulk.register(origin, new)
        spells = [
            bulk.Enrolling(p, registry.Insurance.EMPLOYEE, Kind.EMPLOYEE, start, start, end_on=end, unit=unit)
            for p in people
        ]
        bulk.enrol(origin, spells)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as work:
        alone(Path(work), int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
