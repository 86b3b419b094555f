"""All measurements in one run (``bench/cases/run``): prints a table, writes JSON beside it."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import django

django.setup()

import measure
import ours
import storage
import workload
from django.core.management import call_command
from django.db import connection

from jingban.access.models import User
from jingban.cases.materials import required_of
from jingban.cases.models import Case
from jingban.core.localtime import SHANGHAI
from jingban.rulebook import publish
from jingban.rulebook.cache import effective_all
from jingban.rulebook.effective import EffectiveItem
from jingban.rulebook.models import PublishedItem

HERE = Path(__file__).parent
WORK = Path(os.environ["JINGBAN_BENCH_WORK"])
PARTS = ("lifecycles", "bytes", "queue", "rulebook")
PROCESSES = (1, 2, 8)
CONTESTANTS = {
    "ours": [sys.executable, str(HERE / "ours.py")],
    "raw": [sys.executable, str(HERE / "raw.py")],
    "viewflow": [os.environ["VIEWFLOW_PYTHON"], str(HERE / "viewflow" / "contest_viewflow.py")],
}
NAMES = {"ours": "Jingban", "raw": "(a) raw SQL, psycopg 3", "viewflow": "(b) django-viewflow"}
LOUD = 0.15
"""A round in which others used more of the processors than this is left out, where a quiet one remains."""
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")
TARGETS = {"of_raw": 0.6, "of_viewflow": 5.0, "bytes": 4096, "page_ms": 5.0, "check_s": 3.0, "cached_s": 0.2}


def main() -> None:
    """Every part that was asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--entries", type=int, help="so many entries only: 1 puts all on one counter")
    parser.add_argument("--cases", type=int, default=1_000_000, help="open cases of the queue")
    parser.add_argument("--processes", type=int, action="append", help="instead of 1, 2 and 8")
    parser.add_argument("--only", action="append", choices=PARTS)
    parser.add_argument("--against", action="append", choices=("raw", "viewflow"))
    wanted = parser.parse_args()
    parts = wanted.only or PARTS
    prepare(wanted.entries)
    machine = measure.Machine(_postmaster())
    results: dict[str, Any] = {"conditions": conditions(), "targets": TARGETS}
    if "lifecycles" in parts:
        against = wanted.against or ["raw", "viewflow"]
        results["lifecycles"] = lifecycles(
            machine, wanted.rounds, wanted.seconds, ["ours", *against], wanted.processes or PROCESSES
        )
    if "bytes" in parts:
        run("ours", 2, wanted.seconds)
        results["bytes"] = storage.sizes()
    if "queue" in parts:
        results["queue"] = queue(wanted.cases)
    if "rulebook" in parts:
        results["rulebook"] = rulebook(machine, wanted.rounds)
    results["conditions"]["took_s"] = round(time.time() - STARTED)
    file = HERE / f"result-{datetime.now(SHANGHAI):%Y-%m-%d}.json"
    file.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n")
    report(results)
    print(f"\n{file.relative_to(HERE.parent.parent)}")


def prepare(entries: int | None = None) -> None:
    """The tables, the published entries of the standard procedure, the users, the recorded rows."""
    say("preparing")
    call_command("migrate", verbosity=0)
    publish.publish(chosen()[:entries], now=ours.BEGIN)
    people = [User(username=f"applicant{n}") for n in range(workload.APPLICANTS)]
    User.objects.bulk_create(people)
    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE viewflow")
    subprocess.run([*CONTESTANTS["viewflow"], "--migrate"], check=True)
    subprocess.run([*CONTESTANTS["ours"], "--record"], check=True)


def chosen() -> list[EffectiveItem]:
    """The entries for persons that run the standard procedure under both clocks and ask for papers."""
    return [
        item
        for item in effective_all()
        if item.process.process == "standard" and item.tier == "agency" and item.subject == "person"
        and item.opens is None and item.promise and item.statutory and required_of(item, (), "window")
    ]  # fmt: skip


def conditions() -> dict[str, Any]:
    """What a reader must know to compare."""
    server = {name: _setting(name) for name in ("server_version", *DURABLE, "shared_buffers", "max_wal_size")}
    if any(server[name] != "on" for name in DURABLE):
        raise SystemExit(f"the server forgets at a power cut ({server}): start it by bench/cases/run")
    return {
        "date": f"{datetime.now(SHANGHAI):%Y-%m-%d %H:%M}",
        "processors": os.cpu_count(),
        "load_at_start": os.getloadavg()[0],
        "python": platform.python_version(),
        "django": django.get_version(),
        "postgresql": server.pop("server_version"),
        "server": server,
        "entries": PublishedItem.objects.count(),
    }


def _setting(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        return str(cursor.fetchone()[0])


def lifecycles(
    machine: measure.Machine, rounds: int, seconds: float, contestants: list[str], counts: Sequence[int]
) -> dict[str, list[dict[str, float]]]:
    """Interleaved, so that a slow minute of the machine hits all alike."""
    runs: dict[str, list[dict[str, float]]] = {f"{c}-{p}": [] for c in contestants for p in counts}
    for turn in range(rounds):
        for processes in counts:
            for contestant in contestants:
                machine.wait_until_quiet()
                before = machine.snapshot()
                found = run(contestant, processes, seconds)
                found |= machine.since(before, found["lifecycles"] + measure.WARM_UP * processes)
                runs[f"{contestant}-{processes}"].append(found)
                say(f"round {turn + 1}: {contestant} {processes}p {found['rate']:.1f}/s")
    return runs


def run(contestant: str, processes: int, seconds: float) -> dict[str, float]:
    """One run in a fresh process tree."""
    command = [*CONTESTANTS[contestant], "--processes", str(processes), "--seconds", str(seconds)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def queue(cases: int) -> dict[str, Any]:
    """The pages of a queue among so many open cases."""
    say(f"filling {cases} open cases")
    ours.empty()
    desk = ours.office(0)
    first: list[int] = []
    desk.watch = lambda view: first.append(view.id)
    desk.lifecycle(0)
    Case.objects.filter(pk=first[0]).update(outcome=None, step="accept", role="window")
    model = Case.objects.get(pk=first[0])
    storage.fill(model, cases)
    return {"cases": cases, **storage.queue_pages(model)}


def rulebook(machine: measure.Machine, rounds: int) -> dict[str, Any]:
    """Median seconds in fresh processes; the cache is written before it is read."""
    times: dict[str, Any] = {}
    for mode in ("load_check", "cached"):
        shutil.rmtree(WORK / "cache", ignore_errors=True)
        if mode == "cached":
            _book(mode)
        machine.wait_until_quiet()
        found = [_book(mode) for _ in range(max(rounds, 3))]
        times[mode] = {part: statistics.median(f[part] for f in found) for part in ("call", "whole")}
        times["entries"] = found[0]["entries"]
    return times


def _book(mode: str) -> dict[str, float]:
    done = subprocess.run([sys.executable, str(HERE / "book.py"), mode], check=True, capture_output=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def report(results: dict[str, Any]) -> None:
    """The figures as a table, each beside its target."""
    told = results["conditions"]
    print(f"\n{told['date']}  {told['processors']} processors, load {told['load_at_start']:.2f} at the start, "
          f"PostgreSQL {told['postgresql']}, Django {told['django']}, Python {told['python']}, {told['entries']} entries, "
          f"{told['took_s']} s")  # fmt: skip
    if "lifecycles" in results:
        _report_lifecycles(results["lifecycles"])
    if "bytes" in results:
        _report_bytes(results["bytes"])
    if "queue" in results:
        pages = results["queue"]
        print(f"\nqueue page of {storage.PAGE} among {pages['cases']:,} open cases, ms in the database, "
              f"median of 20 (worst); target {TARGETS['page_ms']}")  # fmt: skip
        for name in ("first", "middle", "deep"):
            print(f"  {name:8}{pages[name]['median_ms']:8.2f} ({pages[name]['worst_ms']:.2f})")
    if "rulebook" in results:
        book = results["rulebook"]
        print(f"\nrulebook of {book['entries']} entries, s (with imports)")
        for mode, target in (("load_check", TARGETS["check_s"]), ("cached", TARGETS["cached_s"])):
            print(f"  {mode:12}{book[mode]['call']:6.2f} ({book[mode]['whole']:.2f})  target {target}")


def _report_lifecycles(runs: dict[str, list[dict[str, float]]]) -> None:
    counts = list(dict.fromkeys(int(key.rpartition("-")[2]) for key in runs))
    contestants = list(dict.fromkeys(key.rpartition("-")[0] for key in runs))
    turns = {p: _quiet_turns([runs[f"{c}-{p}"] for c in contestants]) for p in counts}
    quiet = {f"{c}-{p}": [runs[f"{c}-{p}"][t] for t in turns[p]] for c in contestants for p in counts}
    rates = {key: [r["rate"] for r in found] for key, found in quiet.items()}
    print("\nlifecycles/s, median (min–max) of rounds" + "".join(f"{f'{p} processes':>24}" for p in counts))
    for contestant in contestants:
        found = [rates[f"{contestant}-{p}"] for p in counts]
        told = [f"{statistics.median(r):.0f} ({min(r):.0f}–{max(r):.0f}) of {len(r)}" for r in found]
        _line(NAMES[contestant], told)
    for peer, target in (("raw", TARGETS["of_raw"]), ("viewflow", TARGETS["of_viewflow"])):
        if peer in contestants:
            median = [[statistics.median(rates[f"{c}-{p}"]) for c in ("ours", peer)] for p in counts]
            _line(f"Jingban of {peer}, target {target}", [f"{ours / theirs:.2f}" for ours, theirs in median])
    print("CPU ms a lifecycle, application + server")
    for contestant in contestants:
        told = []
        for processes in counts:
            found = quiet[f"{contestant}-{processes}"]
            parts = [statistics.median(r[part] for r in found) for part in ("app_cpu_ms", "server_cpu_ms")]
            told.append(" + ".join(f"{part:.2f}" for part in parts))
        _line(NAMES[contestant], told)
    loud = [f"{key} {r['foreign']:.0%}" for key, found in runs.items() for r in found if r["foreign"] > LOUD]
    print(f"  others used more than {LOUD:.0%} of the processors in: {', '.join(loud) or 'none'}")


def _quiet_turns(found: list[list[dict[str, float]]]) -> list[int]:
    """The rounds in which no contestant was disturbed; all, where there was no such round."""
    turns = list(range(len(found[0])))
    return [t for t in turns if all(runs[t]["foreign"] <= LOUD for runs in found)] or turns


def _line(name: str, told: list[str]) -> None:
    print(f"  {name:43}" + "".join(f"{cell:>24}" for cell in told))


def _report_bytes(found: dict[str, Any]) -> None:
    print(f"\nbytes a case ({found['cases']} cases, {found['events_per_case']:.2f} events each), "
          f"target {TARGETS['bytes']} without the form")  # fmt: skip
    for how in ("vacuum", "vacuum_full"):
        print(
            f"  after {how.replace('_', ' ').upper():14}{found[how]['case']:8.0f}   form {found[how]['form']:.0f}"
        )
        for table, (heap, indexes, toast) in found[how]["tables"].items():
            print(f"    {table:20}{heap:8.0f} heap{indexes:8.0f} indexes{toast:8.0f} toast")


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
