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
from jingban.registry import guards

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
    told: dict[str, Any] = {"persons": persons, "filling_s": filling(persons), "sizes_mb": sizes()}
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
    say("the bare statements of the first")
    told["raw"] = searches.timed(searches.raw(first), 2)
    told["foreign"] = machine.since(before, 1)["foreign"]
    return told


def filling(persons: int) -> dict[str, float]:
    """Seconds of each part; none where a kept server has the people already, guards and all."""
    if crowd.people() == persons and guards.doctor() == []:
        return {}
    say(f"filling {persons:,} people")
    return crowd.fill(persons, say)


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
    """A tenth of the rows first: what memory grows by with ten times as many is the test of its flatness.

    At the end the peer takes the largest roster of employees, in the same run.
    """
    machine = measure.Machine(_postmaster())
    told = [
        _roster(machine, url, f"rosters_{kind}_{size}", sys.executable, "rosters.py", str(size), kind)
        for kind in ("unit", "village")
        for size in (rows // 10, rows)
    ]
    file = str(WORK / f"unit-{rows}.xlsx")
    python, contest = os.environ["IMPORTEXPORT_PYTHON"], "importexport/contest_importexport.py"
    told.append(
        {"kind": "peer", "rows": rows, **_roster(machine, url, f"rosters_peer_{rows}", python, contest, file)}
    )
    return told


def _roster(
    machine: measure.Machine, url: str, name: str, python: str, script: str, *arguments: str
) -> dict[str, Any]:
    """One roster in a process and a database of its own, and the share of the machine that others used."""
    say(name)
    if url.startswith("postgres"):
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name}")
            cursor.execute(f"CREATE DATABASE {name}")
    machine.wait_until_quiet()
    before = machine.snapshot()
    environment = {**os.environ, "DATABASE_URL": url.format(name)}
    done = subprocess.run(
        [python, str(HERE / script), *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    since = machine.since(before, 1)
    return {
        **json.loads(done.stdout.splitlines()[-1]),
        "foreign": since["foreign"],
        "server_cpu_s": since["server_cpu_ms"] / 1000,
    }


def _database(name: str) -> str:
    """Another database of the same server."""
    return f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{name}"


def _report_search(told: dict[str, Any]) -> None:
    took = ", ".join(f"{what} {seconds:.0f} s" for what, seconds in told["filling_s"].items())
    print(f"\n{told['persons']:,} people ({took or 'kept from before'}), MB: {told['sizes_mb']}")
    print(f"others used {told['foreign']:.0%} of the processors; ms p50 / p95 / max")
    heads = {"cold": "cold", "others": "others, warm", "again": "the same again", "raw": "its SQL by psycopg"}
    print(f"{'':27}" + "".join(f"{head:>26}" for head in heads.values()) + "   ratio   limit")
    for kind in told["cold"]:
        cells = [told[run][kind] for run in heads]
        shown = "".join(map(_cell, cells))
        ratio = told["again"][kind]["p50"] / told["raw"][kind]["p50"]
        limit = LIMITS["as_of_ms" if kind.startswith("as of") else "search_ms"]
        print(f"{kind:27}{shown}   {ratio:5.1f}   {limit}")


def _cell(found: dict[str, float]) -> str:
    text = " / ".join(f"{found[key]:.2f}" for key in ("p50", "p95", "max"))
    return f"{text:>26}"


def _report_rosters(server: str, told: list[dict[str, Any]], limit: int) -> None:
    print(f"\nrosters on {server}: limit {limit} s to check and take, {LIMITS['export_s']} s to export")
    for run in told:
        print(
            f"  {run['kind']:8}{run['rows']:8,} rows: check {run['check_s']:.1f} s + take {run['take_s']:.1f} s = "
            f"{run['check_s'] + run['take_s']:.1f} s, peak {run['peak_mb']:.0f} MB (at start {run['start_mb']:.0f}); "
            f"export {run['export_s']:.1f} s, peak {run['export_mb']:.0f} MB; {run['done']} taken; "
            f"others used {run['foreign']:.0%}"
        )
        if run["kind"] != "peer":
            names = ("check_cpu_s", "take_cpu_s", "export_cpu_s", "server_cpu_s")
            print(f"{'':10}seconds of processor: " + ", ".join(f"{n[:-6]} {run[n]:.1f}" for n in names))
    ours, peer = told[1], told[-1]
    took = [run["check_s"] + run["take_s"] for run in (ours, peer)]
    print(
        f"  beside django-import-export: check and take {took[0] / took[1]:.2f}, export "
        f"{ours['export_s'] / peer['export_s']:.2f} of its time, {ours['peak_mb'] / peer['peak_mb']:.2f} of its memory"
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
