"""One roster from file to registers and back to a file, in a process of its own: prints seconds and peak memory.

``rosters.py ROWS unit|village``; DATABASE_URL names the database.
"""

from __future__ import annotations

import json
import os
import random
import resource
import sys
import time
from datetime import date, datetime
from pathlib import Path

import django

django.setup()

import xlsxwriter
from django.core.management import call_command
from stdnum.cn import ric

from jingban.core.localtime import SHANGHAI
from jingban.registry import rosters
from jingban.registry.demo.names import name_of
from jingban.registry.models import RosterLine, Unit
from jingban.registry.origin import Origin
from jingban.registry.rosters.columns import columns_of
from jingban.registry.rosters.exporting import export_unit, export_village
from jingban.rulebook.cache import effective_all

AT = datetime(2026, 11, 2, 9, tzinfo=SHANGHAI)
CODE, PLACE = "91999000MA0000009B", "东柳村"


def main() -> None:
    rows, kind = int(sys.argv[1]), sys.argv[2]
    call_command("migrate", verbosity=0)
    region = sorted({item.region for item in effective_all()})[0]
    origin = Origin(region, actor=1, at=AT)
    unit = _unit(region)
    folder = Path(os.environ["JINGBAN_BENCH_WORK"])
    path = folder / f"{kind}-{rows}.xlsx"
    _write(path, region, kind, rows)
    told = {"rows": rows, "kind": kind, "start_mb": _peak()}
    _cpu()
    begun = time.perf_counter()
    roster = rosters.check_file(
        origin, path, kind=kind, holder=unit.credit_code if kind == "unit" else PLACE, name=path.name
    )
    told |= {
        "check_s": time.perf_counter() - begun,
        "check_cpu_s": _cpu(),
        "good": roster.lines_good,
        "bad": roster.lines_bad,
    }
    begun = time.perf_counter()
    rosters.take_lines(origin, roster)
    told |= {"take_s": time.perf_counter() - begun, "take_cpu_s": _cpu()}
    told["done"] = RosterLine.objects.filter(roster=roster, status="done").count()
    told["peak_mb"] = _peak()
    out = folder / "out.xlsx"
    begun = time.perf_counter()
    if kind == "unit":
        export_unit(region, unit, out, AT.date())
    else:
        export_village(region, PLACE, out, date(2027, 1, 1))
    told |= {
        "export_s": time.perf_counter() - begun,
        "export_cpu_s": _cpu(),
        "export_mb": _peak(),
        "bytes": out.stat().st_size,
    }
    print(json.dumps(told), flush=True)


def _unit(region: str) -> Unit:
    return Unit.objects.get_or_create(
        region=region, credit_code=CODE,
        defaults={"name": "演示大厂", "kind": "enterprise", "legal_representative": "演示",
                  "start_on": date(2010, 1, 1), "recorded_at": AT},
    )[0]  # fmt: skip


def _write(path: Path, region: str, kind: str, rows: int) -> None:
    """New people, each once, with everything a line must say; one line in a thousand is wrong."""
    rng = random.Random(rows)
    columns = [
        c for c in columns_of(region, kind) if c.required or c.key in ("phone", "monthly_wage", "address")
    ]
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, [column.titles[0] for column in columns])
        for n in range(rows):
            said = _line(rng, n, kind)
            sheet.write_row(n + 1, 0, [column.label_of(said[column.key]) for column in columns])


def _line(rng: random.Random, n: int, kind: str) -> dict[str, str]:
    born = date.fromordinal(rng.randint(date(1970, 1, 1).toordinal(), date(2000, 12, 31).toordinal()))
    area = 999100 if kind == "unit" else 999200
    body = f"{area + n // 1000}{born:%Y%m%d}{n % 1000:03d}"
    number = body + str(ric.calc_check_digit(body + "0"))
    return {
        "name": name_of(rng, rng.choice(("male", "female"))), "phone": f"100{n:08d}",
        "id_number": number if n % 1000 else number[:17], "from_date": "2026-11-01", "monthly_wage": "5200.00",
        "address": "演示路1号", "resident_kind": "adult", "insured_year": "2027",
    }  # fmt: skip


def _cpu() -> float:
    """Seconds of processor since the last call, of this process and of what it started and that ended: without the
    server's, and whatever else the machine does meanwhile."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    _used.append(sum(one.ru_utime + one.ru_stime for one in both))
    return _used[-1] - _used[-2]


_used = [0.0]


def _peak() -> float:
    """Megabytes; of this process and of the largest that it started."""
    used = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return max(used) / 1024


main()
