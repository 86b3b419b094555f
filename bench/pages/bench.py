"""All measurements in one run (``bench/pages/run``): prints a table, each figure beside its limit and its peer."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psycopg

# Reads and refused acts lie in a database of their own, as in production.
url = os.environ["DATABASE_URL"]
with psycopg.connect(url, autocommit=True) as connected:
    connected.execute("CREATE DATABASE audit")
os.environ["AUDIT_DATABASE_URL"] = url.rpartition("/")[0] + "/audit"

import django

django.setup()

import measure
import million
import paste
import rosterpeer
import served
from table import Figure, Table

PARTS = ("first", "desk", "paste", "papers")
WORK = Path(os.environ["JINGBAN_BENCH_WORK"])
ROOT = Path(__file__).resolve().parents[2]
PAPERS = {
    "certificate_ms": ("certificate set, warm", "ms", 20.0, "reportlab_certificate_ms"),
    "signed_ms": ("certificate set and signed", "ms", 250.0, "reportlab_certificate_ms"),
    "list_s": ("sheet of 1,000 lines", "s", 1.5, "reportlab_list_s"),
}
"""What ``bench/papers`` measures: name, unit, limit, and its peer."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--lines", type=int, default=5_000)
    parser.add_argument("--each", type=int, default=60, help="requests of each page")
    parser.add_argument("--tell", action="store_true", help="print the statements of each page")
    parser.add_argument("--only", action="append", choices=PARTS)
    wanted = parser.parse_args()
    parts, table = wanted.only or PARTS, Table()
    machine = measure.Machine(_postmaster())
    before = machine.snapshot()
    if {"first", "desk", "paste"} & set(parts):
        say("the house")
        million.house()
        served.stop_the_clock()
    if "first" in parts:
        table.add(served.first_page(ROOT))
    if "desk" in parts:
        say(f"{wanted.cases:,} open cases")
        numbers = million.fill(wanted.cases)
        machine.wait_until_quiet()
        table.add(served.desk(numbers, wanted.each, tell=wanted.tell))
    if "paste" in parts:
        say(f"a roster of {wanted.lines:,}")
        machine.wait_until_quiet()
        (figure,) = paste.pasted(wanted.lines, WORK)
        beside = rosterpeer.checked(wanted.lines, WORK)
        table.add([replace(figure, peer="import-export, dry run", beside=beside)])
    if "papers" in parts:
        table.add(papers())
    table.print(machine.since(before, 1.0)["foreign"])
    if table.missed:
        raise SystemExit(1)


def papers() -> list[Figure]:
    """``bench/papers`` as it stands: its lines are read."""
    say("papers")
    done = subprocess.run(
        ["bench/papers/run"], capture_output=True, text=True, check=False, timeout=170,
        env={k: v for k, v in os.environ.items() if k not in ("DJANGO_SETTINGS_MODULE", "JINGBAN_CACHE")},
    )  # fmt: skip
    found = {}
    for line in done.stdout.splitlines():
        name, number, *_ = line.split()
        found[name] = float(number)
    if not found:
        raise SystemExit(f"bench/papers gave no figures:\n{done.stdout}{done.stderr}")
    return [
        Figure(name, found[key], unit, limit, peer="reportlab", beside=found.get(other))
        for key, (name, unit, limit, other) in PAPERS.items()
    ]


def _postmaster() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        return int((Path(cursor.fetchone()[0]) / "postmaster.pid").read_text().split()[0])


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
