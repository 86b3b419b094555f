"""Benefits: one claim, and a province's claims of a year at once; each beside a peer. Started by ``bench/benefits/run``."""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

from jingban.benefits.rules.figures import Figures
from jingban.benefits.rules.model import Claim, Line, Year
from jingban.benefits.rules.reimbursement import reimburse
from jingban.benefits.whatif import engine
from jingban.benefits.whatif.claims import COLUMNS, Row
from jingban.benefits.whatif.invented import invent
from jingban.benefits.whatif.lookup import ROW, cuts
from jingban.rulebook.figures import figures

WORK = Path(os.environ["JINGBAN_BENCH_WORK"])
HERE = Path(__file__).resolve().parent
YEAR, DAY = 2026, date(2026, 3, 5)
FILE = 600_000
REGIONS = sorted(path.name for path in (WORK / "rulebook" / "regions").iterdir() if path.is_dir())
LIMITS = {"claim_ms": 3, "province_s": 25, "province_mb": 3000}


def one_claim() -> dict[str, float]:
    """A stay of 200 lines, priced as the office prices it; beside it the plain calculation of the tests."""
    from tests.benefits.rules.plain import Plain

    lines = tuple(_line(seq) for seq in range(1, 201))
    claim = Claim("resident", "inpatient", "resident", "3", "referred", DAY, DAY, lines, age=50)
    book, plain = Figures(figures(REGIONS[0]), DAY), Plain(REGIONS[0], DAY.isoformat())
    ours = reimburse(claim, Year(), book).amounts["fund"]
    if ours != int(plain.history([claim])[0]["fund"] * 100):
        raise SystemExit("both calculations of the one claim differ")
    own = min(median(_timed(lambda: reimburse(claim, Year(), book), 50)) for _ in range(7))
    other = min(median(_timed(lambda: plain.history([claim]), 5)) for _ in range(5))
    return {"claim_ms": own * 1000, "claim_plain_ms": other * 1000, "claim_ratio": own / other}


def _line(seq: int) -> Line:
    klass, quantity, price = "ABAAC"[seq % 5], Decimal(1 + seq % 7), Decimal(seq * 137 % 9973).scaleb(-2) + 1
    return Line(
        seq=seq, day=DAY, code=f"X{seq}", name="项目", klass=klass, amount=int(price * quantity * 100),
        quantity=quantity, price=price, own_share=Decimal("0.1" if klass == "B" else 0),
        price_limit=Decimal("60.55") if seq % 3 == 0 and klass != "C" else None,
    )  # fmt: skip


def _timed(work: Any, rounds: int) -> list[float]:
    found = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        found.append(time.perf_counter() - begun)
    return found


def province(claims: Path, sample: int) -> dict[str, float]:
    """In a process of its own: everything from reading to the written result. Then a sample by the one-claim path."""
    books = {region: figures(region) for region in REGIONS}
    begun, cpu = time.perf_counter(), time.process_time()
    files, when = engine.files_of(claims), cuts(YEAR, books)
    found = engine.survey(files, YEAR, when)
    plan = engine.plan(found, books, when)
    ready = time.perf_counter() - begun
    apart = sum(engine.over(files, lambda connection, path: _settled(connection, path, plan)))
    took, used = time.perf_counter() - begun, time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with engine.opened() as connection:
        said = f"SELECT {', '.join(COLUMNS)} FROM '{files[0]}' ORDER BY person, rank LIMIT {sample}"
        rows = [Row(*row) for row in connection.execute(said).fetchall()]
        told = f"SELECT {', '.join(ROW)} FROM '{WORK / 'settled'}-{files[0].stem}.parquet'"
        told += f" WHERE person <= {rows[-1].person}"
        settled = {row[0]: row for row in connection.execute(told).fetchall()}
    begun = time.perf_counter()
    done = list(engine.one_by_one(rows, books))
    single = (time.perf_counter() - begun) / len(rows)
    if any(settled[one["claim"]] != tuple(one[name] for name in ROW) for one in done):
        raise SystemExit("the expressions and the one-claim path differ")
    return {
        "province_claims": found.claims, "province_prepare_s": ready, "province_s": took, "province_cpu_s": used,
        "province_mb": memory, "province_one_by_one": apart, "same_to_the_fen": len(done),
        "one_claim_path_s": single * found.claims, "one_claim_path_ratio": single * found.claims / took,
    }  # fmt: skip


def _settled(connection: Any, path: Path, plan: engine.Plan) -> int:
    one_by_one = engine.settle(connection, plan)
    connection.execute(
        f"COPY settled TO '{WORK / 'settled'}-{path.stem}.parquet' (FORMAT parquet, DICTIONARY_SIZE_LIMIT 1)"
    )
    return one_by_one


def peer(claims: Path) -> dict[str, float]:
    """The trial of the design: yearly deductible, ratio by level and cap alone, by hand-written SQL on DuckDB."""
    import duckdb

    begun = time.perf_counter()
    connection = duckdb.connect(
        config={"threads": 2, "memory_limit": "2GB", "preserve_insertion_order": False}
    )
    own = "PARTITION BY person, insurance ORDER BY rank ROWS UNBOUNDED PRECEDING"
    connection.execute(f"""COPY (
      WITH cut AS (SELECT claim, person, insurance, rank, level, in_scope,
          sum(in_scope) OVER ({own})::BIGINT AS upto FROM '{claims}/*.parquet'),
      due AS (SELECT *, (2 * (in_scope - (least(50000, upto) - least(50000, upto - in_scope)))
          * CASE level WHEN '3' THEN 600000 WHEN '2' THEN 750000 ELSE 850000 END + 1000000) // 2000000 AS due FROM cut),
      paid AS (SELECT *, sum(due) OVER ({own})::BIGINT AS due_upto FROM due)
      SELECT claim, person, in_scope, (least(15000000, due_upto) - least(15000000, due_upto - due))::BIGINT AS pool FROM paid
    ) TO '{WORK / "peer.parquet"}' (FORMAT parquet)""")
    took = time.perf_counter() - begun
    return {"sql_alone_s": took, "sql_alone_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def apart(part: str, claims: Path, sample: int) -> dict[str, float]:
    """A part in a process of its own, once the others leave the processors alone."""
    wait_for_idle()
    before, begun = _busy(), time.monotonic()
    call = [sys.executable, __file__, "--part", part, "--folder", str(claims), "--sample", str(sample)]
    done = subprocess.run(call, check=True, stdout=subprocess.PIPE, text=True)
    whole = (time.monotonic() - begun) * (os.cpu_count() or 1)
    mine = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = mine.ru_utime + mine.ru_stime - apart.used  # type: ignore[attr-defined]
    apart.used += used  # type: ignore[attr-defined]
    return json.loads(done.stdout) | {
        f"others_during_{part}_percent": max(_busy() - before - used, 0) / whole * 100
    }


apart.used = 0.0  # type: ignore[attr-defined]


def wait_for_idle(patience: float = 60) -> None:
    """Until the others leave the processors alone for a moment, or patience ends."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        before, begun = _busy(), time.monotonic()
        time.sleep(0.4)
        if (_busy() - before) / (time.monotonic() - begun) < 0.3:
            return


def _busy() -> float:
    """Processor seconds of everybody since the start."""
    fields = [int(n) for n in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    words = argparse.ArgumentParser()
    words.add_argument("--claims", type=int, default=10_000_000)
    words.add_argument("--sample", type=int, default=100_000)
    words.add_argument("--only", action="append", choices=["claim", "province", "payments"])
    words.add_argument("--part", choices=["claim", "province", "peer"], help=argparse.SUPPRESS)
    words.add_argument("--folder", type=Path, default=WORK / "claims", help=argparse.SUPPRESS)
    given = words.parse_args()
    if given.part:
        parts = {
            "claim": one_claim,
            "province": lambda: province(given.folder, given.sample),
            "peer": lambda: peer(given.folder),
        }
        print(json.dumps(parts[given.part]()))
        return
    wanted, found = given.only or ["claim", "province", "payments"], {}
    if "claim" in wanted:
        found |= apart("claim", given.folder, given.sample)
    if "province" in wanted:
        with engine.opened() as connection:
            files = -(-given.claims // FILE)
            invent(connection, given.folder, regions=REGIONS, year=YEAR, claims=given.claims, files=files)
        found |= apart("province", given.folder, given.sample) | apart("peer", given.folder, given.sample)
        found["province_ratio_to_sql_alone"] = found["province_s"] / found["sql_alone_s"]
    missed = _told(found)
    if "payments" in wanted and (HERE.parent / "funds" / "run").exists():
        missed |= subprocess.run([HERE.parent / "funds" / "run"], check=False).returncode != 0
    raise SystemExit(missed)


def _told(found: dict[str, float]) -> bool:
    for key, value in found.items():
        limit = LIMITS.get(key)
        told = "" if limit is None else f"  (at most {limit}: {'kept' if value <= limit else 'MISSED'})"
        print(f"{key:34} {value:12,.2f}{told}", flush=True)
    return any(found[key] > limit for key, limit in LIMITS.items() if key in found)


if __name__ == "__main__":
    main()
