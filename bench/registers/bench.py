"""All measurements in one run (``bench/registers/run``): prints tables, writes JSON beside it."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import django

django.setup()

import crowd
import measure
import searches
from django.core.management import call_command
from django.db import connection

from jingban.core.localtime import SHANGHAI

HERE, WORK = Path(__file__).parent, Path(os.environ["JINGBAN_BENCH_WORK"])
PARTS = ("search", "rosters", "rosters-sqlite")
LIMITS = {"search_ms": 30, "as_of_ms": 5, "import_s": {"postgresql": 60, "sqlite": 90}, "export_s": 15}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--persons", type=int, default=5_000_000)
    parser.add_argument("--each", type=int, default=250, help="questions of each kind")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--only", action="append", choices=PARTS)
    wanted = parser.parse_args()
    parts = wanted.only or PARTS
    results: dict[str, Any] = {"conditions": conditions(), "limits": LIMITS}
    if "rosters" in parts:
        results["rosters"] = rosters(wanted.rows, _database("{}"))
        _report_rosters("PostgreSQL", results["rosters"], LIMITS["import_s"]["postgresql"])
    if "rosters-sqlite" in parts:
        results["rosters-sqlite"] = rosters(wanted.rows, f"sqlite:///{WORK}/{{}}.sqlite3")
        _report_rosters("SQLite", results["rosters-sqlite"], LIMITS["import_s"]["sqlite"])
    if "search" in parts:
        results["search"] = search(wanted.persons, wanted.each)
        _report_search(results["search"])
    path = HERE / f"result-{datetime.now(SHANGHAI):%Y-%m-%d}.json"
    path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(f"\n{path}")


def conditions() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        server = cursor.fetchone()[0]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "at": datetime.now(SHANGHAI).isoformat(timespec="minutes"),
        "processors": os.cpu_count(), "memory_gib": round(memory), "python": platform.python_version(),
        "django": django.get_version(), "postgresql": server,
    }  # fmt: skip


def search(persons: int, each: int) -> dict[str, Any]:
    """Fill one region, so that nothing is easier by being spread; ask cold, the same again, then others."""
    call_command("migrate", verbosity=0)
    begun = time.perf_counter()
    say(f"filling {persons:,} people")
    crowd.fill(persons, say)
    told: dict[str, Any] = {"persons": persons, "fill_s": time.perf_counter() - begun, "sizes_mb": sizes()}
    first, second = searches.questions(each, 1), searches.questions(each, 2)
    say("asking, cold")
    searches.go_cold()
    machine = measure.Machine(_postmaster())
    machine.wait_until_quiet()
    before = machine.snapshot()
    told["cold"] = searches.timed(first, 1)
    say("asking the same again, then others")
    told["again"] = searches.timed(first, 2)
    told["others"] = searches.timed(second, 3)
    told["foreign"] = machine.since(before, 1)["foreign"]
    return told


def sizes() -> dict[str, float]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, pg_total_relation_size(c.oid) / 1048576.0 FROM pg_class c WHERE c.relname = ANY(%s)",
            [list(crowd.TABLES)],
        )
        found = dict(cursor.fetchall())
        cursor.execute("SELECT pg_relation_size('registry_enrolment_overlap') / 1048576.0")
        return {name: round(float(size)) for name, size in found.items()} | {
            "registry_enrolment_overlap": round(float(cursor.fetchone()[0]))
        }


def rosters(rows: int, url: str) -> list[dict[str, Any]]:
    """A tenth of the rows first: what memory grows by with ten times as many is the test of its flatness."""
    told = []
    for kind in ("unit", "village"):
        for size in (rows // 10, rows):
            say(f"{kind} roster of {size:,}")
            name = f"rosters_{kind}_{size}"
            if url.startswith("postgres"):
                with connection.cursor() as cursor:
                    cursor.execute(f"CREATE DATABASE {name}")
            environment = {**os.environ, "DATABASE_URL": url.format(name)}
            done = subprocess.run(
                [sys.executable, str(HERE / "rosters.py"), str(size), kind],
                env=environment, stdout=subprocess.PIPE, text=True, check=True,
            )  # fmt: skip
            told.append(json.loads(done.stdout.splitlines()[-1]))
    return told


def _database(name: str) -> str:
    """Another database of the same server."""
    return f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{name}"


def _report_search(told: dict[str, Any]) -> None:
    print(f"\n{told['persons']:,} people, filled in {told['fill_s']:.0f} s, MB: {told['sizes_mb']}")
    print(f"others used {told['foreign']:.0%} of the processors; ms p50 / p95 / max")
    heads = {"cold": "cold", "again": "the same again", "others": "others, warm"}
    print(f"{'':27}" + "".join(f"{head:>26}" for head in heads.values()) + "   limit")
    for kind in told["cold"]:
        cells = [told[run][kind] for run in heads]
        shown = "".join(map(_cell, cells))
        print(f"{kind:27}{shown}   {LIMITS['as_of_ms' if kind.startswith('as of') else 'search_ms']}")


def _cell(found: dict[str, float]) -> str:
    text = " / ".join(f"{found[key]:.2f}" for key in ("p50", "p95", "max"))
    return f"{text:>26}"


def _report_rosters(server: str, told: list[dict[str, Any]], limit: int) -> None:
    print(f"\nrosters on {server}: limit {limit} s to check and take, {LIMITS['export_s']} s to export")
    for run in told:
        print(
            f"  {run['kind']:8}{run['rows']:8,} rows: check {run['check_s']:.1f} s + take {run['take_s']:.1f} s = "
            f"{run['check_s'] + run['take_s']:.1f} s, peak {run['peak_mb']:.0f} MB (at start {run['start_mb']:.0f}); "
            f"export {run['export_s']:.1f} s, peak {run['export_mb']:.0f} MB; {run['done']} taken, {run['bad']} wrong"
        )


def _postmaster() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_read_file('postmaster.pid')")
        return int(cursor.fetchone()[0].split()[0])


def say(what: str) -> None:
    """Progress, apart from the result."""
    print(f"[{time.time() - STARTED:4.0f} s] {what}", file=sys.stderr, flush=True)


STARTED = time.time()

if __name__ == "__main__":
    main()
